"""An adversary that looks for the shortest game in which a network's first choice is illegal."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Integer

from .. import game
from ..types import Tokens

Logits = Callable[[Tokens], Float[torch.Tensor, "games positions vocabulary"]]


@dataclass(frozen=True)
class Search:
    """What a search has found.

    ``caught``: the moves of a game after which the first choice is illegal, or None; ``choice``:
    that move; ``margins``: by ply, the least lead of a legal move over every illegal one, in
    logits; ``asked``: how many positions the network was asked about.
    """

    caught: tuple[int, ...] | None
    choice: int | None
    margins: tuple[float, ...]
    asked: int


def margins(
    model: Logits, beginnings: game.Beginnings, batch: int = 1000
) -> tuple[Float[np.ndarray, " n"], Integer[np.ndarray, " n"]]:
    """Return the lead of the best legal move over the best illegal one after each, and the choice.

    In logits; below zero where the network's first choice is illegal. The choice is a square.
    """
    tokens = torch.from_numpy(game.tokens_of(beginnings.moves, beginnings.size))
    playable = game.playable(beginnings.size)
    legal = torch.from_numpy(beginnings.legal()[:, playable])
    leads, choices = [], []
    with torch.no_grad():
        for some, allowed in zip(tokens.split(batch), legal.split(batch), strict=True):
            logits = model(some)[:, -1, 1:]
            right = logits.masked_fill(~allowed, -torch.inf).amax(-1)
            wrong = logits.masked_fill(allowed, -torch.inf).amax(-1)
            leads.append((right - wrong).double().numpy())
            choices.append(playable[logits.argmax(-1).numpy()])
    return np.concatenate(leads), np.concatenate(choices)


def search(
    model: Logits, width: int, plies: int = 31, how: str = "least margin", seed: int = 0
) -> Search:
    """Return the shortest game that a beam search has found in which a network is caught.

    From ply to ply it keeps ``width`` beginnings: those where the network is closest to an illegal
    choice (``least margin``), or as many at random (``random``), which is the rival with the same
    budget. Positions after which a side must pass aren't asked about: training has none. Raises
    ``ValueError`` for another ``how``.
    """
    if how not in ("least margin", "random"):
        raise ValueError(f"no search {how!r}: choose 'least margin' or 'random'")
    rng = np.random.default_rng(seed)
    kept, least, asked = game.Beginnings.empty(), [], 0
    for _ in range(plies):
        longer = kept.longer()
        longer = longer[longer.legal().any(1)]
        if not len(longer):
            break
        if how == "random" and len(longer) > width:
            longer = longer[rng.choice(len(longer), width, replace=False)]
        lead, choice = margins(model, longer)
        asked += len(longer)
        least.append(float(lead.min()))
        if lead.min() < 0:
            worst = int(lead.argmin())
            moves = tuple(int(s) for s in longer.moves[worst])
            return Search(moves, int(choice[worst]), tuple(least), asked)
        kept = longer[np.argsort(lead, kind="stable")[:width]] if how != "random" else longer
    return Search(None, None, tuple(least), asked)

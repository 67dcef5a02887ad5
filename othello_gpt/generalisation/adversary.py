"""An adversary that looks for the shortest game in which a network's first choice is illegal."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Integer

from .. import game
from ..devices import device_of
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

    In logits; zero or less where an illegal move is a first choice. The choice is a square.
    """
    tokens = torch.from_numpy(game.tokens_of(beginnings.moves, beginnings.size))
    with torch.no_grad():
        parts = tokens.to(device_of(model)).split(batch)
        logits = torch.cat([model(some)[:, -1] for some in parts])
    return leads(logits, beginnings)


def leads(
    logits: Float[torch.Tensor, "n vocab"], beginnings: game.Beginnings
) -> tuple[Float[np.ndarray, " n"], Integer[np.ndarray, " n"]]:
    """Return the same of what was said of the next move after each of the beginnings."""
    playable = game.playable(beginnings.size)
    legal = torch.from_numpy(beginnings.legal()[:, playable])
    logits = logits[:, 1:].cpu()
    right = logits.masked_fill(~legal, -torch.inf).amax(-1)
    wrong = logits.masked_fill(legal, -torch.inf).amax(-1)
    return (right - wrong).double().numpy(), playable[logits.argmax(-1).numpy()]


def beginnings_of(moves: Integer[np.ndarray, "n plies"]) -> game.Beginnings:
    """Return games as beginnings. Raises ``IllegalMove`` where the rules don't allow one."""
    last = game.replay(moves)
    first, second = last.after_first[:, -1], last.after_second[:, -1]
    sides = (first, second) if moves.shape[1] % 2 == 0 else (second, first)
    return game.Beginnings(moves, *sides)


def apart(plies: int = 3) -> list[game.Beginnings]:
    """Return the beginnings of so many moves that don't turn into one another, each by itself.

    The start's four symmetries carry its four first moves into each other. So each list of moves is
    one that begins with the first of them, turned or mirrored, and no two of these are alike.
    Raises ``ValueError`` for no moves.
    """
    if plies < 1:
        raise ValueError(f"{plies} moves: the first is what tells them apart")
    found = game.Beginnings.empty()
    for _ in range(plies):
        found = found.longer()
    return [found[[row]] for row in np.flatnonzero(found.moves[:, 0] == found.moves[:, 0].min())]


def search(
    model: Logits,
    width: int,
    plies: int = 31,
    how: str = "least margin",
    seed: int = 0,
    begin: game.Beginnings | None = None,
) -> Search:
    """Return the shortest game that a beam search has found in which a network is caught.

    From ply to ply it keeps ``width`` beginnings: those where the network is closest to an illegal
    choice (``least margin``), or as many at random (``random``), which is the rival with the same
    budget. It starts from ``begin``, by default from the empty game, and goes up to ``plies`` moves
    in all. Positions after which a side must pass aren't asked about: training has none. Raises
    ``ValueError`` for another ``how``.
    """
    if how not in ("least margin", "random"):
        raise ValueError(f"no search {how!r}: choose 'least margin' or 'random'")
    rng = np.random.default_rng(seed)
    kept, least, asked = begin or game.Beginnings.empty(), [], 0
    while kept.moves.shape[1] < plies:
        longer = kept.longer()
        longer = longer[longer.legal().any(1)]
        if not len(longer):
            break
        if how == "random" and len(longer) > width:
            longer = longer[rng.choice(len(longer), width, replace=False)]
        lead, choice = margins(model, longer)
        asked += len(longer)
        least.append(float(lead.min()))
        if lead.min() <= 0:
            worst = int(lead.argmin())
            moves = tuple(int(s) for s in longer.moves[worst])
            return Search(moves, int(choice[worst]), tuple(least), asked)
        kept = longer[np.argsort(lead, kind="stable")[:width]] if how != "random" else longer
    return Search(None, None, tuple(least), asked)


def blind(
    model: Logits,
    questions: int,
    width: int,
    plies: int = 31,
    seed: int = 0,
    begin: game.Beginnings | None = None,
) -> Search:
    """Return the shortest catch of random searches that ask at least so many questions together.

    It is the rival of a search from the same ``begin`` that asked as many; ``margins`` are of the
    one that is returned.
    """
    found, asked, shortest = Search(None, None, (), 0), 0, None
    while asked < questions:
        found = search(model, width, plies, "random", seed, begin)
        seed, asked = seed + 1, asked + found.asked
        fewer = shortest is None or len(found.caught or ()) < len(shortest.caught or ())
        if found.caught and fewer:
            shortest = found
    best = shortest or found
    return replace(best, asked=asked)


def random_lists(
    model: Logits,
    questions: int,
    plies: int = 31,
    seed: int = 0,
    begin: game.Beginnings | None = None,
) -> Search:
    """Return the shortest catch among random lists: so many of one length, then of the next.

    A stronger rival than ``blind``, as each length has all the ``questions`` to itself. Lists after
    which a side must pass aren't gone on with.
    """
    rng = np.random.default_rng(seed)
    kept, least, asked = begin or game.Beginnings.empty(), [], 0
    kept = kept[rng.integers(len(kept), size=questions)]
    while kept.moves.shape[1] < plies and len(kept):
        may = kept.legal()
        squares = (may * rng.random(may.shape)).argmax(1)
        sides = game.play(kept.mine, kept.theirs, squares, kept.size)
        mine, theirs = map(np.atleast_1d, sides)
        moves = np.concatenate([kept.moves, squares[:, None]], 1)
        kept = game.Beginnings(moves, mine, theirs, kept.size)
        kept = kept[kept.legal().any(1)]
        if not len(kept):
            break
        lead, choice = margins(model, kept)
        asked += len(kept)
        least.append(float(lead.min()))
        if lead.min() <= 0:
            worst = int(lead.argmin())
            caught = tuple(int(s) for s in kept.moves[worst])
            return Search(caught, int(choice[worst]), tuple(least), asked)
    return Search(None, None, tuple(least), asked)

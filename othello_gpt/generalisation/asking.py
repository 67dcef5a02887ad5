"""A network asked about lists that grow by a move, whose common moves it reads once."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Integer

from .. import game
from ..devices import device_of
from ..model import GPT
from ..types import Tokens
from .prefixes import Prefixes, begin, go_on

Logits = Callable[[Tokens], Float[torch.Tensor, "games positions vocabulary"]]
Lead = Float[np.ndarray, " n"]
Choice = Integer[np.ndarray, " n"]
Rows = Integer[np.ndarray, " n"]


def margins(model: Logits, beginnings: game.Beginnings, batch: int = 1000) -> tuple[Lead, Choice]:
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
) -> tuple[Lead, Choice]:
    """Return the same of what was said of the next move after each of the beginnings."""
    playable = game.playable(beginnings.size)
    legal = torch.from_numpy(beginnings.legal()[:, playable])
    logits = logits[:, 1:].cpu()
    right = logits.masked_fill(~legal, -torch.inf).amax(-1)
    wrong = logits.masked_fill(legal, -torch.inf).amax(-1)
    return (right - wrong).double().numpy(), playable[logits.argmax(-1).numpy()]


class Asking:
    """``margins`` of beginnings that are each a move longer than one of those that were kept.

    A ``GPT`` is run on the new moves only; anything else is run on whole lists. ``asked`` counts
    the beginnings.
    """

    def __init__(self, model: Logits, kept: game.Beginnings):
        self.model, self.asked = model, 0
        self.known: Prefixes | None = None
        if isinstance(model, GPT) and kept.moves.shape[1]:
            self.known = begin(model, kept)

    def margins(self, longer: game.Beginnings, of: Rows, keep: bool = False) -> tuple[Lead, Choice]:
        """Return the margins of beginnings, given which of those that were kept each goes on.

        With ``keep`` all are kept (where they are many, that takes much memory).
        """
        self.asked += len(longer)
        if self.known is None or not isinstance(self.model, GPT):
            found = margins(self.model, longer)
            if keep:
                self.keep(longer, of)
            return found
        known, logits = go_on(self.model, self.known, longer, of, keep)
        if keep:
            self.known = known
        return leads(logits, longer)

    def keep(self, longer: game.Beginnings, of: Rows) -> None:
        """Keep some beginnings of those asked about last, which are computed again."""
        if isinstance(self.model, GPT):
            known, model = self.known, self.model
            self.known = go_on(model, known, longer, of)[0] if known else begin(model, longer)

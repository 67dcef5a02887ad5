"""Games from the other start, which training never contains."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer

from .. import game
from ..model import GPT, inputs_of


@dataclass(frozen=True)
class Unfamiliar:
    """What a network says in games; position i has seen moves 0..i.

    ``truth``: where the next move may be; ``probabilities``: of the next move, by square.
    """

    moves: Integer[np.ndarray, "games plies"]
    truth: Bool[np.ndarray, "games positions squares"]
    probabilities: Float[np.ndarray, "games positions squares"]

    @property
    def illegal(self) -> Bool[np.ndarray, "games positions"]:
        """Whether the likeliest next move is illegal."""
        best = self.probabilities.argmax(-1)[..., None]
        return ~np.take_along_axis(self.truth, best, -1)[..., 0]

    @property
    def illegal_mass(self) -> Float[np.ndarray, "games positions"]:
        """The probability of all illegal moves together."""
        return np.where(self.truth, 0, self.probabilities).sum(-1)


def unfamiliar(
    model: GPT, n: int, seed: int, standard: bool = True, batch: int = 250
) -> Unfamiliar:
    """Return what a network says in ``n`` random games from the other diagonal's start.

    A quarter turn of the board gives the same games. ``standard=False``: games from the start that
    it was trained on, for comparison.
    """
    moves = game.sample_moves(n, seed, standard=standard).astype(np.int64)
    legal = game.replay(moves, standard=standard).legalities().reshape(n, -1, 36)[:, 1:]
    found = np.zeros(legal.shape, np.float32)
    playable = game.square_of_token()[1:]
    with torch.no_grad():
        for first in range(0, n, batch):
            logits = model(inputs_of(moves[first : first + batch]))
            found[first : first + batch][..., playable] = logits.softmax(-1)[..., 1:].numpy()
    return Unfamiliar(moves, legal, found)

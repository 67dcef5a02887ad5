"""Games from the other start, which training never contains."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer

from .. import game
from ..devices import device_of
from ..intervals import Interval, bootstrap_shares
from ..model import GPT, inputs_of
from .asking import Logits


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
    it was trained on, for comparison. Raises ``GamesError`` for fewer than no games.
    """
    moves = game.sample_moves(n, seed, standard=standard).astype(np.int64)
    legal = game.on_squares(game.replay(moves, standard=standard).legal[:, 1:])
    return said_in(model, moves, legal, batch)


def said_in(
    model: GPT,
    moves: Integer[np.ndarray, "games plies"],
    legal: Bool[np.ndarray, "games positions squares"],
    batch: int = 250,
) -> Unfamiliar:
    """Return what a network says in games, of which it is given where the next moves may be."""
    found = np.zeros(legal.shape, np.float32)
    with torch.no_grad():
        for first in range(0, len(moves), batch):
            logits = model(inputs_of(moves[first : first + batch]).to(device_of(model)))
            chances = logits.softmax(-1)[..., 1:].cpu().numpy()
            found[first : first + batch][..., game.playable()] = chances
    return Unfamiliar(moves, legal, found)


def next_move_probabilities(
    model: Logits,
    beginnings: Integer[np.ndarray, "games plies"],
    batch: int = 500,
) -> Float[np.ndarray, "games squares"]:
    """Return a network's next-move probabilities by square after beginnings, legal or not.

    Raises ``ValueError`` on moves that no game has, such as padding.
    """
    found = np.zeros((len(beginnings), 36), np.float32)
    tokens = torch.from_numpy(game.tokens_of(beginnings))
    with torch.no_grad():
        parts = tokens.to(device_of(model)).split(batch)
        logits = torch.cat([model(some)[:, -1] for some in parts])
    found[:, game.playable()] = logits.softmax(-1)[:, 1:].cpu().numpy()
    return found


def per_square(
    probabilities: Float[np.ndarray, "games squares"], where: Bool[np.ndarray, "games squares"]
) -> Interval:
    """Return the mean probability of one of the squares ``where``, over games that have some."""
    some = where.any(1)
    return bootstrap_shares((probabilities * where)[some].sum(1), where[some].sum(1))

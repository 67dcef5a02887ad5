"""Compression and distinction, as Vafa et al. measure them."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch.nn as nn
from jaxtyping import Bool, Float, Integer

from .. import game
from ..intervals import Interval, bootstrap, difference, wilson
from .endgames import shares_of
from .suffixes import first_of_each_beginning, suffix_probabilities
from .transpositions import Transpositions, play_out

HitsAndChances = Integer[np.ndarray, "pairs 2"]
Accepted = Bool[np.ndarray, "pairs 2 suffixes"]
Probabilities = Float[np.ndarray, "pairs 2 2 orders left"]
# A position in which nothing can be played.
_FULL = np.array([[0], [2**36 - 1]], np.uint64)


@dataclass(frozen=True)
class Boundary:
    """Myhill-Nerode boundaries of pairs (Vafa et al. 2024), for the rules and for a model.

    Whether a suffix is accepted after the one beginning, and not after
    the other, while all shorter ones of it are accepted after both; then the other way round.
    """

    true: Accepted
    model: Accepted

    def compression(self) -> Bool[np.ndarray, " pairs"]:
        """Return for each pair whether the model sees no difference: right for transpositions."""
        return ~np.any(self.model, axis=(1, 2))

    def recall(self) -> HitsAndChances:
        """Return hits and chances: of the true boundary, what the model has."""
        return _hits_and_chances(self.true & self.model, self.true)

    def precision(self) -> HitsAndChances:
        """Return hits and chances: of the model's boundary, what is true."""
        return _hits_and_chances(self.true & self.model, self.model)


def _hits_and_chances(hits, chances):
    return np.stack([hits.sum((1, 2)), chances.sum((1, 2))], -1)


def per_pair(hits_and_chances: HitsAndChances) -> Interval:
    """Return the mean over pairs of their shares; that of a pair without any chance is 1.

    This is how Vafa et al. average; sums of hits over sums of chances give such pairs no weight.
    Raises ``ValueError`` for fewer than two pairs.
    """
    hits, chances = hits_and_chances.T
    return bootstrap(np.where(chances > 0, hits / np.maximum(chances, 1), 1.0))


@dataclass(frozen=True)
class Continuations:
    """All ways to fill the board, after both beginnings of pairs.

    [pairs, 2, 2, orders, left]: the second axis says of which beginning the empty squares are
    filled, the third is after that one and after the other one, the last two are all the orders and
    how many of an order's moves are made. ``exact`` and ``model``: the least of these moves'
    probabilities, the exact one (0 if one is illegal or makes a pass unavoidable) and the model's.
    """

    exact: Probabilities
    model: Probabilities

    def boundary(self, threshold: float = 0.01) -> Boundary:
        """Return the boundaries, if a model accepts moves that it gives at least ``threshold``."""
        nodes = first_of_each_beginning(self.exact.shape[-1])
        found = []
        for accepted in (self.exact > 0, self.model >= threshold):
            here, there = accepted[:, :, 0], accepted[:, :, 1]
            both = here & there
            before = np.concatenate([np.ones_like(both[..., :1]), both[..., :-1]], -1)
            found.append((here & ~there & before)[:, :, *nodes])
        return Boundary(*found)


def vafa_scores(
    same: Continuations, other: Continuations, threshold: float = 0.01
) -> dict[str, Interval]:
    """Return what Vafa et al. 2024 (https://arxiv.org/abs/2406.03689) ask of a world model.

    ``same``: of pairs that reach one position; ``other``: of pairs that don't. ``compression``: the
    share of the former that the model doesn't tell apart; beside it the share of the latter, of
    those that have a boundary, and the gap between the two: who takes all pairs for one has no gap;
    ``recall`` and ``precision`` of the latter's boundaries.
    """
    one, two = same.boundary(threshold), other.boundary(threshold)
    alike = two.compression()[two.true.any((1, 2))]
    right, wrong = wilson(one.compression().sum(), len(one.true)), wilson(alike.sum(), len(alike))
    return {
        "compression": right,
        "compression of different positions": wrong,
        "gap": difference(right, wrong),
        "recall": shares_of(*two.recall().T),
        "precision": shares_of(*two.precision().T),
    }


def continuations(model: nn.Module, pairs: Transpositions) -> Continuations:
    """Return what the rules and a model say of every way to go on after pairs of beginnings.

    Nothing is sampled; hence at most 5 squares may be empty. Raises ``ValueError`` if more are.
    """
    left = 32 - pairs.one.shape[1]
    if not 1 <= left <= 5:
        raise ValueError(f"{left} squares are empty; for all suffixes to be tried, 1 to 5 may be")
    orders = np.array(list(permutations(range(left))))
    sides = pairs.one, pairs.other
    fills = [
        np.array([np.setdiff1d(game.playable(), m) for m in side])[:, orders] for side in sides
    ]
    if np.array_equal(fills[0], fills[1]):  # what fills the one fills the other
        found = [_least(model, side, fills[0]) for side in sides]
        found = [found, found[::-1]]
    else:
        found = [
            [_least(model, side, fills[k]) for side in order]
            for k, order in enumerate((sides, sides[::-1]))
        ]
    stacked = np.array(found)  # [filled, after, exact or model, pairs, orders, left]
    return Continuations(*np.moveaxis(stacked, (2, 3), (0, 1)))


def _least(model, moves, suffixes) -> tuple[np.ndarray, np.ndarray]:
    """Return the least probability so far, exact and the model's: [pairs, orders, left] each."""
    pairs, orders, left = suffixes.shape
    whole = np.concatenate([np.repeat(moves[:, None], orders, 1), suffixes], -1)
    flat = whole.reshape(pairs * orders, -1)
    exact = np.empty((len(flat), left))
    for n in range(left):
        legal, mine, theirs = play_out(flat[:, : n - left])
        mine, theirs = np.where(legal, (mine, theirs), _FULL)
        p = game.next_move_probabilities(mine, theirs)
        exact[:, n] = legal * np.take_along_axis(p, flat[:, [n - left]], 1)[:, 0]
    said = suffix_probabilities(model, moves, suffixes)
    exact = exact.reshape(suffixes.shape)
    return np.minimum.accumulate(exact, -1), np.minimum.accumulate(said, -1)

"""The whole tree of openings."""

import numpy as np
import torch.nn as nn
from jaxtyping import Bool, Float, Integer

from .. import game
from .transpositions import Beginnings, next_move_distribution, play_out

Same = Integer[np.ndarray, "same 2"]
Told = Integer[np.ndarray, "told 2"]


def openings(length: int) -> Beginnings:
    """Return every beginning of ``length`` moves that the rules allow.

    >>> [len(openings(length)) for length in (1, 2, 3, 4)]
    [4, 12, 56, 244]
    """
    found = game.Beginnings.empty()
    for _ in range(length):
        found = found.longer()
    return found.moves


def openings_in_pairs(beginnings: Beginnings) -> tuple[Same, Told]:
    """Return all pairs of beginnings that lead to one position, and all that don't though they may.

    As indices. In the second, the same squares are occupied after both, and other
    moves are legal.
    """
    _, mine, theirs = play_out(beginnings)
    legal, occupied = np.atleast_1d(game.legal_moves(mine, theirs)), mine | theirs
    order = np.argsort(occupied, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(occupied[order])) + 1)
    a, b = np.concatenate([group[np.stack(np.triu_indices(len(group), 1))] for group in groups], 1)
    same = mine[a] == mine[b]
    told = legal[a] != legal[b]
    return np.stack([a, b], 1)[same], np.stack([a, b], 1)[told]


def openings_compared(
    model: nn.Module, length: int, threshold: float = 0.01
) -> dict[str, tuple[Bool[np.ndarray, " pairs"], Float[np.ndarray, " pairs"]]]:
    """Return how a model tells ``openings_in_pairs`` apart: ``"transpositions"`` and ``"decoys"``.

    Of each kind, for every pair there is, whether the same next moves are accepted after both
    (those with a probability of at least ``threshold``), and the total variation between the two
    predictions.
    """
    beginnings = openings(length)
    said = next_move_distribution(model, beginnings)
    found = {}
    for kind, pairs in zip(
        ("transpositions", "decoys"), openings_in_pairs(beginnings), strict=True
    ):
        a, b = said[pairs.T]
        agree = ((a >= threshold) == (b >= threshold)).all(1)
        found[kind] = agree, np.abs(a - b).sum(1) / 2
    return found

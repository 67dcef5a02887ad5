"""The whole tree of openings."""

import numpy as np
import torch.nn as nn

from .. import game
from .transpositions import next_move_distribution, play_out


def openings(length: int) -> np.ndarray:
    """Return every beginning of ``length`` moves that the rules allow, squares [n, length]."""
    found, mine, theirs = np.empty((1, 0), int), *(np.array([b], np.uint64) for b in game.start())
    for _ in range(length):
        legal = game.to_array(game.legal_moves(mine, theirs)).reshape(len(found), 36)
        rows, squares = np.nonzero(legal)
        mine, theirs = game.play(mine[rows], theirs[rows], squares)
        found = np.column_stack([found[rows], squares])
    return found


def openings_in_pairs(beginnings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of beginnings that lead to one position, and all that don't though they may.

    Indices [pairs, 2] each. In the second, the same squares are occupied after both, and other
    moves are legal.
    """
    _, mine, theirs = play_out(beginnings)
    legal, occupied = game.legal_moves(mine, theirs), mine | theirs
    order = np.argsort(occupied, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(occupied[order])) + 1)
    a, b = np.concatenate([group[np.stack(np.triu_indices(len(group), 1))] for group in groups], 1)
    same = mine[a] == mine[b]
    told = legal[a] != legal[b]
    return np.stack([a, b], 1)[same], np.stack([a, b], 1)[told]


def openings_compared(
    model: nn.Module, length: int, threshold: float = 0.01
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return how a model tells ``openings_in_pairs`` apart: ``"transpositions"`` and ``"decoys"``.

    Of each kind, for every pair there is, whether the same next moves are accepted after both
    (those with a probability of at least ``threshold``), and the total variation between the two
    predictions, [pairs] each.
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

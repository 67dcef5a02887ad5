"""Squares that the start's symmetries carry into each other."""

import numpy as np
from jaxtyping import Int, Real

from ..intervals import Interval, bootstrap_shares


def orbits(size: int = 6) -> Int[np.ndarray, " squares"]:
    """Return of each square the least one that a symmetry of the start carries it to.

    The start keeps its look in four ways: as it is, upside down and mirrored about either diagonal.

    >>> orbits()[[0, 35, 5, 30]].tolist()
    [0, 0, 5, 5]
    """
    board = np.arange(size**2).reshape(size, size)
    half = board[::-1, ::-1]
    return np.min([board, board.T, half, half.T], 0).ravel()


def over_orbits(
    values: Real[np.ndarray, " squares"], squares: Int[np.ndarray, " squares"]
) -> Interval:
    """Return the mean of a value of each square, with an interval over orbits.

    Squares of one orbit vouch for each other: to random games they are one square. ``squares`` says
    which ones the values are of. Raises ``ValueError`` for squares of one orbit only.
    """
    of = orbits()[squares]
    sums = np.array([(values[of == k].sum(), (of == k).sum()) for k in np.unique(of)], float)
    return bootstrap_shares(sums[:, 0], sums[:, 1])

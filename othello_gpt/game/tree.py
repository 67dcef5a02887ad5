"""The tree of games: beginnings, and all that may follow."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Integer, UInt64

from .rules import legal_moves, on_squares, play, start


@dataclass(frozen=True)
class Beginnings:
    """Beginnings of games, all of one length, seen by the side that is about to move.

    ``moves``: squares [n, plies]; ``mine``, ``theirs``: its discs and the other side's [n].
    """

    moves: Integer[np.ndarray, "n plies"]
    mine: UInt64[np.ndarray, " n"]
    theirs: UInt64[np.ndarray, " n"]
    size: int = 6

    @classmethod
    def empty(cls, size: int = 6, standard: bool = False) -> "Beginnings":
        """Return the one beginning without a move."""
        first, second = (np.array([bits], np.uint64) for bits in start(size, standard))
        return cls(np.empty((1, 0), np.int64), first, second, size)

    def __len__(self) -> int:
        return len(self.moves)

    def __getitem__(self, rows) -> "Beginnings":
        """Return some of the beginnings."""
        return Beginnings(self.moves[rows], self.mine[rows], self.theirs[rows], self.size)

    def legal(self) -> Bool[np.ndarray, "n squares"]:
        """Return the squares where the side to move may play."""
        return on_squares(legal_moves(self.mine, self.theirs, self.size), self.size)

    def longer(self) -> "Beginnings":
        """Return all beginnings that are one legal move longer, in order of these and of squares.

        One after which the side to move would have to pass has none.
        """
        rows, squares = np.nonzero(self.legal())
        mine, theirs = play(self.mine[rows], self.theirs[rows], squares, self.size)
        moves = np.concatenate([self.moves[rows], squares[:, None]], 1)
        return Beginnings(moves, np.atleast_1d(mine), np.atleast_1d(theirs), self.size)

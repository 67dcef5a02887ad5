"""Right and wrong, counted by game, so that shares have intervals."""

from dataclasses import dataclass, replace

import numpy as np

from ..intervals import Interval, bootstrap, bootstrap_shares

_OF_SITES = ("right", "squares", "hits")


@dataclass(frozen=True)
class Tally:
    """How many cells a probe got right, game by game, so that intervals can be over games.

    ``right``: int16 [sites, games, plies], of ``cells``; ``squares``: int16 [sites, games, cells],
    of plies; ``hits``: int32 [sites, games, classes], the cells of a class that were called so;
    ``totals``: int32 [games, classes].
    """

    right: np.ndarray
    squares: np.ndarray
    hits: np.ndarray
    totals: np.ndarray
    cells: int

    def at(self, site: int) -> "Tally":
        """Return the tally of one site, the site's axis kept."""
        return replace(self, **{name: getattr(self, name)[[site]] for name in _OF_SITES})

    def best(self) -> int:
        """Return the index of the site where most cells are right."""
        return int(self.right.sum((1, 2)).argmax())

    def accuracy(self) -> Interval:
        """Return the share of cells that are right, at each site."""
        return bootstrap(self.right.mean(2).T / self.cells)

    def by_ply(self) -> Interval:
        """Return the share of cells that are right, [sites, plies]."""
        return bootstrap(self.right.transpose(1, 0, 2) / self.cells)

    def by_square(self) -> Interval:
        """Return the share of positions in which a cell is right, [sites, cells]."""
        return bootstrap(self.squares.transpose(1, 0, 2) / self.right.shape[2])

    def whole_board(self) -> Interval:
        """Return the share of positions whose cells are all right, at each site."""
        return bootstrap((self.right == self.cells).mean(2).T)

    def macro(self) -> Interval:
        """Return the mean over classes of the share of a class that is called so, at each site."""
        return bootstrap_shares(self.hits.swapaxes(0, 1), self.totals[:, None], over_last=True)


def tally(predicted: np.ndarray, truth: np.ndarray, n_classes: int) -> Tally:
    """Return the tally of predicted classes [sites, games, plies, cells] against the true ones."""
    same = predicted == truth
    of_class = [truth == c for c in range(n_classes)]
    hits = [(same & c).sum((2, 3), dtype=np.int32) for c in of_class]
    totals = [c.sum((1, 2), dtype=np.int32) for c in of_class]
    right, squares = (same.sum(axis, dtype=np.int16) for axis in (3, 2))
    return Tally(right, squares, np.stack(hits, -1), np.stack(totals, -1), truth.shape[-1])

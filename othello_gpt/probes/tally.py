"""Right and wrong, counted by game, so that shares have intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int16, Int32, Integer

from ..intervals import Interval, bootstrap, bootstrap_shares

_OF_SITES = ("right", "squares", "hits")


@dataclass(frozen=True)
class Tally:
    """How many cells a probe got right, game by game, so that intervals can be over games.

    ``right`` counts the cells of each position, of which there are ``cells``; ``squares`` the
    positions in which a cell is right; ``hits`` the cells of a class that were called so, of
    ``totals``.
    """

    right: Int16[np.ndarray, "sites games positions"]
    squares: Int16[np.ndarray, "sites games cells"]
    hits: Int32[np.ndarray, "sites games classes"]
    totals: Int32[np.ndarray, "games classes"]
    cells: int

    def at(self, site: int) -> "Tally":
        """Return the tally of one site, the site's axis kept."""
        return replace(self, **{name: getattr(self, name)[[site]] for name in _OF_SITES})

    def during(self, moves: slice) -> "Tally":
        """Return the tally of some of the positions, for all but ``by_square`` and ``macro``."""
        return replace(self, right=self.right[..., moves])

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
        """Return the mean over classes of the share of a class that is called so, at each site.

        This is the macro-averaged recall, or balanced accuracy.
        """
        return bootstrap_shares(self.hits.swapaxes(0, 1), self.totals[:, None], over_last=True)


def joined(parts: Sequence[Tally]) -> Tally:
    """Return the tallies of several batches of games as one."""
    found = {name: np.concatenate([getattr(p, name) for p in parts], 1) for name in _OF_SITES}
    return replace(parts[0], **found, totals=np.concatenate([p.totals for p in parts]))


def tally(
    predicted: Integer[np.ndarray, "sites games positions cells"],
    truth: Integer[np.ndarray, "games positions cells"],
    n_classes: int,
) -> Tally:
    """Return the tally of predicted classes against the true ones."""
    same = predicted == truth
    of_class = [truth == c for c in range(n_classes)]
    hits = [(same & c).sum((2, 3), dtype=np.int32) for c in of_class]
    totals = [c.sum((1, 2), dtype=np.int32) for c in of_class]
    right, squares = (same.sum(axis, dtype=np.int16) for axis in (3, 2))
    return Tally(right, squares, np.stack(hits, -1), np.stack(totals, -1), truth.shape[-1])

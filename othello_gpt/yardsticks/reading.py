"""What a linear probe reads of the board from anything that is put in the network's place."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Integer

from .. import probes
from ..intervals import Interval, bootstrap

BOARD = [probes.TARGETS["board"]]


def board_read(
    source: probes.Source,
    train: Integer[np.ndarray, "train plies"],
    test: Integer[np.ndarray, "test plies"],
    sites: Sequence[str] | None = None,
) -> probes.Tally:
    """Return what a ridge probe, fitted to ``train``, reads of the boards of games ``test``.

    At each of ``sites``, by default all of the source's.
    """
    probe = probes.fit_ridge(source, train, BOARD, sites)
    return probes.accuracy(probe, source, test, BOARD)["board"]


def share_by_game(tally: probes.Tally) -> Float[np.ndarray, " games"]:
    """Return the share of its cells that are read rightly in each game, at the best site."""
    return tally.right[tally.best()].mean(1) / tally.cells


def magnitude_to_reach(
    widths: Sequence[int] | Integer[np.ndarray, " widths"],
    accuracies: Float[np.ndarray, "games widths"],
    target: Float[np.ndarray, " games"],
    most: float = 99,
) -> Interval:
    """Return the decimal logarithm of the width at which accuracy would reach that of ``target``.

    If accuracy went on growing with the logarithm of the width as over the last two ``widths``.
    Shares are by game: games are resampled, the same for all. ``most`` where that is more, or
    accuracy no longer grows. Raises ``ValueError`` for fewer than two games.
    """
    w0, w1 = np.log10(widths[-2:])

    def reached(means):
        a0, a1, wanted = means.T
        slope = (a1 - a0) / (w1 - w0)
        found = np.where(slope > 0, w1 + (wanted - a1) / np.where(slope > 0, slope, 1), most)
        return found.clip(max=most)

    return bootstrap(np.column_stack([accuracies[:, -2:], target]), statistic=reached)

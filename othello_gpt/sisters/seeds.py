"""Numbers over seeds."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student

from ..intervals import Interval


def over_seeds(values: Sequence[float], level: float = 0.95) -> Interval:
    """Return the mean over networks of different seeds and its interval, by Student's t.

    Seeds are few, so that resampling them would give too narrow an interval. Raises ``ValueError``
    for fewer than two seeds, or values that aren't finite.
    """
    found = np.asarray(values, float)
    if len(found) < 2 or not np.isfinite(found).all():
        raise ValueError(f"{len(found)} values, {found.tolist()}: two or more numbers are needed")
    mean = float(found.mean())
    reach = student.ppf((1 + level) / 2, len(found) - 1) * found.std(ddof=1) / len(found) ** 0.5
    return Interval(mean, mean - float(reach), mean + float(reach))


def at_the_same(
    excess: float, others: Sequence[float], values: Sequence[float], log: bool = False
) -> float:
    """Return a measure of a run where it had some excess loss, between its stages.

    ``others``: the run's excess losses, ``values``: its measure there. Losses are taken on a log
    scale, and with ``log`` the values too. Raises ``ValueError`` for a loss that the run hasn't
    had.
    """
    x, y = np.log(np.asarray(others, float)), np.asarray(values, float)
    if not x.min() <= np.log(excess) <= x.max():
        raise ValueError(
            f"the run had an excess loss of {min(others)} to {max(others)} nats, never {excess}"
        )
    order = np.argsort(x)
    found = np.interp(np.log(excess), x[order], np.log(y[order]) if log else y[order])
    return float(np.exp(found) if log else found)

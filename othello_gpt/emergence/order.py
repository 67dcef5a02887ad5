"""In which order things come about."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..intervals import Interval

Stages = Float[np.ndarray, " stages"]


def passes(games: Sequence[int], values: Interval, level: float) -> Interval:
    """Return after how many games a measure passes a level for good, upwards or downwards.

    ``values``: [stages], in the order of ``games``, from the side of the level on which the first
    stage is. Between stages the games are taken on a log scale. The ends are where the two ends of
    the measure's interval pass, of which the earlier is the lower. It is infinite for what doesn't
    pass or hasn't stayed there, and the first stage for what is there from the beginning.

    Raises ``ValueError`` unless there is one value for each stage.
    """
    x = np.log(np.asarray(games, float))
    ends = [np.asarray(v, float) for v in (values.mean, values.low, values.high)]
    if any(end.shape != x.shape for end in ends):
        raise ValueError(f"{ends[0].shape} values are not one for each of {len(x)} stages")
    up = ends[0][-1] >= ends[0][0]
    at, *around = (
        float(np.exp(_crossing(x, end if up else -end, level if up else -level))) for end in ends
    )
    return Interval(at, min(at, *around), max(at, *around))


def _crossing(x: Stages, y: Stages, level: float) -> float:
    """Return where ``y`` comes to the level and stays above it."""
    below = np.flatnonzero(y < level)
    if not len(below):
        return float(x[0])
    k = int(below[-1])
    if k == len(x) - 1:
        return float("inf")
    return float(x[k] + (level - y[k]) / (y[k + 1] - y[k]) * (x[k + 1] - x[k]))

"""Intervals around every number that the book reports: 95% unless said otherwise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Shaped, UInt8
from scipy.stats import binomtest

Values = Shaped[np.ndarray, "..."]
"""Estimates, in whatever arrangement they are asked for."""
Means = Float[np.ndarray, "draws ..."]
"""One row for each draw of games."""


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it; scalars, or arrays of one shape."""

    mean: float | Values
    low: float | Values
    high: float | Values

    @classmethod
    def of(cls, several: Sequence["Interval"]) -> "Interval":
        """Return several intervals as one of arrays: the first axis goes over them."""
        parts = zip(*((i.mean, i.low, i.high) for i in several), strict=True)
        return cls(*map(np.stack, parts))

    def at(self, index) -> "Interval":
        """Return one of several estimates with its interval."""
        return Interval(*(_plain(np.asarray(v)[index]) for v in (self.mean, self.low, self.high)))

    def __format__(self, spec: str) -> str:
        return f"{self.mean:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


def difference(one: Interval, other: Interval) -> Interval:
    """Return ``one`` less ``other``, of estimates that are independent.

    Each end is as far from the mean as the two ends that lead there, added as squares (Newcombe
    1998, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8%3C873::AID-SIM779%3E3.0.CO;2-I,
    method 10 where both are Wilson's).
    """
    down = np.hypot(one.mean - one.low, other.high - other.mean)
    up = np.hypot(one.high - one.mean, other.mean - other.low)
    mean = one.mean - other.mean
    return Interval(*map(_plain, map(np.asarray, (mean, mean - down, mean + up))))


@lru_cache(maxsize=4)
def draws(n: int, resamples: int = 1000, seed: int = 0) -> UInt8[np.ndarray, "resamples n"]:
    """Return how often each of n games is drawn in each resample, uint8 [resamples, n].

    They are the same for all values of as many games, and making them takes longer than using them.
    """
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples)
    counts = counts.astype(np.uint8)  # a game is drawn once on average, never 256 times
    counts.flags.writeable = False
    return counts


def bootstrap(
    values,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    statistic: Callable[[Means], Means] | None = None,
) -> Interval:
    """Return the mean of ``values`` [games, ...] over games and its percentile interval.

    With ``statistic``: that of the means instead. It is given the means over several draws of games
    at once, [draws, ...], and returns one row for each.

    Games are what is drawn independently, so games are resampled: positions of one game aren't
    independent. Bit-exact for a seed. Raises ``ValueError`` on NaN or fewer than two games.
    """
    values = np.asarray(values, np.float64)
    tail = (1 - level) / 2
    if len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"can't resample {len(values)} games, or some of their values are NaN")
    if statistic is not None:
        n = len(values)
        drawn = np.concatenate([np.ones((1, n)), draws(n, resamples, seed)])  # first, all games
        means = (drawn @ values.reshape(n, -1) / n).reshape(-1, *values.shape[1:])
        found = statistic(means)
        return Interval(*map(_plain, (found[0], *np.quantile(found[1:], [tail, 1 - tail], axis=0))))
    means = [
        np.tensordot(drawn.astype(float), values, 1)
        for drawn in draws(len(values), resamples, seed)
    ]
    low, high = np.quantile(np.stack(means) / len(values), [tail, 1 - tail], axis=0)
    return Interval(*map(_plain, (values.mean(0), low, high)))


def bootstrap_shares(hits, totals, over_last: bool = False, resamples: int = 1000) -> Interval:
    """Return sum(hits) / sum(totals) over games, for arrays [games, ...], and its interval.

    What varies here is also how many chances a game has to be right. ``over_last``: the mean of the
    shares along the last axis. Raises ``ValueError`` as ``bootstrap`` does.
    """
    n = len(hits)

    def share(means):
        found = n * means[:, 0] / np.maximum(n * means[:, 1], 1)
        return found.mean(-1) if over_last else found

    both = np.stack([hits, np.broadcast_to(totals, np.shape(hits))], 1)
    return bootstrap(both, resamples, statistic=share)


def wilson(successes, trials: int, level: float = 0.95) -> Interval:
    """Return proportions with their Wilson intervals, which stay honest at zero successes."""
    successes = np.asarray(successes)
    tests = [binomtest(int(k), trials).proportion_ci(level, "wilson") for k in successes.flat]
    low, high = (np.array([t[i] for t in tests]).reshape(successes.shape) for i in (0, 1))
    return Interval(*map(_plain, (successes / trials, low, high)))


def _plain(values):
    """Return an array as it is and a single number as Python's own, which prints as such."""
    return values.item() if np.ndim(values) == 0 else values

"""Intervals around every number that the book reports: 95% unless said otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from scipy.stats import binomtest


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it; scalars, or arrays of one shape."""

    mean: float | np.ndarray
    low: float | np.ndarray
    high: float | np.ndarray

    @classmethod
    def of(cls, several: Sequence[Self]) -> Self:
        """Return several intervals as one of arrays: the first axis goes over them."""
        parts = zip(*((i.mean, i.low, i.high) for i in several), strict=True)
        return cls(*map(np.stack, parts))

    def at(self, index) -> Self:
        """Return one of several estimates with its interval."""
        return Interval(*(_plain(v[index]) for v in (self.mean, self.low, self.high)))

    def __format__(self, spec: str) -> str:
        return f"{self.mean:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


@lru_cache(maxsize=4)
def draws(n: int, resamples: int = 1000, seed: int = 0) -> np.ndarray:
    """Return how often each of n games is drawn in each resample, uint8 [resamples, n].

    They are the same for all values of as many games, and making them takes longer than using them.
    """
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples)
    counts = counts.astype(np.uint8)  # a game is drawn once on average, never 256 times
    counts.flags.writeable = False
    return counts


def bootstrap(values, resamples: int = 1000, level: float = 0.95, seed: int = 0) -> Interval:
    """Return the mean of ``values`` [games, ...] over games and its percentile interval.

    Games are what is drawn independently, so games are resampled: positions of one game aren't
    independent. Bit-exact for a seed. Raises ``ValueError`` on NaN or fewer than two games.
    """
    values = np.asarray(values, np.float64)
    if len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"can't resample {len(values)} games, or some of their values are NaN")
    means = [
        np.tensordot(drawn.astype(float), values, 1)
        for drawn in draws(len(values), resamples, seed)
    ]
    tail = (1 - level) / 2
    low, high = np.quantile(np.stack(means) / len(values), [tail, 1 - tail], axis=0)
    return Interval(*map(_plain, (values.mean(0), low, high)))


def wilson(successes, trials: int, level: float = 0.95) -> Interval:
    """Return proportions with their Wilson intervals, which stay honest at zero successes."""
    successes = np.asarray(successes)
    tests = [binomtest(int(k), trials).proportion_ci(level, "wilson") for k in successes.flat]
    low, high = (np.array([t[i] for t in tests]).reshape(successes.shape) for i in (0, 1))
    return Interval(*map(_plain, (successes / trials, low, high)))


def _plain(values):
    """Return an array as it is and a single number as Python's own, which prints as such."""
    return values.item() if np.ndim(values) == 0 else values

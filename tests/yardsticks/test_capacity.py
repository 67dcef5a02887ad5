"""Proof of ``othello_gpt.yardsticks``: capacity."""

import numpy as np
import pytest

from othello_gpt import yardsticks
from othello_gpt.intervals import draws
from tests.yardsticks.common import MOVES, TINY, TOKENS


def test_covariances_are_numpys_whatever_the_batch():
    found = yardsticks.covariances(TINY, MOVES[:40], batch=7)
    for covariance, x in zip(found, TINY.residual_stream(TOKENS[:40]), strict=True):
        np.testing.assert_allclose(covariance, np.cov(x.flatten(0, 1).T, ddof=0), atol=1e-6)
    last = yardsticks.covariances(TINY, MOVES[:40], [TINY.sites[-1]])
    np.testing.assert_allclose(last[0], found[-1], atol=1e-12)


def test_the_interval_of_the_dimensions_in_use_is_that_of_the_drawn_games():
    found = yardsticks.dimensions_in_use(TINY, MOVES[:40], "resid_mid 1", resamples=5)
    games = [MOVES[:40], *(np.repeat(MOVES[:40], drawn, 0) for drawn in draws(40, 5))]
    drawn = [yardsticks.covariances(TINY, g, ["resid_mid 1"])[0] for g in games]
    whole, *others = map(yardsticks.participation_ratio, drawn)
    expected = whole, *np.quantile(others, [0.025, 0.975])
    np.testing.assert_allclose((found.mean, found.low, found.high), expected, rtol=1e-4)


def test_participation_ratio():
    assert yardsticks.participation_ratio(np.eye(5)) == pytest.approx(5)
    assert yardsticks.participation_ratio(np.diag([1.0, 0, 0])) == pytest.approx(1)
    assert yardsticks.participation_ratio(np.stack([np.eye(2), np.diag([3.0, 1])])).shape == (2,)


def test_spectrum():
    turned = np.array([[3.0, 1], [1, 3]])
    np.testing.assert_allclose(yardsticks.spectrum(turned), [4 / 6, 2 / 6])
    np.testing.assert_allclose(yardsticks.spectrum(np.stack([np.eye(4)] * 2)), 0.25)
    assert yardsticks.components_of(0.6, turned) == 1
    assert yardsticks.components_of(0.7, turned) == 2
    several = np.stack([np.diag([1.0, 1, 18]), np.eye(3)])
    assert yardsticks.components_of(0.9, several).tolist() == [1, 3]

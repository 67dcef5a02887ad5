"""Proof of ``othello_gpt.yardsticks``: capacity."""

import numpy as np
import pytest

from othello_gpt import yardsticks
from othello_gpt.intervals import draws
from tests.yardsticks.common import MOVES, TINY


def test_resampled_covariances_are_those_of_the_drawn_games():
    found = yardsticks.resampled_covariances(TINY, MOVES[:40], "resid_mid 1", resamples=3)
    _, whole = yardsticks.covariances(TINY, MOVES[:40], ["resid_mid 1"])
    np.testing.assert_allclose(found[0], whole[0], atol=1e-6)
    for drawn, covariance in zip(draws(40, 3), found[1:], strict=True):
        again = np.repeat(MOVES[:40], drawn, 0)
        _, expected = yardsticks.covariances(TINY, again, ["resid_mid 1"])
        np.testing.assert_allclose(covariance, expected[0], atol=1e-6)


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
    assert yardsticks.components_of(0.9, np.stack([np.diag([1.0, 1, 18]), np.eye(3)])).tolist() == [
        1,
        3,
    ]

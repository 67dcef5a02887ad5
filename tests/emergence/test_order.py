"""Proof of ``othello_gpt.emergence.passes``: when a measure passes a level for good."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from othello_gpt.emergence import passes
from othello_gpt.intervals import Interval

GAMES = [10_000, 100_000, 1_000_000]


def exact(*values):
    return Interval(*3 * [np.array(values, float)])


def test_between_stages_games_are_on_a_log_scale():
    assert passes(GAMES, exact(0, 1, 1), 0.5).mean == pytest.approx(10_000 * math.sqrt(10))
    assert passes(GAMES, exact(1, 1, 0.2), 0.6).mean == pytest.approx(100_000 * math.sqrt(10))


def test_it_counts_only_once_it_stays():
    assert passes(GAMES, exact(0, 0.8, 0.4), 0.6).mean == math.inf
    games = [1, 10, 100, 1000]
    assert passes(games, exact(0, 0.8, 0.4, 0.8), 0.6).mean == pytest.approx(100 * math.sqrt(10))


def test_what_is_there_from_the_beginning_is_there_at_the_first_stage():
    assert passes(GAMES, exact(0.7, 0.8, 0.9), 0.6).mean == pytest.approx(10_000)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.floats(0, 0.3), st.floats(0, 1))
def test_the_interval_is_around_the_estimate(values, wide, level):
    mean = np.array(values)
    found = passes(GAMES, Interval(mean, mean - wide, mean + wide), level)
    assert found.low <= found.mean <= found.high


def test_each_stage_has_a_value():
    with pytest.raises(ValueError, match="2 stages"):
        passes(GAMES[:2], exact(0, 1, 1), 0.5)

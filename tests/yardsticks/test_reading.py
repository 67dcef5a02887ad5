"""Proof of ``othello_gpt.yardsticks``: reading."""

import numpy as np
import pytest

from othello_gpt import game, probes, yardsticks
from tests.yardsticks.common import MOVES


def test_what_is_read_of_the_board_is_counted_by_game():
    source, test = probes.Ply(), game.sample_moves(20, seed=6)
    tally = yardsticks.board_read(source, MOVES, test)
    truth = probes.TARGETS["board"].labels(game.replay(test))
    # The number of moves is all it knows: on each square, after as many moves, always the same.
    seen = probes.TARGETS["board"].labels(game.replay(MOVES))
    often = np.stack([(seen == kind).mean(0) for kind in range(3)]).argmax(0)
    expected = (often == truth).mean((1, 2))
    np.testing.assert_allclose(yardsticks.share_by_game(tally), expected, atol=0.01)


def test_the_best_site_counts():
    code = yardsticks.Code(yardsticks.random_code(72), [4, 72, 8])
    tally = yardsticks.board_read(code, MOVES, MOVES[:10])
    assert (yardsticks.share_by_game(tally) == 1).all()


def test_magnitude_to_reach():
    """One step of a factor of ten brings 0.1; what is missing to the target is 0.2."""
    right, target = np.tile([0.5, 0.6, 0.7], (30, 1)), np.full(30, 0.9)
    found = yardsticks.magnitude_to_reach([1, 100, 1000], right, target)
    assert (found.mean, found.low, found.high) == pytest.approx((5, 5, 5))
    assert yardsticks.magnitude_to_reach([10, 100], right[:, [1, 1]], target, most=50).mean == 50
    noisy = right + np.random.default_rng(0).normal(0, 0.05, right.shape)
    found = yardsticks.magnitude_to_reach([1, 100, 1000], noisy, target)
    assert found.low < found.mean < found.high

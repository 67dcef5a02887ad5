"""Proof of ``othello_gpt.yardsticks``: endgames."""

from dataclasses import replace

import numpy as np
import pytest

from othello_gpt import game, yardsticks
from tests.yardsticks.common import MOVES, TINY


def test_exact_late_distribution_against_brute_force_sampling():
    moves = game.sample_moves(3, seed=8)
    late = yardsticks.endgames(TINY, moves, first=24)
    assert late.exact.shape == late.model.shape == (3, 8, 36)
    more = game.sample_continuations(moves, 5000, seed=3)[:, 24:]
    for one_game in range(3):
        for ply in range(8):
            share = np.bincount(more[one_game, ply], minlength=36) / 5000
            assert np.abs(share - late.exact[one_game, ply]).max() < 0.035


def test_divergences_by_hand():
    exact = np.zeros((1, 1, 36))
    exact[0, 0, :2] = 0.75, 0.25
    said = np.zeros((1, 1, 36))
    said[0, 0, :3] = 0.5, 0.25, 0.25
    legal = np.arange(36)[None, None] < 2
    late = yardsticks.Endgames(np.array([22]), exact, said, legal)
    assert late.divergence()[0, 0] == pytest.approx(0.75 * np.log(1.5))
    assert late.illegal_part()[0, 0] == pytest.approx(-np.log(0.75))
    given_legal = 0.75 * np.log(0.75 / (2 / 3)) + 0.25 * np.log(0.25 / (1 / 3))
    rest = late.divergence() - late.illegal_part()
    assert rest[0, 0] == pytest.approx(given_legal)
    expected = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    assert late.rules_only().divergence()[0, 0] == pytest.approx(expected)


def test_calibration_by_hand():
    exact, said = np.zeros((2, 2, 1, 36))
    exact[0, 0, :3], said[0, 0, :4] = (0.7, 0.2, 0.1), (0.5, 0.25, 0.0, 0.25)
    exact[1, 0, 0], said[1, 0, 0] = 1.0, 0.75
    late = yardsticks.Endgames(np.array([22]), exact, said, exact > 0)
    mean, ratio, count = late.calibration(np.array([0.01, 0.4, 1.0]))
    # Below 0.4: 0.25 (truly 0.2), 0.25 (truly 0) and 0 (truly 0.1). Above: 0.5 (0.7), 0.75 (1).
    assert count.tolist() == [3, 2]
    assert mean.tolist() == pytest.approx([0.5 / 3, 1.25 / 2])
    assert ratio.mean.tolist() == pytest.approx([0.3 / 0.5, 1.7 / 1.25])
    assert (ratio.low <= ratio.mean).all() and (ratio.mean <= ratio.high).all()  # noqa: PT018


def test_shares_of_small_totals():
    hits, totals = np.array([[1e-9], [0.0]]), np.array([[2e-9], [2e-9]])
    assert yardsticks.shares_of(hits, totals).mean[0] == pytest.approx(0.25)


def test_the_exact_distribution_diverges_from_itself_by_nothing():
    late = yardsticks.endgames(TINY, game.sample_moves(4, seed=9), first=26)
    assert np.abs(replace(late, model=late.exact).divergence()).max() < 1e-12
    assert (late.legal >= (late.exact > 0)).all()
    assert (late.divergence() > 0).all()


def test_early_positions_are_refused():
    with pytest.raises(ValueError, match="at most 12"):
        yardsticks.endgames(TINY, MOVES[:1], first=5)

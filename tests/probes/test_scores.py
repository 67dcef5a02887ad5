"""Proof of ``othello_gpt.probes``: scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from othello_gpt import game, intervals, probes
from othello_gpt.probes import TARGETS
from tests.probes.common import HELD_OUT, MOVES


def test_tally_by_hand():
    truth = np.array([[[0, 1], [2, 2]], [[1, 1], [0, 2]]])  # [games, plies, cells]
    site_0 = np.array([[[0, 1], [2, 0]], [[1, 0], [0, 2]]])
    scores = probes.tally(np.stack([site_0, truth]), truth, 3)
    assert scores.accuracy().mean.tolist() == [6 / 8, 1]
    assert scores.by_ply().mean.tolist() == [[3 / 4, 3 / 4], [1, 1]]
    assert scores.by_square().mean.tolist() == [[4 / 4, 2 / 4], [1, 1]]
    assert scores.whole_board().mean.tolist() == [2 / 4, 1]
    np.testing.assert_allclose(scores.macro().mean, [(2 / 2 + 2 / 3 + 2 / 3) / 3, 1])
    assert np.all(scores.macro().low <= scores.macro().mean)
    assert scores.best() == 1
    assert scores.at(0).accuracy().mean.tolist() == [6 / 8]
    assert scores.at(1).macro().mean.tolist() == [1]
    assert scores.at(0).by_square().mean.tolist() == [[1, 2 / 4]]


def test_shares_have_the_interval_of_means_where_totals_are_equal():
    hits = np.random.default_rng(0).integers(0, 11, (60, 4))
    shares, means = intervals.bootstrap_shares(hits, np.full(60, 10)[:, None]), None
    means = intervals.bootstrap(hits / 10)
    for part in ("mean", "low", "high"):
        np.testing.assert_allclose(getattr(shares, part), getattr(means, part), atol=0.01)


def test_accuracy_agrees_with_what_is_read(model):
    probe = probes.fit_ridge(model, MOVES)
    scores = probes.accuracy(probe, model, HELD_OUT)
    replay = game.replay(HELD_OUT)
    for name, target in TARGETS.items():
        read = probes.read(probe, model, HELD_OUT, name, "resid_mid 1")
        right = read == target.labels(replay)
        assert scores[name].accuracy().mean[3] == pytest.approx(right.mean())
        np.testing.assert_allclose(scores[name].by_square().mean[3], right.mean((0, 1)))
        assert np.array_equal(probes.outputs(probe, model, HELD_OUT, name)[3].argmax(2), read)


def test_macro_is_the_balanced_accuracy_of_scikit_learn():
    rng = np.random.default_rng(1)
    truth, read = rng.integers(0, 3, (9, 4, 5)), rng.integers(0, 3, (9, 4, 5))
    found = probes.tally(read[None], truth, 3).macro().mean[0]
    assert found == pytest.approx(balanced_accuracy_score(truth.ravel(), read.ravel()))


@given(st.integers(0, 5), st.integers(6, 9))
def test_a_part_of_the_game_is_what_its_positions_say(first, last):
    rng = np.random.default_rng(0)
    truth, read = rng.integers(0, 3, (6, 9, 5)), rng.integers(0, 3, (6, 9, 5))
    part = probes.tally(read[None], truth, 3).during(slice(first, last))
    right = (read == truth)[:, first:last]
    assert part.accuracy().mean[0] == pytest.approx(right.mean())
    assert part.whole_board().mean[0] == pytest.approx(right.all(2).mean())


def test_advantage_is_a_paired_difference():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, (50, 31, 36))
    guess = rng.integers(0, 3, (1, 50, 31, 36))
    good, bad = probes.tally(truth[None], truth, 3), probes.tally(guess, truth, 3)
    assert probes.advantage(bad, bad).high == 0
    gain = probes.advantage(good, bad)
    assert gain.mean == pytest.approx(1 - bad.accuracy().mean)
    assert gain.low < gain.mean < gain.high


def test_right_by_flips_counts_discs_by_their_turns():
    replay = game.replay(HELD_OUT)
    board, turned = probes.board(replay), probes.flips_so_far(replay)
    right = np.random.default_rng(0).random(board.shape) < 0.7
    found = probes.by_flips(replay, right, most=3)
    for n in range(4):
        of = (board != 1) & (turned == n if n < 3 else turned >= 3)
        assert found.mean[n] == pytest.approx(right[of].mean())
    unflipped = probes.board(probes.flips_ignored(replay)) == board
    assert probes.by_flips(replay, unflipped, most=3).mean[:3].tolist() == [1, 0, 1]

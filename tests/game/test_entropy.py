"""Proof of ``othello_gpt.game``: entropy."""

import math

import numpy as np
import pytest

from othello_gpt import game


def exact_entropies(paths, drawn):
    """The entropy of each move given those before it, from a list of all games."""
    probability, total, plies = drawn / drawn.sum(), [0.0], paths.shape[1]
    for ply in range(1, plies + 1):
        _, prefix = np.unique(paths[:, :ply], axis=0, return_inverse=True)
        mass = np.bincount(prefix.ravel(), probability)
        total.append(-(mass * np.log(mass)).sum())
    return np.diff(total)


def test_entropy_floor_is_exact_on_a_small_board(tiny):
    exact = exact_entropies(*tiny)
    floor, error = game.entropy_floor(100_000, 1, size=4)
    assert error < 0.002
    assert abs(floor - exact[1:].mean()) < 4 * error
    # It isn't the mean log of the number of legal moves: conditioning takes information away.
    uniform = game.log_choices(game.sample_moves(100_000, 1, size=4), 4)[:, 1:].mean()
    assert uniform - floor > 20 * error


def entropy_by_ply(n, seed, size=6):
    values = game.surprise(game.sample_moves(n, seed, size=size), seed, size)
    return values.mean(0), values.std(0, ddof=1) / n**0.5


def test_entropy_by_ply_is_exact_on_a_small_board(tiny):
    exact = exact_entropies(*tiny)
    entropy, error = entropy_by_ply(100_000, 1, size=4)
    assert error.max() < 0.01
    assert (np.abs(entropy - exact) < 4 * error + 1e-12).all()


def test_the_two_floors_agree():
    floor, error = game.entropy_floor(50_000, 1)
    entropy, errors = entropy_by_ply(20_000, 2)
    # Terms of neighbouring plies cancel in the mean, so its error is below that of one ply.
    assert abs(entropy[1:].mean() - floor) < 4 * math.hypot(error, errors.max() / 31**0.5)


def test_next_move_probabilities(tiny):
    paths, drawn = tiny
    replay = game.replay(paths, 4)
    for ply in (0, 3, 7, 11):
        _, one, prefix = np.unique(paths[:, :ply], axis=0, return_index=True, return_inverse=True)
        mass = np.zeros((len(one), 16))
        np.add.at(mass, (prefix.ravel(), paths[:, ply]), drawn)
        exact = mass / mass.sum(1, keepdims=True)
        found = game.next_move_probabilities(replay.mine[one, ply], replay.theirs[one, ply], 4)
        np.testing.assert_allclose(found, exact, atol=1e-12)


def test_next_move_probabilities_of_early_positions_are_refused():
    with pytest.raises(ValueError, match="32 squares are empty; at most 12 may be"):
        game.next_move_probabilities(*game.start())

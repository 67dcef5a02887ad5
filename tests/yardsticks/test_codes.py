"""Proof of ``othello_gpt.yardsticks``: codes."""

import numpy as np
import torch

from othello_gpt import game, probes, yardsticks
from tests import oracle
from tests.yardsticks.common import MOVES, TINY, TOKENS


def test_a_code_lays_down_mine_and_then_theirs():
    source = yardsticks.Code(np.eye(72), [40, 72])
    few, every = source.residual_stream(TOKENS[:3])
    assert not few[..., 40:].any()
    torch.testing.assert_close(few[..., :40], every[..., :40])
    for one_game in range(3):
        for ply, (player, _, board, _) in enumerate(
            oracle.replay(MOVES[one_game].tolist(), 6)[1:], 1
        ):
            if ply == 31:
                break
            # `player` is about to move on the board after `ply` moves.
            cells = np.array(board).ravel()
            assert np.array_equal(every[one_game, ply - 1, :36], cells == player)
            assert np.array_equal(every[one_game, ply - 1, 36:], cells == -player)


def test_a_code_of_enough_dimensions_is_read_without_error_and_a_principal_one_is_better():
    right, board = {}, [probes.TARGETS["board"]]
    for name, matrix in (
        ("random", yardsticks.random_code(72)),
        ("principal", yardsticks.principal_code(MOVES)),
    ):
        source = yardsticks.Code(matrix, [8, 68])
        probe = probes.fit_ridge(source, MOVES, board)
        tally = probes.accuracy(probe, source, game.sample_moves(50, 6))["board"]
        right[name] = tally.accuracy().mean
    assert right["random"][1] == right["principal"][1] == 1.0
    assert right["random"][0] < right["principal"][0] < 0.95


def test_principal_components_are_numpys():
    covariance = yardsticks.covariances(TINY, MOVES, ["resid_post 0"])
    basis = yardsticks.principal_components(covariance[0])
    source = yardsticks.Directions(TINY, "resid_post 0", basis, [3, 16])
    *_, x = (x for x, _ in zip(TINY.residual_stream(TOKENS), range(3), strict=False))
    rows = x.flatten(0, 1).double().numpy()
    variances = np.linalg.eigvalsh(np.cov(rows.T, ddof=0))[::-1]
    few, all_of_them = source.residual_stream(TOKENS)
    assert not few[..., 3:].any()
    # A rotation keeps lengths.
    torch.testing.assert_close(all_of_them.norm(dim=-1), x.norm(dim=-1), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(few.flatten(0, 1).var(0, correction=0)[:3], variances[:3], rtol=1e-3)
    turn = yardsticks.random_directions(16, seed=1)
    np.testing.assert_allclose(turn.T @ turn, np.eye(16), atol=1e-12)
    assert np.abs(turn).max() < 0.95

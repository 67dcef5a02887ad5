"""Proof of ``othello_gpt.yardsticks``: information."""

import numpy as np
import pytest
import torch

from othello_gpt import game, probes, yardsticks
from tests.yardsticks.common import MOVES


def test_information_by_hand():
    """A probe that always says the same: its cross-entropy, square by square, with numpy."""
    target, moves = probes.TARGETS["board"], MOVES[:7]
    source = probes.Ply()
    bias = torch.randn(1, 3, 36, generator=torch.Generator().manual_seed(0))
    probe = probes.Probe(
        {"board": torch.zeros(1, 3, 36, 31)},
        {"board": bias},
        {"board": target.classes},
        source.sites,
        probes.fingerprint(source),
        "logistic",
        0,
    )
    labels = target.labels(game.replay(moves))
    p = np.exp(bias[0].numpy()) / np.exp(bias[0].numpy()).sum(0)
    entropy, left = np.zeros(7), np.zeros(7)
    for square in range(36):
        seen = labels[..., square]
        for kind in range(3):
            share = (seen == kind).mean()
            often = (seen == kind).mean(1)
            entropy -= often * np.log2(share if share else 1)
            left -= often * np.log2(p[kind, square])
    found = yardsticks.information(probe, source, moves, batch=3)
    np.testing.assert_allclose(found.entropy, entropy)
    np.testing.assert_allclose(found.left[:, 0], left, rtol=1e-5)
    assert found.read().mean[0] == pytest.approx((entropy - left).mean(), rel=1e-5)


def test_a_code_with_room_for_a_board_tells_all_of_it():
    source, moves = yardsticks.Code(yardsticks.random_code(80), [80]), game.sample_moves(50, 6)
    probe = probes.fit_logistic(source, MOVES, warm_up=200)
    found = yardsticks.information(probe, source, moves)
    assert 0 <= found.left.mean() < 0.1 < 25 < found.entropy.mean() < 36 * np.log2(3)

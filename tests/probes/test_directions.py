"""Proof of ``othello_gpt.probes``: directions."""

import numpy as np
import pytest
import torch

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS
from tests.probes.common import CENTRE, MOVES, OUTER


def test_families_are_unit_directions_on_the_board(model):
    probe = probes.fit_ridge(model, MOVES)
    found = probes.families(model, probe, "resid_mid 1")
    for name, directions in found.items():
        norms = directions.norm(dim=-1)
        assert directions.shape == (31 if name == "position" else 36, 16)
        alive = slice(None) if name in ("mine - theirs", "position") else OUTER
        torch.testing.assert_close(norms[alive], torch.ones_like(norms[alive]))
    for name in ("empty", "legal next", "embedding", "unembedding"):
        assert not found[name][CENTRE].any()
    weight = model.transformer.wte.weight
    expected = torch.nn.functional.normalize(weight[7] - weight[1:].mean(0), dim=0)
    torch.testing.assert_close(found["embedding"][game.square_of_token()[7]], expected)


def test_persistence_is_one_with_itself(model):
    probe = probes.fit_ridge(model, MOVES, [TARGETS["board"]])
    cosines = probes.persistence(probe, "board", "mine", "theirs")
    assert cosines.shape == (5, 5)
    np.testing.assert_allclose(np.diag(cosines), 1, atol=1e-5)
    np.testing.assert_allclose(cosines, cosines.T, atol=1e-6)
    one, other = probe.weight["board"][[1, 4]].double()
    slow = [
        torch.cosine_similarity(one[2, s] - one[0, s], other[2, s] - other[0, s], dim=0)
        for s in OUTER
    ]
    assert cosines[1, 4] == pytest.approx(np.mean(slow), abs=1e-5)

"""Proof of ``othello_gpt.probes``: mlp."""

import pytest
import torch

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS
from tests.probes.common import HELD_OUT, Planted


def test_an_mlp_reads_what_is_not_linear():
    source = Planted()
    moves = game.sample_moves(1000, seed=3)
    target = TARGETS["colour"]  # mine or theirs, times the parity of the position
    linear = probes.fit_ridge(source, moves, [target], ["planted"])
    probe = probes.fit_mlp(source, moves, linear, target, "planted", batch=4, lr=5e-3)
    linear, mlp = (probes.accuracy(p, source, HELD_OUT)["colour"] for p in (linear, probe))
    assert linear.accuracy().mean < 0.8
    assert mlp.accuracy().mean > 0.85
    with pytest.raises(ValueError, match=r"this probe reads \['colour'\] at \('planted',\)"):
        probe.logits("board", "planted", torch.zeros(1, 69))

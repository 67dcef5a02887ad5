"""Proof of ``othello_gpt.probes``: probe."""

import pytest
import torch

from othello_gpt import probes
from othello_gpt.probes import TARGETS
from tests.probes.common import HELD_OUT, MOVES


def test_activations_of_another_width_are_refused(saved):
    probe, _ = saved
    with pytest.raises(ValueError, match="activations are 8 wide, the probe is 16 wide"):
        probe.logits("board", "resid_mid 0", torch.zeros(1, 8))


def test_what_a_probe_does_not_have_is_named_with_what_it_has(model):
    targets = [TARGETS["board"], TARGETS["empty"]]
    probe = probes.fit_ridge(model, MOVES[:20], targets, ["resid_mid 0", "resid_post 1"])
    target = "no target 'legal' here: the probe's are board, empty$"
    site = "no site 'resid_mid 7' here: the probe's are resid_mid 0, resid_post 1$"
    for call in (
        lambda *of: probe.logits(*of, torch.zeros(1, 16)),
        lambda *of: probe.directions(*of, "mine", "theirs"),
    ):
        with pytest.raises(ValueError, match=target):
            call("legal", "resid_mid 0")
        with pytest.raises(ValueError, match=site):
            call("board", "resid_mid 7")
    for pair in (("ours", "empty"), ("empty", "ours")):
        with pytest.raises(ValueError, match="no class 'ours' in board: they are theirs, empty, m"):
            probe.directions("board", "resid_mid 0", *pair)
    with pytest.raises(ValueError, match=target):
        probes.read(probe, model, HELD_OUT, "legal")

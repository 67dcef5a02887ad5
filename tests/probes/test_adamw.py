"""Proof of ``othello_gpt.probes``: adamw."""

import numpy as np
import torch

from othello_gpt import probes
from tests.probes.common import HELD_OUT, MOVES, Planted


def test_the_original_recipe_descends_to_the_ridge():
    source = Planted()
    probe = probes.fit_adamw(source, MOVES, site="planted", batch=20, lr=0.02)
    assert probe.sites == ("planted",)
    ridge = probes.fit_ridge(source, MOVES, probes.ORIGINAL)
    x = torch.randn(5, 69)
    for target in probes.ORIGINAL:
        logits = probe.logits(target.name, "planted", x)
        output = x @ probe.weight[target.name][0, 1].T
        assert torch.equal(logits.argmax(1) == 1, output > 0.5)
    untouched = probes.fit_adamw(source, MOVES[:1], site="planted", lr=0.0)
    ours, theirs, start = (
        [t.accuracy().mean[-1] for t in probes.accuracy(p, source, HELD_OUT).values()]
        for p in (ridge, probe, untouched)
    )
    assert list(probe.weight) == ["empty", "just_moved", "legal_prev", "legal_next"]
    assert np.all(np.subtract(ours, start) > 0)
    assert np.all(np.subtract(theirs, start) > 0.1)

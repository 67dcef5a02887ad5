"""Proof of ``othello_gpt.probes``: sources."""

import numpy as np

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS
from tests.probes.common import MOVES


def test_ridge_on_the_ply_is_the_majority_class():
    target = TARGETS["board"]
    probe = probes.fit_ridge(probes.Ply(), MOVES, [target])
    labels = target.labels(game.replay(MOVES))
    counts = np.stack([(labels == c).sum(0) for c in range(3)])
    read = probes.read(probe, probes.Ply(), MOVES)[0]
    chosen = np.take_along_axis(counts, read[None].astype(int), 0)[0]
    assert np.array_equal(chosen, counts.max(0))


def test_untrained_has_the_shape_and_a_seed(model):
    a, b, c = (probes.untrained(model, seed) for seed in (0, 0, 1))
    assert a.config == model.config
    assert probes.fingerprint(a) == probes.fingerprint(b) != probes.fingerprint(c)

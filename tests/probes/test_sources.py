"""Proof of ``othello_gpt.probes``: sources."""

import inspect

import numpy as np
import pytest
import torch

from othello_gpt import construction, game, probes, yardsticks
from othello_gpt.probes import TARGETS, BagOfMoves, Ply, RandomFeatures, RandomLayer, Source
from tests.probes.common import MOVES, TOKENS, Planted

SOURCES = {
    "untrained": lambda model: probes.untrained(model),
    "ply": lambda model: Ply(),
    "bag of moves": lambda model: BagOfMoves(),
    "random features": lambda model: RandomFeatures(8),
    "random layer": lambda model: RandomLayer(RandomFeatures(8), 5, inputs=8),
    "directions": lambda model: yardsticks.Directions(model, "resid_mid 1", np.eye(16), [2, 5]),
    "code": lambda model: yardsticks.Code(yardsticks.random_code(8), [2, 8]),
    "construction": lambda model: construction.Construction(),
}


@pytest.mark.parametrize("name", SOURCES)
def test_whatever_is_probed_is_a_source(model, name):
    source = SOURCES[name](model)
    assert isinstance(source, Source)
    stream = list(source.residual_stream(TOKENS[:2]))
    assert len(stream) == len(source.sites)
    assert all(x.shape[:2] == (2, 31) and x.is_floating_point() for x in stream)
    # A prefix has the same stream: position i has seen moves 0..i and no more.
    for whole, part in zip(stream, source.residual_stream(TOKENS[:2, :9]), strict=True):
        width = min(whole.shape[2], part.shape[2])  # that of Ply grows with the game
        torch.testing.assert_close(whole[:, :9, :width], part[..., :width], rtol=1e-4, atol=1e-4)


def test_what_lacks_a_part_is_no_source():
    wanted = [name for name, _ in inspect.getmembers(Source) if not name.startswith("_")]
    assert {"sites", "residual_stream"} < set(wanted)
    assert isinstance(Planted(), Source)
    assert not isinstance(torch.nn.Linear(2, 2), Source)


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

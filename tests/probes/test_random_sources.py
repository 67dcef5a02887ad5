"""Proof of ``othello_gpt.probes``: random sources."""

import torch

from othello_gpt import probes
from tests.probes.common import TOKENS


def test_random_features_by_hand():
    source = probes.RandomFeatures(4, seed=1)
    (features,) = source.residual_stream(TOKENS[:3])
    assert features.shape == (3, 31, 4)
    drive = source.biases[7] + sum(source.weights[j, TOKENS[1, j]] for j in range(8))
    torch.testing.assert_close(features[1, 7], drive.clamp(min=0))


def test_random_features_know_the_order_of_moves():
    source = probes.RandomFeatures(64)
    (features,) = source.residual_stream(TOKENS[:1, [0, 1, 2, 3]])
    (exchanged,) = source.residual_stream(TOKENS[:1, [2, 1, 0, 3]])
    assert not torch.allclose(features[0, 3], exchanged[0, 3])


def test_a_random_layer_by_hand():
    source = probes.RandomLayer(probes.BagOfMoves(), 5, inputs=97, seed=2)
    (bag,), (features,) = (m.residual_stream(TOKENS[:3]) for m in (source.source, source))
    assert features.shape == (3, 31, 5)
    drive = sum(bag[2, 9, k] * source.weights[k] for k in range(97)) + source.biases
    torch.testing.assert_close(features[2, 9], drive.clamp(min=0))

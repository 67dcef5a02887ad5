"""What the tests of ``neurons`` share: fixtures."""

import pytest
import torch
import torch.nn.functional as F

from othello_gpt import neurons
from othello_gpt.model import GPT, GPTConfig, inputs_of
from tests.neurons.common import GAMES, MOVES


@pytest.fixture(scope="module")
def model():
    """A small network whose every weight and bias matters."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)
    for p in model.parameters():
        p.add_(0.3 * torch.randn(p.shape))
    return model


@pytest.fixture(scope="module")
def outputs(model):
    """Every neuron's output on all positions, written out: [layers, games, 31, neurons]."""
    found, stream = [], list(model.residual_stream(inputs_of(MOVES)))
    for block, mid in zip(model.transformer.h, stream[1::2], strict=True):
        found.append(F.gelu(block.mlp.c_fc(block.ln_2(mid))))
    return torch.stack(found)


@pytest.fixture(scope="module")
def asked():
    return neurons.features(GAMES.replay).reshape(-1, len(neurons.FEATURES))

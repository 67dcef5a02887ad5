"""What the tests of ``mechanism`` share: a small network, cases, a probe."""

import numpy as np
import pytest
import torch

from othello_gpt import game, mechanism, probes
from othello_gpt.model import GPT, GPTConfig
from othello_gpt.neurons import lines_through

SITE = "resid_mid 1"


@pytest.fixture(scope="package")
def model():
    """A small network whose every weight and bias matters."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=3, n_head=2, n_embd=16)).eval().requires_grad_(False)
    for p in model.parameters():
        p.add_(0.3 * torch.randn(p.shape))
    return model


@pytest.fixture(scope="package")
def probe(model):
    games = game.sample_moves(60, seed=7)
    return probes.fit_ridge(model, games, [probes.TARGETS["board"]], [SITE])


@pytest.fixture(scope="package")
def pairs():
    """Cases at two positions, and another last move of each."""
    return mechanism.last_move_pairs(6, (9, 14), seed=3)


@pytest.fixture(scope="package")
def tied():
    """Neurons for all lines of all squares, made up."""
    rng = np.random.default_rng(0)
    sided = [line for line in lines_through() if line.towards and not line.run]
    return {line: [(int(n) % 2, int(n)) for n in rng.permutation(64)[:3]] for line in sided}

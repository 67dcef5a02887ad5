"""What the tests of ``interventions`` share: fixtures."""

import pytest
import torch

from othello_gpt import probes
from othello_gpt.interventions import sample_cases
from othello_gpt.model import GPT, GPTConfig, to_transformer_lens
from tests.interventions.common import MOVES


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def probe(model):
    targets = [probes.TARGETS["board"], probes.control_task(probes.TARGETS["board"])]
    return probes.fit_ridge(model, MOVES, targets)


@pytest.fixture(scope="module")
def cases():
    return sample_cases(40, seed=3)


@pytest.fixture(scope="module")
def bridge(model):
    return to_transformer_lens(model)

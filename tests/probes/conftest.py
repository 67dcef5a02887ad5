"""What the tests of ``probes`` share: fixtures."""

import pytest
import torch

from othello_gpt import probes
from othello_gpt.model import GPT, GPTConfig
from tests.probes.common import HELD_OUT, MOVES


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)


@pytest.fixture
def saved(model, tmp_path):
    probe = probes.fit_ridge(model, MOVES, sites=["resid_mid 0", "resid_post 1"])
    probe = probes.scored(probe, probes.accuracy(probe, model, HELD_OUT))
    probes.save_probe(probe, tmp_path / "probe.safetensors")
    return probe, tmp_path / "probe.safetensors"

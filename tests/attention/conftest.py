"""What the tests of ``attention`` share: fixtures."""

import pytest
import torch

from othello_gpt import attention
from othello_gpt.model import GPT, GPTConfig, to_transformer_lens
from tests.attention.common import TOKENS


@pytest.fixture(scope="module")
def model():
    """A small network whose every weight and bias matters."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=2, n_head=4, n_embd=16)).eval().requires_grad_(False)
    for p in model.parameters():
        p.add_(0.4 * torch.randn(p.shape))
    return model


@pytest.fixture(scope="module")
def cache(model):
    return to_transformer_lens(model).run_with_cache(TOKENS)[1]


@pytest.fixture(scope="module")
def found(model):
    return torch.stack(list(attention.patterns(model, TOKENS)))

"""What the tests of ``neurons`` share: fixtures."""

import pytest
import torch
import torch.nn.functional as F

from othello_gpt import neurons, probes
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


@pytest.fixture(scope="module")
def bases(model):
    wanted = [probes.TARGETS[name] for name in ("empty", "board", "legal_next")]
    before = probes.fit_means(model, GAMES.moves, wanted, sites=model.sites[1::2])
    after = probes.fit_means(model, GAMES.moves, wanted, sites=model.sites[2::2])
    return neurons.Bases.of(model, before, after)


@pytest.fixture(scope="module")
def everything(model, asked):
    """A survey, trees, one rule, and the boards that activate each neuron most."""
    found = neurons.survey(model, GAMES, keep=4)
    outputs, _ = neurons.sample_outputs(model, GAMES)
    trees = neurons.describe(asked, outputs, asked, outputs, len(GAMES))
    hold = neurons.line_holds(asked)
    rule = neurons.find_rules(outputs[1][:, :1] * 0 + hold[:, -1:], hold, 1)[0]
    sums = neurons.tallies([rule], [outputs[1][:, 0]], hold, len(GAMES))
    ranking = neurons.Ranking((rule,), sums)
    cells = probes.board(GAMES.replay).reshape(-1, 36)[found.where] - 1.0
    return found, trees, ranking, cells

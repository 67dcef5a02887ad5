"""Proof of ``othello_gpt.model``: what it works out is worked out where the network is."""

from functools import cache

import pytest
import torch

from othello_gpt import game
from othello_gpt import model as models
from othello_gpt.devices import device_of
from tests.elsewhere import sent, somewhere_else
from tests.model.common import TOKENS, VARIANTS, random_gpt
from tests.placing import assert_same, follows_a_device, home

MOVES = game.sample_moves(9, seed=3)
EARLIER = torch.full((31, 31), -torch.inf).triu(1)


def tokens(model):
    return TOKENS.to(device_of(model))


def streams(model):
    ply, hidden = (x.to(device_of(model)) for x in (torch.arange(31), EARLIER))
    return [list(model.residual_stream(tokens(model), *of)) for of in ((), (ply, hidden))]


def entered(model, site):
    return list(model.residual_stream(tokens(model)))[site]


def attended(model):
    attention, x = model.transformer.h[1].attn, entered(model, 2)
    return attention(x), attention.pattern(*attention.queries_keys_values(x)[:2])


CALLS = {
    "Block": lambda model: [block.mlp(entered(model, 1)) for block in model.transformer.h],
    "CausalSelfAttention": attended,
    "GPT": lambda model: [
        model(tokens(model)),
        streams(model),
        list(model.onwards(entered(model, 2), 2, lambda _, x: x / 2)),
    ],
    "LayerNorm": lambda model: model.transformer.ln_f(entered(model, 4)),
    "MLP": lambda model: model.transformer.h[0].mlp(entered(model, 1)),
    "evaluate": lambda model: models.evaluate(model, 5),
    "next_moves": lambda model: models.next_moves(model, MOVES[:, :9]),
    "predict": lambda model: models.predict(model, MOVES, batch=4),
    "to_transformer_lens": lambda model: [
        models.to_transformer_lens(model, folded=folded)(tokens(model)) for folded in (False, True)
    ],
}


@cache
def network(config, kind):
    return random_gpt(config) if kind == "cpu" else sent(random_gpt(config))


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(models) == CALLS.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("config", VARIANTS[::3], ids=["biased and tied", "neither"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(name, config, kind):
    wanted = home(CALLS[name](network(config, "cpu")))
    with somewhere_else(kind):
        assert_same(home(CALLS[name](network(config, kind))), wanted)

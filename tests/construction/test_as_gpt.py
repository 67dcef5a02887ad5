"""Proof of ``othello_gpt.construction``: as GPT."""

import pytest
import torch

from othello_gpt import attention, construction, game
from othello_gpt.model import inputs_of, predict


@pytest.fixture(scope="module")
def both():
    network = construction.Crowded()
    return network, construction.as_gpt(network)


def test_it_says_what_the_network_says_at_every_site(both):
    network, made = both
    tokens = inputs_of(game.sample_moves(12, seed=3))
    assert made.sites == network.sites
    streams = zip(network.residual_stream(tokens), made.residual_stream(tokens), strict=True)
    for own, other in streams:
        torch.testing.assert_close(other, own, rtol=0, atol=1e-3)
    torch.testing.assert_close(made(tokens), network(tokens), rtol=0, atol=0.05)  # of some tens
    *_, onwards = made.onwards(list(made.residual_stream(tokens))[5], 5)
    torch.testing.assert_close(made.unembed(onwards), network(tokens), rtol=0, atol=0.05)
    assert predict(made, game.sample_moves(5, seed=4)).legal.all()


def test_a_head_looks_at_its_move_and_nowhere_before_it(both):
    _, made = both
    tokens = inputs_of(game.sample_moves(3, seed=3))
    for layer, pattern in enumerate(attention.patterns(made, tokens)):
        if layer < 31:
            assert pattern[:, 0, :layer].abs().max() == 0 if layer else True
            assert pattern[:, 0, layer:, layer].min() > 0.999


def test_parts_by_name_are_the_networks_own(both):
    network, made = both
    assert made.transformer.h[4].attn.c_proj is network.blocks[4].attn["o"]
    narrow = network.layout.room
    q, k, v = made.transformer.h[4].attn.c_attn.weight.chunk(3)
    assert q.shape[0] == narrow
    for name, part in zip("qkv", (q, k, v), strict=True):
        torch.testing.assert_close(part, network.blocks[4].attn[name].weight)

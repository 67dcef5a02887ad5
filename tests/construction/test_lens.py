"""Proof of ``othello_gpt.construction``: lens."""

import torch

from othello_gpt import construction, game
from tests.construction.common import tokens_of


def test_transformer_lens_computes_the_same_at_every_site():
    network = construction.Construction(6)
    bridge = construction.to_transformer_lens(network)
    assert (bridge.cfg.act_fn, bridge.cfg.normalization_type) == ("relu", None)
    tokens = tokens_of(game.sample_moves(20, seed=4))[:, :-1]
    logits, cache = bridge.run_with_cache(tokens)
    assert torch.equal(logits, network(tokens))
    for site, x in zip(network.sites, network.residual_stream(tokens), strict=True):
        kind, layer = site.split()
        assert torch.equal(cache[f"blocks.{layer}.hook_{kind}"], x)
    assert construction.differing(network, bridge, tokens) == []
    with construction.without(network, 32, slice(None)):
        assert construction.differing(network, bridge, tokens) == [
            "logits",
            "resid_post 32",
            "resid_mid 33",
            "resid_post 33",
        ]

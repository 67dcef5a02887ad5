"""Proof of ``othello_gpt.attention``: circuits."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from othello_gpt import attention
from othello_gpt.model import GPT
from tests.attention.common import MOVES, OUTER, TOKENS


def test_the_qk_circuit_gives_the_scores(model, cache):
    """Scores are the form of the normalised stream, plus what the biases add."""
    block = model.transformer.h[1]
    x = list(model.residual_stream(TOKENS[:2]))[2][0].double()
    normal = (x - x.mean(-1, keepdim=True)) / (
        x.var(-1, unbiased=False, keepdim=True) + 1e-5
    ) ** 0.5
    bare = GPT(model.config)
    bare.load_state_dict(model.state_dict())
    for name in ("ln_1.bias", "attn.c_attn.bias"):
        bare.get_parameter(f"transformer.h.1.{name}").data.zero_()
    qkv = bare.transformer.h[1].attn.c_attn(bare.transformer.h[1].ln_1(x.float()))
    q, k, v = (t.unflatten(-1, (4, 4)).transpose(0, 1) for t in qkv.detach().chunk(3, -1))
    want = q @ k.transpose(1, 2) / math.sqrt(4)
    normal = normal.float()
    got = attention.qk_circuit(model, 1, normal, normal, centred=False)
    assert np.allclose(got, want, atol=1e-3)
    centred = attention.qk_circuit(model, 1, normal, normal)
    assert np.allclose(centred, want - want.mean(-1, keepdim=True), atol=1e-3)
    out = block.attn.c_proj.weight.unflatten(1, (4, -1))
    written = torch.einsum("hnc,dhc->hnd", v, out)
    moved = attention.ov_circuit(model, 1, normal, torch.eye(16))
    assert np.allclose(moved, written.detach(), atol=1e-3)


def test_the_share_of_outputs_in_a_basis(model):
    generator = torch.Generator().manual_seed(0)
    bases = [torch.randn(5, 16, generator=generator) for _ in range(2)]
    got = attention.output_share(model, MOVES, bases, batch=7)
    for layer, x in enumerate(attention.head_outputs(model, TOKENS)):
        for head in range(4):
            rows = x[:, :, head].flatten(0, 1).double()
            rows = rows - rows.mean(0)
            span = torch.linalg.qr(bases[layer].double().T).Q
            share = ((rows @ span) ** 2).sum() / (rows**2).sum()
            assert got[layer, head] == pytest.approx(share.item(), rel=1e-3)
    everything = attention.output_share(model, MOVES, [torch.eye(16)] * 2)
    assert np.allclose(everything, 1)


def test_what_the_last_square_changes_is_beyond_its_control(model):
    seen = attention.summarise(model, MOVES)
    change = attention.from_squares(seen)
    assert change.shape == (8, 32, 32)
    assert not np.diagonal(change, 0, 1, 2).any()
    own, other = (x.reshape(8, 36, 36) for x in (seen.between, seen.between_control))
    assert change[5, 2, 30] == (own - other)[5, OUTER[2], OUTER[30]]


def test_own_entries_that_are_the_lowest_are_counted():
    tables = np.random.default_rng(0).random((2, 36, 36))
    tables[0, OUTER[:5], OUTER[:5]] = -1
    tables[0, OUTER[5:], OUTER[5:]] = 2
    tables[1, :, 14] = -9  # in the centre, which doesn't count
    tables[1, OUTER, OUTER] = -1
    assert attention.own_is_lowest(tables).sum(1).tolist() == [5, 32]


def test_rank_correlation_is_within_layers_and_chance_is_none():
    rng = np.random.default_rng(0)
    y = rng.random((8, 8))
    x = y**3
    x -= x.mean(1, keepdims=True) - 10 * rng.random((8, 1))  # what layers differ in is left out
    found, chance = attention.rank_correlation(x, y)
    a, b = ((v - v.mean(1, keepdims=True)).ravel() for v in (x, y))
    assert found.mean == pytest.approx(spearmanr(a, b).statistic)
    assert chance.high < 0.4 < found.low < found.mean < found.high
    assert chance.low < 0 < chance.high


def test_the_interval_of_a_rank_correlation_is_over_layers():
    x = np.random.default_rng(1).random((6, 400))
    alike = attention.rank_correlation(x, x + 0.2)[0]
    assert alike.low == alike.high == 1
    sign = np.array([1, 1, 1, 1, -1, -1])[:, None]  # many heads, but two layers disagree
    apart = attention.rank_correlation(x, sign * x)[0]
    assert apart.low < 0 < apart.mean < 0.5 < apart.high


def test_the_correlation_alone_is_that_with_its_interval():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 4, 5))
    both = attention.within_layers(x, y), attention.rank_correlation(x, y)[0].mean
    assert both[0] == pytest.approx(both[1])
    assert attention.within_layers(x, x + np.arange(4)[:, None]) == pytest.approx(1)

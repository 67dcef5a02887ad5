"""Proof of ``othello_gpt.attention``: ablation."""

import numpy as np
import pytest
import torch

from othello_gpt import attention, game, probes
from othello_gpt.model import GPT, predict
from tests.attention.common import MOVES, TARGETS, TOKENS


def test_the_median_head_is_that_of_the_mean_losses():
    loss = np.random.default_rng(0).random((3, 2, 4, 30))
    lost = attention.Ablations(loss, loss, {"board": loss})
    median = lost.median("board")
    assert np.allclose(median.mean, np.median(loss.mean(-1).reshape(3, 8), axis=1))
    assert (median.low < median.mean).all()
    assert (median.mean < median.high).all()


@pytest.fixture(scope="module")
def probe(model):
    return probes.fit_ridge(model, game.sample_moves(60, seed=7), TARGETS, ["resid_mid 1"])


def slowly(model, probe, layer, head, way):
    """Return loss, illegal share and cells read with one head edited by a hook, per game."""
    attn = model.transformer.h[layer].attn
    part = slice(4 * head, 4 * head + 4)
    seen = []
    handle = attn.c_proj.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    list(model.residual_stream(TOKENS))
    handle.remove()
    own = seen[0][..., part]
    new = {
        "zero": torch.zeros_like(own),
        "mean": own.mean(0, keepdim=True).expand_as(own),
        "resample": own.roll(1, 0),
    }[way]

    def edit(_, args):
        z = args[0].clone()
        z[..., part] = new
        return (z,)

    handle = attn.c_proj.register_forward_pre_hook(edit)
    said = predict(model, MOVES, batch=len(MOVES))
    replay = game.replay(MOVES)
    ((_, x),) = probes.activations(model, replay, probe.sites)
    handle.remove()
    cells = {}
    for t in TARGETS:
        read = probe.logits(t.name, probe.sites[0], x).argmax(1).numpy()
        cells[t.name] = (read.reshape(24, 31, 36) == t.labels(replay)).mean((1, 2))
    return said.nll.mean(1), 1 - said.legal.mean(1), cells


def test_ablations_are_those_of_a_hook_on_one_head(model, probe):
    got = attention.ablate_heads(model, MOVES, probe, batch=10)
    before = predict(model, MOVES)
    with_all = probes.accuracy(probe, model, MOVES, TARGETS)
    changed = 0
    for way, layer, head in [(0, 0, 1), (1, 0, 3), (2, 0, 0), (0, 1, 2), (1, 1, 0), (2, 1, 3)]:
        loss, illegal, cells = slowly(model, probe, layer, head, attention.WAYS[way])
        assert np.allclose(got.loss[way, layer, head], loss - before.nll.mean(1), atol=1e-4)
        assert np.allclose(
            got.illegal[way, layer, head], illegal - (1 - before.legal.mean(1)), atol=1e-6
        )
        for name, read in cells.items():
            base = with_all[name].right[0].mean(1) / 36
            assert np.allclose(got.cells[name][way, layer, head], base - read, atol=2e-3)
            changed += np.abs(base - read).sum()
    assert changed > 0.05
    assert got.interval("loss").mean.shape == got.interval("board").low.shape == (3, 2, 4)


def test_heads_after_the_probe_cannot_matter_to_it(model):
    early = probes.fit_ridge(model, game.sample_moves(60, seed=7), TARGETS, ["resid_mid 0"])
    got = attention.ablate_heads(model, MOVES[:6], early)
    assert np.abs(got.cells["board"][:, 0]).sum() > 0
    assert not got.cells["board"][:, 1].any()
    assert got.loss[:, 1].any()


def test_ablation_wants_a_probe_of_this_model_at_one_site(model, probe):
    with pytest.raises(ValueError, match="a probe of this model at one site"):
        attention.ablate_heads(GPT(model.config), MOVES, probe)
    both = probes.fit_ridge(model, game.sample_moves(60, seed=7), TARGETS, model.sites[1:3])
    with pytest.raises(ValueError, match=r"not at .'resid_mid 0', 'resid_post 0'."):
        attention.ablate_heads(model, MOVES, both)

"""Proof of ``othello_gpt.model``: lens."""

import pytest
import torch

from othello_gpt.model import GPT, load_model, to_transformer_lens
from tests import nanogpt
from tests.model.common import TOKENS, VARIANTS, random_gpt


@pytest.mark.parametrize("config", VARIANTS, ids=str)
def test_transformer_lens_parity_for_every_variant(config):
    gpt = random_gpt(config)
    logits = gpt(TOKENS)
    assert logits.abs().max() > 1
    compiled_names = {"_orig_mod." + name: t for name, t in gpt.state_dict().items()}
    for source in (gpt, compiled_names):
        bridge = to_transformer_lens(source, n_head=4)
        assert (bridge(TOKENS) - logits).abs().max() <= 2e-5
    exact = random_gpt(config).double()(TOKENS)
    assert (bridge.to(torch.float64)(TOKENS) - exact).abs().max() <= 1e-12
    folded = to_transformer_lens(gpt, folded=True)
    difference = folded(TOKENS).log_softmax(-1) - logits.log_softmax(-1)
    assert difference.abs().max() <= 2e-5


def test_embedded_model_parity_and_sites():
    gpt = load_model()
    bridge = to_transformer_lens(gpt)
    logits, cache = bridge.run_with_cache(TOKENS)
    # Its stream is longer than those of the variants above, and rounding grows with it: what single
    # precision does to the model's own logits is the measure.
    exact = load_model().double()(TOKENS)
    rounding = (gpt(TOKENS) - exact).abs().max()
    assert rounding < 1e-4
    assert (logits - gpt(TOKENS)).abs().max() <= 4 * rounding
    assert (to_transformer_lens(gpt).to(torch.float64)(TOKENS) - exact).abs().max() <= 1e-12
    hooks = ["blocks.0.hook_resid_pre"]
    hooks += [f"blocks.{i}.hook_resid_{at}" for i in range(8) for at in ("mid", "post")]
    streams = list(gpt.residual_stream(TOKENS))
    assert len(gpt.sites) == len(streams) == len(hooks) == 17
    for site, hook, x in zip(gpt.sites, hooks, streams, strict=True):
        kind, layer = site.split()
        assert hook == f"blocks.{layer}.hook_{kind}"
        torch.testing.assert_close(cache[hook], x, atol=1e-4, rtol=1e-4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.compile's own
@pytest.mark.parametrize("inside_out", [False, True])
def test_compiled_and_distributed_networks_are_converted(inside_out, tmp_path):
    gpt = GPT(VARIANTS[0])
    address = f"file://{tmp_path}/point"
    torch.distributed.init_process_group("gloo", init_method=address, rank=0, world_size=1)
    try:
        spread = torch.nn.parallel.DistributedDataParallel
        wrapped = spread(torch.compile(gpt)) if inside_out else torch.compile(spread(gpt))
        bridge = to_transformer_lens(wrapped)
    finally:
        torch.distributed.destroy_process_group()
    assert (bridge(TOKENS) - gpt(TOKENS)).abs().max() <= 2e-5


def test_conversion_leaves_the_model_alone():
    gpt = random_gpt(VARIANTS[0])
    before = {name: t.clone() for name, t in gpt.state_dict().items()}
    to_transformer_lens(gpt, folded=True)
    assert all(torch.equal(before[name], t) for name, t in gpt.state_dict().items())


def test_networks_of_other_classes_are_not_converted_but_their_state_dicts_are():
    theirs = nanogpt.HubGPT(nanogpt.GPTConfig(31, 33, 1, 2, 16)).requires_grad_(False)
    with pytest.raises(TypeError, match=r"not a HubGPT: give its state_dict\(\) and n_head"):
        to_transformer_lens(theirs)
    bridge = to_transformer_lens(theirs.state_dict(), n_head=2)
    assert (bridge(TOKENS) - theirs.eval()(TOKENS)).abs().max() <= 2e-5
    with pytest.raises(ValueError, match=r"state dict: not a nanoGPT checkpoint"):
        to_transformer_lens(torch.nn.Linear(2, 2).state_dict(), n_head=2)


@pytest.mark.parametrize("site", ["resid_mid", "attn_out", "resid_post", "resid_pre"])
def test_an_edit_of_resid_mid_reaches_the_mlp_alone_and_others_the_stream(site):
    gpt = random_gpt(VARIANTS[0])
    bridge, change = to_transformer_lens(gpt), torch.randn(gpt.config.n_embd)
    seen = {}

    def add(x, hook):
        return x + change

    def noted(name):
        return f"blocks.0.hook_{name}", lambda x, hook: seen.update({name: x})

    bridge.run_with_hooks(
        TOKENS,
        fwd_hooks=[(f"blocks.0.hook_{site}", add), noted("mlp_out"), noted("resid_post")],
    )
    _, clean = bridge.run_with_cache(TOKENS)
    # What the end of the block gets besides what its MLP writes: the stream after the attention.
    middle = seen["resid_post"] - seen["mlp_out"]
    mlp_sees_it = (seen["mlp_out"] - clean["blocks.0.hook_mlp_out"]).abs().max() > 1e-3
    moved = middle - clean["blocks.0.hook_resid_mid"]
    if site == "resid_mid":
        assert mlp_sees_it
        torch.testing.assert_close(moved, torch.zeros_like(moved), atol=1e-4, rtol=0)
    elif site == "attn_out":
        assert mlp_sees_it
        torch.testing.assert_close(moved, change.expand_as(moved), atol=1e-4, rtol=0)
    elif site == "resid_post":
        assert not mlp_sees_it
    else:
        assert mlp_sees_it
        assert moved.abs().max() > 0.1

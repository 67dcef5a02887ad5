"""Proof of ``othello_gpt.model``: loading."""

import json
from dataclasses import asdict, replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from safetensors.torch import load_model as load_into

from othello_gpt.model import GPT, load_model
from tests import nanogpt
from tests.model.common import TOKENS, VARIANTS, nanogpt_arguments, random_gpt


@pytest.mark.parametrize("config", VARIANTS, ids=str)
def test_hub_form_round_trip(config, tmp_path):
    gpt = random_gpt(config)
    gpt.save_pretrained(tmp_path)
    said = json.loads((tmp_path / "config.json").read_text())
    assert {"tied": True} | said == asdict(config)
    assert ("tied" in said) == (not config.tied)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        assert file.metadata().get("tied") == (None if config.tied else "false")
    for loaded in (load_model(tmp_path), GPT.from_pretrained(tmp_path).eval()):
        assert loaded.config == config
        assert torch.equal(loaded(TOKENS), gpt(TOKENS))


@pytest.mark.parametrize("bias", [True, False])
def test_a_tied_network_loads_into_nanogpts_own_class(bias, tmp_path):
    gpt = random_gpt(replace(VARIANTS[0], bias=bias))
    gpt.save_pretrained(tmp_path)
    config = nanogpt.GPTConfig(**json.loads((tmp_path / "config.json").read_text()))
    strictly, plainly = nanogpt.HubGPT(config), nanogpt.HubGPT(config)
    load_into(strictly, tmp_path / "model.safetensors")
    missing, unexpected = plainly.load_state_dict(
        load_file(tmp_path / "model.safetensors"), strict=False
    )
    # The format holds a shared matrix once.
    assert (missing, unexpected) == (["transformer.wte.weight"], [])
    for theirs in (strictly, plainly, nanogpt.HubGPT.from_pretrained(tmp_path, config=config)):
        assert (theirs.eval()(TOKENS) - gpt(TOKENS)).abs().max() <= 1e-5
    # A state dict has both names, as nanoGPT's own checkpoints do.
    strictly.load_state_dict(gpt.state_dict(), strict=True)


def test_a_configuration_that_knows_no_ties_doesnt_tie_what_isnt(tmp_path):
    """The original notebook gives one: ``HubGPT.from_pretrained(name, config=nano_cfg)``."""
    for config in VARIANTS:
        gpt = random_gpt(config)
        gpt.save_pretrained(tmp_path)
        loaded = GPT.from_pretrained(tmp_path, config=replace(config, tied=True)).eval()
        assert loaded.config == config
        assert torch.equal(loaded(TOKENS), gpt(TOKENS))


def test_weights_that_are_not_tied_as_their_configuration_says_are_refused(tmp_path):
    random_gpt(VARIANTS[1]).save_pretrained(tmp_path)
    said = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(said | {"tied": True}))
    with pytest.raises(ValueError, match=r"says tied, but transformer\.wte\.weight and lm_head"):
        load_model(tmp_path)
    del said["tied"]
    (tmp_path / "config.json").write_text(json.dumps(said))
    assert not load_model(tmp_path).config.tied


@pytest.mark.parametrize("config", VARIANTS, ids=str)
def test_nanogpt_checkpoint_round_trip(config, tmp_path):
    gpt = random_gpt(config)
    state = {"_orig_mod." + name: t for name, t in gpt.state_dict().items()}
    # nanoGPT keeps its causal mask in the checkpoint where there is no fused attention.
    state["_orig_mod.transformer.h.0.attn.bias"] = torch.ones(1, 1, 31, 31)
    arguments = nanogpt_arguments(config)
    torch.save({"model": state, "model_args": arguments, "iter_num": 7}, tmp_path / "ckpt.pt")
    loaded = load_model(tmp_path / "ckpt.pt")
    assert loaded.config == config
    assert torch.equal(loaded(TOKENS), gpt(TOKENS))

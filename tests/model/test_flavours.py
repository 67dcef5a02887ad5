"""Proof of ``othello_gpt.model``: flavours."""

from pathlib import PureWindowsPath
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from othello_gpt import model
from othello_gpt.model import GPTConfig, load_model, to_transformer_lens
from tests import nanogpt
from tests.model.common import TOKENS, VARIANTS, nanogpt_arguments, random_gpt


@pytest.mark.parametrize(
    "prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."]
)
def test_prefixes_of_compiled_and_distributed_networks_are_dropped(prefix, tmp_path):
    gpt = random_gpt(VARIANTS[0])
    torch.save({prefix + name: x for name, x in gpt.state_dict().items()}, tmp_path / "it.pt")
    assert torch.equal(load_model(tmp_path / "it.pt", n_head=4)(TOKENS), gpt(TOKENS))


def test_numbers_and_paths_beside_the_tensors_are_read(tmp_path):
    gpt = random_gpt(VARIANTS[0])
    beside = dict(best_val_loss=np.float64(2.5), step=np.int64(7), done=np.bool_(False))
    beside |= dict(rate=np.float32(1e-3), out_dir=tmp_path, windows=PureWindowsPath("C:/x"))
    arguments = nanogpt_arguments(VARIANTS[0])
    torch.save({"model": gpt.state_dict(), "model_args": arguments, **beside}, tmp_path / "it.pt")
    assert torch.equal(load_model(tmp_path / "it.pt")(TOKENS), gpt(TOKENS))
    known = set(torch.serialization.get_safe_globals())
    held = model.read_tensors(tmp_path / "it.pt")
    assert held["best_val_loss"] == 2.5
    assert str(held["out_dir"]) == str(tmp_path)
    assert set(torch.serialization.get_safe_globals()) == known


class Mischief:
    def __reduce__(self):
        return print, ("was run",)


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (random_gpt(VARIANTS[0]), r"othello_gpt\.model\.gpt\.GPT"),
        ({"model": {}, "args": SimpleNamespace()}, r"types\.SimpleNamespace"),
        ({"model": {}, "x": Mischief()}, r"(builtins\.)?print"),
    ],
)
def test_what_cant_be_read_safely_is_named(thing, name, tmp_path, capsys):
    torch.save(thing, tmp_path / "it.pt")
    with pytest.raises(ValueError, match=rf"it\.pt: holds a {name}, which can't be") as refused:
        load_model(tmp_path / "it.pt")
    assert str(refused.value).isprintable()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("prefix", ["", "module."])
def test_state_dicts_of_mingpt_are_converted(prefix, tmp_path):
    generator = torch.Generator().manual_seed(0)
    theirs = nanogpt.MinGPT().eval().requires_grad_(False)
    for p in theirs.parameters():
        p.copy_(torch.randn(p.shape, generator=generator) * 0.3)
    state = {prefix + name: x for name, x in theirs.state_dict().items()}
    torch.save(state, tmp_path / "gpt.ckpt")
    with pytest.raises(ValueError, match="how many heads: give n_head"):
        load_model(tmp_path / "gpt.ckpt")
    gpt = load_model(tmp_path / "gpt.ckpt", n_head=4)
    assert gpt.config == GPTConfig(59, 61, n_layer=2, n_head=4, n_embd=32, tied=False)
    tokens = torch.randint(61, (5, 59), generator=generator)
    assert theirs(tokens).abs().max() > 1
    assert (gpt(tokens) - theirs(tokens)).abs().max() <= 1e-5
    bridge = to_transformer_lens(state, n_head=4)
    assert (bridge(tokens) - theirs(tokens)).abs().max() <= 2e-5
    for name in ("blocks.1.attn.query.bias", "blocks.0.mlp.2.weight", "pos_emb", "ln_f.weight"):
        lacking = {key: x for key, x in state.items() if key != prefix + name}
        torch.save(lacking, tmp_path / "gpt.ckpt")
        with pytest.raises(ValueError, match="tensor"):
            load_model(tmp_path / "gpt.ckpt", n_head=4)


def test_bare_state_dict_needs_only_the_number_of_heads(tmp_path):
    gpt = random_gpt(VARIANTS[2])
    torch.save(gpt.state_dict(), tmp_path / "weights.pt")
    with pytest.raises(ValueError, match="how many heads: give n_head"):
        load_model(tmp_path / "weights.pt")
    assert torch.equal(load_model(tmp_path / "weights.pt", n_head=4)(TOKENS), gpt(TOKENS))


def test_a_folder_may_have_pytorch_model_bin_instead_or_no_configuration(folder):
    gpt = load_model(folder)
    (folder / "config.json").rename(folder / "elsewhere.json")
    with pytest.raises(ValueError, match=r"how many heads: give n_head=\.\.\., or config\.json"):
        load_model(folder)
    assert torch.equal(load_model(folder, n_head=4)(TOKENS), gpt(TOKENS))
    (folder / "elsewhere.json").rename(folder / "config.json")
    (folder / "model.safetensors").unlink()
    torch.save(gpt.state_dict(), folder / "pytorch_model.bin")
    assert torch.equal(load_model(folder)(TOKENS), gpt(TOKENS))

"""Proof of ``othello_gpt.model``: files."""

import math

import pytest
import torch
from huggingface_hub.errors import HfHubHTTPError
from safetensors.torch import save_file

from othello_gpt.model import hub, load_model


def rewrite(folder, change):
    state = load_model(folder).state_dict()
    state = {name: t.clone() for name, t in state.items()}
    state.pop("lm_head.weight")  # tied: the two share their memory, which the format refuses
    change(state)
    save_file(state, folder / "model.safetensors")


def test_misshaped_missing_foreign_and_nan_tensors_are_named(folder):
    fc = "transformer.h.1.mlp.c_fc.weight"
    cases = [
        (
            lambda s: s.update({fc: torch.zeros(128, 31)}),
            rf"{fc} has shape \(128, 31\).*\(128, 32\)",
        ),
        (lambda s: s.pop(fc), rf"tensor {fc} of shape \(128, 32\) is missing"),
        (lambda s: s.update(extra=torch.zeros(3)), r"unexpected tensor extra of shape \(3,\)"),
        (lambda s: s[fc].fill_(math.nan), f"{fc} holds NaN"),
    ]
    intact = (folder / "model.safetensors").read_bytes()
    for change, message in cases:
        (folder / "model.safetensors").write_bytes(intact)
        rewrite(folder, change)
        with pytest.raises(ValueError, match=message):
            load_model(folder)


def test_another_networks_checkpoint_is_refused(tmp_path):
    save_file({"bert.embeddings.weight": torch.zeros(3, 3)}, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=r"not a nanoGPT checkpoint.*transformer\.wte\.weight"):
        load_model(tmp_path)


@pytest.mark.parametrize("file", ["model.safetensors", "ckpt.pt"])
def test_truncated_checkpoints_are_refused(folder, file):
    torch.save({"model": load_model(folder).state_dict()}, folder / "ckpt.pt")
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="truncated or not a checkpoint"):
        load_model(folder / file if file == "ckpt.pt" else folder)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (b'{"n_head": 4', r"config\.json: not valid JSON"),
        (b"\xff\xfe", r"config\.json: not valid JSON .*utf-8"),
        (b"[]", r"config\.json: \[\] is no configuration"),
        (b'{"n_head": "8"}', r"n_head='8' is not a whole number"),
        (b'{"n_head": null}', r"n_head=None is not a whole number"),
        (b'{"n_head": 0}', r"n_head=0 is not a whole number"),
        (b'{"n_head": 5}', r"n_embd=32 can't be split over n_head=5 heads"),
        (b"{}", "how many heads"),
    ],
)
def test_broken_configuration_is_refused(folder, config, why):
    (folder / "config.json").write_bytes(config)
    with pytest.raises(ValueError, match=f"{folder}.*{why}"):
        load_model(folder)


def test_another_number_of_heads_than_the_configuration_says_is_refused(folder):
    assert load_model(folder, n_head=4).config.n_head == 4
    with pytest.raises(ValueError, match="configuration says n_head=4, not 8: leave"):
        load_model(folder, n_head=8)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"Dear reader,\n", r"foreign\.pt: truncated or not a checkpoint"),
        (b"\xff\xfe\x00", r"foreign\.pt: truncated or not a checkpoint"),
        (b"", r"foreign\.pt: truncated or not a checkpoint \(EOFError\)"),
        ([1, 2], r"foreign\.pt: holds a list, not a state dict"),
        ({"step": 7}, r"foreign\.pt: its entry step is 7, not a tensor"),
        ({"model": {}, "model_args": [1]}, r"foreign\.pt: \[1\] is no configuration"),
    ],
)
def test_foreign_files_are_refused(tmp_path, content, why):
    file = tmp_path / "foreign.pt"
    file.write_bytes(content) if isinstance(content, bytes) else torch.save(content, file)
    with pytest.raises(ValueError, match=why):
        load_model(file, n_head=4)


def test_missing_sources(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors"):
        load_model(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such file or folder, nor a Hub name"):
        load_model("no-such-thing")

    def offline(*args, **kwargs):
        raise HfHubHTTPError("we are offline", response=httpx.Response(503, request=request))

    import httpx

    request = httpx.Request("HEAD", "http://localhost")
    monkeypatch.setattr(hub, "hf_hub_download", offline)
    with pytest.raises(ConnectionError, match=r"nobody/nothing.*could not provide it.*load_model"):
        load_model("nobody/nothing")

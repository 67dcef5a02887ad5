"""Proof of ``othello_gpt.probes``: files."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from othello_gpt import probes
from othello_gpt.probes import TARGETS
from tests.probes.common import HELD_OUT


def test_a_probe_survives_its_file(model, saved):
    probe, path = saved
    again = probes.load_probe(path, model)
    for name in ("classes", "sites", "source", "fit", "games", "scores"):
        assert getattr(again, name) == getattr(probe, name)
    assert again.scores.keys() == TARGETS.keys()
    assert len(again.scores["board"]) == 2
    for name in TARGETS:
        assert torch.equal(again.weight[name], probe.weight[name])
        assert torch.equal(again.bias[name], probe.bias[name])


def test_a_probe_of_another_model_is_refused(model, saved):
    probe, path = saved
    other = probes.untrained(model, seed=5)
    with pytest.raises(ValueError, match=f"fitted to model {probe.source}, but this one is"):
        probes.load_probe(path, other)
    for use in (probes.accuracy, probes.read, probes.outputs):
        with pytest.raises(ValueError, match=f"fitted to model {probe.source}, but this one is"):
            use(probe, other, HELD_OUT, *["board"] * (use is probes.outputs))


def rewrite(path, probe, **changes):
    probes.save_probe(replace(probe, **changes), path)


def test_a_probe_at_other_sites_is_refused(model, saved):
    probe, path = saved
    rewrite(path, probe, sites=("resid_mid 0", "resid_post 6"))
    with pytest.raises(ValueError, match="fitted at 'resid_post 6', a site that this model"):
        probes.load_probe(path, model)


@pytest.mark.parametrize("index", [np.s_[:1], np.s_[:, :1], np.s_[..., :8], np.s_[0]])
def test_a_probe_of_the_wrong_shape_is_refused(model, saved, index):
    _, path = saved
    with safe_open(path, "pt") as file:
        about = file.metadata()
    tensors = load_file(path)
    tensors["empty.weight"] = tensors["empty.weight"][index].contiguous()
    save_file(tensors, path, about)
    with pytest.raises(ValueError, match=r"the probe of empty has shape \(.*\), not \(2, 2, "):
        probes.load_probe(path, model)


def test_a_probe_with_nan_is_refused(model, saved):
    probe, path = saved
    probe.bias["colour"][0, 0, 0] = np.nan
    probes.save_probe(probe, path)
    with pytest.raises(ValueError, match="the probe of colour holds NaN or infinite values"):
        probes.load_probe(path, model)


def test_other_files_are_refused(model, saved):
    _, path = saved
    save_file(load_file(path), path)
    with pytest.raises(ValueError, match="not a probe, its metadata has no 'classes'"):
        probes.load_probe(path, model)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="truncated or not a safetensors file"):
        probes.load_probe(path, model)

"""Proof of ``othello_gpt.neurons``: outputs."""

import numpy as np
import torch
from scipy.stats import kurtosis

from othello_gpt import neurons
from othello_gpt.model import inputs_of, to_transformer_lens
from tests.neurons.common import GAMES, MOVES


def test_neuron_outputs_are_those_of_the_written_out_network_and_leave_no_hook(model, outputs):
    got = list(neurons.neuron_outputs(model, inputs_of(MOVES)))
    assert torch.equal(torch.stack(got), outputs)
    next(neurons.neuron_outputs(model, inputs_of(MOVES)))  # left half-way
    assert not any(b.mlp.c_proj._forward_pre_hooks for b in model.transformer.h)


def test_transformer_lens_has_the_same_neurons(model, outputs):
    bridge = to_transformer_lens(model).to(torch.float64)
    _, cache = bridge.run_with_cache(inputs_of(MOVES[:5]))
    for layer in range(2):
        theirs = cache[f"blocks.{layer}.mlp.hook_post"]
        assert (theirs - outputs[layer, :5]).abs().max() < 1e-5
        assert theirs.abs().max() > 0.1


def test_sampled_outputs_and_features_are_of_the_positions_asked_for(model, outputs, asked):
    rng = np.random.default_rng(0)
    plies = rng.permuted(np.tile(np.arange(31), (60, 1)), axis=1)[:, :7]
    y, x = neurons.sample_outputs(model, GAMES, plies, batch=13)
    rows = (np.arange(60)[:, None] * 31 + plies).ravel()
    assert np.array_equal(x, asked[rows])
    assert np.allclose(y, outputs.flatten(1, 2).numpy()[:, rows], atol=1e-5)
    y, x = neurons.sample_outputs(model, GAMES, batch=50)  # all positions
    assert np.array_equal(x, asked)
    assert np.allclose(y, outputs.flatten(1, 2).numpy(), atol=1e-5)


def test_random_neurons_bend_mixtures_of_what_neurons_are_fed(model, outputs):
    width = outputs.shape[-1]
    own = neurons.random_neurons(model, GAMES, 1, np.eye(width, dtype=np.float32), batch=13)
    assert np.allclose(own, outputs[1].flatten(0, 1).numpy(), atol=1e-5)
    sums = np.zeros((width, 2), np.float32)
    sums[[3, 8], 0], sums[5, 1] = (0.6, -0.8), 1.0
    bent = neurons.random_neurons(model, GAMES, 1, sums)
    assert np.allclose(bent[:, 1], own[:, 5], atol=1e-5)
    assert not np.allclose(bent[:, 0], own[:, [3, 8]] @ [0.6, -0.8], atol=0.1)  # mixed before
    assert not model.transformer.h[1].mlp.c_fc._forward_hooks


def test_survey_agrees_with_scipy_and_sorting(model, outputs):
    seen = neurons.survey(model, GAMES, keep=5, batch=7)
    x = outputs.flatten(1, 2).double().numpy()
    assert seen.positions == 60 * 31
    assert np.allclose(seen.mean, x.mean(1), atol=1e-6)
    assert np.allclose(seen.std, x.std(1), atol=1e-5)
    assert np.allclose(seen.fires, (x > 0).mean(1))
    assert np.allclose(seen.kurtosis, kurtosis(x, axis=1, fisher=False), rtol=1e-3)
    assert np.allclose(seen.top, -np.sort(-x, axis=1)[:, :5].swapaxes(1, 2), atol=1e-5)
    there = np.take_along_axis(x.swapaxes(1, 2), seen.where, 2)
    assert np.allclose(there, seen.top, atol=1e-5)

"""Proof of ``othello_gpt.neurons``: ablation."""

import numpy as np
import pytest
import torch

from othello_gpt import neurons
from othello_gpt.model import inputs_of, predict
from tests.neurons.common import MOVES


def test_edits_change_the_model_and_only_while_they_last(model, outputs):
    before = model(inputs_of(MOVES))
    own = outputs[1].flatten(0, 1).numpy()
    with neurons.with_outputs(model, {1: neurons.replacement(own)}):
        parts = [model(t) for t in inputs_of(MOVES).split(13)]
        assert torch.allclose(torch.cat(parts), before, atol=1e-5)
    mean = outputs.mean((1, 2)).numpy()
    with neurons.with_outputs(model, {0: neurons.mean_ablation(mean[0], [3, 5])}):
        edited = model(inputs_of(MOVES))
    assert torch.equal(model(inputs_of(MOVES)), before)
    block, (_, mid, *_) = model.transformer.h[0], model.residual_stream(inputs_of(MOVES))
    change = torch.zeros_like(outputs[0])
    change[..., [3, 5]] = torch.from_numpy(mean[0, [3, 5]]) - outputs[0][..., [3, 5]]
    x = mid + block.mlp(block.ln_2(mid)) + change @ block.mlp.c_proj.weight.T
    last = model.transformer.h[1]
    x = x + last.attn(last.ln_1(x))
    x = x + last.mlp(last.ln_2(x))
    assert torch.allclose(edited, model.unembed(x), atol=1e-4)
    with (
        pytest.raises(ValueError, match="layer 2 is not one of this model's: 0 to 1"),
        neurons.with_outputs(model, {2: lambda x: x}),
    ):
        pass


def test_effect_is_the_difference_of_loss_and_legality(model):
    base = predict(model, MOVES)
    nothing = neurons.effect(model, MOVES, {0: lambda x: x}, base)
    assert not nothing["loss"].any()
    assert not nothing["illegal"].any()
    with neurons.with_outputs(model, {0: lambda x: x * 3}):
        seen = predict(model, MOVES)
    change = neurons.effect(model, MOVES, {0: lambda x: x * 3}, base)
    assert np.allclose(change["loss"], seen.nll.mean(1) - base.nll.mean(1), atol=1e-6)
    assert np.allclose(change["illegal"], base.legal.mean(1) - seen.legal.mean(1))


def test_what_is_kept_is_a_share_of_the_loss():
    own, silent = np.array([0.0, 0.1, 0.2]), np.array([0.4, 0.5, 0.3])
    share = neurons.loss_recovered(own, silent)
    assert share.mean == pytest.approx(1 - 0.3 / 1.2)
    assert 0.33 < share.low < share.mean < share.high <= 1


def test_changes_of_named_squares_and_of_others():
    change = np.array([[1.0, 2, 3], [5, 6, 7]])  # [games, squares]
    named = np.array([[1, 0, 0], [1, 1, 0]], bool)
    found = neurons.named_and_others(change, named, ~named)
    assert found.mean.tolist() == [(1 + 5 + 6) / 3, (2 + 3 + 7) / 3, 0]
    assert found.low.tolist() == [1, 2.5, 1 - 2.5]
    assert found.high.tolist() == [5.5, 7, 0]
    for parts, why in (((named & False, named), "is named"), ((named, named & False), "else is")):
        with pytest.raises(ValueError, match=f"nothing {why}.* in 2 games: give other rules"):
            neurons.named_and_others(change, *parts)


def test_matched_others_are_others_of_nearly_the_same_size():
    size = np.array([1.0, 5.0, 5.1, 9.0, 1.2, 8.0, 3.0])
    found = neurons.matched_others(size, [1, 0, 3])
    assert found.tolist() == [2, 4, 5]
    with pytest.raises(ValueError, match="4 of 7 neurons are chosen: 3 others are too few"):
        neurons.matched_others(size, [0, 1, 2, 3])
    assert neurons.matched_others(size, [1], among=np.array([5, 6])).tolist() == [6]
    each = np.array([[1.0, 5, 5.1, 0], [3.0, 0, 9, 2.9]])  # a measure for each of the chosen two
    assert neurons.matched_others(each, [1, 0]).tolist() == [2, 3]


def test_silencing_layers_is_ablating_each_and_costs_are_means_over_games(model, outputs):
    mean = outputs.mean((1, 2)).numpy()
    rules = [
        neurons.Rule(1, 4, (), 0, 0),
        neurons.Rule(0, 2, (), 0, 0),
        neurons.Rule(1, 3, (), 0, 0),
    ]
    silent = neurons.by_layer(rules)
    assert {at: who.tolist() for at, who in silent.items()} == {0: [2], 1: [4, 3]}
    base = predict(model, MOVES)
    found = neurons.effect(model, MOVES, neurons.silence(mean, silent), base)
    one = {0: neurons.mean_ablation(mean[0], [2]), 1: neurons.mean_ablation(mean[1], [3, 4])}
    assert np.allclose(found["loss"], neurons.effect(model, MOVES, one, base)["loss"], atol=1e-6)
    costs = neurons.costs({"both": [found, found]})
    assert np.allclose(costs["loss"]["both"].mean, [found["loss"].mean()] * 2)
    assert np.allclose(costs["illegal"]["both"].mean, found["illegal"].mean())

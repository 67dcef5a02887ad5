"""Proof of ``othello_gpt.neurons``: attribution."""

import itertools

import numpy as np
import pytest
import torch

from othello_gpt import game, neurons
from othello_gpt.model import inputs_of, to_transformer_lens
from tests.neurons.common import MOVES


def test_contributions_add_up_to_the_logits(model):
    found = neurons.decompose(model, MOVES[0])
    names, parts = neurons.logit_attribution(model, found)
    truth = neurons.double(model)(inputs_of(MOVES[:1]))[0]
    assert len(names) == len(set(names)) == len(parts) == 2 + 2 * (2 + 1) + 2
    assert ((parts.sum(0) - truth).abs() / truth.abs().max()).max() < 1e-9
    assert not torch.allclose(parts[:-1].sum(0), truth)  # even the final bias is needed
    for ply, token in ((0, 3), (17, 9)):
        of_neurons = neurons.neuron_attribution(model, found, ply, token)
        of_mlps = parts[[names.index("MLP 0"), names.index("MLP 1")], ply, token]
        assert torch.allclose(of_neurons.sum(1), of_mlps, rtol=1e-9)


def test_contributions_are_those_of_the_folded_transformer_lens(model):
    found = neurons.decompose(model, MOVES[0])
    names, parts = neurons.logit_attribution(model, found)
    folded = to_transformer_lens(model, folded=True)
    _, cache = folded.run_with_cache(inputs_of(MOVES[:1]))
    scale = cache["ln_final.hook_scale"]
    for layer, head in itertools.product(range(2), range(2)):
        z = cache[f"blocks.{layer}.attn.hook_z"][0, :, head]
        theirs = z @ folded.W_O[layer, head] @ folded.W_U / scale[0]
        ours = parts[names.index(f"head L{layer} H{head}")]
        ours = ours - ours.mean(-1, keepdim=True)  # folding centres the unembedding
        # Folding moves the value bias, a constant of the position's scale, to the output bias.
        difference = (ours - theirs) * scale[0]
        assert (difference - difference.mean(0)).abs().max() < 1e-3
    for layer in range(2):
        post = cache[f"blocks.{layer}.mlp.hook_post"][0]
        theirs = post @ folded.W_out[layer] @ folded.W_U / scale[0]
        ours = parts[names.index(f"MLP {layer}")]
        assert (ours - ours.mean(-1, keepdim=True) - theirs).abs().max() < 1e-3


def test_groups_are_boards_that_add_up_to_the_logit(model):
    found = neurons.decompose(model, MOVES[0])
    names, parts = neurons.logit_attribution(model, found)
    boards = neurons.grouped(names, parts, 9, 2)
    assert list(boards) == [
        "embeddings",
        "heads 0",
        "MLP 0",
        "heads 1",
        "MLP 1",
        "biases",
        "the logit",
    ]
    *some, whole = boards.values()
    assert np.allclose(np.ma.stack(some).sum(0), whole)
    squares = game.square_of_token()[1:]
    logits = neurons.double(model)(inputs_of(MOVES[:1]))[0, 9, 1:].numpy()
    assert np.allclose(whole[squares].data, logits - logits.mean())
    assert whole.mask.sum() == 4


def test_the_largest_parts_are_those_of_the_single_attributions(model):
    found = neurons.decompose(model, MOVES[0])
    parts, half = neurons.largest_parts(model, found, 9, 4, neurons=3, heads=2)
    each = torch.stack([neurons.neuron_attribution(model, found, 9, t) for t in range(1, 33)])
    own = (each[3] - each.mean(0)).numpy()
    first = divmod(int(np.abs(own).argmax()), own.shape[1])
    assert len(parts) == 5
    assert next(iter(parts)) == f"neuron {neurons.neuron_name(*first)}"
    assert next(iter(parts.values())) == pytest.approx(own[first])
    sizes = np.sort(np.abs(own).ravel())[::-1]
    assert sizes[: half - 1].sum() < sizes.sum() / 2 <= sizes[:half].sum()
    names, logits = neurons.logit_attribution(model, found)
    head = list(parts)[3]
    row = logits[names.index(head), 9, 1:]
    assert parts[head] == pytest.approx(float(row[3] - row.mean()))

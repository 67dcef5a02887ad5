"""Proof of ``othello_gpt.mechanism``: the last position, piece by piece."""

import numpy as np
import torch

from othello_gpt import attention, mechanism, neurons
from othello_gpt.mechanism import LastPosition


def test_the_last_position_is_that_of_the_whole_network(model, pairs):
    cases, _ = pairs
    found, rows = LastPosition(model, cases).run(), torch.arange(len(cases))
    at = rows, torch.from_numpy(cases.ply)
    stream = list(model.residual_stream(cases.tokens))
    assert torch.allclose(found.logits, model.unembed(stream[-1])[at], atol=1e-4)
    for layer, (heads, outputs, patterns) in enumerate(
        zip(
            # One after the other: each looks at the model's runs by hooks.
            list(attention.head_outputs(model, cases.tokens)),
            list(neurons.neuron_outputs(model, cases.tokens)),
            list(attention.patterns(model, cases.tokens)),
            strict=True,
        )
    ):
        assert torch.allclose(found.heads[:, layer], heads[at], atol=1e-4)
        assert torch.allclose(found.neurons[:, layer], outputs[at], atol=1e-4)
        assert torch.allclose(found.mid[:, layer], stream[2 * layer + 1][at], atol=1e-4)
        own = patterns[rows, :, at[1]]
        assert torch.allclose(found.pattern[:, layer], own, atol=1e-5)


def test_another_last_move_is_another_game(model, pairs):
    cases, others = pairs
    last = LastPosition(model, cases)
    moves = cases.moves.copy()
    moves[np.arange(len(cases)), cases.ply] = others
    other = LastPosition(model, type(cases)(moves, cases.ply, cases.after, cases.before)).run()
    assert torch.allclose(last.run(last.tokens(others)).logits, other.logits, atol=1e-4)
    assert not torch.allclose(last.run().logits, other.logits, atol=1e-2)


def test_a_change_is_gone_on_with(model, pairs):
    last = LastPosition(model, pairs[0])
    plain, places = last.run(), []

    def change(part, layer, value):
        places.append((part, layer))
        return value * 0 if (part, layer) == ("heads", 1) else value

    changed = last.run(change=change)
    assert places[:5] == [
        ("embedding", 0),
        ("pattern", 0),
        ("heads", 0),
        ("mid", 0),
        ("neurons", 0),
    ]
    assert not changed.heads[:, 1].any()
    assert torch.equal(changed.mid[:, 0], plain.mid[:, 0])
    bias = model.transformer.h[1].attn.c_proj.bias
    before = plain.mid[:, 1] - plain.heads[:, 1].sum(1)
    assert torch.allclose(changed.mid[:, 1], before, atol=1e-5)
    assert bias.any()
    assert not torch.allclose(changed.logits, plain.logits)


def test_usual_parts_are_means(model, pairs):
    found = LastPosition(model, pairs[0]).run()
    usual = mechanism.usually(found)
    assert torch.allclose(usual.neurons[0], found.neurons.mean(0))
    assert usual.logits.shape == (1, 33)

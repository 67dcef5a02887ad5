"""Proof of ``othello_gpt.neurons``: weights."""

import numpy as np
import torch

from othello_gpt import game, neurons


def test_input_weights_say_what_moves_a_neuron(model):
    block = model.transformer.h[1]
    x = torch.randn(16, generator=torch.Generator().manual_seed(1))
    pre = block.mlp.c_fc(block.ln_2(x)) - block.mlp.c_fc.bias
    normal = (x - x.mean()) / (x.var(unbiased=False) + 1e-5).sqrt()
    want = neurons.input_weights(model, 1) @ normal + block.mlp.c_fc.weight @ block.ln_2.bias
    assert torch.allclose(pre, want, atol=1e-5)


def test_output_weights_say_what_a_neuron_writes(model):
    out = neurons.output_weights(model, 0)
    one = torch.zeros(64).index_fill(0, torch.tensor(5), 1.0)
    proj = model.transformer.h[0].mlp.c_proj
    written = proj(one) - proj.bias
    assert torch.allclose(out[5], written - written.mean(), atol=1e-6)


def test_a_basis_explains_what_lies_in_it_and_a_random_one_its_share_of_dimensions():
    generator = torch.Generator().manual_seed(0)
    basis = torch.randn(10, 40, generator=generator)
    basis = torch.cat([basis, basis[:5] + basis[5:]])  # of rank 10 all the same
    inside = torch.randn(7, 15, generator=generator) @ basis
    assert np.allclose(neurons.share_explained(inside, basis), 1, atol=1e-5)
    outside = torch.linalg.svd(basis).Vh[10:]
    assert np.allclose(neurons.share_explained(outside, basis), 0, atol=1e-5)
    control = neurons.random_basis(basis)
    assert torch.linalg.matrix_rank(control) == 10
    many = torch.randn(4000, 40, generator=generator)
    assert abs(neurons.share_explained(many, control).mean() - 0.25) < 0.01


def test_direct_effects_are_the_logits_that_an_output_of_one_adds(model):
    effects = neurons.direct_effects(model, 1)
    assert effects.shape == (64, 36)
    assert effects.mask[:, list(game.centre())].all()
    writes = neurons.output_weights(model, 1)[7].double()
    logits = neurons.readout(model)[1:] @ writes
    squares = game.square_of_token()[1:]
    assert np.allclose(effects[7, squares].data, (logits - logits.mean()).numpy())

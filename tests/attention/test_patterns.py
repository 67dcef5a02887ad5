"""Proof of ``othello_gpt.attention``: patterns."""

import torch

from othello_gpt import attention
from othello_gpt.model import to_transformer_lens
from tests.attention.common import TOKENS


def test_patterns_and_outputs_are_those_of_transformer_lens(model, cache, found):
    outputs = list(attention.head_outputs(model, TOKENS))
    assert len(outputs) == 2
    bridge = to_transformer_lens(model)
    for layer in range(2):
        assert torch.allclose(found[layer], cache[f"blocks.{layer}.attn.hook_pattern"], atol=1e-5)
        z = cache[f"blocks.{layer}.attn.hook_z"]
        theirs = torch.einsum("gthc,hcd->gthd", z, bridge.W_O[layer])
        assert torch.allclose(outputs[layer], theirs, atol=1e-4)


def test_heads_and_the_bias_are_all_that_attention_writes(model):
    stream = list(model.residual_stream(TOKENS))
    for layer, x in enumerate(attention.head_outputs(model, TOKENS)):
        written = stream[2 * layer + 1] - stream[2 * layer]
        bias = model.transformer.h[layer].attn.c_proj.bias
        assert torch.allclose(x.sum(2) + bias, written, atol=1e-4)


def test_looking_leaves_no_hook(model):
    next(attention.patterns(model, TOKENS))
    next(attention.head_outputs(model, TOKENS))
    assert not any(module._forward_pre_hooks or module._forward_hooks for module in model.modules())

"""Attention patterns and heads' outputs."""

from collections.abc import Iterator

import torch
from einops import einsum, rearrange
from jaxtyping import Float

from ..model import GPT
from ..types import Tokens


@torch.no_grad()
def patterns(
    model: GPT, tokens: Tokens
) -> Iterator[Float[torch.Tensor, "games heads queries keys"]]:
    """Yield each layer's attention: how much each position looks at each earlier one.

    The rows [.., queries, :] sum to one.
    """
    stream = model.residual_stream(tokens)
    for block in model.transformer.h:
        q, k, _ = block.attn.queries_keys_values(block.ln_1(next(stream)))
        yield block.attn.pattern(q, k)
        next(stream)  # the middle of the layer, where its MLP reads


@torch.no_grad()
def gathered(
    model: GPT, tokens: Tokens
) -> Iterator[Float[torch.Tensor, "games positions heads head_width"]]:
    """Yield what each head of a layer has gathered, before its output matrix, by layer."""
    found, handles = [], []
    for block in model.transformer.h:
        catch = block.attn.c_proj.register_forward_pre_hook(lambda _, args: found.append(args[0]))
        handles.append(catch)
    try:
        for _ in model.residual_stream(tokens):
            if found:
                yield rearrange(found.pop(), "g t (h c) -> g t h c", h=model.config.n_head)
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def head_outputs(
    model: GPT, tokens: Tokens
) -> Iterator[Float[torch.Tensor, "games positions heads width"]]:
    """Yield what each head of a layer adds to the stream, by layer.

    The layer's output bias belongs to no head and is left out.
    """
    for block, z in zip(model.transformer.h, gathered(model, tokens), strict=True):
        weight = rearrange(block.attn.c_proj.weight, "d (h c) -> d h c", h=model.config.n_head)
        yield einsum(z, weight, "g t h c, d h c -> g t h d")

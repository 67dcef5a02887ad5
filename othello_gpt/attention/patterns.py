"""Attention patterns and heads' outputs."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..model import GPT


@contextmanager
def _hooked(modules, hook):
    handles = [module.register_forward_hook(hook) for module in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def patterns(model: GPT, tokens: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield each layer's attention, [games, heads, T, T]: from each position to earlier ones."""
    found, H = [], model.config.n_head

    def hook(module, args, qkv):
        found.append(qkv)

    with _hooked([block.attn.c_attn for block in model.transformer.h], hook):
        for _ in model.residual_stream(tokens):
            if found:
                q, k, _ = (
                    x.unflatten(-1, (H, -1)).transpose(1, 2) for x in found.pop().chunk(3, -1)
                )
                causal = model.transformer.h[0].attn.causal[: q.shape[2], : q.shape[2]]
                scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]) + causal
                yield scores.softmax(-1)


@torch.no_grad()
def head_outputs(model: GPT, tokens: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield what each head of a layer adds to the stream, [games, T, heads, width], by layer.

    The layer's output bias belongs to no head and is left out.
    """
    found = []

    def hook(module, args, out):
        found.append(args[0])

    projections = [block.attn.c_proj for block in model.transformer.h]
    layers = iter(projections)
    with _hooked(projections, hook):
        for _ in model.residual_stream(tokens):
            if found:
                yield _projected(found.pop(), next(layers).weight, model.config.n_head)


def _projected(z: torch.Tensor, weight: torch.Tensor, heads: int) -> torch.Tensor:
    z, weight = z.unflatten(-1, (heads, -1)), weight.unflatten(1, (heads, -1))
    return torch.einsum("gthc,dhc->gthd", z, weight)

"""The crowded network as a ``GPT``, so that every method that takes one can be tried on it."""

from typing import cast

import torch
import torch.nn as nn
from jaxtyping import Float

from ..model import GPT, GPTConfig
from ..model.gpt import Blocks, Transformer
from ..types import Stream
from .crowded import Crowded
from .network import Block


class _Head(nn.Module):
    """One narrow head with the names of ``CausalSelfAttention``.

    A layer that plays a move does nothing at earlier positions: there nothing is looked at.
    """

    def __init__(self, block: Block, layer: int, context: int):
        super().__init__()
        q, k, v = (block.attn[name] for name in "qkv")
        width = q.in_features
        self.n_head, self.dropout = 1, 0.0
        self.c_attn = nn.Linear(width, 3 * q.out_features)
        self.c_attn.weight = nn.Parameter(torch.cat([part.weight for part in (q, k, v)]))
        self.c_attn.bias = nn.Parameter(torch.cat([part.bias for part in (q, k, v)]))
        self.c_proj = block.attn["o"]
        device = q.weight.device
        awake = torch.arange(context, device=device) >= (layer if layer < context else 0)
        self.awake: torch.Tensor
        self.causal: torch.Tensor
        self.register_buffer("awake", awake.float()[:, None], persistent=False)
        hidden = torch.full((context, context), -torch.inf, device=device).triu(1)
        self.register_buffer("causal", hidden, persistent=False)

    def queries_keys_values(self, x: Stream):
        """Return queries, keys and values, each [games, 1, positions, width of the head]."""
        q, k, v = self.c_attn(x)[:, None].chunk(3, -1)
        return q, k, v

    def pattern(self, q, k, hidden=None):
        """Return how much each position looks at each earlier one, [games, 1, to, from]."""
        T = q.shape[-2]
        hidden = self.causal[:T, :T] if hidden is None else hidden
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5 + hidden
        return scores.softmax(-1) * self.awake[:T]

    def forward(self, x: Stream, hidden=None) -> Stream:
        """Return what the head writes into the stream."""
        q, k, v = self.queries_keys_values(x)
        return self.c_proj((self.pattern(q, k, hidden) @ v)[:, 0])


class _Units(nn.Module):
    """An MLP of units that are steps, with the names of ``MLP``."""

    def __init__(self, block: Block):
        super().__init__()
        self.c_fc, self.c_proj = block.mlp["in"], block.mlp["out"]

    def forward(self, x: Float[torch.Tensor, "... width"]) -> Float[torch.Tensor, "... width"]:
        """Return what the units write into the stream."""
        return self.c_proj(self.c_fc(x).relu())


def as_gpt(network: Crowded) -> GPT:
    """Return the same network with a GPT's parts: one head a layer, and MLPs of their own widths.

    It shares the weights. Its logits are the network's, to rounding. It isn't nanoGPT's form, since
    heads are narrow and neurons are ReLUs: what reads weights by name works, and what runs layers
    through their parts; what assumes GELU or 4 neurons a dimension doesn't.
    """
    at = network.layout
    config = GPTConfig(
        block_size=at.context,
        vocab_size=network.lm_head.out_features,
        n_layer=len(network.blocks),
        n_head=1,
        n_embd=at.width,
        tied=False,
    )
    made = GPT.__new__(GPT)
    nn.Module.__init__(made)
    made.config = config
    parts = [nn.Module() for _ in network.blocks]
    for layer, (part, block) in enumerate(zip(parts, network.blocks, strict=True)):
        part.ln_1, part.ln_2 = block.ln_1, block.ln_2
        part.attn, part.mlp = _Head(block, layer, at.context), _Units(block)
    made.transformer = cast("Transformer", nn.Module())
    made.transformer.wte, made.transformer.wpe = network.embed, network.pos_embed
    made.transformer.h, made.transformer.ln_f = cast("Blocks", nn.ModuleList(parts)), network.ln_f
    made.lm_head = network.lm_head
    return made.eval().requires_grad_(False)

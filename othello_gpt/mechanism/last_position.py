"""The network's last position, piece by piece, each piece open to change.

Where two games differ in their last move only, all that differs inside is at the last position:
everything before it is shared. So one position says all, and costs little.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from einops import einsum, rearrange
from jaxtyping import Float, Int, Integer

from .. import game
from ..interventions import CachedPrefixes, Cases
from ..model import GPT

Part = Float[torch.Tensor, "cases ..."]
Change = Callable[[str, int, Part], Part]
"""Takes the name of a part, its layer and its value in each case; returns the value to go on with.

Parts, in order: ``"embedding"`` [cases, width] (layer 0); in each layer ``"pattern"``
[cases, heads, positions], ``"heads"`` [cases, heads, width], ``"mid"`` [cases, width] (the stream
before the MLP), ``"neurons"`` [cases, neurons].
"""


@dataclass(frozen=True, eq=False)
class Written:
    """What each part of the network was at the last position of each case, and the logits.

    ``heads`` and ``neurons`` are what was gone on with. The stream in the middle of layer l is the
    embedding, plus the heads and their bias up to l, plus the MLPs before l.
    """

    embedding: Float[torch.Tensor, "cases width"]
    pattern: Float[torch.Tensor, "cases layers heads positions"]
    heads: Float[torch.Tensor, "cases layers heads width"]
    mid: Float[torch.Tensor, "cases layers width"]
    neurons: Float[torch.Tensor, "cases layers neurons"]
    final: Float[torch.Tensor, "cases width"]
    logits: Float[torch.Tensor, "cases vocabulary"]


class LastPosition:
    """Cases whose earlier positions are computed once; ``run`` goes through the last one."""

    def __init__(self, model: GPT, cases: Cases):
        self.model, self.cases = model, cases
        self.prefixes = CachedPrefixes(model, cases)
        self.ply = self.prefixes.ply

    def tokens(
        self, squares: Integer[np.ndarray, " cases"] | None = None
    ) -> Int[torch.Tensor, " cases"]:
        """Return the last tokens: those of the games, or of other last moves."""
        if squares is not None:
            return torch.from_numpy(game.tokens_of(squares)).to(self.ply.device)
        return self.prefixes.tokens.gather(1, self.ply[:, None])[:, 0]

    def writes(
        self, layer: int, outputs: Float[torch.Tensor, "cases neurons"]
    ) -> Float[torch.Tensor, "cases width"]:
        """Return what the outputs of a layer's neurons add to the stream."""
        return outputs @ self.model.transformer.h[layer].mlp.c_proj.weight.T

    def run(
        self,
        tokens: Int[torch.Tensor, " cases"] | None = None,
        change: Change = lambda part, layer, value: value,
    ) -> Written:
        """Return what is written at the last position after ``tokens``, by default the games' own.

        Gradients flow where the caller has them on.
        """
        model, ply = self.model, self.ply
        tokens = self.tokens() if tokens is None else tokens
        here = torch.arange(len(tokens), device=ply.device)
        late = torch.arange(self.prefixes.tokens.shape[1], device=ply.device) > ply[:, None]
        wte, wpe = model.transformer.wte, model.transformer.wpe
        x = embedding = change("embedding", 0, wte(tokens) + wpe(ply))
        found = {"pattern": [], "heads": [], "mid": [], "neurons": []}
        for layer, block in enumerate(model.transformer.h):
            attn = block.attn
            qkv = attn.c_attn(block.ln_1(x))
            q, k, v = rearrange(qkv, "n (three h c) -> three n h c", three=3, h=attn.n_head)
            keys = self.prefixes.keys[layer].clone()
            values = self.prefixes.values[layer].clone()
            keys[here, :, ply], values[here, :, ply] = k, v
            scores = einsum(q, keys, "n h c, n h t c -> n h t") / q.shape[-1] ** 0.5
            pattern = scores.masked_fill(late[:, None], -torch.inf).softmax(-1)
            pattern = change("pattern", layer, pattern)
            z = einsum(pattern, values, "n h t, n h t c -> n h c")
            weight = rearrange(attn.c_proj.weight, "w (h c) -> h w c", h=attn.n_head)
            heads = change("heads", layer, einsum(z, weight, "n h c, h w c -> n h w"))
            bias = 0 if attn.c_proj.bias is None else attn.c_proj.bias
            mid = change("mid", layer, x + heads.sum(1) + bias)
            outputs = change("neurons", layer, F.gelu(block.mlp.c_fc(block.ln_2(mid))))
            x = mid + block.mlp.c_proj(outputs)
            for name, value in zip(found, (pattern, heads, mid, outputs), strict=True):
                found[name].append(value)
        stacked = {name: torch.stack(values, 1) for name, values in found.items()}
        return Written(embedding, **stacked, final=x, logits=model.unembed(x))


def usually(written: Written) -> Written:
    """Return the mean of what each part is over the cases, as one row."""
    return Written(**{name: x.mean(0, keepdim=True) for name, x in vars(written).items()})

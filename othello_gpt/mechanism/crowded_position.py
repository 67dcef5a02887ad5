"""The last position of the network written by hand, piece by piece."""

from typing import cast

import torch
import torch.nn as nn
import torch.nn.functional as F
from einops import einsum
from jaxtyping import Float, Int

from ..construction import Crowded
from ..construction.crowded import NormalisedBlock
from ..devices import device_of
from ..interventions import Cases
from .last_position import Change, LastPosition, Written


class CrowdedPosition(LastPosition):
    """What ``LastPosition`` is, for ``Crowded``, so that the same methods can be tried on it.

    A layer has one head. Layers differ in their numbers of neurons: those that a layer lacks are
    zero and write nothing, and so are all of the layers that make moves later than the last one.
    Raises ``ValueError`` unless all cases end at one position.
    """

    model: Crowded

    def __init__(self, model: Crowded, cases: Cases):  # keys and values aren't those of a GPT
        if len({*cases.ply.tolist()}) != 1:
            raise ValueError(f"positions {sorted({*cases.ply.tolist()})}: give cases of one only")
        self.model, self.cases = model, cases
        device = device_of(model)
        self.ply = torch.from_numpy(cases.ply).long().to(device)
        self._tokens = cases.tokens.to(device)
        at = self._at = int(cases.ply[0])
        self.size = max(block.mlp["in"].out_features for block in model.blocks)
        self._keys, self._values = [], []
        with torch.no_grad():
            stream = model.residual_stream(self._tokens[:, : at + 1])
            before = (x for k, x in enumerate(stream) if k % 2 == 0)
            for block, x in zip(self._blocks, before, strict=False):
                seen = block.ln_1(x[:, :at])
                self._keys.append(block.attn["k"](seen))
                self._values.append(block.attn["v"](seen))

    @property
    def _blocks(self) -> list[NormalisedBlock]:
        return [cast("NormalisedBlock", block) for block in self.model.blocks]

    def tokens(self, squares=None) -> Int[torch.Tensor, " cases"]:
        """Return the last tokens: those of the games, or of other last moves."""
        return self._tokens[:, self._at] if squares is None else super().tokens(squares)

    def writes(
        self, layer: int, outputs: Float[torch.Tensor, "cases neurons"]
    ) -> Float[torch.Tensor, "cases width"]:
        """Return what the outputs of a layer's neurons add to the stream."""
        weight = cast("nn.Linear", self.model.blocks[layer].mlp["out"]).weight
        return outputs[:, : weight.shape[1]] @ weight.T

    def run(
        self,
        tokens: Int[torch.Tensor, " cases"] | None = None,
        change: Change = lambda part, layer, value: value,
    ) -> Written:
        """Return what is written at the last position after ``tokens``, by default the own ones.

        Gradients flow where the caller has them on.
        """
        model, at = self.model, self._at
        tokens = self.tokens() if tokens is None else tokens
        x = embedding = change("embedding", 0, model.embed(tokens) + model.pos_embed.weight[at])
        found = {"pattern": [], "heads": [], "mid": [], "neurons": []}
        for layer, block in enumerate(self._blocks):
            idle = at < layer < model.layout.context
            pattern, head = self._attend(layer, block, x)
            pattern = change("pattern", layer, pattern)
            head = 0 * head if idle else head
            heads = change("heads", layer, head[:, None])
            mid = change("mid", layer, x + heads.sum(1))
            outputs = block.mlp["in"](block.ln_2(mid)).relu()
            outputs = F.pad(0 * outputs if idle else outputs, (0, self.size - outputs.shape[1]))
            outputs = change("neurons", layer, outputs)
            x = mid + self.writes(layer, outputs)
            for name, value in zip(found, (pattern, heads, mid, outputs), strict=True):
                found[name].append(value)
        stacked = {name: torch.stack(values, 1) for name, values in found.items()}
        return Written(embedding, **stacked, final=x, logits=model.unembed(x))

    def _attend(self, layer: int, block: NormalisedBlock, x):
        """Return where the head looks [cases, 1, positions], and what it writes there."""
        attn, seen = block.attn, block.ln_1(x)
        keys = torch.cat([self._keys[layer], attn["k"](seen)[:, None]], 1)
        values = torch.cat([self._values[layer], attn["v"](seen)[:, None]], 1)
        scores = einsum(attn["q"](seen), keys, "n c, n t c -> n t") / keys.shape[-1] ** 0.5
        pattern = scores.softmax(-1)
        return pattern[:, None], attn["o"](einsum(pattern, values, "n t, n t c -> n c"))

"""Beginnings of games and what a network has computed of them, so that a longer one costs a token.

What a position holds doesn't depend on what is played later. Where every beginning is asked about,
nearly all of the work is therefore shared.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from .. import game
from ..model import GPT

_Heads = Float[torch.Tensor, "n heads plies width"]


@dataclass(frozen=True)
class Prefixes:
    """Beginnings of one length; ``keys`` and ``values`` are those of all their moves, by layer."""

    beginnings: game.Beginnings
    keys: tuple[_Heads, ...]
    values: tuple[_Heads, ...]

    def split(self, n: int) -> "Iterator[Prefixes]":
        """Yield the same, at most ``n`` at a time."""
        for first in range(0, len(self.beginnings), n):
            some = slice(first, first + n)
            parts = (tuple(x[some] for x in part) for part in (self.keys, self.values))
            yield Prefixes(self.beginnings[some], *parts)


@torch.no_grad()
def begin(model: GPT, beginnings: game.Beginnings) -> Prefixes:
    """Return what a network computes of beginnings of at least one move."""
    tokens = torch.from_numpy(game.tokens_of(beginnings.moves, beginnings.size))
    found = []
    # The stream before each layer: every other site, from the first on.
    for block, x in zip(
        model.transformer.h, list(model.residual_stream(tokens))[:-1:2], strict=True
    ):
        found.append(block.attn.queries_keys_values(block.ln_1(x))[1:])
    keys, values = zip(*found, strict=True)
    return Prefixes(beginnings, keys, values)


@torch.no_grad()
def grow(
    model: GPT, parents: Prefixes, keep: bool = True
) -> tuple[game.Beginnings, Prefixes, Float[torch.Tensor, "rows vocab"]]:
    """Return all beginnings that are one move longer, and what comes of them.

    That is those after which the side to move has a move, with their keys and values (with
    ``keep``; who goes no further needs none), and the logits of this next move.
    """
    longer = parents.beginnings.longer()
    asked = longer.legal().any(1)
    row = torch.from_numpy(np.nonzero(parents.beginnings.legal())[0][asked])  # in their order
    children = longer[asked]
    # Children of one parent see the same keys: they are side by side, [parent, place].
    first = torch.searchsorted(row, row)
    place = torch.arange(len(row)) - first
    shape = len(parents.beginnings), int(place.max()) + 1 if len(row) else 0

    def beside(x: torch.Tensor) -> torch.Tensor:
        """Return [children, heads, 1, width] as [parents, heads, places, width]."""
        wide = x.new_zeros(*shape, *x.shape[1:])
        wide[row, place] = x
        return wide[:, :, :, 0].transpose(1, 2)

    token = torch.from_numpy(game.tokens_of(children.moves[:, -1:], children.size))
    ply = torch.tensor([children.moves.shape[1] - 1])
    x = model.transformer.wte(token) + model.transformer.wpe(ply)  # [children, 1, width]
    keys, values = [], []
    for block, before, of_before in zip(
        model.transformer.h, parents.keys, parents.values, strict=True
    ):
        now = block.attn.queries_keys_values(block.ln_1(x))
        q, k, v = map(beside, now)
        scores = torch.cat([q @ before.transpose(-2, -1), (q * k).sum(-1, keepdim=True)], -1)
        pattern = (scores / math.sqrt(q.shape[-1])).softmax(-1)
        z = pattern[..., :-1] @ of_before + pattern[..., -1:] * v
        x = x + block.attn.c_proj(z.transpose(1, 2)[row, place].flatten(1)[:, None])
        x = x + block.mlp(block.ln_2(x))
        if keep:
            keys.append(torch.cat([before[row], now[1]], 2))
            values.append(torch.cat([of_before[row], now[2]], 2))
    return longer, Prefixes(children, tuple(keys), tuple(values)), model.unembed(x[:, 0])

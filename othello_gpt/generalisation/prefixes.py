"""Beginnings of games and what a network has computed of them, so that a longer one costs a token.

What a position holds doesn't depend on what is played later. Where every beginning is asked about,
nearly all of the work is therefore shared.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Integer

from .. import game
from ..devices import device_of
from ..model import GPT

_Heads = Float[torch.Tensor, "n heads plies width"]


@dataclass(frozen=True)
class Prefixes:
    """Beginnings of one length; ``keys`` and ``values`` are those of all their moves, by layer."""

    beginnings: game.Beginnings
    keys: tuple[_Heads, ...]
    values: tuple[_Heads, ...]

    def __getitem__(self, rows) -> "Prefixes":
        """Return some of them."""
        parts = (tuple(x[rows] for x in part) for part in (self.keys, self.values))
        return Prefixes(self.beginnings[rows], *parts)

    def split(self, n: int) -> "Iterator[Prefixes]":
        """Yield the same, at most ``n`` at a time."""
        for first in range(0, len(self.beginnings), n):
            yield self[first : first + n]


@torch.no_grad()
def begin(model: GPT, beginnings: game.Beginnings) -> Prefixes:
    """Return what a network computes of beginnings of at least one move."""
    tokens = torch.from_numpy(game.tokens_of(beginnings.moves, beginnings.size))
    tokens, found = tokens.to(device_of(model)), []
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
    row = np.nonzero(parents.beginnings.legal())[0][asked]
    return longer, *go_on(model, parents, longer[asked], row, keep)


@torch.no_grad()
def go_on(
    model: GPT,
    parents: Prefixes,
    children: game.Beginnings,
    of: Integer[np.ndarray, " n"],
    keep: bool = True,
) -> tuple[Prefixes, Float[torch.Tensor, "n vocab"]]:
    """Return the keys and values (with ``keep``) and next logits of beginnings a move longer.

    ``of`` says which of the parents each goes on from. Raises ``ValueError`` unless it ascends.
    """
    if np.any(np.diff(of) < 0):
        raise ValueError("children come in the order of their parents")
    device = device_of(model)
    row = torch.from_numpy(of).to(device)
    # Children of one parent see the same keys: they are side by side, [parent, place].
    first = torch.searchsorted(row, row)
    place = torch.arange(len(row), device=device) - first
    shape = len(parents.beginnings), int(place.max()) + 1 if len(row) else 0

    def beside(x: torch.Tensor) -> torch.Tensor:
        """Return [children, heads, 1, width] as [parents, heads, places, width]."""
        wide = x.new_zeros(*shape, *x.shape[1:])
        wide[row, place] = x
        return wide[:, :, :, 0].transpose(1, 2)

    token = torch.from_numpy(game.tokens_of(children.moves[:, -1:], children.size))
    plies = parents.beginnings.moves.shape[1]
    where = model.transformer.wpe(torch.tensor([plies], device=device))
    x = model.transformer.wte(token.to(device)) + where  # [children, 1, width]
    # A child sees what came before, which it shares with its siblings, and itself.
    seen = torch.cat([torch.ones(shape[1], plies), torch.eye(shape[1])], 1)
    hidden = torch.zeros(seen.shape).masked_fill(seen == 0, -math.inf).to(device)
    keys, values = [], []

    def attend(layer: int, x: Float[torch.Tensor, "children 1 width"]):
        attn = model.transformer.h[layer].attn
        before = parents.keys[layer], parents.values[layer]
        now = attn.queries_keys_values(x)
        q, k, v = map(beside, now)
        pattern = attn.pattern(q, torch.cat([before[0], k], 2), hidden)
        z = pattern @ torch.cat([before[1], v], 2)
        if keep:
            keys.append(torch.cat([before[0][row], now[1]], 2))
            values.append(torch.cat([before[1][row], now[2]], 2))
        return attn.c_proj(z.transpose(1, 2)[row, place].flatten(1)[:, None])

    *_, x = model.onwards(x, attend=attend)
    return Prefixes(children, tuple(keys), tuple(values)), model.unembed(x[:, 0])

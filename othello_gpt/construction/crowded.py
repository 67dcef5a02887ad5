"""The construction in superposition: random directions, fewer of them than features, LayerNorm."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import torch
import torch.nn as nn
from jaxtyping import Float

from .. import game
from ..model import LayerNorm
from ..types import Stream
from .codes import CrowdedLayout
from .layout import LOGIT, SCORE
from .network import Block, Construction
from .units import Unit, layers

# How steep a step is: a unit must be saturated as soon as what it waits for is there.
STEEPNESS = 60.0
# A square closes in discs along eight directions at most.
RUNS = 8


class NormalisedBlock(Block):
    """One layer with a LayerNorm before attention and another one before the MLP."""

    def __init__(self, width: int, d_head: int, d_mlp: int):
        super().__init__(width, d_head, d_mlp)
        self.ln_1, self.ln_2 = LayerNorm(width, bias=False), LayerNorm(width, bias=False)

    def attend(self, x: Stream, first: int) -> Float[torch.Tensor, "games seeing width"]:
        """Return what positions ``first`` and later fetch."""
        return super().attend(self.ln_1(x), first)

    def compute(self, x: Float[torch.Tensor, "*some width"]) -> Float[torch.Tensor, "*some width"]:
        """Return what the MLP adds."""
        return super().compute(self.ln_2(x))


def crowded_layers(layout: CrowdedLayout) -> list[list[Unit]]:
    """Return the units of every layer, for a stream in which first and second are opposite.

    They are those of ``layers`` but for this: *turn* reads parity and erases the position; *count*
    can't test whether a square is empty (a disc of either side pulls one way or the other), so two
    *veto* units take back what it says of a square that has a disc; *cut* goes in steps.
    """
    *play, turn, count, cut = layers(layout.size)
    return [*play, _turn(layout, turn), _count(layout, count), _cut(layout, cut)]


def _turn(layout: CrowdedLayout, units: list[Unit]) -> list[Unit]:
    places = range(layout.position.start, layout.position.stop)
    turned = [replace(unit, reads={next(iter(unit.reads)): 1, layout.parity: 1}) for unit in units]
    return turned + [Unit("forget", {place: 1}, 0, {place: -1}) for place in places]


def _count(layout: CrowdedLayout, units: list[Unit]) -> list[Unit]:
    mine, theirs = layout.first.start, layout.second.start
    found, vetoes = [], []
    for unit in units:
        assert unit.line is not None
        reads = {at: value for at, value in unit.reads.items() if value > 0}
        ((move, _),) = unit.writes.items()
        legal = layout.legal.start + move - layout.move.start
        found.append(replace(unit, reads=reads, writes={legal: 1}))
        vetoes += [
            replace(
                unit,
                kind="veto",
                reads=reads | {side + unit.line.square: 1},
                bias=unit.bias - 1,
                writes={legal: -1},
            )
            for side in (mine, theirs)
        ]
    return found + vetoes


def _cut(layout: CrowdedLayout, units: list[Unit]) -> list[Unit]:
    legal = range(layout.legal.start, layout.legal.stop)
    return [Unit("cut", {move: 1}, -runs, {move: -1}) for runs in range(1, RUNS) for move in legal]


class Crowded(Construction):
    """The same construction, with more features than dimensions and with LayerNorm.

    Every unit is now a pair of ReLUs whose difference is a step: 0 below a threshold, 1 above it.
    The threshold lies between what is read if all is there and what interference can feign, and is
    a multiple of the direction that is always there, so that LayerNorm's scale doesn't move it.
    So what is written is exact, to rounding, as long as what is read is on the right side. In
    an MLP the first half of the neurons are the units, the second half where they stop.

    ``room`` is how many dimensions are there for one-hot features of each kind (``CrowdedLayout``).
    Raises ``ValueError`` as ``Construction`` does, and if ``room`` isn't positive.
    """

    layout: CrowdedLayout

    def __init__(self, size: int = 6, room: int = 11, seed: int = 0):
        nn.Module.__init__(self)
        if room < 1:
            raise ValueError(f"room {room} is none: one-hot features need at least a dimension")
        self.layout = at = CrowdedLayout(size, room, seed)
        self.units = crowded_layers(at)
        vocabulary = len(at.playable) + 1
        self.embed = nn.Embedding(vocabulary, at.width)
        self.pos_embed = nn.Embedding(at.context, at.width)
        blocks = nn.ModuleList(NormalisedBlock(at.width, room, 2 * len(u)) for u in self.units)
        self.blocks = cast("Sequence[Block]", blocks)
        self.ln_f = LayerNorm(at.width, bias=False)
        self.lm_head = nn.Linear(at.width, vocabulary, bias=False)
        self.requires_grad_(False)
        for name, parameter in self.named_parameters():
            if "ln_" not in name:
                parameter.zero_()
        self._write_ends()
        for ply, (block, units) in enumerate(zip(self.blocks, self.units, strict=True)):
            if ply < at.context:
                self._write_fetching(block, ply)
            self._write_steps(block, units)

    def _write_ends(self):
        """Write what comes in, before the first layer, and what goes out, after the last."""
        at, to = self.layout, self.layout.directions
        start = game.on_squares(np.array(game.start(at.size), np.uint64), at.size)
        always = to[at.one] + torch.from_numpy(start).flatten().to(to) @ to[at.discs]
        self.embed.weight[1:] = to[at.move].to(self.embed.weight)
        self.pos_embed.weight[:] = (always + to[at.position]).to(self.embed.weight)
        self.pos_embed.weight[::2] += to[at.parity].to(self.embed.weight)
        scale = LOGIT * self._scale(at.context)
        self.lm_head.weight[1:] = (scale * at.readings[at.legal]).to(self.lm_head.weight)

    def _scale(self, discs: int) -> float:
        """Return the stream's root mean square where so many discs are, if all were orthogonal."""
        at = self.layout
        squares = at.directions.square().sum(1)
        total = squares[at.one] + discs * squares[at.first].mean()
        total += squares[at.position].mean() + squares[at.move].mean()
        return (total / at.width).sqrt().item()

    def _write_fetching(self, block: Block, ply: int):
        """Write a head that copies the move at position ``ply``, whatever the query.

        It reads the whole room of moves and writes it into that of fetched ones. The scale is that
        of the stream there, as far as it is known from the number of discs.
        """
        at = self.layout
        q, k, v, o = (block.attn[name] for name in "qkvo")
        q.bias[0] = SCORE * q.out_features**0.5
        k.weight[0] = at.readings[at.position][ply].to(k.weight)
        v.weight[:] = (self._scale(ply + 4) * at.room_read("move")).to(v.weight)
        o.weight[:] = at.room_written("fetched").T.to(o.weight)

    def _write_steps(self, block: Block, units: list[Unit]):
        """Write each unit as a pair of ReLUs: ``step(reads . x + bias - threshold)``."""
        at, into, out = self.layout, block.mlp["in"], block.mlp["out"]
        reads, writes = (torch.zeros(len(units), at.features).to(at.codes) for _ in range(2))
        for row, unit in enumerate(units):
            for link, matrix in ((unit.reads, reads), (unit.writes, writes)):
                matrix[row, list(link)] = torch.tensor([*link.values()]).to(matrix)
            reads[row, at.one] = unit.bias - (1 + self._feigned(unit)) / 2
        steep = (STEEPNESS * reads @ at.readings).to(into.weight)
        done = (writes @ at.directions).to(out.weight)
        into.weight[:] = torch.cat([steep, steep])
        into.bias[len(units) :] = -1
        out.weight[:] = torch.cat([done, -done]).T

    def _feigned(self, unit: Unit) -> float:
        """Return how much of what a unit waits for is read at worst where it is missing."""
        at = self.layout
        sparse = (kind for kind in at.interference if kind != "legal")
        slices = {kind: getattr(at, kind) for kind in sparse}
        return max(
            at.interference[kind]
            if any(where.start <= place < where.stop for place in unit.reads)
            else 0.0
            for kind, where in slices.items()
        )

    def unembed(self, x: Float[torch.Tensor, "*some width"]) -> Float[torch.Tensor, "*some vocab"]:
        """Return the logits of a final stream."""
        return self.lm_head(self.ln_f(x))

    def discs(self, x: Float[torch.Tensor, "*some width"]) -> Float[torch.Tensor, "*some discs"]:
        """Return which discs the stream holds, rounded: the first player's, then the second's."""
        side = x @ self.layout.readings[self.layout.first].to(x).T
        return torch.cat([side, -side], -1).round().clamp(0, 1)

    def board(
        self, discs: Float[torch.Tensor, "*some discs"]
    ) -> Float[torch.Tensor, "*some width"]:
        """Return a stream that holds discs, mine and then theirs, and no more."""
        at = self.layout
        return (discs @ at.directions[at.discs].to(discs)) + at.directions[at.one].to(discs)

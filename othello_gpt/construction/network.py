"""The network, assembled."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import torch
import torch.nn as nn
from jaxtyping import Float

from .. import game
from ..types import Logits, Stream, Tokens
from .layout import LOGIT, SCORE, Layout
from .units import Unit, layers


class Block(nn.Module):
    """One layer: a head, and an MLP with ReLU; no LayerNorm."""

    attn: Mapping[str, nn.Linear]  # modules, of which a type checker knows too little
    mlp: Mapping[str, nn.Linear]

    def __init__(self, width: int, d_head: int, d_mlp: int):
        super().__init__()
        attn = {name: nn.Linear(width, d_head) for name in "qkv"}
        attn["o"] = nn.Linear(d_head, width)
        mlp = {"in": nn.Linear(width, d_mlp), "out": nn.Linear(d_mlp, width)}
        self.attn = cast("Mapping[str, nn.Linear]", nn.ModuleDict(attn))
        self.mlp = cast("Mapping[str, nn.Linear]", nn.ModuleDict(mlp))

    def attend(self, x: Stream, first: int) -> Float[torch.Tensor, "games seeing width"]:
        """Return what positions ``first`` and later fetch."""
        q, k, v = self.attn["q"](x[:, first:]), self.attn["k"](x), self.attn["v"](x)
        scores = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5  # [games, seeing, positions]
        future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1)
        scores = scores.masked_fill(future[first:], -torch.inf)
        return self.attn["o"](scores.softmax(-1) @ v)

    def compute(self, x: Float[torch.Tensor, "*some width"]) -> Float[torch.Tensor, "*some width"]:
        """Return what the MLP adds."""
        return self.mlp["out"](self.mlp["in"](x).relu_())


def _write_units(block: Block, units: list[Unit]):
    """Write each unit into a row of the matrix that reads and a column of the one that writes."""
    into, out = block.mlp["in"], block.mlp["out"]
    into.bias[: len(units)] = torch.tensor([unit.bias for unit in units]).float()
    for by_unit, side in ((into.weight, "reads"), (out.weight.T, "writes")):
        links = [
            (row, coordinate, value)
            for row, unit in enumerate(units)
            for coordinate, value in getattr(unit, side).items()
        ]
        rows, coordinates, values = map(torch.tensor, zip(*links, strict=True))
        by_unit[rows, coordinates] = values.float()


class Construction(nn.Module):
    """The hand-built network, in plain torch and with TransformerLens' parameter names.

    ``units`` are the MLP units that were written, by layer. It has what ``probes`` asks of a source
    (``sites``, ``residual_stream``). Raises ``ValueError`` on an odd or unsupported board size, and
    on tokens of another board.
    """

    def __init__(self, size: int = 6):
        super().__init__()
        self.layout = at = Layout(size)
        self.units = layers(size)
        vocabulary, d_mlp = len(at.playable) + 1, max(map(len, self.units))
        self.embed = nn.Embedding(vocabulary, at.width)
        self.pos_embed = nn.Embedding(at.context, at.width)
        blocks = nn.ModuleList(Block(at.width, len(at.playable), d_mlp) for _ in self.units)
        self.blocks = cast("Sequence[Block]", blocks)
        self.lm_head = nn.Linear(at.width, vocabulary)
        self.requires_grad_(False)
        for parameter in self.parameters():
            parameter.zero_()
        self._write_answer()
        for ply, (block, units) in enumerate(zip(self.blocks, self.units, strict=True)):
            if ply < at.context:
                self._write_head(block, ply)
            _write_units(block, units)

    def _write_answer(self):
        """Write what comes in, before the first layer, and what goes out, after the last."""
        at = self.layout
        one_per_move = torch.eye(len(at.playable))
        self.embed.weight[1:, at.move] = one_per_move
        self.pos_embed.weight[:, at.position] = torch.eye(at.context)
        start = game.on_squares(np.array(game.start(at.size), np.uint64), at.size)
        self.pos_embed.weight[:, at.discs] = torch.from_numpy(start).flatten().float()
        self.lm_head.weight[1:, at.move] = LOGIT * one_per_move

    def _write_head(self, block: Block, ply: int):
        """Write a head that copies the move at position ``ply``, whatever the query."""
        at = self.layout
        q, k, v, o = (block.attn[name] for name in "qkvo")
        q.bias[0] = SCORE * q.out_features**0.5
        k.weight[0, at.position.start + ply] = 1
        v.weight[:, at.move] = o.weight[at.fetched] = torch.eye(len(at.playable))

    @property
    def sites(self) -> list[str]:
        """The names of the residual stream's sites: ``resid_pre 0``, ``resid_mid 0``, ..."""
        per_layer = ([f"resid_mid {i}", f"resid_post {i}"] for i in range(len(self.blocks)))
        return ["resid_pre 0", *(site for layer in per_layer for site in layer)]

    def forward(self, tokens: Tokens) -> Logits:
        """Return the logits of the next move."""
        *_, final = self.residual_stream(tokens)
        return self.unembed(final)

    def unembed(self, x: Float[torch.Tensor, "*some width"]) -> Float[torch.Tensor, "*some vocab"]:
        """Return the logits of a final stream."""
        return self.lm_head(x)

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield the residual stream, [games, positions, width], at each site in their order.

        Raises ``ValueError`` on tokens of another board.
        """
        at = self.layout
        if tokens.shape[1] > at.context or (tokens.numel() and tokens.max() > len(at.playable)):
            raise ValueError(
                f"{tokens.shape[1]} tokens up to {tokens.max()} are no game on {at.size}x{at.size},"
                f" which has at most {at.context} tokens up to {len(at.playable)}: build"
                " Construction with the size of the games' board"
            )
        x = self.embed(tokens) + self.pos_embed.weight[: tokens.shape[1]]
        yield x
        for layer, block in enumerate(self.blocks):
            # A move changes nothing before its own position: those needn't be computed.
            first = layer if layer < at.context else 0
            if first >= tokens.shape[1]:
                yield from (x, x)
                continue
            x = x.clone()
            x[:, first:] += block.attend(x, first)
            yield x
            x = x.clone()
            x[:, first:] += block.compute(x[:, first:])
            yield x

    def discs(self, x: Float[torch.Tensor, "*some width"]) -> Float[torch.Tensor, "*some discs"]:
        """Return which discs the stream holds: the first player's, then the second's."""
        return x[..., self.layout.discs]

    def board(
        self, discs: Float[torch.Tensor, "*some discs"]
    ) -> Float[torch.Tensor, "*some width"]:
        """Return a stream that holds discs, mine and then theirs, and no more."""
        x = discs.new_zeros(*discs.shape[:-1], self.layout.width)
        x[..., self.layout.discs] = discs
        return x

    def moves_from_board(
        self,
        mine: Float[torch.Tensor, "*boards cells"],
        theirs: Float[torch.Tensor, "*boards cells"],
    ) -> Float[torch.Tensor, "*boards vocabulary"]:
        """Return the logits that the last two layers give to the moves on a board.

        ``mine`` and ``theirs`` are 1 where there is such a disc and 0 where there is none, or how
        probable it is that there is one.
        """
        x = self.board(torch.cat([mine, theirs], -1))
        for block in self.blocks[-2:]:
            x = x + block.compute(x)
        return self.unembed(x)

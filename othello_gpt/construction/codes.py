"""Which direction of a narrower stream each feature gets."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float

from .layout import Layout, after

Codes = Float[torch.Tensor, "features dims"]
# The length of the direction that is always there, beside which the others change the norm little.
CONSTANT = 8.0
# Singular values of a square Gaussian matrix go down to almost nothing: those below are raised.
LEAST = 0.3


def spread(count: int, dims: int, rng: torch.Generator) -> Codes:
    """Return unit vectors that start at random and then move away from one another.

    As many as fit are orthogonal; beyond that, none of them should be nearly another one. Vectors
    that are opposite are far apart: a unit that waits for one isn't set off by the other.
    """
    codes = torch.randn(count, dims, generator=rng, dtype=torch.float64)
    if count <= dims:
        return torch.linalg.qr(codes.T)[0].T
    itself = torch.eye(count, dtype=torch.bool)
    for step in range(500):
        codes = F.normalize(codes, dim=1)
        # Each moves away from those that are nearest to it, in ever smaller steps.
        cosines = (codes @ codes.T).masked_fill(itself, -torch.inf)
        codes = codes - 0.99**step * (20 * 1.01**step * cosines).softmax(1) @ codes
    return F.normalize(codes, dim=1)


def nearest(codes: Codes) -> float:
    """Return the largest cosine of two different codes, or 0 if all are negative."""
    others = codes @ codes.T - 2 * torch.eye(len(codes), dtype=codes.dtype)
    return max(0.0, others.max().item())


@dataclass(frozen=True)
class CrowdedLayout(Layout):
    """More features than dimensions, at random directions.

    The features are those of ``Layout`` and three kinds more: ``legal``, ``parity`` and ``one``.
    ``room`` is how many dimensions positions, moves and fetched moves get for each of these kinds.
    A square takes one dimension, in which first and second player are opposite; legal moves go into
    the three rooms, which are empty by then. Then a random matrix mixes all dimensions. Two more
    make LayerNorm harmless: along the one nothing is ever written, so that the mean is 0, and
    along the other there is always the same.
    """

    room: int = 11
    seed: int = 0

    @property
    def legal(self) -> slice:
        """The moves that a run has been found for, as often as there are runs."""
        return after(self.fetched, len(self.playable))

    @property
    def parity(self) -> int:
        """Whether the second player is about to move."""
        return self.legal.stop

    @property
    def one(self) -> int:
        """What is always there."""
        return self.legal.stop + 1

    @property
    def features(self) -> int:
        """How many features there are: more than dimensions."""
        return self.legal.stop + 2

    @property
    def width(self) -> int:
        """How many dimensions the stream has."""
        return self.size**2 + 1 + 3 * self.room + 2

    @cached_property
    def codes(self) -> Codes:
        """What each feature would be if dimensions weren't mixed, without the last two."""
        cells, room = self.size**2, self.room
        rng = torch.Generator().manual_seed(self.seed)
        codes = torch.zeros(self.features, self.width - 2, dtype=torch.float64)
        codes[self.first, :cells] = torch.eye(cells, dtype=torch.float64)
        codes[self.second] = -codes[self.first]
        codes[self.parity, cells] = 1
        codes[self.position, self.columns("position")] = spread(self.context, room, rng)
        moves = spread(len(self.playable), room, rng)
        codes[self.move, self.columns("move")] = moves
        codes[self.fetched, self.columns("fetched")] = moves  # since attention copies the room
        codes[self.legal, cells + 1 :] = spread(len(self.playable), 3 * room, rng)
        return codes

    def columns(self, kind: str) -> slice:
        """Return which dimensions a kind has room in, before they are mixed."""
        start = self.size**2 + 1 + ("position", "move", "fetched").index(kind) * self.room
        return slice(start, start + self.room)

    def room_written(self, kind: str) -> Float[torch.Tensor, "room width"]:
        """Return what a kind's dimensions add to the stream."""
        return self._mixing[0][:, self.columns(kind)].T

    def room_read(self, kind: str) -> Float[torch.Tensor, "room width"]:
        """Return what a kind's dimensions are read by."""
        return torch.linalg.pinv(self._mixing[0])[self.columns(kind)]

    @cached_property
    def _mixing(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The matrix [width, dims] that mixes, and the spare direction [width]."""
        rng = np.random.default_rng(self.seed)
        dims = self.width - 2
        turn = rng.standard_normal((self.width, self.width))
        turn[:, 0] = 1  # the mean, along which nothing is written
        basis = np.linalg.qr(turn)[0][:, 1:]
        left, values, right = np.linalg.svd(rng.standard_normal((dims, dims)) / dims**0.5)
        mixing = basis[:, :dims] @ (left * values.clip(LEAST)) @ right
        return torch.from_numpy(mixing), torch.from_numpy(basis[:, dims])

    @cached_property
    def directions(self) -> Float[torch.Tensor, "features width"]:
        """What each feature adds to the stream."""
        mixing, spare = self._mixing
        directions = self.codes @ mixing.T
        directions[self.one] = CONSTANT * spare
        return directions

    @cached_property
    def readings(self) -> Float[torch.Tensor, "features width"]:
        """What each feature is read by.

        Exactly, but for interference of features of the same kind, if there are more of these than
        dimensions for them.
        """
        mixing, spare = self._mixing
        readings = self.codes @ torch.linalg.pinv(mixing)
        readings[self.one] = spare / CONSTANT
        return readings

    @cached_property
    def interference(self) -> dict[str, float]:
        """How much of a feature is read at worst where another one of its kind is."""
        return {
            kind: nearest(self.codes[getattr(self, kind)])
            for kind in ("position", "move", "fetched", "legal")
        }

"""What is known about the network because it was written: boards, directions, edits, wiring."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float

from ..devices import device_of
from ..game import Games
from .codes import CrowdedLayout
from .layout import Layout
from .network import Construction

# The classes of a cell, as the probes and the interventions number them.
THEIRS, MINE = 0, 2


@torch.inference_mode()
def boards_held(
    network: Construction, games: Games, sites: Sequence[str]
) -> Float[np.ndarray, "sites games positions cells"]:
    """Return mine minus theirs as the stream holds it: 1 mine, -1 theirs, 0 empty.

    Before the turn the stream holds the first and the second player's discs, and who is about to
    move is told by the position. Raises ``ValueError`` on a site that there isn't.
    """
    if unknown := sorted(set(sites) - set(network.sites)):
        raise ValueError(f"no site {unknown[0]!r} here: the sites are {', '.join(network.sites)}")
    at, held = network.layout, {}
    turned = network.sites.index(f"resid_post {at.context}")
    streams = network.residual_stream(torch.from_numpy(games.tokens).to(device_of(network)))
    for number, (site, x) in enumerate(zip(network.sites, streams, strict=True)):
        if site in sites:
            first, second = network.discs(x).chunk(2, -1)
            held[site] = (first - second).cpu().numpy()
            if number < turned:
                held[site][:, ::2] *= -1
    return np.stack([held[site] for site in sites])


def written_directions(layout: Layout) -> Float[torch.Tensor, "cells width"]:
    """Return for each square the unit vector from theirs to mine, as it is after the turn."""
    cell = torch.arange(layout.size**2)
    if isinstance(layout, CrowdedLayout):
        return F.normalize(layout.directions[layout.first], dim=1).float()
    directions = torch.zeros(len(cell), layout.width)
    directions[cell, layout.first.start + cell] = 0.5**0.5
    directions[cell, layout.second.start + cell] = -(0.5**0.5)
    return directions


class WriteBoard:
    """An edit for ``interventions``: the wanted board, into the very coordinates that hold it."""

    def __init__(self, layout: Layout):
        self.layout = layout
        self.sites = (f"resid_post {layout.context}",)

    def __call__(
        self,
        site: str,
        x: Float[torch.Tensor, "cases width"],
        before: torch.Tensor,
        after: torch.Tensor,
    ) -> Float[torch.Tensor, "cases width"]:
        """Return the stream with the board ``after`` [cases, cells], of classes, in it."""
        x = x.clone()
        x[:, self.layout.first] = (after == MINE).to(x)
        x[:, self.layout.second] = (after == THEIRS).to(x)
        return x

    def of(self, rows) -> "WriteBoard":
        """Return the edit of some of the cases: it is the same for all."""
        return self


class WriteCrowded(WriteBoard):
    """An edit for ``interventions``: the wanted board, along the directions that hold it.

    All else that can be read stays as it is, though the directions aren't orthogonal.
    """

    layout: CrowdedLayout

    def __call__(
        self,
        site: str,
        x: Float[torch.Tensor, "cases width"],
        before: torch.Tensor,
        after: torch.Tensor,
    ) -> Float[torch.Tensor, "cases width"]:
        """Return the stream with the board ``after`` [cases, cells], of classes, in it."""
        at = self.layout
        wanted = (after == MINE).to(x) - (after == THEIRS).to(x)
        gap = wanted - x @ at.readings[at.first].to(x).T
        return x + gap @ at.directions[at.first].to(x)


def unit_of(network: Construction, layer: int, line: str) -> int:
    """Return the number of a layer's unit for a line, such as "E2 closes in D3 with C4".

    Raises ``ValueError`` if it has none.
    """
    for number, unit in enumerate(network.units[layer]):
        if str(unit.line) == line:
            return number
    raise ValueError(f"no unit of layer {layer} looks for {line!r}")


@contextmanager
def without(
    network: Construction, layer: int, units: int | slice | list[int]
) -> Iterator[Construction]:
    """Let the network run, within a ``with``, as if some units of a layer wrote nothing."""
    weight = network.blocks[layer].mlp["out"].weight
    kept = weight[:, units].clone()
    weight[:, units] = 0
    try:
        yield network
    finally:
        weight[:, units] = kept


def wiring(
    network: Construction, layer: int, unit: int
) -> dict[str, Float[np.ma.MaskedArray, " cells"]]:
    """Return what a unit reads and writes, as boards; squares without a coordinate are masked."""
    at, mlp = network.layout, network.blocks[layer].mlp
    both = mlp["in"].weight[unit], mlp["out"].weight[:, unit]
    reads, writes = (weights.cpu().numpy() for weights in both)
    move = np.ma.masked_all(at.size**2)
    move[at.playable] = reads[at.fetched]
    boards = {"reads: fetched move": move}
    for name, weights in (("reads", reads), ("writes", writes)):
        for side in ("first", "second"):
            boards[f"{name}: {side}"] = np.ma.array(weights[getattr(at, side)])
    return boards

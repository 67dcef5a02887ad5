"""Tracing and graphs in the network written by hand, where it is known which units do the work."""

from dataclasses import dataclass

import numpy as np
import torch

from ..construction import Crowded
from ..game import Games
from ..intervals import Interval
from .by_hand import tied_by_hand
from .crowded_position import CrowdedPosition
from .graph import contrast_at, effects, gradients, largest, removed, rescued, strangers
from .tracing import held, last_move_pairs, trace_along, written_by


@dataclass(frozen=True)
class KnownPaths:
    """``writes``: by part, the share of the board's change that it writes; see ``written_by``.

    ``read`` and ``answer``: by path, the share of the changed board and of the changed answer that
    is there; see ``Trace.shares``.
    """

    writes: dict[str, Interval]
    read: dict[str, Interval]
    answer: dict[str, Interval]


@torch.no_grad()
def trace_by_hand(
    network: Crowded, ply: int, fit: Games, n: int, seed: int = 0, first: int = 0
) -> KnownPaths:
    """Trace ``n`` pairs of last moves at ``ply`` (from zero), as in a learned network.

    Units are tied to lines by their rules on ``fit``. All that turns discs is the MLP of layer
    ``ply``. The board is read along the directions that were written.
    """
    _, at_layer = tied_by_hand(network, ply, fit)
    tied = {line: [(ply, unit) for _, unit in some] for line, some in at_layer.items()}
    cases, others = last_move_pairs(n, (ply,), seed, first)
    at, mover_is_first = network.layout, ply % 2 == 0
    colours = at.readings[at.first].float() * (1 if mover_is_first else -1)
    last = CrowdedPosition(network, cases)
    found = trace_along(last, others, ply + 1, colours.to(last.ply.device), tied)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(last.size))
    order = order.to(last.ply.device)
    layer, own, other = range(ply, ply + 1), found.own, found.other
    paths = {
        "put in: the lines' neurons": (held(own, "neurons", found.tied), "other"),
        "put in: as many others": (held(own, "neurons", found.tied[:, :, order]), "other"),
        "put in: all neurons of the layer": (held(own, "neurons", layer), "other"),
        "held back: the lines' neurons": (held(other, "neurons", found.tied), "own"),
        "held back: all neurons of the layer": (held(other, "neurons", layer), "own"),
        "held back: all that heads write": (held(other, "heads"), "own"),
    }
    shares = {name: found.with_parts(*path) for name, path in paths.items()}
    read, answer = ({name: both[k] for name, both in shares.items()} for k in (0, 1))
    return KnownPaths(written_by(found), read, answer)


@dataclass(frozen=True)
class KnownGraph:
    """A graph's checks, as shares of the whole, and how many neurons ``differ`` in the two runs.

    ``rescue``: with the graph's parts; ``left``: without them; ``others``: with as many strangers;
    ``token``: with no part at all, just the last move's token.
    """

    rescue: float
    left: float
    others: float
    token: float
    differ: int


def graphs_by_hand(
    network: Crowded,
    ply: int,
    n: int,
    seed: int = 0,
    first: int = 0,
    n_heads: int = 24,
    n_neurons: int = 128,
) -> list[KnownGraph]:
    """Return the checks of ``n`` graphs, made as those of a learned network are.

    All legal moves are equally likely to this network, so that there is no median of its
    confidence: the first ``n`` pairs are taken.
    """
    cases, others = last_move_pairs(n, (ply,), seed, first)
    graphs = []
    for row, other in enumerate(others):
        found = contrast_at(CrowdedPosition(network, cases[[row]]), int(other))
        parts = largest(effects(found, gradients(found)), n_heads, n_neurons)
        apart = (found.own.neurons - found.other.neurons).abs() > 1e-3
        graphs.append(
            KnownGraph(
                rescue=rescued(found, parts),
                left=removed(found, parts),
                others=rescued(found, strangers(found, parts, seed)),
                token=rescued(found, []),
                differ=int(apart.sum()),
            )
        )
    return graphs

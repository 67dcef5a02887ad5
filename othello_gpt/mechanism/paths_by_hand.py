"""Tracing and graphs in the network written by hand, where it is known which units do the work."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool

from ..construction import Crowded
from ..game import Games
from ..intervals import Interval
from .by_hand import tied_by_hand
from .crowded_position import CrowdedPosition
from .graph import contrast_at, effects, gradients, largest, removed, rescued
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
    others_than = _as_many_others(found.tied, ply, network.blocks[ply].mlp["in"].out_features, seed)
    layer, own, other = range(ply, ply + 1), found.own, found.other
    paths = {
        "put in: the lines' neurons": (held(own, "neurons", found.tied), "other"),
        "put in: as many others": (held(own, "neurons", others_than), "other"),
        "put in: all neurons of the layer": (held(own, "neurons", layer), "other"),
        "held back: the lines' neurons": (held(other, "neurons", found.tied), "own"),
        "held back: all neurons of the layer": (held(other, "neurons", layer), "own"),
        "held back: all that heads write": (held(other, "heads"), "own"),
    }
    shares = {name: found.with_parts(*path) for name, path in paths.items()}
    read, answer = ({name: both[k] for name, both in shares.items()} for k in (0, 1))
    return KnownPaths(written_by(found), read, answer)


def _as_many_others(
    tied: Bool[torch.Tensor, "cases layers neurons"], layer: int, width: int, seed: int
) -> Bool[torch.Tensor, "cases layers neurons"]:
    """Return as many other units of a layer as are tied in each case."""
    rng, found = np.random.default_rng(seed), torch.zeros_like(tied)
    for row, own in enumerate(tied[:, layer, :width].cpu().numpy()):
        free = rng.permutation(np.flatnonzero(~own))[: own.sum()]
        found[row, layer, torch.from_numpy(free).to(found.device)] = True
    return found


@dataclass(frozen=True)
class KnownGraph:
    """A graph's checks, as shares of the whole, and how many neurons ``differ`` in the two runs.

    ``rescue``: with the graph's parts; ``by_size``: with as many that differ most, without any
    gradient; ``rest``: with all neurons and heads that differ and aren't in the graph; ``left``:
    with all but the graph; ``token``: with no part at all, just the last move's token.
    """

    rescue: float
    by_size: float
    rest: float
    left: float
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
        size = {
            "heads": (found.own.heads - found.other.heads)[0].norm(dim=-1),
            "neurons": (found.own.neurons - found.other.neurons)[0].abs(),
        }
        apart = {part: values > 1e-3 for part, values in size.items()}
        n_apart = {part: int(values.sum()) for part, values in apart.items()}
        taken = {(node.kind, node.layer, node.index) for node in parts}
        differing = largest(size, n_apart["heads"], n_apart["neurons"])
        rest = [node for node in differing if (node.kind, node.layer, node.index) not in taken]
        graphs.append(
            KnownGraph(
                rescue=rescued(found, parts),
                by_size=rescued(found, largest(size, n_heads, n_neurons)),
                rest=rescued(found, rest),
                left=removed(found, parts),
                token=rescued(found, []),
                differ=n_apart["neurons"],
            )
        )
    return graphs

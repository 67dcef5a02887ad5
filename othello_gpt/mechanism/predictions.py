"""Predictions chosen by a rule, their graphs, and what is known of the neurons in them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import neurons
from ..game import Games
from ..interventions import Cases
from ..model import GPT
from ..neurons import Rule
from ..neurons.types import Asked, LayerOutputs
from .edges import Graph, Probe, attribution_graph
from .flips import known_rules, line_rules, turned_lines
from .last_position import LastPosition, Written, usually
from .tracing import last_move_pairs, of_median_confidence

GAMES, PLY, FIRST = 100, 12, 900_000
"""How many games are candidates, the last move of each (from zero), the first game's number."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Graphs of predictions by name, ``"game 1"`` first, and the ``candidates`` they are from."""

    model: GPT
    graphs: dict[str, Graph]
    candidates: Cases

    def usually(self) -> Written:
        """Return the mean, over the candidates, of what each part writes, one row."""
        return usually(LastPosition(self.model, self.candidates).run())


def median_predictions(
    model: GPT, probe: Probe, n: int, seed: int, n_heads: int = 24, n_neurons: int = 128
) -> Predictions:
    """Return the graphs of ``n`` predictions, those whose confidence is nearest to the median.

    The candidates are pairs of last moves, of which one board has moves that the other hasn't.
    Nobody's taste takes part: the first is the nearest of all. ``probe`` reads the board; ``seed``
    is that of the games; the graphs are of ``n_heads`` heads and ``n_neurons`` neurons. Raises
    ``ValueError`` where fewer pairs are found than asked for.
    """
    candidates, swaps = last_move_pairs(GAMES, (PLY,), seed, FIRST)
    if n > len(candidates):
        raise ValueError(f"{n} predictions of {len(candidates)} candidates")
    order, _ = of_median_confidence(model, candidates, n)
    graphs = {}
    for k, row in enumerate(order):
        case, other = candidates[[row]], int(swaps[row])
        graphs[f"game {k + 1}"] = attribution_graph(model, case, other, probe, n_heads, n_neurons)
    return Predictions(model, graphs, candidates)


def rules_of(
    graphs: Mapping[str, Graph],
    train: Games,
    outputs: LayerOutputs,
    asked: Asked,
    early: range = range(5),
) -> dict[tuple[int, int], str]:
    """Return what is known of the neurons in some graphs, in words, by (layer, neuron).

    In the ``early`` layers rules are about the lines that the last move turned, in the others about
    the next move. ``outputs`` and ``asked`` are what ``neurons.sample_outputs`` says of ``train``.
    """
    turned = turned_lines(train.replay)
    hold = neurons.line_holds(asked)
    known: list[Rule] = []
    for layer in range(len(outputs)):
        nodes = (node for graph in graphs.values() for node in graph.parts)
        some = np.array(
            sorted({n.index for n in nodes if n.kind == "neuron" and n.layer == layer}), int
        )
        if not len(some):
            continue
        drawn = outputs[layer][:, some]
        if layer in early:
            found = line_rules(drawn[None], turned)
        else:
            found = neurons.find_rules(drawn, hold, layer, terms=2)
        known += [Rule(layer, int(some[r.neuron]), r.lines, r.threshold, r.f1) for r in found]
    return known_rules(known)

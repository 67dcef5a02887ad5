"""Lines of turned discs, and the neurons that are active when a move turns one.

A move turns the discs of up to eight lines. The lines are those of ``neurons.lines_through``, seen
before the move: its square empty, a run of the other side's discs, then one of the mover's.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Integer

from .. import game, neurons
from ..game import Replay
from ..neurons import Line, Rule
from ..neurons.types import LayerOutputs
from ..types import Bitboards

Tied = Mapping[Line, Sequence[tuple[int, int]]]
"""By line (a square and a side, whatever the run): the neurons, as (layer, neuron)."""
Lines = Bool[np.ndarray, "rows lines"]
"""Which of ``neurons.lines_through`` a move turns, one row a move."""


def lines_turned(mine: Bitboards, theirs: Bitboards, squares: Integer[np.ndarray, "..."]) -> Lines:
    """Return the lines that moves turn, in positions seen by the mover before the move.

    The columns of lines without a side ("B3 is legal") are always false: every move is one of them.
    """
    own, other = game.on_squares(mine), game.on_squares(theirs)
    asked = np.concatenate([own, other, ~(own | other)], -1).reshape(-1, 108)
    of = np.array([line.square for line in neurons.lines_through()])
    sided = np.array([bool(line.towards) for line in neurons.lines_through()])
    return neurons.line_holds(asked) & (np.ravel(squares)[:, None] == of) & sided


def turned_lines(replay: Replay) -> Lines:
    """Return the lines that each move but the last turns; rows are games times plies."""
    return lines_turned(replay.mine[:, :-1], replay.theirs[:, :-1], replay.moves[:, :-1])


def line_rules(
    outputs: LayerOutputs, turned: Lines, least: float = 0.5, layers: range | None = None
) -> list[Rule]:
    """Return the neurons that tell whether one line was turned: rules of one line, F1 of ``least``.

    F1 is that on these very rows.
    """
    layers = range(len(outputs)) if layers is None else layers
    found = [neurons.find_rules(outputs[layer], turned, layer, terms=1) for layer in layers]
    return [rule for rules in found for rule in rules if rule.f1 >= least]


def line_of(rule: Rule) -> Line:
    """Return a rule's square and side, without the length of its run."""
    return Line(rule.lines[0].square, rule.lines[0].towards)


def tied_neurons(rules: Sequence[Rule], least: int = 1) -> dict[Line, list[tuple[int, int]]]:
    """Return the neurons of each line that has at least so many."""
    found = defaultdict(list)
    for rule in rules:
        found[line_of(rule)].append((rule.layer, rule.neuron))
    return {line: some for line, some in found.items() if len(some) >= least}


def masks(
    some: Sequence[Sequence[tuple[int, int]]], shape: tuple[int, int]
) -> Bool[np.ndarray, "cases layers neurons"]:
    """Return which neurons are meant in each case, given as (layer, neuron); ``shape`` of all."""
    found = np.zeros((len(some), *shape), bool)
    for row, chosen in zip(found, some, strict=True):
        for layer, neuron in chosen:
            row[layer, neuron] = True
    return found


def tied_in(turned: Lines, tied: Tied, shape: tuple[int, int]) -> Bool[np.ndarray, "rows layers n"]:
    """Return the neurons that are tied to any of the lines which each row's move turns."""
    found = np.zeros((len(turned), *shape), bool)
    for line, some in tied.items():
        rows = turned[:, neurons.column(line)]
        for layer, neuron in some:
            found[rows, layer, neuron] = True
    return found


def known_rules(rules: Sequence[Rule]) -> dict[tuple[int, int], str]:
    """Return what is known of neurons, in words, by (layer, neuron): the best rule of each.

    A rule about a line that was turned speaks of the move that has just been made.
    """
    found: dict[tuple[int, int], str] = {}
    for rule in sorted(rules, key=lambda rule: rule.f1):
        found[rule.layer, rule.neuron] = f"{rule} (F1 {rule.f1:.2f})"
    return found

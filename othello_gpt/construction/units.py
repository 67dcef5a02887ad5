"""Units: the hidden neurons that play, turn, count and cut."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .layout import Layout, Line, lines_through


@dataclass(frozen=True)
class Unit:
    """One unit of an MLP: ``relu(reads . x + bias)``, added to the coordinates in ``writes``.

    ``reads`` and ``writes`` go from coordinate to weight; ``line`` is what the unit looks for, if
    it looks for one.
    """

    kind: str
    reads: Mapping[int, float]
    bias: float
    writes: Mapping[int, float]
    line: Line | None = None


def play_units(layout: Layout, ply: int) -> list[Unit]:
    """Return the units that play the fetched move, by the first player if ``ply`` is even.

    ``place`` puts the disc and forgets the fetched move, ``spend`` erases the move at its own
    position, ``flip`` turns one run over.
    """
    own, other = (layout.first.start, layout.second.start)[:: 1 if ply % 2 == 0 else -1]
    now = layout.position.start + ply
    units = []
    for token, square in enumerate(layout.playable.tolist()):
        fetched, move = layout.fetched.start + token, layout.move.start + token
        units.append(Unit("place", {fetched: 1}, 0, {own + square: 1, fetched: -1}))
        units.append(Unit("spend", {move: 1, now: 1}, -1, {move: -1}))
    for line in _playable(layout):
        fetched = layout.fetched.start + int(layout.token[line.square])
        reads = {fetched: 1, own + line.end: 1} | {other + s: 1 for s in line.run}
        writes = {own + s: 1 for s in line.run} | {other + s: -1 for s in line.run}
        units.append(Unit("flip", reads, 1 - len(reads), writes, line))
    return units


def turn_units(layout: Layout) -> list[Unit]:
    """Return the units that swap first and second where the second player is about to move."""
    second_moves = dict.fromkeys(range(layout.position.start, layout.position.stop, 2), 1)
    return [
        Unit("turn", {here + square: 1} | second_moves, -1, {here + square: -1, there + square: 1})
        for here, there in [
            (layout.first.start, layout.second.start),
            (layout.second.start, layout.first.start),
        ]
        for square in range(layout.size**2)
    ]


def count_units(layout: Layout) -> list[Unit]:
    """Return the units that find the runs of theirs between an empty square and a disc of mine."""
    mine, theirs = layout.first.start, layout.second.start
    units = []
    for line in _playable(layout):
        reads = {mine + line.square: -1, theirs + line.square: -1, mine + line.end: 1}
        reads |= {theirs + s: 1 for s in line.run}
        move = layout.move.start + int(layout.token[line.square])
        units.append(Unit("count", reads, -len(line.run), {move: 1}, line))
    return units


def cut_units(layout: Layout) -> list[Unit]:
    """Return the units that take from each count what it has above 1."""
    return [Unit("cut", {m: 1}, -1, {m: -1}) for m in range(layout.move.start, layout.move.stop)]


@cache
def _playable(layout: Layout) -> list[Line]:
    return [line for line in lines_through(layout.size) if layout.token[line.square] >= 0]


def layers(size: int = 6) -> list[list[Unit]]:
    """Return the MLP units of every layer of the network.

    Raises ``ValueError`` on a size that ``game`` doesn't know.
    """
    at = Layout(size)
    last = [turn_units(at), count_units(at), cut_units(at)]
    return [play_units(at, ply) for ply in range(at.context)] + last

"""Lines: rows of discs that make a move legal."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from .. import game
from .features import SQUARES
from .types import Asked, Hold

_STEPS = {
    "north": (-1, 0),
    "northeast": (-1, 1),
    "east": (0, 1),
    "southeast": (1, 1),
    "south": (1, 0),
    "southwest": (1, -1),
    "west": (0, -1),
    "northwest": (-1, -1),
}


@dataclass(frozen=True, order=True)
class Line:
    """One way to be legal: ``square`` empty, ``run`` of theirs ``towards`` a side, then mine.

    Without ``run``: whatever the length. Without ``towards`` too: in any direction.

    >>> str(Line(2, "south", 1)), str(Line(2, "south")), str(Line(2))
    ('C1 empty, C2 theirs, C3 mine', 'C1 turns discs to its south', 'C1 is legal')
    """

    square: int
    towards: str = ""
    run: int = 0

    def __str__(self) -> str:
        name = SQUARES[self.square]
        if not self.towards:
            return f"{name} is legal"
        if not self.run:
            return f"{name} turns discs to its {self.towards}"
        line = [SQUARES[s] for s in line_squares(self)]
        return f"{name} empty, {', '.join(f'{s} theirs' for s in line[:-1])}, {line[-1]} mine"

    def image(self, symmetry: int) -> "Line":
        """Return its image under one of the board's eight symmetries, 0 to 7; 0 changes nothing."""
        towards = ""
        if self.towards:
            step = _turned(*_STEPS[self.towards], symmetry)
            towards = next(name for name, other in _STEPS.items() if other == step)
        row, column = (2 * x - 5 for x in divmod(self.square, 6))
        row, column = ((x + 5) // 2 for x in _turned(row, column, symmetry))
        return Line(row * 6 + column, towards, self.run)


def _turned(row: int, column: int, symmetry: int) -> tuple[int, int]:
    if symmetry & 1:
        row, column = column, row
    return (-row if symmetry & 2 else row), (-column if symmetry & 4 else column)


def line_squares(line: Line) -> list[int]:
    """Return the squares of a run and the one that closes it; empty if that is off the board.

    >>> line_squares(Line(2, "south", 1)), line_squares(Line(2, "north", 1))
    ([8, 14], [])
    """
    (row, column), (down, right) = divmod(line.square, 6), _STEPS[line.towards]
    places = [(row + k * down, column + k * right) for k in range(1, line.run + 2)]
    inside = all(0 <= r < 6 and 0 <= c < 6 for r, c in places)
    return [6 * r + c for r, c in places] if inside else []


def ends_in_corner(line: Line) -> bool:
    """Return whether a line can only be closed by a corner, whose disc is never turned.

    >>> ends_in_corner(Line(3, "east")), ends_in_corner(Line(2, "east")), ends_in_corner(Line(3))
    (True, False, False)
    """
    if not line.towards:
        return False
    runs = [line.run] if line.run else range(1, 5)
    closed = [line_squares(Line(line.square, line.towards, run)) for run in runs]
    ends = {squares[-1] for squares in closed if squares}
    return bool(ends) and ends <= {0, 5, 30, 35}


@cache
def lines_through() -> tuple[Line, ...]:
    """Return all ways to be legal of the 32 squares that can be played, runs first."""
    squares = game.playable().tolist()
    runs = [Line(s, d, n) for s in squares for d in _STEPS for n in range(1, 5)]
    runs = [p for p in runs if line_squares(p)]
    directions = sorted({Line(p.square, p.towards) for p in runs})
    return (*runs, *directions, *(Line(s) for s in squares))


@cache
def _columns() -> dict[Line, int]:
    return {line: i for i, line in enumerate(lines_through())}


def column(line: Line) -> int:
    """Return where a line stands in ``lines_through``, which is its column in ``line_holds``."""
    return _columns()[line]


def line_holds(x: Asked) -> Hold:
    """Return which of ``lines_through`` hold in positions given by their features."""
    mine, theirs, empty = x[:, :36], x[:, 36:72], x[:, 72:108]
    found = {}
    for p in lines_through():
        if p.run:
            *run, end = line_squares(p)
            found[p] = empty[:, p.square] & mine[:, end] & theirs[:, run].all(1)
        else:
            wider = [q for q in found if q.run and q.square == p.square]
            wider = [q for q in wider if p.towards in ("", q.towards)]
            found[p] = np.any([found[q] for q in wider], 0)
    return np.stack(list(found.values()), 1)

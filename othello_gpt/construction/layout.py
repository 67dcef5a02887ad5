"""Where in the stream what is written."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from jaxtyping import Int

from .. import game

# Far enough apart that a softmax gives exactly 1 and 0: exp(-1000) is 0 even in double precision.
SCORE = 1000.0
# A legal move is e^32 times as probable as an illegal one.
LOGIT = 32.0


@dataclass(frozen=True)
class Line:
    """A move on ``square`` that closes in the discs on ``run`` between itself and ``end``.

    >>> str(Line(7, (14, 21), 28))
    'B2 closes in C3, D4 with E5'
    """

    square: int
    run: tuple[int, ...]
    end: int
    size: int = 6

    def __str__(self) -> str:
        square, *run, end = (
            game.square_name(s, self.size) for s in (self.square, *self.run, self.end)
        )
        return f"{square} closes in {', '.join(run)} with {end}"


@cache
def lines_through(size: int = 6) -> tuple[Line, ...]:
    """Return every (square, direction, length of run) that fits on a board: 360 on 6x6.

    Raises ``ValueError`` on a size that ``game`` doesn't know.
    """
    game.check_size(size)
    found = []
    directions = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    for square in range(size * size):
        for down, right in directions:
            line = []
            row, column = square // size + down, square % size + right
            while 0 <= row < size and 0 <= column < size:
                line.append(row * size + column)
                row, column = row + down, column + right
            found += [Line(square, tuple(line[:k]), line[k], size) for k in range(1, len(line))]
    return tuple(found)


@dataclass(frozen=True)
class Layout:
    """Which coordinates of the residual stream hold what, for a board size.

    ``move`` and ``fetched`` go by token - 1, ``position`` by position, the others by square.
    """

    size: int = 6

    def __post_init__(self):
        game.check_size(self.size)

    @cached_property
    def playable(self) -> Int[np.ndarray, " tokens"]:
        """The squares of tokens 1, 2, ..."""
        return game.playable(self.size)

    @property
    def context(self) -> int:
        """How many moves the network is told at most: all of a game but the last."""
        return len(self.playable) - 1

    @property
    def move(self) -> slice:
        """The move that a position brings; at the end, the legal next moves."""
        return slice(0, len(self.playable))

    @property
    def position(self) -> slice:
        """Which position this is."""
        return after(self.move, self.context)

    @property
    def first(self) -> slice:
        """The discs of the first player; at the end, mine."""
        return after(self.position, self.size**2)

    @property
    def second(self) -> slice:
        """The discs of the second player; at the end, theirs."""
        return after(self.first, self.size**2)

    @property
    def discs(self) -> slice:
        """``first`` and ``second``, one after the other."""
        return slice(self.first.start, self.second.stop)

    @property
    def fetched(self) -> slice:
        """The move that is being played."""
        return after(self.second, len(self.playable))

    @property
    def width(self) -> int:
        """How many coordinates there are."""
        return self.fetched.stop

    @cached_property
    def token(self) -> Int[np.ndarray, " cells"]:
        """Each square's token - 1; -1 for the four in the centre, which are never played."""
        return game.token_of_square(self.size) - 1


def after(previous: slice, length: int) -> slice:
    """Return the slice of a length that begins where another one ends."""
    return slice(previous.stop, previous.stop + length)

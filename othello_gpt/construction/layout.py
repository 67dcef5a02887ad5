"""Where in the stream what is written."""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from .. import game

# Far enough apart that a softmax gives exactly 1 and 0: exp(-1000) is 0 even in double precision.
_SCORE = 1000.0
# A legal move is e^32 times as probable as an illegal one.
_LOGIT = 32.0


@dataclass(frozen=True)
class Run:
    """A move on ``square`` that closes in the discs on ``run`` between itself and ``end``."""

    square: int
    run: tuple[int, ...]
    end: int


@cache
def runs_through(size: int = 6) -> tuple[Run, ...]:
    """Return every (square, direction, length of run) that fits on a board: 360 on 6x6."""
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
            found += [Run(square, tuple(line[:k]), line[k]) for k in range(1, len(line))]
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
    def playable(self) -> np.ndarray:
        """The squares of tokens 1, 2, ..."""
        return game.square_of_token(self.size)[1:]

    @property
    def context(self) -> int:
        return len(self.playable) - 1

    @property
    def move(self) -> slice:
        return slice(0, len(self.playable))

    @property
    def position(self) -> slice:
        return _after(self.move, self.context)

    @property
    def first(self) -> slice:
        return _after(self.position, self.size**2)

    @property
    def second(self) -> slice:
        return _after(self.first, self.size**2)

    @property
    def discs(self) -> slice:
        """``first`` and ``second``, one after the other."""
        return slice(self.first.start, self.second.stop)

    @property
    def fetched(self) -> slice:
        return _after(self.second, len(self.playable))

    @property
    def width(self) -> int:
        return self.fetched.stop

    @cached_property
    def token(self) -> np.ndarray:
        """Each square's token - 1; -1 for the four in the centre, which are never played."""
        return game.token_of_square(self.size) - 1


def _after(previous: slice, length: int) -> slice:
    return slice(previous.stop, previous.stop + length)

"""Tokens: squares as a network of this book is told them."""

import numpy as np
from jaxtyping import Int64
from numpy.typing import ArrayLike

from .bitboards import NO_MOVE
from .replaying import as_moves
from .rules import centre, playable, square_name

PAD = 0
PLIES = 32
CONTEXT = PLIES - 1  # what a network sees of a game: all moves but the last


class GamesError(ValueError):
    """Games that can't be had as asked for; the message says what is wrong, where and the cure."""


def token_of_square(size: int = 6) -> Int64[np.ndarray, " squares"]:
    """Return int64 [size * size]: the token of each square; the four central ones get ``PAD``."""
    table = np.full(size * size, PAD, np.int64)
    squares = playable(size)
    table[squares] = np.arange(1, len(squares) + 1)
    return table


def square_of_token(size: int = 6) -> Int64[np.ndarray, " vocabulary"]:
    """Return int64 [vocabulary]: the square of each token; ``PAD`` gets ``NO_MOVE``."""
    return np.concatenate([[NO_MOVE], playable(size)])


def tokens_of(moves: ArrayLike, size: int = 6) -> Int64[np.ndarray, "..."]:
    """Return the tokens of moves, squares of any shape.

    Raises ``ValueError`` on padding (as an index, -1 would silently become the last square), on
    squares off the board and on the central ones, which nobody can play.

    >>> tokens_of([0, 13, 16, 35]).tolist()
    [1, 14, 15, 32]
    """
    moves = as_moves(moves)
    wrong = moves[(moves < 0) | (moves >= size * size)]
    if wrong.size:
        raise ValueError(
            f"{wrong[0]} among the moves is no square of a {size}x{size} board: slice padded games "
            "to a length that all have, moves[:, :length], or leave the short ones out"
        )
    tokens = token_of_square(size)[moves]
    if not tokens.all():
        square = moves[tokens == PAD][0]
        raise ValueError(
            f"{square_name(square, size)} (square {square}) among the moves is occupied from the "
            f"start: no game is played on {', '.join(square_name(s, size) for s in centre(size))}"
        )
    return tokens

"""Tokens: squares as a network of this book is told them."""

import numpy as np

from .bitboards import NO_MOVE
from .rules import centre, replay

PAD = 0
PLIES = 32
CONTEXT = PLIES - 1  # what a network sees of a game: all moves but the last


class GamesError(ValueError):
    """Games that can't be had as asked for; the message says what is wrong, where and the cure."""


def token_of_square(size: int = 6) -> np.ndarray:
    """Return int64 [size * size]: the token of each square; the four central ones get ``PAD``."""
    table = np.zeros(size * size, np.int64)
    playable = np.setdiff1d(np.arange(size * size), centre(size))
    table[playable] = np.arange(1, len(playable) + 1)
    return table


def square_of_token(size: int = 6) -> np.ndarray:
    """Return int64 [vocabulary]: the square of each token; ``PAD`` gets ``rules.NO_MOVE``."""
    playable = np.setdiff1d(np.arange(size * size), centre(size))
    return np.concatenate([[NO_MOVE], playable])


def tokens_of(moves, size: int = 6) -> np.ndarray:
    """Return the tokens of moves, squares of any shape.

    Raises ``ValueError`` on padding (-1) and on squares off the board: as an index, -1 would
    silently become the last square.
    """
    moves = np.asarray(moves)
    wrong = moves[(moves < 0) | (moves >= size * size)]
    if wrong.size:
        raise ValueError(
            f"{wrong[0]} among the moves is no square of a {size}x{size} board: slice padded games "
            "to a length that all have, moves[:, :length], or leave the short ones out"
        )
    return token_of_square(size)[moves]


def legal_tokens(moves, size: int = 6, standard: bool = False) -> np.ndarray:
    """Return which tokens are legal before each move of games, bool [games, plies, vocabulary]."""
    legal = replay(moves, size, standard).legalities()
    flat = legal.reshape(*legal.shape[:2], size * size)
    none = np.zeros((*flat.shape[:2], 1), bool)
    return np.concatenate([none, flat[..., square_of_token(size)[1:]]], -1)

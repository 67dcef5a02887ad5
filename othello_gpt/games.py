"""Uniformly random games that never need a pass: sampling, tokens, the data set, the entropy floor.

A game is drawn by playing uniformly random legal moves; as soon as a side has no legal move before
the board is full, the game is thrown away and started anew. What is left is uniform random play
*conditioned on never needing a pass*, as in the ``awonga/othello-gpt`` data set.

Chapter: ``book/games.py``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from . import rules
from .rules import _0, _1, _U64, _flips, _legal, _popcount, _trailing_zeros

PAD = 0


# --- sampling -----------------------------------------------------------------------------------


@njit("uint64(uint64)", cache=True)
def _mix(x):
    # The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
    x = (x ^ (x >> _U64(30))) * _U64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> _U64(27))) * _U64(0x94D049BB133111EB)
    return x ^ (x >> _U64(31))


@njit(cache=True, nogil=True)
def _sample(seed, first_index, size, first, second, moves, legal, mine, theirs):
    """Fill the arrays [games, plies] and return the number of games that were started."""
    games, plies = moves.shape
    keep_boards = legal.shape[0] == games
    started = 0
    for g in range(games):
        # One stream of random numbers per (seed, index): the batch size can't matter.
        state = _mix(_mix(_U64(seed)) ^ _U64(first_index + g))
        ply = 0
        while ply < plies:
            if ply == 0:
                own, opp = first, second
                started += 1
            can = _legal(own, opp, size)
            choices = _popcount(can)
            if choices == _0:
                ply = 0
                continue
            state += _U64(0x9E3779B97F4A7C15)
            skip = ((_mix(state) >> _U64(32)) * choices) >> _U64(32)
            rest = can
            for _ in range(skip):
                rest &= rest - _1
            square = _trailing_zeros(rest)
            moves[g, ply] = square
            if keep_boards:
                legal[g, ply], mine[g, ply], theirs[g, ply] = can, own, opp
            turned = _flips(own, opp, square, size)
            own, opp = opp & ~turned, own | turned | (_1 << square)
            ply += 1
    return started


def sample_moves(games: int, seed: int = 0, first: int = 0, size: int = 6, standard: bool = False):
    """Return the squares played in games ``first .. first + games - 1`` of a seed: uint8 [games, plies].

    The same seed and index give the same game on every machine, in batches of any size.
    """
    moves = np.empty((games, size * size - 4), np.uint8)
    none = np.empty((0, 0), _U64)
    a, b = (_U64(x) for x in rules.start(size, standard))
    _sample(seed, first, size, a, b, moves, none, none, none)
    return moves


# --- tokens -------------------------------------------------------------------------------------


def token_of_square(size: int = 6) -> np.ndarray:
    """Return int64 [size * size]: the token of each square; the four central squares get ``PAD``."""
    table = np.zeros(size * size, np.int64)
    playable = np.setdiff1d(np.arange(size * size), rules.centre(size))
    table[playable] = np.arange(1, len(playable) + 1)
    return table


def square_of_token(size: int = 6) -> np.ndarray:
    """Return int64 [vocabulary]: the square of each token; ``PAD`` gets ``rules.NO_MOVE``."""
    playable = np.setdiff1d(np.arange(size * size), rules.centre(size))
    return np.concatenate([[rules.NO_MOVE], playable])


def legal_tokens(moves, size: int = 6, standard: bool = False) -> np.ndarray:
    """Return which tokens are legal before each move of games, bool [games, plies, vocabulary]."""
    legal = rules.replay(moves, size, standard).legalities()
    flat = legal.reshape(*legal.shape[:2], size * size)
    none = np.zeros((*flat.shape[:2], 1), bool)
    return np.concatenate([none, flat[..., square_of_token(size)[1:]]], -1)


# --- the entropy floor ---------------------------------------------------------------------------


def log_choices(moves, size: int = 6, standard: bool = False) -> np.ndarray:
    """Return the log of the number of legal moves before each move, [games, plies], in nats."""
    return np.log(rules.count(rules.replay(moves, size, standard).legal))


def survival(games: int = 200_000, seed: int = 0, size: int = 6) -> tuple[float, float]:
    """Return the share of uniformly random games that never need a pass, and its standard error."""
    moves = np.empty((games, size * size - 4), np.uint8)
    none = np.empty((0, 0), _U64)
    a, b = (_U64(x) for x in rules.start(size))
    share = games / _sample(seed, 0, size, a, b, moves, none, none, none)
    # `games` successes in a negative binomial: relative variance (1 - share) / games.
    return share, share * ((1 - share) / games) ** 0.5

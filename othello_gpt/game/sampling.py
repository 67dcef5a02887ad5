"""Uniformly random games that never need a pass, the same for a seed on every machine."""

import numpy as np

from .bitboards import _U64, FIRST, SECOND, _0, _1, _flips, _legal
from .jit import njit, popcount, trailing_zeros
from .rules import Replay, replay, start
from .tokens import GamesError


@njit("uint64(uint64)")
def _mix(x):
    # The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
    x = (x ^ (x >> _U64(30))) * _U64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> _U64(27))) * _U64(0x94D049BB133111EB)
    return x ^ (x >> _U64(31))


@njit(nogil=True)
def _stream(seed, index):
    # One stream of random numbers per (seed, index): neither batch size nor process can matter.
    return _mix(_mix(_U64(seed)) ^ _U64(index))


@njit(nogil=True)
def _draw(own, opp, can, choices, size, state):
    """Play one of the legal squares ``can``: return it, the position after it and the new state."""
    state += _U64(0x9E3779B97F4A7C15)
    skip = ((_mix(state) >> _U64(32)) * choices) >> _U64(32)
    for _ in range(skip):
        can &= can - _1
    square = trailing_zeros(can)
    turned = _flips(own, opp, square, size)
    return square, opp & ~turned, own | turned | (_1 << square), state


@njit(nogil=True)
def _sample(seed, first_index, size, first, second, moves, words):
    """Fill moves [games, plies] and, unless they are empty, words [5, games, plies].

    The words are legal, mine and theirs before the move and the first and the second player's discs
    after it. Returns the number of games that were started.
    """
    games, plies = moves.shape
    keep_words = words.shape[1] == games
    started = 0
    for g in range(games):
        state = _stream(seed, first_index + g)
        ply = 0
        while ply < plies:
            if ply == 0:
                own, opp = first, second
                started += 1
            can = _legal(own, opp, size)
            choices = popcount(can)
            if choices == _0:
                ply = 0
                continue
            if keep_words:
                words[0, g, ply], words[1, g, ply], words[2, g, ply] = can, own, opp
            square, own, opp, state = _draw(own, opp, can, choices, size, state)
            moves[g, ply] = square
            if keep_words:
                words[3 + ply % 2, g, ply], words[4 - ply % 2, g, ply] = opp, own
            ply += 1
    return started


def _sampled(games: int, seed: int, first: int, size: int, standard: bool, keep_words: bool):
    plies = size * size - 4
    moves = np.empty((games, plies), np.uint8)
    words = np.empty((5, games, plies) if keep_words else (5, 0, 0), _U64)
    a, b = (_U64(x) for x in start(size, standard))
    started = _sample(seed, first, size, a, b, moves, words)
    return moves, words, started


def sample_moves(
    games: int, seed: int = 0, first: int = 0, size: int = 6, standard: bool = False
) -> np.ndarray:
    """Return the squares played in games ``first .. first + games - 1``: uint8 [games, plies].

    The same seed and index give the same game on every machine, in batches of any size.
    """
    return _sampled(games, seed, first, size, standard, keep_words=False)[0]


def sample_replay(
    games: int, seed: int = 0, first: int = 0, size: int = 6, standard: bool = False
) -> Replay:
    """Return the games of ``sample_moves`` with all positions and legal squares, as bitboards."""
    moves, words, _ = _sampled(games, seed, first, size, standard, keep_words=True)
    legal, mine, theirs, after_first, after_second = words
    turns = np.where(np.arange(moves.shape[1]) % 2, SECOND, FIRST).astype(np.int8)
    player = np.broadcast_to(turns, moves.shape)
    return Replay(moves, mine, theirs, legal, player, after_first, after_second, size)


@njit(nogil=True)
def _play_on(own, opp, plies, size, state):
    """Play random moves: return how many go before a pass (``plies`` if none) and the state."""
    for ply in range(plies):
        can = _legal(own, opp, size)
        choices = popcount(can)
        if choices == _0:
            return ply, state
        _, own, opp, state = _draw(own, opp, can, choices, size, state)
    return plies, state


@njit(nogil=True)
def _continuations(seed, first_index, moves, begin, size, first, second, out):
    """Fill out [games, plies from begin, count] with next moves of games of the same beginnings."""
    games, plies, count = out.shape
    for g in range(games):
        state = _stream(seed, first_index + g)
        own, opp = first, second
        for p in range(begin + plies):
            can = _legal(own, opp, size)
            choices = popcount(can)
            for k in range(count if p >= begin else 0):
                while True:
                    square, mine, theirs, state = _draw(own, opp, can, choices, size, state)
                    left = moves.shape[1] - p - 1
                    played, state = _play_on(mine, theirs, left, size, state)
                    if played == left:
                        out[g, p - begin, k] = square
                        break
            turned = _flips(own, opp, moves[g, p], size)
            own, opp = opp & ~turned, own | turned | (_1 << _U64(moves[g, p]))


def sample_continuations(
    moves,
    count: int,
    seed: int = 0,
    first: int = 0,
    size: int = 6,
    begin: int = 0,
    end: int | None = None,
) -> np.ndarray:
    """Return moves that other games make after the same beginnings: uint8 [games, plies, count].

    ``out[g, p]`` are the moves at ply ``begin + p`` (all plies unless told) of ``count`` more games
    that begin with the same moves as ``moves[g]``, each drawn like any other: played on at random,
    thrown away if it ever needs a pass. ``moves`` are whole games, ``first`` is the index of the
    first, so that the same seed and index give the same moves in batches of any size.

    Raises ``GamesError`` for games that are not whole or have a pass: no such games begin alike.
    """
    moves = _whole_games(moves, count, size)
    plies = (moves.shape[1] if end is None else end) - begin
    out = np.empty((len(moves), plies, count), np.uint8)
    own, opp = (_U64(x) for x in start(size))
    # Not the numbers that the games themselves were drawn with.
    other = int(_mix(_U64(seed) ^ _U64(0xD1B54A32D192ED03))) + begin
    _continuations(_U64(other % 2**64), first, moves, begin, size, own, opp, out)
    return out


@njit(nogil=True)
def _siblings(seed, first_index, moves, opening, size, first, second, out):
    """Fill out [games, siblings, plies] from ply ``opening`` on with other ways to go on."""
    games, siblings, plies = out.shape
    for g in range(games):
        state = _stream(seed, first_index + g)
        start_own, start_opp = first, second
        for p in range(opening):
            turned = _flips(start_own, start_opp, moves[g, p], size)
            start_own, start_opp = (
                start_opp & ~turned,
                start_own | turned | (_1 << _U64(moves[g, p])),
            )
        for k in range(siblings):
            ply, own, opp = opening, start_own, start_opp
            while ply < plies:
                can = _legal(own, opp, size)
                choices = popcount(can)
                if choices == _0:
                    ply, own, opp = opening, start_own, start_opp
                    continue
                out[g, k, ply], own, opp, state = _draw(own, opp, can, choices, size, state)
                ply += 1


def sample_siblings(
    moves, count: int, opening: int, seed: int = 0, first: int = 0, size: int = 6
) -> np.ndarray:
    """Return whole games that share an opening with given ones: uint8 [games, count, plies].

    ``out[g]`` are ``count`` games whose first ``opening`` moves are those of ``moves[g]``, each
    drawn like any other game that begins so; the rest as in ``sample_continuations``.
    """
    moves = _whole_games(moves, count, size)
    if not 0 <= opening <= moves.shape[1]:
        raise GamesError(f"games can't share {opening} moves; choose 0 to {moves.shape[1]}")
    out = np.repeat(moves[:, None], count, 1)
    own, opp = (_U64(x) for x in start(size))
    other = _U64(_mix(_U64(seed) ^ _U64(0x8CB92BA72F3D8DD7)))
    _siblings(other, first, moves, opening, size, own, opp, out)
    return out


def _whole_games(moves, count: int, size: int) -> np.ndarray:
    record = replay(moves, size)
    moves, plies = record.moves, size * size - 4
    if count < 0:
        raise GamesError(f"{count} further games were asked for; ask for none or more")
    if moves.shape[1] != plies:
        raise GamesError(f"whole games of {plies} moves are needed, not {moves.shape[1]}")
    if (passed := (record.player[:, 1:] == record.player[:, :-1]).any(1)).any():
        raise GamesError(f"game {passed.argmax()} has a pass: leave such games out")
    return moves

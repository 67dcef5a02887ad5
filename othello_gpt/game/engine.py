"""Whole games, compiled: replayed, drawn, continued, looked ahead."""

import numpy as np

from .bitboards import NO_MOVE, ONE, U64, ZERO, legal_bits, turned_bits
from .jit import njit, popcount, trailing_zeros


@njit(nogil=True)
def replay_into(moves, size, first, second, mine, theirs, legal, player, after_first, after_second):
    """Fill arrays [games, plies] from moves of that shape; a side that must pass is passed over.

    Bitboards before each move: ``mine`` (who moves), ``theirs`` and ``legal``; ``player`` is who
    moves, 1 or -1; ``after_first`` and ``after_second``: both players' discs after it. ``first``
    and ``second`` are the start. Returns game and ply of the first illegal move, or -1 and -1.
    """
    for g in range(moves.shape[0]):
        own, opp, side = first, second, 1
        for p in range(moves.shape[1]):
            square = moves[g, p]
            if square == NO_MOVE and np.all(moves[g, p:] == NO_MOVE):
                break
            can = legal_bits(own, opp, size)
            if can == ZERO:
                own, opp, side = opp, own, -side
                can = legal_bits(own, opp, size)
            mine[g, p], theirs[g, p], legal[g, p], player[g, p] = own, opp, can, side
            turned = turned_bits(own, opp, square, size)
            if turned == ZERO:
                return g, p
            own, opp = opp & ~turned, own | turned | (ONE << U64(square))
            side = -side
            after_first[g, p] = own if side == 1 else opp
            after_second[g, p] = opp if side == 1 else own
    return -1, -1


@njit("uint64(uint64)")
def mix(x):
    """Return 64 bits scrambled: the finaliser of SplitMix64 (Steele, Lea & Flood 2014)."""
    x = (x ^ (x >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U64(27))) * U64(0x94D049BB133111EB)
    return x ^ (x >> U64(31))


@njit(nogil=True)
def stream(seed, index):
    """Return the state, 64 bits, in which the random numbers of a seed and an index begin.

    Each pair has its own stream, so neither batch size nor process can matter.
    """
    return mix(mix(U64(seed)) ^ U64(index))


@njit(nogil=True)
def draw(own, opp, can, choices, size, state):
    """Play one of the legal squares ``can``: return it, the position after it and the new state."""
    state += U64(0x9E3779B97F4A7C15)
    skip = ((mix(state) >> U64(32)) * choices) >> U64(32)
    for _ in range(skip):
        can &= can - ONE
    square = trailing_zeros(can)
    turned = turned_bits(own, opp, square, size)
    return square, opp & ~turned, own | turned | (ONE << square), state


@njit(nogil=True)
def sample_into(seed, first_index, size, first, second, moves, words):
    """Fill moves [games, plies] and, unless they are empty, words [5, games, plies].

    The words are legal, mine and theirs before the move and the first and the second player's discs
    after it. Returns the number of games that were started.
    """
    games, plies = moves.shape
    keep_words = words.shape[1] == games
    started = 0
    for g in range(games):
        state = stream(seed, first_index + g)
        ply = 0
        while ply < plies:
            if ply == 0:
                own, opp = first, second
                started += 1
            can = legal_bits(own, opp, size)
            choices = popcount(can)
            if choices == ZERO:
                ply = 0
                continue
            if keep_words:
                words[0, g, ply], words[1, g, ply], words[2, g, ply] = can, own, opp
            square, own, opp, state = draw(own, opp, can, choices, size, state)
            moves[g, ply] = square
            if keep_words:
                words[3 + ply % 2, g, ply], words[4 - ply % 2, g, ply] = opp, own
            ply += 1
    return started


@njit(nogil=True)
def play_on(own, opp, plies, size, state):
    """Play random moves: return how many go before a pass (``plies`` if none) and the state."""
    for ply in range(plies):
        can = legal_bits(own, opp, size)
        choices = popcount(can)
        if choices == ZERO:
            return ply, state
        _, own, opp, state = draw(own, opp, can, choices, size, state)
    return plies, state


@njit(nogil=True)
def continuations_into(seed, first_index, moves, begin, size, first, second, out):
    """Fill out [games, plies from begin, count] with next moves of games of the same beginnings."""
    games, plies, count = out.shape
    for g in range(games):
        state = stream(seed, first_index + g)
        own, opp = first, second
        for p in range(begin + plies):
            can = legal_bits(own, opp, size)
            choices = popcount(can)
            for k in range(count if p >= begin else 0):
                while True:
                    square, mine, theirs, state = draw(own, opp, can, choices, size, state)
                    left = moves.shape[1] - p - 1
                    played, state = play_on(mine, theirs, left, size, state)
                    if played == left:
                        out[g, p - begin, k] = square
                        break
            turned = turned_bits(own, opp, moves[g, p], size)
            own, opp = opp & ~turned, own | turned | (ONE << U64(moves[g, p]))


@njit(nogil=True)
def siblings_into(seed, first_index, moves, opening, size, first, second, out):
    """Fill out [games, siblings, plies] from ply ``opening`` on with other ways to go on."""
    games, siblings, plies = out.shape
    for g in range(games):
        state = stream(seed, first_index + g)
        start_own, start_opp = first, second
        for p in range(opening):
            turned = turned_bits(start_own, start_opp, moves[g, p], size)
            start_own, start_opp = (
                start_opp & ~turned,
                start_own | turned | (ONE << U64(moves[g, p])),
            )
        for k in range(siblings):
            ply, own, opp = opening, start_own, start_opp
            while ply < plies:
                can = legal_bits(own, opp, size)
                choices = popcount(can)
                if choices == ZERO:
                    ply, own, opp = opening, start_own, start_opp
                    continue
                out[g, k, ply], own, opp, state = draw(own, opp, can, choices, size, state)
                ply += 1


@njit(nogil=True)
def first_pass_into(seed, own, opp, size, out):
    """Fill out [games] with the ply at which each random game first needs a pass.

    Bitboards ``own`` and ``opp`` are the start, own about to move. See ``first_pass``.
    """
    for g in range(out.shape[0]):
        out[g], _ = play_on(own, opp, size * size - 4, size, stream(seed, g))


@njit(nogil=True)
def log_survival_into(seed, mine, theirs, size, out):
    """Turn zeros ``out`` [games, plies or more] into unbiased estimates of the log survival.

    That is the log-probability that random play needs no pass from a position on to the end: here
    those before each move, bitboards ``mine`` and ``theirs`` [games, plies]. Method: ``surprise``.
    """
    games, plies = mine.shape
    for g in range(games):
        # Not the numbers that the game itself was drawn with.
        state = stream(~seed, g)
        for p in range(plies):
            left = plies - p
            failures = 0
            while True:
                played, state = play_on(mine[g, p], theirs[g, p], left, size, state)
                if played == left:
                    break
                failures += 1
                out[g, p] -= 1.0 / failures


_SLOTS = 13  # bits: 8,192 positions fit into a core's cache


@njit("float64(uint64, uint64, int64, int64, uint64[:,:], float64[:])", nogil=True)
def survival_from(own, opp, left, size, known, survivals):
    """Return the chance that random play fills the ``left`` empty squares without a pass.

    Exact, by playing all games; bitboards: ``own`` is about to move, ``opp`` has just moved. A
    position that is reached in another order is looked up: ``known`` [slots, 2] has positions of
    three empty squares or more, ``survivals`` [slots] what was found for them (one a slot, the
    last); zeros to begin with.
    """
    if left == 0:
        return 1.0
    can = legal_bits(own, opp, size)
    if left == 1:  # half of all positions that are met: no need to turn the last move's discs
        return 1.0 if can != ZERO else 0.0
    slot = mix(mix(own) ^ opp) >> U64(64 - _SLOTS)
    if left > 2 and known[slot, 0] == own and known[slot, 1] == opp:
        return survivals[slot]
    total = 0.0
    rest = can
    while rest != ZERO:
        square = trailing_zeros(rest)
        turned = turned_bits(own, opp, square, size)
        then = opp & ~turned, own | turned | (ONE << square)
        total += survival_from(then[0], then[1], left - 1, size, known, survivals)
        rest &= rest - ONE
    survival = total / popcount(can) if can != ZERO else 0.0
    if left > 2:
        known[slot, 0], known[slot, 1], survivals[slot] = own, opp, survival
    return survival


@njit(nogil=True)
def survival_of_moves_into(mine, theirs, empty, size, out):
    """Fill out [n, squares] with the survival after each legal move, as ``survival_from`` has it.

    To the end of the board. Illegal squares are left as they are. ``mine``, ``theirs``: bitboards
    [n]; ``empty`` [n]: how many squares are empty.
    """
    known, survivals = np.zeros((1 << _SLOTS, 2), np.uint64), np.zeros(1 << _SLOTS)
    for i in range(mine.shape[0]):
        rest = legal_bits(mine[i], theirs[i], size)
        while rest != ZERO:
            square = trailing_zeros(rest)
            turned = turned_bits(mine[i], theirs[i], square, size)
            own, opp = theirs[i] & ~turned, mine[i] | turned | (ONE << square)
            out[i, square] = survival_from(own, opp, empty[i] - 1, size, known, survivals)
            rest &= rest - ONE

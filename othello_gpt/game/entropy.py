"""The exact entropy floor: how uncertain the next move is to who knows the distribution."""

import numpy as np

from .bitboards import _U64, _0, _1, _flips, _legal
from .jit import njit, popcount, trailing_zeros
from .rules import CHUNK, count, replay, start
from .sampling import _play_on, _sampled, _stream


def log_choices(moves, size: int = 6, standard: bool = False) -> np.ndarray:
    """Return the log of the number of legal moves before each move, [games, plies], in nats."""
    return np.log(count(replay(moves, size, standard).legal))


def survival(games: int = 200_000, seed: int = 0, size: int = 6) -> tuple[float, float]:
    """Return the share of uniformly random games that never need a pass, and its standard error."""
    share = games / _sampled(games, seed, 0, size, False, keep_words=False)[2]
    # `games` successes in a negative binomial: relative variance (1 - share) / games.
    return share, share * ((1 - share) / games) ** 0.5


def entropy_floor(games: int = 200_000, seed: int = 0, size: int = 6) -> tuple[float, float]:
    """Return the lowest mean loss that a predictor of moves can have, and its standard error.

    In nats per move, over all moves but the first. Random play draws a game g with probability
    ``prod_i 1 / n_i(g)``, where ``n_i`` is the number of legal moves at ply i. The games that are
    kept have the total probability S (``survival``), so ``p(g) = prod_i 1 / n_i(g) / S`` and the
    entropy of a game is ``E[sum_i log n_i] + log S``. Of this the first move has ``log n_0``, as
    the start has a symmetry that takes any first move to any other. The rest is shared by the
    other moves.
    """
    moves, _, started = _sampled(games, seed, 0, size, False, keep_words=False)
    # In parts, as replayed games take 1.5 kB each.
    parts = np.array_split(moves, -(-games // CHUNK))
    per_game = np.concatenate([log_choices(part, size)[:, 1:].sum(1) for part in parts])
    share = games / started
    total = per_game.mean() + np.log(share)
    # How often a game is started anew says nothing about the game that is kept: the variances add.
    variance = per_game.var(ddof=1) / games + (1 - share) / games
    predicted = moves.shape[1] - 1
    return float(total / predicted), float(variance**0.5 / predicted)


def surprise(moves, seed: int = 0, size: int = 6) -> np.ndarray:
    """Return how improbable each move was given those before it, in nats: [games, plies].

    Unbiased estimates of minus the log-probability under the process that made the games. Let ``s``
    be the probability that random play needs no pass from a position on. The next move leads from
    h to h' with probability ``s(h') / (n(h) s(h))``. ``log s`` is estimated by playing on until
    a game needs no pass: if that is the K-th, by ``-(1 + 1/2 + ... + 1/(K - 1))`` (inverse binomial
    sampling; van Opheusden, Acerbi & Ma 2020, https://doi.org/10.1371/journal.pcbi.1008483).
    """
    record = replay(moves, size)
    log_survival = np.zeros((len(record.moves), record.moves.shape[1] + 1))
    _log_survival(seed, record.mine, record.theirs, size, log_survival)
    return np.log(count(record.legal)) - np.diff(log_survival)


def first_pass(games: int = 100_000, seed: int = 0, size: int = 6) -> np.ndarray:
    """Return the ply at which each of some uniformly random games first needs a pass, [games].

    Ply ``size * size - 4`` stands for the end of the board: a game that never needs one.
    """
    plies = np.empty(games, np.int64)
    own, opp = (_U64(x) for x in start(size))
    _first_pass(seed, own, opp, size, plies)
    return plies


def next_move_probabilities(mine, theirs, size: int = 6) -> np.ndarray:
    """Return the exact probability of each next move in games without passes, [..., size * size].

    ``mine`` and ``theirs`` are positions of a late stage, as bitboards: all ways to go on are
    played through, so at most 12 squares may be empty. A position from which a pass can't be
    avoided gets zeros. Raises ``ValueError`` for earlier positions.
    """
    mine, theirs = np.broadcast_arrays(np.asarray(mine, _U64), np.asarray(theirs, _U64))
    empty = size * size - count(mine | theirs)
    if np.any(empty > 12):
        raise ValueError(f"{empty.max()} squares are empty; at most 12 may be")
    out = np.zeros((mine.size, size * size))
    _survival_of_moves(mine.ravel(), theirs.ravel(), empty.ravel(), size, out)
    total = out.sum(1, keepdims=True)
    return np.divide(out, total, where=total > 0, out=out).reshape(*mine.shape, -1)


@njit(nogil=True)
def _first_pass(seed, own, opp, size, out):
    for g in range(out.shape[0]):
        out[g], _ = _play_on(own, opp, size * size - 4, size, _stream(seed, g))


@njit(nogil=True)
def _log_survival(seed, mine, theirs, size, out):
    games, plies = mine.shape
    for g in range(games):
        # Not the numbers that the game itself was drawn with.
        state = _stream(~seed, g)
        for p in range(plies):
            left = plies - p
            failures = 0
            while True:
                played, state = _play_on(mine[g, p], theirs[g, p], left, size, state)
                if played == left:
                    break
                failures += 1
                out[g, p] -= 1.0 / failures


@njit("float64(uint64, uint64, int64, int64)", nogil=True)
def _survival_from(own, opp, left, size):
    if left == 0:
        return 1.0
    can = _legal(own, opp, size)
    total = 0.0
    rest = can
    while rest != _0:
        square = trailing_zeros(rest)
        turned = _flips(own, opp, square, size)
        total += _survival_from(opp & ~turned, own | turned | (_1 << square), left - 1, size)
        rest &= rest - _1
    return total / popcount(can) if can != _0 else 0.0


@njit(nogil=True)
def _survival_of_moves(mine, theirs, empty, size, out):
    for i in range(mine.shape[0]):
        rest = _legal(mine[i], theirs[i], size)
        while rest != _0:
            square = trailing_zeros(rest)
            turned = _flips(mine[i], theirs[i], square, size)
            own, opp = theirs[i] & ~turned, mine[i] | turned | (_1 << square)
            out[i, square] = _survival_from(own, opp, empty[i] - 1, size)
            rest &= rest - _1

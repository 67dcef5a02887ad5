"""The exact entropy floor: how uncertain the next move is to who knows the distribution."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from jaxtyping import Float64, Int64
from numpy.typing import ArrayLike

from ..intervals import Interval
from .bitboards import U64
from .engine import first_pass_into, log_survival_into, survival_of_moves_into
from .replaying import CHUNK, replay
from .rules import Bits, check_size, count, start
from .sampling import check_wanted, sampled, whole_games

PARTS = 64  # into which positions are cut, so that no processor has to wait for another


def log_choices(
    moves: ArrayLike, size: int = 6, standard: bool = False
) -> Float64[np.ndarray, "games plies"]:
    """Return the log of the number of legal moves before each move, [games, plies], in nats.

    Past the end of a short game nothing is chosen: 0. Raises what ``replay`` raises.
    """
    return np.log(np.maximum(count(replay(moves, size, standard).legal), 1))


def survival(games: int = 200_000, seed: int = 0, size: int = 6) -> tuple[float, float]:
    """Return the share of uniformly random games that never need a pass, and its standard error.

    Raises ``GamesError`` for fewer than one game.
    """
    check_wanted(games, seed, least=1)
    share = games / sampled(games, seed, 0, size, False, keep_words=False)[2]
    # `games` successes in a negative binomial: relative variance (1 - share) / games.
    return share, share * ((1 - share) / games) ** 0.5


def entropy_floor(games: int = 200_000, seed: int = 0, size: int = 6) -> tuple[float, float]:
    """Return the lowest mean loss that a predictor of moves can have, and its standard error.

    In nats per move, over all moves but the first. Random play draws a game g with probability
    ``prod_i 1 / n_i(g)``, where ``n_i`` is the number of legal moves at ply i. The games that are
    kept have the total probability S (``survival``), so ``p(g) = prod_i 1 / n_i(g) / S`` and the
    entropy of a game is ``E[sum_i log n_i] + log S``. Of this the first move has ``log n_0``, as
    the start has a symmetry that takes any first move to any other. The rest is shared by the
    other moves. Raises ``GamesError`` for fewer than two games.
    """
    check_wanted(games, seed, least=2)
    moves, _, started = sampled(games, seed, 0, size, False, keep_words=False)
    # In parts, as replayed games take 1.5 kB each.
    parts = np.array_split(moves, -(-games // CHUNK))
    per_game = np.concatenate([log_choices(part, size)[:, 1:].sum(1) for part in parts])
    share = games / started
    total = per_game.mean() + np.log(share)
    # How often a game is started anew says nothing about the game that is kept: the variances add.
    variance = per_game.var(ddof=1) / games + (1 - share) / games
    predicted = moves.shape[1] - 1
    return float(total / predicted), float(variance**0.5 / predicted)


def surprise(moves: ArrayLike, seed: int = 0, size: int = 6) -> Float64[np.ndarray, "games plies"]:
    """Return how improbable each move was given those before it, in nats: [games, plies].

    Unbiased estimates of minus the log-probability under the process that made the games. Let ``s``
    be the probability that random play needs no pass from a position on. The next move leads from
    h to h' with probability ``s(h') / (n(h) s(h))``. ``log s`` is estimated by playing on until
    a game needs no pass: if that is the K-th, by ``-(1 + 1/2 + ... + 1/(K - 1))`` (inverse binomial
    sampling; van Opheusden, Acerbi & Ma 2020, https://doi.org/10.1371/journal.pcbi.1008483).

    Raises ``GamesError`` for games that aren't whole or have a pass: the process makes none.
    """
    check_wanted(0, seed)
    record = whole_games(moves, size)
    games, plies = record.moves.shape
    log_survival = np.zeros((games, plies + 1))
    log_survival_into(seed, record.mine, record.theirs, size, log_survival)
    return np.log(count(record.legal)) - np.diff(log_survival)


def within(estimate: float, error: float) -> Interval:
    """Return an estimate with its 95% interval, from its standard error.

    >>> f"{within(1.5, 0.1):.3f}"
    '1.500 [1.304, 1.696]'
    """
    return Interval(float(estimate), float(estimate - 1.96 * error), float(estimate + 1.96 * error))


def first_pass(games: int = 100_000, seed: int = 0, size: int = 6) -> Int64[np.ndarray, " {games}"]:
    """Return the ply at which each of some uniformly random games first needs a pass, [games].

    Ply ``size * size - 4`` stands for the end of the board: a game that never needs one.
    Raises ``GamesError`` for fewer than no games.
    """
    check_wanted(games, seed)
    plies = np.empty(games, np.int64)
    own, opp = (U64(x) for x in start(size))
    first_pass_into(seed, own, opp, size, plies)
    return plies


def next_move_probabilities(
    mine: Bits, theirs: Bits, size: int = 6
) -> Float64[np.ndarray, "... squares"]:
    """Return the exact probability of each next move in games without passes, [..., size * size].

    ``mine`` and ``theirs`` are positions of a late stage, as bitboards: all ways to go on are
    played through, so at most 12 squares may be empty. A position from which a pass can't be
    avoided gets zeros. Raises ``ValueError`` for earlier positions and where both sides have a
    disc on one square.
    """
    check_size(size)
    mine, theirs = np.broadcast_arrays(np.asarray(mine, U64), np.asarray(theirs, U64))
    if (mine & theirs).any():
        raise ValueError("some squares hold discs of both sides: give mine and theirs apart")
    empty = size * size - count(mine | theirs)
    if np.any(empty > 12):
        raise ValueError(f"{empty.max()} squares are empty; at most 12 may be")
    out = np.zeros((mine.size, size * size))
    every = (mine.ravel(), theirs.ravel(), np.ravel(empty))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        cuts = np.linspace(0, mine.size, PARTS + 1).astype(int)
        parts = ([x[slice(*ends)] for x in (*every, out)] for ends in pairwise(cuts))
        solve = [
            pool.submit(survival_of_moves_into, own, opp, left, size, to)
            for own, opp, left, to in parts
        ]
        for one in solve:
            one.result()
    total = out.sum(1, keepdims=True)
    shares = np.divide(out, total, where=total > 0, out=out)
    return shares.reshape(*mine.shape, size * size)

"""Players who choose their moves: games that no one drew uniformly."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int64, UInt8

from ..types import Bitboards
from .bitboards import U64
from .rules import check_size, count, flips, legal_moves, on_squares, play, playable, start
from .sampling import check_wanted
from .tokens import GamesError

Counts = Int64[np.ndarray, "..."]
Score = Callable[[Bitboards, Bitboards, Counts, int], Counts]
"""How good each square is for the side to move: (mine, theirs, squares, size) to such counts."""


def _turned(mine: Bitboards, theirs: Bitboards, squares: Counts, size: int) -> Counts:
    return np.asarray(count(flips(mine[:, None], theirs[:, None], squares, size)))


def _cautious(mine: Bitboards, theirs: Bitboards, squares: Counts, size: int) -> Counts:
    return -_turned(mine, theirs, squares, size)


def _mobility(mine: Bitboards, theirs: Bitboards, squares: Counts, size: int) -> Counts:
    turned = flips(mine[:, None], theirs[:, None], squares, size)
    after = mine[:, None] | turned | (U64(1) << squares.astype(U64))
    return -np.asarray(count(legal_moves(theirs[:, None] & ~turned, after, size)))


PLAYERS: dict[str, Score] = {
    "greedy": _turned,
    "cautious": _cautious,
    "mobility": _mobility,
}
"""``greedy`` turns as many discs as it can, ``cautious`` as few, ``mobility`` leaves the other side
as few moves as it can."""

_ATTEMPTS = 1000


def play_games(
    player: str,
    games: int,
    seed: int = 0,
    first: int = 0,
    size: int = 6,
    random_share: float = 0.1,
) -> UInt8[np.ndarray, "{games} plies"]:
    """Return games of a player against itself, uint8 [games, plies], none of which needs a pass.

    ``player`` is one of ``PLAYERS``; ties are broken at random, and ``random_share`` of the moves
    are uniformly random, without which few games would differ. Games that need a pass are thrown
    away. The same seed and index give the same game in batches of any size.

    Raises ``GamesError`` for a player or a number of games that there can't be.

    >>> play_games("greedy", 2, seed=1).shape
    (2, 32)
    """
    check_wanted(games, seed, first)
    check_size(size)
    if player not in PLAYERS:
        raise GamesError(f"there is no player {player!r}: choose from {', '.join(PLAYERS)}")
    if not 0 <= random_share <= 1:
        raise GamesError(f"a share of {random_share} random moves: choose from 0 to 1")
    out = np.zeros((games, size * size - 4), np.uint8)
    missing = np.arange(games)
    for attempt in range(_ATTEMPTS):
        if not len(missing):
            return out
        chance = _chances(seed, first + missing, attempt, size)
        moves, whole = _played(PLAYERS[player], chance, size, random_share)
        out[missing[whole]] = moves[whole]
        missing = missing[~whole]
    raise GamesError(
        f"{len(missing)} games of {player!r} needed a pass {_ATTEMPTS} times in a row: give it a"
        " larger share of random moves"
    )


def _chances(
    seed: int, games: Int64[np.ndarray, " games"], attempt: int, size: int
) -> Float[np.ndarray, "games plies choices"]:
    """Return each game's own random numbers, for each ply one a square and one more."""
    plies = size * size - 4
    keyed = (np.random.Philox(key=[seed % 2**64, game], counter=attempt << 64) for game in games)
    return np.stack([np.random.Generator(bits).random((plies, plies + 1)) for bits in keyed])


def _played(score: Score, chance, size: int, random_share: float):
    """Return moves [games, plies] and which of the games are whole and have no pass."""
    games, plies = chance.shape[:2]
    mine, theirs = (np.full(games, bits, U64) for bits in start(size))
    squares, moves = playable(size), np.zeros((games, plies), np.int64)
    whole = np.ones(games, bool)
    for ply in range(plies):
        legal = on_squares(legal_moves(mine, theirs, size), size)[:, squares]
        whole &= legal.any(1)
        at_random = chance[:, ply, -1:] < random_share
        worth = np.where(at_random, 0, score(mine, theirs, squares, size))
        worth = np.where(legal, worth + chance[:, ply, :-1], -np.inf)  # ties fall by chance
        moves[:, ply] = squares[worth.argmax(1)]
        going = np.flatnonzero(whole)
        mine[going], theirs[going] = play(mine[going], theirs[going], moves[going, ply], size)
    return moves, whole

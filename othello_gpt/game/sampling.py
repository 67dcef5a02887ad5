"""Uniformly random games that never need a pass, the same for a seed on every machine."""

import numpy as np
from jaxtyping import Int64, UInt8, UInt64
from numpy.typing import ArrayLike

from .bitboards import FIRST, SECOND, U64
from .engine import continuations_into, mix, sample_into, siblings_into
from .replaying import Replay, replay
from .rules import check_size, start
from .tokens import GamesError


def sampled(
    games: int, seed: int, first: int, size: int, standard: bool, keep_words: bool
) -> tuple[UInt8[np.ndarray, "{games} plies"], UInt64[np.ndarray, "5 kept _"], int]:
    """Return moves, the words of ``engine.sample_into`` (or none) and how many games were started.

    Raises ``GamesError`` for a number of games, a seed or an index that there can't be.
    """
    check_wanted(games, seed, first)
    plies = check_size(size) ** 2 - 4
    moves = np.empty((games, plies), np.uint8)
    words = np.empty((5, games, plies) if keep_words else (5, 0, 0), U64)
    a, b = (U64(x) for x in start(size, standard))
    started = sample_into(seed, first, size, a, b, moves, words)
    return moves, words, int(started)


def check_wanted(games: int, seed: int = 0, first: int = 0, least: int = 0) -> None:
    """Raise ``GamesError`` for a number of games, a seed or an index that there can't be."""
    if games < least:
        raise GamesError(f"{games} games were asked for; ask for {least} or more")
    if not -(2**63) <= seed < 2**63 or not 0 <= first < 2**63:
        raise GamesError(
            f"seed {seed}, game {first}: a seed has at most 64 bits, and games count from 0"
        )


def sample_moves(
    games: int, seed: int = 0, first: int = 0, size: int = 6, standard: bool = False
) -> UInt8[np.ndarray, "{games} plies"]:
    """Return the squares played in games ``first .. first + games - 1``: uint8 [games, plies].

    The same seed and index give the same game on every machine, in batches of any size.
    Raises ``GamesError`` for fewer than no games.

    >>> (sample_moves(3, seed=1)[2] == sample_moves(1, seed=1, first=2)[0]).all().item()
    True
    """
    return sampled(games, seed, first, size, standard, keep_words=False)[0]


def sample_replay(
    games: int, seed: int = 0, first: int = 0, size: int = 6, standard: bool = False
) -> Replay:
    """Return the games of ``sample_moves`` with all positions and legal squares, as bitboards.

    Raises ``GamesError`` as that does.
    """
    moves, words, _ = sampled(games, seed, first, size, standard, keep_words=True)
    legal, mine, theirs, after_first, after_second = words
    turns = np.where(np.arange(moves.shape[1]) % 2, SECOND, FIRST).astype(np.int8)
    player = np.broadcast_to(turns, moves.shape)
    return Replay(moves, mine, theirs, legal, player, after_first, after_second, size)


def sample_continuations(
    moves: ArrayLike,
    count: int,
    seed: int = 0,
    first: int = 0,
    size: int = 6,
    begin: int = 0,
    end: int | None = None,
) -> UInt8[np.ndarray, "games plies {count}"]:
    """Return moves that other games make after the same beginnings: uint8 [games, plies, count].

    ``out[g, p]`` are the moves at ply ``begin + p`` (all plies unless told) of ``count`` more games
    that begin with the same moves as ``moves[g]``, each drawn like any other: played on at random,
    thrown away if it ever needs a pass. ``moves`` are whole games, ``first`` is the index of the
    first, so that the same seed and index give the same moves in batches of any size.

    Raises ``GamesError`` for games that are not whole or have a pass (no such games begin alike),
    for plies that they don't have and for a number of moves below 0.
    """
    check_further(count, seed, first)
    played = whole_games(moves, size).moves
    games, whole = played.shape
    stop = whole if end is None else end
    if not 0 <= begin <= stop <= whole:
        raise GamesError(f"games have no plies {begin} to {stop}: choose from 0 to {whole}")
    out = np.empty((games, stop - begin, count), np.uint8)
    own, opp = (U64(x) for x in start(size))
    # Not the numbers that the games themselves were drawn with.
    other = int(mix(U64(seed % 2**64) ^ U64(0xD1B54A32D192ED03))) + begin
    continuations_into(U64(other % 2**64), first, played, begin, size, own, opp, out)
    return out


def sample_siblings(
    moves: ArrayLike, count: int, opening: int, seed: int = 0, first: int = 0, size: int = 6
) -> Int64[np.ndarray, "games {count} plies"]:
    """Return whole games that share an opening with given ones: int64 [games, count, plies].

    ``out[g]`` are ``count`` games whose first ``opening`` moves are those of ``moves[g]``, each
    drawn like any other game that begins so; the rest as in ``sample_continuations``. Raises
    ``GamesError`` as that does.
    """
    check_further(count, seed, first)
    played = whole_games(moves, size).moves
    if not 0 <= opening <= played.shape[1]:
        raise GamesError(f"games can't share {opening} moves; choose 0 to {played.shape[1]}")
    out = np.repeat(played[:, None], count, 1)
    own, opp = (U64(x) for x in start(size))
    other = U64(mix(U64(seed % 2**64) ^ U64(0x8CB92BA72F3D8DD7)))
    siblings_into(other, first, played, opening, size, own, opp, out)
    return out


def check_further(count: int, seed: int, first: int) -> None:
    """Raise ``GamesError`` as ``check_wanted`` does, for games that go on from others."""
    if count < 0:
        raise GamesError(f"{count} further games were asked for; ask for none or more")
    check_wanted(count, seed, first)


def whole_games(moves: ArrayLike, size: int = 6) -> Replay:
    """Return games replayed, all of which fill the board without a pass.

    Raises ``GamesError`` for others.
    """
    record = replay(moves, size)
    plies = size * size - 4
    if record.moves.shape[1] != plies:
        raise GamesError(f"whole games of {plies} moves are needed, not {record.moves.shape[1]}")
    if (short := (record.player == 0).any(1)).any():
        game = short.argmax()
        played = np.count_nonzero(record.player[game])
        raise GamesError(f"game {game} ends after {played} moves: leave such games out")
    if (passed := record.passed().any(1)).any():
        raise GamesError(f"game {passed.argmax()} has a pass: leave such games out")
    return record

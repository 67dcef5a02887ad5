"""Whole games, replayed: positions, legal squares and boards move by move, with passes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int8, Integer, UInt64
from numpy.typing import ArrayLike

from ..types import Boards, Moves, Squares
from .bitboards import U64
from .engine import replay_into
from .rules import IllegalMove, check_size, start, to_array, why_illegal

# Games that each thread expands to boards at a time: some 20 kB a game on the way to a file.
CHUNK = 2_000


@dataclass(frozen=True)
class Replay:
    """Games move by move; arrays of shape [games, plies], entries past a game's end are 0.

    ``mine``, ``theirs``: the position before the move, seen by the side that moves (forced passes
    are already taken). ``legal``: its legal squares. ``player``: who moves, +1 (the side that
    began) or -1. ``after_first``, ``after_second``: the discs of either colour after the move.
    """

    moves: Moves
    mine: UInt64[np.ndarray, "games plies"]
    theirs: UInt64[np.ndarray, "games plies"]
    legal: UInt64[np.ndarray, "games plies"]
    player: Int8[np.ndarray, "games plies"]
    after_first: UInt64[np.ndarray, "games plies"]
    after_second: UInt64[np.ndarray, "games plies"]
    size: int

    def boards(self) -> Boards:
        """Return the boards after each move, int8 [games, plies, size, size]: +1, -1, 0 empty."""
        first, second = (to_array(b, self.size) for b in (self.after_first, self.after_second))
        return first.astype(np.int8) - second.astype(np.int8)

    def legalities(self) -> Squares:
        """Return the legal squares before each move, bool [games, plies, size, size]."""
        return to_array(self.legal, self.size)

    def passed(self) -> Bool[np.ndarray, "games plies"]:
        """Return whether a side had to pass just before each move."""
        before = np.pad(self.player, [(0, 0), (1, 0)])[:, :-1]
        return (self.player == before) & (self.player != 0)


def as_moves(moves: ArrayLike) -> Integer[np.ndarray, "..."]:
    """Return moves as an array of whole numbers, of any shape; whether they are legal isn't asked.

    Raises ``ValueError`` for anything else, such as games of several lengths.
    """
    try:
        moves = np.asarray(moves)
    except ValueError:  # numpy's words for it speak of inhomogeneous shapes
        raise ValueError(
            "these games have several lengths: pad the short ones with -1 to make an array of them"
        ) from None
    if moves.size and moves.dtype.kind not in "iu":
        raise ValueError(
            f"moves must be whole numbers [games, plies], not {moves.dtype} of shape {moves.shape}"
        )
    return moves if moves.dtype.kind in "iu" else moves.astype(np.int64)


def game_rows(moves: ArrayLike) -> Moves:
    """Return games [games, plies]; moves [plies] are one game. Raises ``ValueError`` otherwise."""
    moves = np.atleast_2d(as_moves(moves))
    if moves.ndim != 2:
        raise ValueError(
            f"moves must be whole numbers [games, plies], not {moves.dtype} of shape {moves.shape}"
        )
    return moves


def replay(moves: ArrayLike, size: int = 6, standard: bool = False) -> Replay:
    """Return what happens in games given as squares [games, plies]; -1 pads the end of a short one.

    Where the side to move has no legal square it passes, as 8x8 game records leave passes out. The
    moves of one game [plies] may be given by themselves; they count as ``[moves]``.
    Raises ``IllegalMove`` naming game, ply, square and the legal squares, and ``ValueError`` for
    what are no moves at all.

    >>> replay([[26]]).boards()[0, 0, 3:5].tolist()  # C5 turns C4
    [[0, 0, 1, 1, 0, 0], [0, 0, 1, 0, 0, 0]]
    """
    check_size(size)
    moves = np.ascontiguousarray(game_rows(moves), dtype=np.int64)
    words = [np.zeros(moves.shape, U64) for _ in range(5)]
    mine, theirs, legal, after_first, after_second = words
    player = np.zeros(moves.shape, np.int8)
    first, second = (U64(b) for b in start(size, standard))
    out = (mine, theirs, legal, player, after_first, after_second)
    game, ply = replay_into(moves, size, first, second, *out)
    if game >= 0:
        why = why_illegal(mine[game, ply], theirs[game, ply], moves[game, ply], size)
        raise IllegalMove(why, game, ply)
    return Replay(moves, *out, size)

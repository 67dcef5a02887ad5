"""Positions and whole games: legal moves, playing, replaying with passes."""

from dataclasses import dataclass

import numpy as np

from .bitboards import (
    _U64,
    NO_MOVE,
    SIZES,
    _0,
    _1,
    _count_ufunc,
    _flips,
    _flips_ufunc,
    _legal,
    _legal_ufunc,
)
from .jit import njit


class IllegalMove(ValueError):
    """A move that the rules don't allow; the message names game, ply, square and legal squares."""

    def __init__(self, why: str, game: int | None = None, ply: int | None = None):
        self.why, self.game, self.ply = why, game, ply
        place = [f"{name} {at}" for name, at in (("game", game), ("ply", ply)) if at is not None]
        super().__init__(f"{', '.join(place)}: {why}" if place else why)


def check_size(size: int) -> int:
    """Return ``size`` if this module can play on it, else raise ``ValueError``."""
    if size not in SIZES:
        raise ValueError(f"board size {size!r} is not supported: use one of {SIZES}")
    return size


def start(size: int = 6, standard: bool = False) -> tuple[int, int]:
    """Return the starting position as bitboards (mine, theirs), the first player to move.

    By default the first player's two discs lie on the NW-SE diagonal (squares 14 and 21 on 6x6), as
    in the ``awonga/othello-gpt`` data set; ``standard=True`` puts them on the other diagonal, as in
    tournament Othello.
    """
    check_size(size)
    h = size // 2
    falling = (1 << ((h - 1) * size + h - 1)) | (1 << (h * size + h))
    rising = (1 << ((h - 1) * size + h)) | (1 << (h * size + h - 1))
    return (rising, falling) if standard else (falling, rising)


def centre(size: int = 6) -> tuple[int, int, int, int]:
    """Return the four squares that are occupied from the start, in ascending order."""
    check_size(size)
    h = size // 2
    top = (h - 1) * size + h - 1
    return top, top + 1, top + size, top + size + 1


def legal_moves(mine, theirs, size: int = 6) -> np.ndarray:
    """Return the legal squares of the side to move, as bitboards; shapes broadcast."""
    check_size(size)
    return _legal_ufunc(np.asarray(mine, _U64), np.asarray(theirs, _U64), size)


def flips(mine, theirs, square, size: int = 6) -> np.ndarray:
    """Return the discs that a move on ``square`` turns over, as bitboards; 0 if it is illegal."""
    check_size(size)
    return _flips_ufunc(np.asarray(mine, _U64), np.asarray(theirs, _U64), square, size)


def play(mine, theirs, square, size: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Return (mine, theirs) after a move, seen by the side that moves next; shapes broadcast.

    Raises ``IllegalMove`` if any of the moves is illegal.
    """
    mine, theirs = np.asarray(mine, _U64), np.asarray(theirs, _U64)
    turned = flips(mine, theirs, square, size)
    if not np.all(turned):
        where = np.unravel_index(np.argmin(turned != 0), np.shape(turned))
        at = [np.broadcast_to(a, np.shape(turned))[where] for a in (mine, theirs, square)]
        raise IllegalMove(_explain(*at, size), game=int(where[0]) if where else None)
    disc = _1 << np.asarray(square, _U64)
    return theirs & ~turned, mine | turned | disc


def count(bits) -> np.ndarray:
    """Return the number of squares in each bitboard."""
    return _count_ufunc(np.asarray(bits, _U64))


def to_array(bits, size: int = 6) -> np.ndarray:
    """Return bitboards [...] as booleans [..., size, size], row 0 on top."""
    check_size(size)
    octets = np.ascontiguousarray(np.asarray(bits, "<u8")[..., None]).view(np.uint8)
    cells = np.unpackbits(octets, axis=-1, count=size * size, bitorder="little")
    return cells.view(bool).reshape(*octets.shape[:-1], size, size)


def from_array(cells, size: int = 6) -> np.ndarray:
    """Return booleans [..., size, size] as bitboards [...]; the inverse of ``to_array``."""
    check_size(size)
    cells = np.asarray(cells, bool)
    if cells.shape[-2:] != (size, size):
        raise ValueError(f"expected boards of {size}x{size}, got an array of shape {cells.shape}")
    weights = _1 << np.arange(size * size, dtype=_U64)
    return (cells.reshape(*cells.shape[:-2], -1) * weights).sum(-1, dtype=_U64)


def squares(bits: int) -> list[int]:
    """Return the squares of one bitboard, ascending."""
    bits = int(bits)
    return [s for s in range(bits.bit_length()) if bits >> s & 1]


def square_name(square: int, size: int = 6) -> str:
    """Return the name of a square, letter for the column and digit for the row: 0 is A1."""
    if not 0 <= square < size * size:
        raise ValueError(f"square {square} is not on a {size}x{size} board (0..{size * size - 1})")
    return "ABCDEFGH"[square % size] + str(square // size + 1)


def square_id(name: str, size: int = 6) -> int:
    """Return the square of a name such as ``"C3"`` (either case)."""
    column, row = "ABCDEFGH"[:size].find(name[:1].upper()), name[1:]
    if len(name) != 2 or column < 0 or not row.isdigit() or not 1 <= int(row) <= size:
        raise ValueError(
            f"{name!r} is not a square of a {size}x{size} board (A1..{'ABCDEFGH'[size - 1]}{size})"
        )
    return (int(row) - 1) * size + column


@dataclass(frozen=True)
class Replay:
    """Games move by move; arrays of shape [games, plies], entries past a game's end are 0.

    ``mine``, ``theirs``: the position before the move, seen by the side that moves (forced passes
    are already taken). ``legal``: its legal squares. ``player``: who moves, +1 (the side that
    began) or -1. ``after_first``, ``after_second``: the discs of either colour after the move.
    """

    moves: np.ndarray
    mine: np.ndarray
    theirs: np.ndarray
    legal: np.ndarray
    player: np.ndarray
    after_first: np.ndarray
    after_second: np.ndarray
    size: int

    def boards(self) -> np.ndarray:
        """Return the boards after each move, int8 [games, plies, size, size]: +1, -1, 0 empty."""
        first, second = (
            to_array(self.after_first, self.size),
            to_array(self.after_second, self.size),
        )
        return first.astype(np.int8) - second.astype(np.int8)

    def legalities(self) -> np.ndarray:
        """Return the legal squares before each move, bool [games, plies, size, size]."""
        return to_array(self.legal, self.size)


@njit(nogil=True)
def _replay(moves, size, first, second, mine, theirs, legal, player, after_first, after_second):
    for g in range(moves.shape[0]):
        own, opp, side = first, second, 1
        for p in range(moves.shape[1]):
            square = moves[g, p]
            if square == NO_MOVE and np.all(moves[g, p:] == NO_MOVE):
                break
            can = _legal(own, opp, size)
            if can == _0:
                own, opp, side = opp, own, -side
                can = _legal(own, opp, size)
            mine[g, p], theirs[g, p], legal[g, p], player[g, p] = own, opp, can, side
            turned = _flips(own, opp, square, size)
            if turned == _0:
                return g, p
            own, opp = opp & ~turned, own | turned | (_1 << _U64(square))
            side = -side
            after_first[g, p] = own if side == 1 else opp
            after_second[g, p] = opp if side == 1 else own
    return -1, -1


def replay(moves, size: int = 6, standard: bool = False) -> Replay:
    """Return what happens in games given as squares [games, plies]; -1 pads the end of a short one.

    Where the side to move has no legal square it passes, as 8x8 game records leave passes out.
    Raises ``IllegalMove`` naming game, ply, square and the legal squares.
    """
    check_size(size)
    moves = np.atleast_2d(np.asarray(moves))
    if moves.ndim != 2 or (moves.size and moves.dtype.kind not in "iu"):
        kind = f"{moves.dtype} of shape {moves.shape}"
        raise ValueError(f"moves must be whole numbers [games, plies], not {kind}")
    moves = np.ascontiguousarray(moves, dtype=np.int64)
    shape = moves.shape
    words = [np.zeros(shape, _U64) for _ in range(5)]
    mine, theirs, legal, after_first, after_second = words
    player = np.zeros(shape, np.int8)
    first, second = (_U64(b) for b in start(size, standard))
    out = (mine, theirs, legal, player, after_first, after_second)
    game, ply = _replay(moves, size, first, second, *out)
    if game >= 0:
        why = _explain(mine[game, ply], theirs[game, ply], moves[game, ply], size)
        raise IllegalMove(why, game, ply)
    return Replay(moves, mine, theirs, legal, player, after_first, after_second, size)


def _explain(mine, theirs, square, size: int) -> str:
    can = [square_name(s, size) for s in squares(_legal(_U64(mine), _U64(theirs), size))]
    allowed = f"legal: {', '.join(can)}" if can else "no square is legal"
    if not 0 <= square < size * size:
        pad = f"; {NO_MOVE} may only pad the end of a game" if square == NO_MOVE else ""
        board = f"a {size}x{size} board (0..{size * size - 1}{pad})"
        return f"square {square} is not on {board}; {allowed}"
    return f"{square_name(square, size)} (square {square}) is illegal; {allowed}"


# Games that each thread expands to boards at a time: some 20 kB a game on the way to a file.
CHUNK = 2_000

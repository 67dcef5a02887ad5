"""Positions: legal moves, playing, squares and their names, bitboards and arrays."""

import numpy as np
from einops import rearrange
from jaxtyping import Bool, Int64, Integer

from ..types import Bitboards
from .bitboards import (
    NO_MOVE,
    ONE,
    SIZES,
    U64,
    count_in_each,
    legal_bits,
    legal_in_each,
    turned_in_each,
)

Bits = int | np.integer | Integer[np.ndarray, "..."]
"""Boards, squares or sides: one, or an array of them that broadcasts with the others."""


class IllegalMove(ValueError):
    """A move that the rules don't allow; the message names game, ply, square and legal squares."""

    def __init__(self, why: str, game: int | None = None, ply: int | None = None):
        self.why, self.game, self.ply = why, game, ply
        place = [f"{name} {at}" for name, at in (("game", game), ("ply", ply)) if at is not None]
        super().__init__(f"{', '.join(place)}: {why}" if place else why)


def check_size(size) -> int:
    """Return ``size`` if this module can play on it, else raise ``ValueError``."""
    if size not in SIZES:
        raise ValueError(f"board size {size!r} is not supported: use one of {SIZES}")
    return size


def start(size: int = 6, standard: bool = False) -> tuple[int, int]:
    """Return the starting position as bitboards (mine, theirs), the first player to move.

    By default the first player's two discs lie on the NW-SE diagonal (squares 14 and 21 on 6x6), as
    in the ``awonga/othello-gpt`` data set; ``standard=True`` puts them on the other diagonal, as in
    tournament Othello. Raises ``ValueError`` for a size that isn't in ``SIZES``.
    """
    check_size(size)
    h = size // 2
    falling = (1 << ((h - 1) * size + h - 1)) | (1 << (h * size + h))
    rising = (1 << ((h - 1) * size + h)) | (1 << (h * size + h - 1))
    return (rising, falling) if standard else (falling, rising)


def centre(size: int = 6) -> tuple[int, int, int, int]:
    """Return the four squares that are occupied from the start, in ascending order.

    Raises ``ValueError`` for a size that isn't in ``SIZES``.
    """
    check_size(size)
    h = size // 2
    top = (h - 1) * size + h - 1
    return top, top + 1, top + size, top + size + 1


def playable(size: int = 6) -> Int64[np.ndarray, " squares"]:
    """Return the squares that can be played, all but the central four, in ascending order.

    Raises ``ValueError`` for a size that isn't in ``SIZES``.

    >>> playable(4).tolist()
    [0, 1, 2, 3, 4, 7, 8, 11, 12, 13, 14, 15]
    """
    return np.setdiff1d(np.arange(size * size), centre(size))


def legal_moves(mine: Bits, theirs: Bits, size: int = 6) -> Bitboards | np.uint64:
    """Return the legal squares of the side to move, as bitboards; shapes broadcast.

    Raises ``ValueError`` for a size that isn't in ``SIZES``.

    >>> [square_name(square) for square in squares(legal_moves(*start()))]
    ['D2', 'E3', 'B4', 'C5']
    """
    check_size(size)
    return legal_in_each(np.asarray(mine, U64), np.asarray(theirs, U64), size)


def flips(mine: Bits, theirs: Bits, square: Bits, size: int = 6) -> Bitboards | np.uint64:
    """Return the discs that a move on ``square`` turns over, as bitboards; 0 if it is illegal.

    Raises ``ValueError`` for a size that isn't in ``SIZES``.
    """
    check_size(size)
    return turned_in_each(np.asarray(mine, U64), np.asarray(theirs, U64), square, size)


def play(
    mine: Bits, theirs: Bits, square: Bits, size: int = 6
) -> tuple[Bitboards | np.uint64, Bitboards | np.uint64]:
    """Return (mine, theirs) after a move, seen by the side that moves next; shapes broadcast.

    Raises ``IllegalMove`` if any of the moves is illegal, and ``ValueError`` as ``flips`` does.
    """
    mine, theirs = np.asarray(mine, U64), np.asarray(theirs, U64)
    turned = flips(mine, theirs, square, size)
    if not np.all(turned):
        where = np.unravel_index(np.argmin(turned != 0), np.shape(turned))
        own, other, at = (a[where] for a in np.broadcast_arrays(mine, theirs, square))
        raise IllegalMove(why_illegal(own, other, at, size), int(where[0]) if where else None)
    disc = ONE << np.asarray(square, U64)
    return theirs & ~turned, mine | turned | disc


def count(bits: Bits) -> Int64[np.ndarray, "..."] | np.int64:
    """Return the number of squares in each bitboard."""
    return count_in_each(np.asarray(bits, U64))


def on_squares(bits: Bits, size: int = 6) -> Bool[np.ndarray, "... squares"]:
    """Return bitboards [...] as booleans [..., size * size], one for each square.

    Raises ``ValueError`` for a size that isn't in ``SIZES``.
    """
    check_size(size)
    octets = np.ascontiguousarray(np.asarray(bits, "<u8")[..., None]).view(np.uint8)
    return np.unpackbits(octets, axis=-1, count=size * size, bitorder="little").view(bool)


def to_array(bits: Bits, size: int = 6) -> Bool[np.ndarray, "... {size} {size}"]:
    """Return bitboards [...] as booleans [..., size, size], row 0 on top.

    Raises ``ValueError`` as ``on_squares`` does.
    """
    return rearrange(on_squares(bits, size), "... (row column) -> ... row column", row=size)


def from_array(
    cells: Bool[np.ndarray, "..."] | Integer[np.ndarray, "..."], size: int = 6
) -> Bitboards | np.uint64:
    """Return booleans [..., size, size] as bitboards [...]; the inverse of ``to_array``.

    Raises ``ValueError`` for arrays of another shape and a size that isn't in ``SIZES``.
    """
    check_size(size)
    if cells.shape[-2:] != (size, size):
        raise ValueError(f"expected boards of {size}x{size}, got an array of shape {cells.shape}")
    flat = rearrange(cells.astype(bool), "... row column -> ... (row column)")
    return (flat * (ONE << np.arange(size * size, dtype=U64))).sum(-1, dtype=U64)


def squares(bits: int | np.integer) -> list[int]:
    """Return the squares of one bitboard, ascending; ``on_squares`` is for many."""
    bits = int(bits)
    return [s for s in range(bits.bit_length()) if bits >> s & 1]


def square_name(square: int | np.integer, size: int = 6) -> str:
    """Return the name of a square, letter for the column and digit for the row.

    Raises ``ValueError`` for a square that isn't on the board.

    >>> square_name(0), square_name(6), square_name(35)
    ('A1', 'A2', 'F6')
    """
    if not 0 <= square < size * size:
        raise ValueError(f"square {square} is not on a {size}x{size} board (0..{size * size - 1})")
    return "ABCDEFGH"[square % size] + str(square // size + 1)


def square_id(name: str, size: int = 6) -> int:
    """Return the square of a name such as ``"C3"`` (either case).

    Raises ``ValueError`` for anything that is no name of a square.
    """
    columns, rows = "ABCDEFGH"[:size], "12345678"[:size]
    if len(name) != 2 or name[0].upper() not in columns or name[1] not in rows:
        last = f"{columns[-1]}{rows[-1]}"
        raise ValueError(f"{name!r} is not a square of a {size}x{size} board (A1..{last})")
    return rows.index(name[1]) * size + columns.index(name[0].upper())


def why_illegal(mine: Bits, theirs: Bits, square: int | np.integer, size: int) -> str:
    """Return a clause that says why no disc can be put on a square, and where one can."""
    can = [square_name(s, size) for s in squares(legal_bits(U64(mine), U64(theirs), size))]
    allowed = f"legal: {', '.join(can)}" if can else "no square is legal"
    if not 0 <= square < size * size:
        pad = f"; {NO_MOVE} may only pad the end of a game" if square == NO_MOVE else ""
        board = f"a {size}x{size} board (0..{size * size - 1}{pad})"
        return f"square {square} is not on {board}; {allowed}"
    return f"{square_name(square, size)} (square {square}) is illegal; {allowed}"

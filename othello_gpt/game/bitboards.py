"""Boards as 64-bit integers: which moves are legal and which discs they turn, compiled."""

import numpy as np

from .jit import njit, popcount, vectorize

SIZES = (4, 6, 8)
FIRST, SECOND, EMPTY = 1, -1, 0
NO_MOVE = -1
U64 = np.uint64
ZERO, ONE = U64(0), U64(1)


@njit("uint64(int64)")
def _full(size):
    return ~ZERO if size == 8 else (ONE << U64(size * size)) - ONE


@njit("uint64(int64)")
def _inner_columns(size):
    row = (ONE << U64(size - 1)) - U64(2)
    mask = ZERO
    for r in range(size):
        mask |= row << U64(r * size)
    return mask


@njit("uint64(uint64, uint64, int64)")
def legal_bits(mine, theirs, size):
    """Return a bitboard of where the side with the discs ``mine`` may move: 0 if it must pass."""
    # A run that moves sideways can't cross a disc in an edge column, so masking theirs to the inner
    # columns is all that it takes to stop shifts from wrapping into the next row.
    full, inner = _full(size), _inner_columns(size)
    legal = ZERO
    for i in range(4):
        d = U64(1 if i == 0 else size + i - 2)  # 1, size - 1, size, size + 1
        run_on = theirs & (full if i == 2 else inner)
        up = run_on & (mine << d)
        down = run_on & (mine >> d)
        for _ in range(size - 3):
            up |= run_on & (up << d)
            down |= run_on & (down >> d)
        legal |= (up << d) | (down >> d)
    return legal & full & ~(mine | theirs)


@njit("uint64(uint64, uint64, int64, int64)")
def turned_bits(mine, theirs, square, size):
    """Return a bitboard of the discs that the move of ``mine`` on a square turns over.

    0 if the move isn't legal, which includes squares that are taken or off the board.
    """
    if square < 0 or square >= size * size:
        return ZERO
    disc = ONE << U64(square)
    if disc & (mine | theirs):
        return ZERO
    full, inner = _full(size), _inner_columns(size)
    flipped = ZERO
    for i in range(4):
        d = U64(1 if i == 0 else size + i - 2)
        run_on = theirs & (full if i == 2 else inner)
        up = run_on & (disc << d)
        down = run_on & (disc >> d)
        for _ in range(size - 3):
            up |= run_on & (up << d)
            down |= run_on & (down >> d)
        if (up << d) & mine:
            flipped |= up
        if (down >> d) & mine:
            flipped |= down
    return flipped


legal_in_each = vectorize("uint64(uint64, uint64, int64)")(legal_bits)
turned_in_each = vectorize("uint64(uint64, uint64, int64, int64)")(turned_bits)
count_in_each = vectorize("int64(uint64)")(lambda bits: popcount(bits))

"""Games from every colouring of the four discs in the middle, most of which no game begins with."""

import numpy as np
from jaxtyping import Bool, Integer

from .. import game
from ..types import Bitboards
from .sifting import COLOURINGS


def colourings() -> dict[str, list[int]]:
    """Return the colourings of two colours by kind, as rows of ``COLOURINGS``.

    Training has the one that is called home; a quarter turn gives the other diagonal. Those with
    discs of one colour side by side are parallel. The others have three discs of one colour. With
    four of one colour nobody can move.
    """
    bits = np.uint64(1) << np.array(game.centre(), np.uint64)
    found: dict[str, list[int]] = {}
    for row, first in enumerate(COLOURINGS):
        mine = int((first * bits).sum(dtype=np.uint64))
        if mine in game.start():
            same = mine == game.start()[0]
            # The same two diagonals with the colours exchanged are the other start.
            kind = "home" if same else "the other diagonal"
        elif first.sum() == 2:
            kind = "parallel"
        else:
            kind = "three against one"
        if 0 < first.sum() < 4:
            found.setdefault(kind, []).append(row)
    return found


def games_from(
    colouring: int, n: int, seed: int = 0
) -> tuple[Integer[np.ndarray, "games plies"], Bool[np.ndarray, "games positions squares"]]:
    """Return random games from a row of ``COLOURINGS``, and where the moves after the first may be.

    ``n`` games are begun; those in which somebody would have to pass are left out. Raises
    ``ValueError`` for four discs of one colour, from which nobody can move.
    """
    bits = np.uint64(1) << np.array(game.centre(), np.uint64)
    first = (COLOURINGS[colouring] * bits).sum(dtype=np.uint64)
    mine, theirs = np.full(n, first), np.full(n, bits.sum(dtype=np.uint64) & ~first)
    if not game.legal_moves(mine, theirs).all():
        raise ValueError(f"colouring {colouring} has four discs of one colour: nobody can move")
    rng = np.random.default_rng([seed, colouring])
    moves, legal = [], []
    going = np.ones(n, bool)
    for _ in range(32):
        may: Bool[np.ndarray, "games squares"] = game.on_squares(game.legal_moves(mine, theirs))
        going &= may.any(1)
        square = np.where(may, rng.random(may.shape), -1).argmax(1)
        moves.append(square)
        legal.append(may)
        mine, theirs = _after(mine, theirs, square)
    return np.stack(moves, 1)[going], np.stack(legal[1:], 1)[going]


def _after(
    mine: Bitboards, theirs: Bitboards, square: Integer[np.ndarray, " games"]
) -> tuple[Bitboards, Bitboards]:
    """Return both sides after a move, seen by who is to move next."""
    disc = np.uint64(1) << square.astype(np.uint64)
    turned = game.flips(mine, theirs, square)
    return theirs & ~turned, mine | turned | disc

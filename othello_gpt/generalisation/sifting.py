"""A player who knows the rules, but not the colours of the four discs in the middle.

It is the boring explanation of who plays on from a start that it never saw, done without a mistake:
four discs are unknown, and every move is evidence about them.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float, Integer

from .. import game

COLOURINGS = np.array(list(product((True, False), repeat=4)))
"""The sixteen ways in which the first player's discs may lie in the middle."""


@dataclass(frozen=True)
class Sifted:
    """What such a player says after each move.

    ``probabilities`` of the next move, by square; ``boards``: how probable it is that a disc is the
    first player's minus that it is the second's; ``left``: how many colourings are possible.
    """

    probabilities: Float[np.ndarray, "games plies squares"]
    boards: Float[np.ndarray, "games plies squares"]
    left: Integer[np.ndarray, "games plies"]


def sift(moves: Integer[np.ndarray, "games plies"]) -> Sifted:
    """Return what is said by a player who holds all colourings of the middle for equally likely.

    A move is as likely as one among the legal ones, so each colouring is weighed by Bayes' rule,
    and is out once a move was illegal on its board. Raises ``ValueError`` for games that no
    colouring allows.
    """
    bits = np.uint64(1) << np.array(game.centre(), np.uint64)
    first = (COLOURINGS * bits).sum(1, dtype=np.uint64)
    mine = np.broadcast_to(first, (len(moves), len(first)))
    theirs = np.broadcast_to(bits.sum(dtype=np.uint64) & ~first, mine.shape)
    legal = game.on_squares(game.legal_moves(mine, theirs))  # [games, colourings, squares]
    weight = np.full(mine.shape, 1 / len(first))
    said, boards, left = [], [], []
    for ply, square in enumerate(moves.T):
        allowed = legal[np.arange(len(moves)), :, square]
        weight = weight * allowed / np.maximum(legal.sum(-1), 1)
        if not weight.any(1).all():
            raise ValueError(f"game {int(weight.any(1).argmin())}: move {ply} has no board")
        weight = weight / weight.sum(1, keepdims=True)
        turned = game.flips(mine, theirs, np.broadcast_to(square[:, None], mine.shape))
        disc = np.uint64(1) << square[:, None].astype(np.uint64)
        mine, theirs = theirs & ~turned, mine | turned | disc
        legal = game.on_squares(game.legal_moves(mine, theirs))
        even = legal / np.maximum(legal.sum(-1, keepdims=True), 1)
        said.append(np.einsum("gc,gcs->gs", weight, even))
        own = game.on_squares(mine).astype(int) - game.on_squares(theirs)
        boards.append(np.einsum("gc,gcs->gs", weight, own) * (-1 if ply % 2 == 0 else 1))
        left.append((weight > 0).sum(1))
    return Sifted(*(np.stack(part, 1) for part in (said, boards, left)))

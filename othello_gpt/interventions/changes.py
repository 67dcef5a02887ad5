"""Which boards may be written in: a disc turned, removed or put, moves in another order."""

from itertools import permutations

import numpy as np
from jaxtyping import Bool, Integer

from .. import game
from ..types import Bitboards
from .cases import (
    EMPTY,
    MINE,
    OUTER,
    THEIRS,
    CaseBoards,
    Cases,
    after_move,
    bit,
    classes,
    position,
)

CHANGES = ("flip", "erase", "place mine", "place theirs")


def change_board(board: CaseBoards, square: Integer[np.ndarray, " cases"], kind: str) -> CaseBoards:
    """Return boards [cases, 36] with one square [cases] flipped, erased or filled.

    Raises ``ValueError`` naming the square if there is no disc to flip or erase, or no room; or if
    the disc to erase is in the centre, where no token could say that a move is legal.
    """
    if kind not in CHANGES:
        raise ValueError(f"no change {kind!r}: use one of {', '.join(CHANGES)}")
    rows = np.arange(len(board))
    was = board[rows, square]
    fills = kind.startswith("place")
    wrong = np.flatnonzero((was == EMPTY) != fills)
    if len(wrong):
        name = game.square_name(int(np.broadcast_to(square, len(board))[wrong[0]]))
        why = f"{name} has a disc already" if fills else f"{name} is empty"
        cure = "place one on an empty square" if fills else f"only a disc can be {_PAST[kind]}"
        raise ValueError(f"case {wrong[0]}: {why}, {cure}")
    if kind == "erase" and np.isin(square, game.centre()).any():
        raise ValueError("the four central squares have no token: erase a disc elsewhere")
    after = board.copy()
    new = {"flip": 2 - was, "erase": EMPTY, "place mine": MINE, "place theirs": THEIRS}[kind]
    after[rows, square] = new
    return after


_PAST = {"flip": "flipped", "erase": "erased"}


def cases_of(moves: Integer[np.ndarray, "cases plies"], ply, square, kind: str = "flip") -> Cases:
    """Return cases with one square changed each: games, and the position and square of each.

    Nothing is filtered. Raises ``ValueError`` as ``change_board`` does.
    """
    before = classes(*position(game.replay(moves), np.asarray(ply)))
    return Cases(
        np.asarray(moves), np.asarray(ply), before, change_board(before, np.asarray(square), kind)
    )


_EACH = np.uint64(1) << np.arange(36, dtype=np.uint64)


def _flipped(mine, theirs, replay, ply):
    disc = _EACH & (mine | theirs)[:, None]
    return mine[:, None] ^ disc, theirs[:, None] ^ disc


def _impossible(mine, theirs, replay, ply):
    own, other = _flipped(mine, theirs, replay, ply)
    possible = has_last_move(own, other)
    return np.where(possible, mine[:, None], own), np.where(possible, theirs[:, None], other)


def _erased(mine, theirs, replay, ply):
    outer = _EACH[OUTER]
    return mine[:, None] & ~outer, theirs[:, None] & ~outer


def _placed(mine, theirs, replay, ply):
    disc = _EACH & ~(mine | theirs)[:, None]
    own, other = np.broadcast_arrays(mine[:, None], theirs[:, None], disc)[:2]
    return np.hstack([own | disc, own]), np.hstack([other, other | disc])


def _replaced(mine, theirs, replay, ply):
    rows = np.arange(len(ply))
    own, other = replay.mine[rows, ply][:, None], replay.theirs[rows, ply][:, None]
    legal = game.flips(own, other, np.arange(36)) != 0
    after = after_move(own, other, np.arange(36))
    return np.where(legal, after[0], mine[:, None]), np.where(legal, after[1], theirs[:, None])


def _reordered(mine, theirs, replay, ply):
    rows, orders = np.arange(len(ply)), np.array(list(permutations(range(4))))
    moves = replay.moves[rows[:, None], ply[:, None] + np.arange(-3, 1)][:, orders]
    own, other = replay.mine[rows, ply - 3][:, None], replay.theirs[rows, ply - 3][:, None]
    legal = np.ones(moves.shape[:2], bool)
    for move in np.moveaxis(moves, 2, 0):
        legal &= game.flips(own, other, move) != 0
        own, other = after_move(own, other, move)
    return np.where(legal, own, mine[:, None]), np.where(legal, other, theirs[:, None])


CANDIDATES = {
    "flip": _flipped,
    "reachable": _reordered,
    "unreachable": _impossible,
    "erase": _erased,
    "place": _placed,
    "replace": _replaced,
}


def has_last_move(mine: Bitboards, theirs: Bitboards) -> Bool[np.ndarray, "..."]:
    """Return whether a legal last move can have led to positions (bitboards): bool, of their shape.

    The side to move is ``mine``; the last disc is one of ``theirs``, on no central square. In some
    direction it turned discs, so next to it lie two of ``theirs``; and it left none that it would
    have had to turn. Exact for one move back.
    """
    cells = np.pad(game.to_array(theirs), [*[(0, 0)] * theirs.ndim, (2, 2), (2, 2)])
    around = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]
    found = np.zeros(theirs.shape, bool)
    for square in map(int, OUTER):
        row, column = divmod(square, 6)
        turned = np.zeros(theirs.shape, bool)
        for down, right in around:
            near, next_to_it = (
                cells[..., 2 + row + k * down, 2 + column + k * right] for k in (1, 2)
            )
            turned |= near & next_to_it
        rest = theirs & ~bit(square)
        found |= (rest != theirs) & turned & (game.flips(rest, mine, square) == 0)
    return found

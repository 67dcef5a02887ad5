"""Targets: what a position could be asked for."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int8

from .. import game
from ..game import Games, Replay
from ..types import Bitboards

Cells = Int8[np.ndarray, "games positions cells"]
"""A class for each cell: the squares, or one cell for the position as a whole."""


def empty(replay: Replay) -> Cells:
    """Return which squares are empty: 1 where empty, else 0."""
    return 1 - _cells((replay.after_first | replay.after_second)[:, :-1], replay)


def board(replay: Replay) -> Cells:
    """Return whose disc lies where: 0 theirs, 1 empty, 2 mine.

    Mine is the side about to move (Nanda 2023, https://arxiv.org/abs/2309.00941), also where the
    other side has just passed. After a game's end it is the side that didn't move last.
    """
    mover, other = _sides(replay)
    mine, theirs = (
        np.where(_moves_again(replay), *two) for two in ((mover, other), (other, mover))
    )
    return 1 + _cells(mine, replay) - _cells(theirs, replay)


def just_moved(replay: Replay) -> Cells:
    """Return the discs of the side that has just moved: 1 there.

    This is what the original notebook calls "mine".
    """
    return _cells(_sides(replay)[0], replay)


def legal_prev(replay: Replay) -> Cells:
    """Return where the last move could have been played: 1 there."""
    return _cells(replay.legal[:, :-1], replay)


def legal_next(replay: Replay) -> Cells:
    """Return where the next move can be played: 1 there, else 0."""
    return _cells(replay.legal[:, 1:], replay)


def colour(replay: Replay) -> Cells:
    """Return the board in absolute colours.

    0 for the second player's discs, 1 for empty, 2 for the first player's.
    """
    first, second = replay.after_first[:, :-1], replay.after_second[:, :-1]
    return 1 + _cells(first, replay) - _cells(second, replay)


def previous_board(replay: Replay) -> Cells:
    """Return the board before the last move.

    0 for theirs, 1 for empty, 2 for mine, the same two sides as in ``board``.
    """
    two = replay.mine[:, :-1], replay.theirs[:, :-1]  # of the side that then moved, and the other
    mine, theirs = (np.where(_moves_again(replay), *pair) for pair in (two, two[::-1]))
    return 1 + _cells(mine, replay) - _cells(theirs, replay)


def captured(replay: Replay) -> Cells:
    """Return the discs that the last move turned over: 1 there."""
    mine, theirs, moves = (x[:, :-1] for x in (replay.mine, replay.theirs, replay.moves))
    return _cells(game.flips(mine, theirs, moves, replay.size), replay)


def last_move(replay: Replay) -> Cells:
    """Return the square of the last move, one cell: its token - 1."""
    return (game.token_of_square(replay.size)[replay.moves[:, :-1, None]] - 1).astype(np.int8)


def parity(replay: Replay) -> Cells:
    """Return the parity of the position, one cell: 0 after move 1."""
    plies = np.arange(replay.moves.shape[1] - 1)
    return np.broadcast_to(plies[:, None] % 2, (len(replay.moves), len(plies), 1)).astype(np.int8)


def first_position(replay: Replay) -> Cells:
    """Return whether only one move was played, one cell: 1 or 0."""
    first = np.zeros((len(replay.moves), replay.moves.shape[1] - 1, 1), np.int8)
    first[:, 0] = 1
    return first


def flips_so_far(replay: Replay) -> Cells:
    """Return how often each square has been turned over so far."""
    return captured(replay).cumsum(1, dtype=np.int8)


def flips_ignored(replay: Replay) -> Replay:
    """Return the same moves, played on a board on which no disc is ever turned over.

    Legal squares are those that the rules allow on that board. Any target of this is what a reader
    would say who follows the moves but not their flips.
    """
    played = replay.moves != game.NO_MOVE
    discs = np.where(played, np.uint64(1) << replay.moves.clip(0).astype(np.uint64), np.uint64(0))
    starts = {game.FIRST: replay.mine[:, :1], game.SECOND: replay.theirs[:, :1]}
    after = [
        np.bitwise_or.accumulate(np.where(replay.player == side, discs, 0), 1) | start
        for side, start in starts.items()
    ]
    before = [bits & ~discs for bits in after]
    mine, theirs = np.where(replay.player == game.FIRST, before, before[::-1])
    legal = game.legal_moves(mine, theirs, replay.size)
    # An entry past a game's end is 0.
    mine, theirs, legal, *after = (np.where(played, b, 0) for b in (mine, theirs, legal, *after))
    return Replay(replay.moves, mine, theirs, legal, replay.player, *after, replay.size)


def by_colour(replay: Replay) -> Replay:
    """Return the same positions as if the second player had moved each time.

    So *mine* (who is about to move) and the legal squares are always the second player's, *theirs*
    the first player's: any target of this is the same question asked in absolute colours.
    ``captured`` isn't one, as only the side that moved can have turned discs.
    """
    by_second = replay.player == game.SECOND
    mine = np.where(by_second, replay.mine, replay.theirs)
    theirs = np.where(by_second, replay.theirs, replay.mine)
    legal = game.legal_moves(mine, theirs, replay.size)
    player = np.where(replay.player == 0, 0, game.SECOND).astype(np.int8)
    return replace(replay, mine=mine, theirs=theirs, legal=legal, player=player)


def _cells(bits: Bitboards | np.uint64, replay: Replay) -> Cells:
    return game.on_squares(bits, replay.size).astype(np.int8)


def _sides(replay: Replay) -> tuple[np.ndarray, np.ndarray]:
    """Return the discs after each move but the last: of the side that made it, of the other one."""
    after = replay.after_first[:, :-1], replay.after_second[:, :-1]
    first = replay.player[:, :-1] == game.FIRST
    return np.where(first, *after), np.where(first, *after[::-1])


def _moves_again(replay: Replay) -> np.ndarray:
    """Return whether the other side passes after a move, bool [games, positions]."""
    return (replay.player[:, 1:] == replay.player[:, :-1]) & (replay.player[:, 1:] != 0)


@dataclass(frozen=True)
class Target:
    """Something to read: a name, the names of its classes, and the function that labels games.

    ``labels`` gives the index of a class for each cell after each move but the last.
    """

    name: str
    classes: tuple[str, ...]
    labels: Callable[[Replay], Cells]


_TOKEN_NAMES = tuple(game.square_name(s) for s in game.playable())
_NO_YES = ("no", "yes")
TARGETS = {
    function.__name__: Target(function.__name__, classes, function)
    for function, classes in [
        (empty, _NO_YES),
        (board, ("theirs", "empty", "mine")),
        (just_moved, _NO_YES),
        (legal_prev, _NO_YES),
        (legal_next, _NO_YES),
        (colour, ("second", "empty", "first")),
        (previous_board, ("theirs", "empty", "mine")),
        (captured, _NO_YES),
        (last_move, _TOKEN_NAMES),
        (parity, ("even", "odd")),
        (first_position, _NO_YES),
    ]
}
# One cell each, and easy.
SINGLE = ("last_move", "parity", "first_position")
# Those that have another answer in absolute colours (as ``board`` has in ``colour``).
SIDED = tuple(
    TARGETS[name] for name in ("just_moved", "legal_prev", "legal_next", "previous_board")
)
ORIGINAL = tuple(TARGETS[name] for name in ("empty", "just_moved", "legal_prev", "legal_next"))


def absolute(target: Target) -> Target:
    """Return ``target`` asked in absolute colours; see ``by_colour``."""
    return Target(f"absolute {target.name}", target.classes, lambda r: target.labels(by_colour(r)))


def control_task(target: Target, seed: int = 0) -> Target:
    """Return a control task for ``target`` (Hewitt & Liang 2019, https://arxiv.org/abs/1909.03368).

    Each pair of a ply and a square just played is given, once and for all, the labels that a random
    game has at that ply. Such labels look like real ones and depend on the input alone, but mean
    nothing: a probe that gets them right has memorised, not read.
    """
    size, plies = 6, 31
    random_games = Games.sample(plies * size**2, seed)
    table = target.labels(random_games.replay).reshape(plies, size**2, plies, -1)
    table = table[np.arange(plies), :, np.arange(plies)]  # [ply, square just played, cells]

    def labels(replay: Replay) -> Cells:
        return table[np.arange(plies), replay.moves[:, :-1]]

    return Target(f"control of {target.name}", target.classes, labels)

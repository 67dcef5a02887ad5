"""Trackers: players by hand that follow a game from the wrong start, each in its own way.

They are the rivals of the claim that the network infers a start that it never saw.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Int8, Integer

from .. import game

_STEPS = [(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1) if dr or dc]
WAYS = ("plays on", "repairs", "ignores flips")


def track(
    moves: Integer[np.ndarray, "games plies"], way: str = "repairs", size: int = 6
) -> Int8[np.ndarray, "games plies squares"]:
    """Return the boards that a tracker believes in after each move, +1, -1 and 0 for empty.

    It begins at the start that training has (first player on the NW-SE diagonal) and plays by the
    rules. Where a move is illegal on its board, it

    - ``plays on``: puts the disc and turns nothing;
    - ``repairs``: recolours as few discs as make the move legal, then plays it;

    and if it ``ignores flips`` it never turns a disc. Raises ``ValueError`` for another way.
    """
    if way not in WAYS:
        raise ValueError(f"no way {way!r} to track: choose {', '.join(WAYS)}")
    found = np.zeros((*moves.shape, size * size), np.int8)
    lines = [[_line(s, step, size) for step in _STEPS] for s in range(size * size)]
    first, second = (game.squares(int(bits)) for bits in game.start(size))
    for number, played in enumerate(moves.tolist()):
        board = np.zeros(size * size, int).tolist()
        for square in first:
            board[square] = 1
        for square in second:
            board[square] = -1
        for ply, square in enumerate(played):
            _play(board, lines[square], square, 1 if ply % 2 == 0 else -1, way)
            found[number, ply] = board
    return found


def _line(square: int, step: tuple[int, int], size: int) -> list[int]:
    row, column = square // size + step[0], square % size + step[1]
    line = []
    while 0 <= row < size and 0 <= column < size:
        line.append(row * size + column)
        row, column = row + step[0], column + step[1]
    return line


def _play(board: list[int], lines: list[list[int]], square: int, side: int, way: str) -> None:
    """Play a move on a board in place."""
    if way != "ignores flips":
        turned = [s for line in lines for s in _flanked(board, line, side)]
        if not turned and way == "repairs":
            repairs = [r for line in lines for r in _repairs(board, line, side)]
            for s, colour in min(repairs, key=len, default=[]):
                board[s] = colour
            turned = [s for line in lines for s in _flanked(board, line, side)]
        for s in turned:
            board[s] = side
    board[square] = side


def _flanked(board: list[int], line: list[int], side: int) -> list[int]:
    for k, s in enumerate(line):
        if board[s] != -side:
            return line[:k] if board[s] == side else []
    return []


def _repairs(board: list[int], line: list[int], side: int) -> Iterator[list[tuple[int, int]]]:
    """Yield the recolourings of a line that would make it flank discs: [(square, colour)]."""
    for end in range(1, len(line)):
        if not board[line[end]] or not board[line[end - 1]]:
            return
        wanted = [(s, -side) for s in line[:end]] + [(line[end], side)]
        yield [(s, colour) for s, colour in wanted if board[s] != colour]


def legal_next(
    boards: Int8[np.ndarray, "games plies squares"],
) -> Bool[np.ndarray, "games plies squares"]:
    """Return where the side to move may play on each of the boards after moves 0, 1, and so on."""
    games, plies, squares = boards.shape
    size = round(squares**0.5)
    first, second = (
        game.from_array((boards == side).reshape(games, plies, size, size), size)
        for side in (1, -1)
    )
    odd = np.arange(plies) % 2 == 0  # after the first move the second side is to move
    mine, theirs = np.where(odd, second, first), np.where(odd, first, second)
    return game.on_squares(game.legal_moves(mine, theirs, size), size)


def illegal_share(
    choices: Bool[np.ndarray, "games plies squares"],
    boards: Int8[np.ndarray, "games plies squares"],
    truth: Bool[np.ndarray, "games plies squares"],
) -> Float[np.ndarray, "games plies"]:
    """Return how likely a tracker's next move is illegal, if it picks evenly among its own choices.

    Where it has none it picks evenly among the empty squares.
    """
    choices = np.where(choices.any(-1, keepdims=True), choices, boards == 0)
    return (choices & ~truth).sum(-1) / np.maximum(choices.sum(-1), 1)

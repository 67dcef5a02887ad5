"""Othello, slow and obvious: one board, one square, one direction at a time. Shared by the tests.

A board is a list of rows, 1 the player who moves first, -1 the other, 0 empty.
"""

import random

DIRECTIONS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def start(size, standard=False):
    board = [[0] * size for _ in range(size)]
    low, high = size // 2 - 1, size // 2
    falling, rising = (-1, 1) if standard else (1, -1)
    board[low][low] = board[high][high] = falling
    board[low][high] = board[high][low] = rising
    return board


def turned(board, player, square):
    """The squares that a move turns over; none if the move is illegal."""
    size = len(board)
    row, column = divmod(square, size)
    if board[row][column] != 0:
        return []
    result = []
    for down, right in DIRECTIONS:
        run = []
        r, c = row + down, column + right
        while 0 <= r < size and 0 <= c < size and board[r][c] == -player:
            run.append(r * size + c)
            r, c = r + down, c + right
        if 0 <= r < size and 0 <= c < size and board[r][c] == player:
            result += run
    return result


def legal(board, player):
    return [s for s in range(len(board) ** 2) if turned(board, player, s)]


def play(board, player, square):
    size = len(board)
    after = [list(row) for row in board]
    for s in [square, *turned(board, player, square)]:
        after[s // size][s % size] = player
    return after


def replay(moves, size, standard=False):
    """For each move: who plays it, the legal squares, the board before and the board after."""
    board, player, steps = start(size, standard), 1, []
    for square in moves:
        if not legal(board, player):
            player = -player
        can = legal(board, player)
        assert square in can
        after = play(board, player, square)
        steps.append((player, can, board, after))
        board, player = after, -player
    return steps


def random_game(seed, size, standard=False):
    """The moves of a random game to its very end; passes are taken and not written down."""
    rng = random.Random(seed)
    board, player, moves = start(size, standard), 1, []
    while True:
        if not legal(board, player):
            player = -player
        can = legal(board, player)
        if not can:
            return moves
        moves.append(rng.choice(can))
        board, player = play(board, player, moves[-1]), -player


def games_without_pass(size, standard=False):
    """Every game that never needs a pass, with the probability that random play draws it."""
    full = size * size - 4

    def after(board, player, moves, probability):
        if len(moves) == full:
            yield tuple(moves), probability
        can = legal(board, player)
        for square in can:
            yield from after(
                play(board, player, square), -player, [*moves, square], probability / len(can)
            )

    return dict(after(start(size, standard), 1, [], 1.0))

"""Proof of ``othello_gpt.interventions``: changes."""

from itertools import chain, product

import numpy as np

from othello_gpt import game, interventions
from othello_gpt.interventions import sample_cases
from tests import oracle
from tests.interventions.common import SQUARES, board_of


def slow_has_last_move(row):
    """Whether some board and move lead to this one: every way to turn discs back is tried."""
    board = board_of(row)  # the side that has just moved is -1
    for square in SQUARES[1:].tolist():
        r, c = divmod(square, 6)
        if board[r][c] != -1:
            continue
        runs = []
        for down, right in oracle.DIRECTIONS:
            run, y, x = [], r + down, c + right
            while 0 <= y < 6 and 0 <= x < 6 and board[y][x] == -1:
                run.append((y, x))
                y, x = y + down, x + right
            runs.append([run[:k] for k in range(max(1, len(run)))])
        for turned in product(*runs):
            earlier = [list(line) for line in board]
            earlier[r][c] = 0
            for y, x in chain(*turned):
                earlier[y][x] = 1
            legal = oracle.turned(earlier, -1, square)
            if legal and oracle.play(earlier, -1, square) == board:
                return True
    return False


def test_whether_a_last_move_can_have_led_to_a_board():
    flips = sample_cases(60, "flip", seed=8, plies=(2, 12))
    none = sample_cases(20, "unreachable", seed=8)
    boards = np.concatenate([flips.before[:20], flips.after, none.after])
    mine, theirs = (game.from_array((boards == k).reshape(-1, 6, 6)) for k in (2, 0))
    found = interventions.has_last_move(mine, theirs)
    assert found.tolist() == [slow_has_last_move(row) for row in boards]
    assert found[:20].all()
    assert not found[-20:].any()
    assert 0 < found[20:-20].sum() < 60

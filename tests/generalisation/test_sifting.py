"""Proof of ``othello_gpt.generalisation``: who knows the rules but not the middle's colours."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from othello_gpt import game, generalisation

AWAY = game.sample_moves(12, seed=4, standard=True).astype(np.int64)
CENTRE = (14, 15, 20, 21)


def play(board, square, side):
    """Return the board after a move and how many discs it turned, square by square."""
    board, turned = dict(board), 0
    row, column = divmod(square, 6)
    for dr, dc in product((-1, 0, 1), repeat=2):
        run, r, c = [], row + dr, column + dc
        while 0 <= r < 6 and 0 <= c < 6 and board.get(6 * r + c) == -side:
            run.append(6 * r + c)
            r, c = r + dr, c + dc
        if run and 0 <= r < 6 and 0 <= c < 6 and board.get(6 * r + c) == side:
            board.update(dict.fromkeys(run, side))
            turned += len(run)
    board[square] = side
    return board, turned


def legal(board, side):
    return [s for s in range(36) if s not in board and play(board, s, side)[1]]


def by_hand(played):
    """Yield after each move what is said of the next one, by Bayes' rule in fractions."""
    boards = [dict(zip(CENTRE, c, strict=True)) for c in product((1, -1), repeat=4)]
    weights = [Fraction(1)] * 16
    for ply, square in enumerate(played):
        side = 1 if ply % 2 == 0 else -1
        for k, board in enumerate(boards):
            can = legal(board, side)
            weights[k] *= Fraction(square in can, max(len(can), 1))
            boards[k] = play(board, square, side)[0]
        said, total = dict.fromkeys(range(36), Fraction(0)), sum(weights)
        for board, weight in zip(boards, weights, strict=True):
            can = legal(board, -side)
            for s in can:
                said[s] += weight / total / len(can)
        yield said, sum(w > 0 for w in weights), boards, [w / total for w in weights]


@pytest.mark.parametrize("row", [0, 5])
def test_it_is_bayes_rule_over_sixteen_middles(row):
    found = generalisation.sift(AWAY[row : row + 1, :9])
    for ply, (said, left, boards, weights) in enumerate(by_hand(AWAY[row, :9].tolist())):
        assert found.left[0, ply] == left
        assert found.probabilities[0, ply] == pytest.approx([float(said[s]) for s in range(36)])
        means = [
            float(sum(w * b.get(s, 0) for b, w in zip(boards, weights, strict=True)))
            for s in range(36)
        ]
        assert found.boards[0, ply] == pytest.approx(means)


def test_the_true_middle_is_never_out_and_most_others_soon_are():
    found = generalisation.sift(AWAY)
    assert (found.left >= 1).all()
    assert (np.diff(found.left, axis=1) <= 0).all()
    assert found.left[:, 0].max() <= 8  # a first move needs two discs as they are
    truth = generalisation.true_boards(AWAY)
    assert ((found.boards[:, :-1] * truth) > -1 + 1e-9).all()  # never sure of what is wrong
    assert found.left[:, -1].mean() < 1.5


def test_moves_that_no_middle_allows_are_refused():
    with pytest.raises(ValueError, match="game 1: move 0 has no board"):
        generalisation.sift(np.array([[AWAY[0, 0]], [0]]))

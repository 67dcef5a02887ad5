"""Proof of ``othello_gpt.construction``: depth."""

import numpy as np
import pytest

from othello_gpt import construction, game
from tests import oracle


def slow_guesses(moves, size):
    """Guesses of the boards after each move of one game, round by round, with the oracle."""
    turned, rounds = [set() for _ in moves], []
    while True:
        board = oracle.start(size)
        boards, next_turned = [], []
        for ply, square in enumerate(moves):
            player = 1 if ply % 2 == 0 else -1
            next_turned.append(set(oracle.turned(board, player, square)))
            board = [list(row) for row in board]
            board[square // size][square % size] = player
            for s in turned[ply]:
                board[s // size][s % size] *= -1
            boards.append(board)
        rounds.append(boards)
        if next_turned == turned:
            return rounds
        turned = next_turned


@pytest.mark.parametrize("size", [4, 6])
def test_guesses_are_the_oracles(size):
    for one_game in game.sample_moves(6, seed=9, size=size):
        slow = slow_guesses(one_game.tolist(), size)
        fast = np.concatenate(list(construction.guesses(one_game[None], size)))
        assert len(fast) == len(slow)
        for guess, boards in zip(fast, slow, strict=True):
            first = game.to_array(guess, size)
            np.testing.assert_array_equal(first, np.array(boards) == 1)


def test_rounds_end_with_the_truth_and_are_no_more_than_moves():
    moves = game.sample_moves(300, seed=10)
    replay = game.replay(moves)
    every = list(construction.guesses(moves))
    np.testing.assert_array_equal(every[-1], replay.after_first)
    for number, guess in enumerate(every):
        done = min(number, 32)
        np.testing.assert_array_equal(guess[:, :done], replay.after_first[:, :done])
    needed = construction.rounds(moves)
    assert (needed >= 1).all()
    assert (needed <= np.arange(1, 33)).all()
    for number in (3, 9):
        right = np.stack([g == replay.after_first for g in every[number:]]).all(0)
        np.testing.assert_array_equal(right, needed <= number)


def test_rounds_refuse_an_illegal_game():
    with pytest.raises(game.IllegalMove):
        construction.rounds(np.zeros((1, 32), int))

"""Proof of ``othello_gpt.game``: whatever is asked, an answer or one sentence of ``ValueError``."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from othello_gpt import game
from tests import oracle
from tests.game.common import lots, padded, passes

# Positions that no draw of games may leave untried: no games, no moves, one move, an early end.
EARLY = next(m for s in range(99) if len(m := oracle.random_game(s, 4)) < 12)
CORNERS = [(6, []), (6, [[]]), (6, [[26]]), (8, [[], []]), (4, [EARLY]), (4, [EARLY, EARLY[:3]])]


def corners(test):
    for corner in CORNERS:
        test = example(corner)(test)
    return test


@corners
@given(lots())
@settings(max_examples=40)
def test_choices_of_any_games(lot):
    size, listed = lot
    moves = padded(listed)
    found = game.log_choices(moves, size)
    assert found.shape == moves.shape
    for row, one in zip(found, listed, strict=True):
        counted = [np.log(len(can)) for _, can, *_ in oracle.replay(one, size)]
        np.testing.assert_allclose(row, counted + [0.0] * (len(row) - len(one)))
    assert (game.legal_tokens(moves, size).sum(-1) == np.exp(found).round() * (moves >= 0)).all()


@corners
@given(lots())
@settings(max_examples=40)
def test_what_asks_for_whole_games_answers_or_says_why_not(lot):
    size, listed = lot
    moves, whole = padded(listed), size**2 - 4
    asked = {
        "surprise": lambda: game.surprise(moves, 1, size).shape,
        "continuations": lambda: game.sample_continuations(moves, 2, size=size).shape,
        "siblings": lambda: game.sample_siblings(moves, 2, 1, size=size).shape,
    }
    n, plies = moves.shape
    shapes = {
        "surprise": (n, plies),
        "continuations": (n, plies, 2),
        "siblings": (n, 2, plies),
    }
    short = any(len(one) < whole for one in listed) or plies != whole
    for name, ask in asked.items():
        if not short and not any(passes(one, size) for one in listed):
            assert ask() == shapes[name]
            continue
        why = r"whole games of \d+ moves are needed|ends after \d+ moves" if short else "has a pass"
        with pytest.raises(game.GamesError, match=why):
            ask()


@given(lots())
@settings(max_examples=40)
def test_exact_probabilities_of_any_position(lot):
    size, listed = lot
    for one in listed:
        steps = oracle.replay(one, size)[-1:]  # the last position of each game
        for player, can, before, _ in steps:
            board = np.array(before)
            mine, theirs = (game.from_array(board == side, size) for side in (player, -player))
            if (empty := int((board == 0).sum())) > 8:  # more would take the oracle long
                continue
            found = game.next_move_probabilities(mine, theirs, size)
            ways = np.zeros(size**2)
            for square in can:
                ways[square] = share_without_pass(oracle.play(before, player, square), -player)
            np.testing.assert_allclose(found, ways / (ways.sum() or 1), atol=1e-12)
            assert empty > 0


def share_without_pass(board, player):
    if not any(0 in row for row in board):
        return 1.0
    can = oracle.legal(board, player)
    shares = [share_without_pass(oracle.play(board, player, s), -player) for s in can]
    return sum(shares) / len(can) if can else 0.0


def test_positions_without_number_and_without_room_are_answered():
    none = np.zeros((0, 3), np.uint64)
    assert game.next_move_probabilities(none, none).shape == (0, 3, 36)
    assert game.legal_moves(none, none).shape == game.count(none).shape == (0, 3)
    assert game.to_array(none).shape == (0, 3, 6, 6)
    assert game.on_squares(none, 4).shape == (0, 3, 16)
    assert game.from_array(np.zeros((0, 6, 6), bool)).shape == (0,)
    assert game.tokens_of([]).shape == (0,)
    for size in game.SIZES:
        full = 2 ** (size**2) - 1
        assert game.legal_moves(full, 0, size) == game.legal_moves(0, full, size) == 0
        assert not game.next_move_probabilities(full, 0, size).any()
        assert game.squares(full) == [*range(size**2)]


@given(st.sampled_from(game.SIZES), st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**40))
@settings(max_examples=10)
def test_no_games_are_sampled_as_no_games(size, seed, first):
    plies = size**2 - 4
    assert game.sample_moves(0, seed, first, size).shape == (0, plies)
    assert game.sample_replay(0, seed, first, size).boards().shape == (0, plies, size, size)
    assert game.first_pass(0, seed, size).shape == (0,)
    one = game.sample_moves(1, seed, first, size)
    assert game.sample_continuations(one, 0, seed, first, size).shape == (1, plies, 0)
    assert (game.sample_siblings(one, 2, plies, seed, first, size) == one).all()
    for half in (0, plies // 2, plies):
        found = game.sample_continuations(one, 1, seed, first, size, begin=half, end=half)
        assert found.shape == (1, 0, 1)


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda: game.sample_moves(-1), "-1 games were asked for; ask for 0 or more"),
        (lambda: game.sample_replay(-1), "-1 games were asked for; ask for 0 or more"),
        (lambda: game.first_pass(-1), "-1 games were asked for; ask for 0 or more"),
        (lambda: game.survival(0), "0 games were asked for; ask for 1 or more"),
        (lambda: game.entropy_floor(1), "1 games were asked for; ask for 2 or more"),
        (lambda: game.sample_moves(1, 2**63), "a seed has at most 64 bits"),
        (lambda: game.sample_moves(1, first=-1), "games count from 0"),
        (lambda: game.surprise(game.sample_moves(1), -(2**64)), "a seed has at most 64 bits"),
        (
            lambda: game.sample_continuations(game.sample_moves(1), 1, end=33),
            "games have no plies 0 to 33: choose from 0 to 32",
        ),
        (
            lambda: game.sample_continuations(game.sample_moves(1), 1, begin=5, end=4),
            "games have no plies 5 to 4: choose from 0 to 32",
        ),
        (lambda: game.next_move_probabilities(3, 1), "discs of both sides"),
        (lambda: game.tokens_of([[9, 14]]), r"C3 \(square 14\) among the moves is occupied"),
        (lambda: game.tokens_of([[9, 36]]), "36 among the moves is no square of a 6x6 board"),
        (lambda: game.tokens_of([9.0]), "whole numbers"),
        (lambda: game.from_array(np.zeros((4, 4), bool)), "expected boards of 6x6"),
        (lambda: game.playable(5), "board size 5 is not supported"),
        (lambda: game.on_squares(0, 5), "board size 5 is not supported"),
        (lambda: game.sample_moves(1, size=7), "board size 7 is not supported"),
    ],
)
def test_what_cant_be_is_one_sentence(ask, why):
    with pytest.raises(ValueError, match=why) as error:
        ask()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("size", game.SIZES)
def test_playable_squares_are_those_that_start_empty(size):
    empty = [s for s, disc in enumerate(np.ravel(oracle.start(size))) if disc == 0]
    assert game.playable(size).tolist() == empty


@given(st.sampled_from(game.SIZES), st.lists(st.integers(0, 2**64 - 1), max_size=4))
def test_squares_of_one_board_and_of_many_agree(size, words):
    words = [word % 2 ** (size**2) for word in words]
    many = game.on_squares(np.array(words, np.uint64), size)
    assert [np.flatnonzero(row).tolist() for row in many] == [game.squares(w) for w in words]

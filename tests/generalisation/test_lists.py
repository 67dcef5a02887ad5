"""Proof of ``othello_gpt.generalisation``: a sample of all lists of moves of one length."""

import numpy as np
import pytest

from othello_gpt import game, generalisation
from othello_gpt.intervals import bootstrap_shares


def all_lists(plies):
    here = game.Beginnings.empty()
    for _ in range(plies):
        here = here.longer()
    return here


def test_all_families_together_are_all_lists():
    n = len(all_lists(4))
    lists, family = generalisation.sampled(5, n)
    assert sorted(lists.moves.tolist()) == sorted(all_lists(5).moves.tolist())
    assert sorted(set(family.tolist())) == list(range(n))


def test_a_family_follows_on_one_beginning_and_is_whole():
    lists, family = generalisation.sampled(6, 40, seed=3)
    everything = all_lists(6).moves.tolist()
    for one in range(40):
        moves = lists.moves[family == one]
        parents = np.unique(moves[:, :-1], axis=0)
        assert len(parents) == 1
        assert sum(row[:-1] == parents[0].tolist() for row in everything) == len(moves)


def test_a_share_over_all_lists_is_found():
    plies = 6
    is_late = all_lists(plies).moves[:, -1] > 20
    lists, family = generalisation.sampled(plies, 500, seed=1)
    hits = np.bincount(family, weights=lists.moves[:, -1] > 20, minlength=500)
    found = bootstrap_shares(hits, np.bincount(family, minlength=500))
    assert found.low < is_late.mean() < found.high


@pytest.mark.parametrize(("plies", "n", "says"), [(1, 1, "two or more"), (3, 13, "12 families")])
def test_what_cannot_be_drawn_is_refused(plies, n, says):
    with pytest.raises(ValueError, match=says):
        generalisation.sampled(plies, n)


def test_a_board_is_met_by_any_order_of_its_moves():
    lists = all_lists(5)
    boards = np.stack([lists.mine, lists.theirs], 1)
    _, which = np.unique(boards, axis=0, return_inverse=True)
    of_lists = 1 - generalisation.unseen(lists.moves, 1)  # of a single game
    by_hand = np.bincount(which.ravel(), of_lists)[which.ravel()]
    rows = np.random.default_rng(0).choice(len(lists), 300, replace=False)
    met = 1 - generalisation.unseen_boards(lists.moves[rows], 1)
    assert np.allclose(met, by_hand[rows], rtol=1e-9)
    assert (met > 1.5 * of_lists[rows]).any()  # another order leads there, too
    assert generalisation.unseen_boards(lists.moves[rows[:3]], 0).tolist() == [1, 1, 1]
    with pytest.raises(game.IllegalMove):
        generalisation.unseen_boards(np.array([[0, 1]]), 5)


def test_lists_that_random_games_hardly_begin_with_are_unseen():
    moves = all_lists(4).moves
    assert generalisation.unseen(moves, 0).tolist() == [1] * len(moves)
    # One minus the chance of being unseen by a single game is that of the list: together one.
    assert (1 - generalisation.unseen(moves, 1)).sum() == pytest.approx(1)
    games = game.sample_moves(600, seed=4)[:, :4]
    seen = {tuple(row) for row in games.tolist()}
    expected = generalisation.unseen(moves, 600).sum()
    assert len(moves) - len(seen) == pytest.approx(expected, abs=25)
    assert generalisation.unseen(moves, 10**9).max() < 1e-6

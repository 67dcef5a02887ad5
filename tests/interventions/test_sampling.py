"""Proof of ``othello_gpt.interventions``: sampling."""

import numpy as np
import pytest

from othello_gpt import game, interventions
from othello_gpt.interventions import sample_cases
from tests.interventions.common import MOVES


def test_cases_are_those_of_their_seed():
    a, b = sample_cases(20, seed=4), sample_cases(20, seed=4)
    assert np.array_equal(a.after, b.after)
    assert np.array_equal(a.ply, b.ply)
    others = sample_cases(20, seed=4, first=1000)
    assert not set(map(bytes, a.moves)) & set(map(bytes, others.moves))


def test_single_edits_of_chosen_squares():
    moves = MOVES[:1]
    c3, a1 = game.square_id("C3"), game.square_id("A1")
    case = interventions.cases_of(moves, [0], [c3])
    assert np.flatnonzero(case.before != case.after).tolist() == [c3]
    placed = interventions.cases_of(moves, [0], [a1], "place mine")
    assert placed.after[0, a1] == 2
    erased = interventions.cases_of(moves, [0], moves[:, 0], "erase")
    assert erased.after[0, moves[0, 0]] == 1
    for kind, square, why in [
        ("flip", a1, "A1 is empty, only a disc can be flipped"),
        ("erase", a1, "A1 is empty, only a disc can be erased"),
        ("erase", c3, "the four central squares have no token"),
        ("place theirs", c3, "C3 has a disc already"),
        ("turn", c3, "no change 'turn': use one of flip"),
    ]:
        with pytest.raises(ValueError, match=why):
            interventions.cases_of(moves, [0], [square], kind)
    with pytest.raises(ValueError, match="no kind of case 'legal'"):
        sample_cases(3, "legal")


def test_cases_from_the_other_start():
    cases = sample_cases(40, seed=4, plies=(0, 6), standard=True)
    followed = game.replay(cases.moves, standard=True)
    here = interventions.cases.position(followed, cases.ply)
    assert np.array_equal(cases.before, interventions.cases.classes(*here))
    assert ((cases.before != cases.after).sum(1) == 1).all()
    assert (cases.legal_before != cases.legal_after).any(1).all()
    with pytest.raises(game.IllegalMove):
        game.replay(cases.moves)

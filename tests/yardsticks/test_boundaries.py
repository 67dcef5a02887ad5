"""Proof of ``othello_gpt.yardsticks``: boundaries."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from othello_gpt import game, yardsticks
from othello_gpt.yardsticks.suffixes import first_of_each_beginning
from tests import oracle
from tests.yardsticks.common import MOVES, TINY, Cheat


def accepted_by_rules(beginning):
    """Return all beginnings of ways to fill the board without a pass, as an oracle plays them."""
    empty = [s for s in range(36) if s not in [*beginning, *game.centre()]]
    found = set()
    for order in permutations(empty):
        try:
            steps = oracle.replay([*map(int, beginning), *order], 6)
        except AssertionError:
            continue
        players = [player for player, *_ in steps]
        if players == [1, -1] * 16:
            found |= {order[:n] for n in range(1, len(order) + 1)}
    return found


def pairs_of_28():
    same, decoys = yardsticks.swapped(game.sample_moves(3000, 5), 28)
    return same[:4], decoys[:4]


def accepted(found, pair, filled, after):
    """What the rules accept of a pair, as a set of beginnings of orders, by index of the square."""
    nodes = permutations(range(4))
    return {
        order[: n + 1]
        for order, least in zip(nodes, found.exact[pair, filled, after], strict=True)
        for n in range(4)
        if least[n] > 0
    }


def test_boundaries_of_a_perfect_model_are_the_true_ones():
    same, decoys = pairs_of_28()
    any_two = yardsticks.Transpositions(MOVES[:3, :28], MOVES[3:6, :28])
    for pairs in (same, decoys, any_two):
        found = yardsticks.continuations(Cheat(), pairs)
        np.testing.assert_allclose(found.exact, found.model, atol=1e-5)
        boundary = found.boundary()
        assert (boundary.true == boundary.model).all()
    assert yardsticks.continuations(Cheat(), same).boundary().compression().all()
    boundary = yardsticks.continuations(Cheat(), decoys).boundary()
    assert (boundary.recall()[:, 0] == boundary.recall()[:, 1]).all()
    assert boundary.true.any()


def test_the_rules_side_is_what_an_oracle_plays():
    same, decoys = pairs_of_28()
    any_two = yardsticks.Transpositions(MOVES[:3, :28], MOVES[3:6, :28])
    for pairs in (same, decoys, any_two):
        found = yardsticks.continuations(TINY, pairs)
        boundary = found.boundary()
        for k, both in enumerate(zip(pairs.one, pairs.other, strict=True)):
            for filled in range(2):
                here, there = both[filled], both[1 - filled]
                empty = [s for s in range(36) if s not in [*here, *game.centre()]]
                a, b = accepted_by_rules(here), accepted_by_rules(there)
                named = {tuple(empty[i] for i in order) for order in accepted(found, k, filled, 0)}
                assert named == a
                minimal = [x for x in a - b if all(x[:n] in b for n in range(1, len(x)))]
                assert boundary.true[k, filled].sum() == len(minimal)


def test_a_partly_wrong_model_by_hand():
    true = np.zeros((2, 2, 3), bool)
    model = np.zeros_like(true)
    true[0, 0, :2] = model[0, 0, 1:] = True  # two to know, it has one of them and a wrong one
    true[0, 1, 0] = True
    found = yardsticks.Boundary(true, model)
    assert found.compression().tolist() == [False, True]
    assert found.recall().tolist() == [[1, 3], [0, 0]]
    assert found.precision().tolist() == [[1, 2], [0, 0]]
    assert yardsticks.per_pair(found.recall()).mean == pytest.approx((1 / 3 + 1) / 2)
    assert yardsticks.per_pair(found.precision()).mean == pytest.approx((1 / 2 + 1) / 2)


def test_a_model_that_refuses_one_right_continuation_loses_it():
    _, decoys = pairs_of_28()
    found = yardsticks.continuations(Cheat(), decoys)
    boundary = found.boundary()
    pair, side, node = np.argwhere(boundary.true)[0]
    order, n = (x[node] for x in first_of_each_beginning(4))
    said = found.model.copy()
    same = (found.exact[pair, side, 0] == found.exact[pair, side, 0, order, n])[:, n]
    said[pair, side, 0, same, n:] = 0.0
    worse = replace(found, model=said).boundary()
    assert (worse.true == boundary.true).all()
    assert not worse.model[pair, side, node]
    assert worse.recall()[pair, 0] < boundary.recall()[pair, 0]


def test_a_model_that_accepts_everything_has_no_boundary():
    _, decoys = pairs_of_28()
    found = yardsticks.continuations(TINY, decoys).boundary(threshold=0.0)
    assert not found.model.any()
    assert found.true.any()
    assert found.recall().sum(0)[0] == 0


def test_vafa_scores_of_a_perfect_model_and_of_one_that_accepts_everything():
    same, decoys = (yardsticks.continuations(Cheat(), pairs) for pairs in pairs_of_28())
    found = yardsticks.vafa_scores(same, decoys)
    means = {name: i.mean for name, i in found.items()}
    assert means == {
        "compression": 1,
        "compression of different positions": 0,
        "gap": 1,
        "recall": 1,
        "precision": 1,
    }
    blind = [replace(one, model=np.ones_like(one.model)) for one in (same, decoys)]
    found = yardsticks.vafa_scores(*blind)
    assert found["compression"].mean == found["compression of different positions"].mean == 1
    assert found["gap"].mean == found["recall"].mean == 0


def test_continuations_refuse_what_cant_be_enumerated():
    same, _ = yardsticks.swapped(game.sample_moves(1000, 5), 20)
    with pytest.raises(ValueError, match="12 squares are empty"):
        yardsticks.continuations(TINY, same)

"""Proof of ``othello_gpt.neurons``: which way neurons with a rule push."""

import numpy as np
import pytest

from othello_gpt import game, neurons
from othello_gpt.neurons import Line, Rule
from tests.neurons.common import GAMES


@pytest.fixture
def rules():
    squares = ["B2", "E5", "A1", "F3"]
    lines = [(Line(game.square_id(name)),) for name in squares]
    return [Rule(k % 2, 7 * k, line, 0.0, 1.0) for k, line in enumerate(lines)]


def test_promoters_raise_their_own_square(model, rules):
    direct = [neurons.direct_effects(model, layer) for layer in range(2)]
    pushes = neurons.rule_pushes(rules, direct)
    for rule, push in zip(rules, pushes, strict=True):
        assert push == direct[rule.layer][rule.neuron, rule.square]
    groups = neurons.promoters_and_dampers(rules, direct)
    assert groups["promoters"] == [r for r, p in zip(rules, pushes, strict=True) if p > 0]
    assert sorted(r.name for g in groups.values() for r in g) == sorted(r.name for r in rules)


def test_others_are_none_of_the_chosen_ones_and_as_near_as_can_be(model, rules):
    direct = [neurons.direct_effects(model, layer) for layer in range(2)]
    rng = np.random.default_rng(0)
    std, taken = rng.random((2, 64)), neurons.by_layer(rules)
    assert {at: who.tolist() for at, who in taken.items()} == {0: [0, 14], 1: [7, 21]}
    size = neurons.of_the_same_size(rules, std)
    push = neurons.of_the_same_push(rules[:1], direct, std, rules)
    some = neurons.random_others(rules, 64, rng)
    for others in (size, some):
        for at, who in others.items():
            assert len(set(who) - set(taken[at])) == 2
    nearest = np.setdiff1d(np.arange(64), taken[0])
    assert size[0][0] == nearest[np.abs(std[0, nearest] - std[0, 0]).argmin()]
    of = direct[0][:, rules[0].square].data * std[0]
    assert push[0].tolist() == [nearest[np.abs(of[nearest] - of[0]).argmin()]]


def test_rules_that_say_is_legal_name_the_legal_squares(asked, rules):
    named = neurons.named_squares(rules, neurons.line_holds(asked))
    legal = GAMES.replay.legalities()[:, 1:].reshape(len(asked), 36)
    squares = [rule.square for rule in rules]
    assert np.array_equal(named[:, squares], legal[:, squares])
    assert not np.delete(named, squares, 1).any()


def test_the_change_is_that_of_log_probabilities_of_legal_squares():
    before = np.full((3, 1, 4), 0.25)
    after = before * np.array([2, 1, 0.5, 1])
    named = np.array([True, False, True, False]) & np.ones((3, 1, 1), bool)
    legal = np.array([True, True, False, False]) & np.ones((3, 1, 1), bool)
    found = neurons.change_of_named(before, after, named, legal)
    assert np.allclose(found.mean, [np.log(2), 0, np.log(2)])

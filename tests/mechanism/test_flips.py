"""Proof of ``othello_gpt.mechanism``: lines of turned discs and their neurons."""

import numpy as np

from othello_gpt import game, mechanism, neurons, probes
from othello_gpt.neurons import Line, Rule

GAMES = game.Games.sample(60, seed=5)


def test_the_runs_of_turned_lines_are_the_turned_discs():
    turned = mechanism.turned_lines(GAMES.replay)
    lines = neurons.lines_through()
    discs = np.zeros((len(turned), 36), bool)
    for row, column in zip(*np.nonzero(turned), strict=True):
        if lines[column].run:
            discs[row, neurons.line_squares(lines[column])[:-1]] = True
    assert np.array_equal(discs, probes.captured(GAMES.replay).reshape(-1, 36) == 1)
    unsided = [not line.towards for line in lines]
    assert not turned[:, unsided].any()


def test_a_line_is_that_of_any_of_its_runs():
    turned = mechanism.turned_lines(GAMES.replay)
    lines = neurons.lines_through()
    for column, line in enumerate(lines):
        if line.towards and not line.run:
            runs = [
                k
                for k, p in enumerate(lines)
                if p.run and (p.square, p.towards) == (line.square, line.towards)
            ]
            assert np.array_equal(turned[:, column], turned[:, runs].any(1))


def test_a_neuron_that_tells_a_line_is_tied_to_it():
    turned = mechanism.turned_lines(GAMES.replay)
    sided = [k for k, line in enumerate(neurons.lines_through()) if line.towards and not line.run]
    column = max(sided, key=lambda k: turned[:, k].sum())
    line = neurons.lines_through()[column]
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(2, len(turned), 4)).astype(np.float32)
    outputs[1, :, 2] = turned[:, column] + 0.01 * outputs[1, :, 2]
    rules = mechanism.line_rules(outputs, turned)
    assert [(r.layer, r.neuron) for r in rules] == [(1, 2)]
    assert mechanism.line_of(rules[0]) == line
    tied = mechanism.tied_neurons(rules)
    assert tied == {line: [(1, 2)]}
    assert mechanism.tied_neurons(rules, least=2) == {}
    silent = mechanism.tied_in(turned, tied, (2, 4))
    assert np.array_equal(silent[:, 1, 2], turned[:, column])
    assert silent.sum() == turned[:, column].sum()
    (told,) = mechanism.known_rules(rules).values()
    assert str(rules[0]) in told


def test_the_best_rule_of_a_neuron_is_told():
    rules = [Rule(0, 1, (Line(2),), 0.0, 0.6), Rule(0, 1, (Line(3),), 0.0, 0.9)]
    for order in (rules, rules[::-1]):
        assert mechanism.known_rules(order) == {(0, 1): "D1 is legal (F1 0.90)"}


def test_masks_are_the_neurons_that_were_named():
    found = mechanism.masks([[(0, 1), (1, 0)], []], (2, 3))
    assert found.shape == (2, 2, 3)
    assert found[0].tolist() == [[False, True, False], [True, False, False]]
    assert not found[1].any()

"""Proof of ``othello_gpt.neurons``: legal rules."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from othello_gpt import game, neurons
from othello_gpt.neurons import Line
from tests.neurons.common import MOVES


def test_a_planted_rule_is_found_with_its_threshold(asked):
    hold, index = neurons.line_holds(asked), {p: i for i, p in enumerate(neurons.lines_through())}
    b2 = game.square_id("B2")
    planted = [Line(b2, "east"), Line(b2, "south")]
    truth = hold[:, [index[p] for p in planted]].any(1)
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((len(truth), 3)) * 0.1
    y = np.stack([2.0 * truth, rng.standard_normal(len(truth)), np.zeros(len(truth))], 1) + noise
    (rule,) = neurons.find_rules(y, hold, layer=4)
    assert (rule.layer, rule.neuron) == (4, 0)
    assert set(rule.lines) == set(planted)
    assert " or " in str(rule)
    assert rule.f1 > 0.99
    assert 0.2 < rule.threshold < 1.8
    holds, active = neurons.confusion(rule, y, hold)
    assert np.array_equal(holds, truth)
    assert f1_score(holds, active) == pytest.approx(rule.f1)


def test_rules_are_scored_game_by_game(asked):
    hold = neurons.line_holds(asked)
    one, two = neurons.lines_through()[3], neurons.lines_through()[40]
    truths = [hold[:, neurons.lines_through().index(p)] for p in (one, two)]
    rng = np.random.default_rng(0)
    outputs = np.stack([truths[0], truths[1] ^ (rng.random(len(hold)) < 0.05)], 1)[None] * 1.0
    found = [neurons.Rule(0, k, (p,), 0.5, 0) for k, p in enumerate((one, two))]
    scores = neurons.rules_f1(found, outputs, hold, len(MOVES))
    wanted = [f1_score(t, o > 0.5) for t, o in zip(truths, outputs[0].T, strict=True)]
    assert np.allclose(scores.mean, wanted)
    assert scores.low[1] < scores.mean[1] < scores.high[1] < 1
    count = neurons.rules_above(found, outputs, hold, len(MOVES), (0.99, wanted[1], 0))
    assert count.mean.tolist() == [1, 2, 2]
    assert count.low.tolist() == [1, 1, 2]


def test_a_spectrum_is_two_distributions_over_the_same_bins():
    outputs, truth = np.array([0.0, 0.1, 0.9, 1.0, 1.0]), np.array([0, 0, 1, 1, 0], bool)
    middle, yes, no = neurons.output_distributions(outputs, truth, bins=2)
    assert np.allclose(middle, [0.25, 0.75])
    assert np.allclose(yes, [0, 1])
    assert np.allclose(no, [2 / 3, 1 / 3])
    with pytest.raises(ValueError, match="the property holds in 100% of the rows"):
        neurons.output_distributions(outputs, truth | True)

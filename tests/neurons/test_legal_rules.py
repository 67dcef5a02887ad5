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
    assert set(str(rule).split(" or ")) == {
        "B2 turns discs to its east",
        "B2 turns discs to its south",
    }
    assert (rule.name, rule.square) == ("L4 N0", b2)
    assert rule.f1 > 0.99
    assert 0.2 < rule.threshold < 1.8
    holds, active = neurons.confusion(rule, y, hold)
    assert np.array_equal(holds, truth)
    assert f1_score(holds, active) == pytest.approx(rule.f1)
    assert np.array_equal(neurons.holds(rule, hold), truth)
    tallies = neurons.tallies([rule], [y[:, 0]], hold, len(MOVES))
    assert neurons.f1_of_means(tallies.mean(0, keepdims=True)).item() == pytest.approx(rule.f1)


def test_a_spectrum_is_two_distributions_over_the_same_bins():
    outputs, truth = np.array([0.0, 0.1, 0.9, 1.0, 1.0]), np.array([0, 0, 1, 1, 0], bool)
    middle, yes, no = neurons.output_distributions(outputs, truth, bins=2)
    assert np.allclose(middle, [0.25, 0.75])
    assert np.allclose(yes, [0, 1])
    assert np.allclose(no, [2 / 3, 1 / 3])
    with pytest.raises(ValueError, match="the rule holds in 100% of the rows"):
        neurons.output_distributions(outputs, truth | True)

"""Proof of ``othello_gpt.neurons``: the search for rules as a whole."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from othello_gpt import game, neurons
from othello_gpt.neurons import Line, Ranking
from tests.neurons.common import GAMES

HALF = len(GAMES) // 2


def named(text: str) -> Line:
    return next(line for line in neurons.lines_through() if str(line) == text)


@pytest.fixture(scope="module")
def planted(asked):
    """Two layers of three neurons each, of which two stand for a line, one of them with noise."""
    hold, rng = neurons.line_holds(asked), np.random.default_rng(0)
    outputs = 0.1 * rng.standard_normal((2, len(asked), 3))
    outputs[1, :, 2] += hold[:, neurons.column(named("B2 is legal"))]
    flipped = rng.random(len(asked)) < 0.03
    outputs[0, :, 1] += hold[:, neurons.column(named("E5 is legal"))] ^ flipped
    return outputs.astype(np.float32), hold


def halves(outputs, hold):
    cut = HALF * 31
    return outputs[:, :cut], hold[:cut], outputs[:, cut:], hold[cut:], HALF


def test_the_search_finds_what_was_planted_and_scores_it_on_other_games(planted):
    outputs, hold = planted
    found = neurons.search_rules(*halves(outputs, hold))
    assert [rule.name for rule in found.rules] == ["L1 N2", "L0 N1"]  # the best first
    for k, rule in enumerate(found.rules):
        truth, active = neurons.confusion(rule, outputs[rule.layer, HALF * 31 :], hold[HALF * 31 :])
        assert found.f1.mean[k] == pytest.approx(f1_score(truth, active))
    assert found.f1.mean[0] > 0.99 > found.f1.mean[1] > 0.7
    assert found.f1.low[1] < found.f1.mean[1] < found.f1.high[1]
    between = found.f1.mean[1]
    count = found.above((0.99, between, 0))
    assert count.mean.tolist() == [1, 2, 2]
    assert count.low.tolist() == [1, 1, 2]
    assert found.at_least(0.99) == [found.rules[0]]


def test_a_mix_is_searched_as_a_neuron_is(planted):
    outputs, hold = planted
    plain = neurons.search_rules(*halves(outputs, hold))
    swap = np.eye(3, dtype=np.float32)[:, [2, 0, 1]]  # column 1 is neuron 0, ...
    mixed = neurons.search_rules(*halves(outputs, hold), mixes=[swap, swap])
    assert [swap[:, rule.neuron].argmax() for rule in mixed.rules] == [2, 1]
    assert np.allclose(mixed.f1.mean, plain.f1.mean)
    nothing = neurons.search_rules(*halves(outputs, hold), mixes=[0 * swap, 0 * swap])
    assert nothing.rules == ()
    assert nothing.above((0.9, 0)).mean.tolist() == [0, 0]


def test_rotations_keep_lengths_and_differ_by_layer(planted):
    outputs, _ = planted
    one, two = neurons.rotations(outputs)
    for mix in (one, two):
        assert np.allclose(mix.T @ mix, np.eye(3), atol=1e-5)
    assert not np.allclose(one, two)
    assert np.allclose(neurons.rotations(outputs)[1], two)


def test_a_symmetric_set_of_rules_owns_all_its_images():
    corner = Line(game.square_id("A1"))
    corners = sorted({corner.image(s) for s in range(8)})
    tallies = np.ones((5, 2, 4))  # F1 of one
    beside = sorted({Line(game.square_id("B1")).image(s) for s in range(8)})
    tallies = np.ones((5, 2, 12))
    rules = tuple(neurons.Rule(0, k, (line,), 0.0, 1.0) for k, line in enumerate(corners + beside))
    whole = neurons.images_owned(Ranking(rules, tallies))
    assert whole.mean[0] == whole.low[0] == 1
    assert whole.mean[1] == pytest.approx(12 / 32)  # of the 32 squares
    assert whole.mean[2] == pytest.approx(1 - 12 / 32)
    some = [0, 1, *range(4, 12)]  # two of the corners, and all beside them
    part = neurons.images_owned(Ranking(tuple(rules[k] for k in some), tallies[..., some]))
    assert part.mean[0] == pytest.approx((2 / 3 + 8) / 10)
    # Two orbits are drawn, rules of one together: it may be that one of the corners, alone.
    assert part.low[0] == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="can't resample 1"):
        neurons.images_owned(Ranking(rules[:4], tallies[..., :4]))

"""Proof of ``othello_gpt.neurons``: trees."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, r2_score
from sklearn.tree import DecisionTreeRegressor

from othello_gpt import game, neurons
from othello_gpt.model import load_model


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_trees_are_those_of_scikit_learn_on_the_features_they_may_ask(asked, outputs, depth):
    y = outputs[1].flatten(0, 1).numpy()[:, :8]
    trees = neurons.fit_trees(asked[:1200], y[:1200], depth=depth, leaf=5, ask=40)
    predicted, fires = trees.predict(asked), trees.predict_fires(asked)
    assert trees.asks.shape == (8, 40)
    for k in range(y.shape[1]):
        oracle = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=5, random_state=0)
        x = asked[:, trees.asks[k]]
        oracle.fit(x[:1200], y[:1200, k])
        assert np.allclose(oracle.predict(x), predicted[:, k], atol=1e-6)
        leaves = oracle.apply(x)
        for row in range(0, len(x), 97):
            together = y[:1200, k][leaves[:1200] == leaves[row]]
            assert fires[row, k] == ((together > 0).mean() > 0.5)


def test_a_shortlist_of_questions_predicts_as_well_as_all_of_them():
    y, x = neurons.sample_outputs(load_model(), game.Games.sample(200, seed=7))
    y, train, test = y[5][:, ::16], slice(0, 150 * 31), slice(150 * 31, None)
    short, long = (neurons.fit_trees(x[train], y[train], ask=ask) for ask in (40, 180))
    seen = [neurons.r_squared(y[test], trees.predict(x[test])) for trees in (short, long)]
    assert np.median(seen[0]) > np.median(seen[1]) - 0.02


def test_a_tree_finds_a_planted_rule_and_says_it_in_words(asked):
    column = {name: i for i, name in enumerate(neurons.FEATURES)}
    rule = asked[:, column["C1 empty"]] & asked[:, column["C2 theirs"]]
    rule &= asked[:, column["C3 mine"]]
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(rule))
    trees = neurons.fit_trees(asked, (3.0 * rule - 1 + noise)[:, None], depth=3)
    assert set(trees.rule(0).split(", ")) == {"C1 empty", "C2 theirs", "C3 mine"}
    assert np.array_equal(trees.predict_fires(asked)[:, 0], rule)
    assert neurons.r_squared((3.0 * rule)[:, None], trees.predict(asked) + 1)[0] > 0.98


def test_a_tree_of_a_constant_is_a_leaf(asked):
    trees = neurons.fit_trees(asked, np.full((len(asked), 1), 2.5))
    assert trees.trees[0].get_n_leaves() == 1
    assert np.allclose(trees.predict(asked), 2.5)
    assert trees.rule(0) == ""


def test_trees_refuse_what_they_cannot_split(asked):
    y = np.zeros((len(asked), 1))
    with pytest.raises(ValueError, match=r"boolean features .* not int8 \(1860, 180\)"):
        neurons.fit_trees(asked.astype(np.int8), y)
    with pytest.raises(ValueError, match="as many rows"):
        neurons.fit_trees(asked[1:], y)


def test_other_boards_are_of_another_game_and_as_late():
    one_game, ply = np.divmod(np.arange(4 * 31), 31)
    other = neurons.other_boards(np.stack([one_game, ply], 1))
    assert (other[:, 1] == ply).all()
    assert (other[:, 0] != one_game).all()
    assert (neurons.other_boards(one_game) == other[:, 0]).all()


def test_scores_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    y = rng.standard_normal((40 * 31, 5))
    predicted = y + rng.standard_normal(y.shape) * [0.1, 0.4, 0.6, 1, 2]
    wanted = r2_score(y, predicted, multioutput="raw_values")
    assert np.allclose(neurons.r_squared(y, predicted), wanted)
    assert neurons.r_squared(np.ones((9, 1)), np.zeros((9, 1)))[0] == 0
    share = neurons.share_described(y, predicted, 40, above=0.7)
    assert share.mean == (wanted > 0.7).mean() == 0.4
    assert share.low <= share.mean <= share.high
    truth, said = y > 0, predicted > 0.2
    wanted = [f1_score(t, p) for t, p in zip(truth.T, said.T, strict=True)]
    assert np.allclose(neurons.f1(truth, said), wanted)


def test_rotations_mix_all_neurons():
    mixes = neurons.rotated(32, 5, 3)
    assert mixes.shape == (32, 15)
    for turn in np.split(mixes, 3, axis=1):
        assert np.allclose(turn.T @ turn, np.eye(5), atol=1e-5)
    assert np.abs(mixes[:, :5].T @ mixes[:, 5:]).max() < 0.9
    assert np.abs(mixes).max() < 0.9

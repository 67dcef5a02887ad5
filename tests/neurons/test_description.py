"""Proof of ``othello_gpt.neurons``: all trees at once."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, r2_score

from othello_gpt import neurons


def test_a_description_is_made_on_some_games_and_scored_on_others(asked, outputs):
    y = outputs.flatten(1, 2).numpy()[:, :, :5]
    cut = 40 * 31
    found = neurons.describe(asked[:cut], y[:, :cut], asked[cut:], y[:, cut:], 20)
    other = found.given_other_boards()
    for layer in range(2):
        tree = neurons.fit_trees(asked[:cut], y[layer, :cut])
        said = tree.predict(asked[cut:])
        wanted = r2_score(y[layer, cut:], said, multioutput="raw_values")
        assert np.allclose(found.r2[layer], wanted, atol=1e-5)
        fires = tree.predict_fires(asked[cut:])
        for k in range(5):
            truth = y[layer, cut:, k] > 0
            assert found.f1[layer, k] == pytest.approx(f1_score(truth, fires[:, k]))
        rolled = neurons.other_boards(said)
        wanted = r2_score(y[layer, cut:], rolled, multioutput="raw_values")
        assert np.allclose(other.r2[layer], wanted, atol=1e-5)
    bar = float(np.median(found.r2))
    assert np.allclose(found.share(bar).mean, (found.r2 > bar).mean(1))


def test_some_positions_are_described_by_the_same_trees():
    rng = np.random.default_rng(0)
    asked = rng.random((400, 6)) < 0.5
    outputs = (asked[:, :3] * 2.0 + rng.normal(0, 0.1, (400, 3))).astype(np.float32)[None]
    whole = neurons.describe(asked[:200], outputs[:, :200], asked[200:], outputs[:, 200:], 20)
    rows = np.tile(np.arange(10) >= 4, 20)
    part = whole.during(rows)
    assert part.outputs[0].shape == (120, 3)
    expected = neurons.r_squared(whole.outputs[0][rows], whole.predicted[0][rows])
    np.testing.assert_allclose(part.r2[0], expected)
    assert part.share().mean.tolist() == [1.0]

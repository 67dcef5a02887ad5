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

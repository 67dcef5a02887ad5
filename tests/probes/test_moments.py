"""Proof of ``othello_gpt.probes``: moments."""

import numpy as np
import pytest
import torch

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS, Moments
from tests.probes.common import MOVES, rows


def test_moments_are_those_of_all_rows_at_once(model):
    sites = ["resid_mid 1", "resid_pre 0"]
    moments = Moments.of(model, MOVES, sites, batch=7)
    for at, site in enumerate(sites):
        x, _ = rows(model, MOVES, site)
        assert moments.rows == len(x)
        np.testing.assert_allclose(moments.mean(at), x.mean(0), atol=1e-6)
        np.testing.assert_allclose(moments.covariance(at), np.cov(x.T, ddof=0), atol=1e-6)
        assert moments.cross(at).shape == (16, 0)


@pytest.mark.parametrize("power", [-1, -0.5, 0.5])
def test_powers_of_a_covariance_multiply_to_it(power):
    moments = Moments()
    x = torch.randn(500, 6, generator=torch.Generator().manual_seed(0)) @ torch.diag(
        torch.arange(1.0, 7)
    )
    moments.count(x.new_zeros(500, 0))
    moments.add(0, x, x.new_zeros(500, 0))
    root = moments.covariance_to_the(power, 0, 0.0)
    found = torch.linalg.matrix_power(root, round(1 / power))
    torch.testing.assert_close(found, moments.covariance(0), rtol=1e-6, atol=1e-6)


def test_columns_are_the_indicators_of_all_classes_but_the_first(model):
    targets = [TARGETS["board"], TARGETS["parity"]]
    moments = Moments.of(model, MOVES, ["resid_pre 0"], targets)
    found = moments.by_target(moments.y[None])
    replay = game.replay(MOVES)
    for target in targets:
        labels = target.labels(replay)
        counts = [(labels == c).sum((0, 1)) for c in range(1, len(target.classes))]
        assert found[target.name][0].tolist() == np.stack(counts).tolist()
        one = probes.indicators(target, replay, "cpu")
        assert (one.sum(1) == 1).all()
        assert np.array_equal(one.argmax(1).numpy().reshape(labels.shape), labels)


def test_rounding_that_makes_a_covariance_indefinite_is_no_obstacle():
    """Coordinates that never vary, and products in single precision: the factorisation fails."""
    moments = Moments()
    x = torch.randn(400, 5, generator=torch.Generator().manual_seed(0))
    x[:, 3:] = x[:, :2]  # two of five say nothing new
    y = (x[:, :1] > 0).float()
    moments.count(y)
    moments.add(0, x, y)
    exact, _ = moments.solve(0, 1e-6)
    moments.xx[0][3, 3] -= 0.01 * 400
    assert torch.linalg.eigvalsh(moments.covariance(0)).min() < -1e-3
    weight, bias = moments.solve(0, 1e-2)
    assert torch.isfinite(weight).all()
    said = (x.double() @ weight + bias)[:, 0]
    wanted = x.double() @ exact + y.double().mean() - x.double().mean(0) @ exact
    assert np.corrcoef(said, wanted[:, 0])[0, 1] > 0.99

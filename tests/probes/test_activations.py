"""Proof of ``othello_gpt.probes``: activations."""

import functools

import numpy as np
import pytest
import torch

from othello_gpt import game, probes
from tests.probes.common import MOVES


def test_activations_come_from_the_sites_asked_for(model):
    replay = game.replay(MOVES[:3])
    tokens = torch.from_numpy(game.token_of_square()[MOVES[:3, :-1]])
    stream = list(model.residual_stream(tokens))
    sites = ["resid_mid 1", "resid_pre 0"]
    got = dict(probes.activations(model, replay, sites))
    assert torch.equal(got[0], stream[3].flatten(0, 1))
    assert torch.equal(got[1], stream[0].flatten(0, 1))
    with pytest.raises(ValueError, match=r"no site 'resid_post 7' here: the sites are resid_pre 0"):
        dict(probes.activations(model, replay, ["resid_post 7"]))


@pytest.mark.parametrize(
    "fit", [probes.fit_ridge, functools.partial(probes.fit_logistic, warm_up=5)]
)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_activations_that_are_not_finite_are_refused(model, fit, bad):
    broken = probes.untrained(model)
    broken.transformer.h[1].attn.c_proj.bias[0] = bad
    with pytest.raises(ValueError, match="activations at resid_mid 1 hold NaN or infinite values"):
        fit(broken, MOVES[:10])

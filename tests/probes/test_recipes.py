"""Proof of ``othello_gpt.probes``: recipes."""

import pytest
import torch

from othello_gpt import probes
from othello_gpt.game import Games
from othello_gpt.probes import MLP, TARGETS, AdamW, ClassMeans, Logistic, Ridge
from tests.probes.common import HELD_OUT, MOVES

BOARD, EMPTY = TARGETS["board"], TARGETS["empty"]
SITE = ["resid_mid 1"]


@pytest.mark.parametrize(
    ("how", "slow", "asked"),
    [
        (Ridge(0.1), lambda m: probes.fit_ridge(m, MOVES, [BOARD], SITE, penalty=0.1), BOARD),
        (ClassMeans(), lambda m: probes.fit_means(m, MOVES, [BOARD], SITE), BOARD),
        (
            Logistic(warm_up=50, batch=20, lr=0.01),
            lambda m: probes.fit_logistic(m, MOVES, [BOARD], SITE, 50, 20, 0.01),
            BOARD,
        ),
        (
            AdamW(batch=20, lr=0.02, seed=3),
            lambda m: probes.fit_adamw(m, MOVES, [EMPTY], SITE[0], 20, 0.02, seed=3),
            EMPTY,
        ),
    ],
    ids=lambda case: type(case).__name__,
)
def test_one_signature_fits_what_each_recipe_fits(model, how, slow, asked):
    one, other = probes.fit(model, Games(MOVES), [asked], SITE, how), slow(model)
    assert (one.fit, one.sites, one.games) == (other.fit, tuple(SITE), len(MOVES))
    assert torch.equal(one.weight[asked.name], other.weight[asked.name])
    assert torch.equal(one.bias[asked.name], other.bias[asked.name])


def test_an_mlp_is_fitted_by_the_same_signature(model):
    linear = probes.fit(model, MOVES, [BOARD], SITE)
    one = probes.fit(model, MOVES, [BOARD], SITE, MLP(linear, width=8, seed=2))
    other = probes.fit_mlp(model, MOVES, linear, BOARD, SITE[0], width=8, seed=2)
    read = [probes.read(p, model, HELD_OUT) for p in (one, other, linear)]
    assert (read[0] == read[1]).all()
    assert (read[0] != read[2]).any()


def test_recipes_for_one_thing_refuse_several(model):
    with pytest.raises(ValueError, match="one site, not 5: name the one"):
        probes.fit(model, MOVES, [EMPTY], how=AdamW())
    linear = probes.fit(model, MOVES, [BOARD, EMPTY], SITE)
    with pytest.raises(ValueError, match="one target, not 2: name the one"):
        probes.fit(model, MOVES, [BOARD, EMPTY], SITE, MLP(linear))
    with pytest.raises(ValueError, match="board has more than the two classes"):
        probes.fit(model, MOVES, [BOARD], SITE, AdamW())


def test_games_are_fitted_and_scored_as_their_moves_are(model):
    one, other = (probes.fit(model, games, [BOARD]) for games in (MOVES, Games(MOVES)))
    assert torch.equal(one.weight["board"], other.weight["board"])
    for use in (
        lambda g: probes.read(one, model, g),
        lambda g: probes.outputs(one, model, g, "board"),
    ):
        assert (use(HELD_OUT) == use(Games(HELD_OUT))).all()
    tallies = [probes.accuracy(one, model, g)["board"] for g in (HELD_OUT, Games(HELD_OUT))]
    assert (tallies[0].right == tallies[1].right).all()

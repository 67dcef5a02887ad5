"""Proof of ``othello_gpt.sisters``: a turn is found, and a probe can be carried along it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import probes, sisters
from othello_gpt.game import Games
from othello_gpt.model import GPT, GPTConfig


def any_turn(width, seed):
    generator = torch.Generator().manual_seed(seed)
    q, _ = torch.linalg.qr(torch.randn(width, width, generator=generator))
    centre, origin = torch.randn(2, width, generator=generator)
    return sisters.Turn(centre, q, 0.5 + 2 * torch.rand(1, generator=generator).item(), origin)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12))
def test_a_turn_is_found(seed, width):
    turn = any_turn(width, seed)
    x = torch.randn(80, width, generator=torch.Generator().manual_seed(seed + 1))
    found = sisters.closest_turn(x, turn(x))
    np.testing.assert_allclose(found(x), turn(x), atol=2e-4)
    np.testing.assert_allclose(found.rotation @ found.rotation.T, torch.eye(width), atol=1e-5)


def test_no_other_rotation_comes_as_close():
    x, y = torch.randn(2, 200, 5, generator=torch.Generator().manual_seed(0))
    best = sisters.closest_turn(x, y)
    centred = x - best.centre, y - best.origin

    def fits(rotation):
        return ((centred[0] @ rotation) * centred[1]).sum().item()

    others = [any_turn(5, seed).rotation for seed in range(200)]
    assert fits(best.rotation) > max(map(fits, others))


@pytest.fixture(scope="module")
def networks():
    found = []
    for seed in range(2):
        torch.manual_seed(seed)
        found.append(GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False))
    return found


@pytest.fixture(scope="module")
def probe(networks):
    sites = ["resid_mid 0", "resid_post 1"]
    return probes.fit_ridge(networks[0], Games.sample(40, seed=1), [probes.TARGETS["board"]], sites)


def test_a_carried_probe_reads_what_it_read(networks, probe):
    turns = [any_turn(16, 3), any_turn(16, 4)]
    there = sisters.carried(probe, turns, networks[1])
    assert there.source == probes.fingerprint(networks[1])
    x = torch.randn(30, 16, generator=torch.Generator().manual_seed(1))
    for turn, site in zip(turns, probe.sites, strict=True):
        now, then = there.logits("board", site, x), probe.logits("board", site, turn(x))
        np.testing.assert_allclose(now, then, atol=2e-4)


def test_a_network_is_laid_onto_itself(networks, probe):
    games = Games.sample(30, seed=5)
    turns = sisters.turns_between(networks[0], networks[0], probe.sites, games, "a rotation")
    same = sisters.carried(probe, turns, networks[0])
    np.testing.assert_allclose(same.weight["board"], probe.weight["board"], atol=1e-2)


@pytest.mark.parametrize("pairing", sisters.PAIRINGS)
def test_the_fitted_rotation_is_the_closest_of_all_pairings(networks, pairing):
    games, sites = Games.sample(60, seed=6), ["resid_post 1"]
    (fitted,) = sisters.turns_between(*networks, sites, games, "a rotation")
    (other,) = sisters.turns_between(*networks, sites, games, pairing)
    (x, y) = (dict(probes.activations(network, games.replay, sites))[0] for network in networks)

    def near(turn):
        return (((x - x.mean(0)) @ turn.rotation) * (y - y.mean(0))).sum().item()

    assert near(fitted) >= near(other) - 1e-3
    assert (pairing == "a rotation") == bool(near(fitted) - near(other) < 1e-3)


def test_an_unknown_pairing_and_missing_turns_are_refused(networks, probe):
    with pytest.raises(ValueError, match="no pairing 'x': there are a rotation, no"):
        sisters.turns_between(*networks, probe.sites, Games.sample(2, seed=1), "x")
    with pytest.raises(ValueError, match="1 turns for 2 sites"):
        sisters.carried(probe, [any_turn(16, 3)], networks[1])

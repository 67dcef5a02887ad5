"""Proof of ``othello_gpt.construction``: it follows its networks to their device."""

from types import SimpleNamespace

import pytest

from othello_gpt import construction, game, interventions, probes
from othello_gpt.devices import device_of
from othello_gpt.model import load_model
from tests.construction.common import tokens_of
from tests.elsewhere import sent
from tests.placing import Worlds, follows_a_device

GAMES = game.Games.sample(5, seed=3)
CASES = interventions.sample_cases(4, seed=3)
SITE = "resid_mid 5"
NETWORKS = construction.Construction(), construction.Crowded()
# What does without a board of 36 squares is called with the smallest there is: it is quick.
FEW = game.Games(game.sample_moves(5, seed=3, size=4), 4)
SMALL = construction.Construction(4), construction.Crowded(4)


def logits(network):
    return network(tokens_of(FEW.moves[:, :-1], 4).to(device_of(network)))


def silenced(w):
    with construction.without(w.small, 3, [0, 5]) as network:
        return logits(network)


CALLS = {
    "Construction": lambda w: logits(w.small),
    "Crowded": lambda w: logits(w.small_crowded),
    "WriteBoard": lambda w: interventions.run_source(
        w.network, CASES, construction.WriteBoard(w.network.layout)
    ),
    "WriteCrowded": lambda w: interventions.run_source(
        w.crowded, CASES, construction.WriteCrowded(w.crowded.layout)
    ),
    "as_gpt": lambda w: logits(construction.as_gpt(w.small_crowded)),
    "boards_held": lambda w: construction.boards_held(w.small, FEW, w.small.sites[3::7]),
    "check_exactness": lambda w: [
        construction.check_exactness(one, FEW, 2) for one in (w.small, w.small_crowded)
    ],
    "graft": lambda w: construction.graft(w.network, w.model, w.probe, SITE, GAMES),
    "legal_choices": lambda w: construction.legal_choices(logits(w.small), FEW),
    "unturned_choices": lambda w: construction.unturned_choices(w.network, GAMES),
    "wiring": lambda w: construction.wiring(w.small, 3, 5),
    "without": silenced,
}
ELSEWHERE = {
    "differing": "TransformerLens places its own networks",
    "to_transformer_lens": "TransformerLens places its own networks",
    "unit_of": "its units are words",
}


def fitted(model):
    board = [probes.TARGETS["board"]]
    return probes.fit_ridge(model, game.sample_moves(64, seed=1), board, [SITE])


def world(send):
    """What the calls take, there or sent somewhere else."""
    parts = ("model", load_model()), *zip(("network", "crowded"), NETWORKS, strict=True)
    parts += tuple(zip(("small", "small_crowded"), SMALL, strict=True))
    there = {name: send(part) for name, part in parts}
    return SimpleNamespace(probe=fitted(there["model"]), **there)


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(construction) == CALLS.keys() | ELSEWHERE.keys()


@pytest.fixture(scope="module")
def worlds():
    return Worlds(lambda kind: world((lambda part: part) if kind == "cpu" else sent), CALLS)


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(worlds, name, kind):
    worlds.compare(name, kind)

"""Proof of ``othello_gpt.construction``: it follows its networks to their device."""

from types import SimpleNamespace

import pytest

from othello_gpt import construction, game, interventions, probes
from othello_gpt.devices import device_of
from othello_gpt.model import inputs_of, load_model
from tests.elsewhere import sent, somewhere_else
from tests.placing import assert_same, follows_a_device, home

GAMES = game.Games.sample(5, seed=3)
CASES = interventions.sample_cases(4, seed=3)
SITE = "resid_mid 5"
NETWORKS = construction.Construction(), construction.Crowded()


def logits(network):
    return network(inputs_of(GAMES.moves).to(device_of(network)))


def silenced(w):
    with construction.without(w.network, 33, [0, 5]) as network:
        return logits(network)


CALLS = {
    "Construction": lambda w: logits(w.network),
    "Crowded": lambda w: logits(w.crowded),
    "WriteBoard": lambda w: interventions.run_source(
        w.network, CASES, construction.WriteBoard(w.network.layout)
    ),
    "WriteCrowded": lambda w: interventions.run_source(
        w.crowded, CASES, construction.WriteCrowded(w.crowded.layout)
    ),
    "boards_held": lambda w: construction.boards_held(w.network, GAMES, w.network.sites[9::20]),
    "check_exactness": lambda w: [
        construction.check_exactness(one, GAMES, 2) for one in (w.network, w.crowded)
    ],
    "graft": lambda w: construction.graft(w.network, w.model, w.probe, SITE, GAMES),
    "legal_choices": lambda w: construction.legal_choices(logits(w.network), GAMES),
    "unturned_choices": lambda w: construction.unturned_choices(w.network, GAMES),
    "wiring": lambda w: construction.wiring(w.network, 33, 5),
    "without": silenced,
}
ELSEWHERE = {
    "differing": "TransformerLens places its own networks",
    "to_transformer_lens": "TransformerLens places its own networks",
    "unit_of": "its units are words",
}


def world(model, network, crowded):
    probe = probes.fit_ridge(
        model, game.sample_moves(64, seed=1), [probes.TARGETS["board"]], [SITE]
    )
    return SimpleNamespace(model=model, probe=probe, network=network, crowded=crowded)


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(construction) == CALLS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(name, kind):
    wanted = home(CALLS[name](world(load_model(), *NETWORKS)))
    with somewhere_else(kind):
        assert_same(home(CALLS[name](world(*map(sent, (load_model(), *NETWORKS))))), wanted)

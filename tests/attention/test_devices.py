"""Proof of ``othello_gpt.attention``: it follows the network to its device."""

from types import SimpleNamespace

import pytest

from othello_gpt import attention, game, probes
from othello_gpt.devices import device_of
from othello_gpt.model import inputs_of
from tests.elsewhere import sent
from tests.placing import Worlds, follows_a_device

MOVES = game.sample_moves(9, seed=3)
SITES = ["resid_mid 1"]


def tokens(w):
    return inputs_of(MOVES[:4]).to(device_of(w.model))


def directions(w):
    return w.probe.weight["board"][0, 0, :5]


CALLS = {
    "ablate_heads": lambda w: attention.ablate_heads(w.model, MOVES, w.probe, 4),
    "attention_boards": lambda w: attention.attention_boards(w.model, MOVES[0]),
    "gathered": lambda w: attention.gathered(w.model, tokens(w)),
    "head_outputs": lambda w: attention.head_outputs(w.model, tokens(w)),
    "output_share": lambda w: attention.output_share(w.model, MOVES, [directions(w)] * 2, 4),
    "ov_circuit": lambda w: attention.ov_circuit(w.model, 1, directions(w), directions(w)),
    "owners": lambda w: attention.owners(w.model, game.Games(MOVES), 4),
    "patterns": lambda w: attention.patterns(w.model, tokens(w)),
    "qk_circuit": lambda w: attention.qk_circuit(w.model, 1, directions(w), directions(w)),
    "summarise": lambda w: attention.summarise(w.model, MOVES, 4),
}
ELSEWHERE: dict[str, str] = {}


def world(model):
    targets = [probes.TARGETS[name] for name in ("board", "empty", "legal_next")]
    probe = probes.fit_ridge(model, game.sample_moves(60, seed=7), targets, SITES)
    return SimpleNamespace(model=model, probe=probe)


@pytest.fixture(scope="module")
def worlds(model):
    return Worlds(lambda kind: world(model if kind == "cpu" else sent(model)), CALLS)


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(attention) == CALLS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(worlds, name, kind):
    worlds.compare(name, kind)

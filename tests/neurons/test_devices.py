"""Proof of ``othello_gpt.neurons``: it follows the network to its device."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from othello_gpt import model as models
from othello_gpt import neurons, probes
from othello_gpt.devices import device_of
from tests.elsewhere import sent
from tests.neurons.common import GAMES, MOVES
from tests.placing import Worlds, follows_a_device

BASES = neurons.Bases
NEURONS = np.array([3, 1])
SOME = MOVES[:9, :4].astype(int) % 31


def tokens(w):
    return models.inputs_of(MOVES[:5]).to(device_of(w.model))


def changed(w, edits):
    return neurons.effect(w.model, MOVES, edits, models.predict(w.model, MOVES))


CALLS = {
    "Bases": lambda w: [
        [f(verb, family) for f in (w.bases.cosines, w.bases.shares)]
        for verb in ("reads", "writes")
        for family in neurons.FAMILIES
    ],
    "Decomposition": lambda w: w.parts,
    "catalogue": lambda w: w.columns,
    "catalogue_table": lambda w: neurons.catalogue_table(w.columns, w.bases, w.cells),
    "cosines": lambda w: neurons.cosines(
        neurons.input_weights(w.model, 1), w.bases.reads[1]["empty"]
    ),
    "decompose": lambda w: neurons.decompose(w.model, MOVES[3]),
    "direct_effects": lambda w: [neurons.direct_effects(w.model, layer) for layer in range(2)],
    "double": lambda w: neurons.double(w.model),
    "effect": lambda w: [
        changed(w, neurons.silence(w.found.mean, {0: NEURONS, 1: NEURONS})),
        changed(w, {1: neurons.replacement(w.outputs[1])}),
    ],
    "grouped": lambda w: neurons.grouped(*neurons.logit_attribution(w.model, w.parts), 7, 2),
    "input_weights": lambda w: neurons.input_weights(w.model, 1),
    "largest_parts": lambda w: neurons.largest_parts(w.model, w.parts, 7, 12),
    "layer_medians": lambda w: neurons.layer_medians(w.model, w.found),
    "logit_attribution": lambda w: neurons.logit_attribution(w.model, w.parts),
    "neuron_attribution": lambda w: neurons.neuron_attribution(w.model, w.parts, 7, 12),
    "neuron_cards": lambda w: neurons.neuron_cards(
        w.found,
        GAMES,
        w.ranking,
        w.ranking,
        w.trees,
        w.bases,
        [neurons.direct_effects(w.model, layer) for layer in range(2)],
    ),
    "neuron_outputs": lambda w: neurons.neuron_outputs(w.model, tokens(w)),
    "output_weights": lambda w: neurons.output_weights(w.model, 1),
    "random_basis": lambda w: neurons.random_basis(w.bases.reads[1]["empty"]),
    "random_neurons": lambda w: neurons.random_neurons(
        w.model, GAMES[:9], 1, neurons.rotated(w.outputs.shape[-1], 3, 2)
    ),
    "readout": lambda w: neurons.readout(w.model),
    "sample_outputs": lambda w: [
        neurons.sample_outputs(w.model, GAMES[:9], plies) for plies in (None, SOME)
    ],
    "share_explained": lambda w: neurons.share_explained(
        neurons.output_weights(w.model, 0), neurons.random_basis(w.bases.writes[0]["embedding"])
    ),
    "survey": lambda w: w.found,
    "weight_norms": lambda w: neurons.weight_norms(w.model),
}
ELSEWHERE = {"with_outputs": "a context for edits: effect has it"}


@cache
def world(model, kind):
    """A network of a kind of device, and what is made of it; trees and rules are the CPU's."""
    model = model if kind == "cpu" else sent(model)
    wanted = [probes.TARGETS[name] for name in ("empty", "board", "legal_next")]
    before, after = (
        probes.fit_means(model, MOVES, wanted, sites=model.sites[k::2]) for k in (1, 2)
    )
    bases = BASES.of(model, before, after)
    w = SimpleNamespace(model=model, bases=bases, parts=neurons.decompose(model, MOVES[3]))
    w.found = neurons.survey(model, GAMES, keep=4, batch=25)
    w.outputs, _ = neurons.sample_outputs(model, GAMES)
    return w


@pytest.fixture(scope="module")
def worlds(model, everything):
    def of(kind):
        w = world(model, kind)
        w.trees, w.ranking, w.cells = everything[1:]
        with_other = w.trees, w.trees.given_other_boards(), w.ranking, w.bases, w.cells
        w.columns = neurons.catalogue(w.found, *with_other)
        return w

    return Worlds(of, CALLS)


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(neurons) == CALLS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(worlds, name, kind):
    worlds.compare(name, kind)

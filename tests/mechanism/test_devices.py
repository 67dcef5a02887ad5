"""Proof of ``othello_gpt.mechanism``: it follows the network to its device."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from othello_gpt import construction, game, mechanism, probes
from othello_gpt.devices import device_of
from othello_gpt.model import predict
from tests.elsewhere import sent
from tests.mechanism.conftest import SITE
from tests.placing import Worlds, follows_a_device

GAMES = game.Games.sample(8, seed=4)
CROWDED = construction.Crowded()


def around(w, change):
    return w.trace.last.run(w.trace.tokens, change)


def graphs(w):
    return mechanism.median_predictions(w.model, w.probe, 1, 5, 4, 30)


def all_of(w):
    written = w.last.run()
    mean = np.full((3, 64), 0.1)
    onto = mechanism.written_onto(w.last, w.flips, w.probe, mean)
    return mechanism.choose(w.flips, w.tied, written, mean, mean + 0.5, np.ones_like(mean), onto)


def by_hand(w):
    found = mechanism.silence_by_hand(hand_of(w), 4, game.Games.sample(300, seed=3), 10)
    return [found.run["its own line"].mean, found.lines]


def hand_of(w):
    return CROWDED if device_of(w.model).type == "cpu" else sent(CROWDED)


CALLS = {
    "CrowdedPosition": lambda w: vars(
        mechanism.CrowdedPosition(hand_of(w), mechanism.last_move_pairs(2, (4,), 3)[0]).run()
    ),
    "LastPosition": lambda w: [vars(w.last.run()), w.last.tokens()],
    "Predictions": lambda w: vars(graphs(w).usually()),
    "Trace": lambda w: [w.trace.direction, w.trace.read(w.trace.own), w.trace.answer(w.trace.own)],
    "along": lambda w: around(w, mechanism.along(w.trace, w.probe.weight["board"][0, 0])).logits,
    "attribution_graph": lambda w: w.graph.edges,
    "average_patterns": lambda w: mechanism.average_patterns(w.model, GAMES, 3),
    "choose": lambda w: all_of(w),
    "written_onto": lambda w: mechanism.written_onto(
        w.last, w.flips, w.probe, np.full((3, 64), 0.1)
    ),
    "contrast": lambda w: [w.graph.found.up, w.graph.found.down, w.graph.found.whole],
    "draw_graphs": lambda w: mechanism.draw_graphs({"one": w.graph}, {}, 20),
    "effects": lambda w: mechanism.effects(w.graph.found, mechanism.gradients(w.graph.found)),
    "frozen": lambda w: mechanism.frozen(
        w.model,
        GAMES,
        {1: mechanism.uniform_patterns(w.model)[1]},
        w.probe,
        predict(w.model, GAMES),
    ),
    "gradients": lambda w: mechanism.gradients(w.graph.found),
    "graphs_by_hand": lambda w: [
        vars(one) for one in mechanism.graphs_by_hand(hand_of(w), 4, 1, 3, n_heads=2, n_neurons=9)
    ],
    "held": lambda w: [
        around(w, mechanism.held(w.trace.own, "neurons", where)).logits
        for where in (None, range(1), w.trace.tied)
    ],
    "lost_alone": lambda w: [*mechanism.lost_alone(w.graph.found, w.graph.parts[:5]).values()],
    "measure": lambda w: mechanism.measure(
        w.last, w.flips, w.probe, mechanism.silenced(all_of(w)["its own line"], w.mean)
    ),
    "median_predictions": lambda w: [*graphs(w).graphs],
    "of_median_confidence": lambda w: mechanism.of_median_confidence(w.model, w.pairs[0], 2),
    "patterns_of_another_game": lambda w: mechanism.patterns_of_another_game(w.model, GAMES),
    "removed": lambda w: mechanism.removed(w.graph.found, w.graph.parts),
    "rescued": lambda w: mechanism.rescued(w.graph.found, w.graph.parts),
    "rescued_from_means": lambda w: mechanism.rescued_from_means(
        w.graph.found, w.graph.parts, mechanism.usually(w.last.run())
    ),
    "silence_by_hand": by_hand,
    "sizes": lambda w: mechanism.sizes(w.last.run(), all_of(w), w.mean, w.model),
    "through": lambda w: (
        around(
            w,
            mechanism.one_after_another(
                mechanism.held(w.trace.own, "neurons", range(1)),
                mechanism.through(w.trace, w.probe.weight["board"][0, 0]),
            ),
        ).logits
    ),
    "trace": lambda w: vars(w.trace.own),
    "trace_by_hand": lambda w: (
        mechanism.trace_by_hand(hand_of(w), 4, game.Games.sample(300, seed=3), 12).read
    ),
    "uniform_patterns": lambda w: mechanism.uniform_patterns(w.model),
    "usually": lambda w: vars(mechanism.usually(w.last.run())),
    "written_by": lambda w: mechanism.written_by(w.trace),
}
NUMBERS = "the numbers of a graph are on no device: attribution_graph makes them"
ELSEWHERE = {
    "Contrast": "contrast makes one",
    "contrast_at": "contrast calls it",
    "Graph": NUMBERS,
    "Written": "LastPosition.run makes one",
    "one_after_another": "through is called with it",
    "largest": "effects has what it is given; attribution_graph calls it",
    "places": NUMBERS,
    "rules_of": NUMBERS,
    "strangers": NUMBERS,
    "strongest": NUMBERS,
    "title_of": NUMBERS,
    "trace_along": "trace calls it",
    "with_patterns": "a context: frozen has it",
}


def world(model, pairs, tied):
    probe = probes.fit_ridge(
        model, game.sample_moves(60, seed=7), [probes.TARGETS["board"]], [SITE]
    )
    cases, others = pairs
    w = SimpleNamespace(model=model, probe=probe, pairs=pairs, tied=tied)
    w.flips, w.mean = mechanism.sample_flips(12, tied, seed=9), np.full((3, 64), 0.1)
    w.last = mechanism.LastPosition(model, w.flips.cases)
    with torch.no_grad():
        w.trace = mechanism.trace(model, cases, others, probe, tied)
    w.graph = mechanism.attribution_graph(model, cases[[0]], int(others[0]), probe, 3, 20)
    return w


@pytest.fixture(scope="module")
def worlds(model, pairs, tied):
    def of(kind):
        return world(model if kind == "cpu" else sent(model), pairs, tied)

    return Worlds(of, CALLS)


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(mechanism) == CALLS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(worlds, name, kind, monkeypatch):
    # Elsewhere is known to one thread only.
    one_by_one = "othello_gpt.interventions.prefixes._side_by_side"
    monkeypatch.setattr(one_by_one, lambda run, batches: [run(batch) for batch in batches])
    with torch.no_grad():
        worlds.compare(name, kind)

"""Proof of ``othello_gpt.interventions``: it follows the network to its device."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from othello_gpt import interventions, probes
from othello_gpt.devices import device_of
from othello_gpt.interventions import (
    ActivationAddition,
    Descend,
    LengthMatched,
    MinimumNormEdit,
    PermutedSigns,
    RandomStep,
    Rewrite,
)
from tests.elsewhere import sent
from tests.interventions.common import MOVES
from tests.placing import Worlds, follows_a_device

BOARD = probes.TARGETS["board"]
CASES = interventions.sample_cases(12, seed=3)
SAME = replace(CASES, ply=np.full(len(CASES), 9))
OTHERS = interventions.sample_cases(12, seed=4).moves[:, :10]


def ran(w, edit):
    return [w.prefixes.run(edit), interventions.run_source(w.model, CASES, edit)]


def controlled(w, runs):
    return {name: w.prefixes.run(*one) for name, one in runs(w.rewrite, w.prefixes).items()}


CALLS = {
    "ActivationAddition": lambda w: ran(w, ActivationAddition(w.probe, w.sites, 0.1)),
    "CachedPrefixes": lambda w: [w.prefixes.run(), w.prefixes.play_on(w.rewrite, moves=4)],
    "Descend": lambda w: ran(w, Descend(w.probe, w.sites, 0.01, steps=3)),
    "MinimumNormEdit": lambda w: ran(w, MinimumNormEdit(w.probe, w.sites, 1.0)),
    "Rewrite": lambda w: ran(w, w.rewrite),
    "comparisons": lambda w: controlled(w, interventions.comparisons),
    "controls": lambda w: controlled(w, interventions.controls),
    "disc_turned": lambda w: interventions.disc_turned(w.model, w.rewrite, CASES.moves[:1], 11),
    "error_at_best_dose": lambda w: interventions.error_at_best_dose(
        lambda dose, _: Rewrite(w.probe, w.sites, dose), (0.5, 1.0), w.prefixes, w.prefixes
    ),
    "every_control": lambda w: interventions.every_control({"all": w.rewrite}, w.prefixes),
    "hooks": lambda w: [name for name, _ in interventions.hooks(w.rewrite, *boards(w))],
    "least_error": lambda w: interventions.least_error(w.prefixes, [w.rewrite]).dose,
    "patch": lambda w: interventions.patch(w.model, SAME, OTHERS, [[5], [6]]),
    "LengthMatched": lambda w: ran(w, LengthMatched(w.rewrite, RandomStep(w.sites))),
    "PermutedSigns": lambda w: ran(w, PermutedSigns(w.rewrite)),
    "RandomStep": lambda w: ran(w, RandomStep(w.sites)),
    "Swap": lambda w: w.prefixes.run(
        interventions.Swap(
            "resid_mid 1",
            interventions.streams_at(w.prefixes, "resid_mid 1").roll(1, 0),
            interventions.span_of(w.probe.weight["board"][0, 0]),
        )
    ),
    "BesideLegal": lambda w: ran(w, interventions.BesideLegal(w.rewrite, w.probe)),
    "WriteLegal": lambda w: ran(
        w,
        interventions.WriteLegal(
            w.probe, w.probe, w.sites, 1.0, interventions.legal_squares(CASES)
        ),
    ),
    "span_of": lambda w: len(interventions.span_of(w.probe.weight["board"][0, 0])),
    "streams_at": lambda w: interventions.streams_at(w.prefixes, "resid_mid 1"),
    "chosen": lambda w: interventions.chosen(
        {"all": w.rewrite}, {"all": [w.rewrite]}, {id(w.probe): "it"}
    ),
    "top_n": lambda w: interventions.top_n(w.prefixes.run(), w.prefixes.run() > 0.05),
    "play_on_source": lambda w: interventions.play_on_source(w.model, CASES, w.rewrite, moves=3),
    "run_source": lambda w: interventions.run_source(w.model, CASES),
    "score": lambda w: interventions.score(w.prefixes.run(w.rewrite), w.prefixes.run(), CASES),
    "wrong_layer": lambda w: interventions.wrong_layer(w.probe).weight,
}
ELSEWHERE = {
    "Edit": "a protocol: each kind of edit is here",
    "run_bridge": "TransformerLens places its own networks",
}


def boards(w):
    return [torch.from_numpy(x).to(device_of(w.model)) for x in (CASES.before, CASES.after)]


def world(model):
    probe = probes.fit_ridge(
        model, MOVES, [BOARD, probes.control_task(BOARD), probes.TARGETS["legal_next"]]
    )
    w = SimpleNamespace(model=model, probe=probe, sites=["resid_mid 0", "resid_mid 1"])
    w.rewrite = Rewrite(probe, w.sites, 1.0)
    w.prefixes = interventions.CachedPrefixes(model, CASES)
    return w


@pytest.fixture(scope="module")
def worlds(model):
    return Worlds(lambda kind: world(model if kind == "cpu" else sent(model)), CALLS)


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(interventions) == CALLS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(worlds, name, kind, monkeypatch):
    # Elsewhere is known to one thread only.
    one_by_one = "othello_gpt.interventions.prefixes._side_by_side"
    monkeypatch.setattr(one_by_one, lambda run, batches: [run(batch) for batch in batches])
    worlds.compare(name, kind)

"""Proof of ``othello_gpt.probes``: it follows the source to its device."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from othello_gpt import game, probes
from othello_gpt.devices import device_of
from othello_gpt.probes import ORIGINAL, TARGETS, Moments
from tests.elsewhere import sent
from tests.placing import Worlds, follows_a_device
from tests.probes.common import HELD_OUT, MOVES, TOKENS

FEW, GAMES = HELD_OUT[:9], MOVES[:64]
BOARD, SITE = TARGETS["board"], "resid_mid 1"
WHOLE = [TARGETS[name] for name in ("empty", "board", "legal_next")]
LOGISTIC = probes.Logistic(warm_up=32, batch=16)
BAG = probes.fit_bag(games_seen=20, steps=3)
RANDOM = probes.RandomFeatures(12)
LAYER = probes.RandomLayer(RANDOM, 8, 12)


def streams(source, network):
    return list(source.residual_stream(TOKENS[:3].to(device_of(network))))


def fitted(w, how, *targets):
    return probes.fit(w.model, GAMES, targets, [SITE], how)


def moments(w):
    found = Moments.of(w.model, GAMES, w.model.sites, WHOLE)
    root = found.covariance_to_the(-0.5, 2, 0.1)
    return [found.solve(1, 1e-5), found.squared_error(1, 1e-5), found.mean(0), root]


def outputs(w):
    return probes.Outputs.of(w.probe, BOARD, SITE, Moments.of(w.model, GAMES, [SITE]))


def directions(w):
    """Those of the board's probe, two for each square."""
    weight = w.probe.weight["board"][0]
    return (weight[1:] - weight[0]).transpose(0, 1)


def loaded(w):
    path = w.folder / "probe.safetensors"
    probes.save_probe(w.probe, path)
    return probes.load_probe(path, w.model)


def loaded_original(w, centred):
    weight = torch.randn(16, 6, 6, 4, generator=torch.Generator().manual_seed(0))
    torch.save(weight, w.folder / "probe.pt")
    probe = probes.load_original_probe(w.folder / "probe.pt", w.model, site=SITE, centred=centred)
    return probe, probes.accuracy(probe, w.model, FEW)


CALLS = {
    "BagOfMoves": lambda w: streams(probes.BagOfMoves(), w.model),
    "Factors": lambda w: probes.factorise(directions(w), 3).directions(),
    "MLP": lambda w: w.mlp,
    "MLPProbe": lambda w: [w.mlp.classify("board", SITE, x) for x in w.rows],
    "Moments": moments,
    "Outputs": lambda w: outputs(w).scores(w.model, FEW, [2, 5], seeds=2),
    "Ply": lambda w: streams(probes.Ply(), w.model),
    "Probe": lambda w: [
        [f(name, SITE, x) for f in (w.probe.logits, w.probe.classify)]
        for name in ("board", "empty")
        for x in w.rows
    ],
    "RandomFeatures": lambda w: streams(w.random, w.random),
    "RandomLayer": lambda w: streams(w.layer, w.layer),
    "accuracy": lambda w: [probes.accuracy(p, w.model, FEW) for p in (w.probe, w.mlp)],
    "activations": lambda w: w.rows,
    "bag_choices": lambda w: probes.bag_choices(w.bag, MOVES[:9]),
    "carried_over": lambda w: probes.carried_over(
        w.model, SITE, game.Games(GAMES), game.Games(FEW), np.arange(3), slice(0, None, 2)
    ),
    "factorise": lambda w: probes.factorise(directions(w), 3, 1),
    "families": lambda w: probes.families(w.model, w.probe, SITE),
    "fingerprint": lambda w: [probes.fingerprint(s) for s in (w.model, w.random, w.layer)],
    "fit": lambda w: [fitted(w, how, BOARD) for how in (probes.Ridge(), probes.ClassMeans())],
    "fit_adamw": lambda w: fitted(
        w, probes.AdamW(batch=16, held_out=game.Games(FEW), epochs=2), *ORIGINAL
    ),
    "fit_logistic": lambda w: fitted(w, LOGISTIC, BOARD),
    "fit_means": lambda w: probes.fit_means(w.model, GAMES, WHOLE),
    "fit_mlp": lambda w: probes.fit_mlp(w.model, GAMES, w.probe, BOARD, SITE, 8, 16),
    "fit_ridge": lambda w: [
        probes.fit_ridge(source, GAMES, WHOLE) for source in (w.model, w.random, w.layer)
    ],
    "load_original_probe": lambda w: [loaded_original(w, centred) for centred in (True, False)],
    "load_probe": loaded,
    "outputs": lambda w: probes.outputs(w.probe, w.model, FEW, "legal_next"),
    "persistence": lambda w: probes.persistence(w.every, "board", "mine", "theirs"),
    "read": lambda w: [probes.read(p, w.model, FEW) for p in (w.probe, w.mlp)],
    "scored": lambda w: probes.scored(w.probe, probes.accuracy(w.probe, w.model, FEW)),
    "scores_by_source": lambda w: probes.scores_by_source(w.model, w.every, GAMES, FEW, ["board"]),
    "untrained": lambda w: streams(probes.untrained(w.model), w.model),
}
ELSEWHERE = {
    "Source": "a protocol: each kind of source is here",
    "save_probe": "a file is the same from anywhere: `load_probe` has it",
}


@cache
def world(model, kind):
    """Sources of a kind of device, and probes of the network."""
    parts = dict(model=model, bag=BAG, random=RANDOM, layer=LAYER)
    w = SimpleNamespace(**parts if kind == "cpu" else {n: sent(part) for n, part in parts.items()})
    w.probe = probes.fit_ridge(w.model, GAMES, WHOLE, [SITE])
    w.every = probes.fit_ridge(w.model, GAMES, probes.compared(["board"]))
    w.mlp = fitted(w, probes.MLP(w.probe, width=8, batch=16), BOARD)
    w.rows = [x for _, x in probes.activations(w.model, game.replay(FEW), [SITE])]
    return w


@pytest.fixture(scope="module")
def worlds(model, tmp_path_factory):
    def of(kind):
        folder = tmp_path_factory.mktemp(kind)
        return SimpleNamespace(**vars(world(model, kind)), folder=folder)

    return Worlds(of, CALLS)


def test_all_that_takes_a_source_is_called():
    assert follows_a_device(probes) == CALLS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_source(worlds, name, kind):
    worlds.compare(name, kind)

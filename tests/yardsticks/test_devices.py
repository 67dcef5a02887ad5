"""Proof of ``othello_gpt.yardsticks``: it follows the network to its device."""

from types import SimpleNamespace

import numpy as np
import pytest

from othello_gpt import probes, yardsticks
from othello_gpt.devices import device_of
from othello_gpt.model import inputs_of
from tests.elsewhere import sent
from tests.placing import Worlds, follows_a_device
from tests.yardsticks.common import MOVES, TINY

SITE, BOARD = TINY.sites[2], probes.TARGETS["board"]
PAIRS = dict(zip(("transpositions", "decoys"), yardsticks.swapped(MOVES, 28), strict=True))
SHALLOW = yardsticks.Shallow(2).requires_grad_(False)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return the file of a probe of the small rival."""
    path = tmp_path_factory.mktemp("probes") / "rival.safetensors"
    yardsticks.save_rival_probe(yardsticks.fit_rival_probe(SHALLOW, 80), path)
    return path


def streams(source, network):
    return list(source.residual_stream(inputs_of(MOVES[:3]).to(device_of(network))))


CALLS = {
    "Code": lambda w: streams(yardsticks.Code(yardsticks.random_code(4), [2, 4]), TINY),
    "Directions": lambda w: streams(
        yardsticks.Directions(w.model, SITE, np.eye(16), [4, 8]), w.model
    ),
    "LastMove": lambda w: yardsticks.LastMove(MOVES)(inputs_of(MOVES[:3])),
    "Shallow": lambda w: [
        streams(w.shallow, w.shallow),
        w.shallow(inputs_of(MOVES[:3]).to(device_of(w.shallow))),
    ],
    "board_read": lambda w: yardsticks.board_read(w.model, MOVES[:64], MOVES[64:80], [SITE]),
    "continuations": lambda w: [
        yardsticks.continuations(w.model, pairs[:3]) for pairs in PAIRS.values()
    ],
    "covariances": lambda w: yardsticks.covariances(w.model, MOVES[:9], [SITE], 4),
    "dimensions_in_use": lambda w: yardsticks.dimensions_in_use(w.model, MOVES[:9], SITE, 8),
    "endgames": lambda w: yardsticks.endgames(w.model, MOVES[:6], 27),
    "fit_rival_probe": lambda w: yardsticks.fit_rival_probe(w.shallow, 80),
    "information": lambda w: yardsticks.information(w.probe, w.model, MOVES[:9], BOARD, 4),
    "load_rival_probe": lambda w: yardsticks.load_rival_probe(w.shallow, w.path),
    "next_move_distribution": lambda w: yardsticks.next_move_distribution(w.model, MOVES[:6, :9]),
    "openings_compared": lambda w: yardsticks.openings_compared(w.model, 4),
    "predictions": lambda w: yardsticks.predictions(w.model, MOVES[:6, :9], 3),
}
ELSEWHERE = {
    "save_shallow": "a file is the same from anywhere: `Shallow` has the tensors",
    "save_rival_probe": "a file is the same from anywhere: `fit_rival_probe` has the tensors",
}


def world(model, shallow, path):
    probe = probes.fit_ridge(model, MOVES[:64], [BOARD], [SITE])
    return SimpleNamespace(model=model, shallow=shallow, probe=probe, path=path)


@pytest.fixture(scope="module")
def worlds(kept):
    def of(kind):
        networks = (TINY, SHALLOW) if kind == "cpu" else (sent(TINY), sent(SHALLOW))
        return world(*networks, kept)

    return Worlds(of, CALLS)


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(yardsticks) == CALLS.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(worlds, name, kind):
    worlds.compare(name, kind)

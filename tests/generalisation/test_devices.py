"""Proof of ``othello_gpt.generalisation``: it follows the network to its device."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from othello_gpt import game, generalisation, probes
from othello_gpt.model import GPT, GPTConfig
from tests.elsewhere import sent, somewhere_else
from tests.placing import assert_same, follows_a_device, home

MOVES = game.sample_moves(64, seed=3)
BEGUN = generalisation.beginnings_of(MOVES[:9, :8])
torch.manual_seed(0)
TINY = GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)
SITE = TINY.sites[2]

CALLS = {
    "believed_after_one": lambda w: generalisation.believed_after_one(w.model, w.probe, MOVES, 9),
    "blind": lambda w: generalisation.blind(w.model, 50, 4, 6),
    "boards_read": lambda w: generalisation.boards_read(w.probe, w.model, MOVES[:5], False, SITE),
    "certify": lambda w: generalisation.certify(w.model, 3, w.folder / "part.json"),
    "exhaustive": lambda w: generalisation.exhaustive(w.model, 4),
    "follow": lambda w: generalisation.follow(w.model, w.probe, MOVES[0, :7].tolist()),
    "margins": lambda w: generalisation.margins(w.model, BEGUN, 4),
    "next_move_probabilities": lambda w: generalisation.next_move_probabilities(
        w.model, np.array(MOVES[:9, :8]), 4
    ),
    "part": lambda w: generalisation.part(w.model, generalisation.roots()[[0]], 6),
    "random_lists": lambda w: generalisation.random_lists(w.model, 6, 5),
    "recheck": lambda w: generalisation.recheck(
        w.model, generalisation.certify(w.model, 3, w.folder / "kept.json"), sample=1
    ),
    "said_in": lambda w: generalisation.said_in(w.model, *generalisation.games_from(3, 9), 4),
    "search": lambda w: generalisation.search(w.model, 4, 6),
    "unfamiliar": lambda w: generalisation.unfamiliar(w.model, 5, seed=1, batch=2),
}


def world(model, folder):
    probe = probes.fit_ridge(model, MOVES, [probes.TARGETS["board"]], [SITE])
    return SimpleNamespace(model=model, probe=probe, folder=folder)


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(generalisation) == CALLS.keys()


@pytest.fixture
def few(monkeypatch):
    """Divide the work by beginnings of two moves, of which there are twelve."""
    monkeypatch.setattr("othello_gpt.generalisation.certificate.ROOTS", 2)


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(name, kind, few, tmp_path):
    for part in ("near", "far"):
        (tmp_path / part).mkdir()
    wanted = home(CALLS[name](world(TINY, tmp_path / "near")))
    with somewhere_else(kind):
        assert_same(home(CALLS[name](world(sent(TINY), tmp_path / "far"))), wanted)

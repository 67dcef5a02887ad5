"""Proof of ``othello_gpt.play``: it follows the network to its device."""

import json

import numpy as np
import pytest
import torch

from othello_gpt import game, play
from othello_gpt.model import GPT, GPTConfig
from tests.elsewhere import sent, somewhere_else
from tests.placing import assert_same, follows_a_device, home

torch.manual_seed(0)
TINY = GPT(GPTConfig(n_layer=6, n_head=2, n_embd=16)).eval().requires_grad_(False)


def assets(model, folder):
    written = play.write_assets(folder, model, n=32)
    about = json.loads((written / "network.json").read_text())
    numbers = np.fromfile(written / "network.bin", "<f2").astype(np.float32)
    return {"numbers": numbers, "bytes": about["bytes"], "boards": about["sample"]["boards"]}


CALLS = {
    "average_patterns": lambda model, _: play.average_patterns(model, game.Games.sample(8), 3),
    "write_assets": assets,
}


def test_all_that_takes_a_network_is_called():
    assert follows_a_device(play) == CALLS.keys()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
@pytest.mark.parametrize("name", CALLS)
def test_it_follows_the_network(name, kind, tmp_path):
    wanted = home(CALLS[name](TINY, tmp_path / "near"))
    with somewhere_else(kind):
        found = home(CALLS[name](sent(TINY), tmp_path / "far"))
    assert_same(found, wanted, atol=2e-3)  # half precision

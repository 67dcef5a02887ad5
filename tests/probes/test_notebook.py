"""Proof of ``othello_gpt.probes``: the original notebook's code runs on our folders."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

from othello_gpt import data, probes
from othello_gpt.game import Games, square_of_token
from othello_gpt.model import PRETRAINED, load_model

NOTEBOOK = Path(__file__).parent / "original_notebook.py"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of what the notebook uses, not ours
def test_the_notebook_runs_with_its_imports_changed(tmp_path):
    given = {
        "MODEL": str(PRETRAINED),
        "DATA": str(data.write_games(tmp_path / "games", 1000, seed=4, test_games=100)),
        "PROBE": str(tmp_path / "linear_probe.pt"),
    }
    found = runpy.run_path(str(NOTEBOOK), init_globals=given)
    assert found["labels"][0] == "A1"
    assert len(found["labels"]) == 32
    assert found["legal_share"] > 0.99
    assert found["losses"][-1] < found["losses"][0] / 100
    for accuracy, majority in zip(found["accuracies"], found["majority"], strict=True):
        assert accuracy > majority
    assert found["accuracies"][0] > 0.98
    # What it saved is read by this package, and says the same.
    network = load_model()
    probe = probes.load_original_probe(given["PROBE"], network)
    tokens = np.array(found["test_dataset"]["input_ids"])
    games = Games(square_of_token()[tokens].astype(np.int8))
    ours = probes.outputs(probe, network, games, "empty")[0][..., 1, :]
    theirs = found["y_pred"][..., 0].flatten(2)
    torch.testing.assert_close(torch.from_numpy(ours), theirs, atol=2e-3, rtol=1e-3)

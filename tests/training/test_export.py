"""Proof of ``othello_gpt.training``: export."""

import json

import pytest

from othello_gpt import training
from tests.training.common import assert_same_weights


def test_export_replaces_an_exported_model_and_nothing_else(whole, tmp_path):
    out = training.export(whole, tmp_path / "model", n_games=10)
    training.export(whole, out, n_games=10)
    (out / "thesis.txt").write_text("years of work")
    for folder in (out, whole):
        kept = sorted(f.name for f in folder.iterdir())
        with pytest.raises(FileExistsError, match="isn't an exported model"):
            training.export(whole, folder, n_games=10)
        assert sorted(f.name for f in folder.iterdir()) == kept
    assert [f.name for f in tmp_path.iterdir()] == ["model"]


def test_export_ships_what_load_model_reads(whole, tmp_path):
    out = training.export(whole, tmp_path / "pretrained", n_games=30)
    assert_same_weights(whole, out)
    facts = json.loads((out / "training.json").read_text())
    assert facts["machines"] == ["1 x 1 CPU cores (processes x cores of each)"]
    command = "othello-gpt train --out run0 --games 96 --decay 48 --continuations 2 --siblings 2"
    command += " --opening 12 --batch 16 --seed 0 --muon-lr 0.005"
    assert facts["commands"] == [command]
    assert facts["continuations"] == 96 / 2 * (11 + 2 * 20) * 2
    card = (out / "README.md").read_text()
    assert command in card
    assert "30 held-out games" in card
    assert "2 layers, 2 heads, d_model 16" in card
    assert "the embedding's own matrix (tied), as in nanoGPT" in card
    assert sorted(f.name for f in out.iterdir()) == sorted(
        ["README.md", "config.json", "metrics.jsonl", "model.safetensors", "training.json"]
    )

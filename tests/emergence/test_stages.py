"""Proof of ``othello_gpt.emergence``: stages are measured, kept, and loaded again."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from othello_gpt import emergence, probes
from othello_gpt.emergence.stages import keep, save
from othello_gpt.model import GPT, GPTConfig


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run's weights at two stages, of a small network that is untrained."""
    folder = tmp_path_factory.mktemp("run")
    for k, name in enumerate(("512", "1024-decayed")):
        torch.manual_seed(k)
        model = GPT(GPTConfig(n_layer=3, n_head=8, n_embd=32, tied=True))
        state = {n: t for n, t in model.state_dict().items() if n != "lm_head.weight"}
        save_file(state, folder / f"{name}.safetensors")
    return folder


@pytest.fixture(scope="module")
def stages(folder):
    return emergence.stages_of(folder, scale=1)


def test_stages_come_by_their_games(stages):
    assert [(s.games, s.decayed, s.name) for s in stages] == [
        (512, False, "512"),
        (1024, True, "1024-decayed"),
    ]
    assert stages[0].network != stages[1].network


def test_an_untrained_network_keeps_no_board(stages):
    found = stages[0].measures
    assert found["illegal"].low > 0.4
    assert found["boards"].high < 0.1
    assert found["mistakes left"].high > 0.9
    for value in found.values():
        assert np.all(value.low <= value.mean)
        assert np.all(value.mean <= value.high)


def test_what_is_saved_is_read(stages, tmp_path):
    save(stages, tmp_path / "record.json", {"command": "x"})
    for stage, read in zip(stages, emergence.record(tmp_path / "record.json"), strict=True):
        assert (read.games, read.decayed, read.network) == (
            stage.games,
            stage.decayed,
            stage.network,
        )
        assert read.measures.keys() == stage.measures.keys()
        for name, value in read.measures.items():
            np.testing.assert_allclose(value.mean, stage.measures[name].mean, atol=1e-6)
            np.testing.assert_allclose(value.high, stage.measures[name].high, atol=1e-6)


def test_what_is_kept_is_what_was_measured(stages, folder, tmp_path):
    path = keep("512", folder, tmp_path)
    assert path.stat().st_size < 0.6 * (folder / "512.safetensors").stat().st_size
    assert probes.fingerprint(emergence.load_stage("512", tmp_path)) == stages[0].network


def test_a_stage_that_isnt_there_names_those_that_are(folder):
    with pytest.raises(FileNotFoundError, match="a stage 7: choose one of 512, 1024-decayed"):
        emergence.load_stage("7", folder)


def test_a_file_of_another_name_is_refused(tmp_path):
    (tmp_path / "best.safetensors").touch()
    with pytest.raises(ValueError, match=r"best\.safetensors: a stage is named by its games"):
        emergence.stages_of(tmp_path)


def test_the_command_measures_and_keeps(folder, tmp_path):
    out = tmp_path / "record.json"
    command = [sys.executable, "-m", "othello_gpt.emergence", str(folder), "--out", str(out)]
    subprocess.run(
        [*command, "--scale", "1", "--keep", "512"], check=True, capture_output=True, timeout=120
    )
    kept = json.loads(out.read_text())
    assert kept["met"] == {"games": 1024, "of": 20_000, "found": 0}
    assert [row["games"] for row in kept["stages"]] == [512, 1024]
    assert (tmp_path / "512.safetensors").exists()


def test_the_record_is_of_the_weights_that_come_with_it():
    by_name = {stage.name: stage for stage in emergence.record()}
    assert len(emergence.kept()) >= 3
    for name in emergence.kept():
        assert probes.fingerprint(emergence.load_stage(name)) == by_name[name].network
    games = [stage.games for stage in emergence.record()]
    assert games == sorted(games)


def test_headlines_are_the_claims_of_a_report(tmp_path):
    claim = dict(name="a", says="It is", value="2", control="1", against="none", refuted="", aim=[])
    rows = [claim | {"check": check, "numbers": [[1, 2, 3], [0, 1, 1]]} for check in (False, True)]
    (tmp_path / "claims.json").write_text(json.dumps(rows))
    (one,) = emergence.headlines(tmp_path / "claims.json")
    assert (one.name, one.refuted, one.numbers) == ("a", "", ((1, 2, 3), (0, 1, 1)))


def test_the_headlines_kept_are_of_this_book():
    page = (Path(__file__).parents[2] / "book" / "claims.md").read_text()
    names = {one.name for one in emergence.headlines()}
    assert {"plays_by_the_rules", "reads_the_board", "uses_the_board"} <= names
    assert all(name in page for name in names)

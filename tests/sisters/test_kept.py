"""Proof of ``othello_gpt.sisters``: they are measured, kept, loaded, and compared over seeds."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from scipy.stats import ttest_1samp

from othello_gpt import probes, sisters
from othello_gpt.model import GPT, GPTConfig
from othello_gpt.sisters.kept import measured


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two small untrained networks, and what a report said of the first."""
    folder = tmp_path_factory.mktemp("sisters")
    for seed in (5, 11):
        torch.manual_seed(seed)
        model = GPT(GPTConfig(n_layer=3, n_head=8, n_embd=32))
        state = {n: t for n, t in model.state_dict().items() if n != "lm_head.weight"}
        save_file(state, folder / f"{seed}.safetensors")
    claim = dict(name="a", says="It is", value="2", control="1", against="none", refuted="no")
    rows = [claim | {"check": False, "numbers": [[1, 2, 3], [0, 1, 1]]}]
    (folder / "5.claims.json").write_text(json.dumps(rows))
    return folder


def test_the_command_measures_and_keeps(folder, tmp_path):
    out = tmp_path / "record.json"
    command = [sys.executable, "-m", "othello_gpt.sisters", str(folder), "--out", str(out)]
    subprocess.run(
        [*command, "--scale", "1", "--trained", "so", "--games", "7"],
        check=True,
        capture_output=True,
        timeout=200,
    )
    first, second = sisters.sisters(out)
    assert (first.seed, second.seed) == (5, 11)
    assert first.network == probes.fingerprint(sisters.load_sister(5, tmp_path))
    assert first.network != second.network
    assert [one.refuted for one in first.claims] == ["no"]
    assert first.claims[0].numbers == ((1, 2, 3), (0, 1, 1))
    assert second.claims == ()
    assert first.measures["boards"].high < 0.1
    told = sisters.about(out)
    assert (told["trained"], told["games"], told["scale"]) == ("so", 7, 1)


def test_other_files_and_seeds_are_refused(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="no sister of seed 6: choose one of 5, 11"):
        sisters.load_sister(6, folder)
    (tmp_path / "best.safetensors").touch()
    with pytest.raises(ValueError, match=r"best\.safetensors: a sister is named by its seed"):
        measured(tmp_path)


def test_the_record_is_of_the_weights_that_come_with_it():
    kept = sisters.sisters()
    assert len(kept) >= 3
    for one in kept:
        assert probes.fingerprint(sisters.load_sister(one.seed)) == one.network
    page = (Path(__file__).parents[2] / "book" / "claims.md").read_text()
    assert all(claim.name in page for one in kept for claim in one.claims)


def test_the_interval_over_seeds_is_students():
    values = [0.2, 0.5, 0.3, 0.9]
    found = sisters.over_seeds(values)
    assert found.mean == pytest.approx(np.mean(values))
    for end in (found.low, found.high):
        assert ttest_1samp(values, end).pvalue == pytest.approx(0.05)


@pytest.mark.parametrize("values", [[0.1], [0.1, np.nan]])
def test_too_few_seeds_are_refused(values):
    with pytest.raises(ValueError, match="two or more numbers are needed"):
        sisters.over_seeds(values)


def test_a_run_is_met_where_it_had_the_same_loss():
    losses, values = [0.8, 0.4, 0.1], [1.0, 2.0, 4.0]
    assert sisters.at_the_same(0.4, losses, values) == pytest.approx(2)
    assert sisters.at_the_same(0.2, losses, values) == pytest.approx(3)
    assert sisters.at_the_same(0.2, losses, values, log=True) == pytest.approx(8**0.5)
    with pytest.raises(ValueError, match=r"loss of 0\.1 to 0\.8 nats, never 0\.05"):
        sisters.at_the_same(0.05, losses, values)

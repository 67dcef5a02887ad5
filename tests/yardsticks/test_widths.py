"""Proof of ``othello_gpt.yardsticks.widths``: rivals of several widths are measured and kept."""

import json
import subprocess
import sys

import pytest

from othello_gpt import yardsticks
from othello_gpt.model import PRETRAINED
from othello_gpt.yardsticks import ShallowConfig


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rivals")
    for filters in (3, 1):
        config = ShallowConfig(filters, games=256)
        path = folder / f"{8 * filters}.safetensors"
        yardsticks.train_shallow(path, config, log_games=20)
    return folder


def run(*given):
    command = [sys.executable, "-m", "othello_gpt.yardsticks", *map(str, given)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_command_measures_each_width(folder, tmp_path):
    out = tmp_path / "widths.json"
    assert run("widths", folder, "--games", 60, "--out", out).returncode == 0
    first, second = yardsticks.widths(out)
    assert (first.width, second.width) == (8, 24)
    assert first.games == second.games == 256
    assert first.seed == second.seed == 0
    assert "--width 8 --games 256" in first.command
    for one in (first, second):
        assert 0.3 < one.illegal.low <= one.illegal.mean <= one.illegal.high < 1
        assert 0.3 < one.cells.mean < 0.9
        assert 0 <= one.boards.low <= one.boards.high < 0.2


def test_another_seed_is_added_to_what_is_known(folder, tmp_path):
    out = tmp_path / "widths.json"
    assert run("widths", folder, "--games", 20, "--out", out).returncode == 0
    known = yardsticks.widths(out)
    path = tmp_path / "8.safetensors"
    yardsticks.train_shallow(path, ShallowConfig(1, games=256, seed=3), log_games=20)
    assert run("widths", tmp_path, "--games", 20, "--out", out, "--add").returncode == 0
    first, new, second = yardsticks.widths(out)
    assert [first, second] == known
    assert (new.width, new.seed) == (8, 3)
    assert run("widths", tmp_path, "--games", 20, "--out", out).returncode == 0
    assert yardsticks.widths(out) == [new]  # without it, the others are forgotten


def test_a_file_that_tells_of_no_rivals_is_left_as_it_is(folder, tmp_path):
    out = tmp_path / "widths.json"
    out.write_text("{")
    said = run("widths", folder, "--games", 20, "--out", out, "--add")
    assert said.returncode == 2
    assert "widths.json: truncated, or tells of no rivals" in said.stderr
    assert out.read_text() == "{"


def test_an_empty_folder_is_refused(tmp_path):
    said = run("widths", tmp_path)
    assert said.returncode == 2
    assert "has no *.safetensors: othello-gpt rival makes them" in said.stderr


def test_the_widths_that_come_with_the_package_saw_the_same_games():
    found = yardsticks.widths()
    network = json.loads((PRETRAINED / "training.json").read_text())["games"]
    widths = [512, 1024, 2048, 4096]
    for games, seed in ((250_000, 2), (network, 1)):
        assert [one.width for one in found if (one.games, one.seed) == (games, seed)] == widths
    others = [one for one in found if (one.games, one.seed) not in ((250_000, 2), (network, 1))]
    for one in others:  # another seed, or a run of the widest in between
        assert one.seed == 3 or (one.width == 4096 and 250_000 < one.games < network)
    assert len(others) >= 2


def test_the_strongest_of_them_is_the_rival_of_the_book():
    rival, about = yardsticks.load_shallow()
    strongest = min(yardsticks.widths(), key=lambda one: one.illegal.mean)
    assert (strongest.width, strongest.games) == (rival.width, about["games"])

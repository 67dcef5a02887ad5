"""The house's own rules: lint, who imports whom, how large a room is, jupytext's form."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "othello_gpt"
CHAPTERS = sorted((ROOT / "book").glob("*.py"))


@pytest.mark.parametrize("command", [["check"], ["format", "--diff"]], ids=" ".join)
def test_ruff(command):
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_package_imports_from_lower_floors_only():
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 0, result.stdout + result.stderr


SIZE = 330


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_a_room_is_small(path):
    assert len(path.read_text().splitlines()) <= SIZE


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_is_what_jupytext_would_write(path):
    jupytext = [sys.executable, "-m", "jupytext", "--quiet", "--to", "py:percent", "--output", "-"]
    written = subprocess.run([*jupytext, path], cwd=ROOT, capture_output=True, text=True)
    assert written.stdout == path.read_text(), f"let jupytext write it: jupytext --sync {path}"

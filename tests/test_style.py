"""The house's own rules: lint and format, who imports whom, chapters in jupytext's normal form."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "othello_gpt"
CHAPTERS = sorted((ROOT / "book").glob("*.py"))

# A module imports from the floors below its own, and from nothing else.
FLOORS = [
    {"jit"},
    {"rules", "intervals"},
    {"games", "claims"},
    {"model"},
    {"training", "probes"},
    {"interventions", "neurons", "attention", "controls", "construction", "play"},
]
ASIDE = {
    "__init__": set(),
    "boards": {"rules"},
    "cli": set.union(*FLOORS),
    "sphinx_ext": set(),
}


def allowed_imports(module):
    if module in ASIDE:
        return ASIDE[module]
    floor = next((i for i, modules in enumerate(FLOORS) if module in modules), None)
    assert floor is not None, f"{module} lives on no floor"
    return set().union(*FLOORS[:floor])


def imported_modules(path):
    """Return the modules of this package that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = ".".join(filter(None, ["othello_gpt" * bool(node.level), node.module]))
            names |= {f"{source}.{alias.name}" for alias in node.names} | {source}
    modules = {path.stem for path in PACKAGE.glob("*.py")}
    return {n.split(".")[1] for n in names if n.startswith("othello_gpt.")} & modules


@pytest.mark.parametrize("command", [["check"], ["format", "--diff"]], ids=" ".join)
def test_ruff(command):
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_a_module_imports_from_lower_floors_only(path):
    assert imported_modules(path) <= allowed_imports(path.stem)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_is_what_jupytext_would_write(path):
    jupytext = [sys.executable, "-m", "jupytext", "--quiet", "--to", "py:percent", "--output", "-"]
    written = subprocess.run([*jupytext, path], cwd=ROOT, capture_output=True, text=True)
    assert written.stdout == path.read_text(), f"let jupytext write it: jupytext --sync {path}"

"""Proof of ``othello_gpt.book_tools``: cache."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from othello_gpt.book_tools import cache


@pytest.fixture
def root(tmp_path):
    """A project with two chapters, of which one imports everything there is."""
    files = {
        "othello_gpt/__init__.py": "",
        "othello_gpt/intervals.py": "level = 0.95",
        "othello_gpt/game/__init__.py": "from .rules import size",
        "othello_gpt/game/rules.py": "from ..intervals import level\nsize = 6",
        "othello_gpt/game/unused.py": "",
        "othello_gpt/model/__init__.py": "def load():\n    from .files import read",
        "othello_gpt/model/files.py": "import othello_gpt.game",
        "othello_gpt/model/pretrained/model.safetensors": "weights",
        "book/one.py": "from othello_gpt import game",
        "book/two.py": "from othello_gpt.model import load",
        "requirements.lock": "torch==1",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "depend"),
    [
        ("othello_gpt/game/rules.py", {"one", "two"}),
        ("othello_gpt/intervals.py", {"one", "two"}),
        ("othello_gpt/model/files.py", {"two"}),
        ("othello_gpt/model/pretrained/model.safetensors", {"two"}),
        ("requirements.lock", {"one", "two"}),
        ("othello_gpt/game/unused.py", set()),
        ("othello_gpt/game/.DS_Store", set()),
        ("othello_gpt/model/pretrained/.DS_Store", set()),
        ("README.md", set()),
    ],
)
def test_a_chapter_depends_on_what_it_imports_and_on_nothing_else(root, file, depend):
    before = {name: cache.digest(root, name) for name in ("one", "two")}
    (root / file).write_text("something = 'else'")
    assert {name for name in before if cache.digest(root, name) != before[name]} == depend


def test_only_what_changed_is_stale(root):
    def write(name, code, executed):
        cell = new_code_cell(code)
        if executed:
            cell.outputs = [new_output("stream", name="stdout", text="2")]
            cell.execution_count = 1
            cell.metadata["execution"] = {"iopub.status.idle": "now"}
        nbformat.write(new_notebook(cells=[cell]), root / name)
        return str(root / name)

    one, two = write("one.ipynb", "1 + 1", True), write("two.ipynb", "2 + 2", False)
    assert cache.stale(root, [one, two]) == [one, two]
    cache.keep(root, [one])
    write("one.ipynb", "1 + 1", False)  # as jupytext makes it from its source, once more
    assert cache.stale(root, [one, two]) == [two]
    write("one.ipynb", "1 + 3", False)
    assert cache.stale(root, [one]) == [one]
    write("one.ipynb", "1 + 1", False)
    assert cache.stale(root, [one]) == []
    (root / "othello_gpt" / "model" / "files.py").write_text("")
    assert cache.stale(root, [one]) == []
    (root / "othello_gpt" / "game" / "rules.py").write_text("size = 8")
    assert cache.stale(root, [one]) == [one]

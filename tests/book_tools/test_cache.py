"""Proof of ``othello_gpt.book_tools``: cache."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from othello_gpt.book_tools import cache


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project with a package of two files."""
    package = tmp_path / "package"
    (package / "__pycache__").mkdir(parents=True)
    (package / "rules.py").write_text("size = 6")
    (package / "model" / "pretrained").mkdir(parents=True)
    (package / "model" / "pretrained" / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "requirements.lock").write_text("torch==1")
    monkeypatch.setattr(cache, "PACKAGE", package)
    return tmp_path


@pytest.mark.parametrize(
    "file",
    [
        "package/rules.py",
        "package/model/pretrained/model.safetensors",
        "package/new.py",
        "requirements.lock",
    ],
)
def test_executions_belong_to_one_package_model_and_lock_file(root, file):
    before = cache.execution_cache(root)
    (root / "package" / "__pycache__" / "rules.pyc").write_bytes(b"compiled")
    (root / "README.md").write_text("not part of it")
    (root / "package" / ".DS_Store").touch()
    (root / "package" / "model" / "pretrained" / ".DS_Store").touch()
    assert cache.execution_cache(root) == before
    (root / file).write_text("something else")
    assert cache.execution_cache(root) != before


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
    (root / "package" / "rules.py").write_text("size = 8")
    assert cache.stale(root, [one]) == [one]

"""What a plain install, a read-only one and one without the book's extra must still do."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "othello_gpt"
BOOK_ONLY = ("myst_nb", "sphinx", "docutils", "nbformat", "jupyter_cache", "fcntl")
MODULES = sorted(
    ".".join(p.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for p in PACKAGE.rglob("*.py")
    if "book_tools" not in p.relative_to(PACKAGE).parts
    and p.name != "extension.py"
    and p != PACKAGE / "__init__.py"
)


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
        cwd=PACKAGE.parent,
    )


BLOCKER = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {BOOK_ONLY}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def test_every_module_imports_without_the_books_extra_and_on_windows():
    imports = "\n".join(f"import othello_gpt.{module}" for module in MODULES)
    result = run(f"{BLOCKER}\n{imports}\nprint('imported')")
    assert result.stdout.strip() == "imported", result.stderr


@pytest.mark.parametrize("module", ["game", "data"])
def test_a_cache_that_cannot_be_written_is_no_condition(module):
    no_locators = "import numba.core.caching as c; c.CacheImpl._locator_classes = []"
    code = f"{no_locators}; from othello_gpt import game, {module}; print(len(game.start()))"
    result = run(code)
    assert result.stdout.strip() == "2", result.stderr


@pytest.mark.slow
def test_a_wheel_is_the_same_each_time_and_carries_the_networks(tmp_path):
    root, made = PACKAGE.parent, []
    for k, name in enumerate(("one", "other")):
        source = tmp_path / name
        source.mkdir()
        for file in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(root / file, source)
        shutil.copytree(
            PACKAGE, source / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__")
        )
        for path in source.rglob("*"):
            os.utime(path, (1e9 + k * 1e6,) * 2)
        build = f"""
import os
from setuptools import build_meta
os.chdir({str(source)!r})
print(build_meta.build_wheel({str(tmp_path)!r}))
"""
        result = run(build, SOURCE_DATE_EPOCH="1700000000")
        assert result.returncode == 0, result.stderr[-2000:]
        wheel = tmp_path / result.stdout.splitlines()[-1]
        made.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert made[0] == made[1]
    with zipfile.ZipFile(wheel) as archive:
        there = set(archive.namelist())
        for name in ("model/pretrained/model.safetensors", "yardsticks/shallow.safetensors"):
            kept = archive.read(f"othello_gpt/{name}")
            assert kept == (PACKAGE / name).read_bytes()
    files = {p.relative_to(root).as_posix() for p in PACKAGE.rglob("*.py")}
    assert files <= there

"""What a plain install, a read-only one and one without the book's extra must still do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "othello_gpt"
BOOK_ONLY = ("myst_nb", "sphinx", "docutils", "nbformat", "jupyter_cache", "fcntl")
MODULES = sorted(
    ".".join(p.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for p in PACKAGE.rglob("*.py")
    if p.parent.name != "book_tools" and p.name != "extension.py" and p != PACKAGE / "__init__.py"
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

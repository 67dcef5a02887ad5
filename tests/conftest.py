"""What all tests share: shapes are checked while they run; how long hypothesis may search."""

from pathlib import Path

from hypothesis import settings
from jaxtyping import install_import_hook
from xdist.scheduler import LoadScopeScheduling

import tests.typechecking  # noqa: F401 - named below

PACKAGE = Path(__file__).parent.parent / "othello_gpt"
# A compiled function can't be wrapped: rooms that hold some are left out.
CHECKED = [
    ".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts)
    for p in sorted(PACKAGE.rglob("*.py"))
    if p.name != "__init__.py" and "njit" not in p.read_text()
]

install_import_hook(CHECKED, "tests.typechecking.check")


class ByFile(LoadScopeScheduling):
    """Gives the tests of a file to one process, and those that share a costly page as well."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return "tests/play" if file.startswith("tests/play/") else file


def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


settings.register_profile("house", deadline=None)  # the first example may compile
settings.load_profile("house")

"""What all tests share: shapes are checked while they run; how long hypothesis may search."""

from pathlib import Path

from hypothesis import settings
from jaxtyping import install_import_hook

import tests.typechecking  # noqa: F401 - named below

PACKAGE = Path(__file__).parent.parent / "othello_gpt"
# A compiled function can't be wrapped: rooms that hold some are left out.
CHECKED = [
    ".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts)
    for p in sorted(PACKAGE.rglob("*.py"))
    if p.name != "__init__.py" and "njit" not in p.read_text()
]

install_import_hook(CHECKED, "tests.typechecking.check")
settings.register_profile("house", deadline=None)  # the first example may compile
settings.load_profile("house")

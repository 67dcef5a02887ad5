"""Which chapters are stale."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn

PACKAGE = Path(__file__).parent.parent


def execution_cache(root: Path) -> Path:
    """The folder of executed notebooks that belongs to this very package, model and lock file."""
    parts = [*PACKAGE.rglob("*.py"), *(PACKAGE / "model" / "pretrained").glob("[!.]*")]
    files = [p for p in parts if p.is_file()]  # a stray file elsewhere changes nothing
    digest = hashlib.sha256()
    for path in [*sorted(files), root / "requirements.lock"]:
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return root / "_build" / ".jupyter_cache" / digest.hexdigest()[:16]


def _notebook(path: str):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times, which the cache would take for a change
    return notebook


def stale(root: Path, paths: Sequence[str]) -> list[str]:
    """Return the notebooks that haven't been executed as they are with the package as it is."""
    cache, found = get_cache(execution_cache(root)), []
    for path in paths:
        try:
            cache.match_cache_notebook(_notebook(path))
        except KeyError:
            found.append(path)
    return found


def keep(root: Path, paths: Sequence[str]) -> None:
    """Put notebooks that were executed elsewhere (by nbmake) where the pages look for them."""
    cache = get_cache(execution_cache(root))
    for path in paths:
        cache.cache_notebook_bundle(CacheBundleIn(_notebook(path), path), overwrite=True)


if __name__ == "__main__":
    if sys.argv[1] == "stale":
        print(*stale(Path.cwd(), sys.argv[2:]))
    else:
        keep(Path.cwd(), sys.argv[2:])

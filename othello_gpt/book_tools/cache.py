"""Which chapters are stale: those that have changed, or something that they import has.

``python -m othello_gpt.book_tools.cache stale book/*.ipynb`` names them; ``keep`` puts notebooks
that were executed elsewhere (by nbmake) where the build looks for them.
"""

import ast
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn

NAME = "othello_gpt"


def execution_cache(root: Path) -> Path:
    """Return the folder of executed notebooks, in which none is left that is out of date.

    A notebook is out of date if a module that its chapter imports, directly or by way of others,
    the embedded model (if ``model`` is among them) or the lock file isn't what it was.
    """
    folder = root / "_build" / ".jupyter_cache"
    seen, now = folder / "digests.json", {}
    before = json.loads(seen.read_text()) if seen.exists() else {}
    cache = get_cache(folder)
    for record in cache.list_cache_records():
        chapter = Path(str(record.uri)).stem
        if chapter not in now:
            now[chapter] = digest(root, chapter)
        if now[chapter] != before.get(chapter):
            cache.remove_cache(getattr(record, "pk"))  # noqa: B009 - a column in its type
    # Whatever is executed from here on is executed with what there is now.
    now |= {path.stem: digest(root, path.stem) for path in (root / "book").glob("*.py")}
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = seen.with_suffix(".tmp")
    unfinished.write_text(json.dumps(now))
    unfinished.replace(seen)
    return folder


def digest(root: Path, chapter: str, network: str | None = None) -> str:
    """Return a hash of everything but its own cells that a chapter's results depend on.

    The network that ``load_model()`` is to give takes part as the embedded one does: ``network``,
    or what ``OTHELLO_GPT_MODEL`` says.
    """
    found, files = hashlib.sha256(), dependencies(root, chapter)
    other = os.environ.get("OTHELLO_GPT_MODEL", "") if network is None else network
    if other and any(path.parent.name == "pretrained" for path in files):
        found.update(other.encode())
        given = Path(other)
        files += sorted(given.glob("[!.]*.*")) if given.is_dir() else [given] * given.is_file()
    for path in [*files, root / "requirements.lock"]:
        found.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def dependencies(root: Path, chapter: str) -> list[Path]:
    """Return the package's files that a chapter's results depend on, sorted."""
    source = root / "book" / f"{chapter}.py"
    todo, files = [source] if source.exists() else [], set()
    while todo:
        for file in set(imported(root, todo.pop())) - files:
            files.add(file)
            todo.append(file)
            beside = file.parent / "pretrained"  # what is read, not imported
            files.update(path for path in beside.glob("[!.]*.*") if path.is_file())
    return sorted(files)


def imported(root: Path, path: Path) -> Iterator[Path]:
    """Yield the files of our package that a file imports, wherever in it."""
    here = list(path.relative_to(root).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) + 1 - node.level] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            names = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for name in (name for name in names if name[0] == NAME):
            for end in range(1, len(name) + 1):  # importing a part imports what it is a part of
                part = root.joinpath(*name[:end])
                file = part / "__init__.py" if part.is_dir() else part.with_suffix(".py")
                if file.exists():
                    yield file


def _notebook(path: str):
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times, which the cache would take for a change
    return notebook


def stale(root: Path, paths: Sequence[str]) -> list[str]:
    """Return the notebooks that haven't been executed as they are, with what they import."""
    cache, found = get_cache(execution_cache(root)), []
    for path in paths:
        try:
            cache.match_cache_notebook(_notebook(path))
        except KeyError:
            found.append(path)
    return found


def keep(root: Path, paths: Sequence[str]) -> None:
    """Put notebooks that were executed elsewhere where the build looks for them."""
    cache = get_cache(execution_cache(root))
    for path in paths:
        cache.cache_notebook_bundle(CacheBundleIn(_notebook(path), path), overwrite=True)


if __name__ == "__main__":
    if sys.argv[1] == "stale":
        print(*stale(Path.cwd(), sys.argv[2:]))
    else:
        keep(Path.cwd(), sys.argv[2:])

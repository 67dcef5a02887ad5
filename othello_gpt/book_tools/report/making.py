"""``othello-gpt report``: the book's chapters executed on another network, and built."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import nbformat
from filelock import FileLock, Timeout

from ...model import GPT, board_of, load_model
from .. import cache
from ..claims import CLAIM_MIME
from . import asserts, costs, execution, front, pages
from .execution import Outcome

ROOT = Path(__file__).parents[3]
_JUPYTER_BOOK = "import jupyter_book.cli.main as cli, sys; sys.exit(cli.main())"
_OWN = (6, 1)  # the board that chapters are written for, and the token of its first square


def report(
    source: str | Path,
    out: str | Path,
    board: int | None = None,
    heads: int | None = None,
    chapters: Sequence[str] | None = None,
    n_games: int = 2000,
    book: Path = ROOT,
    say: Callable[[str], object] = print,
) -> Path:
    """Execute the book's chapters on a network, build the book of it, and return its first page.

    ``source``, ``heads``: as of ``load_model``. ``out``: a folder, into which ``html`` comes once
    it is whole; what was executed before is kept there, and used where network and sources are the
    same. ``board``: what the network is for, if it is to be checked. ``chapters``: which ones to
    execute, by name; by default all. ``n_games``: held-out games of the first page. ``book``: a
    checkout. ``say`` is told what it will take, and how far it is.

    A claim may be refuted here. A chapter that can't apply is replaced by a page that says why.
    ``out/claims.json`` holds what came of the claims, for programs.

    Raises ``FileNotFoundError`` or ``ValueError``, in one sentence, for a network that can't be
    loaded, another board than ``board``, an unknown chapter, a folder that holds something else, a
    package without its book or without what builds it; ``OSError`` if the pages can't be built.
    """
    book, out = pages.checkout(Path(book)), Path(out)
    known = pages.chapters_of(book)
    if unknown := sorted(set(chapters or ()) - set(known)):
        raise ValueError(f"no chapter {unknown[0]!r}: there are {', '.join(known)}")
    for needed in ("nbclient", "jupytext", "jupyter_book"):
        if importlib.util.find_spec(needed) is None:
            raise FileNotFoundError(f"a report needs {needed}: pip install -e '.[book]'")
    model = load_model(source, n_head=heads)
    size, _ = board_of(model.config)
    if board not in (None, size):
        raise ValueError(f"{source} is a network for {size}x{size} boards, not for {board}x{board}")
    if out.exists() and not (out / ".sources").is_dir() and (out.is_file() or any(out.iterdir())):
        raise ValueError(f"{out} holds something else than a report: name a new folder")
    sources = out / ".sources"
    sources.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(sources / "lock", timeout=0):
            name = Path(source).resolve().name if Path(source).exists() else str(source)
            made = _Making(name, model, book, sources, say)
            made.execute(known if chapters is None else [n for n in known if n in chapters], known)
            made.write_pages(known, n_games)
            built = made.build()
            return _put(built, out / "html") / "index.html"
    except Timeout as error:
        raise OSError(f"another report is being made in {out}: wait for it") from error


class _Making:
    """A report on its way: its network, its sources, and what came of each chapter."""

    def __init__(self, name: str, model: GPT, book: Path, sources: Path, say: Callable):
        self.name, self.model, self.sources, self.say = name, model, sources, say
        pages.copy_sources(book, sources)
        network = sources.resolve() / "network"
        if not (network / "model.safetensors").exists() or _changed(model, network):
            shutil.rmtree(network, ignore_errors=True)
            model.save_pretrained(network)
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]  # the package that runs here
        self.environment = os.environ | {
            "OTHELLO_GPT_MODEL": str(network),
            "OTHELLO_GPT_REPORT": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        self.record = sources / "outcomes.json"
        told = json.loads(self.record.read_text()) if self.record.exists() else {}
        self.outcomes = {name: Outcome(**fields) for name, fields in told.items()}

    def path(self, chapter: str) -> Path:
        return self.sources / "book" / f"{chapter}.py"

    def executed(self, chapter: str) -> Path:
        return self.sources / "executed" / f"{chapter}.ipynb"

    def key(self, chapter: str) -> str:
        """Return a hash of what a chapter's outcome depends on."""
        here = cache.digest(self.sources, chapter, self.environment["OTHELLO_GPT_MODEL"])
        code = execution.code_of(self.path(chapter))
        how = [Path(str(room.__file__)).read_text() for room in (execution, asserts)]
        return hashlib.sha256("\0".join((here, code, *how)).encode()).hexdigest()

    def looks_at_a_network(self, chapter: str) -> bool:
        return "load_model" in execution.code_of(self.path(chapter))

    def execute(self, chosen: Sequence[str], known: Sequence[str]) -> None:
        """Find out what comes of the chosen chapters; others are as an earlier call left them."""
        keys, todo = {name: self.key(name) for name in known}, []
        for name in known:
            before = self.outcomes.pop(name, Outcome())
            fresh = before.key == keys[name] and not before.again
            if fresh and (before.why or self.executed(name).exists()):
                self.outcomes[name] = before
            elif name in chosen:
                why = self._cannot_apply() if self.looks_at_a_network(name) else ""
                if why:
                    self.outcomes[name] = Outcome(keys[name], why)
                else:
                    todo.append(name)
        kept = sum(name in self.outcomes for name in chosen)
        if kept:
            self.say(f"{kept} of {len(chosen)} chapters need no execution")
        if todo:
            self.say(str(costs.estimate(self.model, todo)))
        for number, name in enumerate(todo, 1):
            self.say(f"[{number}/{len(todo)}] {name} ...")
            one = execution.execute(
                self.path(name), self.executed(name), self.environment, self.model.sites
            )
            one.key = keys[name]
            self.outcomes[name] = one
            self._remember()
            came = f"doesn't apply. {one.why}" if one.why else f"{one.gigabytes:.1f} GB"
            self.say(f"[{number}/{len(todo)}] {name}: {one.seconds:.0f} s, {came}")
        self._remember()

    def _remember(self) -> None:
        unfinished = self.record.with_suffix(".part")
        told = {name: asdict(one) for name, one in self.outcomes.items() if one.key}
        unfinished.write_text(json.dumps(told, indent=1))
        unfinished.replace(self.record)

    def _cannot_apply(self) -> str:
        """Return why no chapter that looks at a network applies to this one; "" if they may."""
        config, needed = self.model.config, (33, 31)
        size, first = board_of(config)
        if (size, first) == _OWN:
            return ""
        return (
            f"It is written for networks of 6x6 boards with a vocabulary of {needed[0]}, and this "
            f"one is for {size}x{size} boards with a vocabulary of {config.vocab_size}."
        )

    def write_pages(self, known: Sequence[str], n_games: int) -> None:
        """Write the pages that only a report has, and put what was executed where it is built."""
        titles = {name: pages.title_of(self.path(name)) for name in known}
        for name in known:
            self.outcomes.setdefault(
                name, Outcome(why=f"It wasn't asked for: add it by --chapters {name}.")
            )
        self.outcomes = {name: self.outcomes[name] for name in known}
        own = [f"book/{name}" for name in known if self.looks_at_a_network(name)]
        bare = [f"book/{name}" for name in known if f"book/{name}" not in own]
        absent = {name: one.why for name, one in self.outcomes.items() if one.why}
        for name, why in absent.items():
            one = self.outcomes[name]
            pages.replace_page(self.path(name), why, one.cell, one.line)
        for file, chapter in pages.CARDS.items():
            if chapter in absent and (self.sources / file).exists():
                why = f"It shows what the chapter {chapter} makes, which isn't here."
                absent[Path(file).stem] = why
                pages.replace_page(self.sources / file, why)
        self.live = not (why := self._no_live_board())
        if why and (self.sources / pages.LIVE).exists():
            absent[Path(pages.LIVE).stem] = why
            pages.replace_page(self.sources / pages.LIVE, why)
            pages.without_live_board(self.sources)
        settings = {
            "network": self.name,
            "weights": self.environment["OTHELLO_GPT_MODEL"],
            "front": pages.FRONT,
            "own": own,
            "bare": bare,
            "absent": {f"book/{name}": why for name, why in absent.items()},
        }
        pages.configure(self.sources, settings, self.live)
        self.say("the first page: legality, loss, what can be read ...")
        there = [name for name, one in self.outcomes.items() if not one.why]
        claims = self._claims(there)
        kept = self.sources.parent / "claims.json"
        kept.with_suffix(".part").write_text(json.dumps(claims, indent=1) + "\n")
        os.replace(kept.with_suffix(".part"), kept)
        text = front.front_page(self.model, self.name, self.outcomes, titles, claims, n_games)
        (self.sources / f"{pages.FRONT}.md").write_text(text)
        self._run(
            "-m", "othello_gpt.book_tools.cache", "keep", *map(str, map(self.executed, there))
        )

    def _no_live_board(self) -> str:
        """Return why the live board can't run this network; "" if its files are written."""
        from ...play import assets

        if why := self._cannot_apply():
            return why
        if not self.model.config.bias:
            return "The live board's engine needs a network with biases."
        try:
            assets.write_assets(self.sources / "_build" / "html" / "play", self.model)
        except Exception as error:
            return execution.reason(type(error).__name__, str(error), "", self.model.sites)
        return ""

    def _claims(self, chapters: Sequence[str]) -> list[dict]:
        found = []
        for name in chapters:
            for cell in nbformat.read(self.executed(name), as_version=4).cells:
                outputs = cell.get("outputs", [])
                found += [o.data[CLAIM_MIME] for o in outputs if CLAIM_MIME in o.get("data", {})]
        return found

    def build(self) -> Path:
        """Build the pages; return the folder. Raises ``OSError`` if they can't be built."""
        self.say("building the pages ...")
        self._run("-c", _JUPYTER_BOOK, "build", ".", "--all")
        return self.sources / "_build" / "html"

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.sources,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        (self.sources / "build.log").write_text(done.stdout + done.stderr)
        if done.returncode:
            last = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr).strip().splitlines()[-1:]
            raise OSError(
                f"the pages couldn't be built ({' '.join(last)[:300]}): "
                f"{self.sources / 'build.log'} has all that was said"
            )


def _changed(model: GPT, folder: Path) -> bool:
    """Return whether a folder holds another network."""
    from ...probes import fingerprint

    try:
        before = load_model(folder)
    except (ValueError, OSError):
        return True
    return before.config != model.config or fingerprint(before) != fingerprint(model)


def _put(built: Path, place: Path) -> Path:
    """Put a copy of a folder in its place in one step, where another may be."""
    new, old = (place.with_name(f".{place.name}.{kind}") for kind in ("new", "old"))
    for one in (new, old):
        shutil.rmtree(one, ignore_errors=True)
    shutil.copytree(built, new)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)
    return place

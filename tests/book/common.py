"""How the tests read a page."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "_build" / "html"
SUB_PATH = "some/where"
VIEWS = {  # name: width, height, mode of the theme
    "desktop": (1280, 1000, "light"),
    "phone": (390, 844, "dark"),
}
FIGURES = ".plotly-figure"
OPEN = "document.querySelectorAll('details.more').forEach(one => { one.open = true })"


def toc_files(entry):
    """Yield the files of a table of contents, in its order."""
    for key in ("root", "file"):
        if key in entry:
            yield entry[key]
    for key in ("parts", "chapters", "sections"):
        for child in entry.get(key, []):
            yield from toc_files(child)


TOC = list(toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text())))
PAGES = [str(Path(file).with_suffix(".html")) for file in TOC]


@dataclass
class Visit:
    """A page in the browser, and what went wrong on the way to it."""

    page: Page
    name: str
    problems: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)  # addresses of what it loads to begin with

    def open(self, url, host):
        page, note = self.page, self.problems.append
        page.on("console", lambda m: m.type == "error" and note(f"console: {m.text}"))
        page.on("pageerror", lambda error: note(f"script: {error}"))
        own = (host, "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(own) or note(f"request to {r.url}"))
        # Who goes to another page cancels what the one before still asked for.
        cancelled = "net::ERR_ABORTED"
        page.on("requestfailed", lambda r: r.failure == cancelled or note(f"failed: {r.url}"))
        page.on("response", lambda r: r.status >= 400 and note(f"{r.status}: {r.url}"))
        page.goto(url, wait_until="networkidle")
        self.loaded = page.evaluate("performance.getEntriesByType('resource').map(r => r.name)")
        return self

    def figures(self):
        return self.page.locator(FIGURES).all()


def visit(context, address, name):
    host = re.match(r"https?://[^/]+/", address)[0]
    return Visit(context.new_page(), name).open(f"{address}/{name}", host)


CHAPTERS = [
    name
    for name, file in zip(PAGES, TOC, strict=True)
    if file.endswith(".py") and Path(file).stem not in ("index", "architecture")
]
# Reference pages are made alike: one of them stands for all in the browser.
VISITED = [name for name in PAGES if "/api/" not in name or name.endswith("/game.html")]
# How many figures, menus and sortable tables each page has; pages that have none aren't listed.
COUNTS = {
    "book/attention.html": (14, 1, 1),
    "book/construction.html": (10, 0, 0),
    "book/emergence.html": (5, 0, 0),
    "book/games.html": (5, 0, 0),
    "book/generalisation.html": (7, 1, 0),
    "book/graphs.html": (3, 2, 0),
    "book/index.html": (1, 0, 0),
    "book/interventions.html": (7, 0, 0),
    "book/mechanism.html": (6, 3, 0),
    "book/model.html": (5, 0, 0),
    "book/neurons.html": (17, 4, 1),
    "book/plain.html": (6, 2, 0),
    "book/probes.html": (14, 5, 0),
    "book/scaling.html": (1, 0, 0),
    "book/sisters.html": (2, 0, 0),
    "book/yardsticks.html": (13, 2, 0),
}

"""Still pictures of the figures, for readers without JavaScript and for previews of links.

``python -m othello_gpt.book_tools.stills _build/html`` adds them to a built book, as each build
does by itself. It needs Chromium and playwright for figures that have changed; without them the
book has no pictures of those.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

FOLDER = Path("_static") / "stills"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_PATIENCE = 180_000  # milliseconds that a page's figures may take
FIGURE = re.compile(
    r'(<div (?=[^>]*class="plotly-figure")(?=[^>]*aria-label="([^"]*)")[^>]*>'
    r'<script type="application/json">(.*?)</script></div>)(?:<noscript>.*?</noscript>)?',
    re.DOTALL,
)
_PREVIEW = re.compile(r'<meta property="og:image"[^>]*>')
DRAWN = "!document.querySelector('.plotly-figure[aria-busy]')"
_OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true })"
# A figure as it is first seen. A preview of a link is shown on any ground: it brings its own.
_DRAW = """async ([index, preview]) => {
  const figure = document.querySelectorAll(".plotly-figure")[index];
  const graph = figure.querySelector(".js-plotly-plot");
  const { width, height } = graph._fullLayout;
  const size = { width: Math.round(width), height: Math.round(height) };
  const svg = await Plotly.toImage(graph, { ...size, format: "svg" });
  const webp = await Plotly.toImage(graph, { ...size, format: "webp", scale: 1.5 });
  const found = { ...size, svg, webp };
  if (preview) {
    const image = new Image();
    image.src = webp;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, image.width, image.height);
    paper.drawImage(image, 0, 0);
    found.jpg = canvas.toDataURL("image/jpeg", 0.85);
  }
  return found;
}"""


@dataclass(frozen=True)
class Page:
    """A page with figures: where it is, its HTML, and the key of each figure's picture."""

    path: Path
    html: str
    keys: tuple[str, ...]

    @classmethod
    def at(cls, path: Path, drawing: bytes) -> "Page | None":
        """Return the page if it has figures; ``drawing`` is the script that draws them."""
        html = path.read_text()
        keys = [
            hashlib.sha256(drawing + match[3].encode()).hexdigest()[:16]
            for match in FIGURE.finditer(html)
        ]
        return cls(path, html, tuple(keys)) if keys else None


def add_stills(site: Path, base: str = "") -> str:
    """Put a picture beside each figure of a built book, and tell links' previews of the first.

    The notebooks for download get the same pictures, within.

    ``base`` is the address that the book will have; without one previews name their picture
    relative to the page. Returns a sentence that says what is missing and why, or nothing.
    """
    script = site / "_static" / "figures.js"
    drawing = script.read_bytes() if script.exists() else b""
    pages = [page for path in sorted(site.rglob("*.html")) if (page := Page.at(path, drawing))]
    missing = _make(site, pages)
    used, marked = set(), {}
    for page in pages:
        for match, key in zip(FIGURE.finditer(page.html), page.keys, strict=True):
            marked[_mark(match[3])] = _still(site, key)
        html, files = _with_pictures(site, page, base)
        used |= files
        if html != page.html:
            page.path.write_text(html)
    for path in (site / FOLDER).glob("*"):
        if path not in used:
            path.unlink()
    for path in (site / "_sources").rglob("*.ipynb"):
        _fill_in(path, marked)
    return missing


def placeholder(source: str, alt: str) -> str:
    """Return where a notebook's figure gets its picture once that is drawn; as HTML.

    ``source`` is the figure's JSON as it stands on the page.
    """
    return f'<img data-still="{_mark(source)}" alt="{escape(alt)}" src="">'


_PLACE = re.compile(r'<img data-still="(\w+)" ((?:style="[^"]*" )?)alt="([^"]*)" src="[^"]*">')


def _mark(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def _fill_in(path: Path, marked: Mapping[str, Path | None]) -> None:
    """Write the pictures into a notebook's placeholders; ``marked``: mark -> picture."""
    notebook, changed = json.loads(path.read_text(encoding="utf8")), False

    def filled(match: re.Match) -> str:
        picture = marked.get(match[1])
        if picture is None:
            return match[0]
        kind = {".svg": "image/svg+xml"}.get(picture.suffix, f"image/{picture.suffix[1:]}")
        content = base64.b64encode(picture.read_bytes()).decode()
        return (
            f'<img data-still="{match[1]}" style="max-width:100%" alt="{match[3]}" '
            f'src="data:{kind};base64,{content}">'
        )

    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            before = "".join(output.get("data", {}).get("text/html", ""))
            if (after := _PLACE.sub(filled, before)) != before:
                output["data"]["text/html"], changed = after.splitlines(keepends=True), True
    if changed:
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf8")


def _still(site: Path, key: str) -> Path | None:
    return next((path for end in ("svg", "webp") for path in _found(site, key, end)), None)


def _found(site: Path, key: str, end: str) -> list[Path]:
    return list((site / FOLDER).glob(f"{key}-*.{end}"))


def _with_pictures(site: Path, page: Page, base: str) -> tuple[str, set[Path]]:
    """Return a page's HTML with pictures, and their files."""
    keys, files = iter(page.keys), set()

    def with_picture(match: re.Match) -> str:
        path = _still(site, next(keys))
        if path is None:
            return match[1]
        files.add(path)
        width, height = path.stem.split("-")[1].split("x")
        address = os.path.relpath(path, page.path.parent)
        return (
            f'{match[1]}<noscript><img class="still" src="{address}" alt="{match[2]}" '
            f'width="{width}" height="{height}" loading="lazy"></noscript>'
        )

    html = FIGURE.sub(with_picture, _PREVIEW.sub("", page.html))
    for path in _found(site, page.keys[0], "jpg"):
        files.add(path)
        near = os.path.relpath(path, page.path.parent)
        address = f"{base.rstrip('/')}/{path.relative_to(site)}" if base else near
        html = html.replace("</head>", f'<meta property="og:image" content="{address}" /></head>')
    return html, files


def _make(site: Path, pages: list[Page]) -> str:
    """Make the pictures that there aren't yet; return a sentence if that can't be done."""
    todo = [
        page
        for page in pages
        if not _found(site, page.keys[0], "jpg")
        or any(_still(site, key) is None for key in page.keys)
    ]
    if not todo:
        return ""
    try:
        with browser_page() as view:
            if not (site / "_static" / "figures.js").exists():
                raise OSError("this site lacks the script that draws them")
            for page in todo:
                view.goto(page.path.resolve().as_uri())
                view.evaluate(_OPEN)
                view.wait_for_function(DRAWN)
                for index, key in enumerate(page.keys):
                    if not index or _still(site, key) is None:
                        _write(site, key, view.evaluate(_DRAW, [index, not index]))
    except OSError as error:
        return f"New figures have no still picture: {error}."
    return ""


@contextmanager
def browser_page() -> Iterator[Any]:
    """Yield a page of a browser that has no window, to draw on (playwright's ``Page``).

    Raises ``OSError``, in one sentence, if there is no browser or it fails.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise OSError("playwright isn't installed") from error
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
            view = browser.new_page(viewport={"width": 1280, "height": 1000})
            view.set_default_timeout(_PATIENCE)
            yield view
            browser.close()
    except Error as error:
        raise OSError(error.message.splitlines()[0]) from error


def _write(site: Path, key: str, drawn: dict) -> None:
    """Write the smaller one of a picture's two forms, and the preview if there is one."""
    contents = {
        "svg": unquote(drawn["svg"].partition(",")[2]).encode(),
        "webp": base64.b64decode(drawn["webp"].partition(",")[2]),
    }
    kept = min(contents, key=lambda end: len(contents[end]))
    written = {kept: contents[kept]}
    if "jpg" in drawn:
        written["jpg"] = base64.b64decode(drawn["jpg"].partition(",")[2])
    name = f"{key}-{drawn['width']}x{drawn['height']}"
    (site / FOLDER).mkdir(parents=True, exist_ok=True)
    for end, content in written.items():
        (site / FOLDER / f"{name}.{end}").write_bytes(content)


if __name__ == "__main__":
    print(add_stills(Path(sys.argv[1]), *sys.argv[2:3]) or "Each figure has a still picture.")

"""Figures in a book that isn't made of web pages, such as LaTeX's: each is a picture in a file.

The script that draws them on a page draws them here too, in Chromium; a picture is made once.
"""

import base64
import hashlib
import tempfile
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from .pictures import PLOTLY_JS
from .stills import DRAWN, FIGURE, browser_page

FOLDER = Path("_build") / "stills"  # in the book's source
SCRIPT = Path(__file__).parents[2] / "book" / "static" / "figures.js"
_WIDTH = 656  # pixels: the column of a page
_PAGE = """<!doctype html>
<html data-theme="light" style="--pst-color-text-base: #22272e; --pst-color-border: #d1d5da">
<meta charset="utf-8">
<body style="width: {width}px; font-family: sans-serif">
{figures}
<script src="{plotly}"></script>
<script src="{script}"></script>
"""
_DRAW = """async (index) => {
  const graph = document.querySelectorAll(".plotly-figure .js-plotly-plot")[index];
  const { width, height } = graph._fullLayout;
  const size = { width: Math.round(width), height: Math.round(height) };
  return { ...size, png: await Plotly.toImage(graph, { ...size, format: "png", scale: 2 }) };
}"""
_logger = logging.getLogger(__name__)


class PrintedFigures(SphinxPostTransform):
    """Replaces each figure by its picture, or by its text alternative where there can't be one."""

    default_priority = 6  # after outputs have been chosen, and figures of other pages are there

    def run(self) -> None:
        """Replace the figures of one page, unless it becomes HTML."""
        builder = self.app.builder
        if builder.format == "html":
            return
        figures = [
            (node, match)
            for node in self.document.findall(nodes.raw)
            if (match := FIGURE.search(node.astext()))
        ]
        sources = {key_of(match[3]): match[1] for _, match in figures}
        folder = Path(self.app.srcdir) / FOLDER
        missing = draw(sources, folder) if builder.supported_image_types and sources else ""
        if missing:
            _logger.warning(f"figures are left out: {missing}", location=self.env.docname)
        for node, match in figures:
            words = unescape(match[2])
            path = picture(folder, key_of(match[3]))
            if path is None or not builder.supported_image_types:
                node.replace_self(nodes.paragraph("", words))
                continue
            uri = path.relative_to(self.app.srcdir).as_posix()
            self.env.images.add_file(self.env.docname, uri)
            width = f"{path.stem.split('-')[1]}px"
            node.replace_self(nodes.image(uri=uri, candidates={"*": uri}, alt=words, width=width))


def key_of(source: str) -> str:
    """Return the name of a figure's picture, which tells its source and what draws it."""
    drawing = SCRIPT.read_bytes() if SCRIPT.exists() else b""
    return hashlib.sha256(drawing + PLOTLY_JS.name.encode() + source.encode()).hexdigest()[:16]


def picture(folder: Path, key: str) -> Path | None:
    """Return a figure's picture, ``KEY-WIDTH.png`` with its width in pixels of a page."""
    return next(folder.glob(f"{key}-*.png"), None)


def draw(figures: Mapping[str, str], folder: Path) -> str:
    """Draw those figures that have no picture yet; ``figures``: key -> the figure's HTML.

    Returns a sentence that says what is missing and why, or nothing.
    """
    todo = [key for key in figures if picture(folder, key) is None]
    if not todo:
        return ""
    if not SCRIPT.exists():
        return f"the script that draws them is missing ({SCRIPT})"
    html = _PAGE.format(
        width=_WIDTH,
        figures="\n".join(figures[key] for key in todo),
        plotly=PLOTLY_JS.resolve().as_uri(),
        script=SCRIPT.as_uri(),
    )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as place, browser_page() as view:
            page = Path(place) / "figures.html"
            page.write_text(html, encoding="utf8")
            view.goto(page.as_uri())
            view.wait_for_function(DRAWN)
            for index, key in enumerate(todo):
                drawn = view.evaluate(_DRAW, index)
                content = base64.b64decode(drawn["png"].partition(",")[2])
                (folder / f"{key}-{drawn['width']}.png").write_bytes(content)
    except OSError as error:
        return str(error)
    return ""

"""Figures and tables on the page."""

import hashlib
import json
import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

import plotly
from docutils import nodes
from myst_nb.ext.glue.crossref import (
    PendingGlueReference,
)
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from ..figures import CARDS_MIME
from .claim_box import claim_node
from .claims import CLAIM_MIME
from .glued import glued as glued_by
from .numbers import NUMBERS_MIME


def plotly_script(folder: Path) -> Path:
    """Return the script that draws the figures: plotly's part for charts in a plane, if it is here.

    It is a third of the whole. It stays away where the plotly that made the figures is of another
    version: then the whole script that comes with that plotly draws them.
    """
    whole = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    part = folder / "plotly-cartesian.min.js"
    return part if part.exists() and _version(part) == _version(whole) else whole


def _version(script: Path) -> str:
    with script.open(encoding="utf8") as file:
        found = re.search(r" v(\d[\w.-]*)", file.read(300))
    return found[1] if found else ""


PLOTLY_MIME = "application/vnd.plotly.v1+json"
WEB = ("html", "dirhtml", "singlehtml")  # builders of web pages
TABLE_MIME = "application/vnd.othello-gpt.table+json"
PLOTLY_JS = plotly_script(Path(__file__).parents[2] / "book" / "static")
# One file, fonts and TeX extensions included: it never loads another.
MATHJAX_JS = Path(str(files("sphinx-mathjax-offline"))) / "static/mathjax/tex-svg-full.js"
logger = logging.getLogger(__name__)


def figure_source(figure: Mapping) -> str:
    """Return a figure as JSON that may stand in a page's script."""
    parts = {key: figure.get(key, []) for key in ("data", "layout", "frames")}
    return json.dumps(parts, separators=(",", ":")).replace("</", r"<\/")


def _figure_node(figure: dict, location, alt: str = "") -> nodes.raw:
    layout = figure["layout"]
    alt = alt or (layout.get("meta") or {}).get("alt", "")
    if not alt:
        logger.warning(
            "a figure without text alternative; set fig.layout.meta['alt']", location=location
        )
    # Controls inside an element of role "img" would be hidden from a screen reader.
    nodes_in_it = any(trace.get("ids") for trace in figure["data"])  # see graph-nodes.js
    controls = layout.get("sliders") or layout.get("updatemenus") or nodes_in_it
    role, nodes_too = "group" if controls else "img", ""
    if nodes_in_it:
        linked = (layout.get("meta") or {}).get("cards", True)
        nodes_too = " data-nodes" if linked else ' data-nodes="without cards"'
    html = (
        f'<div class="plotly-figure"{nodes_too} role="{role}" aria-label="{escape(alt)}" '
        'aria-busy="true">'
        f'<script type="application/json">{figure_source(figure)}</script></div>'
    )
    return nodes.raw(text=html, format="html", classes=["output"])


def _table_node(bundle: dict) -> nodes.raw:
    """Return the place where a table goes; the node keeps the files that the page will ask for."""
    content = json.dumps(bundle["content"], separators=(",", ":"))
    key = hashlib.sha256(json.dumps(bundle).encode()).hexdigest()[:16]
    scripts = {key: content, **{f"{key}-{k}": f'"{c}"' for k, c in enumerate(bundle["cards"])}}
    alt = escape(bundle["content"]["alt"])
    html = f'<div class="board-table" role="region" aria-label="{alt}" data-table="{key}"></div>'
    return nodes.raw(text=html, format="html", classes=["output"], scripts=scripts)


def _cards_node(bundle: dict) -> nodes.raw:
    """Return the way to the page of cards; the node keeps the files that the page will ask for."""
    kind, files = bundle["kind"], bundle["files"]
    words = f"A card for each of the {bundle['count']:,} {kind}s"
    return nodes.raw(
        text=f'<p class="card-index"><a href="{kind}.html">{words}</a></p>',
        format="html",
        classes=["output"],
        scripts={f"{kind}-{name}": content for name, content in files.items()},
    )


def write_tables(doctree: nodes.document | None, outdir: Path) -> None:
    """Write the files that the tables of a page, or cards that it made, will ask for."""
    for node in doctree.findall(nodes.raw) if doctree else ():
        for name, value in node.get("scripts", {}).items():
            path = outdir / "tables" / f"{name}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"(window.boardTables ??= {{}})['{name}'] = {value};\n")


class PlotlyRenderer:
    """MyST-NB's renderer of plotly figures, tables with cards, cards, and claims."""

    # In what isn't a web page a table is its first rows as text, and cards are a sentence.
    mime_priority_overrides = (
        *(("*", mime, 1) for mime in (PLOTLY_MIME, CLAIM_MIME, NUMBERS_MIME)),
        *((builder, mime, 1) for builder in WEB for mime in (TABLE_MIME, CARDS_MIME)),
    )

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Element] | None:
        """Return the nodes that show an output of one of the book's own kinds.

        None for any other: MyST-NB shows it as it would without this.
        """
        if data.mime_type == NUMBERS_MIME:
            return [nodes.comment()]  # shown where the prose wants them
        if not inline and data.mime_type == TABLE_MIME:
            return [_table_node(data.content)]
        if not inline and data.mime_type == CARDS_MIME:
            return [_cards_node(data.content)]
        if not inline and data.mime_type == CLAIM_MIME:
            return [claim_node(data.content)]
        if inline or data.mime_type != PLOTLY_MIME:
            return None
        location = (renderer.renderer.sphinx_env.docname, data.line)
        return [_figure_node(data.content, location, data.cell_metadata.get("alt", ""))]


class GluedFigures(SphinxPostTransform):
    """Figures that another page has glued, which MyST-NB leaves out."""

    default_priority = 4  # before MyST-NB replaces the rest

    def run(self) -> None:
        """Put the figure in place of each reference to a glued one."""
        for node in list(self.document.findall(PendingGlueReference)):
            glued = glued_by(self.env, node.refdoc)
            figure = glued.get(node.key, {}).get("data", {}).get(PLOTLY_MIME)
            if figure and node.gtype != "text":
                node.replace_self(_figure_node(figure, node))

"""Sphinx glue of the book: plotly figures, our own MathJax, an execution cache that notices us.

- Figures: MyST-NB skips plotly's MIME type. ``PlotlyRenderer`` (an entry point of
  ``myst_nb.mime_renderers``) writes the figure's JSON into the page. ``book/static/figures.js``
  draws it with the plotly.js of the installed ``plotly``, loaded only on pages with a figure. A
  figure's text alternative is ``fig.layout.meta["alt"]``; one without is a build warning.
- Tables: what ``boards.table`` made is written into ``tables/`` as classic scripts, which
  ``book/static/tables.js`` adds when they are needed (``fetch`` is blocked over file://).
- Claims: the directive ``claims`` makes a table of what the chapters state with ``claims.claim``.
  Its lines, ``chapter.py: name, name``, say which there have to be: any other set is a warning.
- Code: every code cell is folded, but for those with the tag ``experiment``; the switch of
  ``book/static/code.js`` opens all of them. Without JavaScript they are plain ``<details>``.
- Math: Sphinx's MathJax, but with the script of the installed ``sphinx-mathjax-offline``.
- Execution: MyST-NB's cache looks at a notebook's code only. Here its path contains a hash of the
  package, the embedded model and the lock file: if one of these changes, all notebooks are stale.

Nothing else in the package imports this module.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import sys
from collections import Counter
from collections.abc import Sequence
from html import escape
from importlib.util import find_spec
from pathlib import Path

import nbformat
import plotly
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.ext.glue.crossref import (
    PendingGlueReference,
    ReplacePendingGlueReferences,
    read_glue_cache,
)
from myst_nb.sphinx_ import HideInputCells
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

PACKAGE = Path(__file__).parent
PLOTLY_MIME = "application/vnd.plotly.v1+json"
CLAIM_MIME = "application/vnd.othello-gpt.claim+json"
TABLE_MIME = "application/vnd.othello-gpt.table+json"
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
# One file, fonts and TeX extensions included: it never loads another.
MATHJAX_JS = (
    Path(find_spec("sphinx-mathjax-offline").origin).parent / "static/mathjax/tex-svg-full.js"
)

logger = logging.getLogger(__name__)


# --- figures --------------------------------------------------------------------------------------


def _figure_node(figure: dict, location) -> nodes.raw:
    layout = figure["layout"]
    alt = (layout.get("meta") or {}).get("alt", "")
    if not alt:
        logger.warning(
            "a figure without text alternative; set fig.layout.meta['alt']", location=location
        )
    # Controls inside an element of role "img" would be hidden from a screen reader.
    role = "group" if layout.get("sliders") or layout.get("updatemenus") else "img"
    parts = {key: figure.get(key, []) for key in ("data", "layout", "frames")}
    source = json.dumps(parts, separators=(",", ":")).replace("</", r"<\/")
    html = (
        f'<div class="plotly-figure" role="{role}" aria-label="{escape(alt)}" aria-busy="true">'
        f'<script type="application/json">{source}</script></div>'
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


def _write_tables(app: Sphinx, doctree) -> None:
    for node in doctree.findall(nodes.raw) if doctree else ():
        for name, value in node.get("scripts", {}).items():
            path = Path(app.outdir) / "tables" / f"{name}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"(window.boardTables ??= {{}})['{name}'] = {value};\n")


class PlotlyRenderer:
    """MyST-NB's renderer of plotly figures, tables with cards, and claims."""

    mime_priority_overrides = tuple(
        ("html", mime, 1) for mime in (PLOTLY_MIME, TABLE_MIME, CLAIM_MIME)
    )

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Element] | None:
        if not inline and data.mime_type == TABLE_MIME:
            return [_table_node(data.content)]
        if not inline and data.mime_type == CLAIM_MIME:
            return [_claim_node(data.content)]
        if inline or data.mime_type != PLOTLY_MIME:
            return None
        return [_figure_node(data.content, (renderer.renderer.sphinx_env.docname, data.line))]


class GluedFigures(SphinxPostTransform):
    """Figures that another page has glued, which MyST-NB leaves out."""

    default_priority = ReplacePendingGlueReferences.default_priority - 1

    def run(self) -> None:
        for node in list(self.document.findall(PendingGlueReference)):
            glued = read_glue_cache(self.env.mystnb_config.output_folder, node.refdoc)
            figure = glued.get(node.key, {}).get("data", {}).get(PLOTLY_MIME)
            if figure and node.gtype != "text":
                node.replace_self(_figure_node(figure, node))


# --- code -----------------------------------------------------------------------------------------


class FoldedCode(SphinxPostTransform):
    """Folds the input of every code cell that isn't tagged ``experiment``."""

    default_priority = HideInputCells.default_priority - 1
    formats = ("html",)

    def run(self) -> None:
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") == "cell_code" and "tag_experiment" not in cell["classes"]:
                cell["hide_mode"] = "input"
                cell["prompt_show"] = cell["prompt_hide"] = "Code"


# --- claims ---------------------------------------------------------------------------------------


_CLAIM_PARTS = ("says", "value", "control", "against", "clear")


def _claim_node(one: dict) -> nodes.admonition:
    says, value, control, against, clear = (one.get(k, "") for k in _CLAIM_PARTS)
    lines = [nodes.paragraph("", f"{says}: ", nodes.strong("", value))]
    lines += [nodes.paragraph("", f"Control ({against}): {control}; {clear} apart")]
    lines += [nodes.paragraph("", f"Aim {text}") for text in _verdicts(one["aim"])]
    lines += [nodes.paragraph("", f"Published {text}") for text in _verdicts(one["published"])]
    return nodes.admonition("", nodes.title("", "Claim"), *lines, classes=["claim"])


def _verdicts(marks: list) -> list[str]:
    return [f"{mark}: {verdict}" for mark, verdict in marks]


def _summary(claims: list[dict]) -> nodes.paragraph:
    """Return what has come of all claims, counted."""
    parts = [f"{len(claims)} claims are clear of their controls."]
    for what, key in (("Aims", "aim"), ("Published numbers", "published")):
        found = Counter(verdict for one in claims for _, verdict in one[key])
        if found:
            counted = "; ".join(f"{verdict} ({n})" for verdict, n in sorted(found.items()))
            parts.append(f"{what}: {counted}.")
    return nodes.paragraph("", " ".join(parts))


class PendingClaims(nodes.General, nodes.Element):
    """Where the table of claims goes, once all pages have been read."""


class ClaimsDirective(SphinxDirective):
    """``claims``: the claims that each chapter has to make."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        wanted = {}
        for line in filter(None, map(str.strip, self.content)):
            chapter, _, names = line.partition(":")
            page = posixpath.join(posixpath.dirname(self.env.docname), chapter.strip())
            wanted[page.removesuffix(".py")] = [name.strip() for name in names.split(",")]
        return [PendingClaims(wanted=wanted)]


class ClaimsTable(SphinxPostTransform):
    """Replaces ``PendingClaims`` by a table of what the chapters have glued."""

    default_priority = GluedFigures.default_priority

    def run(self) -> None:
        for node in list(self.document.findall(PendingClaims)):
            rows, claims = [], []
            for page in sorted(self.env.found_docs | node["wanted"].keys(), key=self._order(node)):
                glued = read_glue_cache(self.env.mystnb_config.output_folder, page)
                made = {
                    key.removeprefix("claim "): output["data"][CLAIM_MIME]
                    for key, output in glued.items()
                    if CLAIM_MIME in output["data"]
                }
                rows += self._rows(page, node["wanted"].get(page, []), made)
                claims += made.values()
            node.replace_self([_summary(claims), _table(rows)])

    @staticmethod
    def _order(node):
        pages = list(node["wanted"])
        return lambda page: pages.index(page) if page in pages else len(pages)

    def _rows(self, page: str, wanted: list[str], made: dict[str, dict]) -> list[nodes.row]:
        for name in sorted(made.keys() ^ wanted):
            why = "isn't listed here" if name in made else "is missing from the chapter"
            raise ExtensionError(f"{self.env.docname}: claim {name!r} of {page} {why}")
        rows = []
        for name in (name for name in wanted if name in made):
            one = made[name]
            if empty := [k for k in _CLAIM_PARTS if not one.get(k)]:
                raise ExtensionError(f"{self.env.docname}: claim {name!r} has no {empty[0]}")
            link = nodes.reference("", posixpath.basename(page), internal=True)
            link["refuri"] = self.app.builder.get_relative_uri(self.env.docname, page)
            rows.append(
                _row(
                    one["says"],
                    one["value"],
                    f"{one['control']}: {one['against']}",
                    one["clear"],
                    _verdicts(one["aim"]),
                    _verdicts(one["published"]),
                    link,
                )
            )
        return rows


_CLAIM_COLUMNS = (
    "claim",
    "measured [95%]",
    "control [95%]",
    "clear of control by",
    "aim",
    "published",
    "chapter",
)


def _row(*cells) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        parts = cell if isinstance(cell, list) else [cell]
        inlines = [part if isinstance(part, nodes.Node) else nodes.Text(part) for part in parts]
        row += nodes.entry("", *(nodes.paragraph("", "", inline) for inline in inlines))
    return row


def _table(rows: list[nodes.row]) -> nodes.table:
    group = nodes.tgroup(cols=len(_CLAIM_COLUMNS))
    group += [nodes.colspec(colwidth=1) for _ in _CLAIM_COLUMNS]
    group += nodes.thead("", _row(*_CLAIM_COLUMNS))
    group += nodes.tbody("", *rows)
    return nodes.table("", group, classes=["claims"])


def _load_scripts(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    if 'class="plotly-figure"' in context.get("body", ""):
        app.add_js_file(PLOTLY_JS.name, loading_method="defer")
        app.add_js_file("figures.js", loading_method="defer")
    if 'class="board-table"' in context.get("body", ""):
        app.add_js_file("tables.js", loading_method="defer")
    if "above-input" in context.get("body", ""):
        app.add_js_file("code.js", loading_method="defer")
    _write_tables(app, doctree)


# --- execution ------------------------------------------------------------------------------------


def execution_cache(root: Path) -> Path:
    """The folder of executed notebooks that belongs to this very package, model and lock file."""
    parts = [*PACKAGE.rglob("*.py"), *(PACKAGE / "pretrained").glob("[!.]*")]
    files = [p for p in parts if p.is_file()]  # a stray file elsewhere changes nothing
    digest = hashlib.sha256()
    for path in [*sorted(files), root / "requirements.lock"]:
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return root / "_build" / ".jupyter_cache" / digest.hexdigest()[:16]


def _configure(app: Sphinx, config) -> None:
    config.nb_execution_cache_path = str(execution_cache(Path(app.srcdir)))
    config.html_static_path += [str(PLOTLY_JS), str(MATHJAX_JS)]
    config.mathjax_path = MATHJAX_JS.name


def _rewrite_all(app: Sphinx, env) -> list[str]:
    # A page may show numbers that another page has glued, and Sphinx doesn't know which.
    return sorted(env.found_docs)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", _configure)
    app.connect("env-updated", _rewrite_all)
    app.connect("html-page-context", _load_scripts)
    app.add_post_transform(FoldedCode)
    app.add_post_transform(GluedFigures)
    app.add_node(PendingClaims)
    app.add_directive("claims", ClaimsDirective)
    app.add_post_transform(ClaimsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


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

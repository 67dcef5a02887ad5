"""Sphinx glue of the book: plotly figures, our own MathJax, an execution cache that notices us.

- Figures: MyST-NB skips plotly's MIME type. ``PlotlyRenderer`` (an entry point of
  ``myst_nb.mime_renderers``) writes the figure's JSON into the page. ``book/static/figures.js``
  draws it with the plotly.js of the installed ``plotly``, loaded only on pages with a figure. A
  figure's text alternative is ``fig.layout.meta["alt"]``; one without is a build warning.
- Math: Sphinx's MathJax, but with the script of the installed ``sphinx-mathjax-offline``.
- Execution: MyST-NB's cache looks at a notebook's code only. Here its path contains a hash of the
  package, the embedded model and the lock file: if one of these changes, all notebooks are stale.

Nothing else in the package imports this module.
"""

from __future__ import annotations

import hashlib
import json
import sys
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
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

PACKAGE = Path(__file__).parent
PLOTLY_MIME = "application/vnd.plotly.v1+json"
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


class PlotlyRenderer:
    """MyST-NB's renderer of plotly figures."""

    mime_priority_overrides = (("html", PLOTLY_MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Element] | None:
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


def _load_scripts(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    if 'class="plotly-figure"' in context.get("body", ""):
        app.add_js_file(PLOTLY_JS.name, loading_method="defer")
        app.add_js_file("figures.js", loading_method="defer")


# --- execution ------------------------------------------------------------------------------------


def execution_cache(root: Path) -> Path:
    """The folder of executed notebooks that belongs to this very package, model and lock file."""
    files = [p for p in PACKAGE.rglob("*") if p.is_file() and p.parent.name != "__pycache__"]
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
    app.add_post_transform(GluedFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    # Notebooks that have just been executed elsewhere (by nbmake) needn't be for the pages.
    cache = get_cache(execution_cache(Path.cwd()))
    for path in sys.argv[1:]:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)  # times, which the cache would take for a change
        cache.cache_notebook_bundle(CacheBundleIn(notebook, path), overwrite=True)

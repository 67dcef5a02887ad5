"""The Sphinx extension."""

import os
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from . import head, notebooks, roles, stills, terms
from .cache import execution_cache
from .card_links import CardLinks
from .claims_page import ClaimsDirective, ClaimsTable, PendingClaims
from .folding import FoldedCode, FoldedSections
from .pictures import MATHJAX_JS, PLOTLY_JS, GluedFigures, write_tables
from .printed import PrintedFigures
from .report import build

_logger = logging.getLogger(__name__)


def _load_scripts(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    body = context.get("body", "")
    is_cards = 'class="address-cards"' in body
    has_nodes = 'class="plotly-figure" data-nodes' in body
    if pagename == "search" or is_cards or has_nodes or 'class="board-table"' in body:
        app.add_js_file("card-names.js", loading_method="defer")
    if is_cards:
        app.add_js_file("cards.js", loading_method="defer")
    if is_cards or 'class="card-list"' in body:
        app.add_css_file("cards.css")
    app.add_js_file(None, body=head.FIRST_MODE, priority=100)
    if 'class="plotly-figure"' in body:
        app.add_js_file(PLOTLY_JS.name, loading_method="defer")
        if has_nodes:
            app.add_js_file("graph-nodes.js", loading_method="defer")  # listens to the next one
        app.add_js_file("figures.js", loading_method="defer")
    if 'class="board-table"' in body:
        app.add_js_file("tables.js", loading_method="defer")
    if "above-input" in body or 'class="more"' in body:
        app.add_js_file("code.js", loading_method="defer")
    if 'class="math ' not in body:  # every page with code is taken for one with formulas
        scripts = context.get("script_files", [])
        scripts[:] = [one for one in scripts if MATHJAX_JS.name not in str(one.filename)]
    context["body"] = head.mended(body)
    said = head.metatags(context.get("title", ""), body)
    context["metatags"] = context.get("metatags", "") + said


def _write_tables(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    if app.builder.format == "html":
        write_tables(doctree, Path(app.outdir))


def _finish(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        if app.builder.name == "singlehtml":
            _to_the_top(app)
        head.lighten(Path(app.outdir))
        if missing := stills.add_stills(Path(app.outdir), app.config.html_baseurl):
            _logger.info(missing)


def _to_the_top(app: Sphinx) -> None:
    """Move a book that is a single page to where Sphinx's links on it begin: the top folder."""
    name = f"{app.config.root_doc}.html"
    page = Path(app.outdir, name)
    html = page.read_text(encoding="utf8").replace(f'href="{name}#', 'href="#')
    page.unlink()
    Path(app.outdir, "index.html").write_text(html, encoding="utf8")


def _configure(app: Sphinx, config) -> None:
    config.nb_execution_cache_path = str(execution_cache(Path(app.srcdir)))
    config.html_static_path += [str(PLOTLY_JS), str(MATHJAX_JS)]
    config.mathjax_path = MATHJAX_JS.name
    # Where the book is published, which only whoever publishes it knows.
    config.html_baseurl = os.environ.get("BOOK_ADDRESS", config.html_baseurl)


def _rewrite_all(app: Sphinx, env) -> list[str]:
    # A page may show numbers that another page has glued, and Sphinx doesn't know which.
    return sorted(env.found_docs)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx all that the book adds to it."""
    app.connect("config-inited", _configure)
    app.connect("env-updated", _rewrite_all)
    app.connect("html-page-context", _load_scripts, priority=900)  # after Sphinx's own scripts
    app.connect("doctree-resolved", _write_tables)
    app.connect("build-finished", _finish)
    build.setup(app)
    roles.setup(app)
    terms.setup(app)
    notebooks.setup(app)
    app.add_post_transform(FoldedCode)
    app.add_post_transform(FoldedSections)
    app.add_post_transform(GluedFigures)
    app.add_post_transform(PrintedFigures)
    app.add_post_transform(CardLinks)
    app.add_node(PendingClaims)
    app.add_directive("claims", ClaimsDirective)
    app.add_post_transform(ClaimsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

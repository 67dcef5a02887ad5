"""The Sphinx extension."""

from pathlib import Path

from sphinx.application import Sphinx

from . import notebooks, roles, terms
from .cache import execution_cache
from .claims_page import ClaimsDirective, ClaimsTable, PendingClaims
from .folding import FoldedCode, FoldedSections
from .pictures import MATHJAX_JS, PLOTLY_JS, GluedFigures, write_tables


def _load_scripts(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    if 'class="plotly-figure"' in context.get("body", ""):
        app.add_js_file(PLOTLY_JS.name, loading_method="defer")
        app.add_js_file("figures.js", loading_method="defer")
    if 'class="board-table"' in context.get("body", ""):
        app.add_js_file("tables.js", loading_method="defer")
    body = context.get("body", "")
    if "above-input" in body or 'class="more"' in body:
        app.add_js_file("code.js", loading_method="defer")
    write_tables(doctree, Path(app.outdir))


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
    roles.setup(app)
    terms.setup(app)
    notebooks.setup(app)
    app.add_post_transform(FoldedCode)
    app.add_post_transform(FoldedSections)
    app.add_post_transform(GluedFigures)
    app.add_node(PendingClaims)
    app.add_directive("claims", ClaimsDirective)
    app.add_post_transform(ClaimsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

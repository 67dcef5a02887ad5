"""The executed notebook that a page offers for download.

Its text is plain Markdown with the numbers filled in, its figures show in JupyterLab, VS Code and
Colab, on white, so that they are legible in light and in dark; its first cell installs the package
where it is missing.
"""

import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from plotly.offline import get_plotlyjs_version
from sphinx.application import Sphinx
from sphinx.util import logging

from . import stills
from .claims import CLAIM_MIME
from .numbers import NUMBERS_MIME
from .pictures import PLOTLY_MIME, TABLE_MIME, figure_source
from .plain import plain
from .plain_roles import PlainRoles
from .report.build import SETTING

NAME = "othello_gpt"
INSTALL = "othello-gpt[book] @ git+{address}"  # what pip installs; the extra has MyST-NB, for say
PLOTLY_ADDRESS = f"https://cdn.plot.ly/plotly-{get_plotlyjs_version()}.min.js"
ROWS = 100  # of a table that the page searches
_PAPER = {"paper_bgcolor": "#ffffff", "plot_bgcolor": "#ffffff", "font": {"color": "#22272e"}}
_logger = logging.getLogger(__name__)


def download(
    source: nbformat.NotebookNode, roles: PlainRoles, install: str, weights: str = ""
) -> Any:
    """Return the notebook that a page offers, made from the page's executed notebook.

    ``roles`` says what becomes of roles, links and captions on that page; ``install`` is what pip
    installs where the package is missing ("" if it can only be said how), ``weights`` the network
    of a report.
    """

    def text(words: str) -> str:
        return plain(words, roles.role, roles.link, roles.problem)

    cells = [new_code_cell(install_source(install, weights))]
    for cell in source.cells:
        if cell.cell_type == "markdown":
            if words := text(cell.source):
                cells.append(new_markdown_cell(words))
        elif cell.cell_type == "code":
            tags = cell.metadata.get("tags", [])
            hidden = {"remove-output", "remove_output", "remove-cell"} & set(tags)
            alt = cell.metadata.get("alt", "")
            outputs = [] if hidden else [_output(one, alt) for one in cell.outputs]
            made = new_code_cell(cell.source, outputs=outputs, execution_count=cell.execution_count)
            made.metadata = {"tags": tags} if tags else {}
            cells.append(made)
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            if "caption" in figure:
                caption = text(figure["caption"])
                number = roles.numbered(figure.get("name", ""))
                cells.append(new_markdown_cell(f"*{number}.* {caption}" if number else caption))
    for k, cell in enumerate(cells):
        cell["id"] = f"cell-{k}"  # the same in each build
    made = nbformat.v4.new_notebook(cells=cells)
    kept = ("kernelspec", "language_info")
    made.metadata = {key: source.metadata[key] for key in kept if key in source.metadata}
    nbformat.validate(made)
    return made


def install_source(install: str, weights: str = "") -> str:
    """Return the first cell: it installs the package where it is missing, or says how to.

    In a report on another network, whose ``weights`` are in a file or folder, it names that one.
    """
    lines = [
        "# Installs the package where it is missing, as in Colab.",
        "import importlib.util",
        "",
    ]
    missing = f'if importlib.util.find_spec("{NAME}") is None:'
    if install:
        lines += [missing, f'    %pip install --quiet "{install}"']
        lines += ["    importlib.invalidate_caches()"]
    says = f"{NAME} is missing: in a copy of its repository, run: pip install '.[book]'"
    lines += [missing, f'    raise ModuleNotFoundError("{says}")']
    if weights:
        lines += ["", "# The network that load_model() gives, and that claims may be refuted."]
        lines += ["import os", f"os.environ['OTHELLO_GPT_MODEL'] = {weights!r}"]
        lines += ["os.environ['OTHELLO_GPT_REPORT'] = '1'"]
    return "\n".join(lines)


def _output(output: Any, alt: str) -> Any:
    """Return an output in forms that JupyterLab, VS Code and Colab show."""
    if "data" not in output:
        return output
    data = dict(output.data)
    data.pop(NUMBERS_MIME, None)  # its text has the same
    if PLOTLY_MIME in data:
        alt = alt or data[PLOTLY_MIME]["layout"].get("meta", {}).get("alt", "")
        still = stills.placeholder(figure_source(data[PLOTLY_MIME]), alt)
        figure = on_white(data[PLOTLY_MIME])
        data = {PLOTLY_MIME: figure, "text/html": _drawn(figure, alt, still), "text/plain": alt}
    if table := data.pop(TABLE_MIME, None):
        data = {"text/html": _rows(table["content"]), **data}
    if claim := data.pop(CLAIM_MIME, None):
        data = {"text/markdown": _claimed(claim), **data}
    output = nbformat.from_dict({**output, "data": data, "metadata": {}})
    return output


def on_white(figure: Mapping) -> dict:
    """Return a figure with a background of its own, legible whatever is behind it."""
    layout = dict(figure["layout"])
    layout |= {**_PAPER, "font": {**_PAPER["font"], **layout.get("font", {})}}
    return {**figure, "layout": layout}


def _drawn(figure: Mapping, alt: str, still: str) -> str:
    """Return a figure as HTML, for readers that don't know plotly's own type (such as Colab).

    ``still``, a picture, stands there until plotly is loaded: for good in what nbconvert writes,
    where there is no network, and for readers without scripts.
    """
    return f"""<div role="img" aria-label="{escape(alt)}" style="background:#ffffff">{still}</div>
<script>(() => {{
  const place = document.currentScript.previousElementSibling;
  const draw = () => {{
    place.replaceChildren();
    Plotly.newPlot(place, {figure_source(figure)});
  }};
  if (window.Plotly) return draw();
  let script = document.querySelector('script[src="{PLOTLY_ADDRESS}"]');
  if (!script) {{
    script = document.createElement("script");
    script.src = "{PLOTLY_ADDRESS}";
    document.head.append(script);
  }}
  script.addEventListener("load", draw);
}})();</script>"""


def _rows(content: Mapping) -> str:
    """Return the first rows of a table that the page searches, as HTML."""
    columns = content["columns"]
    head = "".join(f"<th>{escape(column['name'])}</th>" for column in columns)
    shown = [[_cell(v, c["format"]) for v in c["values"][:ROWS]] for c in columns]
    rows = ["".join(f"<td>{cell}</td>" for cell in row) for row in zip(*shown, strict=True)]
    more = len(columns[0]["values"]) - len(rows)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    rest = f"<p>{more:,} more rows are in the book.</p>" if more > 0 else ""
    caption = f"<caption>{escape(content['alt'])}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _cell(value: Any, form: str) -> str:
    if value is None:
        return ""
    return escape(str(value) if isinstance(value, str) else format(value, form))


def _claimed(one: Mapping) -> str:
    """Return a claim as Markdown, with its control and its verdicts, as on the page."""
    marks = [f"Aim {mark}: {verdict}" for mark, verdict in one.get("aim", ())]
    marks += [f"Published {mark}: {verdict}" for mark, verdict in one.get("published", ())]
    refuted = one.get("refuted")
    lines = [f"**{'Refuted claim' if refuted else 'Claim'}.** {one['says']}: **{one['value']}**"]
    apart = f"it {refuted}" if refuted else f"{one['clear']} apart"
    lines += [f"Control ({one['against']}): {one['control']}; {apart}", *marks]
    return "\n\n".join(f"> {line}" for line in lines).replace("\n\n", "\n>\n")


def requirement(app: Sphinx) -> str:
    """Return what pip installs where the package is missing; "" without a repository's address.

    The environment's ``BOOK_REPOSITORY`` has it, with or without @commit, or ``_config.yml``.
    """
    given = app.config.html_theme_options.get("repository_url", "")
    address = os.environ.get("BOOK_REPOSITORY", given)
    return INSTALL.format(address=address.rstrip("/")) if address else ""


def offer(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Write a page's notebook beside its source, and have the download button offer it."""
    found = getattr(app.env, "mystnb_config", None)
    if doctree is None or not found or "kernelspec" not in app.env.metadata[pagename]:
        return
    path = Path(found.output_folder, f"{pagename}.ipynb")
    if not path.exists():
        return
    roles = PlainRoles(app, pagename)
    weights = (app.config[SETTING] or {}).get("weights", "")
    made = download(nbformat.read(path, as_version=4), roles, requirement(app), weights)
    target = Path(app.outdir, "_sources", f"{pagename}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, target)
    context["ipynb_source"] = f"{pagename}.ipynb"
    for problem in roles.problems:
        _logger.warning(f"the notebook for download: {problem}", location=pagename)


def offer_colab(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Link a page's notebook in Colab, if the environment's ``BOOK_COLAB`` says where it is."""
    base = os.environ.get("BOOK_COLAB", "").rstrip("/")
    if base and context.get("ipynb_source"):
        button = {
            "type": "link",
            "url": f"{base}/{context['ipynb_source']}",
            "text": "Colab",
            "tooltip": "Open this page's notebook in Colab",
            "label": "colab-button",
        }
        context.setdefault("header_buttons", []).append(button)


def setup(app: Sphinx) -> None:
    """Register ``offer`` and ``offer_colab`` with Sphinx."""
    app.connect("html-page-context", offer)
    app.connect("html-page-context", offer_colab, priority=900)  # after the theme's own buttons

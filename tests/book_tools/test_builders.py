"""Proof of ``othello_gpt.book_tools``: every builder shows the figures, and so does nbconvert."""

import base64
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from IPython.utils.capture import capture_output
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx

from othello_gpt.book_tools import printed, say, stills
from othello_gpt.book_tools.pictures import PLOTLY_MIME
from othello_gpt.figures import bars, table
from othello_gpt.intervals import Interval
from tests.browser import executable

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(executable() is None, reason="no browser draws the pictures"),
]
STATIC = Path(__file__).parents[2] / "book" / "static"
ALTS = ['bars of "A" & B', "bars of C"]


def cell(data, metadata=None):
    output = new_output("display_data", data, metadata=metadata or {})
    return new_code_cell("x", outputs=[output], execution_count=1)


def figure(alt):
    made = bars(["x", "y"], {"a": [1.0, len(alt)]}, x_title="how many of them", alt=alt)
    return {PLOTLY_MIME: json.loads(made.to_json())}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A book of a chapter with figures, a second one, and a page of cards."""
    source = tmp_path_factory.mktemp("source")
    (source / "book").mkdir()
    columns = {"name": ["L0 N1", "L0 N2"], "share": [0.5, 0.25]}
    listed = table(columns, cards=(), alt="two neurons")._repr_mimebundle_()
    prose = "# A\n\nAn error, {num}`error:.2f`. See L0 N1 and [B](b.md).\n"
    with capture_output() as captured:
        say(error=Interval(2.0, 1.94, 2.2))
    (said,) = captured.outputs
    cells = [
        new_markdown_cell(prose),
        cell(said.data, said.metadata),
        *map(cell, map(figure, ALTS)),
        cell(listed),
    ]
    notebook = new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, source / "book" / "a.ipynb")
    contents = "# S\n\n```{toctree}\na\nb\nneuron\n```\n"
    (source / "book" / "start.md").write_text(contents)
    (source / "book" / "b.md").write_text("# B\n\nWords.\n")
    (source / "book" / "neuron.md").write_text("# Neurons\n\nCards.\n")
    (source / "requirements.lock").touch()
    (source / "conf.py").write_text(
        "extensions = ['myst_nb', 'othello_gpt.book_tools.extension']\n"
        f"nb_execution_mode = 'off'\nroot_doc = 'book/start'\n"
        f"html_static_path = [{str(STATIC)!r}]\n"
    )
    return source


def build(source, builder, out):
    """Build the book; return the folder and the warnings."""
    warnings = out / "warnings"
    with warnings.open("w") as file:
        trees = source.parent / f"{source.name}-trees"
        app = Sphinx(source, source, out, trees, builder, status=None, warning=file)
        app.build()
    # What several builds in one process are told isn't about them.
    told = [w for w in warnings.read_text().splitlines() if "already registered" not in w]
    return out, "\n".join(told)


def article(path):
    return BeautifulSoup(path.read_text(), "html.parser")


def pictured(page):
    """Return the alternatives of a page's still pictures, each of which is a file."""
    images = article(page).select("noscript > img.still")
    assert all((page.parent / image["src"]).stat().st_size > 500 for image in images)
    return [image["alt"] for image in images]


def test_web_pages_in_folders_of_their_own(source, tmp_path):
    site, warnings = build(source, "dirhtml", tmp_path)
    assert not warnings
    page = site / "book" / "a" / "index.html"
    assert pictured(page) == ALTS
    (link,) = article(page).select("p a.card-link")
    address, _, card = link["href"].partition("#")
    assert (page.parent / address).resolve() == (site / "book" / "neuron").resolve()
    assert card == "L0N1"
    (listed,) = article(page).select(".board-table")
    assert (site / "tables" / f"{listed['data-table']}.js").is_file()


def test_one_web_page_for_the_whole_book(source, tmp_path):
    site, warnings = build(source, "singlehtml", tmp_path)
    assert not warnings
    page = site / "index.html"
    assert [one for one in site.rglob("*.html") if "_static" not in one.parts] == [page]
    assert pictured(page) == ALTS
    assert not article(page).select("a.card-link")
    (listed,) = article(page).select(".board-table")
    assert (site / "tables" / f"{listed['data-table']}.js").is_file()


def test_latex(source, tmp_path):
    out, warnings = build(source, "latex", tmp_path)
    assert not warnings
    (tex,) = out.glob("*.tex")
    told = tex.read_text()
    names = re.findall(r"includegraphics\[width=656\\sphinxpxdimen\]\{\{(.*?)\}\.png\}", told)
    assert len(names) == len(set(names)) == 2
    for name in names:
        content = (out / f"{name}.png").read_bytes()
        assert content.startswith(b"\x89PNG")
        assert np.frombuffer(content[16:20], ">u4")[0] == 2 * 656
        assert len(content) > 4000
    assert r"2.00 (95\% interval 1.94 to 2.20)" in told
    assert "two neurons" in told
    # A picture is made once.
    before = {path: path.stat().st_mtime_ns for path in (source / printed.FOLDER).iterdir()}
    tex.unlink()
    build(source, "latex", tmp_path)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert tex.exists()


def test_without_pictures_there_are_words(source, tmp_path, monkeypatch):
    out, warnings = build(source, "text", tmp_path)
    assert not warnings
    told = (out / "book" / "a.txt").read_text()
    assert all(alt in told for alt in ALTS)

    def none(*_):
        raise OSError("playwright isn't installed")

    monkeypatch.setattr(printed, "browser_page", none)
    monkeypatch.setattr(printed, "FOLDER", Path("_build") / "none")
    out, warnings = build(source, "latex", tmp_path)
    assert "figures are left out: playwright isn't installed" in warnings
    told = next(out.glob("*.tex")).read_text()
    assert "includegraphics" not in told.partition("begin{document}")[2]
    assert ALTS[1] in told


def test_a_notebook_for_download_brings_its_pictures(source, tmp_path):
    # nbconvert takes the HTML of an output; without a network it stays as it is.
    site, warnings = build(source, "html", tmp_path)
    assert not warnings
    path = site / "_sources" / "book" / "a.ipynb"
    notebook = nbformat.read(path, as_version=4)
    found = [
        article_of.find("img")
        for one in notebook.cells
        for output in one.get("outputs", ())
        if PLOTLY_MIME in output.data
        for article_of in [BeautifulSoup(output.data["text/html"], "html.parser")]
    ]
    assert [image["alt"] for image in found] == ALTS
    for image in found:
        head, _, content = image["src"].partition(",")
        assert head in ("data:image/svg+xml;base64", "data:image/webp;base64")
        assert len(base64.b64decode(content)) > 1000
    nbformat.validate(notebook)
    before = path.read_bytes()
    assert stills.add_stills(site) == ""
    assert path.read_bytes() == before

"""Proof of ``othello_gpt.book_tools``: links from the names of neurons and heads to their cards."""

import json

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx

from othello_gpt.figures import Cards

PROSE = """# About L1 N2

Of L7 N35 and L3 H5, not `L1 N1`, XL1 N1 or [L2 N2](b.md).
"""
TABLE = "<table><tr><td>L7 N3 or L0 H1</td><td title='L1 N1'>1</td></tr></table>"
CARDS = Cards("neuron", 2, {"index": [1], "0": {"a": "</script>"}})


def figure(names):
    layout = {"meta": {"alt": "a figure"}, "title": {"text": " ".join(names)}}
    return {"data": [], "layout": layout, "frames": []}


def cell(data):
    return new_code_cell("x", outputs=[new_output("display_data", data)], execution_count=1)


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    source = folder / "source"
    (source / "book").mkdir(parents=True)
    many = [f"L1 N{k}" for k in range(40)]
    plotly = "application/vnd.plotly.v1+json"
    cells = [
        new_markdown_cell(PROSE),
        cell({"text/html": TABLE, "text/plain": "L7 N3"}),
        cell({plotly: figure(["L5 N126", "L5 N126", "L0 H3"])}),
        cell({plotly: figure(many)}),
        cell({plotly: figure(["nobody"])}),
        cell(CARDS._repr_mimebundle_()),
    ]
    notebook = new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    nbformat.write(notebook, source / "book" / "a.ipynb")
    for name in ("b", "neuron", "head"):
        (source / "book" / f"{name}.md").write_text(f"# {name}\n\nL7 N35\n")
    (source / "requirements.lock").touch()
    (source / "conf.py").write_text(
        "extensions = ['myst_nb', 'othello_gpt.book_tools.extension']\n"
        "nb_execution_mode = 'off'\nroot_doc = 'book/a'\nsuppress_warnings = ['toc.not_included']\n"
    )
    html = folder / "html"
    Sphinx(source, source, html, folder / "trees", "html", status=None, warning=None).build()
    return html


@pytest.fixture(scope="module")
def page(html):
    return BeautifulSoup((html / "book" / "a.html").read_text(), "html.parser").select_one(
        "div.body"
    )


def links(node):
    return {link.get_text(): link["href"] for link in node.select("a.card-link")}


def test_a_name_in_prose_or_a_table_is_linked(page):
    assert links(page.select_one("p")) == {
        "L7 N35": "neuron.html#L7N35",
        "L3 H5": "head.html#L3H5",
    }
    assert links(page.select_one("table")) == {
        "L7 N3": "neuron.html#L7N3",
        "L0 H1": "head.html#L0H1",
    }
    assert page.select_one("td[title]")["title"] == "L1 N1"
    assert not links(page.select_one("h1"))


def test_what_a_figure_names_is_listed_below_it_unless_it_is_much(page):
    few, many = page.select(".card-list")
    assert links(few) == {"L5 N126": "neuron.html#L5N126", "L0 H3": "head.html#L0H3"}
    assert few.find_previous_sibling().select_one(".plotly-figure")
    assert links(many) == {"all neurons": "neuron.html"}


def test_cards_become_files_that_their_page_loads(page, html):
    assert page.select_one(".card-index").get_text() == "A card for each of the 2 neurons"
    text = (html / "tables" / "neuron-0.js").read_text()
    name, value = text.removesuffix(";\n").split(" = ")
    assert name.endswith("['neuron-0']")
    assert json.loads(value) == {"a": "</script>"}
    assert {p.stem for p in (html / "tables").iterdir()} == {
        "neuron-0",
        "neuron-index",
        "neuron-palette",
    }

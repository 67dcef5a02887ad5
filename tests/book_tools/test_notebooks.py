"""Proof of ``othello_gpt.book_tools.notebooks``: a notebook for download reads by itself."""

from unittest.mock import MagicMock

import nbformat
import pytest
from IPython.utils.capture import capture_output
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx

from othello_gpt.book_tools import say
from othello_gpt.book_tools.notebooks import install_source, offer_colab, requirement
from othello_gpt.book_tools.pictures import PLOTLY_MIME
from othello_gpt.book_tools.plain import plain
from othello_gpt.intervals import Interval

PROSE = """# A

(label)=
An error of {num}`error:.2f`{when}`good ? , as hoped : , alas`; `{num}` is code.

:::{note}
In {num}`n` games.
:::
"""


def test_a_download_has_its_numbers_and_an_install_cell(tmp_path):
    with capture_output() as captured:
        say("50 games", error=Interval(2.0, 1.94, 2.2), n=2000, good=True)
    outputs = [
        new_output("display_data", dict(o.data), metadata=o.metadata) for o in captured.outputs
    ]
    figure = {"data": [], "layout": {"meta": {"alt": "Nothing."}}}
    outputs.append(new_output("display_data", {PLOTLY_MIME: figure}))
    cells = [new_markdown_cell(PROSE), new_code_cell("say()", outputs=outputs)]
    kernel = {"name": "python3", "display_name": "Python 3"}
    source = tmp_path / "source"
    source.mkdir()
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), source / "a.ipynb")
    (source / "requirements.lock").touch()
    (source / "conf.py").write_text(
        "extensions = ['myst_nb', 'othello_gpt.book_tools.extension']\n"
        "nb_execution_mode = 'off'\nroot_doc = 'a'\nmyst_enable_extensions = ['colon_fence']\n"
    )
    out = tmp_path / "html"
    Sphinx(source, source, out, tmp_path / "trees", "html", status=None, warning=None).build()
    made = nbformat.read(out / "_sources" / "a.ipynb", as_version=4)
    nbformat.validate(made)
    install, text, code = made.cells
    assert install.source == install_source("")
    assert "An error of 2.00 [1.94, 2.20], as hoped; `{num}` is code." in text.source
    assert "> In 2,000 games." in text.source
    assert ":::" not in text.source
    assert "(label)=" not in text.source
    data = code.outputs[-1].data
    assert data[PLOTLY_MIME]["layout"]["paper_bgcolor"] == "#ffffff"
    assert "Plotly.newPlot" in data["text/html"]


def test_an_unknown_directive_is_a_problem_and_keeps_its_content():
    problems = []
    text = plain(":::{odd}\nWords.\n:::", lambda n, t: t, lambda w, t: w, problems.append)
    assert text == "Words."
    assert "odd" in problems[0]


@pytest.mark.parametrize("base", ["", "https://colab.example/github/me/book/blob/notebooks/"])
def test_whoever_publishes_the_book_says_where_colab_finds_it(monkeypatch, base):
    monkeypatch.setenv("BOOK_COLAB", base)
    for context in ({}, {"ipynb_source": "book/probes.ipynb", "header_buttons": []}):
        offer_colab(MagicMock(spec=Sphinx), "book/probes", "page.html", context, None)
        urls = [button["url"] for button in context.get("header_buttons", [])]
        offered = bool(base and "ipynb_source" in context)
        assert urls == [f"{base}book/probes.ipynb"] * offered


def test_the_install_cell_names_the_repository_that_publishes(monkeypatch):
    monkeypatch.setenv("BOOK_REPOSITORY", "https://example.org/me/book@abc")
    app = MagicMock(spec=Sphinx, config=MagicMock())
    app.config.html_theme_options = {}
    wanted = "othello-gpt[book] @ git+https://example.org/me/book@abc"
    assert requirement(app) == wanted
    assert wanted in install_source(requirement(app))

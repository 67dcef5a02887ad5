"""Proof of ``othello_gpt.book_tools``: numbers, terms, folded sections and captions on a page."""

import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from IPython.utils.capture import capture_output
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.application import Sphinx

from othello_gpt.book_tools import say
from othello_gpt.intervals import Interval

GLOSSARY = """# Glossary

```{glossary}
residual stream
  What is carried from layer to layer.

probe
  A linear map.
```
"""
PROSE = """# A

An error of {num}`error[a b]:.2f` in {num}`n` games{when}`good ? , as hoped : , alas`. See {num}`n`.

A residual stream has probes; a `probe`, a [probe](b.ipynb), and a probe again.

## Details: more

Folded words.

### Within

Deeper.

## After

Seen words.
"""


def notebook(prose, **values):
    with capture_output() as captured:
        say("50 games", **values)
    outputs = [
        new_output("display_data", dict(output.data), metadata=output.metadata)
        for output in captured.outputs
    ]
    cells = [new_markdown_cell(prose), new_code_cell("say()", outputs=outputs, execution_count=1)]
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def build(folder, prose):
    """Build a book of two chapters and a glossary; return a chapter's article and the warnings."""
    source = folder / "source"
    (source / "book").mkdir(parents=True)
    error = {"a b": Interval(2.0, 1.94, 2.2)}
    one = notebook(prose, error=error, n=2000, good=True)
    nbformat.write(one, source / "book" / "a.ipynb")
    nbformat.write(notebook("# B", other=3, bad=False), source / "book" / "b.ipynb")
    (source / "book" / "glossary.md").write_text(GLOSSARY)
    (source / "requirements.lock").touch()
    (source / "conf.py").write_text(
        "extensions = ['myst_nb', 'othello_gpt.book_tools.extension']\n"
        "nb_execution_mode = 'off'\nroot_doc = 'book/a'\nsuppress_warnings = ['toc.not_included']\n"
    )
    warnings = folder / "warnings"
    with warnings.open("w") as file:
        app = Sphinx(
            source, source, folder / "html", folder / "trees", "html", status=None, warning=file
        )
        app.build()
    page = BeautifulSoup((folder / "html" / "book" / "a.html").read_text(), "html.parser")
    # What several builds in one process and a book of loose pages are told isn't about them.
    others = ("toctree", "already registered")
    ours = [w for w in warnings.read_text().splitlines() if not any(o in w for o in others)]
    return page.select_one("div.body"), "\n".join(ours)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("book"), PROSE)


def test_numbers_stand_in_the_prose_with_their_interval_a_tap_away(built):
    page, warnings = built
    assert not warnings
    text = page.select_one("p").get_text()
    assert text == (
        "An error of 2.00 (95% interval 1.94 to 2.20, over 50 games) in 2,000 games"
        ", as hoped. See 2,000."
    )
    (tip,) = page.select(".num .tip")
    assert tip.parent["tabindex"] == "0"


def test_terms_are_explained_at_their_first_use_outside_of_code_and_links(built):
    page, _ = built
    terms = page.select("a.term")
    assert [re.sub(r"\s*\(.*", "", term.get_text()) for term in terms] == [
        "residual stream",
        "probes",
    ]
    assert terms[0]["href"] == "glossary.html#term-residual-stream"
    assert "carried from layer to layer" in terms[0].get_text()


def test_details_are_folded_with_all_that_is_in_them_and_nothing_else(built):
    page, _ = built
    (folded,) = page.select("details.more")
    assert folded.select_one("summary h2").get_text().startswith("Details: more")
    assert "Deeper." in folded.get_text()
    assert "Seen words." not in folded.get_text()
    assert folded.parent["id"] == "details-more"


@pytest.mark.parametrize(
    ("prose", "why"),
    [
        ("{num}`errors`", "no number 'errors'; there is: error, good, n"),
        ("{num}`b.py::error`", "no number 'error'; there is: bad, other"),
        ("{num}`error`", "error is a table; choose one of a b"),
        ("{when}`good`", "write {when}"),
    ],
)
def test_a_number_that_nobody_said_is_a_warning(tmp_path, prose, why):
    page, warnings = build(tmp_path, f"# A\n\nHere {prose}.\n")
    assert why in warnings
    assert page.select_one("p").get_text() == "Here ?."


def test_numbers_of_another_page_are_found(tmp_path):
    page, warnings = build(tmp_path, "# A\n\n{num}`b.py::other` {when}`b.py::bad ? yes : no`\n")
    assert not warnings
    assert page.select_one("p").get_text() == "3 no"

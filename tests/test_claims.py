"""Proof of ``othello_gpt.claims`` and of the page that collects them."""

import re

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from othello_gpt.claims import CLAIM_MIME, claim, exactly, glue_interval
from othello_gpt.intervals import Interval
from othello_gpt.sphinx_ext import CLAIM_MIME as COLLECTED

GOOD = Interval(0.98, 0.97, 0.99)
LOW = Interval(0.7, 0.6, 0.8)


@pytest.fixture(autouse=True, scope="module")
def shell():
    InteractiveShell.instance()  # without one, display prints


def test_a_claim_holds_what_was_measured():
    with capture_output() as captured:
        claim("a", "x", GOOD, control=LOW, against="y", aim=0.985, published=(0.952, "somebody"))
        claim("b", "x", LOW, control=GOOD, against="y", higher=False, aim=0.7)
    one, other = (output.data[CLAIM_MIME] for output in captured.outputs)
    assert (one["value"], one["control"]) == ("98.0% [97.0%, 99.0%]", "70.0% [60.0%, 80.0%]")
    assert (one["clear"], other["clear"]) == ("17.0%", "17.0%")
    assert (one["aim"], one["met"]) == ("≥ 98.5%", False)
    assert (one["published"], one["beaten"]) == ("95.2% (somebody)", True)
    assert (other["aim"], other["met"]) == ("≤ 70.0%", True)
    assert (other["published"], other["beaten"]) == ("", None)


def test_an_interval_is_glued_end_by_end():
    with capture_output() as captured:
        glue_interval("share", GOOD, 100)
    glued = {o.metadata["scrapbook"]["name"]: o.data for o in captured.outputs}
    assert {name.split("/")[-1] for name in glued} == {"share_mean", "share_low", "share_high"}
    assert sorted(d["application/papermill.record/text/plain"] for d in glued.values()) == [
        "97.0",
        "98.0",
        "99.0",
    ]


def test_a_claim_that_touches_its_control_is_none():
    with pytest.raises(AssertionError, match="isn't clear of chance"):
        claim("x", "x", GOOD, control=Interval(0.9, 0.8, 0.97), against="chance")
    with pytest.raises(AssertionError):
        claim("x", "x", GOOD, control=LOW, against="chance", higher=False)
    with pytest.raises(AssertionError):
        claim("x", "x", LOW, control=exactly(0.6), against="a bound", higher=True)
    with pytest.raises(AssertionError, match="isn't clear of chance, nan"):
        claim("x", "x", GOOD, control=exactly(float("nan")), against="chance")
    with pytest.raises(TypeError, match="control"):
        claim("x", "x", GOOD, against="nothing")


def notebook(*names, drop=()):
    """Return an executed notebook that has made claims of these names."""
    outputs = []
    for name in names:
        with capture_output() as captured:
            claim(name, f"claims {name}", GOOD, control=LOW, against="chance", aim=0.9)
        output = captured.outputs[0]
        data = dict(output.data)
        for mime, content in data.items():
            if CLAIM_MIME in mime:
                data[mime] = {k: v for k, v in content.items() if k not in drop}
        outputs.append(nbformat.v4.new_output("display_data", data, metadata=output.metadata))
    cell = nbformat.v4.new_code_cell("...", outputs=outputs, execution_count=1)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A"), cell])


def build(folder, listed, *pages):
    """Build a page of claims over notebooks; return its HTML."""
    source = folder / "source"
    source.mkdir()
    for name, page in pages:
        nbformat.write(page, source / f"{name}.ipynb")
    (source / "claims.md").write_text(f"# Claims\n\n```{{claims}}\n{listed}\n```\n")
    (source / "requirements.lock").touch()
    (source / "conf.py").write_text(
        "extensions = ['myst_nb', 'othello_gpt.sphinx_ext']\n"
        "nb_execution_mode = 'off'\nroot_doc = 'claims'\nsuppress_warnings = ['toc.not_included']\n"
        "nb_mime_priority_overrides = []\n"
    )
    app = Sphinx(
        source, source, folder / "html", folder / "trees", "html", status=None, warning=None
    )
    app.build()
    return (folder / "html" / "claims.html").read_text()


def test_the_page_lists_what_the_chapters_claim_in_order(tmp_path):
    assert COLLECTED == CLAIM_MIME
    page = build(
        tmp_path, "b: three\na: two, one", ("a", notebook("one", "two")), ("b", notebook("three"))
    )
    places = [page.index(f"claims {name}") for name in ("three", "two", "one")]
    assert places == sorted(places)
    assert "98.0% [97.0%, 99.0%]" in page
    assert "70.0% [60.0%, 80.0%]: chance" in page
    assert page.count("yes, by 17.0%") == 3
    assert "≥ 90.0%: met" in page
    assert 'href="a.html"' in page


@pytest.mark.parametrize(
    ("listed", "drop", "error"),
    [
        ("a: one, two, three", (), "'three' of a is missing"),
        ("a: one", (), "'two' of a isn't listed"),
        ("a: one, two\nb: four", (), "'four' of b is missing"),
        ("a: one, two", ("control",), "'one' has no control"),
        ("a: one, two", ("value",), "'one' has no value"),
        ("a: one, two", ("against",), "'one' has no against"),
        ("a: one, two", ("clear",), "'one' has no clear"),
    ],
)
def test_a_book_without_a_claim_or_its_control_is_not_built(tmp_path, listed, drop, error):
    with pytest.raises(ExtensionError, match=re.escape(error)):
        build(tmp_path, listed, ("a", notebook("one", "two", drop=drop)))

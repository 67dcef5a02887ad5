"""Proof of ``othello_gpt.claims`` and of the page that collects them."""

import re

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from othello_gpt.claims import (
    AIM,
    CLAIM_MIME,
    NOT_COMPARABLE,
    PUBLISHED,
    Refuted,
    claim,
    exactly,
    glue_interval,
)
from othello_gpt.intervals import Interval
from othello_gpt.sphinx_ext import CLAIM_MIME as COLLECTED

GOOD = Interval(0.98, 0.97, 0.99)
LOW = Interval(0.7, 0.6, 0.8)


@pytest.fixture(autouse=True, scope="module")
def shell():
    InteractiveShell.instance()  # without one, display prints


def made(*args, **options):
    """Return what a claim of these arguments leaves: itself and the numbers glued beside it."""
    with capture_output() as captured:
        claim(*args, **options)
    first, *rest = captured.outputs
    numbers = {
        output.metadata["scrapbook"]["name"]: float(*output.data.values()) for output in rest
    }
    return first.data[CLAIM_MIME], {name.split("/")[-1]: v for name, v in numbers.items()}


def test_a_claim_holds_what_was_measured():
    one, numbers = made("a", "x", GOOD, control=LOW, against="y")
    assert (one["says"], one["against"]) == ("x", "y")
    assert (one["value"], one["control"]) == ("98.0% [97.0%, 99.0%]", "70.0% [60.0%, 80.0%]")
    assert (one["aim"], one["published"]) == ((), ())
    assert numbers == {
        **{"a_mean": 0.98, "a_low": 0.97, "a_high": 0.99},
        **{"a_control_mean": 0.7, "a_control_low": 0.6, "a_control_high": 0.8},
    }


@pytest.mark.parametrize(
    ("higher", "aim", "text", "verdict"),
    [
        (True, 0.7, "≥ 70.0%", AIM[1]),
        (True, 0.6, "≥ 60.0%", AIM[0]),  # the interval's very end
        (True, 0.61, "≥ 61.0%", AIM[1]),
        (True, 0.71, "≥ 71.0%", AIM[2]),
        (True, 0.9, "≥ 90.0%", AIM[2]),
        (False, 0.8, "≤ 80.0%", AIM[0]),
        (False, 0.79, "≤ 79.0%", AIM[1]),
        (False, 0.69, "≤ 69.0%", AIM[2]),
        (False, 0.5, "≤ 50.0%", AIM[2]),
    ],
)
def test_an_aim_is_met_by_the_interval_or_by_its_mean_or_not(higher, aim, text, verdict):
    control = exactly(0.1 if higher else 0.95)
    one, _ = made("a", "x", LOW, control=control, against="y", higher=higher, aim=aim)
    assert one["aim"] == ((text, verdict),)


@pytest.mark.parametrize(("higher", "best", "worst"), [(True, 0.5, 0.9), (False, 0.9, 0.5)])
def test_each_published_number_gets_a_verdict_of_its_own(higher, best, worst):
    control = exactly(0.1 if higher else 0.95)
    several = [(best, "a"), (0.61, "b"), (0.79, "c"), (worst, "d")]
    options = dict(control=control, against="y", higher=higher, form=".0%")
    one, _ = made("a", "x", LOW, published=several, **options)
    verdicts = (PUBLISHED[0], PUBLISHED[1], PUBLISHED[1], PUBLISHED[2])
    said = [f"{number:.0%} ({who})" for number, who in several]
    assert one["published"] == tuple(zip(said, verdicts, strict=True))
    single, _ = made("a", "x", LOW, published=several[0], **options)
    assert single["published"] == one["published"][:1]


def test_what_cannot_be_compared_gets_a_reason_and_no_verdict():
    several = [(0.5, "a", "a lower bound"), (0.5, "b")]
    one, _ = made("a", "x", LOW, control=exactly(0.1), against="y", published=several, form=".0%")
    said = (("50% (a; a lower bound)", NOT_COMPARABLE), ("50% (b)", PUBLISHED[0]))
    assert one["published"] == said


@pytest.mark.parametrize(
    ("value", "control", "form", "clear"),
    [
        (GOOD, LOW, ".1%", "17 points"),
        (exactly(0.9804), exactly(0.9766), ".0%", "0.38 points"),
        (exactly(0.00002), exactly(0.00001), ".2%", "0.001 points"),
        (exactly(210.4), exactly(90.0), ".1f", "120"),
        (exactly(0.0213), exactly(0.0176), ".2f", "0.0037"),
    ],
)
def test_no_distance_is_shown_as_zero(value, control, form, clear):
    assert made("a", "x", value, control=control, against="y", form=form)[0]["clear"] == clear
    back, _ = made("a", "x", control, control=value, against="y", form=form, higher=False)
    assert back["clear"] == clear


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
    with pytest.raises(Refuted, match="isn't clear of chance"):
        claim("x", "x", GOOD, control=Interval(0.9, 0.8, 0.97), against="chance")
    with pytest.raises(Refuted):
        claim("x", "x", GOOD, control=LOW, against="chance", higher=False)
    with pytest.raises(Refuted):
        claim("x", "x", LOW, control=exactly(0.6), against="a bound", higher=True)
    with pytest.raises(Refuted, match="isn't clear of chance, nan"):
        claim("x", "x", GOOD, control=exactly(float("nan")), against="chance")
    with pytest.raises(TypeError, match="control"):
        claim("x", "x", GOOD, against="nothing")


def notebook(*names, drop=(), aim=0.9, published=()):
    """Return an executed notebook that has made claims of these names."""
    outputs, marks = [], dict(aim=aim, published=published)
    for name in names:
        with capture_output() as captured:
            claim(name, f"claims {name}", GOOD, control=LOW, against="chance", **marks)
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
    assert page.count("<p>17 points</p>") == 3
    assert page.count("<p>≥ 90.0%: met</p>") == 3
    assert "3 claims are clear of their controls. Aims: met (3)." in page
    assert 'href="a.html"' in page


def test_the_page_says_no_as_loudly_as_yes(tmp_path):
    others = [(0.999, "they"), (0.985, "these"), (0.5, "those")]
    pages = (
        ("a", notebook("one", aim=0.995, published=others)),
        ("b", notebook("two", aim=0.975)),
    )
    page = build(tmp_path, "a: one\nb: two", *pages)
    assert f"<p>≥ 99.5%: {AIM[2]}</p>" in page
    assert f"<p>≥ 97.5%: {AIM[1]}</p>" in page
    for (number, who), verdict in zip(others, reversed(PUBLISHED), strict=True):
        assert f"<p>{number:.1%} ({who}): {verdict}</p>" in page
    assert f"Aims: {AIM[1]} (1); {AIM[2]} (1)." in page
    assert f"Published numbers: {PUBLISHED[1]} (1); better (1); not reached (1)." in page
    chapter = (tmp_path / "html" / "a.html").read_text()
    assert f"<p>Aim ≥ 99.5%: {AIM[2]}</p>" in chapter
    assert "<p>Published 50.0% (those): better</p>" in chapter


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

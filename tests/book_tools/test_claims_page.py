"""Proof of ``othello_gpt.book_tools``: claims page."""

import re

import nbformat
import pytest
from IPython.utils.capture import capture_output
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from othello_gpt.book_tools import AIM, CLAIM_MIME, PUBLISHED, claim
from othello_gpt.book_tools import CLAIM_MIME as COLLECTED
from othello_gpt.book_tools.claim_box import picture
from tests.book_tools.common import GOOD, LOW


def notebook(*names, drop=(), aim=0.9, published=(), check=False, unseen=(GOOD, LOW)):
    """Return an executed notebook that has made claims of these names."""
    outputs, marks = [], dict(aim=aim, published=published, check=check, unseen=unseen)
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
        "extensions = ['myst_nb', 'othello_gpt.book_tools.extension']\n"
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
    apart = "intervals 17 points apart, at least 6.6 times fewer mistakes (held to none)"
    assert page.count(f"<p>Control (chance): 70.0% [60.0%, 80.0%]; {apart}</p>") == 3
    assert page.count("<p>Aim ≥ 90.0%: met</p>") == 3
    assert "3 claims are clear of their controls. Aims: met (3)." in page
    assert 'href="a.html#claim-two"' in page
    assert 'id="claim-two"' in (tmp_path / "html" / "a.html").read_text()


def test_checks_stand_apart_and_are_not_counted(tmp_path):
    pages = ("a", notebook("two", check=True, unseen="")), ("b", notebook("three"))
    page = build(tmp_path, "a: two\nb: three", *pages)
    assert page.count("<p>On beginnings that training hardly saw: 98.0% [97.0%, 99.0%], ") == 1
    assert "1 claims are clear of their controls. Aims: met (1)." in page
    places = [page.index(text) for text in ("claims three", "Checks: exact", "claims two")]
    assert places == sorted(places)
    titles = [
        re.search(
            "<p [^>]*title[^>]*>(Ch.*?|Cl.*?)</p>", (tmp_path / "html" / f"{name}.html").read_text()
        )
        for name in "ab"
    ]
    assert [title and title[1] for title in titles] == ["Check", "Claim"]


def test_the_page_says_no_as_loudly_as_yes(tmp_path):
    others = [(0.999, "they"), (0.985, "these"), (0.5, "those")]
    pages = (
        ("a", notebook("one", aim=0.995, published=others)),
        ("b", notebook("two", aim=0.975)),
    )
    page = build(tmp_path, "a: one\nb: two", *pages)
    assert f"<p>Aim ≥ 99.5%: {AIM[2]}</p>" in page
    assert f"<p>Aim ≥ 97.5%: {AIM[1]}</p>" in page
    for (number, who), verdict in zip(others, reversed(PUBLISHED), strict=True):
        assert f"<p>Published {number:.1%} ({who}): {verdict}</p>" in page
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
        ("a: one, two", ("unseen",), "'one' doesn't say what becomes of it on unseen beginnings"),
    ],
)
def test_a_book_without_a_claim_or_its_control_is_not_built(tmp_path, listed, drop, error):
    with pytest.raises(ExtensionError, match=re.escape(error)):
        build(tmp_path, listed, ("a", notebook("one", "two", drop=drop)))


def test_the_picture_puts_value_and_control_on_one_scale():
    one = dict(value="a", control="b", numbers=((0.4, 0.5, 0.6), (0.0, 0.1, 0.2)))
    found = re.findall(r'<circle class="(\w+)" cx="([\d.]+)"', picture(one))
    assert [kind for kind, _ in found] == ["value", "control"]
    value, control = (float(at) for _, at in found)
    assert value - control == pytest.approx((0.5 - 0.1) * 284 / 0.6, abs=0.1)

"""The book's citations: what is cited is listed, and what is listed is cited and dated."""

import re

import pytest

from tests.book.common import ROOT, TOC

ENTRY = re.compile(r"^@(\w+)\{([\w-]+),\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", re.MULTILINE)
CITED = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")
ENTRIES = {
    key: dict(FIELD.findall(body))
    for _, key, body in ENTRY.findall((ROOT / "book" / "references.bib").read_text())
}


def cited(file):
    """Return the keys that a page cites."""
    found = CITED.findall((ROOT / file).read_text())
    return {key.strip() for keys in found for key in keys.split(",")}


def test_the_list_is_read_whole():
    text = (ROOT / "book" / "references.bib").read_text()
    assert len(ENTRIES) == len(re.findall(r"^@", text, re.MULTILINE)) > 10


def test_what_is_cited_is_listed_and_what_is_listed_is_cited():
    everywhere = set().union(*(cited(file) for file in TOC))
    assert everywhere == set(ENTRIES)


def test_every_work_is_placed_on_the_page_of_prior_work():
    assert cited("book/prior_work.md") == set(ENTRIES)


def test_chapters_cite_what_they_build_on_or_contradict():
    """A work about board games is named where it bears, not on its own page alone."""
    chapters = set().union(*(cited(file) for file in TOC if file.endswith(".py")))
    assert set(ENTRIES) - chapters <= {"yuan2025", "karvonen2024chess"}


@pytest.mark.parametrize("key", ENTRIES)
def test_a_work_has_an_author_a_title_a_year_and_a_place(key):
    entry = ENTRIES[key]
    assert entry.keys() >= {"author", "title", "year"}
    assert re.fullmatch(r"(19|20)\d\d", entry["year"])
    assert "url" in entry or "booktitle" in entry
    if found := re.search(r"arxiv\.org/abs/(\d\d)(\d\d)\.\d{5}$", entry.get("url", "")):
        year, month = int(found[1]) + 2000, int(found[2])
        assert 1 <= month <= 12
        assert 0 <= int(entry["year"]) - year <= 1  # printed in the year it appeared, or the next
    else:
        assert "arxiv" not in entry.get("url", "")

"""The built pages in a browser: pages."""

from pathlib import Path

import pytest

from tests.book.common import PAGES, ROOT, TOC, visit


def test_the_table_of_contents_is_complete():
    sources = [path for end in ("md", "py") for path in (ROOT / "book").glob(f"*.{end}")]
    sources += (ROOT / "book" / "api").glob("*.md")
    assert {Path(file).stem for file in TOC} == {path.stem for path in sources}


def test_a_page_opens_without_a_problem(visited):
    assert not visited.problems


def test_a_page_is_as_wide_as_the_screen(visited):
    widths = visited.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_links_within_the_book_lead_somewhere(visited, site, address):
    links = visited.page.evaluate("[...document.links].map(link => link.href.split(/[?#]/)[0])")
    inside = {link.removeprefix(address) for link in links if link.startswith(address)}
    assert not [link for link in inside if not (site / link.lstrip("/")).exists()]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_small(site, name):
    assert (site / name).stat().st_size < 1_000_000


def test_the_root_leads_to_the_first_page(contexts, address):
    visited = visit(contexts["desktop"], address, "")
    visited.page.wait_for_url(f"{address}/{PAGES[0]}")
    assert not visited.problems


def test_search_finds_a_word(contexts, address):
    visited = visit(contexts["desktop"], address, "search.html")
    visited.page.locator("input[name=q]:visible").first.fill("Othello")
    visited.page.keyboard.press("Enter")
    visited.page.locator("#search-results li a").first.wait_for()
    assert not visited.problems

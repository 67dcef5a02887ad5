"""The built pages: what they weigh, say of themselves, and are without scripts."""

import functools
import gzip
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup

from othello_gpt.book_tools import stills
from othello_gpt.book_tools.head import MOST, description
from othello_gpt.book_tools.pictures import PLOTLY_JS, plotly_script
from tests.book.common import CHAPTERS, COUNTS, FIGURES, OPEN, PAGES


@functools.cache
def weight(path):
    """Return how many bytes a file takes on its way, compressed as hosts compress it."""
    return min(path.stat().st_size, len(gzip.compress(path.read_bytes(), 6)))


def test_a_page_is_light(visited, site, address):
    inside = {url for url in visited.loaded if url.startswith(address)}
    files = {site / unquote(url.removeprefix(f"{address}/").split("?")[0]) for url in inside}
    files.add(site / visited.name)
    sizes = {str(path.relative_to(site)): weight(path) for path in files}
    most = 1_700_000 if visited.name in CHAPTERS else 1_000_000
    assert sum(sizes.values()) < most, sorted(sizes.items(), key=lambda one: -one[1])[:6]


def test_another_plotly_is_drawn_by_its_own_script(tmp_path):
    assert plotly_script(PLOTLY_JS.parent) == PLOTLY_JS
    assert PLOTLY_JS.name == "plotly-cartesian.min.js"
    (tmp_path / PLOTLY_JS.name).write_text("/**\n* plotly.js (cartesian - minified) v0.0.1\n")
    assert plotly_script(tmp_path).name == "plotly.min.js"


@functools.cache
def parsed(path):
    return BeautifulSoup(path.read_text(), "html.parser")


@functools.cache
def anchors(path):
    return {node["id"] for node in parsed(path).select("[id]")}


CARDS = {"neuron": ("N", 512), "head": ("H", 8)}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_a_place_on_their_page(site, name):
    lost = []
    for link in parsed(site / name).select("a[href*='#']"):
        path, anchor = urldefrag(link["href"])
        if "//" in path or not anchor:
            continue
        goal = (site / name).parent / unquote(path.split("?")[0]) if path else site / name
        # In the live board's address the part behind the hash is a game, not a place.
        if goal.suffix != ".html" or "=" in anchor:
            continue
        # A card is drawn when it is asked for (test_cards.py): there are so many of them.
        card = re.fullmatch(r"L[0-7]([NH])(\d+)", anchor) if goal.stem in CARDS else None
        if card and card[1] == CARDS[goal.stem][0] and int(card[2]) < CARDS[goal.stem][1]:
            continue
        if unquote(anchor) not in anchors(goal.resolve()):
            lost.append(link["href"])
    assert not lost


@pytest.mark.parametrize("name", PAGES)
def test_a_page_describes_itself(site, name):
    head = parsed(site / name).head
    said = head.select_one("meta[name=description]")["content"]
    assert 20 <= len(said) <= MOST
    assert head.select_one('meta[property="og:description"]')["content"] == said
    assert head.select_one('meta[property="og:title"]')["content"] in head.title.text
    images = [meta["content"] for meta in head.select('meta[property="og:image"]')]
    assert len(images) == (name in COUNTS and COUNTS[name][0] > 0)
    assert all(((site / name).parent / image).stat().st_size > 1000 for image in images)


def test_a_description_is_plain_and_ends_with_a_word():
    tip = '<span class="tip"> (95% interval)</span>'
    assert description(f"<h1>A</h1><p>Yes: 3{tip} of\n<em>4</em>.</p>") == "Yes: 3 of 4."
    names = '<p>Read.</p><dl class="glossary"><dt>site</dt><dd>A</dd><dt>probe</dt><dd>B</dd></dl>'
    assert description(names, "Words") == "Names of Words: site, probe"
    assert description(f"<p>{'A sentence of six words only. ' * 9}</p>").endswith("only.")
    cut = description(f"<p>{'word ' * 99}</p>")
    assert len(cut) <= MOST
    assert cut.endswith("word…")


def test_without_scripts_a_figure_is_a_picture(browser, address, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    pages = [name for name, (figures, *_) in COUNTS.items() if figures]
    for name in pages:
        page.goto(f"{address}/{name}")
        page.evaluate(OPEN)
        assert page.locator("img.still").count() == COUNTS[name][0]
        assert not page.locator(FIGURES).first.is_visible()
        figure = page.locator("figure:has(img.still)").first
        image = figure.locator("img.still")
        image.scroll_into_view_if_needed()
        assert figure.locator("figcaption").is_visible()
        box = image.bounding_box()
        assert min(box["width"], box["height"]) > 50
        for still in page.locator("img.still").all():
            file = site / Path(name).parent / still.get_attribute("src")
            assert file.stat().st_size > 500
            assert still.get_attribute("alt")
    context.close()


def test_a_picture_is_made_once(site):
    before = {path: path.stat().st_mtime_ns for path in (site / stills.FOLDER).iterdir()}
    pages = {name: (site / name).read_bytes() for name in COUNTS}
    assert stills.add_stills(site) == ""
    assert before == {path: path.stat().st_mtime_ns for path in (site / stills.FOLDER).iterdir()}
    assert pages == {name: (site / name).read_bytes() for name in COUNTS}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_first_paint_is_in_the_systems_mode(browser, address, mode):
    context = browser.new_context(color_scheme=mode)
    page = context.new_page()
    page.route("**/*.js*", lambda route: route.abort())  # what is painted before scripts have come
    page.goto(f"{address}/{PAGES[0]}", wait_until="domcontentloaded")
    assert page.locator("html").get_attribute("data-theme") == mode
    context.close()


def test_without_a_browser_a_book_has_no_pictures(tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    figure = '<div class="plotly-figure" role="img" aria-label="A" aria-busy="true">'
    page.write_text(f'{figure}<script type="application/json">{{}}</script></div>')
    before = page.read_text()
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert "playwright" in stills.add_stills(tmp_path)
    assert page.read_text() == before

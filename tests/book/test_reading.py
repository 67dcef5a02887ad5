"""How the built pages read: what a reader meets without opening anything.

The bounds are those of readers' trials: beyond them people gave up before the finding.
"""

import re
import statistics

import pytest
from bs4 import BeautifulSoup

from tests.book.common import CHAPTERS, PAGES

NUMBER = re.compile(r"(?<![\w.])[-+\u2212]?\d[\d,]*(?:\.\d+)?%?(?![\w])")
# Folded, tables, code, and what only appears when a number or a term is touched.
LEFT_OUT = "details, table, nav, footer, script, style, .sidebar, .tip, .admonition.claim, .sd-card"


def main_line(path):
    """Return the texts of the paragraphs, items and captions of a page's main line."""
    soup = BeautifulSoup(path.read_text(), "html.parser")
    article = soup.select_one("article")
    for node in article.select(LEFT_OUT):
        node.decompose()
    for node in article.select("div.highlight, pre, .cell_output > :not(figure), .math"):
        node.decompose()
    texts = []
    for block in article.find_all(("p", "li", "figcaption", "dd")):
        if block.find(("p", "li", "dd")):
            continue
        texts.append(re.sub(r"\s+", " ", block.get_text(" ")).strip())
    return [text for text in texts if text]


def sentences(texts):
    for text in texts:
        for one in re.split(r"(?<=[.!?])\s+(?=[A-Z“\"*(])", text):
            if len(one.split()) > 3:
                yield one


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_can_be_read_to_the_end(site, page):
    texts = main_line(site / page)
    words = sum(len(text.split()) for text in texts)
    assert 500 <= words <= 1200
    numbers = [len(NUMBER.findall(text)) for text in texts]
    assert 100 * sum(numbers) / words <= 2
    assert max(numbers) <= 4
    lengths = [len(one.split()) for one in sentences(texts)]
    assert statistics.mean(lengths) <= 17
    assert max(lengths) <= 32, max(sentences(texts), key=lambda one: len(one.split()))


def test_the_first_page_is_short(site):
    texts = main_line(site / PAGES[0])
    words = sum(len(text.split()) for text in texts)
    assert words <= 450
    assert 100 * sum(len(NUMBER.findall(text)) for text in texts) / words <= 2


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_shows_its_picture_before_its_code_and_names_every_figure(site, page):
    article = BeautifulSoup((site / page).read_text(), "html.parser").select_one("article")
    code = [
        c for c in article.select(".tag_experiment .cell_input") if not c.find_parent("details")
    ]
    lines = [sum(bool(t.strip()) for t in c.get_text().splitlines()) for c in code]
    assert 1 <= len(lines) <= 3
    assert max(lines) <= 15
    figures = article.select(".plotly-figure")
    assert figures
    assert figures[0].sourceline < code[0].sourceline
    unnamed = [f["aria-label"][:60] for f in figures if not f.find_parent("figure")]
    assert not unnamed
    for figure in article.select("figure:has(.plotly-figure)"):
        assert figure.get("id")
        assert len(figure.select_one("figcaption").get_text().split()) > 5

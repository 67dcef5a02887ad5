"""What a page says of itself, loads and is made of: a description, its mode, HTML for everyone."""

import re
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup

MOST = 200  # characters of a description
# A system that is dark gets a dark page from the first paint, unless the reader chose otherwise.
FIRST_MODE = """
(() => {
  const root = document.documentElement;
  let mode = null;
  try { mode = localStorage.getItem("mode"); } catch {}
  if (mode === "light" || mode === "dark") return;
  root.dataset.mode = "auto";
  root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
})();
"""
# The theme loads its icons twice, as a font and as a script of half a megabyte (compressed), and
# two more fonts of which it shows nothing.
_UNUSED = re.compile(
    r'\s*<script src="[^"]*fontawesome[^"]*/all\.min\.js[^"]*"></script>'
    r'|\s*<link rel="preload" as="font"[^>]*fa-(?:brands|regular)-400[^>]*>'
)
# What Sphinx writes and not everyone can use, and what is written instead.
_MENDED = {
    # A formula that is wider than the page is scrolled, by keyboard too.
    r'<div class="math ': r'<div tabindex="0" class="math ',
    # The role of an entry is deprecated, and none of a list's children.
    r'role="doc-biblioentry"': r'role="listitem"',
    # Parameters, one a line, are no definitions without terms.
    r"<dl>(\s*<dd>(?:(?!</?dl|<dt).)*)</dl>": r'<div class="parameters">\1</div>',
    r"<dd>(<em class=\"sig-param.*?)</dd>": r"<div>\1</div>",
    # What is tapped to unfold isn't a link as well.
    r"<summary>Expand for references to <a [^>]*>(.*?)</a></summary>": (
        r"<summary>Where the book uses \1</summary>"
    ),
}


def mended(body: str) -> str:
    """Return a page's HTML in a form that everyone can use, by keyboard and screen reader."""
    for given, wanted in _MENDED.items():
        body = re.sub(given, wanted, body, flags=re.DOTALL)
    return body


def description(body: str, title: str = "") -> str:
    """Return the first paragraph of a page's HTML as plain text, cut after a sentence or a word.

    A page that explains names, as the glossary and the reference pages do, lists them instead.
    """
    soup = BeautifulSoup(body, "html.parser")
    for node in soup.select(".tip, details, .cell, .admonition, .headerlink, script, nav, figure"):
        node.decompose()
    names = [node.get_text().strip() for node in soup.select("dl.glossary > dt, dt .descname")]
    if names:
        return _short(f"Names of {title}: {', '.join(dict.fromkeys(names))}")
    texts = (" ".join(p.get_text().split()) for p in soup.find_all("p"))
    return _short(next(filter(None, texts), title))


def _short(text: str) -> str:
    if len(text) <= MOST:
        return text
    sentences = re.match(rf".{{40,{MOST - 1}}}[.!?](?=\s)", text)
    return sentences[0] if sentences else text[: MOST - 1].rpartition(" ")[0] + "…"


def metatags(title: str, body: str) -> str:
    """Return what search engines and previews of links say of a page."""
    name = BeautifulSoup(title, "html.parser").get_text()
    said = {'name="description"': description(body, name), 'property="og:title"': name}
    said['property="og:description"'] = said['name="description"']
    said['property="og:type"'] = "article"
    return "".join(f'\n    <meta {key} content="{escape(said[key])}" />' for key in said)


def lighten(site: Path) -> None:
    """Take from the built pages what the theme makes them load for nothing."""
    for path in site.rglob("*.html"):
        html = path.read_text()
        if (lighter := _UNUSED.sub("", html)) != html:
            path.write_text(lighter)

"""The roles ``{num}`` and ``{when}``: numbers in prose, and words that depend on them.

``{num}`name[key]:.2f` `` shows a number of this page, ``{num}`probes.py::name:.1%` `` one of
another; its interval appears when it is pointed at, focused or tapped, and in print.
``{when}`name ? words if true : words otherwise` `` chooses between words. In a report on another
network, a number of a chapter that doesn't apply to it is a dash with the reason.
"""

import posixpath
from collections.abc import Mapping
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from .glued import glued
from .numbers import NUMBERS_MIME, lookup, parts
from .report.build import absent, dash

_logger = logging.getLogger(__name__)


class PendingNumber(nodes.Inline, nodes.Element):
    """Where a number goes, once all pages have been executed."""


class _Role(SphinxRole):
    def run(self):
        page, path = page_and_path(self.env.docname, self.text)
        node = PendingNumber(page=page, path=path, role=self.name)
        self.set_source_info(node)
        return [node], []


class SaidNumbers(SphinxPostTransform):
    """Replaces each ``PendingNumber`` by what its chapter has said."""

    default_priority = 5  # before references, which captions may hold

    def run(self) -> None:
        """Put each number in its place, or a "?" with a warning where its chapter has none."""
        said = {}
        for node in list(self.document.findall(PendingNumber)):
            page = node["page"]
            if page not in said:
                said[page] = said_by(self.env, page)
            try:
                node.replace_self(_words(node, said[page], self.app.builder.format == "html"))
            except (KeyError, ValueError) as error:
                if why := absent(self.env, page):
                    node.replace_self(dash(why))
                    continue
                _logger.warning(f"{node['path']}: {error.args[0]}", location=node)
                node.replace_self(nodes.inline("", "?"))


def page_and_path(here: str, text: str) -> tuple[str, str]:
    """Return the page whose number a role on page ``here`` means, and the number's path."""
    page, _, path = text.rpartition("::")
    if not page:
        return here, path
    return posixpath.join(posixpath.dirname(here), page.removesuffix(".py")), path


def said_by(env: BuildEnvironment, page: str) -> dict:
    """Return what a page's chapter has said, by name."""
    found = {}
    for output in glued(env, page).values():
        found |= output["data"].get(NUMBERS_MIME, {})
    return found


def chosen(said: Mapping, text: str) -> str:
    """Return the words that ``{when}`` chooses.

    Raises ``KeyError`` for a name that isn't there, ``ValueError`` for words without a choice.
    """
    path, _, words = text.partition(" ? ")
    yes, colon, no = words.partition(" : ")
    if not colon:
        raise ValueError("write {when}`name ? words if true : words otherwise`")
    return yes if lookup(said, path)[0]["value"] else no


def _words(node: PendingNumber, said: dict, tips: bool) -> nodes.Node:
    """Return what is shown of a number; its interval in a tip, or else in brackets."""
    if node["role"] == "when":
        return nodes.inline("", chosen(said, node["path"]))
    value, form = lookup(said, node["path"])
    text, ends = parts(value, form)
    if ends is None:
        return nodes.inline("", text, classes=["num"])
    over = f", over {value['over']}" if value.get("over") else ""
    words = f"95% interval {ends[0]} to {ends[1]}{over}"
    if not tips:
        return nodes.inline("", f"{text} ({words})", classes=["num"])
    html = (
        f'<span class="num has-tip" tabindex="0">{escape(text)}'
        f'<span class="tip"> ({escape(words)})</span></span>'
    )
    return nodes.raw("", html, format="html")


def setup(app: Sphinx) -> None:
    """Register the roles ``num`` and ``when`` with Sphinx."""
    app.add_node(PendingNumber)
    for name in ("num", "when"):
        app.add_role(name, _Role())
    app.add_post_transform(SaidNumbers)

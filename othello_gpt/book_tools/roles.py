"""The roles ``{num}`` and ``{when}``: numbers in prose, and words that depend on them.

``{num}`name[key]:.2f` `` shows a number of this page, ``{num}`probes.py::name:.1%` `` one of
another; its interval appears when it is pointed at, focused or tapped, and in print.
``{when}`name ? words if true : words otherwise` `` chooses between words.
"""

import posixpath
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from .glued import glued
from .numbers import NUMBERS_MIME, lookup, parts

_logger = logging.getLogger(__name__)


class PendingNumber(nodes.Inline, nodes.Element):
    """Where a number goes, once all pages have been executed."""


class _Role(SphinxRole):
    def run(self):
        page, _, path = self.text.rpartition("::")
        here = self.env.docname
        name = posixpath.join(posixpath.dirname(here), page.removesuffix(".py")) if page else here
        node = PendingNumber(page=name, path=path, role=self.name)
        self.set_source_info(node)
        return [node], []


class SaidNumbers(SphinxPostTransform):
    """Replaces each ``PendingNumber`` by what its chapter has said."""

    default_priority = 5  # before references, which captions may hold

    def run(self) -> None:
        said = {}
        for node in list(self.document.findall(PendingNumber)):
            page = node["page"]
            if page not in said:
                said[page] = self._said(page)
            try:
                node.replace_self(_words(node, said[page]))
            except (KeyError, ValueError) as error:
                _logger.warning(f"{node['path']}: {error.args[0]}", location=node)
                node.replace_self(nodes.inline("", "?"))

    def _said(self, page: str) -> dict:
        found = {}
        for output in glued(self.env, page).values():
            found |= output["data"].get(NUMBERS_MIME, {})
        return found


def _words(node: PendingNumber, said: dict) -> nodes.Node:
    if node["role"] == "when":
        path, _, words = node["path"].partition(" ? ")
        yes, colon, no = words.partition(" : ")
        if not colon:
            raise ValueError("write {when}`name ? words if true : words otherwise`")
        return nodes.inline("", yes if lookup(said, path)[0]["value"] else no)
    value, form = lookup(said, node["path"])
    text, ends = parts(value, form)
    if ends is None:
        return nodes.inline("", text, classes=["num"])
    over = f", over {value['over']}" if value.get("over") else ""
    words = f"95% interval {ends[0]} to {ends[1]}{over}"
    html = (
        f'<span class="num has-tip" tabindex="0">{escape(text)}'
        f'<span class="tip"> ({escape(words)})</span></span>'
    )
    return nodes.raw("", html, format="html")


def setup(app: Sphinx) -> None:
    app.add_node(PendingNumber)
    for name in ("num", "when"):
        app.add_role(name, _Role())
    app.add_post_transform(SaidNumbers)

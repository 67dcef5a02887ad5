"""Links from the names of neurons and heads, such as "L7 N35" or "L3 H5", to their cards."""

import posixpath
import re
from collections.abc import Iterable

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

KINDS = {"N": "neuron", "H": "head"}
_NAME = re.compile(r"\bL(\d+) ([NH])(\d+)\b")
_LISTED = 12
"""More cards than this aren't listed under a figure: the pages that list all of them are."""
_LEFT_ALONE = nodes.reference, nodes.title, nodes.literal, nodes.literal_block, nodes.raw


class CardLinks(SphinxPostTransform):
    """Links every name in prose, captions and tables; under a figure, those that it names.

    Names stay plain in a book without the page of cards.
    """

    default_priority = 450  # after numbers and outputs are there
    formats = ("html",)

    def run(self) -> None:
        """Link the names on the page to those pages of cards that the book has."""
        self.pages = {}
        for kind in KINDS.values():
            page = posixpath.join(posixpath.dirname(self.env.docname), kind)
            if page in self.env.found_docs:
                self.pages[kind] = f"{kind}.html"
        if not self.pages:
            return
        for text in list(self.document.findall(nodes.Text)):
            if not any(isinstance(one, _LEFT_ALONE) for one in _above(text)):
                self._link(text)
        for raw in list(self.document.findall(nodes.raw)):
            if 'class="plotly-figure"' in raw.astext():
                self._list_below(raw)
            elif "<table" in raw.astext():
                linked = re.sub(r">[^<]+<", lambda m: _NAME.sub(self._anchor, m[0]), raw.astext())
                raw.replace_self(_raw(linked, raw))

    def _address(self, found: re.Match) -> str | None:
        page = self.pages.get(KINDS[found[2]])
        return page and f"{page}#L{found[1]}{found[2]}{found[3]}"

    def _anchor(self, found: re.Match) -> str:
        address = self._address(found)
        return f'<a class="card-link" href="{address}">{found[0]}</a>' if address else found[0]

    def _link(self, text: nodes.Text) -> None:
        parts, end = [], 0
        for found in _NAME.finditer(text):
            if not (address := self._address(found)):
                continue
            name = nodes.reference("", found[0], refuri=address, internal=True)
            name["classes"].append("card-link")
            parts += [nodes.Text(text[end : found.start()]), name]
            end = found.end()
        if parts:
            parent, rest = text.parent, nodes.Text(text[end:])
            parent.replace(text, [*parts, rest])

    def _list_below(self, figure: nodes.raw) -> None:
        names = {found[0]: found for found in _NAME.finditer(figure.astext())}
        links = [self._anchor(found) for found in names.values()]
        if not links:
            return
        if len(links) > _LISTED:
            kinds = dict.fromkeys(KINDS[found[2]] for found in names.values())
            links = [
                f'<a class="card-link" href="{self.pages[kind]}">all {kind}s</a>'
                for kind in kinds
                if kind in self.pages
            ]
        below = f'<div class="card-list">Cards: {", ".join(links)}</div>'
        figure.parent.insert(figure.parent.index(figure) + 1, _raw(below))


def _raw(html: str, like: nodes.raw | None = None) -> nodes.raw:
    made = nodes.raw("", html, format="html")
    if like is not None:
        made.attributes.update(like.attributes)
    return made


def _above(node: nodes.Node) -> Iterable[nodes.Node]:
    while node := node.parent:
        yield node

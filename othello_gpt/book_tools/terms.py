"""Terms of the glossary, explained where a page first uses them."""

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

GLOSSARY = "book/glossary"
# Where a term stays as it is: it is code, a link already, or a heading.
_LEFT = (nodes.title, nodes.literal, nodes.reference, nodes.literal_block, nodes.raw, nodes.term)


def definitions(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Return the id and the definition of each term of the glossary; none if there is none."""
    if GLOSSARY not in env.found_docs:
        return {}
    found = {}
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        definition = item.children[-1].astext().replace("\n", " ")
        for term in item.findall(nodes.term):
            found[term.astext().split("\n")[0]] = (term["ids"][0], definition)
    return found


class FirstUses(SphinxPostTransform):
    """Explains each term at its first use on a page, by a tip that links to the glossary."""

    default_priority = 800
    formats = ("html",)

    def run(self) -> None:
        """Explain the terms on the page, unless it is the glossary or about the package."""
        page = self.env.docname
        if page == GLOSSARY or page.startswith("book/api/"):
            return
        known = definitions(self.env)
        if not known:
            return
        address = self.app.builder.get_relative_uri(page, GLOSSARY)
        pattern = _any_of(known)
        for paragraph in list(self.document.findall(nodes.paragraph)):
            todo = [text for text in paragraph.findall(nodes.Text) if not _within(text, paragraph)]
            while todo and pattern:
                text = todo.pop(0)
                if match := pattern.search(text):
                    term = next(t for t in known if t.lower() == match[1].lower())
                    anchor, definition = known.pop(term)
                    html = (
                        f'<a class="term has-tip" href="{address}#{anchor}">{escape(match[0])}'
                        f'<span class="tip"> ({escape(definition)})</span></a>'
                    )
                    before, after = (
                        nodes.Text(text[: match.start()]),
                        nodes.Text(text[match.end() :]),
                    )
                    explained = nodes.raw("", html, format="html")
                    text.parent.replace(text, [before, explained, after])
                    todo.insert(0, after)
                    pattern = _any_of(known)


def _any_of(terms: dict) -> re.Pattern | None:
    longest = sorted(map(re.escape, terms), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(longest)})s?\b", re.IGNORECASE) if longest else None


def _within(text: nodes.Text, paragraph: nodes.paragraph) -> bool:
    node = text.parent
    while node is not paragraph:
        if node is None:  # another extension's node, which isn't in the tree by its parent
            return True
        if isinstance(node, _LEFT):
            return True
        node = node.parent
    return False


def setup(app: Sphinx) -> None:
    """Register ``FirstUses`` with Sphinx."""
    app.add_post_transform(FirstUses)

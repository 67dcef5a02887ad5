"""The page that collects all claims."""

import posixpath
from collections import Counter

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from .claim_box import CLAIM_PARTS, address, claim_lines
from .claims import CLAIM_MIME
from .glued import glued as glued_by
from .pictures import GluedFigures
from .report.build import absent


def _summary(claims: list[dict]) -> nodes.paragraph:
    """Return what has come of all claims, counted."""
    refuted = sum(bool(one.get("refuted")) for one in claims)
    parts = [f"{len(claims) - refuted} claims are clear of their controls."]
    if refuted:
        parts.append(f"Refuted: {refuted}.")
    for what, key in (("Aims", "aim"), ("Published numbers", "published")):
        found = Counter(verdict for one in claims for _, verdict in one[key])
        if found:
            counted = "; ".join(f"{verdict} ({n})" for verdict, n in sorted(found.items()))
            parts.append(f"{what}: {counted}.")
    return nodes.paragraph("", " ".join(parts))


def _heading_of_checks() -> nodes.rubric:
    return nodes.rubric("", "Checks: exact by construction, if the code is right")


class PendingClaims(nodes.General, nodes.Element):
    """Where the table of claims goes, once all pages have been read."""


class ClaimsDirective(SphinxDirective):
    """``claims``: the claims that each chapter has to make, a line for each chapter.

    Those that a chapter makes as checks are shown apart and don't count as claims.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the place for the table, with the claims of each page."""
        wanted = {}
        for line in filter(None, map(str.strip, self.content)):
            chapter, _, listed = line.partition(":")
            names = [name.strip() for name in listed.split(",")]
            page = posixpath.join(posixpath.dirname(self.env.docname), chapter.strip())
            wanted[page.removesuffix(".py")] = names
        return [PendingClaims(wanted=wanted)]


class ClaimsTable(SphinxPostTransform):
    """Replaces ``PendingClaims`` by a card for each claim that the chapters have made."""

    default_priority = GluedFigures.default_priority

    def run(self) -> None:
        """Replace each ``PendingClaims`` by a summary and the cards: claims first, then checks."""
        for node in list(self.document.findall(PendingClaims)):
            cards, claims = [], {}
            for page in sorted(self.env.found_docs | node["wanted"].keys(), key=self._order(node)):
                glued = glued_by(self.env, page)
                made = {
                    key.removeprefix("claim "): output["data"][CLAIM_MIME]
                    for key, output in glued.items()
                    if CLAIM_MIME in output["data"]
                }
                cards += self._cards(page, node["wanted"].get(page, []), made)
                claims |= made
            checks = [name for name, one in claims.items() if one.get("check")]
            counted = [one for name, one in claims.items() if name not in checks]
            apart = [card for card in cards if card["name"] in checks]
            kept = [card for card in cards if card not in apart]
            node.replace_self(
                [_summary(counted), *kept, *([_heading_of_checks()] * bool(apart)), *apart]
            )

    @staticmethod
    def _order(node):
        pages = list(node["wanted"])
        return lambda page: pages.index(page) if page in pages else len(pages)

    def _cards(self, page: str, wanted: list[str], made: dict[str, dict]) -> list[nodes.Node]:
        if (why := absent(self.env, page)) and wanted:
            said = nodes.paragraph(
                "", f"Claims of {posixpath.basename(page)} not made: {len(wanted)}. {why}"
            )
            card = nodes.container("", said, classes=["claim-card", "absent"])
            card["name"] = ""
            return [card]
        for name in sorted(made.keys() ^ wanted):
            why = "isn't listed here" if name in made else "is missing from the chapter"
            raise ExtensionError(f"{self.env.docname}: claim {name!r} of {page} {why}")
        cards = []
        for name in (name for name in wanted if name in made):
            one = made[name]
            if empty := [k for k in CLAIM_PARTS if not one.get(k)]:
                raise ExtensionError(f"{self.env.docname}: claim {name!r} has no {empty[0]}")
            if not (one.get("unseen") or one.get("check")):
                raise ExtensionError(
                    f"{self.env.docname}: claim {name!r} doesn't say what becomes of it on unseen"
                    " beginnings, nor why that isn't asked"
                )
            where = self.app.builder.get_relative_uri(self.env.docname, page)
            link = nodes.reference("", f"made in {posixpath.basename(page)}", internal=True)
            link["refuri"] = f"{where}#{address(name)}"
            says, picture, control, *rest = claim_lines(one)
            begin, end = (
                nodes.raw("", html, format="html")
                for html in (
                    "<details><summary>unseen beginnings, aim, published</summary>",
                    "</details>",
                )
            )
            where_made = nodes.paragraph("", "", link)
            more = [begin, *rest, end] if rest else []
            parts = [says, picture, control, *more, where_made]
            kinds = ["claim-card"]
            if why := one.get("refuted"):
                no = nodes.paragraph(
                    "", "", nodes.strong("", "Refuted"), nodes.Text(f": it {why}.")
                )
                parts, kinds = [no, *parts], [*kinds, "refuted"]
            card = nodes.container("", *parts, classes=kinds, ids=[address(name)])
            card["name"] = name
            cards.append(card)
        return cards

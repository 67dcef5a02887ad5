"""What roles, links and labels of a page become in its notebook: words, or links to the book."""

import posixpath
import re
from typing import cast

from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinxcontrib.bibtex.domain import BibtexDomain

from .numbers import lookup, written
from .report.build import ABSENT, absent
from .roles import chosen, page_and_path, said_by

_CODE_ROLES = ("code", "file", "kbd", "command", "program", "samp", "guilabel", "envvar", "option")
_PYTHON_ROLES = ("func", "class", "meth", "mod", "attr", "data", "exc")
_TITLED = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)


class PlainRoles:
    """Resolves the roles and links of one page.

    Links within the book lead to its published pages if ``html_baseurl`` has their address, and
    are plain words otherwise. ``problems`` has, in words, what couldn't be resolved.
    """

    def __init__(self, app: Sphinx, page: str):
        self.app, self.env, self.page = app, app.env, page
        self.problems: list[str] = []
        self._said: dict[str, dict] = {}

    def problem(self, words: str) -> None:
        """Add to ``problems``, in words, what couldn't be resolved."""
        self.problems.append(words)

    def role(self, name: str, text: str) -> str:
        """Return a role as plain Markdown."""
        if name in ("num", "when"):
            return self._number(name, text)
        if name.startswith("cite"):
            return self._cited(name.partition(":")[2], text.split(","))
        words, target = ("", text)
        if match := _TITLED.fullmatch(text):
            words, target = match[1], match[2]
        if name == "doc":
            return self.link(words, target)
        if name == "ref":
            return self._labelled(words, target)
        if name == "numref":
            number = self.numbered(target)
            if not number:
                self.problem(f"no number for {target!r}")
            if words:
                bare = number.rpartition(" ")[2]
                words = words.replace("%s", bare).replace("{number}", bare)
            return self._labelled(words or number, target)
        if name == "eq":
            return f"({self._equation(target)})"
        if name == "term":
            return words or target
        if name == "math":
            return f"${text}$"
        if name in ("sub", "sup"):
            return f"<{name}>{text}</{name}>"
        if name == "abbr":
            return re.sub(r"\s*\(.*\)$", "", text)
        if name in _CODE_ROLES:
            return f"`{text}`"
        if name.startswith("py:") or name in (
            "func",
            "class",
            "meth",
            "mod",
            "attr",
            "data",
            "exc",
        ):
            short = target.rpartition(".")[2] if target.startswith("~") else target.lstrip(".")
            return f"`{words or short}`"
        self.problem(f"a notebook has nothing for the role {name!r}")
        return text

    def link(self, words: str, target: str) -> str:
        """Return a link, or a picture's brackets, as plain Markdown."""
        if re.match(r"[a-z][a-z0-9+.-]*:", target) or target.startswith("//"):
            return f"[{words}]({target})" if words else f"<{target}>"
        page, _, label = target.partition("#")
        page = re.sub(r"\.(py|md|ipynb|rst)$", "", page)
        if page.startswith("/"):
            page = page[1:]
        else:
            page = posixpath.normpath(posixpath.join(posixpath.dirname(self.page), page))
        if target and not target.startswith("#") and page in self.env.found_docs:
            return self._to(words or self.env.titles[page].astext(), page, label)
        return self._labelled(words, label or target)

    def numbered(self, label: str) -> str:
        """Return what a figure is called where it is referred to ("Fig. 3"), or ""."""
        page, anchor = self._standard().anonlabels.get(label, ("", ""))
        for kind, numbers in self.env.toc_fignumbers.get(page, {}).items():
            if anchor in numbers:
                form = self.app.config.numfig_format.get(kind, "%s")
                return form % ".".join(map(str, numbers[anchor]))
        return ""

    def _number(self, role: str, text: str) -> str:
        page, path = page_and_path(self.page, text)
        if page not in self._said:
            self._said[page] = said_by(self.env, page)
        try:
            if role == "when":
                return chosen(self._said[page], path)
            return written(*lookup(self._said[page], path))
        except (KeyError, ValueError) as error:
            if absent(self.env, page):
                return ABSENT
            self.problem(f"{path}: {error.args[0]}")
            return "?"

    def _standard(self) -> StandardDomain:
        return cast("StandardDomain", self.env.get_domain("std"))

    def _labelled(self, words: str, label: str) -> str:
        domain = self._standard()
        name = label.lower() if label.lower() in domain.anonlabels else label
        if name not in domain.anonlabels:
            self.problem(f"nothing is called {label!r}")
            return words or label
        page, anchor = domain.anonlabels[name][:2]
        title = domain.labels[name][2] if name in domain.labels else ""
        return self._to(words or self.numbered(name) or title or label, page, anchor)

    def _to(self, words: str, page: str, anchor: str) -> str:
        base = self.app.config.html_baseurl
        if not base:
            return words
        address = posixpath.join(base, self.app.builder.get_target_uri(page))
        return f"[{words}]({address}{'#' if anchor else ''}{anchor})"

    def _equation(self, label: str) -> str:
        known = self.env.domaindata.get("math", {}).get("objects", {})
        if label not in known:
            self.problem(f"no equation {label!r}")
            return label
        return str(known[label][1])

    def _cited(self, kind: str, keys: list[str]) -> str:
        entries = cast("BibtexDomain", self.env.get_domain("cite")).bibdata.data.entries
        done = []
        for key in map(str.strip, keys):
            if key not in entries:
                self.problem(f"no source {key!r}")
                continue
            done.append(_cited(entries[key], textual=kind.startswith("t")))
        joined = "; ".join(done)
        return joined if kind.startswith("t") else f"({joined})"


def _cited(entry, textual: bool) -> str:
    """Return a source as it is cited, with a link to it if it has one."""
    names = [" ".join(map(str, p.rich_last_names)) for p in entry.persons.get("author", [])]
    if len(names) > 2:
        names = [f"{names[0]} et al."]
    who = " and ".join(names) or re.sub(r"[{}]", "", entry.fields["title"])
    fields = entry.fields
    year = fields.get("year", "")
    words = (f"{who} ({year})" if textual else f"{who}, {year}") if year else who
    address = fields.get("url") or ("doi" in fields and f"https://doi.org/{fields['doi']}")
    return f"[{words}]({address})" if address else words

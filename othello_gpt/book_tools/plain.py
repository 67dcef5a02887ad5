"""MyST Markdown as plain Markdown, for readers that know neither roles nor directives."""

import re
from collections.abc import Callable, Iterator

Role = Callable[[str, str], str]  # name and text of a role -> Markdown
Link = Callable[[str, str], str]  # words and target of a link -> Markdown
Problem = Callable[[str], None]

_ADMONITIONS = (
    *("admonition", "attention", "caution", "danger", "error", "hint", "important", "note"),
    *("seealso", "tip", "todo", "warning"),
)
_LAYOUT = ("grid", "tab-set", "div", "container", "margin", "sidebar", "epigraph", "eval")
_TITLED = ("grid-item-card", "grid-item", "card", "tab-item", "dropdown", "topic")
_CODE = ("code", "code-block", "code-cell", "sourcecode")

_DIRECTIVE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*\{([\w:.-]+)\}\s*(.*?)\s*")
_CODE_FENCE = re.compile(r"\s*(`{3,}|~{3,})(?!.*`).*")
_CLOSING = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*")
_OPTION = re.compile(r"\s*:[\w-]+:.*")
# Labels of headings and paragraphs, comments, and breaks between cells: no reader sees them.
_UNSEEN = re.compile(r"\([^()\s]+\)=\s*|%.*|\+\+\+.*")
_ROLE = re.compile(
    r"\{(?P<role>[A-Za-z][\w:.-]*)\}(?P<marks>`+)(?P<text>[^`].*?|[^`])(?P=marks)(?!`)"
    r"|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)",  # code stays as it is
    re.DOTALL,
)
_LINK = re.compile(
    r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)"
    r"|(?P<image>!?)\[(?P<words>(?:[^\[\]`]|`[^`]*`|\[[^\[\]]*\])*)\]"
    r"\((?P<target>[^()\s]*)\)(?:\{[^{}`]*\})?",
    re.DOTALL,
)


def plain(text: str, role: Role, link: Link, problem: Problem) -> str:
    """Return MyST Markdown as plain Markdown.

    ``role`` and ``link`` say what becomes of a role and of a link or picture; ``problem`` is told,
    in words, of a directive that plain Markdown has nothing for. Its content stays.
    """
    done = []
    for is_prose, block in _blocks(text.split("\n"), problem):
        words = "\n".join(block)
        done.append(_inline(words, role, link) if is_prose else words)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(done)).strip("\n")


def _inline(text: str, role: Role, link: Link) -> str:
    text = _ROLE.sub(
        lambda m: role(m["role"], m["text"].replace("\n", " ")) if m["role"] else m[0], text
    )

    def linked(match: re.Match) -> str:
        if match["target"] is None:
            return match[0]
        return match["image"] + link(match["words"], match["target"])

    return _LINK.sub(linked, text)


def _blocks(lines: list[str], problem: Problem) -> Iterator[tuple[bool, list[str]]]:
    """Yield runs of lines, and whether they are prose (or else code, which stays as it is)."""
    prose: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if match := _DIRECTIVE.fullmatch(line):
            end = _end(lines, at, match[1])
            body = lines[at + 1 : end]
            yield True, prose
            prose = []
            yield from _directive(match[2], match[3], body, problem)
            at = end
        elif match := _CODE_FENCE.fullmatch(line):
            end = _end(lines, at, match[1])
            yield True, prose
            prose = []
            yield False, lines[at : end + 1]
            at = end
        elif not _UNSEEN.fullmatch(line):
            prose.append(line)
        at += 1
    yield True, prose


def _end(lines: list[str], begin: int, fence: str) -> int:
    """Return the line that closes a fence: what is within has a shorter one, or is nested."""
    depth = 0
    for at in range(begin, len(lines)):
        found = _DIRECTIVE.fullmatch(lines[at]) or _CLOSING.fullmatch(lines[at])
        opens = at == begin or (found is not None and found.re is _DIRECTIVE)
        if at != begin and (not found or not found[1].startswith(fence)):
            continue
        depth += 1 if opens else -1
        if not depth:
            return at
    return len(lines)


def _directive(
    name: str, title: str, body: list[str], problem: Problem
) -> Iterator[tuple[bool, list[str]]]:
    options: dict[str, str] = {}
    if body and body[0].strip() == "---":  # options between two lines, as in YAML
        body = body[next((k for k, s in enumerate(body[1:], 1) if s.strip() == "---"), 0) + 1 :]
    while body and _OPTION.fullmatch(body[0]):
        _, key, value = body[0].split(":", 2)
        options[key], body = value.strip(), body[1:]
    if name in _CODE:
        yield False, [f"```{title}", *body, "```"]
    elif name == "math":
        yield False, ["$$", *([title] if title else []), *body, "$$"]
    elif name in ("figure", "image"):
        yield True, ["", f"![{options.get('alt', '')}]({title})", ""]
        yield from _blocks(body, problem)
    elif name == "glossary":
        yield True, [s.strip() if s[:1].isspace() or not s else f"\n**{s}**\n" for s in body]
    elif name in _ADMONITIONS:
        yield True, ["", f"> **{title or name.capitalize()}**", ">"]
        for is_prose, block in _blocks(body, problem):
            yield is_prose, [f"> {line}".rstrip() for line in block]
        yield True, [""]
    else:
        if name not in (*_LAYOUT, *_TITLED):
            problem(f"a notebook has nothing for the directive {name!r}")
        yield True, ["", f"**{title}**", ""] if title and name in _TITLED else [""]
        yield from _blocks(body, problem)
        yield True, [""]

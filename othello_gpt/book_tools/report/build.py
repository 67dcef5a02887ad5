"""What the build knows of a report on another network: which pages aren't there, and a note.

``othello-gpt report`` tells it by the setting ``othello_report`` of its copy of ``_config.yml``:
``network``, its name; ``own``, the pages that look at it; ``absent``, a sentence for each page
that doesn't apply to it. The book's own build has none of it.
"""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

SETTING = "othello_report"
ABSENT = "—"


def absent(env: BuildEnvironment, page: str) -> str:
    """Return why a page's chapter isn't in this report, in one sentence; "" if it is there."""
    return (env.config[SETTING] or {}).get("absent", {}).get(page, "")


def dash(why: str) -> nodes.raw:
    """Return what stands for a number that there isn't, with the reason."""
    html = (
        f'<span class="num has-tip absent" tabindex="0">{ABSENT}'
        f'<span class="tip"> ({escape(why)})</span></span>'
    )
    return nodes.raw("", html, format="html")


def note(settings: dict, page: str) -> str:
    """Return what stands at the top of a page of a report, as HTML; "" where nothing has to."""
    if not settings or page in settings.get("absent", {}) or page == settings.get("front"):
        return ""
    name = f"<code>{escape(settings['network'])}</code>"
    if page in settings.get("own", []):
        said = (
            f"Made on your network {name}. The words were written for the book's own network, and "
            "what they say of its training is of that one; the numbers, figures and verdicts are "
            "of yours."
        )
    elif page in settings.get("bare", []):
        said = f"This page looks at no network: it is as in the book. The report is on {name}."
    else:
        said = (
            f"A report on your network {name}. The words were written for the book's own network; "
            "numbers from chapters, and verdicts, are of yours."
        )
    return f'<aside class="admonition note report-note"><p>{said}</p></aside>'


def _add_note(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    if doctree is not None and "body" in context:
        context["body"] = note(app.config[SETTING] or {}, pagename) + context["body"]


def setup(app: Sphinx) -> None:
    """Let a copy of the configuration say that the book is a report."""
    app.add_config_value(SETTING, {}, "env")
    app.connect("html-page-context", _add_note, priority=950)  # no part of a page's description

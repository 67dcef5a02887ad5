"""The built pages in a browser: everyone can read them (axe-core, WCAG 2 A and AA)."""

from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def test_axe_finds_nothing(visited):
    # Twice: as it opens, and with all details and code open.
    for opened in (False, True):
        visited.page.evaluate(
            "open => document.querySelectorAll('details').forEach(one => { one.open = open })",
            opened,
        )
        found = Axe().run(visited.page, options={"runOnly": RULES}).response
        problems = [
            f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
            for one in found["violations"]
            for node in one["nodes"][:3]
        ]
        assert not problems, "\n".join(problems)

"""The built pages in a browser: everyone can read and work them (axe-core, keyboard)."""

from axe_playwright_python.sync_playwright import Axe

from tests.book.common import COUNTS, FIGURES, OPEN, VIEWS, VISITED
from tests.book.test_figures import PICTURE, shows_something_new

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "resultTypes": ["violations"],  # of all else one node is enough
    "preload": False,  # it would ask for style sheets that style sheets import, at a wrong address
}
ALL = "open => document.querySelectorAll('details').forEach(one => { one.open = open })"

# What opens fades in: half faded it has too little contrast.
SHOWN = "Promise.allSettled(document.getAnimations().map(one => one.finished))"
# A page has thousands of words of code in a few colours: all colours are in its first blocks. And
# tables have hundreds of rows: the first ones have all of their colours.
REPEATED = """() => { const seen = new Set();
  document.querySelectorAll("pre").forEach(code => {
    const around = code.closest("[class*=cell_]")?.className;
    const kinds = [...code.querySelectorAll("span")].map(word => `${word.className} in ${around}`);
    code.toggleAttribute("data-repeated", kinds.length && kinds.every(kind => seen.has(kind)));
    kinds.forEach(kind => seen.add(kind));
  });
  document.querySelectorAll("tbody").forEach(body => [...body.rows].forEach(
    (row, k) => row.toggleAttribute("data-repeated", k >= 20)));
}"""
REST = {"rules": {"color-contrast": {"enabled": False}}}
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


def problems_of(page, part="html", colours=True):
    """Return what axe has to say of a part of a page as it is: of its colours, and of all else.

    The words of figures are left to test_figures.py, which knows what is behind them.
    """
    page.evaluate(SHOWN)
    page.evaluate(REPEATED)
    within = {"include": [[part]]}
    found = Axe().run(page, context=within, options=OPTIONS | REST).response["violations"]
    within["exclude"] = [["[data-repeated]"], [".main-svg"]]
    if colours:
        found += Axe().run(page, context=within, options=CONTRAST).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for one in found
        for node in one["nodes"][:3]
    ]


def test_axe_finds_nothing(visited):
    problems = []
    # Open, all that can be seen when folded can be seen, too. So folded pages are looked at once,
    # and not at their colours.
    on_a_phone = visited.page.viewport_size["width"] == VIEWS["phone"][0]
    for opened in (False, True) if on_a_phone else (True,):
        visited.page.evaluate(ALL, opened)
        problems += problems_of(visited.page, colours=opened)
    visited.page.evaluate(ALL, False)
    visited.page.evaluate(OPEN)
    assert not problems, "\n".join(problems)


def test_axe_finds_what_is_wrong(contexts):
    """Also in a block of code, and of the second kind of block whose words are coloured alike."""
    page = contexts["desktop"].new_page()
    word = '<span class="k" style="color: {}">word</span>'
    block = '<div class="cell_{}"><pre>' + word + "</pre></div>"
    blocks = [block.format(*one) for one in (("a", "#000"), ("a", "#000"), ("b", "#ddd"))]
    row = "<tr><td style='color: {}'>cell</td></tr>"
    table = f"<table><tbody>{row.format('#ddd')}{row.format('#000') * 29}</tbody></table>"
    page.set_content(
        f"<html lang=en><title>A</title><main><img src=''>{''.join(blocks)}{table}</main>"
    )
    found = problems_of(page)
    kinds = [one.partition(":")[0] for one in found]
    assert kinds == ["image-alt", "color-contrast", "color-contrast"]
    assert page.locator("pre[data-repeated]").count() == 1
    assert page.locator("tr[data-repeated]").count() == 10
    page.close()


def test_a_page_has_its_figures_menus_and_tables(visited):
    drawn = f"{FIGURES} .js-plotly-plot:has(.main-svg)"
    found = [
        visited.page.locator(what).count() for what in (drawn, f"{FIGURES} select", ".board-table")
    ]
    assert tuple(found) == COUNTS.get(visited.name, (0, 0, 0))


def test_the_way_back_to_the_top_covers_nothing(visited):
    page = visited.page
    page.evaluate("scrollTo(0, 900)")
    page.evaluate("scrollTo(0, 400)")  # going up, the theme shows it over the text
    ends = "[article.getBoundingClientRect().bottom, back.getBoundingClientRect().top]"
    article, back = page.evaluate(
        "() => { const article = document.querySelector('article');"
        f" const back = document.getElementById('pst-back-to-top'); return {ends} }}"
    )
    assert article <= back
    page.evaluate("scrollTo(0, 0)")


def test_every_counted_page_is_visited():
    assert not COUNTS.keys() - set(VISITED)


def test_a_slider_and_a_menu_work_by_keyboard(visited):
    for kind in ("input[type=range]", "select"):
        named = visited.page.locator(f"figure[id] {FIGURES}:has({kind})")
        if not named.count():
            continue
        figure = named.first
        control = figure.locator(kind).first
        before, value, url = figure.evaluate(PICTURE), control.input_value(), visited.page.url
        last = control.get_attribute("max") or str(control.locator("option").count() - 1)
        there, back = ("Up", "Down") if kind == "select" else ("Left", "Right")
        if value != last:
            there, back = back, there
        control.focus()
        visited.page.keyboard.press(f"Arrow{there}")
        assert control.input_value() != value
        assert shows_something_new(figure, before), f"keys change nothing: {kind}"
        name = figure.locator("xpath=ancestor::figure[@id][1]").get_attribute("id")
        assert f"{name}=" in visited.page.url
        assert visited.page.url != url
        visited.page.keyboard.press(f"Arrow{back}")
        assert control.input_value() == value
    assert not visited.problems


def test_a_table_is_sorted_by_keyboard(visited):
    table = visited.page.locator(".board-table").first
    if not table.count():
        return
    table.scroll_into_view_if_needed()  # it is drawn when it comes into view
    head = table.locator("thead th").first
    seen = []
    for key in ("Enter", "Space"):
        head.locator("button").focus()
        visited.page.keyboard.press(key)
        seen.append((head.get_attribute("aria-sort"), table.locator("tbody tr").first.inner_text()))
    assert {sort for sort, _ in seen} == {"ascending", "descending"}
    assert seen[0][1] != seen[1][1]

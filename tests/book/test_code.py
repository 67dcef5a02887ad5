"""The built pages in a browser: code."""

from tests.book.common import CHAPTERS, SUB_PATH, visit

FOLDED = "div.cell details.above-input"


def test_only_experiments_show_their_code(visited):
    cells = visited.page.locator("div.cell:has(.cell_input)").evaluate_all(
        """cells => cells.map(cell => [cell.classList.contains("tag_experiment"),
        !cell.querySelector("details:not([open]) > .cell_input"),
        cell.querySelector(".cell_input").checkVisibility()])"""
    )
    assert all(is_experiment == is_open == seen for is_experiment, is_open, seen in cells)
    path = visited.page.url.split(f"{SUB_PATH}/")[1]
    if path in CHAPTERS:
        assert 1 <= visited.page.locator(".tag_experiment").count() <= 3


def test_no_shown_line_of_code_is_cut_off(visited):
    visited.page.locator(FOLDED).evaluate_all("all => all.forEach(one => { one.open = true })")
    cut = "all => all.filter(pre => pre.scrollWidth > pre.clientWidth).length"
    assert not visited.page.locator("div.cell_input pre").evaluate_all(cut)
    visited.page.locator(FOLDED).evaluate_all("all => all.forEach(one => { one.open = false })")


def test_folded_code_opens_by_keyboard(contexts, address):
    visited = visit(contexts["desktop"], address, CHAPTERS[0])
    visited.page.locator(f"{FOLDED} > summary").first.press("Enter")
    assert visited.page.locator(f"{FOLDED} .cell_input").first.is_visible()
    visited.page.close()


def test_a_switch_shows_all_code_and_is_remembered(browser, address):
    context = browser.new_context()
    for name, pressed in ((CHAPTERS[0], "false"), (CHAPTERS[1], "true")):
        visited = visit(context, address, name)
        switch = visited.page.get_by_role("button", name="Show all code")
        assert switch.get_attribute("aria-pressed") == pressed
        assert visited.page.locator(f"{FOLDED}:not([open])").count() == (
            visited.page.locator(FOLDED).count() if pressed == "false" else 0
        )
        switch.click()
        assert visited.page.locator(f"{FOLDED}[open]").count() == (
            visited.page.locator(FOLDED).count() if pressed == "false" else 0
        )
        assert not visited.problems
    context.close()


def test_the_switch_works_where_storage_is_blocked(browser, address):
    context = browser.new_context()
    context.add_init_script(
        "for (const name of ['getItem', 'setItem']) { const own = Storage.prototype[name];"
        " Storage.prototype[name] = function (key, ...rest) {"
        " if (key.startsWith('othello-gpt')) throw new Error('blocked');"
        " return own.call(this, key, ...rest) } }"
    )
    visited = visit(context, address, CHAPTERS[0])
    visited.page.get_by_role("button", name="Show all code").click()
    assert not visited.page.locator(f"{FOLDED}:not([open])").count()
    assert not visited.problems
    context.close()


def test_printing_shows_all_code(contexts, address):
    visited = visit(contexts["desktop"], address, CHAPTERS[0])
    visited.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not visited.page.locator(f"{FOLDED}:not([open])").count()
    visited.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not visited.page.locator(f"{FOLDED}[open]").count()
    visited.page.close()

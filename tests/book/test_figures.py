"""The built pages in a browser: figures."""

import re

from tests.book.common import FIGURES

# Everything that a figure says: what its traces, images, shapes and annotations have drawn.
PICTURE = """figure => [...figure.querySelectorAll(
  ".overplot, .imagelayer, .shapelayer, .annotation")].map(part => part.outerHTML).join("")"""
MARKS = """figure => [...figure.querySelectorAll(
  ".overplot :is(path, rect, image, text), .imagelayer image, .shapelayer path")].filter(mark => {
    const {width, height} = mark.getBoundingClientRect(); return width + height > 0 }).length"""
# The lowest contrast (WCAG 2) of a figure's words with the page behind them.
CONTRAST = """figure => {
  const luminance = colour => {
    const [r, g, b] = colour.match(/[0-9.]+/g).map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = luminance(getComputedStyle(document.body).backgroundColor);
  const words = [...figure.querySelectorAll(
    ".xtick text, .ytick text, .xtitle, .ytitle, .legendtext")]
    .map(text => getComputedStyle(text)).filter(style => style.fillOpacity > 0)
    .map(style => luminance(style.fill));
  return Math.min(21, ...words.map(
    own => (Math.max(page, own) + 0.05) / (Math.min(page, own) + 0.05)));
}"""
# Words that reach beyond the drawing or the screen, and words too small to read.
CUT = """figure => {
  const paper = figure.querySelector(".main-svg").getBoundingClientRect();
  return [...figure.querySelectorAll("text")].filter(text => {
    const {left, right, top, bottom, width} = text.getBoundingClientRect();
    return width && (left < Math.max(0, paper.left - 4)
      || right > Math.min(innerWidth, paper.right + 4)
      || top < paper.top - 4 || bottom > paper.bottom + 4);
  }).map(text => text.textContent);
}"""
SMALL = """figure => [...figure.querySelectorAll("text")].filter(text =>
  text.getBoundingClientRect().width && parseFloat(getComputedStyle(text).fontSize) < 11
  && getComputedStyle(text).fillOpacity > 0).map(text => text.textContent)"""

UNFOLD = "one => { while (one = one.parentElement?.closest('details')) one.open = true }"


def test_a_figure_shows_something_and_says_what(visited):
    for figure in visited.figures():
        assert figure.get_attribute("aria-label")
        assert figure.get_attribute("role") in ("img", "group")
        assert figure.evaluate(MARKS), figure.get_attribute("aria-label")


def test_no_word_of_a_figure_is_cut_off_or_tiny(visited):
    for figure in visited.figures():
        for fault in (CUT, SMALL):
            assert not figure.evaluate(fault), figure.get_attribute("aria-label")


def soon(figure, condition):
    """Return whether a condition holds for a figure within 20 seconds."""
    for _ in range(100):
        if condition(figure):
            return True
        figure.page.wait_for_timeout(200)
    return False


def shows_something_new(figure, before):
    return soon(figure, lambda figure: figure.evaluate(PICTURE) != before)


def test_a_figure_is_readable_in_both_modes(visited):
    for _ in range(2):
        for figure in visited.figures():
            label = figure.get_attribute("aria-label")
            assert soon(figure, lambda figure: figure.evaluate(CONTRAST) > 3), label
        visited.page.locator(":root").evaluate(
            "root => { root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark' }"
        )


def test_a_slider_changes_its_figure(visited):
    for figure in visited.figures():
        label = figure.get_attribute("aria-label")
        for i, slider in enumerate(figure.locator("input[type=range]").all()):
            at_end = slider.input_value() == slider.get_attribute("max")
            said, before = slider.get_attribute("aria-valuetext"), figure.evaluate(PICTURE)
            slider.press("Home" if at_end else "End")
            assert shows_something_new(figure, before), f"slider {i} changes nothing: {label}"
            assert slider.get_attribute("aria-valuetext") != said
            before = figure.evaluate(PICTURE)
            slider.press("ArrowRight" if at_end else "ArrowLeft")
            assert shows_something_new(figure, before), f"keys don't move slider {i}: {label}"
    assert not visited.problems


def test_a_menu_changes_its_figure(visited):
    for figure in visited.figures():
        for menu in figure.locator("select").all():
            before = figure.evaluate(PICTURE)
            options = menu.locator("option").count()
            assert options > 1
            menu.select_option(index=options - 1)
            label = figure.get_attribute("aria-label")
            assert shows_something_new(figure, before), f"the menu changes nothing: {label}"
    assert not visited.problems


def test_what_a_figure_shows_is_in_the_address(visited):
    named = visited.page.locator(f"figure[id] {FIGURES}:has(input[type=range])")
    if not named.count():
        return
    figure = named.first
    slider = figure.locator("input[type=range]").first
    slider.press("Home" if slider.input_value() != "0" else "End")
    said, url = slider.get_attribute("aria-valuetext"), visited.page.url
    assert "?fig-" in url
    again = visited.page.context.new_page()
    again.goto(url)
    name = re.search(r"[?&](fig-[\w-]+)=", url)[1]
    again.locator(f"#{name}").evaluate(UNFOLD)
    restored = again.locator(f"#{name} {FIGURES}:not([aria-busy]):has(input[type=range])").first
    restored.wait_for()
    assert restored.locator("input[type=range]").first.get_attribute("aria-valuetext") == said
    again.close()


def test_a_table_is_sorted_searched_and_opened(visited):
    for table in visited.page.locator(".board-table").all():
        table.scroll_into_view_if_needed()  # it is drawn when it comes into view
        rows, by_name = table.locator("tbody tr"), table.locator("thead button").first
        seen = []
        for _ in range(2):  # up, then down
            by_name.click()
            seen.append(rows.first.inner_text())
        assert seen[0] != seen[1]
        rows.first.locator("button").click()
        table.locator(".card-boards svg rect.cell").first.wait_for()
        search = table.locator("input[type=search]")
        search.fill("no such row")
        assert not rows.count()
        search.fill(seen[1].split()[0])
        assert rows.first.inner_text() == seen[1]
    assert not visited.problems

"""The built pages in a browser: figures."""

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
    ".xtick text, .ytick text, .xtitle, .ytitle, .legendtext, .slider-group text")]
    .map(text => getComputedStyle(text)).filter(style => style.fillOpacity > 0)
    .map(style => luminance(style.fill));
  return Math.min(21, ...words.map(
    own => (Math.max(page, own) + 0.05) / (Math.min(page, own) + 0.05)));
}"""


def test_a_figure_shows_something_and_says_what(visited):
    for figure in visited.figures():
        assert figure.get_attribute("aria-label")
        assert figure.get_attribute("role") in ("img", "group")
        assert figure.evaluate(MARKS), figure.get_attribute("aria-label")


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
        for i, rail in enumerate(figure.locator(".slider-rail-touch-rect").all()):
            active = figure.evaluate(f"f => f.lastChild.layout.sliders[{i}].active ?? 0")
            place, key = (0.95, ("ArrowLeft", "ArrowDown")[i])
            if active:
                place, key = (0.05, ("ArrowRight", "ArrowUp")[i])
            rail.scroll_into_view_if_needed()
            box = rail.bounding_box()
            before = figure.evaluate(PICTURE)
            visited.page.mouse.click(box["x"] + place * box["width"], box["y"] + box["height"] / 2)
            assert shows_something_new(figure, before), f"slider {i} changes nothing: {label}"
            before = figure.evaluate(PICTURE)
            figure.press(key)
            assert shows_something_new(figure, before), f"keys don't move slider {i}: {label}"
    assert not visited.problems


def test_a_menu_changes_its_figure(visited):
    for figure in visited.figures():
        if not figure.locator(".updatemenu-header").count():
            continue
        before = figure.evaluate(PICTURE)
        figure.locator(".updatemenu-header").click()
        options = figure.locator(".updatemenu-dropdown-button")
        assert options.count() > 1
        options.last.click()
        label = figure.get_attribute("aria-label")
        assert shows_something_new(figure, before), f"the menu changes nothing: {label}"
    assert not visited.problems


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

"""The built pages, opened in a headless browser from a server on loopback, under a sub-path."""

import functools
import http.server
import re
import subprocess
import sysconfig
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from browser import launched
from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"
SUB_PATH = "some/where"

VIEWS = {  # name: width, height, mode of the theme
    "desktop": (1280, 1000, "light"),
    "phone": (390, 844, "dark"),
}

FIGURES = ".plotly-figure"
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


def toc_files(entry):
    """Yield the files of a table of contents, in its order."""
    for key in ("root", "file"):
        if key in entry:
            yield entry[key]
    for key in ("parts", "chapters", "sections"):
        for child in entry.get(key, []):
            yield from toc_files(child)


TOC = list(toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text())))
PAGES = [str(Path(file).with_suffix(".html")) for file in TOC]


def test_the_table_of_contents_is_complete():
    sources = [path for suffix in ("md", "py") for path in (ROOT / "book").glob(f"*.{suffix}")]
    assert {Path(file).stem for file in TOC} == {path.stem for path in sources}


@pytest.fixture(scope="module")
def site():
    """The site as `make book` builds it; nothing is executed that hasn't changed."""
    command = [Path(sysconfig.get_path("scripts")) / "jupyter-book", "build", ".", "-W"]
    result = subprocess.run(
        [*command, "--keep-going"], cwd=ROOT, capture_output=True, text=True, timeout=1500
    )
    assert result.returncode == 0, (result.stdout + result.stderr)[-8000:]
    return SITE


@pytest.fixture(scope="module")
def address(site, tmp_path_factory):
    root = tmp_path_factory.mktemp("host")
    (root / SUB_PATH).parent.mkdir(parents=True)
    (root / SUB_PATH).symlink_to(site)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            # The root is a bare redirect: for it the browser asks for the host's icon, not ours.
            if self.path == "/favicon.ico":
                self.send_response(204)
                self.end_headers()
            else:
                super().do_GET()

        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=root)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{SUB_PATH}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


@dataclass
class Visit:
    """A page in the browser, and what went wrong on the way to it."""

    page: Page
    problems: list[str] = field(default_factory=list)

    def open(self, url, host):
        page, note = self.page, self.problems.append
        page.on("console", lambda m: m.type == "error" and note(f"console: {m.text}"))
        page.on("pageerror", lambda error: note(f"script: {error}"))
        own = (host, "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(own) or note(f"request to {r.url}"))
        page.on("requestfailed", lambda r: note(f"failed: {r.url}"))
        page.on("response", lambda r: r.status >= 400 and note(f"{r.status}: {r.url}"))
        page.goto(url, wait_until="networkidle")
        return self

    def figures(self):
        return self.page.locator(FIGURES).all()


@pytest.fixture(scope="module")
def contexts(browser):
    """One browser context per view: its pages share a cache, as a reader's do."""
    contexts = {}
    for view, (width, height, mode) in VIEWS.items():
        contexts[view] = browser.new_context(viewport={"width": width, "height": height})
        contexts[view].add_init_script(f"localStorage.mode = localStorage.theme = '{mode}'")
        contexts[view].set_default_timeout(60_000)
    return contexts


def visit(context, address, name):
    host = re.match(r"https?://[^/]+/", address)[0]
    return Visit(context.new_page()).open(f"{address}/{name}", host)


@pytest.fixture(scope="module", params=[f"{name} {view}" for name in PAGES for view in VIEWS])
def visited(request, contexts, address):
    name, view = request.param.split()
    visited = visit(contexts[view], address, name)
    visited.page.wait_for_function("!document.querySelector('[aria-busy]')")
    yield visited
    visited.page.close()


def test_a_page_opens_without_a_problem(visited):
    assert not visited.problems


def test_a_page_is_as_wide_as_the_screen(visited):
    widths = visited.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]


def test_links_within_the_book_lead_somewhere(visited, site, address):
    links = visited.page.evaluate("[...document.links].map(link => link.href.split('#')[0])")
    inside = {link.removeprefix(address) for link in links if link.startswith(address)}
    assert not [link for link in inside if not (site / link.lstrip("/")).exists()]


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


CHAPTERS = [name for name, file in zip(PAGES, TOC, strict=True) if file.endswith(".py")][1:]
FOLDED = "div.cell details.above-input"


def test_only_experiments_show_their_code(visited):
    shut = "details:not([open]) > .cell_input"
    for cell in visited.page.locator("div.cell:has(.cell_input)").all():
        is_experiment = "tag_experiment" in cell.get_attribute("class")
        assert cell.locator(shut).count() == (not is_experiment)
        assert cell.locator(".cell_input").is_visible() == is_experiment
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


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_small(site, name):
    assert (site / name).stat().st_size < 1_000_000


def test_the_root_leads_to_the_first_page(contexts, address):
    visited = visit(contexts["desktop"], address, "")
    visited.page.wait_for_url(f"{address}/{PAGES[0]}")
    assert not visited.problems


def test_search_finds_a_word(contexts, address):
    visited = visit(contexts["desktop"], address, "search.html")
    visited.page.locator("input[name=q]:visible").first.fill("Othello")
    visited.page.keyboard.press("Enter")
    visited.page.locator("#search-results li a").first.wait_for()
    assert not visited.problems

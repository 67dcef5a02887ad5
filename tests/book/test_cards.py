"""The built pages in a browser: cards of neurons and heads."""

import re

import pytest

from tests.book.common import OPEN, VIEWS, visit

KINDS = {"neuron": ("L7 N35", "N", 512), "head": ("L3 H5", "H", 8)}


def card(contexts, address, name, view="desktop"):
    visited = visit(contexts[view], address, f"book/{name}")
    visited.page.wait_for_function(
        "document.querySelector('.card-body').childElementCount"
        " || document.querySelector('.card-status').textContent"
    )
    return visited


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.mark.parametrize("view", VIEWS)
def test_an_address_shows_its_card(contexts, address, kind, view):
    name, _, _ = KINDS[kind]
    visited = card(contexts, address, f"{kind}.html#{name.replace(' ', '')}", view)
    page = visited.page
    page.locator(".card-body h2").wait_for()
    assert page.locator(".card-body h2").inner_text() == f"{kind.capitalize()} {name}"
    assert name in page.title()
    boards = page.locator(".card-body svg[role=img]")
    assert boards.count() >= 4
    assert all(board.get_attribute("aria-label") for board in boards.all())
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
    assert not visited.problems
    page.close()


def test_the_card_says_what_the_best_neuron_does(contexts, address):
    visited = card(contexts, address, "neuron.html#L7N35")
    text = visited.page.locator(".card-body").inner_text()
    assert "B3 is legal. F1 0.99" in text
    assert re.search(r"Lowers most: B3 \u2212\d", text)
    assert "Most active when B3 empty" in text
    visited.page.close()


def test_the_top_position_opens_on_the_live_board(contexts, address):
    visited = card(contexts, address, "neuron.html#L7N35")
    page = visited.page
    position = page.locator(".card-boards").last.locator("figure").first
    shown = position.locator("svg").get_attribute("aria-label")
    played = int(re.search(r"after move (\d+)", position.inner_text())[1])
    position.locator("a").click()
    page.wait_for_selector(".live-cell")
    assert page.get_by_label("Move", exact=True).input_value() == str(played)
    cells = page.locator(".live-figure").first.locator(".live-cell")
    discs = cells.evaluate_all(
        "all => all.map(one => one.classList.contains('black') || one.classList.contains('white'))"
    )
    assert sum(discs) == played + 4 == len(re.findall(r"[A-F][1-6]", shown)) - 1  # the last move
    assert not visited.problems
    page.close()


def test_without_a_name_all_are_listed_and_linked(contexts, address, kind):
    visited = card(contexts, address, f"{kind}.html")
    page, (_, letter, width) = visited.page, KINDS[kind]
    layers = page.locator(".card-body details")
    assert layers.count() == 8
    if kind == "neuron":
        layers.nth(7).locator("summary").click()
    rows = layers.nth(7).locator("tbody tr")
    rows.first.wait_for()
    assert rows.count() == width
    page.get_by_label("Order by").select_option("number")
    assert rows.first.locator("a").inner_text() == f"L7 {letter}0"
    rows.nth(4).locator("a").click()
    page.locator(".card-body h2").wait_for()
    assert page.url.endswith(f"#L7{letter}4")
    assert page.locator(".card-body h2").inner_text().endswith(f"L7 {letter}4")
    assert not visited.problems
    page.close()


def test_form_links_and_arrow_keys_go_to_other_cards(contexts, address, kind):
    _, letter, width = KINDS[kind]
    page = card(contexts, address, f"{kind}.html#L0{letter}{width - 1}").page
    heading = page.locator(".card-body h2")

    def shows(name):
        page.wait_for_function(
            "name => document.querySelector('.card-body h2')?.textContent.endsWith(name)", arg=name
        )

    page.keyboard.press("ArrowRight")
    shows(f"L1 {letter}0")
    page.get_by_text("← previous").click()
    shows(f"L0 {letter}{width - 1}")
    page.get_by_label("Layer", exact=True).fill("6")
    page.get_by_label(kind.capitalize(), exact=True).fill("3")
    page.keyboard.press("ArrowLeft")  # in a field: it moves the caret
    page.keyboard.press("Enter")
    shows(f"L6 {letter}3")
    page.go_back()
    shows(f"L0 {letter}{width - 1}")
    page.get_by_text(f"all {kind}s", exact=True).click()
    heading.wait_for(state="detached")
    page.close()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("#L9N1", "There is no neuron L9 N1: layers are 0 to 7, neurons 0 to 511."),
        ("#L1N999", "There is no neuron L1 N999: layers are 0 to 7, neurons 0 to 511."),
        ("#<img src=x onerror=alert(1)>", "The address names no neuron"),
        ("#%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "The address names no neuron"),
        ("#%E0%A4%A", "The address names no neuron"),
        ("#L99999999999999999999N1", "There is no neuron"),
        ("#constructor", "The address names no neuron"),
    ],
)
def test_an_unknown_address_is_told_so_and_stays_text(contexts, address, wrong, says):
    visited = card(contexts, address, f"neuron.html{wrong}")
    page = visited.page
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    status = page.locator(".card-status").inner_text()
    assert status.startswith(says)
    assert page.locator(".address-cards img, .address-cards script").count() == 0
    assert page.locator(".card-body").inner_text() == ""
    page.close()


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ("L7+N35", "book/neuron.html#L7N35"),
        ("l7n35", "book/neuron.html#L7N35"),
        ("L7+N035", "book/neuron.html#L7N35"),
        ("neuron+L7+N35", "book/neuron.html#L7N35"),
        ("L3H5", "book/head.html#L3H5"),
        ("head+L3+H5", "book/head.html#L3H5"),
        ("head+3.5", "book/head.html#L3H5"),
    ],
)
def test_a_search_for_a_name_finds_its_card_and_nothing_else(contexts, address, query, link):
    visited = visit(contexts["desktop"], address, f"search.html?q={query}")
    found = visited.page.locator("#search-results a")
    found.first.wait_for()
    assert [one.evaluate("link => link.href") for one in found.all()] == [f"{address}/{link}"]
    found.first.click()
    visited.page.locator(".card-body h2").wait_for()
    assert not visited.problems
    visited.page.close()


def test_other_searches_are_as_they_were(contexts, address):
    visited = visit(contexts["desktop"], address, "search.html?q=neuron+L9+N1")
    visited.page.locator("#search-results .search-summary").wait_for()
    assert visited.page.locator("#search-results a[href*='#L9']").count() == 0
    visited.page.goto(f"{address}/search.html?q=attention")
    visited.page.locator("#search-results li a").nth(1).wait_for()
    assert not visited.problems
    visited.page.close()


@pytest.mark.parametrize("chapter", ["neurons", "attention"])
def test_names_in_a_chapter_lead_to_cards_that_exist(contexts, address, site, chapter):
    visited = visit(contexts["desktop"], address, f"book/{chapter}.html")
    links = visited.page.locator("a.card-link").evaluate_all("all => all.map(one => one.href)")
    names = {link.partition("#")[2] for link in links} - {""}
    assert len(names) >= 5
    for name in names:
        layer, number = map(int, re.fullmatch(r"L(\d+)[NH](\d+)", name).groups())
        assert layer < 8
        assert number < (512 if "N" in name else 8)
    visited.page.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_the_chapters_table_leads_to_its_card(contexts, address, kind):
    name, *_ = KINDS[kind]
    chapter = {"neuron": "neurons", "head": "attention"}[kind]
    page = visit(contexts["desktop"], address, f"book/{chapter}.html").page
    page.evaluate(OPEN)
    table = page.locator(".board-table").last
    table.scroll_into_view_if_needed()  # it is drawn when it comes into view
    table.locator("input").fill(name)
    table.get_by_role("button", name=name, exact=True).click()
    link = table.get_by_role("link", name=f"The card of {name}")
    link.wait_for()
    assert link.evaluate("a => a.href") == f"{address}/book/{kind}.html#{name.replace(' ', '')}"
    page.close()


def test_files_of_cards_are_small(site):
    files = list((site / "tables").glob("neuron-[0-7].js"))
    assert len(files) == 8
    assert max(file.stat().st_size for file in files) < 400_000

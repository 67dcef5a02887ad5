"""The live board in the built book: everyone can read and work its states; cards are linked."""

import re

import pytest

from tests.book.common import VIEWS
from tests.book.test_access import problems_of

WHAT_CHANGES = ".live-board"
BOARD = "document.querySelector('.live-board').board"


@pytest.fixture(scope="module", params=VIEWS)
def live(contexts, address, request):
    page = contexts[request.param].new_page()
    page.goto(f"{address}/book/play.html", wait_until="networkidle")
    page.wait_for_selector("button.live-cell")
    page.evaluate(f"{BOARD}.wake()")
    page.wait_for_function(f"{BOARD}.network")
    yield page
    page.close()


def test_axe_finds_nothing_in_any_state(live):
    assert not problems_of(live)
    live.locator(".live-mind .live-cell.black").first.click()
    assert live.locator(".live-mind .edited").count() == 1
    assert not problems_of(live, WHAT_CHANGES)
    live.get_by_label("A part of the network").select_option("3.5")
    live.get_by_label("silence it").check()
    live.get_by_label("freeze all attention").check()
    live.locator(".live-neurons input[type=checkbox]").first.check()
    assert not problems_of(live, WHAT_CHANGES)
    live.get_by_label("Moves", exact=True).fill("B4 A1")
    live.keyboard.press("Enter")
    assert "illegal" in live.locator(".live-message").inner_text()
    assert not problems_of(live, WHAT_CHANGES)
    for part in (".live-neurons", ".live-heads"):
        live.locator(f"{part} summary").click()
    assert live.locator(".live-look:visible").count() == 0
    assert not problems_of(live, WHAT_CHANGES)
    for part in (".live-neurons", ".live-heads"):
        live.locator(f"{part} summary").click()


def test_axe_finds_nothing_in_the_tour(live):
    live.get_by_role("button", name="Take the tour").click()
    steps = 0
    while live.locator(".live-tour:visible").count():
        assert not problems_of(live, WHAT_CHANGES)
        live.locator(".live-tour button").first.click()
        steps += 1
    assert steps == 7


def test_active_neurons_have_a_rule_and_a_card(live):
    live.get_by_label("After the attention of layer").fill("7")
    live.wait_for_function(
        """[...document.querySelectorAll('.live-neurons tbody tr')].every(
        row => row.cells[3].textContent)"""
    )
    rows = live.locator(".live-neurons tbody tr")
    links = [row.get_by_role("link") for row in rows.all()]
    names = [link.inner_text() for link in links]
    assert sum(name.startswith("L7 N") for name in names) >= 6
    says = rows.first.locator("td").last.inner_text()
    address = links[0].get_attribute("href")
    assert re.search(r"/neuron\.html#L7N\d+$", address)
    card = live.context.new_page()
    card.goto(address)
    card.wait_for_selector(".card-body h2")
    assert card.locator(".card-body h2").inner_text() == f"Neuron {names[0]}"
    assert says.removeprefix("most active when ") in card.locator(".card-body").inner_text()
    card.close()


def test_a_head_has_a_card(live):
    live.get_by_label("A part of the network").select_option("2.6")
    assert (
        live.get_by_role("link", name="its card").get_attribute("href").endswith("head.html#L2H6")
    )


def boards(page):
    """Return where the page has its boards: their squares are buttons once scripts have come."""
    return [one.bounding_box() for one in page.locator(".live-figure .live-grid").all()]


@pytest.mark.parametrize("name", ["index", "play"])
def test_the_game_wakes_where_the_page_has_painted_it(contexts, address, name):
    """It is part of the page and painted with it: what scripts put there takes its very place."""
    found = []
    for asleep in (True, False):
        page = contexts["desktop"].new_page()
        if asleep:
            page.route("**/play/play.js", lambda route: route.abort())
        page.goto(f"{address}/book/{name}.html", wait_until="networkidle")
        page.locator(f"{'div' if asleep else 'button'}.live-cell").first.wait_for()
        found.append(boards(page))
        page.close()
    assert len(found[0]) == len(found[1]) == 3
    for painted, awake in zip(*found, strict=True):
        assert painted == pytest.approx(awake, abs=1)


@pytest.mark.parametrize("page", ["index", "play"])
def test_the_game_is_there_without_scripts(browser, address, page):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    visited = context.new_page()
    visited.goto(f"{address}/book/{page}.html")
    assert visited.locator(".live-cell:visible").count() == 3 * 36
    assert visited.get_by_role("img", name="The game, after").is_visible()
    context.close()


def test_the_game_is_on_the_first_screen_of_a_phone(contexts, address):
    page = contexts["phone"].new_page()
    page.goto(f"{address}/book/index.html", wait_until="networkidle")
    page.wait_for_selector("button.live-cell")
    board = boards(page)[0]
    assert board["y"] + board["height"] <= page.viewport_size["height"] + 20
    page.close()


def test_the_hero_answers_a_click_in_sight(contexts, address):
    """Also on a phone: the board inside and the next move side by side, the game above."""
    for view in VIEWS:
        page = contexts[view].new_page()
        page.goto(f"{address}/book/index.html", wait_until="networkidle")
        hint = page.locator(".live-mind .hint")
        hint.wait_for()
        boxes = [figure.bounding_box() for figure in page.locator(".live-figure").all()]
        assert boxes[1]["y"] == pytest.approx(boxes[2]["y"], abs=40)
        assert min(box["width"] for box in boxes) > 150
        hint.click()
        page.wait_for_function(f"{BOARD}.network")
        assert page.locator(".live-figure:nth-child(3) .changed").count() >= 1
        assert "In its mind" in page.locator(".live-message").inner_text()
        assert not problems_of(page)
        page.close()

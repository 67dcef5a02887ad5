"""Proof of ``othello_gpt.play``: what a newcomer meets first, and how surprises and the tour go."""

import re

import pytest

BOARD = "document.querySelector('.live-board').board"


def message(page):
    return page.locator(".live-message").inner_text()


def counted(page):
    """Return how many moves the written board allows, and how many of them are chosen."""
    told = page.locator(".live-verdict").inner_text()
    return tuple(map(int, re.search(r"the (\d+) moves.*?, (\d+) are", told).groups()))


def in_sight(page, selector):
    return page.locator(selector).evaluate(
        """one => { const { top, bottom } = one.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight; }"""
    )


def test_tables_are_full_before_the_weights_come(page):
    """And say the same once they have come."""
    assert not page.evaluate(f"{BOARD}.network")
    looks = "all => all.map(one => one.getAttribute('aria-label').split(/: | /))"
    names = page.locator(".live-neurons tbody input")
    before = page.locator(".live-look").evaluate_all(looks)
    named = [box.get_attribute("name") for box in names.all()]
    assert len(before) == 64
    assert len(named) == 6
    page.evaluate(f"{BOARD}.wake()")
    page.wait_for_function(f"{BOARD}.network")
    after = page.locator(".live-look").evaluate_all(looks)
    shares = [[int(look[6].strip("%,")) for look in all_looks] for all_looks in (before, after)]
    assert max(abs(a - b) for a, b in zip(*shares, strict=True)) <= 1
    again = [box.get_attribute("name") for box in names.all()]
    assert len(set(named) & set(again)) >= 5  # but for near ties


def test_what_is_not_known_yet_says_so(browser, address):
    page = browser.new_page()
    page.route("**/network.bin", lambda route: route.abort())
    page.goto(address)
    page.wait_for_selector("button.live-cell")
    page.get_by_label("Move", exact=True).press("ArrowLeft")
    for part in (".live-neurons", ".live-heads"):
        assert "as soon as the network is loaded" in page.locator(f"{part} .live-note").inner_text()
    page.close()


def test_a_newcomer_is_shown_a_disc_to_click_and_the_network_follows(page):
    assert page.locator(".live-mind .hint").count() == 1
    square = page.locator(".hint").get_attribute("aria-label")[:2]
    assert square in message(page)
    before = page.locator(".live-figure").first.locator("button").all_inner_texts()
    page.locator(".hint").click()
    page.wait_for_function(f"{BOARD}.network")
    n, hits = counted(page)
    assert n == hits
    assert f"In its mind, {square} is" in message(page)
    assert page.locator(".hint").count() == 0
    assert page.locator(".live-figure").first.locator("button").all_inner_texts() == before


@pytest.mark.parametrize("colour", ["black", "white"])
def test_a_click_turns_a_second_erases_a_third_undoes(awake, colour):
    mind = awake.locator(".live-mind button.live-cell")
    labels = mind.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    place = next(
        i
        for i, label in enumerate(labels)
        if f", {colour}" in label and label[:2] not in ("C3", "D3", "C4", "D4")
    )
    seen = []
    for _ in range(3):
        mind.nth(place).click()
        seen.append(mind.nth(place).get_attribute("aria-label").split(", ")[1])
    assert seen == [{"black": "white", "white": "black"}[colour], "empty", colour]


def test_surprises_show_an_edit_that_works_and_one_that_does_not(awake):
    whole = awake.evaluate(f"{BOARD}.state.moves.length")
    awake.get_by_role("button", name="An edit that works").click()
    awake.wait_for_function(f"Object.keys({BOARD}.state.edits).length")
    n, hits = counted(awake)
    assert n == hits
    awake.get_by_role("button", name="Undo edits").click()
    awake.get_by_role("button", name="One that doesn't").click()
    awake.wait_for_function(f"Object.keys({BOARD}.state.edits).length")
    n, hits = counted(awake)
    assert hits < n
    assert re.search(r"fails\. It prefers .*, illegal on the written board, to ", message(awake))
    assert re.search(r"legal before|illegal before", message(awake))
    assert awake.locator(".live-mind .edited").count() >= 1
    awake.wait_for_timeout(600)  # it scrolls there
    for part in (".live-mind .live-grid", ".live-message"):
        assert in_sight(awake, part)
    awake.get_by_role("button", name="Undo edits").click()
    assert awake.evaluate(f"{BOARD}.state.moves.length") == whole  # the game goes on as it did


def test_a_dose_of_nothing_changes_nothing(awake):
    before = awake.evaluate(f"Array.from({BOARD}.ask().chances)")
    awake.locator(".hint").click()
    awake.get_by_label("Dose").fill("0")
    assert awake.evaluate(f"Array.from({BOARD}.ask().chances)") == pytest.approx(before)
    awake.get_by_label("Dose").fill("1")
    assert awake.evaluate(f"Array.from({BOARD}.ask().chances)") != pytest.approx(before, abs=0.02)


def test_the_tour_has_seven_steps_and_is_left_by_escape(page):
    page.get_by_role("button", name="Take the tour").focus()
    page.keyboard.press("Enter")
    said = set()
    for step in range(1, 8):
        said.add(page.locator(".live-tour p").inner_text())
        assert f"{step} of 7" in page.locator(".live-tour p").inner_text()
        assert page.locator(".lit").count() == 1
        page.keyboard.press("Enter")
    assert len(said) == 7
    assert page.locator(".live-tour").is_hidden()
    page.keyboard.press("Enter")  # the button that began it has the focus again
    page.keyboard.press("Escape")
    assert page.locator(".live-tour").is_hidden()
    assert page.locator(".lit").count() == 0


def test_nothing_moves_for_who_wants_nothing_to_move(browser, address):
    moving = {}
    for motion in ("reduce", "no-preference"):
        context = browser.new_context(reduced_motion=motion)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(".hint")
        moving[motion] = page.evaluate(
            """[...document.querySelectorAll(".live-board, .live-board *")].map(
            one => getComputedStyle(one).animationName).filter(name => name !== "none").length"""
        )
        context.close()
    assert moving["reduce"] == 0 < moving["no-preference"]


def test_illegal_moves_are_played_and_taken_back(awake):
    awake.get_by_role("button", name="New game").click()
    awake.get_by_label("let me make illegal moves").check()
    awake.locator(".live-figure").first.locator("button").nth(35).click()
    told = awake.locator(".live-verdict").inner_text()
    assert "F6 (move 1)" in told
    assert "illegal=yes" in awake.url
    awake.get_by_label("let me make illegal moves").uncheck()
    assert awake.evaluate(f"{BOARD}.state.moves") == []


def test_a_mistyped_game_stays_to_be_mended(page):
    moves = page.get_by_label("Moves", exact=True)
    for wrong, says in (("B4 Z9", '"Z9" is no square'), ("B4 A1", "Move 2, A1, is illegal")):
        moves.fill(wrong)
        moves.press("Enter")
        assert says in message(page)
        assert moves.input_value() == wrong

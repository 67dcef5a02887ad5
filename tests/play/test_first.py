"""Proof of ``othello_gpt.play``: what a newcomer meets first, and how surprises and the tour go."""

import re

import pytest

BOARD = "document.querySelector('.live-board').board"


def message(page):
    return page.locator(".live-message").inner_text()


def counted(page):
    """Return how many moves the written board allows, and how many of them are chosen."""
    told = page.locator(".live-verdict").inner_text()
    if one := re.search(r"The one move that the written board allows (is|isn't)", told):
        return 1, int(one[1] == "is")
    return tuple(map(int, re.search(r"the (\d+) moves.*?, (\d+) (?:are|is)", told).groups()))


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


SIZES = [(1280, 1000), (390, 844)]


def pressed(page, name):
    """Press a button with a mouse, as slowly as a hand does: it mustn't move meanwhile."""
    page.get_by_role("button", name=name).scroll_into_view_if_needed()
    box = page.get_by_role("button", name=name).bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 4)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.mouse.up()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_its_own_move_comes_at_the_first_click(page, address, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.reload()
    page.wait_for_selector("button.live-cell")
    ply = page.evaluate(f"{BOARD}.state.ply")
    page.route("**/network.bin", lambda route: (page.wait_for_timeout(800), route.continue_()))
    pressed(page, "Its own move")
    assert "Loading the network" in message(page)
    page.wait_for_function(f"{BOARD}.network && {BOARD}.state.ply === {ply + 1}")
    assert "The network's move: " in message(page)
    best = page.evaluate(
        f"""() => {{ const {{ mind, state }} = {BOARD};
        const {{ chances }} = mind.wonder(state, {{ ply: state.ply - 1 }});
        return [state.moves.at(-1), Othello.PLAYABLE.reduce((a, b) =>
          chances[Othello.tokenOf(b)] > chances[Othello.tokenOf(a)] ? b : a)]; }}"""
    )
    assert best[0] == best[1]


@pytest.mark.parametrize("name", ["An edit that works", "One that doesn't"])
def test_surprises_come_at_the_first_click(page, name):
    pressed(page, name)
    page.wait_for_function(f"Object.keys({BOARD}.state.edits).length")
    n, hits = counted(page)
    assert (hits == n) == (name == "An edit that works")


def test_a_silence_and_a_step_come_at_the_first_touch(page):
    page.locator(".live-neurons input[type=checkbox]").first.check()
    page.wait_for_function(f"{BOARD}.network")
    assert "Silent: L" in page.locator(".live-verdict").inner_text()
    page.reload()
    page.wait_for_selector("button.live-cell")
    page.get_by_label("Move", exact=True).fill("9")
    assert page.evaluate(f"{BOARD}.state.ply") == 9


def test_a_button_says_that_the_network_cannot_be_had(browser, address):
    page = browser.new_page()
    page.route("**/network.bin", lambda route: route.abort())
    page.goto(address)
    page.get_by_role("button", name="Its own move").click()
    page.wait_for_function(f"{BOARD}.failed")
    assert "press again" in message(page)
    page.close()


@pytest.mark.parametrize("name", ["An edit that works", "One that doesn't"])
def test_a_game_that_has_none_is_left_for_one_that_has(awake, name):
    awake.get_by_role("button", name="New game").click()
    awake.get_by_role("button", name=name).click()
    awake.wait_for_function(f"Object.keys({BOARD}.state.edits).length")
    assert "so this is another game" in message(awake)
    n, hits = counted(awake)
    assert (hits == n) == (name == "An edit that works")
    awake.get_by_role("button", name="Undo edits").click()
    assert awake.evaluate(f"[{BOARD}.state.moves.length, {BOARD}.state.ply]") == [0, 0]
    assert "your own game again" in message(awake)


def test_the_known_failure_fails_and_others_are_found_without_it(awake):
    found = awake.evaluate(
        f"""async () => {{ const {{ elsewhere }} = await import("./play/surprise.js");
        const {{ mind, state }} = {BOARD};
        return [await elsewhere(mind, state, false),
          await elsewhere(mind, state, false, [])]; }}"""
    )
    assert len(found[0]["moves"]) == found[0]["at"] == 12
    assert found[1]["edits"]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_boards_have_names_of_columns_and_rows(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    for board in page.locator(".live-figure").all():
        names = board.locator(".live-frame span")
        assert names.all_inner_texts() == list("ABCDEF123456")
        sizes = names.evaluate_all(
            "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 11
        cells = board.locator(".live-cell")
        for i in range(6):
            column, line = names.nth(i).bounding_box(), names.nth(6 + i).bounding_box()
            above, beside = cells.nth(i).bounding_box(), cells.nth(6 * i).bounding_box()
            middle = above["x"] + above["width"] / 2
            assert column["x"] + column["width"] / 2 == pytest.approx(middle, abs=2)
            assert column["y"] + column["height"] <= above["y"]
            middle = beside["y"] + beside["height"] / 2
            assert line["y"] + line["height"] / 2 == pytest.approx(middle, abs=2)
            assert line["x"] + line["width"] <= beside["x"]


def test_a_disc_of_the_game_says_where_discs_are_turned(page):
    page.locator(".live-figure").first.locator(".live-cell.black").first.click()
    assert message(page).endswith("To turn a disc in its mind, click it on the board inside.")


def test_an_empty_square_inside_is_written_on(awake):
    empty = awake.locator(".live-mind .live-cell:not(.black, .white)").first
    square = empty.get_attribute("aria-label")[:2]
    empty.click()
    assert f"{square} is" in message(awake)
    assert awake.locator(".live-mind .edited").count() == 1


def test_one_legal_move_is_spoken_of_as_one(awake):
    told = awake.evaluate(
        f"""async () => {{ const {{ verdict }} = await import("./play/words.js");
        const {{ mind, state }} = {BOARD}, told = [];
        for (let ply = 1; ply <= 31; ply++)
          told.push(verdict(mind, {{ ...state, ply }}, mind.wonder(state, {{ ply }})));
        return told; }}"""
    )
    assert not [one for one in told if re.search(r"\b1 (legal )?moves|\b1 are|first 1 ", one)]
    assert any("The one legal move is its first choice." in one for one in told)


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

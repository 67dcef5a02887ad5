"""Proof of ``othello_gpt.play``: the live board as a reader meets it."""

import functools
import html
import re
from pathlib import Path

import pytest
import torch

from othello_gpt import attention, game

ROOT = Path(__file__).parent.parent.parent


def test_a_click_turns_a_disc_in_the_networks_mind_and_the_address_keeps_it(page, address):
    before = page.locator(".live-verdict").inner_text()
    page.locator(".live-mind .live-cell.black").first.click()
    page.wait_for_function("document.querySelector('.live-mind .edited')")
    page.wait_for_function("document.querySelector('.live-board').board.network")
    assert page.locator(".live-verdict").inner_text() != before
    shared = page.url
    assert "edit=" in shared
    page.goto("about:blank")
    page.goto(shared)
    page.wait_for_function("document.querySelector('.live-board').board?.network")
    assert page.locator(".live-mind .edited").count() == 1


def test_a_head_is_looked_at_and_silenced(page):
    chances = ".live-figure:nth-child(3) .live-cell"
    page.get_by_label("A part of the network").select_option("0.mlp")
    page.wait_for_function("document.querySelector('.live-board').board.network")
    before = page.locator(chances).all_inner_texts()
    page.get_by_label("silence it").check()
    assert page.locator(chances).all_inner_texts() != before
    page.get_by_label("A part of the network").select_option("0.3")
    told = page.evaluate(
        """() => { const { board } = document.querySelector('.live-board');
        return Object.values(board.looks(board.ask())).reduce((a, b) => a + b, 0); }"""
    )
    assert told == pytest.approx(1)


def chances(page):
    return page.locator(".live-figure:nth-child(3) .live-cell").all_inner_texts()


AWAKE = "document.querySelector('.live-board').board?.network"


def test_a_neuron_is_silenced_and_the_address_keeps_it(awake, address):
    awake.get_by_label("After the attention of layer").fill("7")
    before = chances(awake)
    box = awake.locator(".live-neurons input[type=checkbox]").first
    name = box.get_attribute("name")
    box.focus()
    awake.keyboard.press("Space")
    assert chances(awake) != before
    assert f"neurons={name}" in awake.url
    assert awake.evaluate("document.activeElement.name") == name  # it can be pressed again
    silent, shared = chances(awake), awake.url
    awake.goto("about:blank")
    awake.goto(shared)
    awake.wait_for_function(AWAKE)
    assert chances(awake) == silent
    assert awake.locator(f".live-neurons [name={name}]").is_checked()
    # It stays in the table where others are more active, so that it can be switched on again.
    awake.get_by_label("After the attention of layer").fill("2")
    awake.locator(f".live-neurons [name={name}]").uncheck()
    assert "neurons=" not in awake.url
    assert chances(awake) == before


def test_a_neuron_is_silenced_by_its_name(awake):
    other = awake.get_by_label("Silence another one")
    other.fill("L8 N3")
    other.press("Enter")
    assert "L0 N0 to L7 N511" in awake.locator(".live-message").inner_text()
    other.fill("l3 n17")
    other.press("Enter")
    assert awake.locator(".live-neurons [name=L3N17]").is_checked()


def test_patterns_are_frozen_and_the_address_keeps_it(awake):
    before = chances(awake)
    awake.get_by_label("freeze all attention").check()
    frozen, shared = chances(awake), awake.url
    assert frozen != before
    awake.goto("about:blank")
    awake.goto(shared)
    awake.wait_for_function(AWAKE)
    assert chances(awake) == frozen
    awake.get_by_label("freeze all attention").uncheck()
    assert chances(awake) == before


def test_a_hovered_or_focused_move_shows_where_each_head_looks(awake, model):
    moves = awake.evaluate("document.querySelector('.live-board').board.state.moves")
    tokens = torch.tensor([game.token_of_square()[moves[:14]].tolist()])
    wanted = torch.stack(list(attention.patterns(model, tokens)))[:, 0]
    cells = awake.locator(".live-figure").first.locator(".live-cell")
    heads = awake.locator(".live-look")
    for ply, touch in ((13, None), (4, "hover"), (9, "focus")):
        if touch:
            getattr(cells.nth(moves[ply]), touch)()
        told = f"move {ply + 1}, {game.square_name(moves[ply])}"
        assert told in awake.locator(".live-heads").inner_text()
        labels = heads.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
        assert len(labels) == 64
        for place, label in enumerate(labels):
            row = wanted[place // 8, place % 8, ply, : ply + 1]
            first, share = label.split(": ")[1].split(", ")[0].split()
            named = [game.square_name(move) for move in moves[: ply + 1]].index(first)
            assert abs(row[named] - row.max()) < 0.02  # but for ties
            assert abs(int(share[:-1]) / 100 - row.max()) < 0.02
    painted = heads.first.evaluate(
        """({ firstChild: one }) =>
        one.getContext('2d').getImageData(0, 0, 42, 42).data.some(x => x > 0)"""
    )
    assert painted
    heads.nth(8 + 3).click()
    assert "part=1.3" in awake.url


def link_of(chapter):
    """Return the hash of a chapter's link to a state of the live board; there is one."""
    (found,) = re.findall(r'href="play\.html(#[^"]*)"', (ROOT / f"book/{chapter}.py").read_text())
    return html.unescape(found)


def goes_to(page, address, state):
    page.goto("about:blank")
    page.goto(f"{address}/{state}")
    page.wait_for_function(AWAKE)


def test_the_chapters_edit_is_followed(awake, address):
    goes_to(awake, address, link_of("interventions"))
    told = awake.locator(".live-verdict").inner_text()
    n, hits, before, of = map(
        int, re.search(r"the (\d+) moves.*?, (\d+) (?:are|is).*?: (\d+) of (\d+)", told).groups()
    )
    assert n == hits
    assert awake.locator(".live-mind .edited").count() == 1
    assert before < of
    assert awake.locator(".changed").count() >= 3


def test_the_chapters_silent_promoter_was_needed(awake, address):
    goes_to(awake, address, link_of("neurons"))
    f6 = """document.querySelector('.live-board').board.ask().chances[Othello.tokenOf(35)]"""
    silent = awake.evaluate(f6)
    awake.locator(".live-neurons input:checked").click()
    assert silent < awake.evaluate(f6) / 5
    assert awake.evaluate(f6) > 0.1


def test_the_chapters_head_takes_a_side(awake, address):
    goes_to(awake, address, link_of("attention"))
    looks = awake.evaluate(
        """() => { const { board } = document.querySelector('.live-board');
        const at = board.looks(board.ask());
        return board.state.moves.map(square => at[square]); }"""
    )
    assert sum(looks[1:-1:2]) > 0.8 * sum(looks[:-1])


def test_the_example_page_answers(browser, address):
    problems, page = [], browser.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: m.type == "error" and problems.append(m.text))
    page.goto(f"{address}/play/example.html")
    answers = page.locator("#answer")
    page.wait_for_function("document.querySelector('#answer').textContent.includes('%')")
    assert page.locator("script[src]").count() == 1
    before = answers.inner_text()
    page.locator("#moves").fill("B4 B3 C2 D1")
    assert "%" in answers.inner_text() != before
    for wrong in ("B4 Z9", "C3", " ".join(["B4"] * 40)):
        page.locator("#moves").fill(wrong)
        assert "%" not in answers.inner_text()
    page.close()
    assert not problems


def test_a_board_is_walked_by_arrow_keys(page):
    page.locator(".live-cell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("B2")


@pytest.mark.parametrize(
    "given",
    [
        "#moves=<img src=x onerror=alert(1)>",
        "#moves=B4B3&edit=A1<script>alert(1)</script>&at=99&ply=-1",
        "#moves=A1&ply=1",
        "#moves=B4&part=%3Csvg/onload=alert(1)%3E&silent=yes&layer=77&dose=9e9",
        "#moves=" + "A1" * 4000,
        "#moves=B4&neurons=L9N1L7N512<img src=x>L1N2L1N2&frozen=<svg>",
    ],
)
def test_no_address_injects_markup_or_breaks_the_page(page, address, given):
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto("about:blank")
    page.goto(address + "/" + given)
    page.wait_for_selector(".live-cell")
    assert page.locator(".live-board :is(img, script, svg)").count() == 0
    assert page.locator("button.live-cell").count() == 3 * 36


def test_an_illegal_pasted_game_says_which_move(page):
    page.get_by_label("Moves", exact=True).fill("B4 A1")
    page.keyboard.press("Enter")
    assert "Move 2, A1, is illegal" in page.locator(".live-message").inner_text()


def answer(body, route):
    route.fulfill(body=body)


def test_damaged_weights_leave_the_sample_game_usable(browser, address, folder, tmp_path):
    whole = (folder / "play" / "network.bin").read_bytes()
    for broken, says in ((whole[:-2], "cut short"), (b"\0\0" + whole[2:], "damaged")):
        page = browser.new_page()
        page.route("**/network.bin", functools.partial(answer, broken))
        page.goto(address)
        page.get_by_label("Move", exact=True).press("ArrowLeft")
        page.wait_for_function(
            "says => document.querySelector('.live-progress').textContent.includes(says)", arg=says
        )
        assert "legal moves" in page.locator(".live-verdict").inner_text()
        page.close()

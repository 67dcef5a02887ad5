"""Proof of ``othello_gpt.play``: play."""

import copy
import functools
import html
import http.server
import json
import re
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from othello_gpt import attention, game, interventions, neurons, play, probes
from othello_gpt.model import load_model
from tests.browser import launched

ROOT = Path(__file__).parent.parent.parent
LIVE = ROOT / "book" / "live" / "play"
PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">
<title>live</title><link rel="icon" href="data:,"><link rel="stylesheet" href="play/play.css">
<div class="live-board" data-folder="play"></div>
<script src="play/rules.js"></script><script src="play/network.js"></script>
<script src="play/parts.js"></script><script src="play/play.js"></script>"""


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(LIVE, site / "play")
    play.write_assets(site / "play", model, n=1024)
    (site / "index.html").write_text(PAGE)
    return site


@pytest.fixture(scope="module")
def address(folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser, address):
    problems, page = [], browser.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: m.type == "error" and problems.append(m.text))
    page.goto(address)
    page.wait_for_selector(".live-cell")
    yield page
    page.close()
    assert not problems


@pytest.fixture
def engine(page):
    page.evaluate("async () => { window.network = await OthelloGPT.load('play'); }")
    return page


def tokens_of(moves):
    return game.token_of_square()[moves[:, :-1].astype(int)]


def test_the_weights_fit_on_a_phone_and_are_described(folder):
    told = json.loads((folder / "play" / "network.json").read_text())
    file = folder / "play" / "network.bin"
    assert file.stat().st_size == told["bytes"] <= 3.5e6
    assert told["checksum"] == play.checksum(np.fromfile(file, "<u2"))


def test_the_description_says_where_each_tensor_is(folder, model):
    told = json.loads((folder / "play" / "network.json").read_text())
    numbers = np.fromfile(folder / "play" / "network.bin", "<f2")
    parts = {one["name"]: numbers[one["offset"] :][: one["length"]] for one in told["tensors"]}
    assert sum(map(len, parts.values())) == len(numbers)
    for name, tensor in model.state_dict().items():
        if name != "lm_head.weight":  # tied to the embedding, which is there
            np.testing.assert_array_equal(parts[name], tensor.half().flatten().numpy())
    assert {f"probe.{site}.weight" for site in told["probes"]} <= parts.keys()


def test_logits_are_those_of_pytorch(engine, model):
    """Closely for the rounded weights that both have; the chances show what rounding does."""
    tokens = tokens_of(game.sample_moves(17, seed=92))
    rounded = copy.deepcopy(model).half().float()
    with torch.no_grad():
        wanted, exact = (m(torch.from_numpy(tokens).long()).flatten(0, 1) for m in (rounded, model))
    seen, took = engine.evaluate(
        """games => { const logits = [], took = []; for (const tokens of games)
        tokens.forEach((_, i) => { const began = performance.now();
          logits.push(Array.from(network.logits(tokens.slice(0, i + 1))));
          took.push(performance.now() - began); }); return [logits, took]; }""",
        tokens.tolist(),
    )
    seen = torch.tensor(seen)
    gap = (seen - wanted).abs().max().item()
    print(f"{len(seen)} positions, median {np.median(took):.1f} ms a move, logits to {gap:.1e}")
    assert gap < 2e-3
    assert (seen.argmax(-1) == wanted.argmax(-1)).double().mean() >= 0.999
    assert (seen.softmax(-1) - exact.softmax(-1)).abs().max() < 5e-3


def test_a_move_and_an_edit_cost_one_position(engine, folder):
    """Against a full recomputation, on the same machine in the same moment, in turns."""
    told = json.loads((folder / "play" / "network.json").read_text())
    tokens = tokens_of(game.sample_moves(1, seed=98))[0, :30].tolist()
    took = engine.evaluate(
        """([tokens, sites]) => { const took = { move: [], edit: [], full: [] };
        const time = (name, act) => { const began = performance.now(); act();
          took[name].push(performance.now() - began); };
        const full = () => { network.seen = []; network.run(tokens); };
        full(); network.project("resid_mid 4", new Float32Array(128), { 0: 2 });
        for (let i = 0; i < 15; i++) {
          time("full", full);
          network.run(tokens.slice(0, 29));
          network.seen.length = 29;
          time("move", () => network.run(tokens));
          const apply = (site, x) => sites.includes(site) &&
            network.project(site, x, { [i]: i % 3 });
          time("edit", () => network.run(tokens, { changes: { 29: { key: `${i}`, apply } } }));
        } return took; }""",
        [tokens, told["edit"]["sites"]],
    )
    full, move, edit = (np.median(took[name]) for name in ("full", "move", "edit"))
    print(f"medians: a move {move:.1f} ms (5), an edit {edit:.1f} ms (15), 30 moves {full:.1f} ms")
    assert move < full / 8
    assert edit < full / 3


def test_boards_and_edits_are_those_of_the_package(engine, model, folder):
    told = json.loads((folder / "play" / "network.json").read_text())
    sites, dose = told["edit"]["sites"], told["edit"]["dose"]
    cases = interventions.sample_cases(60, seed=93)
    probe = probes.fit_ridge(
        model, game.sample_moves(1024, 91), [probes.TARGETS["board"]], tuple(told["probes"])
    )
    edit = interventions.MinimumNormEdit(probe, sites, dose)
    with torch.no_grad():
        wanted = interventions.run_source(model, cases, edit).softmax(-1).numpy()
    asked = [
        dict(
            tokens=tokens[: ply + 1].tolist(),
            wanted={str(s): int(after[s]) for s in np.flatnonzero(before != after)},
        )
        for tokens, ply, before, after in zip(
            tokens_of(cases.moves), cases.ply, cases.before, cases.after, strict=True
        )
    ]
    seen = engine.evaluate(
        """([cases, sites, dose]) => cases.map(({ tokens, wanted }, i) => {
        const apply = (site, x) => sites.includes(site) && network.project(site, x, wanted, dose);
        const changes = { [tokens.length - 1]: { key: `edit ${i}`, apply } };
        return OthelloGPT.softmax(network.run(tokens, { changes }).logits); })""",
        [asked, sites, dose],
    )
    assert np.abs(np.array(seen) - wanted).max() < 0.02
    plain = interventions.run_source(model, cases).softmax(-1).numpy()
    assert np.abs(plain - wanted).max(-1).mean() > 0.05  # it does something


ASK = """([games, options]) => games.map(tokens =>
    OthelloGPT.softmax(network.run(tokens, options).logits))"""


def cut(tokens, seed):
    """Return each game's tokens up to a random position, with the positions."""
    last = np.random.default_rng(seed).integers(3, 31, len(tokens))
    return [row[: ply + 1].tolist() for row, ply in zip(tokens, last, strict=True)], last


@pytest.mark.parametrize("layer", [2, 7])
def test_a_silent_neuron_is_silent_as_in_pytorch(engine, model, layer):
    tokens = torch.from_numpy(tokens_of(game.sample_moves(60, seed=95))).long()
    games, last = cut(tokens.numpy(), layer)
    outputs = list(neurons.neuron_outputs(model, tokens))[layer][range(60), last]
    loud = outputs.mean(0).argsort(descending=True)[:4].tolist()
    asked = [games, {"silent": [f"L{layer}N{neuron}" for neuron in loud]}]
    edit = neurons.mean_ablation(np.zeros(512), loud)
    with torch.no_grad():
        plain = model(tokens).softmax(-1)[range(60), last].numpy()
        with neurons.with_outputs(model, {layer: edit}) as silenced:
            wanted = silenced(tokens).softmax(-1)[range(60), last].numpy()
    assert np.abs(np.array(engine.evaluate(ASK, asked)) - wanted).max() < 5e-3
    assert np.abs(plain - wanted).max() > 0.02  # it does something
    # And switched on again they are as they were, whatever was kept.
    assert np.abs(np.array(engine.evaluate(ASK, [games, {}])) - plain).max() < 5e-3
    listed = engine.evaluate(
        "([games, layer]) => games.map(g => network.mostActive(network.run(g), layer, 5))",
        [games, layer],
    )
    top = outputs.topk(5)
    seen = np.array([[one["output"] for one in row] for row in listed])
    assert np.abs(seen - top.values.numpy()).max() < 0.05
    first = np.array([row[0]["neuron"] for row in listed])
    assert (first == top.indices[:, 0].numpy()).mean() > 0.9  # but for near ties


def test_frozen_patterns_are_frozen_as_in_pytorch(engine, model):
    """Patterns are replaced by their averages over the games that the file was made of."""
    made = game.Games.sample(1024, 91)
    inputs = torch.from_numpy(made.tokens).long()
    average = [pattern.mean(0) for pattern in attention.patterns(model, inputs)]
    frozen = copy.deepcopy(model)
    for block, pattern in zip(frozen.transformer.h, average, strict=True):
        block.attn.pattern = lambda q, k, hidden=None, pattern=pattern: pattern
    tokens = torch.from_numpy(tokens_of(game.sample_moves(60, seed=96))).long()
    games, last = cut(tokens.numpy(), 9)
    with torch.no_grad():
        plain = model(tokens).softmax(-1)[range(60), last].numpy()
        wanted = frozen(tokens).softmax(-1)[range(60), last].numpy()
    seen = np.array(engine.evaluate(ASK, [games, {"frozen": True}]))
    assert np.abs(seen - wanted).max() < 5e-3
    assert np.abs(plain - wanted).max() > 0.1
    looked = engine.evaluate(
        "tokens => network.run(tokens, { frozen: true }).patterns", tokens[0, :20].tolist()
    )
    wanted = torch.stack(average)[:, :, 19, :20].numpy()
    np.testing.assert_allclose(np.array(looked), wanted, atol=1e-3)


def test_where_heads_look_is_as_in_pytorch(engine, model):
    """At every position of a game, not only the last."""
    tokens = torch.from_numpy(tokens_of(game.sample_moves(3, seed=97))).long()
    wanted = torch.stack(list(attention.patterns(model, tokens)))
    seen = engine.evaluate(
        """games => games.map(tokens => { network.run(tokens);
        return network.seen.slice(0, tokens.length).map(one => one.patterns); })""",
        tokens.tolist(),
    )
    for number, one in enumerate(seen):
        for ply, looks in enumerate(one):
            exact = wanted[:, number, :, ply, : ply + 1].numpy()
            np.testing.assert_allclose(np.array(looks), exact, atol=0.02)


@pytest.mark.parametrize("name", ["8.1", "3.8", "3.nlp", "L8N1", "L3N512", "<b>"])
def test_what_is_no_part_is_refused(engine, name):
    asked = (
        "name => { try { network.run([7], { silent: [name] }); } catch (e) { return e.message; } }"
    )
    assert "is no part" in engine.evaluate(asked, name)


def test_rules_are_those_of_the_package(page):
    moves = game.sample_moves(320, seed=94)
    legal = game.replay(moves).legalities().reshape(len(moves), 32, 36)
    seen = page.evaluate(
        """games => games.map(moves => Othello.replay(moves).slice(0, 32).map(
        (board, ply) => Othello.legal(board, Othello.mover(ply))))""",
        moves.tolist(),
    )
    wanted = [[np.flatnonzero(sets).tolist() for sets in one_game] for one_game in legal]
    assert seen == wanted  # 10,240 positions


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


@pytest.fixture
def awake(page):
    page.evaluate("document.querySelector('.live-board').board.wake()")
    page.wait_for_function(AWAKE)
    return page


def test_a_neuron_is_silenced_and_the_address_keeps_it(awake, address):
    awake.get_by_label("Read after the attention of layer").fill("7")
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
    awake.get_by_label("Read after the attention of layer").fill("2")
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
    cells, heads = (
        awake.locator(".live-figure").first.locator(".live-cell"),
        awake.locator("canvas"),
    )
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
        "one => one.getContext('2d').getImageData(0, 0, 42, 42).data.some(x => x > 0)"
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
    page.wait_for_function("document.querySelector('.live-message').textContent === ''")


def test_the_chapters_edit_is_followed(awake, address):
    goes_to(awake, address, link_of("interventions"))
    told = awake.locator(".live-verdict").inner_text()
    n, hits, before, of = map(
        int, re.search(r"the (\d+) moves.*?, (\d+) are.*?: (\d+) of (\d+)", told).groups()
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
    assert page.locator(".live-cell").count() == 3 * 36


def test_an_illegal_pasted_game_says_which_move(page):
    page.get_by_label("Moves", exact=True).fill("B4 A1")
    page.keyboard.press("Enter")
    assert "move 2, A1, is illegal" in page.locator(".live-message").inner_text()


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

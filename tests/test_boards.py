"""Proof of ``othello_gpt.boards``: what is drawn is what was handed in, small, legible, described.

What a board shows is read back from the figure (the SVG pictures and the cells that the slider's
steps put in place) and compared with a slow oracle; a browser then moves a slider and looks at the
pixels.
"""

import base64
import itertools
import json
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import numpy as np
import oracle
import plotly
import pytest
from docutils.utils import new_document
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Error, sync_playwright

from othello_gpt import boards, games, rules, sphinx_ext
from othello_gpt.boards import Panel, Series
from othello_gpt.intervals import Interval

GAMES = st.tuples(st.integers(0, 2**32), st.sampled_from(rules.SIZES), st.booleans())
MOVES = games.sample_moves(1, seed=3)[0].astype(int)

settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")


def size_in_page(figure):
    """Characters of a figure's JSON once it can't end the script element that holds it."""
    return len(json.dumps(figure.to_dict(), separators=(",", ":")).replace("<", "\\u003c"))


# --- reading a figure back ------------------------------------------------------------------------


def squares_of(path, size):
    spots = re.findall(r"M(\d+) (\d+)h0", path)
    return sorted((int(y) // 2) * size + int(x) // 2 for x, y in spots)


def picture(source, size):
    """What an SVG picture shows: the board, and the squares of each marker by (colour, width)."""
    head, svg = source.split(",", 1)
    assert head == "data:image/svg+xml"
    svg = unquote(svg)
    board = np.zeros((size, size), int)
    for name, side in (("b", 1), ("w", -1)):
        for path in re.findall(rf"<path id='{name}' d='([^']*)'/>", svg):
            board.flat[squares_of(path, size)] = side
    marks = {
        (colour, float(width)): squares_of(path, size)
        for colour, width, path in re.findall(
            r"<path stroke='([^']*)' stroke-width='([^']*)' d='([^']*)'/>", svg
        )
    }
    return board, marks, re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def sources(step, panel=0, still=None):
    """The picture that a slider's step puts on a board, or leaves there."""
    changes = step.args[1] if step.method == "update" else step.args[0]
    return changes.get(f"images[{panel}].source", still)


def drawn(figure, size, panel=0):
    still = figure.layout.images[panel].source
    steps = figure.layout.sliders[0].steps
    return [picture(sources(step, panel, still), size) for step in steps]


def probabilities(moves, seed=0):
    legal = rules.replay(moves[None]).legalities()[0, 1:]
    weights = legal * np.random.default_rng(seed).gamma(2, size=legal.shape) + 1e-3
    return weights / weights.sum((1, 2), keepdims=True)


# --- games ----------------------------------------------------------------------------------------


@given(GAMES)
@settings(max_examples=30)
def test_a_game_shows_the_boards_of_the_oracle(game):
    seed, size, standard = game
    moves = oracle.random_game(seed, size, standard)
    figure = boards.game(moves, size=size, standard=standard)
    truth = oracle.replay(moves, size, standard)
    shown = drawn(figure, size)
    assert len(shown) == len(moves) + 1
    assert (shown[0][0] == oracle.start(size, standard)).all()

    mover = {1: boards._BLACK, -1: boards._WHITE}
    for ply, (player, can, before, after) in enumerate(truth):
        board, marks, _ = shown[ply + 1]
        assert (board == after).all()
        assert shown[ply][1][mover[player], 0.44] == sorted(can)
        assert marks[boards.LAST_MOVE, 0.48] == [moves[ply]]
        turned = oracle.turned(before, player, moves[ply])
        assert marks[boards.LAST_MOVE, 0.22] == sorted(turned)
        name = rules.square_name(moves[ply], size)
        side = "black" if player > 0 else "white"
        label = figure.layout.sliders[0].steps[ply + 1].label
        assert label == f"{ply + 1}. {side} {name}, turns {len(turned)}"
    assert not {(colour, 0.44) for colour in mover.values()} & set(shown[-1][1])


def test_the_first_picture_is_that_of_the_slider():
    figure = boards.game(MOVES, [Panel(values=probabilities(MOVES))], at=7)
    slider = figure.layout.sliders[0]
    assert slider.active == 7
    assert figure.layout.images[0].source == sources(slider.steps[7])
    assert list(map(list, figure.data[0].z)) == slider.steps[7].args[0]["z"][0]


def test_a_prefix_ends_with_what_may_follow():
    figure = boards.game(MOVES[:9])
    assert drawn(figure, 6)[-1][1] == drawn(boards.game(MOVES), 6)[9][1]
    assert len(drawn(boards.game(np.r_[MOVES[:9], [-1] * 23]), 6)) == 10
    assert drawn(boards.game([]), 6)[0][1] == {
        (boards._BLACK, 0.44): sorted(oracle.legal(oracle.start(6), 1))
    }


def test_values_are_shown_after_their_move():
    values = probabilities(MOVES)
    assert len(values) == len(MOVES) - 1
    figure = boards.game(MOVES, [Panel("truth"), Panel("model", values=values.reshape(31, 36))])
    steps = figure.layout.sliders[0].steps
    for step in steps:
        assert list(step.args[2]) == [1]  # the truth's cells never change
    cells = [step.args[0]["z"][0] for step in steps]
    assert cells[0] == cells[-1] == [[None] * 6] * 6
    np.testing.assert_allclose(np.array(cells[1:-1]), values, atol=5.1e-4)
    for ply, (board, _, numbers) in enumerate(drawn(figure, 6, panel=1)[1:-1]):
        large = (values[ply] >= 0.01) & (board == 0)
        assert numbers == [f"{100 * value:.0f}" for value in values[ply][large]]


def test_layers_are_a_second_slider():
    rng = np.random.default_rng(0)
    values = rng.uniform(-1, 1, (3, 32, 6, 6))
    panels = [
        Panel("model", values=probabilities(MOVES)),
        Panel("probe", values=values, scale="signed", legal=False),
    ]
    figure = boards.game(MOVES, panels, layers=["a", "b", "c"], layer=1)
    over_moves, over_layers = figure.layout.sliders
    assert [trace.visible for trace in figure.data] == [True, False, True, False]
    assert [(step.label, step.args[0], list(step.args[1])) for step in over_layers.steps] == [
        (name, {"visible": [k == layer for k in range(3)]}, [1, 2, 3])
        for layer, name in enumerate("abc")
    ]
    for ply, step in enumerate(over_moves.steps[1:]):
        assert list(step.args[2]) == [0, 1, 2, 3]
        np.testing.assert_allclose(step.args[0]["z"][1:], values[:, ply], atol=5.1e-3)


def test_a_panel_may_bring_its_own_discs():
    own = rules.replay(MOVES[None]).boards()[0]
    own[4, 2, 3] *= -1
    figure = boards.game(MOVES, [Panel(), Panel(discs=own, legal=False), Panel(discs=False)])
    for ply in range(32):
        assert (drawn(figure, 6, panel=1)[ply + 1][0] == own[ply]).all()
    assert not any(board.any() for board, _, _ in drawn(figure, 6, panel=2))


def test_a_stepper_replays_nothing():
    discs = np.zeros((2, 4, 4), int)
    discs[1, 0, 0] = -1
    legal = discs != 0
    figure = boards.stepper(
        [Panel(discs=discs, legal=legal)], ["none", "one"], size=4, last=[-1, 5]
    )
    (empty, no_marks, _), (one, marks, _) = drawn(figure, 4)
    assert not empty.any()
    assert not no_marks
    assert (one == discs[1]).all()
    assert marks == {(boards.LEGAL, 0.44): [0], (boards.LAST_MOVE, 0.48): [5]}


def test_the_boards_of_a_stepper_stand_in_columns():
    values = np.random.default_rng(0).random((3, 36))
    panels = [Panel(name, values=values, scale="signed") for name in "abcde"]
    figure = boards.stepper(panels, ["first", "second", "third"], columns=3)
    domains = [figure.layout[f"yaxis{n}"].domain for n in ("", 2, 3, 4, 5)]
    assert domains[0] == domains[1] == domains[2] != domains[3] == domains[4]
    cells, images, traces = figure.layout.sliders[0].steps[1].args
    assert images == {}  # the pictures, without discs, stay
    assert list(traces) == list(range(5))
    for z in cells["z"]:
        np.testing.assert_allclose(np.ravel(z), values[1], atol=1e-3)


def test_games_are_small():
    values = probabilities(MOVES)
    assert size_in_page(boards.game(MOVES)) < 35_000
    assert size_in_page(boards.game(MOVES, [Panel(values=values)])) < 50_000
    probe = np.random.default_rng(0).uniform(-1, 1, (17, 32, 6, 6))
    panels = [Panel("truth"), Panel("model", values=values), Panel(values=probe, scale="signed")]
    assert size_in_page(boards.game(MOVES, panels, layers=[str(k) for k in range(17)])) < 260_000
    long = games.sample_moves(1, seed=0, size=8)[0].astype(int)
    assert size_in_page(boards.game(long, size=8)) < 70_000


# --- boards that stand still ----------------------------------------------------------------------


def test_a_grid_shares_one_scale_centred_on_zero():
    values = np.linspace(-0.3, 0.7, 5 * 36).reshape(5, 6, 6)
    figure = boards.grid(values, list("abcde"))
    assert {trace.coloraxis for trace in figure.data} == {"coloraxis"}
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-0.7, 0.7)
    assert axis.colorscale[0][1] == boards.THEIRS
    assert axis.colorscale[-1][1] == boards.MINE
    for trace, board in zip(figure.data, values, strict=True):
        np.testing.assert_allclose(np.array(trace.z), board, atol=5.1e-4)
    assert figure.layout.meta["dark"]["coloraxis.colorscale"] != axis.colorscale


def test_boards_of_a_grid_do_not_overlap():
    figure = boards.grid(np.zeros((7, 4, 4)), list("abcdefg"), size=4, columns=3)
    axes = [
        (figure.layout[f"xaxis{n}"].domain, figure.layout[f"yaxis{n}"].domain)
        for n in ["", *range(2, 8)]
    ]
    for (x1, y1), (x2, y2) in itertools.combinations(axes, 2):
        assert x1[1] < x2[0] or x2[1] < x1[0] or y1[1] < y2[0] or y2[1] < y1[0]


def test_a_grid_of_positions():
    discs = rules.replay(MOVES[None]).boards()[0, 3:6]
    figure = boards.grid(None, ["4", "5", "6"], discs=discs)
    shown = [picture(image.source, 6)[0] for image in figure.layout.images]
    assert (np.array(shown) == discs).all()


def test_a_heatboard_prints_its_values_and_leaves_masked_squares_bare():
    values = np.ma.masked_less(np.arange(36.0).reshape(6, 6), 4)
    figure = boards.heatboard(values, quantity="errors", value_format=".1f")
    assert list(figure.data[0].z[0]) == [None] * 4 + [4, 5]
    assert picture(figure.layout.images[0].source, 6)[2] == [f"{v}.0" for v in range(4, 36)]
    assert "highest at F6 (35)" in figure.layout.meta["alt"]
    assert "lowest at E1 (4)" in figure.layout.meta["alt"]


def test_margins_are_told_with_the_values():
    values = np.ma.masked_less(np.arange(36.0).reshape(6, 6), 4)
    figure = boards.heatboard(values, margins=values / 10, quantity="errors", value_format=".1f")
    told = figure.data[0]
    assert tuple(told.text[0]) == ("", "", "", "", " ± 0.4", " ± 0.5")
    assert told.text[5][5] == " ± 3.5"
    assert told.hovertemplate == "<b>%{x}%{y}</b> %{z:.1f}%{text}<extra></extra>"
    with pytest.raises(ValueError, match=r"margins: expected shape \[2, 6, 6\], got \[1, 36\]"):
        boards.grid(np.ones((2, 36)), ["a", "b"], margins=np.ones((1, 36)))


# --- charts ---------------------------------------------------------------------------------------


def test_curves_hold_their_numbers():
    x, y = np.arange(4), np.array([0.1, 0.123456, 0.3, 0.2])
    figure = boards.curves(
        x,
        {"model": Series(y, y - 0.05, y + 0.05, colour=boards.MODEL), "other": y[::-1]},
        x_title="move",
        y_title="error",
        reference={"floor": 0.05},
    )
    band, model, other, floor = figure.data
    np.testing.assert_allclose(band.y, np.r_[y + 0.05, (y - 0.05)[::-1]], rtol=1e-4)
    assert list(band.x) == [0, 1, 2, 3, 3, 2, 1, 0]
    np.testing.assert_allclose(model.y, y, rtol=1e-4)
    assert model.line.color == boards.MODEL
    assert list(other.y) == [0.2, 0.3, 0.12346, 0.1]
    assert list(floor.x), list(floor.y) == ([0, 3], [0.05, 0.05])


def test_names_that_look_like_numbers_stay_names():
    figure = boards.curves(["0", "1", "more"], {"a": [1, 2, 3]}, x_title="x", y_title="y")
    assert figure.layout.xaxis.type == "category"
    assert boards.curves([0, 1], {"a": [1, 2]}, x_title="", y_title="").layout.xaxis.type is None


def test_choice_shows_one_chart_at_a_time():
    charts = {
        name: boards.curves([1, 2], lines, x_title="move", y_title="error")
        for name, lines in {"a": ONE, "b": {"one": [1, 2], "two": [3, 4]}}.items()
    }
    figure = boards.choice(charts)
    assert len(figure.data) == 4  # a line with its band, two without
    assert [trace.visible for trace in figure.data] == [True, True, False, False]
    shown = [button.args[0]["visible"] for button in figure.layout.updatemenus[0].buttons]
    assert shown == [[True, True, False, False], [False, False, True, True]]
    assert list(figure.data[2].y) == [1, 2]
    assert "a, b" in figure.layout.meta["alt"]
    with pytest.raises(ValueError, match="at least one"):
        boards.choice({})


def test_an_open_menu_fits_in_its_figure():
    chart = boards.curves([1, 2], {"a": [1, 2]}, x_title="move", y_title="error")
    few, many = (boards.choice({str(i): chart for i in range(n)}) for n in (2, 20))
    assert few.layout.height < many.layout.height
    assert many.layout.height - many.layout.margin.t > 20 * 25


@pytest.mark.parametrize("chart", [boards.bars, boards.points])
def test_rows_hold_their_numbers(chart):
    figure = chart(
        ["null", "probe"],
        {"error": Series([2.1, 0.3], [2, 0.25], [2.2, 0.4])},
        x_title="error",
        reference={"target": 0.2},
    )
    rows, printed = figure.data
    assert list(rows.x) == [2.1, 0.3]
    assert list(rows.error_x.array) == [0.1, 0.1]
    assert list(rows.error_x.arrayminus) == [0.1, 0.05]
    assert [text.strip() for text in printed.text] == ["2.1", "0.3"]
    assert list(printed.x) == [2.2, 0.4]
    assert figure.layout.shapes[0].x0 == 0.2


def test_measures_are_points_under_a_menu():
    one, other = (Interval(np.array(m), np.array(m) - 1, np.array(m) + 1) for m in ([2, 3], [4, 5]))
    found = {"loss": {"mean": one, "zero": other}, "illegal": {"mean": other, "zero": one}}
    figure = boards.measures(
        ["a", "b"],
        found,
        x_title="added",
        x_format={"loss": ".3f", "illegal": ".1%"},
        looks={"mean": dict(colour=boards.MODEL)},
        what="Without a head",
    )
    points = [trace for trace in figure.data if trace.error_x.array is not None]
    assert [list(trace.x) for trace in points] == [[2, 3], [4, 5], [4, 5], [2, 3]]
    assert [trace.visible for trace in points] == [True, True, False, False]
    assert [trace.marker.color for trace in points][::2] == [boards.MODEL] * 2
    labels = [button.label for button in figure.layout.updatemenus[0].buttons]
    assert labels == ["loss", "illegal"]
    assert figure.layout.meta["alt"].startswith("Without a head: loss.")


# --- every figure ---------------------------------------------------------------------------------


PROBE = np.where(np.arange(2 * 32 * 36).reshape(2, 32, 36) % 37, 0, 0.5)
ONE = {"model": Series([0.2, 0.3], [0.1, 0.2], [0.3, 0.4])}
EVERY = {
    "game": lambda: boards.game(MOVES),
    "layers": lambda: boards.game(MOVES, [Panel(values=PROBE, scale="signed")], layers=["a", "b"]),
    "stepper": lambda: boards.stepper([Panel()], ["first", "last"]),
    "grid": lambda: boards.grid(np.ones((2, 6, 6)), ["left", "right"], quantity="cosine"),
    "heatboard": lambda: boards.heatboard(np.eye(6), quantity="errors"),
    "curves": lambda: boards.curves([1, 2], ONE, x_title="move", y_title="error"),
    "bars": lambda: boards.bars(["null", "probe"], ONE, x_title="error"),
    "choice": lambda: boards.choice({"only": EVERY["curves"]()}),
    "points": lambda: boards.points(["null", "probe"], ONE, x_title="error"),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_is_described_and_takes_the_colours_of_its_page(name):
    figure = EVERY[name]()
    meta = figure.layout.meta
    assert set(meta) == {"alt", "light", "dark"}
    assert len(meta["alt"]) > 20
    for mode in ("light", "dark"):
        for key in meta[mode]:
            assert figure.layout[key.replace("[", ".").replace("]", "")] is not None
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    # plotly's default theme, 7 kB, is not in every figure.
    assert len(json.dumps(figure.layout.template.to_plotly_json())) < 800


def test_a_description_of_one_s_own():
    assert boards.game(MOVES, alt="My game.").layout.meta["alt"] == "My game."
    assert boards.grid(np.ones((1, 36)), ["a"], alt="My grid.").layout.meta["alt"] == "My grid."


# What colour-blind readers see of linear RGB (Machado, Oliveira & Fernandes 2009, severity 1).
SIGHT = {
    "full": np.eye(3),
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def linear(colour):
    c = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Ottosson's perceptual coordinates; a step of 0.02 is just noticeable."""
    to_lms = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    to_lab = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return np.array(to_lab) @ np.cbrt(np.array(to_lms) @ np.clip(rgb, 0, 1))


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_stay_apart(sight):
    seen = [oklab(np.array(SIGHT[sight]) @ linear(colour)) for colour in boards.COLOURS]
    nearest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert nearest > 0.08


@pytest.mark.parametrize("page", ["#ffffff", "#14181e"])
def test_colours_stand_out_from_the_page(page):
    for colour in boards.COLOURS:
        low, high = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (colour, page))
        assert (high + 0.05) / (low + 0.05) >= 3, colour  # WCAG 2.1, graphical objects


# --- what is refused ------------------------------------------------------------------------------

NAN = np.where(np.arange(31 * 36).reshape(31, 6, 6) == 3 * 36 + 8, np.nan, 0.5)
REFUSED = {
    "wrong number of rows": (
        lambda: boards.game(MOVES, [Panel("model", values=np.zeros((30, 36)))]),
        r"values of panel 'model': expected shape \[32, 6, 6\] or \[31, 6, 6\], got \[30, 36\]",
    ),
    "wrong board": (
        lambda: boards.game(MOVES, [Panel(values=np.zeros((32, 8, 8)))]),
        r"expected shape \[32, 6, 6\] .*got \[32, 8, 8\]",
    ),
    "NaN": (
        lambda: boards.game(MOVES, [Panel(values=NAN)]),
        r"nan at \[3\], square C2; mask the squares that have no value",
    ),
    "layers without values": (
        lambda: boards.game(MOVES, layers=["a", "b"]),
        r"layers: no panel has values of shape \[2, 33, \.\.\.\]",
    ),
    "several games": (lambda: boards.game(MOVES[None]), r"\[plies\] of one game, got \(1, 32\)"),
    "illegal move": (lambda: boards.game([0]), "A1 .*is illegal; legal: "),
    "board size": (lambda: boards.game(MOVES, size=5), "board size 5"),
    "step out of range": (lambda: boards.game(MOVES, at=33), "at: 33 is out of range"),
    "no steps": (lambda: boards.stepper([Panel()], []), "1 panels, 0 steps"),
    "player": (lambda: boards.stepper([Panel()], ["a"], player=[2]), "not within -1..1"),
    "last": (lambda: boards.stepper([Panel()], ["a"], last=[1, 2]), r"shape \[1\], got \[2\]"),
    "scale": (lambda: boards.grid(np.ones((1, 36)), ["a"], scale="jet"), "scale 'jet' is unknown"),
    "discs": (lambda: boards.grid(None, ["a"], discs=np.full((1, 36), 2)), "expected 1, -1 and 0"),
    "no boards": (lambda: boards.grid(np.ones((0, 36)), []), "at least one board"),
    "nothing": (lambda: boards.grid(None, ["a"]), "nothing to show"),
    "limit": (lambda: boards.heatboard(np.eye(6), limit=0), "limit: .*above 0, got 0"),
    "all masked": (
        lambda: boards.grid(np.ma.masked_all((1, 36)), ["a"]),
        "all of them are masked",
    ),
    "x": (
        lambda: boards.curves([1, 2], {"a": [1, 2, 3]}, x_title="", y_title=""),
        r"series 'a': y has shape \(3,\) but x \(2,\)",
    ),
    "half an interval": (
        lambda: boards.curves([1], {"a": Series([1], lo=[1])}, x_title="", y_title=""),
        "needs both lo and hi",
    ),
    "interval's shape": (
        lambda: boards.curves([1], {"a": Series([1], [1, 2], [1, 2])}, x_title="", y_title=""),
        r"y has shape \(1,\) but lo \(2,\)",
    ),
    "interval upside down": (
        lambda: boards.curves([1], {"a": Series([1], [2], [0])}, x_title="", y_title=""),
        "lo is above hi",
    ),
    "infinite": (
        lambda: boards.curves([1], {"a": [np.inf]}, x_title="", y_title=""),
        r"y of series 'a': inf at index \[0\]",
    ),
    "zero on a log axis": (
        lambda: boards.curves([0, 1], {"a": [1, 2]}, x_title="", y_title="", log_x=True),
        r"x of series 'a': 0 at index \[0\] on a log axis",
    ),
    "rows": (
        lambda: boards.bars(["a"], {"s": [1, 2]}, x_title=""),
        "series 's': 2 values for 1 labels",
    ),
    "no series": (lambda: boards.bars(["a"], {}, x_title=""), "at least one"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        call()


# --- in a browser ---------------------------------------------------------------------------------

PIXELS = """async ([png, spots]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  return spots.map(([x, y]) => [...canvas.getImageData(x, y, 1, 1).data].slice(0, 3));
}"""
PLACES = """() => [...document.querySelectorAll("image")]
  .filter((image) => image.getAttribute("href")?.startsWith("data:image/svg"))
  .map((image) => image.getBoundingClientRect().toJSON())"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    html = tmp_path_factory.mktemp("page") / "index.html"
    html.write_text(
        "<!doctype html><body style='margin: 0'><div id='figure'></div>"
        f"<script src='{script.as_uri()}'></script>"
    )
    executable = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable, args=flags)
        except Error as error:
            message = f"no browser to draw figures in: install Chromium ({error.message})"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
        page = browser.new_page(viewport={"width": 390, "height": 700})
        page.set_default_timeout(120_000)  # a busy machine needs a while for plotly's 5 MB
        page.goto(html.as_uri())
        yield page
        browser.close()


def test_the_slider_moves_the_discs(page):
    figure = boards.game(MOVES, [Panel(), Panel(values=probabilities(MOVES))])
    figure.update_layout(width=390, height=300)
    page.evaluate("(json) => Plotly.newPlot('figure', JSON.parse(json))", figure.to_json())
    rail = page.locator(".slider-rail-touch-rect").bounding_box()
    truth = rules.replay(MOVES[None]).boards()[0]
    for ply in (32, 8, 20):
        # The grip's middle travels from 10 pixels inside one end to 10 pixels inside the other.
        x = rail["x"] + 10 + (rail["width"] - 20) * ply / 32
        page.mouse.click(x, rail["y"] + rail["height"] / 2)
        label = page.locator(".slider-label").first.text_content()
        assert label == figure.layout.sliders[0].steps[ply].label
        places = page.evaluate(PLACES)
        assert len(places) == 2
        png = base64.b64encode(page.screenshot()).decode()
        for place in places:
            cell = place["width"] / 6
            assert place["height"] == pytest.approx(place["width"], abs=1)
            # Beside the middle, where the last move's dot would be.
            spots = [
                (place["x"] + (column + 0.72) * cell, place["y"] + (row + 0.5) * cell)
                for row in range(6)
                for column in range(6)
            ]
            bright = np.array(page.evaluate(PIXELS, [png, spots])).min(-1).reshape(6, 6)
            assert ((bright > 200) == (truth[ply - 1] == -1)).all()
            assert ((bright < 40) >= (truth[ply - 1] == 1)).all()


# --- matrices -------------------------------------------------------------------------------------


def test_a_matrix_steps_through_whole_percents():
    shares = np.ma.masked_greater(np.random.default_rng(0).random((3, 5, 4)), 0.9)
    figure = boards.matrix(shares, ["a", "b", "c"], x_title="to", y_title="from", at=1, alt="alt")
    slider = figure.layout.sliders[0]
    assert slider.active == 1
    assert [step.label for step in slider.steps] == ["a", "b", "c"]
    for k, step in enumerate(slider.steps):
        z = np.array(step.args[0]["z"][0], float)
        assert (np.isnan(z) == shares.mask[k]).all()
        assert np.nanmax(np.abs(z - 100 * shares[k].filled(np.nan))) <= 0.5
    assert np.array_equal(figure.data[0].z, slider.steps[1].args[0]["z"][0])
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.meta["alt"] == "alt"


def test_a_matrix_of_signed_values_with_names():
    cosines = np.random.default_rng(0).uniform(-1, 1, (2, 3, 3))
    options = dict(names=["pre", "mid", "post"], scale="signed", x_title="x", y_title="y", alt="")
    figure = boards.matrix(cosines, ["a", "b"], **options)
    for step, cosine in zip(figure.layout.sliders[0].steps, cosines, strict=True):
        assert np.abs(np.array(step.args[0]["z"][0]) - cosine).max() <= 0.005
    assert list(figure.data[0].x) == list(figure.data[0].y) == ["pre", "mid", "post"]
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax, axis.colorscale[0][1]) == (-1, 1, boards.THEIRS)
    assert figure.layout.meta["dark"]["coloraxis.colorscale"] != axis.colorscale
    with pytest.raises(ValueError, match="expected numbers between -1 and 1"):
        boards.matrix(cosines - 1, ["a", "b"], **options)
    with pytest.raises(ValueError, match="2 names for 3 rows and 3 columns"):
        boards.matrix(cosines, ["a", "b"], **options | dict(names=["pre", "mid"]))


def test_a_matrix_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"\(2, 3, 3\) isn't \[steps, rows, columns\] of 1 steps"):
        boards.matrix(np.zeros((2, 3, 3)), ["a"], x_title="", y_title="", alt="")
    for bad in (-0.1, 1.5, np.nan):
        with pytest.raises(ValueError, match="shares between 0 and 1"):
            boards.matrix(np.full((1, 3, 3), bad), ["a"], x_title="", y_title="", alt="")


# --- tables ---------------------------------------------------------------------------------------

COLUMNS = {
    "name": [f"L{k // 5} N{k}" for k in range(700)],
    "score": [float("nan") if k == 3 else round(k * 0.37 % 1, 3) for k in range(700)],
}
CARDS = np.random.default_rng(0).uniform(-2, 2, (700, 2, 36))


def shown_table():
    panels = [Panel(f"board {k}", values=CARDS[:, k], scale="signed", limit=2) for k in range(2)]
    return boards.table(
        COLUMNS, formats={"score": ".1%"}, cards=panels, sort="score", alt="Some <numbers>"
    )


def test_a_table_keeps_its_numbers_and_its_cards_to_a_127th():
    made = shown_table()
    names, scores = made.content["columns"]
    assert names["values"] == COLUMNS["name"]
    assert scores["values"][:4] == [0, 0.37, 0.74, None]
    bytes_ = b"".join(base64.b64decode(text) for text in made.cards)
    assert len(made.cards) == 2
    kept = np.frombuffer(bytes_, np.int8).reshape(CARDS.shape) * (2 / 127)
    assert np.abs(kept - CARDS).max() <= 1 / 127 + 1e-9
    json.dumps(made._repr_mimebundle_())
    assert "L0 N4" in str(made)
    assert "L0 N5" not in str(made)


def test_a_table_says_what_is_wrong():
    with pytest.raises(ValueError, match="as many values in each"):
        boards.table({"a": [1], "b": [1, 2]}, alt="")
    with pytest.raises(ValueError, match="'c' is no column: the columns are a"):
        boards.table({"a": [1]}, sort="c", alt="")
    with pytest.raises(ValueError, match=r"panel 'p'.*signed"):
        boards.table({"a": [1]}, cards=[Panel("p", values=np.zeros((1, 6, 6)))], alt="")


def test_a_table_sorts_searches_and_opens_cards_over_file(page, tmp_path):
    node = sphinx_ext._table_node(shown_table()._repr_mimebundle_()[boards.TABLE_MIME])
    document = new_document("page")
    document += node
    sphinx_ext._write_tables(SimpleNamespace(outdir=tmp_path), document)
    static = Path(boards.__file__).parent.parent / "book" / "static"
    (tmp_path / "_static").mkdir()
    shutil.copy(static / "tables.js", tmp_path / "_static")
    html = f"<html><body>{node.astext()}<script src=_static/tables.js></script></body></html>"
    (tmp_path / "page.html").write_text(html)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    first = page.locator("tbody tr:first-child td")
    top = max(range(700), key=lambda k: -1 if k == 3 else COLUMNS["score"][k])
    page.locator("tbody tr").first.wait_for()
    assert first.all_text_contents() == [COLUMNS["name"][top], f"{COLUMNS['score'][top]:.1%}"]
    assert page.locator("tbody tr").count() == 20
    page.locator("th button").nth(1).click()  # now from the smallest up
    assert page.locator("th").nth(1).get_attribute("aria-sort") == "ascending"
    assert first.first.text_content() == "L0 N0"
    page.locator("input").fill("l120 n60")
    assert page.locator("[role=status]").text_content() == "5 of 700 rows"
    page.locator("tbody button", has_text="N603").click()
    page.locator("svg").nth(1).wait_for()
    cells = page.locator("svg").nth(1).locator("rect:not(.cell)")
    kept = np.array(cells.evaluate_all("all => all.map(r => +r.getAttribute('fill-opacity'))"))
    sides = cells.evaluate_all("all => all.map(r => r.getAttribute('class'))")
    assert np.abs(kept - np.abs(CARDS[603, 1]) / 2).max() < 0.006
    assert [side == "theirs" for side in sides] == (np.rint(127 * CARDS[603, 1] / 2) < 0).tolist()
    assert page.locator("svg").nth(1).get_attribute("aria-label").startswith("board 1: ")
    page.locator("tbody button", has_text="N603").click()
    assert not page.locator("svg").count()
    assert not problems

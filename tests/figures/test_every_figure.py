"""Proof of ``othello_gpt.figures``: every figure."""

import itertools
import json

import numpy as np
import pytest

from othello_gpt import figures
from othello_gpt.figures import Panel, Series
from tests.figures.common import MOVES, ONE

PROBE = np.where(np.arange(2 * 32 * 36).reshape(2, 32, 36) % 37, 0, 0.5)
EVERY = {
    "game": lambda: figures.game_boards(MOVES),
    "layers": lambda: figures.game_boards(
        MOVES, [Panel(values=PROBE, scale="signed")], layers=["a", "b"]
    ),
    "stepper": lambda: figures.stepper([Panel()], ["first", "last"]),
    "grid": lambda: figures.grid(np.ones((2, 6, 6)), ["left", "right"], quantity="cosine"),
    "heatboard": lambda: figures.heatboard(np.eye(6), quantity="errors"),
    "curves": lambda: figures.curves([1, 2], ONE, x_title="move", y_title="error"),
    "bars": lambda: figures.bars(["null", "probe"], ONE, x_title="error"),
    "choice": lambda: figures.choice({"only": EVERY["curves"]()}),
    "points": lambda: figures.points(["null", "probe"], ONE, x_title="error"),
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
    assert figures.game_boards(MOVES, alt="My game.").layout.meta["alt"] == "My game."
    assert figures.grid(np.ones((1, 36)), ["a"], alt="My grid.").layout.meta["alt"] == "My grid."


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
    seen = [oklab(np.array(SIGHT[sight]) @ linear(colour)) for colour in figures.COLOURS]
    nearest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert nearest > 0.08


@pytest.mark.parametrize("page", ["#ffffff", "#14181e"])
def test_colours_stand_out_from_the_page(page):
    for colour in figures.COLOURS:
        low, high = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (colour, page))
        assert (high + 0.05) / (low + 0.05) >= 3, colour  # WCAG 2.1, graphical objects


NAN = np.where(np.arange(31 * 36).reshape(31, 6, 6) == 3 * 36 + 8, np.nan, 0.5)
REFUSED = {
    "wrong number of rows": (
        lambda: figures.game_boards(MOVES, [Panel("model", values=np.zeros((30, 36)))]),
        r"values of panel 'model': expected shape \[32, 6, 6\] or \[31, 6, 6\], got \[30, 36\]",
    ),
    "wrong board": (
        lambda: figures.game_boards(MOVES, [Panel(values=np.zeros((32, 8, 8)))]),
        r"expected shape \[32, 6, 6\] .*got \[32, 8, 8\]",
    ),
    "NaN": (
        lambda: figures.game_boards(MOVES, [Panel(values=NAN)]),
        r"nan at \[3\], square C2; mask the squares that have no value",
    ),
    "layers without values": (
        lambda: figures.game_boards(MOVES, layers=["a", "b"]),
        r"layers: no panel has values of shape \[2, 33, \.\.\.\]",
    ),
    "several games": (
        lambda: figures.game_boards(MOVES[None]),
        r"\[plies\] of one game, got \(1, 32\)",
    ),
    "illegal move": (lambda: figures.game_boards([0]), "A1 .*is illegal; legal: "),
    "board size": (lambda: figures.game_boards(MOVES, size=5), "board size 5"),
    "step out of range": (lambda: figures.game_boards(MOVES, at=33), "at: 33 is out of range"),
    "no steps": (lambda: figures.stepper([Panel()], []), "1 panels, 0 steps"),
    "player": (lambda: figures.stepper([Panel()], ["a"], player=[2]), "not within -1..1"),
    "last": (lambda: figures.stepper([Panel()], ["a"], last=[1, 2]), r"shape \[1\], got \[2\]"),
    "scale": (lambda: figures.grid(np.ones((1, 36)), ["a"], scale="jet"), "scale 'jet' is unknown"),
    "discs": (lambda: figures.grid(None, ["a"], discs=np.full((1, 36), 2)), "expected 1, -1 and 0"),
    "no boards": (lambda: figures.grid(np.ones((0, 36)), []), "at least one board"),
    "nothing": (lambda: figures.grid(None, ["a"]), "nothing to show"),
    "limit": (lambda: figures.heatboard(np.eye(6), limit=0), "limit: .*above 0, got 0"),
    "all masked": (
        lambda: figures.grid(np.ma.masked_all((1, 36)), ["a"]),
        "all of them are masked",
    ),
    "x": (
        lambda: figures.curves([1, 2], {"a": [1, 2, 3]}, x_title="", y_title=""),
        r"series 'a': y has shape \(3,\) but x \(2,\)",
    ),
    "half an interval": (
        lambda: figures.curves([1], {"a": Series([1], lo=[1])}, x_title="", y_title=""),
        "needs both lo and hi",
    ),
    "interval's shape": (
        lambda: figures.curves([1], {"a": Series([1], [1, 2], [1, 2])}, x_title="", y_title=""),
        r"y has shape \(1,\) but lo \(2,\)",
    ),
    "interval upside down": (
        lambda: figures.curves([1], {"a": Series([1], [2], [0])}, x_title="", y_title=""),
        "lo is above hi",
    ),
    "infinite": (
        lambda: figures.curves([1], {"a": [np.inf]}, x_title="", y_title=""),
        r"y of series 'a': inf at index \[0\]",
    ),
    "zero on a log axis": (
        lambda: figures.curves([0, 1], {"a": [1, 2]}, x_title="", y_title="", log_x=True),
        r"x of series 'a': 0 at index \[0\] on a log axis",
    ),
    "rows": (
        lambda: figures.bars(["a"], {"s": [1, 2]}, x_title=""),
        "series 's': 2 values for 1 labels",
    ),
    "no series": (lambda: figures.bars(["a"], {}, x_title=""), "at least one"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        call()

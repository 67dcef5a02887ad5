"""Proof of ``othello_gpt.figures``: grids."""

import itertools

import numpy as np
import pytest

from othello_gpt import figures, game
from tests.figures.common import MOVES, picture


def test_a_grid_shares_one_scale_centred_on_zero():
    values = np.linspace(-0.3, 0.7, 5 * 36).reshape(5, 6, 6)
    figure = figures.grid(values, list("abcde"))
    assert {trace.coloraxis for trace in figure.data} == {"coloraxis"}
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-0.7, 0.7)
    assert axis.colorscale[0][1] == figures.THEIRS
    assert axis.colorscale[-1][1] == figures.MINE
    for trace, board in zip(figure.data, values, strict=True):
        np.testing.assert_allclose(np.array(trace.z), board, atol=5.1e-4)
    assert figure.layout.meta["dark"]["coloraxis.colorscale"] != axis.colorscale


def test_boards_of_a_grid_do_not_overlap():
    figure = figures.grid(np.zeros((7, 4, 4)), list("abcdefg"), size=4, columns=3)
    axes = [
        (figure.layout[f"xaxis{n}"].domain, figure.layout[f"yaxis{n}"].domain)
        for n in ["", *range(2, 8)]
    ]
    for (x1, y1), (x2, y2) in itertools.combinations(axes, 2):
        assert x1[1] < x2[0] or x2[1] < x1[0] or y1[1] < y2[0] or y2[1] < y1[0]


def test_a_grid_of_positions():
    discs = game.replay(MOVES[None]).boards()[0, 3:6]
    figure = figures.grid(None, ["4", "5", "6"], discs=discs)
    shown = [picture(image.source, 6)[0] for image in figure.layout.images]
    assert (np.array(shown) == discs).all()


def test_a_heatboard_prints_its_values_and_leaves_masked_squares_bare():
    values = np.ma.masked_less(np.arange(36.0).reshape(6, 6), 4)
    figure = figures.heatboard(values, quantity="errors", value_format=".1f")
    assert list(figure.data[0].z[0]) == [None] * 4 + [4, 5]
    assert picture(figure.layout.images[0].source, 6)[2] == [f"{v}.0" for v in range(4, 36)]
    assert "highest at F6 (35)" in figure.layout.meta["alt"]
    assert "lowest at E1 (4)" in figure.layout.meta["alt"]


def test_margins_are_told_with_the_values():
    values = np.ma.masked_less(np.arange(36.0).reshape(6, 6), 4)
    figure = figures.heatboard(values, margins=values / 10, quantity="errors", value_format=".1f")
    told = figure.data[0]
    assert tuple(told.text[0]) == ("", "", "", "", " ± 0.4", " ± 0.5")
    assert told.text[5][5] == " ± 3.5"
    assert told.hovertemplate == "<b>%{x}%{y}</b> %{z:.1f}%{text}<extra></extra>"
    with pytest.raises(ValueError, match=r"margins: expected shape \[2, 6, 6\], got \[1, 36\]"):
        figures.grid(np.ones((2, 36)), ["a", "b"], margins=np.ones((1, 36)))

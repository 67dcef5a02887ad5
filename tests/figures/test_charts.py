"""Proof of ``othello_gpt.figures``: charts."""

import numpy as np
import pytest

from othello_gpt import figures
from othello_gpt.figures import Series
from tests.figures.common import ONE


def test_curves_hold_their_numbers():
    x, y = np.arange(4), np.array([0.1, 0.123456, 0.3, 0.2])
    figure = figures.curves(
        x,
        {"model": Series(y, y - 0.05, y + 0.05, colour=figures.MODEL), "other": y[::-1]},
        x_title="move",
        y_title="error",
        reference={"floor": 0.05},
    )
    band, model, other, floor = figure.data
    np.testing.assert_allclose(band.y, np.r_[y + 0.05, (y - 0.05)[::-1]], rtol=1e-4)
    assert list(band.x) == [0, 1, 2, 3, 3, 2, 1, 0]
    np.testing.assert_allclose(model.y, y, rtol=1e-4)
    assert model.line.color == figures.MODEL
    assert list(other.y) == [0.2, 0.3, 0.12346, 0.1]
    assert list(floor.x), list(floor.y) == ([0, 3], [0.05, 0.05])


def test_names_that_look_like_numbers_stay_names():
    figure = figures.curves(["0", "1", "more"], {"a": [1, 2, 3]}, x_title="x", y_title="y")
    assert figure.layout.xaxis.type == "category"
    assert figures.curves([0, 1], {"a": [1, 2]}, x_title="", y_title="").layout.xaxis.type is None


def test_choice_shows_one_chart_at_a_time():
    charts = {
        name: figures.curves([1, 2], lines, x_title="move", y_title="error")
        for name, lines in {"a": ONE, "b": {"one": [1, 2], "two": [3, 4]}}.items()
    }
    figure = figures.choice(charts)
    assert len(figure.data) == 4  # a line with its band, two without
    assert [trace.visible for trace in figure.data] == [True, True, False, False]
    shown = [button.args[0]["visible"] for button in figure.layout.updatemenus[0].buttons]
    assert shown == [[True, True, False, False], [False, False, True, True]]
    assert list(figure.data[2].y) == [1, 2]
    assert "a, b" in figure.layout.meta["alt"]
    with pytest.raises(ValueError, match="at least one"):
        figures.choice({})


def test_an_open_menu_fits_in_its_figure():
    chart = figures.curves([1, 2], {"a": [1, 2]}, x_title="move", y_title="error")
    few, many = (figures.choice({str(i): chart for i in range(n)}) for n in (2, 20))
    assert few.layout.height < many.layout.height
    assert many.layout.height - many.layout.margin.t > 20 * 25


@pytest.mark.parametrize("chart", [figures.bars, figures.points])
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


def test_a_logarithmic_axis_has_whole_numbers_in_its_range():
    figure = figures.curves([100, 1000], {"a": [1, 2]}, x_title="x", y_title="y", log_x=True)
    axis = figure.layout.xaxis
    assert [*axis.ticktext] == ["100", "200", "500", "1,000", "2,000", "5,000"]
    assert [*axis.tickvals] == [100, 200, 500, 1000, 2000, 5000]
    shares = figures.points(["a"], {"s": [0.001]}, x_title="x", x_format=".1%", log_x=True)
    assert [*shares.layout.xaxis.ticktext] == ["0.1%", "0.2%", "0.5%"]

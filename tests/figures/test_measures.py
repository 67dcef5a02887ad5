"""Proof of ``othello_gpt.figures``: measures."""

import numpy as np

from othello_gpt import figures
from othello_gpt.intervals import Interval


def test_measures_are_points_under_a_menu():
    one, other = (Interval(np.array(m), np.array(m) - 1, np.array(m) + 1) for m in ([2, 3], [4, 5]))
    found = {"loss": {"mean": one, "zero": other}, "illegal": {"mean": other, "zero": one}}
    figure = figures.measures(
        ["a", "b"],
        found,
        x_title="added",
        x_format={"loss": ".3f", "illegal": ".1%"},
        looks={"mean": dict(colour=figures.MODEL)},
        what="Without a head",
    )
    points = [trace for trace in figure.data if trace.error_x.array is not None]
    assert [list(trace.x) for trace in points] == [[2, 3], [4, 5], [4, 5], [2, 3]]
    assert [trace.visible for trace in points] == [True, True, False, False]
    assert [trace.marker.color for trace in points][::2] == [figures.MODEL] * 2
    labels = [button.label for button in figure.layout.updatemenus[0].buttons]
    assert labels == ["loss", "illegal"]
    assert figure.layout.meta["alt"].startswith("Without a head: loss.")

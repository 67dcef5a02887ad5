"""How factors of directions are shown beside their controls."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from .. import figures
from ..figures import Series
from ..intervals import Interval

READERS = {  # of ``Outputs.scores``: the name in figures, and the look
    "factors": ("squares times kinds", dict(colour=figures.MODEL)),
    "mispaired": ("mispaired", dict(colour=figures.THEIRS)),
    "rotated": ("random", dict(colour=figures.CONTROL)),
    "plain": ("no factors", dict(colour=figures.MODEL, dash="dot")),
}
MEASURES = {"read": "cells read correctly", "explained": "variance of the outputs"}


def factors_menu(ranks: Sequence[int], scores: Mapping[str, Mapping[str, Interval]]) -> go.Figure:
    """Return curves over ranks of what ``Outputs.scores`` found; a menu chooses the measure."""
    charts = {}
    for measure, title in MEASURES.items():
        series = {
            READERS[reader][0]: Series.of(interval, **READERS[reader][1])
            for reader, interval in scores[measure].items()
        }
        charts[title] = figures.curves(
            list(ranks),
            series,
            markers=True,
            x_title="numbers kept for each square",
            y_title="share",
            y_format=".0%",
        )
    return figures.choice(charts)

"""Charts: curves, bars, points, with their intervals."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import plotly.graph_objects as go
from numpy.typing import ArrayLike

from .layout import (
    axis_values,
    chart_layout,
    checked_series,
    finished,
    hover_interval,
    log_axis,
    short_numbers,
    transparent,
    trimmed_format,
)
from .rows import rows_chart
from .style import COLOURS, GREY, Series


def curves(
    x: ArrayLike,
    series: Mapping[str, ArrayLike | Series],
    *,
    x_title: str,
    y_title: str,
    reference: Mapping[str, float] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    y_format: str = "",
    markers: bool = False,
    alt: str | None = None,
) -> go.Figure:
    """Return lines over ``x`` [points] (numbers or names), with their intervals as bands.

    ``reference`` draws named horizontal lines, such as the entropy floor. ``y_format`` is a d3
    format for the axis and the hover, such as ".1%".

    >>> model = Series([0.02, 0.01], [0.01, 0.005], [0.03, 0.015], dash="dot")
    >>> figure = curves([1, 2], {"model": model}, x_title="move", y_title="illegal")
    """
    named = checked_series(series, log_y)
    data, alts, every_x = [], [], []
    for (name, one), colour in zip(named.items(), cycle(COLOURS), strict=False):
        colour = one.colour or colour
        at = axis_values(x if one.x is None else one.x, len(one.y), name, log_x)
        every_x.append(at)
        if one.lo is not None:
            data.append(
                dict(
                    type="scatter",
                    x=at + at[::-1],
                    y=short_numbers(one.hi) + short_numbers(one.lo)[::-1],
                    fill="toself",
                    fillcolor=transparent(colour, 0.18),
                    line=dict(width=0),
                    mode="lines",
                    hoverinfo="skip",
                    showlegend=False,
                    legendgroup=name,
                )
            )
        data.append(
            dict(
                type="scatter",
                name=name,
                x=at,
                y=short_numbers(one.y),
                mode="lines+markers" if markers else "lines",
                line=dict(color=colour, width=2.5, dash=one.dash),
                marker=dict(size=7),
                legendgroup=name,
                **hover_interval(one, "y", y_format),
            )
        )
        alts.append(f"{name} goes from {one.y[0]:.4g} to {one.y[-1]:.4g}")
    for name, height in (reference or {}).items():
        ends = [every_x[0][0], every_x[0][-1]]
        if not isinstance(ends[0], str):
            ends = [min(map(min, every_x)), max(map(max, every_x))]
        data.append(
            dict(
                type="scatter",
                name=name,
                x=ends,
                y=[float(f"{height:.5g}")] * 2,
                mode="lines",
                line=dict(color=GREY, width=1.5, dash="dot"),
                hovertemplate=f"%{{y:{y_format}}}",
            )
        )
        alts.append(f"{name} is at {height:.4g}")
    layout = chart_layout(len(named) + len(reference or {}) > 1)
    layout["xaxis"] |= dict(title=dict(text=x_title), showgrid=False)
    layout["xaxis"] |= log_axis(every_x) if log_x else {}
    if isinstance(every_x[0][0], str):  # else plotly drops "more" from "1", "2", "more"
        layout["xaxis"]["type"] = "category"
    layout["yaxis"] |= dict(title=dict(text=y_title))
    layout["yaxis"] |= log_axis([one.y for one in named.values()], y_format) if log_y else {}
    layout["yaxis"]["tickformat"] = trimmed_format(y_format)
    layout["hovermode"] = "x unified"
    alt = alt or f"Line chart of {y_title} against {x_title}: {'; '.join(alts)}."
    return finished(data, layout, alt)


def choice(charts: Mapping[str, go.Figure]) -> go.Figure:
    """Return one chart out of several with the same axes, to be chosen by name from a menu.

    Raises ``ValueError`` for no charts.

    >>> titles = dict(x_title="site", y_title="right")
    >>> charts = {name: curves(["in", "out"], {name: [0, 1]}, **titles) for name in ("a", "b")}
    >>> figure = choice(charts)
    """
    if not charts:
        raise ValueError("charts: a menu needs at least one")
    data, owner = [], []
    for name, figure in charts.items():
        for trace in figure.to_plotly_json()["data"]:
            data.append(trace | dict(visible=not owner or owner[0] == name))
            owner.append(name)
    first = next(iter(charts.values()))
    layout = first.to_plotly_json()["layout"]
    buttons = [
        dict(label=name, method="restyle", args=[{"visible": [name == of for of in owner]}])
        for name in charts
    ]
    # Above the chart and its legend, which starts at the plot's upper edge. An open menu must fit
    # into its figure, or its last options can't be reached.
    layout["height"] = max(layout["height"] + 46, 60 + 35 * len(charts))
    layout["margin"] = layout["margin"] | dict(t=layout["margin"]["t"] + 46)
    layout["updatemenus"] = [
        dict(
            buttons=buttons,
            showactive=False,
            x=0,
            xanchor="left",
            y=1,
            yanchor="bottom",
            pad=dict(b=layout["margin"]["t"] - 44),
            bgcolor="#ffffff",
            bordercolor=GREY,
            font=dict(color="#22272e"),
        )
    ]
    modes = {
        mode: {"updatemenus[0].bgcolor": paper, "updatemenus[0].font.color": ink}
        for mode, paper, ink in (("light", "#ffffff", "#22272e"), ("dark", "#22272e", "#eeeeee"))
    }
    alt = f"{first.layout.meta['alt']} A menu offers the same for: {', '.join(charts)}."
    return finished(data, layout, alt, modes)


def bars(
    labels: Sequence[str],
    series: Mapping[str, ArrayLike | Series],
    *,
    x_title: str,
    x_format: str = ".3g",
    reference: Mapping[str, float] | None = None,
    alt: str | None = None,
) -> go.Figure:
    """Return horizontal bars from zero, one row per label, with intervals and printed values.

    >>> figure = bars(["null", "edited"], {"error": [2.0, 0.1]}, x_title="top-N error")
    """
    return rows_chart("bar", labels, series, x_title, x_format, reference, False, alt)


def points(
    labels: Sequence[str],
    series: Mapping[str, ArrayLike | Series],
    *,
    x_title: str,
    x_format: str = ".3g",
    reference: Mapping[str, float] | None = None,
    log_x: bool = False,
    alt: str | None = None,
) -> go.Figure:
    """Return ``bars`` as points, for axes on which a bar would lie: without a zero, or logarithmic.

    >>> figure = points(["ridge", "bag"], {"board": [0.98, 0.88]}, x_title="right", x_format=".1%")
    """
    return rows_chart("scatter", labels, series, x_title, x_format, reference, log_x, alt)

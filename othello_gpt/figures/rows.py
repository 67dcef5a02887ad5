"""Values of named things, row under row, with their intervals."""

import textwrap
from itertools import cycle

import plotly.graph_objects as go

from .layout import (
    chart_layout,
    checked_series,
    finished,
    hover_interval,
    log_axis,
    short_numbers,
    transparent,
    trimmed_format,
)
from .style import COLOURS, GREY


def rows_chart(kind, labels, series, x_title, x_format, reference, log_x, alt) -> go.Figure:
    """Return a chart of bars (``kind`` "bar") or points ("scatter"): see ``bars``, ``points``.

    Raises ``ValueError`` where a series hasn't one value for each label, and as
    ``checked_series`` does.
    """
    named = checked_series(series, log_x)
    rows = ["<br>".join(textwrap.wrap(label, 24)) for label in labels]
    data, alts = [], []
    for (name, one), colour in zip(named.items(), cycle(COLOURS), strict=False):
        if len(one.y) != len(rows):
            raise ValueError(f"series {name!r}: {len(one.y)} values for {len(rows)} labels")
        colour = one.colour or colour
        trace: dict = dict(
            type=kind,
            name=name,
            x=short_numbers(one.y),
            y=rows,
            orientation="h",
            offsetgroup=name,
            legendgroup=name,
            **hover_interval(one, "x", x_format),
        )
        if kind == "bar":
            trace["marker"] = dict(
                color=transparent(colour, 0.5), line=dict(color=colour, width=1.5)
            )
        else:
            trace |= dict(mode="markers", marker=dict(color=colour, size=11), cliponaxis=False)
        if one.lo is not None and one.hi is not None:
            trace["error_x"] = dict(
                type="data",
                symmetric=False,
                array=short_numbers(one.hi - one.y),
                arrayminus=short_numbers(one.y - one.lo),
                color=colour,
                thickness=2.5,
                width=5,
            )
        data.append(trace)
        data.append(
            dict(
                type="scatter",
                mode="text",
                x=short_numbers(one.y if one.hi is None else one.hi),
                y=rows,
                text=[f"\u2002{value:{x_format}}" for value in one.y],
                textposition="middle right",
                cliponaxis=False,
                orientation="h",
                offsetgroup=name,
                legendgroup=name,
                showlegend=False,
                hoverinfo="skip",
            )
        )
        said = ", ".join(f"{row} {y:{x_format}}" for row, y in zip(labels, one.y, strict=True))
        alts.append(f"{name}: {said}")
    layout = chart_layout(len(named) + len(reference or {}) > 1)
    layout["xaxis"] |= dict(title=dict(text=x_title), tickformat=trimmed_format(x_format))
    layout["xaxis"] |= log_axis([one.y for one in named.values()], x_format) if log_x else {}
    layout["yaxis"] |= dict(range=[len(rows) - 0.5, -0.5], showgrid=False, type="category")
    if kind == "bar":
        layout["xaxis"]["rangemode"] = "tozero"
    layout["shapes"] = [
        dict(
            type="line",
            name=name,
            showlegend=True,
            x0=where,
            x1=where,
            yref="paper",
            y0=0,
            y1=1,
            line=dict(color=GREY, width=1.5, dash="dot"),
        )
        for name, where in (reference or {}).items()
    ]
    alts += [f"{name} is at {where:{x_format}}" for name, where in (reference or {}).items()]
    layout |= dict(scattermode="group", barmode="group", bargap=0.35, scattergap=0.35)
    layout["height"] = 110 + len(rows) * (16 + 22 * len(named))
    layout["margin"]["r"] = 52
    alt = alt or f"Chart of {x_title}. {'; '.join(alts)}."
    return finished(data, layout, alt)

"""Matrices with a menu."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from .canvas import colour_stops
from .layout import chart_layout, finished, slider_of, step_index
from .style import GLOW, INK, SIGNED


def matrix(
    values: ArrayLike,
    labels: Sequence[str],
    *,
    x_title: str,
    y_title: str,
    quantity: str = "",
    scale: str = "probability",
    names: Sequence[str] = (),
    first: int = 1,
    at: int = 0,
    alt: str,
) -> go.Figure:
    """Return matrices [steps, rows, columns] under a slider whose steps are called ``labels``.

    They hold shares, rounded to whole percents, or if ``scale`` is "signed" numbers from -1 to 1,
    to two digits. Row 0 is on top. Rows and columns have the same ``names``, or are counted from
    ``first``; a masked entry stays blank. ``at`` is the step that is seen first.
    Raises ``ValueError`` where values, labels and names don't fit.

    >>> patterns = np.eye(4)[None].repeat(2, 0)
    >>> titles = dict(x_title="attends to", y_title="after", alt="Two heads.")
    >>> figure = matrix(patterns, ["head 0", "head 1"], **titles)
    """
    values = np.ma.asarray(values)
    if values.ndim != 3 or len(values) != len(labels) or not len(labels):
        raise ValueError(
            f"values: {values.shape} isn't [steps, rows, columns] of {len(labels)} steps"
        )
    rows, columns = values.shape[1:]
    if len(names) and not len(names) == rows == columns:
        raise ValueError(f"names: {len(names)} names for {rows} rows and {columns} columns")
    signed = scale == "signed"
    low, unit, suffix = (-1, 1, "") if signed else (0, 100, "%")
    if not (np.isfinite(values.filled(0)).all() and values.min() >= low and values.max() <= 1):
        raise ValueError(
            f"values: expected {'numbers' if signed else 'shares'} between {low} and 1"
        )
    at = step_index("at", at, len(labels))
    digits = 2 if signed else None
    rounded = [
        [[None if cell is None else round(unit * cell, digits) + 0 for cell in row] for row in one]
        for one in values.tolist()
    ]
    axis = dict(x=list(names), y=list(names)) if len(names) else dict(x0=first, y0=first)
    trace = dict(
        type="heatmap",
        z=rounded[at],
        **axis,
        coloraxis="coloraxis",
        hovertemplate=f"{y_title} %{{y}}, {x_title} %{{x}}: %{{z}}{suffix}<extra></extra>",
    )
    layout = chart_layout(False)
    room = 7 * max(map(len, names), default=0)  # names on the x axis stand upright
    layout |= dict(width=520, height=560 + room, margin=dict(l=50, r=20, t=16, b=130 + room))
    layout["xaxis"] |= dict(title=dict(text=x_title), showgrid=False, zeroline=False)
    layout["yaxis"] |= dict(title=dict(text=y_title), showgrid=False, zeroline=False)
    layout["yaxis"] |= dict(autorange="reversed")
    if room:
        layout["xaxis"] |= dict(tickangle=-90, dtick=1)
        layout["yaxis"] |= dict(dtick=1)
    bar: dict = dict(thickness=8, outlinewidth=0, ticksuffix=suffix)
    bar["title"] = dict(text=quantity, side="right")
    colours = colour_stops(SIGNED["light"], 1) if signed else colour_stops(GLOW, 2)
    layout["coloraxis"] = dict(colorscale=colours, cmin=low * unit, cmax=unit, colorbar=bar)
    steps = [
        dict(label=label, method="restyle", args=[{"z": [z]}])
        for label, z in zip(labels, rounded, strict=True)
    ]
    modes: dict = {mode: {"sliders[0].currentvalue.font.color": ink} for mode, ink in INK.items()}
    for mode, shades in SIGNED.items() if signed else ():
        modes[mode]["coloraxis.colorscale"] = colour_stops(shades, 1)
    layout["sliders"] = [slider_of(steps, at, 60 + room)]
    return finished([trace], layout, alt, modes)

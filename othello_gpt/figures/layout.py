"""What all figures share: axes, sliders, margins, checks of what is handed in."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Int8
from numpy.typing import ArrayLike

from .. import game
from .style import FAINT, GREY, INK, CheckedSeries, Series


def page_style() -> dict:
    """Return what boards and charts share, so that the page's own background shows: a layout."""
    return dict(
        template={},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        hoverlabel=dict(bgcolor="#22272e", bordercolor="#22272e", font=dict(color="#fff", size=13)),
    )


def slider_of(steps: list[dict], at: int, top: int) -> dict:
    """Return plotly's slider over ``steps``, at index ``at``, ``top`` pixels below the plot."""
    return dict(
        active=at,
        steps=steps,
        x=0,
        len=1,
        y=0,
        pad=dict(t=top, b=0, l=0, r=0),
        bgcolor=GREY,
        activebgcolor=GREY,
        borderwidth=0,
        ticklen=0,
        minorticklen=0,
        # A step's label is shown above the slider, not at its tick: phones have no room.
        font=dict(size=1, color="rgba(0,0,0,0)"),
        currentvalue=dict(xanchor="left", offset=14, font=dict(size=14, color=INK["light"])),
    )


def chart_layout(legend: bool) -> dict:
    """Return the layout of a chart, 360 pixels high, with room for a legend above if it has one."""
    axis = dict(
        gridcolor=FAINT,
        linecolor=FAINT,
        zerolinecolor=FAINT,
        fixedrange=True,
        automargin=True,
        title=dict(standoff=10),
    )
    return dict(
        height=360,
        margin=dict(l=60, r=16, t=44 if legend else 16, b=44),
        xaxis=dict(axis),
        yaxis=dict(axis),
        showlegend=legend,
        legend=dict(orientation="h", x=0, y=1.02, yanchor="bottom"),
        **page_style(),
    )


def finished(data: list[dict], layout: dict, alt: str, modes: Mapping | None = None) -> go.Figure:
    """Return the figure, whose ``meta`` tells the page the ``alt`` text and the modes.

    ``modes``: what changes in the layout, path -> value, in "light", "dark", "wide" and "narrow".
    """
    layout["meta"] = {"alt": alt, "light": {}, "dark": {}, **(modes or {})}
    return go.Figure(data=data, layout=layout)


def trimmed_format(form: str) -> str:
    """Return a d3 format without trailing zeros: 0%, 0.5%, 1%."""
    return form and f"{form[:-1]}~{form[-1]}"


def log_axis(arrays: Sequence[ArrayLike], form: str = "") -> dict:
    """Return a logarithmic axis over arrays, with whole numbers at its ticks.

    Plotly's own ticks between powers of ten are single digits ("2" for 200). ``form`` is the format
    of the ticks.
    """
    low, high = (float(end) for end in (np.min(np.hstack(arrays)), np.max(np.hstack(arrays))))
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    digits = (1, 2, 5) if high < 50 * low else (1,)
    ticks = [float(f"{digit}e{power}") for power in range(first, last + 1) for digit in digits]
    texts = [tick_text(tick, form) for tick in ticks]
    return dict(type="log", tickmode="array", tickvals=ticks, ticktext=texts)


def tick_text(value: float, form: str = "") -> str:
    """Return a tick's number: with commas, without trailing zeros, or as a percentage.

    >>> tick_text(200_000), tick_text(0.005), tick_text(0.005, ".0%")
    ('200,000', '0.005', '0.5%')
    """
    if form.endswith("%"):
        return f"{100 * value:g}%"
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def transparent(colour: str, opacity: float) -> str:
    """Return a colour "#rrggbb" with an opacity from 0 to 1, as CSS and plotly write it."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


def hover_interval(one: CheckedSeries, axis: str, form: str) -> dict:
    """Return what shows a series' value and interval under the pointer: parts of plotly's trace.

    ``axis``: "x" or "y", on which the values are; ``form``: d3's format of a number.
    """
    template = f"%{{{axis}:{form}}}"
    if one.lo is None or one.hi is None:
        return dict(hovertemplate=template)
    return dict(
        hovertemplate=f"{template} (%{{customdata[0]:{form}}} to %{{customdata[1]:{form}}})",
        customdata=[
            list(pair) for pair in zip(short_numbers(one.lo), short_numbers(one.hi), strict=True)
        ],
    )


def short_numbers(numbers) -> list[float]:
    """Return numbers to five significant digits: more would only make the page larger."""
    return [float(f"{number:.5g}") for number in numbers]


def axis_values(x, points: int, name: str, log: bool) -> list:
    """Return ``x`` [points] as a list: words as they are, numbers to six significant digits.

    Raises ``ValueError`` for another shape and for numbers that have no place on the axis: NaN,
    infinite or, on a logarithmic one, not above 0.
    """
    x = np.asarray(x)
    if x.shape != (points,):
        raise ValueError(f"series {name!r}: y has shape ({points},) but x {x.shape}")
    if x.dtype.kind in "US":
        return x.tolist()
    _finite(f"x of series {name!r}", x, log)
    return [float(f"{number:.6g}") for number in x]


def checked_series(series: Mapping[str, ArrayLike | Series], log: bool) -> dict[str, CheckedSeries]:
    """Return the series with checked arrays.

    Raises ``ValueError`` for none at all, for arrays that aren't [points] of one length, for half
    an interval or one with lo above hi, and for numbers that have no place on the axis.
    """
    if not series:
        raise ValueError("series: a chart needs at least one")
    checked = {}
    for name, one in series.items():
        one = one if isinstance(one, Series) else Series(one)
        if (one.lo is None) != (one.hi is None):
            raise ValueError(f"series {name!r}: an interval needs both lo and hi")
        y = np.asarray(one.y, float)
        if y.ndim != 1 or not len(y):
            raise ValueError(f"series {name!r}: expected y of shape [points], got {y.shape}")
        arrays = {"y": y}
        for which in ("lo", "hi") if one.lo is not None else ():
            arrays[which] = np.asarray(getattr(one, which), float)
            if arrays[which].shape != y.shape:
                raise ValueError(
                    f"series {name!r}: y has shape {y.shape} but {which} {arrays[which].shape}"
                )
        for which, array in arrays.items():
            _finite(f"{which} of series {name!r}", array, log)
        if one.lo is not None and (arrays["lo"] > arrays["hi"]).any():
            raise ValueError(f"series {name!r}: lo is above hi")
        lo, hi = arrays.get("lo"), arrays.get("hi")
        checked[name] = CheckedSeries(y, lo, hi, one.x, one.colour, one.dash)
    return checked


def _finite(name: str, array, log: bool) -> None:
    bad = np.argwhere(~np.isfinite(array) | (log & (array <= 0)))
    if len(bad):
        why = " on a log axis" if log else ""
        raise ValueError(f"{name}: {array[tuple(bad[0])]} at index {bad[0].tolist()}{why}")


def checked_cells(
    name: str, given: ArrayLike, size: int, *leads: tuple[int, ...]
) -> np.ma.MaskedArray:
    """Return an array of shape ``[*lead, size, size]`` for one of the leads, without NaN.

    Raises ``ValueError`` for another shape, and for NaN or infinity where nothing masks it.
    """
    array = np.ma.asarray(given)
    if array.shape[-1:] == (size * size,):
        array = array.reshape(*array.shape[:-1], size, size)
    if array.shape not in [(*lead, size, size) for lead in leads]:
        wanted = " or ".join(str([*lead, size, size]) for lead in leads)
        raise ValueError(f"{name}: expected shape {wanted}, got {list(np.shape(given))}")
    bad = np.argwhere(~np.isfinite(array.filled(0)))
    if len(bad):
        *lead, row, column = map(int, bad[0])
        square = game.square_name(row * size + column, size)
        where = f"{lead}, square {square}" if lead else f"square {square}"
        raise ValueError(
            f"{name}: {array[tuple(bad[0])]} at {where};"
            " mask the squares that have no value (numpy.ma)"
        )
    return array


def checked_sides(
    name: str, given: ArrayLike, size: int, lead: tuple[int, ...]
) -> Int8[np.ndarray, "... size size"]:
    """Return discs (or legal squares) as int8 ``[*lead, size, size]``, each 1, -1 or 0.

    Raises ``ValueError`` for other numbers and, as ``checked_cells``, for another shape.
    """
    array = checked_cells(name, given, size, lead).filled(0)
    if not np.isin(array, (-1, 0, 1)).all():
        raise ValueError(f"{name}: expected 1, -1 and 0, got {np.unique(array)[:5].tolist()}")
    return array.astype(np.int8)


def last_value(scale: str, limit: float | None, values) -> float:
    """Return the value of the last colour: ``limit``, or what follows from scale and values.

    By default 1 for probabilities, else the largest absolute value, to three digits. Raises
    ``ValueError`` if all values are masked or the limit isn't a finite number above 0.
    """
    if not values.count():
        raise ValueError("values: all of them are masked")
    if limit is None:
        limit = 1.0 if scale == "probability" else float(f"{np.abs(values).max() or 1:.3g}")
    if not 0 < limit < math.inf:
        raise ValueError(f"limit: expected a number above 0, got {limit}")
    return limit


def rounded_values(values, limit: float, digits: int) -> list[list[float | None]]:
    """Return cells to a precision of ``digits`` digits of the limit, None where masked."""
    places = digits - math.ceil(math.log10(limit))
    return [[None if x is None else round(x, places) + 0.0 for x in row] for row in values.tolist()]


def step_index(name: str, index: int, steps: int) -> int:
    """Return the index of a step, which may be counted from the end (-1 is the last).

    Raises ``ValueError`` if there is no such step.
    """
    if not -steps <= index < steps:
        raise ValueError(f"{name}: {index} is out of range, there are {steps} steps")
    return index % steps


def per_step(name: str, given: ArrayLike | None, steps: int, allowed: range, default: int):
    """Return integers [steps], the default at each step if none are given.

    Raises ``ValueError`` for another shape and for what isn't ``allowed``.
    """
    if given is None:
        return np.full(steps, default)
    array = np.asarray(given)
    if array.shape != (steps,):
        raise ValueError(f"{name}: expected shape [{steps}], got {list(array.shape)}")
    if not np.isin(array, list(allowed)).all():
        raise ValueError(f"{name}: {array.tolist()} not within {allowed.start}..{allowed.stop - 1}")
    return array

"""Every figure of the book, in one visual language; handed arrays, never models.

A board is a felt board with discs, letters A-F above and digits 1-6 at its side, A1 top left. On
it, a cell that lights up is a probability; a small dot in the mover's colour is a legal square; a
bright dot marks the last move and small ones the discs that it turned. Signed quantities run from
red (theirs) through neutral to blue (mine), centred on zero. A concept has the same colour in every
chart (``MINE``, ``THEIRS``, ...).

- ``game``: one or more boards under a slider over moves, and maybe a second one over layers;
  ``stepper``: the same for any sequence of positions.
- ``grid``: boards for comparison; ``heatboard``: one board of values.
- ``curves``, ``bars``, ``points``: charts with intervals; ``choice``: one of several by a menu;
  ``measures``: such a menu of ``points``.

Discs, dots and numbers are one small SVG picture per board and step, so that they scale with the
board (a marker's size would be in pixels) and a step of the slider replaces one string. All that
needs no script but plotly's own. ``layout.meta`` holds the text alternative (``alt``) and, by mode
of the page (``light``, ``dark``), the changes that the mode asks for.
"""

from __future__ import annotations

import base64
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from urllib.parse import quote

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from . import rules

# Chosen by a search for colours that stand out from a white page as well as from a black one and
# stay apart for colour-blind readers (the test says how much).
MINE = "#4960b7"
THEIRS = "#c13112"
EMPTY = "#538e67"
LEGAL = "#b48f07"
MODEL = "#91527f"
TRUTH = "#1297ed"
CONTROL = "#9192a5"
COLOURS = (MODEL, MINE, THEIRS, EMPTY, LEGAL, TRUTH, CONTROL)

# How a probe and those that it is compared with are drawn (see ``probes.readers``). What reads the
# trained network's own stream has its colour.
READERS = {
    "the probe": dict(colour=MODEL),
    "embedding": dict(colour=MODEL, dash="dot"),
    "absolute colour": dict(colour=MODEL, dash="dash"),
    "control labels": dict(colour=TRUTH, dash="dash"),
    "untrained": dict(colour=THEIRS),
    "random features": dict(colour=LEGAL),
    "bag of moves": dict(colour=MINE),
    "flips ignored": dict(colour=EMPTY),
    "majority": dict(colour=CONTROL),
}

FELT = "#2f6b52"
LAST_MOVE = "#ff6b4a"
_SEAM = "#24543f"
_BLACK, _WHITE = "#1d2126", "#f8f6ef"
_GREY = "#868e96"
_INK = {"light": "#343a40", "dark": "#ced4da"}
_FAINT = "rgba(134, 142, 150, 0.25)"

# A probability lights the felt up. The colours are even in lightness; their places are squared, so
# that 5% shows.
_GLOW = (FELT, "#5f9a4f", "#a3c04e", "#e6dc62", "#fff7c2")
_SIGNED = {
    "light": (THEIRS, "#eba790", "#f4f2ee", "#a9b6e2", MINE),
    "dark": ("#f4775a", "#8a3d29", "#23272c", "#3b4a80", "#8fa3f2"),
}
_FORM = {"probability": ".1%", "magnitude": ".3g", "signed": ".2f"}
SCALES = tuple(_FORM)


@dataclass(frozen=True)
class Panel:
    """What one board of a ``game`` or ``stepper`` shows, step by step.

    ``discs``: [steps, n, n], +1 black, -1 white, 0 empty. ``legal``: bool [steps, n, n], squares
    with a dot. None is the game's own (in a ``stepper``: none), False none. ``values``:
    [steps, n, n], or [layers, steps, n, n] under a second slider; a masked one leaves its square
    bare. Squares may be flat: [..., n * n]. ``scale`` is one of ``SCALES`` and ``limit`` the value
    of its last colour (by default 1 for a probability, else the largest).
    """

    title: str = ""
    discs: ArrayLike | bool | None = None
    values: ArrayLike | None = None
    legal: ArrayLike | bool | None = None
    scale: str = "probability"
    limit: float | None = None


@dataclass(frozen=True)
class Series:
    """One series of a chart: ``y`` [points], an interval ``lo``..``hi``, an ``x`` of its own.

    ``colour`` is by default the next one of ``COLOURS``; ``dash`` is plotly's (solid, dash, dot).
    """

    y: ArrayLike
    lo: ArrayLike | None = None
    hi: ArrayLike | None = None
    x: ArrayLike | None = None
    colour: str | None = None
    dash: str = "solid"

    @classmethod
    def of(cls, interval, **look) -> Series:
        """Return the series of estimates with their intervals, an ``intervals.Interval``."""
        return cls(interval.mean, interval.low, interval.high, **look)


# --- boards with a slider -----------------------------------------------------------------------


def game(
    moves: ArrayLike,
    panels: Sequence[Panel] = (Panel(),),
    *,
    size: int = 6,
    standard: bool = False,
    layers: Sequence[str] = (),
    at: int = 0,
    layer: int = -1,
    alt: str | None = None,
) -> go.Figure:
    """Return a game as boards side by side under one slider, from the start to the last move.

    ``moves`` are squares [plies] (-1 pads a short game); they are replayed. Arrays of the panels
    have one row per move and show the board *after* it; the last row may be missing (no model
    predicts what follows the last move). ``at`` is the number of moves on the board at first.
    ``layers`` names the steps of a second slider, over the first axis of the panels' values.
    Raises ``rules.IllegalMove`` for a game that the rules don't allow and ``ValueError`` for an
    array of the wrong shape or with NaN.

    >>> game(moves, [Panel("legal"), Panel("predicted", values=probabilities)])
    """
    moves = np.asarray(moves)
    if moves.ndim != 1:
        raise ValueError(f"moves: expected the squares [plies] of one game, got {moves.shape}")
    record = rules.replay(moves[None], size, standard)
    plies = int((moves != rules.NO_MOVE).sum())
    moves, player = moves[:plies], record.player[0, :plies]
    opening = rules.start(size, standard)
    black, white = rules.to_array(np.array(opening, np.uint64), size)
    discs = np.concatenate([black[None].astype(np.int8) - white, record.boards()[0, :plies]])

    ends, side = opening, 1
    if plies:
        ends = record.after_first[0, plies - 1], record.after_second[0, plies - 1]
        side = -int(player[-1])
    if not rules.legal_moves(*ends[::side], size):
        side = -side  # a pass, if the game isn't over
    can = rules.to_array(rules.legal_moves(*ends[::side], size), size)
    legal = np.concatenate([record.legalities()[0, :plies], can[None]])

    def after_moves(panel, what, begin):
        name, given = f"{what} of panel {panel.title!r}", getattr(panel, what)
        leads = [(plies,), (plies - 1,)]
        if what == "values" and layers:
            leads += [(len(layers), *lead) for lead in leads]
        rows = _cells(name, given, size, *leads)
        steps = np.ma.masked_all((*rows.shape[:-3], plies + 1, size, size), rows.dtype)
        steps[..., 0, :, :] = begin
        steps[..., 1 : 1 + rows.shape[-3], :, :] = rows
        return steps

    filled = []
    for panel in panels:
        own = {}
        if panel.values is not None:
            own["values"] = after_moves(panel, "values", np.ma.masked)
        for what, ours in (("discs", discs), ("legal", legal)):
            given = getattr(panel, what)
            if given is None:
                own[what] = ours
            elif given is not False:
                own[what] = after_moves(panel, what, ours[0]).filled(0)
        filled.append(replace(panel, **own))

    names = [rules.square_name(move, size) for move in moves]
    labels = ["start"]
    for ply, name in enumerate(names):
        turned = int((discs[ply] * discs[ply + 1] < 0).sum())
        labels.append(
            f"{ply + 1}. {'black' if player[ply] > 0 else 'white'} {name}, turns {turned}"
        )
    alt = alt or (
        f"A game of Othello on a {size}x{size} board, to step through with a slider"
        f"{_titles(panels)}. Moves: {' '.join(names)}. After the last one black has"
        f" {(discs[-1] > 0).sum()} discs, white {(discs[-1] < 0).sum()}."
    )
    return stepper(
        filled,
        labels,
        size=size,
        layers=layers,
        player=[*player, side],
        last=[rules.NO_MOVE, *moves],
        at=at,
        layer=layer,
        alt=alt,
    )


def stepper(
    panels: Sequence[Panel],
    labels: Sequence[str],
    *,
    size: int = 6,
    layers: Sequence[str] = (),
    player: ArrayLike | None = None,
    last: ArrayLike | None = None,
    at: int = 0,
    layer: int = -1,
    columns: int = 0,
    alt: str | None = None,
) -> go.Figure:
    """Return boards under one slider whose steps are called ``labels``: a row, or ``columns`` wide.

    The steps need not be a game (examples, edited squares, ...): nothing is replayed. ``player``
    [steps], +1 or -1, is the side to move, the colour of the legal dots; ``last`` [steps] the
    square of the last move, -1 for none. ``layers`` names the steps of a second slider, over the
    first axis of the panels' values. ``at`` and ``layer`` are the steps that are seen first.
    """
    rules.check_size(size)
    steps = len(labels)
    if not steps or not panels:
        raise ValueError(f"nothing to show: {len(panels)} panels, {steps} steps")
    at, layer = _index("at", at, steps), _index("layer", layer, max(1, len(layers)))
    player = _per_step("player", player, steps, range(-1, 2), 0)
    last = _per_step("last", last, steps, range(rules.NO_MOVE, size * size), rules.NO_MOVE)

    canvas = _Canvas(panels, columns or len(panels), size, below=138 if layers else 78)
    pictures: list[list[str]] = []
    z: dict[int, list] = {}  # by trace, the cells at every step
    of_layer: dict[int, int] = {}  # by trace, for those under the second slider
    for i, panel in enumerate(panels):
        name = f"of panel {panel.title!r}"
        discs, legal = (
            np.zeros((steps, size, size), np.int8)
            if given is None or given is False
            else _sides(f"{what} {name}", given, size, (steps,))
            for what, given in (("discs", panel.discs), ("legal", panel.legal))
        )
        numbers = [""] * steps
        if panel.values is None:
            canvas.cells(i)
        else:
            leads = [(steps,), (len(layers), steps)] if layers else [(steps,)]
            values = _cells(f"values {name}", panel.values, size, *leads)
            limit = _limit(panel.scale, panel.limit, values)
            layered = values.ndim == 4
            if panel.scale == "probability" and not layered:
                worth = (values.filled(0) >= 0.01) & (discs == 0)
                numbers = [
                    _numbers(now, limit, ".0%", where, dots.any())
                    for now, where, dots in zip(values, worth, legal, strict=True)
                ]
            for k, of_one in enumerate(values if layered else values[None]):
                trace = len(canvas.data)
                z[trace] = [_rounded(now, limit, 2 if layered else 3) for now in of_one]
                if layered:
                    of_layer[trace] = k
                shown = not layered or k == layer
                canvas.cells(i, z[trace][at], panel.scale, limit, _FORM[panel.scale], shown)
        pictures.append(
            [
                _picture(
                    discs[step],
                    legal[step],
                    player[step],
                    last[step],
                    discs[step] * discs[max(0, step - 1)] < 0,
                    numbers[step],
                    panel.scale != "probability",
                )
                for step in range(steps)
            ]
        )

    canvas.layout["images"] = [canvas.image(i, svgs[at]) for i, svgs in enumerate(pictures)]
    canvas.slider(labels, at, pictures, z)
    if layers:
        if not of_layer:
            raise ValueError(f"layers: no panel has values of shape [{len(layers)}, {steps}, ...]")
        canvas.layer_slider(layers, layer, of_layer)
    alt = alt or (
        f"Othello boards of {size}x{size} with a slider over {steps} steps, {labels[0]!r} to"
        f" {labels[-1]!r}{_titles(panels)}."
    )
    return canvas.figure(alt)


# --- boards that stand still --------------------------------------------------------------------


def grid(
    values: ArrayLike | None,
    titles: Sequence[str],
    *,
    margins: ArrayLike | None = None,
    discs: ArrayLike | None = None,
    size: int = 6,
    scale: str = "signed",
    limit: float | None = None,
    quantity: str = "",
    value_format: str = "",
    columns: int = 4,
    numbers: bool = False,
    alt: str | None = None,
) -> go.Figure:
    """Return boards of values [boards, n, n] for comparison, all on one colour scale.

    ``discs`` [boards, n, n] are drawn on top, small where there are values (``values`` None: a row
    of positions). A masked value leaves its square bare. ``margins`` [boards, n, n], such as the
    half-widths of intervals, are told with the values when a square is touched. ``quantity`` names
    the values under the colour bar, ``limit`` is the value of the last colour (by default the
    largest, 1 for probabilities), ``value_format`` a format such as ".1%", ``numbers`` prints
    values in the cells.

    >>> grid(cosines, ["layer 0", "layer 4"], quantity="cosine", limit=1)
    """
    rules.check_size(size)
    if not titles:
        raise ValueError("titles: a grid needs at least one board")
    if values is None and discs is None:
        raise ValueError("neither values nor discs: nothing to show")
    lead = (len(titles),)
    if values is not None:
        values = _cells("values", values, size, lead)
        margins = None if margins is None else _cells("margins", margins, size, lead)
    discs = None if discs is None else _sides("discs", discs, size, lead)

    panels = [Panel(title, scale=scale) for title in titles]
    canvas = _Canvas(panels, columns, size, below=14 if values is None else 80)
    canvas.layout["images"] = []
    form = value_format or _FORM[scale]
    none = np.zeros((size, size), bool)
    for i in range(len(titles)):
        printed = ""
        if values is None:
            canvas.cells(i)
        else:
            top = _limit(scale, limit, values)
            canvas.cells(i, _rounded(values[i], top, 3), scale, top, form)
            if margins is not None:
                canvas.margins(margins[i], form)
            if numbers:
                short = value_format or (".0%" if scale == "probability" else ".2g")
                if scale == "signed":
                    # Their ink depends on the mode, as the colours do.
                    canvas.data[-1]["texttemplate"] = f"%{{z:{short}}}"
                else:
                    printed = _numbers(values[i], top, short, ~none, discs is not None)
        if discs is not None or printed:
            here = none if discs is None else discs[i]
            small = values is not None
            svg = _picture(here, none, 0, rules.NO_MOVE, none, printed, small)
            canvas.layout["images"].append(canvas.image(i, svg))
    canvas.colour_bar(quantity, form)
    if alt is None:
        alt = f"{len(titles)} Othello boards of {size}x{size}{_titles(panels)}."
        if values is not None:
            alt += (
                f" Colours show {quantity or scale}, from {values.min():.3g} to {values.max():.3g}."
            )
    return canvas.figure(alt)


def heatboard(
    values: ArrayLike,
    *,
    title: str = "",
    margins: ArrayLike | None = None,
    discs: ArrayLike | None = None,
    size: int = 6,
    scale: str = "magnitude",
    limit: float | None = None,
    quantity: str = "",
    value_format: str = "",
    numbers: bool = True,
    alt: str | None = None,
) -> go.Figure:
    """Return one board of values [n, n], printed in the cells unless ``numbers`` is False.

    The rest is as in ``grid``.

    >>> heatboard(error_by_square, quantity="share of wrong cells")
    """
    values = _cells("values", values, size, ())
    if alt is None:
        top, low = (
            rules.square_name(int(square), size)
            for square in (values.filled(-np.inf).argmax(), values.filled(np.inf).argmin())
        )
        alt = (
            f"A board of {size}x{size} coloured by {quantity or title or scale}: highest at {top}"
            f" ({values.max():.3g}), lowest at {low} ({values.min():.3g})."
        )
    return grid(
        values[None],
        [title],
        margins=None if margins is None else _cells("margins", margins, size, ())[None],
        discs=None if discs is None else _cells("discs", discs, size, ())[None],
        size=size,
        scale=scale,
        limit=limit,
        quantity=quantity,
        value_format=value_format,
        columns=1,
        numbers=numbers,
        alt=alt,
    )


# --- charts -------------------------------------------------------------------------------------


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

    >>> curves(plies, {"model": Series(y, lo, hi, colour=MODEL)}, x_title="move", y_title="illegal",
    ...        y_format=".1%")
    """
    named = _check_series(series, log_y)
    data, alts, every_x = [], [], []
    for (name, one), colour in zip(named.items(), cycle(COLOURS), strict=False):
        colour = one.colour or colour
        at = _axis(x if one.x is None else one.x, len(one.y), name, log_x)
        every_x.append(at)
        if one.lo is not None:
            data.append(
                dict(
                    type="scatter",
                    x=at + at[::-1],
                    y=_list(one.hi) + _list(one.lo)[::-1],
                    fill="toself",
                    fillcolor=_transparent(colour, 0.18),
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
                y=_list(one.y),
                mode="lines+markers" if markers else "lines",
                line=dict(color=colour, width=2.5, dash=one.dash),
                marker=dict(size=7),
                legendgroup=name,
                **_hover_interval(one, "y", y_format),
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
                line=dict(color=_GREY, width=1.5, dash="dot"),
                hovertemplate=f"%{{y:{y_format}}}",
            )
        )
        alts.append(f"{name} is at {height:.4g}")
    layout = _chart_layout(len(named) + len(reference or {}) > 1)
    layout["xaxis"] |= dict(title=dict(text=x_title), showgrid=False)
    layout["xaxis"] |= _log_axis(every_x) if log_x else {}
    if isinstance(every_x[0][0], str):  # else plotly drops "more" from "1", "2", "more"
        layout["xaxis"]["type"] = "category"
    layout["yaxis"] |= dict(title=dict(text=y_title))
    layout["yaxis"] |= _log_axis([one.y for one in named.values()]) if log_y else {}
    layout["yaxis"]["tickformat"] = _trimmed(y_format)
    layout["hovermode"] = "x unified"
    alt = alt or f"Line chart of {y_title} against {x_title}: {'; '.join(alts)}."
    return _finish(data, layout, alt)


def choice(charts: Mapping[str, go.Figure]) -> go.Figure:
    """Return one chart out of several with the same axes, to be chosen by name from a menu.

    >>> choice({target: curves(sites, lines[target], x_title="site", y_title="right")
    ...         for target in lines})
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
            bordercolor=_GREY,
            font=dict(color="#22272e"),
        )
    ]
    modes = {
        mode: {"updatemenus[0].bgcolor": paper, "updatemenus[0].font.color": ink}
        for mode, paper, ink in (("light", "#ffffff", "#22272e"), ("dark", "#22272e", "#eeeeee"))
    }
    alt = f"{first.layout.meta['alt']} A menu offers the same for: {', '.join(charts)}."
    return _finish(data, layout, alt, modes)


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

    >>> bars(["null", "probe"], {"error": Series(y, lo, hi)}, x_title="top-N error")
    """
    return _rows("bar", labels, series, x_title, x_format, reference, False, alt)


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

    >>> points(probes, {"board": Series(y, lo, hi)}, x_title="accuracy", x_format=".1%")
    """
    return _rows("scatter", labels, series, x_title, x_format, reference, log_x, alt)


def measures(
    labels: Sequence[str],
    found: Mapping[str, Mapping[str, object]],
    *,
    x_title: str,
    x_format: str | Mapping[str, str],
    looks: Mapping[str, Mapping[str, str]] | None = None,
    what: str,
) -> go.Figure:
    """Return ``points`` of several measures of the same things, to be chosen from a menu.

    ``found``: by measure, then by series, an ``intervals.Interval`` [labels]. ``x_format``: one for
    all, or by measure. ``looks``: by series, as for ``Series``. ``what`` the text alternatives say.

    >>> measures(layers, {"loss": {"mean": loss}, "illegal": {"mean": illegal}}, x_title="added",
    ...          x_format={"loss": ".3f", "illegal": ".1%"}, what="Without each layer")
    """
    charts, looks = {}, looks or {}
    for measure, of in found.items():
        series = {name: Series.of(i, **looks.get(name, {})) for name, i in of.items()}
        form = x_format if isinstance(x_format, str) else x_format[measure]
        alt = f"{what}: {measure}."
        charts[measure] = points(labels, series, x_title=x_title, x_format=form, alt=alt)
    return choice(charts)


def _rows(kind, labels, series, x_title, x_format, reference, log_x, alt) -> go.Figure:
    named = _check_series(series, log_x)
    rows = ["<br>".join(textwrap.wrap(label, 24)) for label in labels]
    data, alts = [], []
    for (name, one), colour in zip(named.items(), cycle(COLOURS), strict=False):
        if len(one.y) != len(rows):
            raise ValueError(f"series {name!r}: {len(one.y)} values for {len(rows)} labels")
        colour = one.colour or colour
        trace = dict(
            type=kind,
            name=name,
            x=_list(one.y),
            y=rows,
            orientation="h",
            offsetgroup=name,
            legendgroup=name,
            **_hover_interval(one, "x", x_format),
        )
        if kind == "bar":
            trace["marker"] = dict(
                color=_transparent(colour, 0.5), line=dict(color=colour, width=1.5)
            )
        else:
            trace |= dict(mode="markers", marker=dict(color=colour, size=11), cliponaxis=False)
        if one.lo is not None:
            trace["error_x"] = dict(
                type="data",
                symmetric=False,
                array=_list(one.hi - one.y),
                arrayminus=_list(one.y - one.lo),
                color=colour,
                thickness=2.5,
                width=5,
            )
        data.append(trace)
        data.append(
            dict(
                type="scatter",
                mode="text",
                x=_list(one.y if one.hi is None else one.hi),
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
    layout = _chart_layout(len(named) + len(reference or {}) > 1)
    layout["xaxis"] |= dict(title=dict(text=x_title), tickformat=_trimmed(x_format))
    layout["xaxis"] |= _log_axis([one.y for one in named.values()]) if log_x else {}
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
            line=dict(color=_GREY, width=1.5, dash="dot"),
        )
        for name, where in (reference or {}).items()
    ]
    alts += [f"{name} is at {where:{x_format}}" for name, where in (reference or {}).items()]
    layout |= dict(scattermode="group", barmode="group", bargap=0.35, scattergap=0.35)
    layout["height"] = 110 + len(rows) * (16 + 22 * len(named))
    layout["margin"]["r"] = 52
    alt = alt or f"Chart of {x_title}. {'; '.join(alts)}."
    return _finish(data, layout, alt)


# --- tables ------------------------------------------------------------------------------------

TABLE_MIME = "application/vnd.othello-gpt.table+json"
_ROWS_A_FILE = 512


@dataclass(frozen=True)
class Table:
    """A table that a page searches and sorts, with a card of boards behind each row.

    A notebook shows the first rows as text. In the book, ``content`` becomes a file that the page
    loads when the table comes into view, and each of ``cards`` one that it loads when it is needed.
    """

    content: dict
    cards: list[str]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        bundle = {"content": self.content, "cards": self.cards}
        return {TABLE_MIME: bundle, "text/plain": str(self)}

    def __str__(self) -> str:
        columns = self.content["columns"]
        rows = [[column["name"] for column in columns]]
        rows += list(zip(*(column["values"][:5] for column in columns), strict=True))
        lines = ["  ".join("" if value is None else str(value) for value in row) for row in rows]
        return "\n".join([self.content["alt"], *lines, "..."])


def table(
    columns: Mapping[str, Sequence],
    *,
    formats: Mapping[str, str] | None = None,
    cards: Sequence[Panel] = (),
    sort: str = "",
    size: int = 6,
    alt: str,
) -> Table:
    """Return a table to search and sort, whose rows open a card of boards.

    ``columns``: name -> values [rows], numbers or words; NaN is shown as nothing and sorted last.
    ``formats``: of numbers, such as ".2f" or ".1%" (by default as they are). ``cards``: panels with
    ``values`` [rows, n, n], one for each board of a card, on the signed scale; they are kept to
    1/127 of their ``limit``. ``sort`` names the column that the rows are first sorted by, from the
    largest down.
    """
    lengths = {name: len(values) for name, values in columns.items()}
    rows = next(iter(lengths.values()), 0)
    if not rows or set(lengths.values()) != {rows}:
        raise ValueError(f"columns: expected as many values in each, at least one, got {lengths}")
    for name in [sort] * bool(sort) + list(formats or {}):
        if name not in columns:
            raise ValueError(f"{name!r} is no column: the columns are {', '.join(columns)}")
    listed = []
    for name, values in columns.items():
        array = np.asarray(values)
        if array.dtype.kind in "iuf":
            digits = 6 if array.dtype.kind in "iu" else 4
            array = [None if np.isnan(v) else float(f"{v:.{digits}g}") for v in array.tolist()]
            array = [int(v) if v is not None and v == int(v) else v for v in array]
        else:
            array = [str(v) for v in array]
        listed.append(dict(name=name, format=(formats or {}).get(name, ""), values=array))
    layers, boards_ = [], []
    for panel in cards:
        if panel.scale != "signed" or panel.values is None:
            raise ValueError(f"panel {panel.title!r}: a card's boards are values on a signed scale")
        values = _cells(f"values of panel {panel.title!r}", panel.values, size, (rows,)).filled(0)
        limit = _limit("signed", panel.limit, np.ma.asarray(values))
        layers.append(np.clip(np.rint(127 * values / limit), -127, 127).astype(np.int8))
        boards_.append(dict(title=panel.title, limit=float(f"{limit:.3g}")))
    files = []
    if layers:
        joined = np.stack(layers, 1).reshape(rows, -1)
        files = [
            base64.b64encode(joined[k : k + _ROWS_A_FILE].tobytes()).decode()
            for k in range(0, rows, _ROWS_A_FILE)
        ]
    palette = {mode: [colours[0], colours[-1]] for mode, colours in _SIGNED.items()}
    content = dict(alt=alt, size=size, columns=listed, sort=sort, boards=boards_, palette=palette)
    return Table(content | dict(rowsAFile=_ROWS_A_FILE), files)


# --- matrices ----------------------------------------------------------------------------------


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

    >>> matrix(patterns, heads, x_title="attends to move", y_title="after move", alt="...")
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
    at = _index("at", at, len(labels))
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
    layout = _chart_layout(False)
    room = 7 * max(map(len, names), default=0)  # names on the x axis stand upright
    layout |= dict(width=520, height=560 + room, margin=dict(l=50, r=20, t=16, b=130 + room))
    layout["xaxis"] |= dict(title=dict(text=x_title), showgrid=False, zeroline=False)
    layout["yaxis"] |= dict(title=dict(text=y_title), showgrid=False, zeroline=False)
    layout["yaxis"] |= dict(autorange="reversed")
    if room:
        layout["xaxis"] |= dict(tickangle=-90, dtick=1)
        layout["yaxis"] |= dict(dtick=1)
    bar = dict(thickness=8, outlinewidth=0, ticksuffix=suffix)
    bar["title"] = dict(text=quantity, side="right")
    colours = _stops(_SIGNED["light"], 1) if signed else _stops(_GLOW, 2)
    layout["coloraxis"] = dict(colorscale=colours, cmin=low * unit, cmax=unit, colorbar=bar)
    steps = [
        dict(label=label, method="restyle", args=[{"z": [z]}])
        for label, z in zip(labels, rounded, strict=True)
    ]
    modes = {mode: {"sliders[0].currentvalue.font.color": ink} for mode, ink in _INK.items()}
    for mode, shades in _SIGNED.items() if signed else ():
        modes[mode]["coloraxis.colorscale"] = _stops(shades, 1)
    layout["sliders"] = [_slider(steps, at, 60 + room)]
    return _finish([trace], layout, alt, modes)


# --- drawing boards -----------------------------------------------------------------------------


class _Canvas:
    """A figure of boards: their axes and titles, the colour scales they share, their sliders."""

    def __init__(self, panels: Sequence[Panel], columns: int, size: int, below: int):
        self.size, self.panels = size, panels
        self.data: list[dict] = []
        self.modes: dict[str, dict] = {"light": {}, "dark": {}}  # and "wide", "narrow"
        self.scales: dict[tuple, str] = {}
        self.columns, self.titled = min(columns, len(panels)), any(panel.title for panel in panels)
        self.tick = 12 if self.columns < 4 else 10
        axis = dict(
            type="category",
            fixedrange=True,
            showgrid=False,
            zeroline=False,
            ticklen=0,
            tickangle=0,
            tickfont=dict(size=self.tick),
            constrain="domain",
        )
        images = dict(x=-0.5, y=-0.5, sizex=size, sizey=size, sizing="stretch", layer="above")
        self.layout: dict = _style() | dict(
            template=dict(
                layout=dict(
                    xaxis=axis | dict(side="top"),
                    yaxis=axis,
                    imagedefaults=images,
                    shapedefaults=dict(type="path", layer="below", line=dict(width=1)),
                ),
                data=dict(heatmap=[dict(xgap=1, ygap=1)]),
            ),
            margin=dict(l=24, r=12, t=50 if self.titled else 28, b=below),
            shapes=[],
            annotations=[],
        )
        for i, panel in enumerate(panels):
            if panel.scale not in SCALES:
                raise ValueError(f"scale {panel.scale!r} is unknown: use one of {SCALES}")
            n = _suffix(i)
            ends = [-0.5, size - 0.5]
            self.layout[f"xaxis{n}"] = dict(anchor=f"y{n}", range=ends)
            self.layout[f"yaxis{n}"] = dict(anchor=f"x{n}", scaleanchor=f"x{n}", range=ends[::-1])
            self.layout["shapes"].append(self._felt(n, panel.scale == "signed"))
            if self.titled:
                self.layout["annotations"].append(
                    dict(
                        text=panel.title,
                        xref=f"x{n}",
                        yref=f"y{n}",
                        x=(size - 1) / 2,
                        y=-0.5,
                        yanchor="bottom",
                        showarrow=False,
                        font=dict(size=self.tick + 2),
                    )
                )
        self._place_boards()

    def _place_boards(self) -> None:
        """Put the boards in rows; where there is little room, in rows of one or two instead."""
        wide = self._rows_of(self.columns)
        for key, value in wide.items():
            *path, last = key.replace("[", ".").replace("]", "").split(".")
            part = self.layout
            for name in path:
                part = part[int(name)] if name.isdigit() else part[name]
            part[last] = value
        long = max(len(panel.title) for panel in self.panels) > 24
        narrow = min(self.columns, 1 if long else 2)
        if narrow < self.columns:
            self.modes |= dict(wide=wide, narrow=self._rows_of(narrow))

    def _rows_of(self, columns: int) -> dict:
        """Return the changes of layout that put ``columns`` boards into each row."""
        rows = -(-len(self.panels) // columns)
        gap_x, gap_y = 0.09, 0.24 if self.titled else 0.1
        wide, high = columns + (columns - 1) * gap_x, rows + (rows - 1) * gap_y
        side = 380 if columns == 1 else 700 / wide
        margin = self.layout["margin"]
        found = dict(
            width=round(side * wide) + margin["l"] + margin["r"],
            height=round(side * high) + margin["t"] + margin["b"],
        )
        for i in range(len(self.panels)):
            row, column = divmod(i, columns)
            left, top = column * (1 + gap_x) / wide, 1 - row * (1 + gap_y) / high
            n = _suffix(i)
            found[f"xaxis{n}.domain"] = [_place(left), _place(left + 1 / wide)]
            found[f"xaxis{n}.showticklabels"] = row == 0
            found[f"yaxis{n}.domain"] = [_place(top - 1 / high), _place(top)]
            found[f"yaxis{n}.showticklabels"] = column == 0
            if self.titled:
                found[f"annotations[{i}].yshift"] = self.tick + 5 if row == 0 else 1
        return found

    def _felt(self, n: str, neutral: bool) -> dict:
        edge = self.size - 0.5
        lines = "".join(
            f"M{k - 0.5},-0.5V{edge}M-0.5,{k - 0.5}H{edge}" for k in range(1, self.size)
        )
        return dict(
            path=f"M-0.5,-0.5H{edge}V{edge}H-0.5Z{lines}",
            xref=f"x{n}",
            yref=f"y{n}",
            fillcolor=_FAINT if neutral else FELT,
            line=dict(color=_FAINT if neutral else _SEAM),
        )

    def cells(self, i, z=None, scale="", limit=1.0, form="", visible=True) -> None:
        """Add board i's cells, coloured by z; without it they only answer the mouse."""
        n = _suffix(i)
        trace = dict(
            type="heatmap",
            x=list("ABCDEFGH"[: self.size]),
            y=[str(row + 1) for row in range(self.size)],
            xaxis=f"x{n}",
            yaxis=f"y{n}",
            hovertemplate="<b>%{x}%{y}</b><extra></extra>",
        )
        if z is None:
            trace |= dict(
                z=[[0] * self.size] * self.size,
                colorscale=[[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]],
                showscale=False,
            )
        else:
            trace |= dict(z=z, coloraxis=self._coloraxis(scale, limit), visible=visible)
            trace["hovertemplate"] = f"<b>%{{x}}%{{y}}</b> %{{z:{form}}}<extra></extra>"
        self.data.append(trace)

    def margins(self, values, form: str) -> None:
        """Let the last cells that were added say by how much their values may be wrong."""
        said = [["" if m is None else f" ± {m:{form}}" for m in row] for row in values.tolist()]
        told = self.data[-1]["hovertemplate"].replace("<extra>", "%{text}<extra>")
        self.data[-1] |= dict(text=said, hovertemplate=told)

    def _coloraxis(self, scale: str, limit: float) -> str:
        if (scale, limit) in self.scales:
            return self.scales[scale, limit]
        name = "coloraxis" + (str(len(self.scales) + 1) if self.scales else "")
        self.scales[scale, limit] = name
        if scale == "signed":
            for mode, colours in _SIGNED.items():
                self.modes[mode][f"{name}.colorscale"] = _stops(colours, 1)
            colours = _stops(_SIGNED["light"], 1)
        else:
            colours = _stops(_GLOW, 2 if scale == "probability" else 1)
        self.layout[name] = dict(
            colorscale=colours, cmin=-limit if scale == "signed" else 0, cmax=limit, showscale=False
        )
        return name

    def colour_bar(self, quantity: str, form: str) -> None:
        bar = dict(
            orientation="h",
            thickness=8,
            lenmode="pixels",
            len=240,
            x=0.5,
            y=0,
            yanchor="top",
            ypad=14,
            outlinewidth=0,
            ticklen=3,
            tickcolor=_GREY,
            nticks=5,
            tickformat=_trimmed(form),
            title=dict(text=quantity, side="top", font=dict(size=12)),
        )
        for name in self.scales.values():
            self.layout[name] |= dict(showscale=True, colorbar=bar)

    def image(self, i: int, svg: str) -> dict:
        n = _suffix(i)
        return dict(source=svg, xref=f"x{n}", yref=f"y{n}")

    def slider(self, labels: Sequence[str], at: int, pictures: list[list[str]], z: dict) -> None:
        """Add the slider over steps, each of which replaces board i's picture and trace t's z.

        A picture that is the same at all steps is left where it is.
        (Animation frames would do the same a hundred times slower: they redraw the whole figure.)
        """
        steps = []
        for step, label in enumerate(labels):
            images = {
                f"images[{i}].source": svgs[step]
                for i, svgs in enumerate(pictures)
                if len(set(svgs)) > 1
            }
            if z:
                cells = {"z": [of_trace[step] for of_trace in z.values()]}
                steps.append(dict(label=label, method="update", args=[cells, images, list(z)]))
            else:
                steps.append(dict(label=label, method="relayout", args=[images]))
        self._add_slider(steps, at, top=10)

    def layer_slider(self, layers: Sequence[str], at: int, of_layer: dict[int, int]) -> None:
        """Add the slider over layers, which shows the traces of one layer and hides the others."""
        steps = [
            dict(
                label=name,
                method="restyle",
                args=[{"visible": [k == layer for k in of_layer.values()]}, list(of_layer)],
            )
            for layer, name in enumerate(layers)
        ]
        self._add_slider(steps, at, top=70)

    def _add_slider(self, steps: list[dict], at: int, top: int) -> None:
        sliders = self.layout.setdefault("sliders", [])
        for mode, ink in _INK.items():
            self.modes[mode][f"sliders[{len(sliders)}].currentvalue.font.color"] = ink
        sliders.append(_slider(steps, at, top))

    def figure(self, alt: str) -> go.Figure:
        return _finish(self.data, self.layout, alt, self.modes)


def _picture(discs, legal, player, last, turned, numbers: str, small: bool) -> str:
    """Return the discs, dots and numbers of one position as an SVG image, two units to a cell."""
    size = len(discs)

    def path(cells, more: str) -> str:
        # The round caps make a disc of a line of no length.
        spots = "".join(f"M{2 * column + 1} {2 * row + 1}h0" for row, column in np.argwhere(cells))
        return f"<path {more} d='{spots}'/>" if spots else ""

    def stroke(colour: str, width: float) -> str:
        return f"stroke='{colour}' stroke-width='{width:.3g}'"

    body = "<g id='d'>" + path(discs > 0, "id='b'") + path(discs < 0, "id='w'") + "</g>"
    disc = 0.45 if small else 0.8
    rim, low = (_GREY, 0) if small else ("#0008", 0.04)
    body += f"<use href='#d' y='{low}' {stroke(rim, 2.06 * disc)}/>"
    body += f"<use href='#b' {stroke(_BLACK, 1.9 * disc)}/>"
    body += f"<use href='#w' {stroke(_WHITE, 1.92 * disc)}/>"
    body += path(legal, stroke({1: _BLACK, -1: _WHITE}.get(player, LEGAL), 0.44))
    if last != rules.NO_MOVE:
        here = np.arange(size * size).reshape(size, size) == last
        body += path(here, stroke(LAST_MOVE, 0.48)) + path(turned, stroke(LAST_MOVE, 0.22))
    body += numbers
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {2 * size} {2 * size}'"
        f" stroke-linecap='round'>{body}</svg>"
    )
    # Brackets and slashes too: inside a page JSON would make six characters of each.
    return "data:image/svg+xml," + quote(svg, safe=" '=:,.()")


def _numbers(values, limit: float, form: str, where, low: bool) -> str:
    """Return values as SVG text in the cells ``where``, in the ink that reads on the glow."""
    texts = {
        at: f"{value:{form}}".removesuffix("%" if low else "")
        for at, value in np.ma.ndenumerate(np.ma.masked_where(~where, values))
    }
    font = min(0.56 if low else 0.62, 3.2 / max(map(len, texts.values()), default=1))
    body = f"<g font-family='sans-serif' text-anchor='middle' font-size='{font:.2g}'>"
    for (row, column), text in texts.items():
        x, y = 2 * column + 1, 2 * row + (1.86 if low else 1 + 0.36 * font)
        ink = "" if values[row, column] > 0.05 * limit else " fill='#fff'"
        body += f"<text x='{x}' y='{y:.4g}'{ink}>{text}</text>"
    return body + "</g>"


def _titles(panels: Sequence[Panel]) -> str:
    titles = [panel.title for panel in panels if panel.title]
    return f" ({', '.join(titles)})" if titles else ""


def _suffix(i: int) -> str:
    return str(i + 1) if i else ""


def _place(fraction: float) -> float:
    return round(min(max(fraction, 0.0), 1.0), 4)


def _stops(colours: Sequence[str], power: int) -> list[list]:
    last = len(colours) - 1
    return [[round((k / last) ** power, 4), colour] for k, colour in enumerate(colours)]


# --- what all figures share ---------------------------------------------------------------------


def _style() -> dict:
    return dict(
        template={},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        hoverlabel=dict(bgcolor="#22272e", bordercolor="#22272e", font=dict(color="#fff", size=13)),
    )


def _slider(steps: list[dict], at: int, top: int) -> dict:
    return dict(
        active=at,
        steps=steps,
        x=0,
        len=1,
        y=0,
        pad=dict(t=top, b=0, l=0, r=0),
        bgcolor=_GREY,
        activebgcolor=_GREY,
        borderwidth=0,
        ticklen=0,
        minorticklen=0,
        # A step's label is shown above the slider, not at its tick: phones have no room.
        font=dict(size=1, color="rgba(0,0,0,0)"),
        currentvalue=dict(xanchor="left", offset=14, font=dict(size=14, color=_INK["light"])),
    )


def _chart_layout(legend: bool) -> dict:
    axis = dict(
        gridcolor=_FAINT,
        linecolor=_FAINT,
        zerolinecolor=_FAINT,
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
        **_style(),
    )


def _finish(data: list[dict], layout: dict, alt: str, modes: Mapping | None = None) -> go.Figure:
    layout["meta"] = {"alt": alt, "light": {}, "dark": {}, **(modes or {})}
    return go.Figure(data=data, layout=layout)


def _trimmed(form: str) -> str:
    """Return a d3 format without trailing zeros: 0%, 0.5%, 1%."""
    return form and f"{form[:-1]}~{form[-1]}"


def _log_axis(arrays) -> dict:
    low, high = min(map(min, arrays)), max(map(max, arrays))
    return dict(type="log", dtick="D2" if high < 50 * low else 1)


def _transparent(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"


def _hover_interval(one: Series, axis: str, form: str) -> dict:
    template = f"%{{{axis}:{form}}}"
    if one.lo is None:
        return dict(hovertemplate=template)
    return dict(
        hovertemplate=f"{template} (%{{customdata[0]:{form}}} to %{{customdata[1]:{form}}})",
        customdata=[list(pair) for pair in zip(_list(one.lo), _list(one.hi), strict=True)],
    )


def _list(numbers) -> list[float]:
    return [float(f"{number:.5g}") for number in numbers]


def _axis(x, points: int, name: str, log: bool) -> list:
    x = np.asarray(x)
    if x.shape != (points,):
        raise ValueError(f"series {name!r}: y has shape ({points},) but x {x.shape}")
    if x.dtype.kind in "US":
        return x.tolist()
    _finite(f"x of series {name!r}", x, log)
    return [float(f"{number:.6g}") for number in x]


def _check_series(series: Mapping[str, ArrayLike | Series], log: bool) -> dict[str, Series]:
    """Return the series with checked arrays."""
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
        checked[name] = replace(one, **arrays)
    return checked


def _finite(name: str, array, log: bool) -> None:
    bad = np.argwhere(~np.isfinite(array) | (log & (array <= 0)))
    if len(bad):
        why = " on a log axis" if log else ""
        raise ValueError(f"{name}: {array[tuple(bad[0])]} at index {bad[0].tolist()}{why}")


def _cells(name: str, given: ArrayLike, size: int, *leads: tuple[int, ...]) -> np.ma.MaskedArray:
    """Return an array of shape [*lead, size, size] for one of the leads, without NaN."""
    array = np.ma.asarray(given)
    if array.shape[-1:] == (size * size,):
        array = array.reshape(*array.shape[:-1], size, size)
    if array.shape not in [(*lead, size, size) for lead in leads]:
        wanted = " or ".join(str([*lead, size, size]) for lead in leads)
        raise ValueError(f"{name}: expected shape {wanted}, got {list(np.shape(given))}")
    bad = np.argwhere(~np.isfinite(array.filled(0)))
    if len(bad):
        *lead, row, column = map(int, bad[0])
        square = rules.square_name(row * size + column, size)
        where = f"{lead}, square {square}" if lead else f"square {square}"
        raise ValueError(
            f"{name}: {array[tuple(bad[0])]} at {where};"
            " mask the squares that have no value (numpy.ma)"
        )
    return array


def _sides(name: str, given: ArrayLike, size: int, lead: tuple[int, ...]) -> np.ndarray:
    """Return discs (or legal squares) as int8 [*lead, size, size], each 1, -1 or 0."""
    array = _cells(name, given, size, lead).filled(0)
    if not np.isin(array, (-1, 0, 1)).all():
        raise ValueError(f"{name}: expected 1, -1 and 0, got {np.unique(array)[:5].tolist()}")
    return array.astype(np.int8)


def _limit(scale: str, limit: float | None, values) -> float:
    """Return the value of the last colour."""
    if not values.count():
        raise ValueError("values: all of them are masked")
    if limit is None:
        limit = 1.0 if scale == "probability" else float(f"{np.abs(values).max() or 1:.3g}")
    if not 0 < limit < math.inf:
        raise ValueError(f"limit: expected a number above 0, got {limit}")
    return limit


def _rounded(values, limit: float, digits: int) -> list[list[float | None]]:
    """Return cells to a precision of ``digits`` digits of the limit, None where masked."""
    places = digits - math.ceil(math.log10(limit))
    return [[None if x is None else round(x, places) + 0.0 for x in row] for row in values.tolist()]


def _index(name: str, index: int, steps: int) -> int:
    if not -steps <= index < steps:
        raise ValueError(f"{name}: {index} is out of range, there are {steps} steps")
    return index % steps


def _per_step(name: str, given: ArrayLike | None, steps: int, allowed: range, default: int):
    if given is None:
        return np.full(steps, default)
    array = np.asarray(given)
    if array.shape != (steps,):
        raise ValueError(f"{name}: expected shape [{steps}], got {list(array.shape)}")
    if not np.isin(array, list(allowed)).all():
        raise ValueError(f"{name}: {array.tolist()} not within {allowed.start}..{allowed.stop - 1}")
    return array

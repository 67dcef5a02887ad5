"""Boards that stand still."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from .. import game
from .canvas import Canvas, numbers_svg, picture_svg, titles_svg
from .layout import checked_cells, checked_sides, last_value, rounded_values
from .style import FORMATS, Panel


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
    values in the cells. Raises ``ValueError`` for no boards, and naming what has another shape.

    >>> cosines = np.eye(6)[None].repeat(2, 0)
    >>> figure = grid(cosines, ["layer 0", "layer 4"], quantity="cosine", limit=1)
    """
    game.check_size(size)
    if not titles:
        raise ValueError("titles: a grid needs at least one board")
    if values is None and discs is None:
        raise ValueError("neither values nor discs: nothing to show")
    lead = (len(titles),)
    if values is not None:
        values = checked_cells("values", values, size, lead)
        margins = None if margins is None else checked_cells("margins", margins, size, lead)
    discs = None if discs is None else checked_sides("discs", discs, size, lead)

    panels = [Panel(title, scale=scale) for title in titles]
    below, narrow = 14 if values is None else 80, 1 if numbers else 2  # columns on a phone
    canvas = Canvas(panels, columns, size, below, narrow)
    canvas.layout["images"] = []
    form = value_format or FORMATS[scale]
    none = np.zeros((size, size), bool)
    for i in range(len(titles)):
        printed = ""
        if values is None:
            canvas.cells(i)
        else:
            top = last_value(scale, limit, values)
            canvas.cells(i, rounded_values(values[i], top, 3), scale, top, form)
            if margins is not None:
                canvas.margins(np.ma.asarray(margins)[i], form)
            if numbers:
                short = value_format or (".0%" if scale == "probability" else ".2g")
                if scale == "signed":
                    # Their ink depends on the mode, as the colours do.
                    canvas.data[-1]["texttemplate"] = f"%{{z:{short}}}"
                else:
                    printed = numbers_svg(values[i], top, short, ~none, discs is not None)
        if discs is not None or printed:
            here = none if discs is None else discs[i]
            small = values is not None
            svg = picture_svg(here, none, 0, game.NO_MOVE, none, printed, small)
            canvas.layout["images"].append(canvas.image(i, svg))
    canvas.colour_bar(quantity, form)
    if alt is None:
        alt = f"{len(titles)} Othello boards of {size}x{size}{titles_svg(panels)}."
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

    >>> figure = heatboard(np.eye(6) / 2, quantity="share of wrong cells")
    """
    values = checked_cells("values", values, size, ())
    if alt is None:
        of = np.ma.asarray(values, float)
        top, low = (
            game.square_name(int(square), size)
            for square in (of.filled(-np.inf).argmax(), of.filled(np.inf).argmin())
        )
        alt = (
            f"A board of {size}x{size} coloured by {quantity or title or scale}: highest at {top}"
            f" ({values.max():.3g}), lowest at {low} ({values.min():.3g})."
        )
    return grid(
        values[None],
        [title],
        margins=None if margins is None else checked_cells("margins", margins, size, ())[None],
        discs=None if discs is None else checked_cells("discs", discs, size, ())[None],
        size=size,
        scale=scale,
        limit=limit,
        quantity=quantity,
        value_format=value_format,
        columns=1,
        numbers=numbers,
        alt=alt,
    )

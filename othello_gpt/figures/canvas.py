"""Drawing boards."""

from collections.abc import Sequence
from urllib.parse import quote

import numpy as np
import plotly.graph_objects as go

from .. import game
from .layout import finished, page_style, slider_of, trimmed_format
from .style import (
    BLACK,
    FAINT,
    FELT,
    GLOW,
    GREY,
    INK,
    LAST_MOVE,
    LEGAL,
    SCALES,
    SEAM,
    SIGNED,
    WHITE,
    Panel,
)


class Canvas:
    """A figure of boards: their axes and titles, the colour scales they share, their sliders."""

    def __init__(
        self, panels: Sequence[Panel], columns: int, size: int, below: int, narrow: int = 2
    ):
        self.size, self.panels = size, panels
        self.data: list[dict] = []
        self.modes: dict[str, dict] = {"light": {}, "dark": {}}  # and "wide", "narrow"
        self.scales: dict[tuple, str] = {}
        self.columns, self.titled = min(columns, len(panels)), any(panel.title for panel in panels)
        self.tick = 12 if self.columns < 4 else 11
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
        self.layout: dict = page_style() | dict(
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
        self._place_boards(narrow)

    def _place_boards(self, narrow: int) -> None:
        """Put the boards in rows; where there is little room, in rows of at most ``narrow``."""
        wide = self._rows_of(self.columns)
        for key, value in wide.items():
            *path, last = key.replace("[", ".").replace("]", "").split(".")
            part = self.layout
            for name in path:
                part = part[int(name)] if name.isdigit() else part[name]
            part[last] = value
        long = max(len(panel.title) for panel in self.panels) > 21
        narrow = min(self.columns, 1 if long else narrow)
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
            fillcolor=FAINT if neutral else FELT,
            line=dict(color=FAINT if neutral else SEAM),
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
            for mode, colours in SIGNED.items():
                self.modes[mode][f"{name}.colorscale"] = colour_stops(colours, 1)
            colours = colour_stops(SIGNED["light"], 1)
        else:
            colours = colour_stops(GLOW, 2 if scale == "probability" else 1)
        self.layout[name] = dict(
            colorscale=colours, cmin=-limit if scale == "signed" else 0, cmax=limit, showscale=False
        )
        return name

    def colour_bar(self, quantity: str, form: str) -> None:
        """Show a colour bar of 240 pixels for each scale: the quantity, ticks in d3's ``form``."""
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
            tickcolor=GREY,
            nticks=5,
            tickformat=trimmed_format(form),
            title=dict(text=quantity, side="top", font=dict(size=12)),
        )
        for name in self.scales.values():
            self.layout[name] |= dict(showscale=True, colorbar=bar)

    def image(self, i: int, svg: str) -> dict:
        """Return plotly's image of an SVG (a data URI) that covers board i."""
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
        for mode, ink in INK.items():
            self.modes[mode][f"sliders[{len(sliders)}].currentvalue.font.color"] = ink
        sliders.append(slider_of(steps, at, top))

    def figure(self, alt: str) -> go.Figure:
        """Return what has been drawn as a figure; ``alt`` says it in words."""
        return finished(self.data, self.layout, alt, self.modes)


def picture_svg(discs, legal, player, last, turned, numbers: str, small: bool) -> str:
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
    rim, low = (GREY, 0) if small else ("#0008", 0.04)
    body += f"<use href='#d' y='{low}' {stroke(rim, 2.06 * disc)}/>"
    body += f"<use href='#b' {stroke(BLACK, 1.9 * disc)}/>"
    body += f"<use href='#w' {stroke(WHITE, 1.92 * disc)}/>"
    body += path(legal, stroke({1: BLACK, -1: WHITE}.get(player, LEGAL), 0.44))
    if last != game.NO_MOVE:
        here = np.arange(size * size).reshape(size, size) == last
        body += path(here, stroke("#fff", 0.64))  # a rim, for it stands on discs of any colour
        body += path(here, stroke(LAST_MOVE, 0.48)) + path(turned, stroke(LAST_MOVE, 0.22))
    body += numbers
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {2 * size} {2 * size}'"
        f" stroke-linecap='round'>{body}</svg>"
    )
    # Brackets and slashes too: inside a page JSON would make six characters of each.
    return "data:image/svg+xml," + quote(svg, safe=" '=:,.()")


def numbers_svg(values, limit: float, form: str, where, low: bool) -> str:
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


def titles_svg(panels: Sequence[Panel]) -> str:
    """Return the titles of panels in brackets, for an ``alt`` text; nothing if none has one."""
    titles = [panel.title for panel in panels if panel.title]
    return f" ({', '.join(titles)})" if titles else ""


def _suffix(i: int) -> str:
    return str(i + 1) if i else ""


def _place(fraction: float) -> float:
    return round(min(max(fraction, 0.0), 1.0), 4)


def colour_stops(colours: Sequence[str], power: int) -> list[list]:
    """Return plotly's colour scale [[place from 0 to 1, colour], ...], even in the place's root.

    The root is that of ``power``: above 1 it gives small values more of the colours.
    """
    last = len(colours) - 1
    return [[round((k / last) ** power, 4), colour] for k, colour in enumerate(colours)]

"""Boards with a slider."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from .. import game
from .canvas import Canvas, numbers_svg, picture_svg, titles_svg
from .layout import checked_cells, checked_sides, last_value, per_step, rounded_values, step_index
from .style import FORMATS, Panel


def game_boards(
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

    >>> moves = game.sample_moves(1, seed=0)[0]
    >>> even = Panel("even", values=np.full((32, 36), 1 / 36))
    >>> figure = game_boards(moves, [Panel("legal"), even])
    """
    moves = np.asarray(moves)
    if moves.ndim != 1:
        raise ValueError(f"moves: expected the squares [plies] of one game, got {moves.shape}")
    record = game.replay(moves[None], size, standard)
    plies = int((moves != game.NO_MOVE).sum())
    moves, player = moves[:plies], record.player[0, :plies]
    opening = game.start(size, standard)
    black, white = game.to_array(np.array(opening, np.uint64), size)
    discs = np.concatenate([black[None].astype(np.int8) - white, record.boards()[0, :plies]])

    ends, side = opening, 1
    if plies:
        ends = record.after_first[0, plies - 1], record.after_second[0, plies - 1]
        side = -int(player[-1])
    mine, theirs = ends[::side]
    if not game.legal_moves(mine, theirs, size):
        side, mine, theirs = -side, theirs, mine  # a pass, if the game isn't over
    can = game.to_array(game.legal_moves(mine, theirs, size), size)
    legal = np.concatenate([record.legalities()[0, :plies], can[None]])

    def after_moves(panel, what, begin):
        name, given = f"{what} of panel {panel.title!r}", getattr(panel, what)
        leads = [(plies,), (plies - 1,)]
        if what == "values" and layers:
            leads += [(len(layers), *lead) for lead in leads]
        rows = checked_cells(name, given, size, *leads)
        steps = np.ma.masked_all((*rows.shape[:-3], plies + 1, size, size), dtype=rows.dtype.type)
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

    names = [game.square_name(move, size) for move in moves]
    labels = ["start"]
    for ply, name in enumerate(names):
        turned = int((discs[ply] * discs[ply + 1] < 0).sum())
        labels.append(
            f"{ply + 1}. {'black' if player[ply] > 0 else 'white'} {name}, turns {turned}"
        )
    alt = alt or (
        f"A game of Othello on a {size}x{size} board, to step through with a slider"
        f"{titles_svg(panels)}. Moves: {' '.join(names)}. After the last one black has"
        f" {(discs[-1] > 0).sum()} discs, white {(discs[-1] < 0).sum()}."
    )
    return stepper(
        filled,
        labels,
        size=size,
        layers=layers,
        player=[*player, side],
        last=[game.NO_MOVE, *moves],
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
    Raises ``ValueError`` for no panels or steps, and naming what has a shape or value that it
    can't have.
    """
    game.check_size(size)
    steps = len(labels)
    if not steps or not panels:
        raise ValueError(f"nothing to show: {len(panels)} panels, {steps} steps")
    at, layer = step_index("at", at, steps), step_index("layer", layer, max(1, len(layers)))
    player = per_step("player", player, steps, range(-1, 2), 0)
    last = per_step("last", last, steps, range(game.NO_MOVE, size * size), game.NO_MOVE)

    canvas = Canvas(panels, columns or len(panels), size, below=138 if layers else 78)
    pictures: list[list[str]] = []
    z: dict[int, list] = {}  # by trace, the cells at every step
    of_layer: dict[int, int] = {}  # by trace, for those under the second slider
    for i, panel in enumerate(panels):
        name = f"of panel {panel.title!r}"
        discs, legal = (
            np.zeros((steps, size, size), np.int8)
            if given is None or given is False
            else checked_sides(f"{what} {name}", given, size, (steps,))
            for what, given in (("discs", panel.discs), ("legal", panel.legal))
        )
        numbers = [""] * steps
        if panel.values is None:
            canvas.cells(i)
        else:
            leads = [(steps,), (len(layers), steps)] if layers else [(steps,)]
            values = checked_cells(f"values {name}", panel.values, size, *leads)
            limit = last_value(panel.scale, panel.limit, values)
            layered = values.ndim == 4
            if panel.scale == "probability" and not layered:
                worth = (values.filled(0) >= 0.01) & (discs == 0)
                numbers = [
                    numbers_svg(now, limit, ".0%", where, bool(dots.any()))
                    for now, where, dots in zip(values, worth, legal, strict=True)
                ]
            for k, of_one in enumerate(values if layered else values[None]):
                trace = len(canvas.data)
                z[trace] = [rounded_values(now, limit, 2 if layered else 3) for now in of_one]
                if layered:
                    of_layer[trace] = k
                shown = not layered or k == layer
                canvas.cells(i, z[trace][at], panel.scale, limit, FORMATS[panel.scale], shown)
        pictures.append(
            [
                picture_svg(
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
        f" {labels[-1]!r}{titles_svg(panels)}."
    )
    return canvas.figure(alt)

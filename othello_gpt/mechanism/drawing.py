"""The attribution graph as a picture."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from .. import game
from ..figures import CONTROL, LEGAL, MINE, MODEL, THEIRS
from ..figures.layout import chart_layout, finished
from ..figures.style import INK
from .edges import Graph, strongest
from .graph import Node

_SYMBOLS = {
    "move": "square",
    "head": "diamond",
    "neuron": "circle",
    "square": "square-open",
    "logit": "star",
}
_TINTS = {"move": LEGAL, "head": MINE, "neuron": MODEL, "square": LEGAL, "logit": MODEL}
_KINDS = {
    "move": "moves",
    "head": "heads",
    "neuron": "neurons",
    "square": "squares (probe)",
    "logit": "the answer",
}


def title_of(graph: Graph) -> str:
    """Return what the graph explains, and the share that it doesn't, or that is too much."""
    up, down = (
        game.square_name(game.square_of_token()[k]) for k in (graph.found.up, graph.found.down)
    )
    what = "unexplained" if graph.rescue <= 1 else "too much"
    return f"why {up} and not {down}: {graph.unexplained:.0%} {what}"


def draw_graphs(
    graphs: Mapping[str, Graph],
    rules: Mapping[tuple[int, int], str],
    edges: int = 90,
    cards: bool = True,
) -> go.Figure:
    """Return graphs, layers from bottom to top, the first one seen; a menu has them all by name.

    ``rules``: what is known of neurons, shown when one is touched. Only the ``edges`` strongest are
    drawn. The largest neuron of each layer has its name beside it. Without ``cards`` a click marks
    a part and leads nowhere: the book's cards are those of one network.
    """
    data, owner = [], []
    for name, graph in graphs.items():
        traces = [*_lines(graph, edges), *_marks(graph, rules)]
        data += [trace | dict(visible=not owner or owner[0] == name) for trace in traces]
        owner += [name] * len(traces)
    first = next(iter(graphs.values()))
    layout = _layout(first)
    modes = {mode: {"title.font.color": ink} for mode, ink in INK.items()}
    if len(graphs) > 1:
        layout["updatemenus"] = [_menu(graphs, owner)]
        layout["height"] += 46
        layout["margin"]["t"] += 46
        papers = {"light": "#ffffff", "dark": "#22272e"}
        inks = {"light": "#22272e", "dark": "#eeeeee"}
        for mode, changes in modes.items():
            changes["updatemenus[0].bgcolor"] = papers[mode]
            changes["updatemenus[0].font.color"] = inks[mode]
    alt = f"A graph of nodes in layers from the moves below to the answer above: {title_of(first)}."
    if len(graphs) > 1:
        alt += f" A menu offers: {', '.join(graphs)}."
    drawn = finished(data, layout, alt, modes)
    drawn.layout.meta = drawn.layout.meta | dict(cards=cards)
    return drawn


def _layout(graph: Graph) -> dict:
    layers = graph.found.last.model.config.n_layer
    layout = chart_layout(True)
    layout["height"] = 680
    layout["margin"] = dict(l=60, r=16, t=56, b=110)
    layout["legend"] |= dict(font=dict(size=11), y=-0.02, yanchor="top")
    layout["title"] = dict(text=title_of(graph), x=0, xref="container", y=1, yref="container")
    layout["title"] |= dict(yanchor="top", pad=dict(t=10, l=10), font=dict(size=15))
    layout["xaxis"] |= dict(visible=False, range=[-1.12, 1.12])
    ticks = [-1, *range(layers), layers]
    names = ["moves", *(f"layer {layer}" for layer in range(layers)), "answer"]
    layout["yaxis"] |= dict(tickvals=ticks, ticktext=names, showgrid=False, zeroline=False)
    layout["yaxis"] |= dict(range=[-1.5, layers + 0.5])
    layout["hovermode"] = "closest"
    return layout


def _menu(graphs: Mapping[str, Graph], owner: list[str]) -> dict:
    buttons = [
        dict(
            label=name,
            method="update",
            args=[{"visible": [name == of for of in owner]}, {"title.text": title_of(graph)}],
        )
        for name, graph in graphs.items()
    ]
    return dict(
        buttons=buttons,
        showactive=False,
        x=0,
        xanchor="left",
        y=1,
        yanchor="bottom",
        pad=dict(b=30),
        bgcolor="#ffffff",
        bordercolor=CONTROL,
        font=dict(color="#22272e"),
    )


def _height(node: Node) -> float:
    return node.layer + (0.45 if node.kind == "neuron" else 0.0)


def places(graph: Graph) -> dict[Node, tuple[float, float]]:
    """Return where each node is drawn: those of its kind and layer in a row, the largest inmost."""
    rows: dict[tuple, list[Node]] = {}
    for node in graph.nodes:
        rows.setdefault((node.kind, node.layer), []).append(node)
    found = {}
    for row in rows.values():
        ends = (
            np.linspace(-1, 1, len(row) + 2)[1:-1] if len(row) < 6 else np.linspace(-1, 1, len(row))
        )
        inmost = sorted(ends, key=lambda x: (abs(round(float(x), 6)), x))
        if row[0].kind in ("head", "neuron"):
            row = sorted(row, key=lambda node: -abs(node.effect))
        else:
            inmost = list(ends)  # moves and squares stay in order
        for x, node in zip(inmost, row, strict=True):
            found[node] = (round(float(x), 3), _height(node))
    return found


def _lines(graph: Graph, edges: int) -> list[dict]:
    at, strong = places(graph), strongest(graph, edges)
    most = max(abs(edge[2]) for edge in strong)
    found = []
    for colour, sign in ((MODEL, 1), (THEIRS, -1)):
        for low, high, width in ((0, 0.1, 0.6), (0.1, 0.3, 1.4), (0.3, 1.01, 3)):
            x, y = [], []
            for a, b, share in strong:
                if share * sign > 0 and low <= abs(share) / most < high:
                    ends = at[graph.nodes[a]], at[graph.nodes[b]]
                    x += [ends[0][0], ends[1][0], None]
                    y += [ends[0][1], ends[1][1], None]
            line = dict(color=colour, width=width)
            found.append(dict(type="scatter", mode="lines", x=x, y=y, line=line, opacity=0.7))
            found[-1] |= dict(hoverinfo="skip", showlegend=False)
    return found


def _marks(graph: Graph, rules: Mapping[tuple[int, int], str]) -> list[dict]:
    at, found = places(graph), []
    largest = sorted(graph.parts, key=lambda node: abs(node.effect))
    named = {node.layer: node for node in largest if node.kind == "neuron"}.values()
    for kind, symbol in _SYMBOLS.items():
        nodes = [node for node in graph.nodes if node.kind == kind]
        big = [kind in ("move", "square", "logit") or node in named for node in nodes]
        ids = [node.card for node in nodes]
        found.append(
            dict(
                type="scatter",
                mode="markers+text",
                **(dict(ids=ids) if all(ids) else {}),  # what the page links to cards
                name=_KINDS[kind],
                x=[at[node][0] for node in nodes],
                y=[at[node][1] for node in nodes],
                text=[node.name if b else "" for node, b in zip(nodes, big, strict=True)],
                textposition="top center",
                textfont=dict(size=11, shadow="auto"),  # legible on lines
                customdata=[_said(graph, node, rules) for node in nodes],
                hovertemplate="%{customdata}<extra></extra>",
                marker=dict(
                    symbol=symbol,
                    color=_TINTS[kind],
                    size=[round(6 + 12 * min(abs(node.effect), 1) ** 0.5) for node in nodes],
                    line=dict(width=1.5, color=_TINTS[kind]),
                ),
            )
        )
    return found


def _said(graph: Graph, node: Node, rules: Mapping[tuple[int, int], str]) -> str:
    lines = [f"<b>{node.name}</b>"]
    if node.kind == "move":
        lines = [f"<b>move {node.name}</b>"]
    if node.kind == "neuron":
        lines.append(rules.get((int(node.layer), node.index), "no rule known"))
    if node.kind == "square":
        lines.append("its disc, as read in the middle")
    if node.kind == "logit":
        return f"<b>{title_of(graph)}</b>"
    if node is graph.nodes[0]:
        return f"{lines[0]}<br>the last one: all that differs"
    lines.append(f"effect: {node.effect:+.1%} (estimate)")
    if node in graph.alone:
        lines.append(f"lost without it: {graph.alone[node]:+.1%}")
    return "<br>".join(lines)

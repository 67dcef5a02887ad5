"""What goes from node to node, and the whole graph."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from .. import game, neurons
from ..interventions import MINE, THEIRS, Cases
from ..model import GPT
from ..probes import Probe
from .graph import (
    Contrast,
    Node,
    changed_squares,
    contrast,
    effects,
    gradients,
    largest,
    lost_alone,
    removed,
    rescued,
)

Vector = Float[torch.Tensor, " width"]
_EPS = 1e-5  # LayerNorm's


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes and edges, and how far the nodes explain the whole.

    ``edges``: from node to node (places in ``nodes``), with the share of the whole that goes along.
    ``rescue``: the share that is there if only the nodes and the token follow the own move;
    ``left``: what is left if only the nodes don't. ``alone``: by node, what is lost without it.
    """

    found: Contrast
    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int, float], ...]
    rescue: float
    left: float
    alone: dict[Node, float]

    @property
    def unexplained(self) -> float:
        """How far what the nodes rescue is from the whole: they may also overshoot it."""
        return abs(1 - self.rescue)

    @property
    def parts(self) -> list[Node]:
        """The heads and neurons among the nodes."""
        return [node for node in self.nodes if node.kind in ("head", "neuron")]


def attribution_graph(
    model: GPT, case: Cases, other: int, probe: Probe, n_heads: int = 24, n_neurons: int = 128
) -> Graph:
    """Return the graph of one prediction; ``probe`` reads boards at one ``resid_mid`` site.

    Edges are direct: LayerNorms' scales are frozen, and each part is as linear as it is between the
    two runs. Squares are no parts of the network but a view of the stream at the probe's site:
    those whose disc differs. What crosses that site goes through them as far as it lies along
    their directions.
    """
    found = contrast(model, case, other)
    slopes = gradients(found)
    parts = largest(effects(found, slopes), n_heads, n_neurons)
    nodes, edges = _Edges(found, slopes, probe).between(parts)
    alone = lost_alone(found, parts)
    return Graph(found, nodes, edges, rescued(found, parts), removed(found, parts), alone)


class _Edges:
    """What each node writes, what each one reads, and the products of the two."""

    def __init__(self, found: Contrast, slopes: dict[str, torch.Tensor], probe: Probe):
        self.found, self.slopes, self.model = found, slopes, found.last.model
        self.site = int(probe.sites[0].split()[1])
        weight = probe.weight["board"][0]
        self.squares = changed_squares(found.last.cases)
        self.axes = (weight[THEIRS] - weight[MINE])[self.squares]  # [squares, width]
        self.inverse = torch.linalg.pinv(self.axes)  # [width, squares]
        change = (found.own.mid - found.other.mid)[0, self.site]
        self.along = change @ self.inverse  # how far the stream differs along each square

    def between(self, parts: list[Node]) -> tuple[tuple[Node, ...], tuple]:
        sources, from_moves = self._moves([n for n in parts if n.kind == "head"])
        pull = self.axes @ self.slopes["mid"][self.site] * self.along / self.found.whole
        views = [
            Node("square", self.site + 0.25, square, float(effect))
            for square, effect in zip(self.squares, pull, strict=True)
        ]
        square = int(game.square_of_token()[int(self.found.last.tokens()[0])])
        token = Node("move", -1, square, 1.0)
        answer = Node("logit", self.model.config.n_layer, self.found.up, 1.0)
        nodes = (token, *sources, *parts, *views, answer)
        edges = [(nodes.index(a), nodes.index(b), x) for a, b, x in from_moves]
        reads = {node: self.reads(node) for node in (*parts, answer)}
        for a in (token, *parts):
            writes = self.writes(a)
            early = _stage(a) < 2 * self.site + 0.5
            share = writes @ self.inverse
            for b in (*parts, answer):
                if _stage(a) < _stage(b):
                    crosses = early and _stage(b) > 2 * self.site + 0.5
                    rest = writes - share @ self.axes if crosses else writes
                    edges.append((nodes.index(a), nodes.index(b), float(rest @ reads[b])))
            for k, view in enumerate(views if early else ()):
                part = float(share[k] / self.along[k]) * view.effect
                edges.append((nodes.index(a), nodes.index(view), part))
        for k, view in enumerate(views):
            for b in (*parts, answer):
                if _stage(b) > 2 * self.site + 0.5:
                    part = float(self.along[k] * self.axes[k] @ reads[b])
                    edges.append((nodes.index(view), nodes.index(b), part))
        return nodes, tuple(edges)

    def writes(self, node: Node) -> Vector:
        """Return how what a node writes differs between the two runs."""
        own, other, layer = self.found.own, self.found.other, int(node.layer)
        if node.kind == "move":
            return (own.embedding - other.embedding)[0]
        if node.kind == "head":
            return (own.heads - other.heads)[0, layer, node.index]
        out = self.model.transformer.h[layer].mlp.c_proj.weight[:, node.index]
        return (own.neurons - other.neurons)[0, layer, node.index] * out

    def reads(self, node: Node) -> Vector:
        """Return the direction along which the stream changes the answer through a node alone."""
        if node.kind == "logit":
            rows = neurons.readout(self.model)[[self.found.up, self.found.down]].float()
            rows = rows.to(self.found.own.final.device)
            return self._seen(rows[0] - rows[1], self.found.own.final[0])
        layer, block = int(node.layer), self.model.transformer.h[int(node.layer)]
        if node.kind == "neuron":
            mids = [run.mid[:, layer] for run in (self.found.own, self.found.other)]
            before = [block.mlp.c_fc(block.ln_2(x))[0, node.index] for x in mids]
            outputs = [
                run.neurons[0, layer, node.index] for run in (self.found.own, self.found.other)
            ]
            gap = float(before[0] - before[1])
            slope = float(outputs[0] - outputs[1]) / gap if abs(gap) > 1e-6 else 0.0
            weight = block.mlp.c_fc.weight[node.index] * block.ln_2.weight
            pull = slope * float(self.slopes["neurons"][layer, node.index])
            return self._seen(pull * weight, mids[0][0])
        return self._head(layer, node.index)

    def _seen(self, weight: Vector, stream: Vector) -> Vector:
        """Return a weight behind a LayerNorm, its scale frozen, as a share of the whole."""
        scale = (stream.var(unbiased=False) + _EPS).sqrt()
        return (weight - weight.mean()) / scale / self.found.whole

    def _before(self, run, layer: int) -> torch.Tensor:
        if not layer:
            return run.embedding
        mlp = self.model.transformer.h[layer - 1].mlp
        return run.mid[:, layer - 1] + mlp.c_proj(run.neurons[:, layer - 1])

    def _head(self, layer: int, head: int) -> Vector:
        """Return the gradient of what a head writes, along the answer's own, half-way."""
        own, other = (self._before(run, layer) for run in (self.found.own, self.found.other))
        block, last = self.model.transformer.h[layer], self.found.last
        scale = (own.var(-1, keepdim=True, unbiased=False) + _EPS).sqrt()
        width = own.shape[-1] // self.model.config.n_head
        part, ply = slice(head * width, (head + 1) * width), int(last.ply)
        with torch.enable_grad():
            x = ((own + other) / 2).requires_grad_()
            seen = (x - x.mean(-1, keepdim=True)) / scale * block.ln_1.weight
            seen = seen if block.ln_1.bias is None else seen + block.ln_1.bias
            q, k, v = (row[0, part] for row in block.attn.c_attn(seen).chunk(3, -1))
            keys = torch.cat([last.prefixes.keys[layer][0, head, :ply], k[None]])
            values = torch.cat([last.prefixes.values[layer][0, head, :ply], v[None]])
            z = (keys @ q / width**0.5).softmax(0) @ values
            out = block.attn.c_proj.weight[:, part] @ z @ self.slopes["heads"][layer, head]
            (slope,) = torch.autograd.grad(out, x)
        return slope[0] / self.found.whole

    def _moves(self, heads: list[Node], n: int = 6) -> tuple[list[Node], list]:
        """Return the earlier moves of which heads make most, and the edges from them."""
        last, width = self.found.last, self.model.config.n_embd // self.model.config.n_head
        ply = int(last.ply)
        sums, each = torch.zeros(ply, device=last.ply.device), {}
        for node in heads:
            layer, h = int(node.layer), node.index
            part = slice(h * width, (h + 1) * width)
            weight = self.model.transformer.h[layer].attn.c_proj.weight[:, part]
            looks = (self.found.own.pattern - self.found.other.pattern)[0, layer, h, :ply]
            gains = (
                last.prefixes.values[layer][0, h, :ply] @ weight.T @ self.slopes["heads"][layer, h]
            )
            each[node] = looks * gains / self.found.whole
            sums += each[node].abs()
        top = sums.topk(min(n, ply)).indices.tolist()
        squares = last.cases.moves[0]
        moves = {
            t: Node("move", -1, int(squares[t]), float(sum(x[t] for x in each.values())))
            for t in sorted(top)
        }
        edges = [(move, node, float(each[node][t])) for t, move in moves.items() for node in heads]
        return list(moves.values()), edges


def _stage(node: Node) -> float:
    """Return where a node stands in the order of computing: heads before neurons."""
    steps = {"move": -1.0, "logit": np.inf, "square": 2 * node.layer}
    return steps.get(node.kind, 2 * node.layer + (node.kind == "neuron"))


def strongest(graph: Graph, n: int) -> Sequence[tuple[int, int, float]]:
    """Return the ``n`` largest edges, in absolute terms."""
    return sorted(graph.edges, key=lambda edge: -abs(edge[2]))[:n]

"""The attribution graph of one prediction.

Nodes are parts of the last position: the last move's token, heads, neurons. What the graph has to
explain is what a prediction owes to the last move: another legal last move leads to another board,
and the graph is of the difference between the two runs.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from .. import game, neurons
from ..interventions import MINE, THEIRS, Cases
from ..model import GPT
from .last_position import Change, LastPosition, Written

Parts = dict[str, Float[torch.Tensor, "layers _parts"]]
"""One value a part: ``heads`` [layers, heads], ``neurons`` [layers, neurons]."""
Slopes = dict[str, Float[torch.Tensor, "..."]]
"""See ``gradients``."""
_Kept = dict[str, Bool[torch.Tensor, "cases layers _parts"]]


@dataclass(frozen=True)
class Node:
    """``kind``: move, head, neuron, square or logit; ``layer``: where it stands, -1 for moves.

    ``effect``: the estimate by gradients, as a share of the whole. ``index``: the head or neuron in
    its layer, or a square.
    """

    kind: str
    layer: float
    index: int
    effect: float

    @property
    def name(self) -> str:
        """How the book calls it."""
        if self.kind in ("move", "square"):
            return game.square_name(self.index)
        if self.kind == "neuron":
            return neurons.neuron_name(int(self.layer), self.index)
        return f"L{int(self.layer)} H{self.index}" if self.kind == "head" else "the answer"

    @property
    def card(self) -> str:
        """How its card is found, such as L5N126 or L3H5; "" of what has none."""
        letter = {"neuron": "N", "head": "H"}.get(self.kind)
        return f"L{int(self.layer)}{letter}{self.index}" if letter else ""


@dataclass(frozen=True, eq=False)
class Contrast:
    """One case and its other last move: two runs, the two tokens that are compared, the effect."""

    last: LastPosition
    tokens: Int[torch.Tensor, " cases"]
    own: Written
    other: Written
    up: int
    down: int

    def answer(
        self, logits: Float[torch.Tensor, "cases vocabulary"]
    ) -> Float[torch.Tensor, " cases"]:
        """Return how much likelier the own board's move is than the other's, in logits."""
        return logits[:, self.up] - logits[:, self.down]

    @property
    def whole(self) -> float:
        """What the last move does to the answer."""
        return float(self.answer(self.own.logits) - self.answer(self.other.logits))

    def share(self, written: Written) -> float:
        """Return which share of the whole is there: 0 after the other move, 1 after the own."""
        gone = self.answer(written.logits) - self.answer(self.other.logits)
        return float(gone) / self.whole


@torch.no_grad()
def contrast(model: GPT, case: Cases, other: int) -> Contrast:
    """Return the contrast of one case with another last move.

    The two tokens are the likeliest of the moves that only the own board allows, and of those that
    only the other one does.
    """
    return contrast_at(LastPosition(model, case), other)


@torch.no_grad()
def contrast_at(last: LastPosition, other: int) -> Contrast:
    """Return the same, of one case's last position."""
    case, tokens = last.cases, last.tokens(np.array([other]))
    own, run = last.run(), last.run(tokens)
    gained, lost = case.legal_before & ~case.legal_after, case.legal_after & ~case.legal_before
    up = int(own.logits.cpu().masked_fill(~gained, -torch.inf).argmax())
    down = int(run.logits.cpu().masked_fill(~lost, -torch.inf).argmax())
    return Contrast(last, tokens, own, run, up, down)


def gradients(found: Contrast, steps: int = 8) -> Slopes:
    """Return the answer's mean gradient to each part, on the way from the other run to the own.

    Keys ``heads`` [layers, heads, width], ``neurons`` [layers, neurons], ``mid`` [layers, width]
    and ``final`` [width]. The way is a straight line between the two tokens' embeddings
    (integrated gradients, Sundararajan 2017, https://arxiv.org/abs/1703.01365).
    """
    sums: dict[str, torch.Tensor] = {}
    a, b = found.own.embedding, found.other.embedding
    for step in range(steps):
        weight = (step + 0.5) / steps
        leaves = {}

        def change(part, layer, value, weight=weight, leaves=leaves):
            if part == "embedding":
                return b + weight * (a - b)
            if part == "pattern":
                return value
            leaf = torch.zeros_like(value, requires_grad=True)
            leaves.setdefault(part, []).append(leaf)
            return value + leaf

        with torch.enable_grad():
            out = found.answer(found.last.run(change=change).logits).sum()
            flat = [leaf for some in leaves.values() for leaf in some]
            given = iter(torch.autograd.grad(out, flat))
        for part, some in leaves.items():
            stacked = torch.stack([next(given)[0] for _ in some])
            sums[part] = sums.get(part, 0) + stacked / steps
    return sums


def effects(found: Contrast, slopes: Slopes) -> Parts:
    """Return the estimated effect of each head and neuron on the answer, as shares of the whole."""
    heads = ((found.own.heads - found.other.heads)[0] * slopes["heads"]).sum(-1)
    outputs = (found.own.neurons - found.other.neurons)[0] * slopes["neurons"]
    return {"heads": heads / found.whole, "neurons": outputs / found.whole}


def largest(found: Parts, n_heads: int, n_neurons: int) -> list[Node]:
    """Return the heads and neurons of the largest effects, in absolute terms."""
    nodes = []
    for kind, part, n in (("head", "heads", n_heads), ("neuron", "neurons", n_neurons)):
        values = found[part]
        for k in values.abs().flatten().topk(n).indices.tolist():
            layer, index = divmod(k, values.shape[1])
            nodes.append(Node(kind, layer, index, float(values[layer, index])))
    return nodes


def _kept(found: Contrast, nodes: list[Node]) -> _Kept:
    kept = {
        "heads": torch.zeros_like(found.own.heads[..., 0], dtype=torch.bool),
        "neurons": torch.zeros_like(found.own.neurons, dtype=torch.bool),
    }
    for node in nodes:
        part = {"head": "heads", "neuron": "neurons"}.get(node.kind)
        if part:
            kept[part][0, int(node.layer), node.index] = True
    return kept


@torch.no_grad()
def rescued(found: Contrast, nodes: list[Node]) -> float:
    """Return the share that is there if only the nodes and the token follow the own move.

    All other heads and neurons write what they write after the other move.
    """
    change = _rest_from(found.other, _kept(found, nodes))
    return found.share(found.last.run(change=change))


def _rest_from(rest: Written, kept: _Kept) -> Change:
    def change(part, layer, value):
        if part not in kept:
            return value
        mask = kept[part][:, layer]
        mask = mask[..., None] if part == "heads" else mask
        return torch.where(mask, value, getattr(rest, part)[:, layer])

    return change


@torch.no_grad()
def rescued_from_means(found: Contrast, nodes: list[Node], usual: Written) -> float:
    """Return which share of the whole the two moves make where the rest writes its usual values.

    ``usual`` has the means over other games, one row. This is harder than ``rescued``: whatever the
    two runs share is gone too, so that the nodes get no help from it.
    """
    change = _rest_from(usual, _kept(found, nodes))
    runs = (found.last.run(tokens, change) for tokens in (found.last.tokens(), found.tokens))
    own, other = (float(found.answer(run.logits)) for run in runs)
    return (own - other) / found.whole


@torch.no_grad()
def removed(found: Contrast, nodes: list[Node]) -> float:
    """Return the share that is left if the nodes write what they write after the other move."""
    change = _from_other(found, _kept(found, nodes))
    return found.share(found.last.run(change=change))


@torch.no_grad()
def lost_alone(found: Contrast, nodes: list[Node]) -> dict[Node, float]:
    """Return the share that is lost without each of the nodes, one at a time."""
    last = type(found.last)(found.last.model, found.last.cases[np.zeros(len(nodes), int)])
    each = [_kept(found, [node]) for node in nodes]
    gone = {part: torch.cat([one[part] for one in each]) for part in each[0]}
    left = found.answer(last.run(change=_from_other(found, gone)).logits)
    lost = (found.answer(found.own.logits) - left) / found.whole
    return dict(zip(nodes, lost.tolist(), strict=True))


def _from_other(found: Contrast, gone: _Kept) -> Change:
    def change(part, layer, value):
        if part not in gone:
            return value
        mask = gone[part][:, layer]
        mask = mask[..., None] if part == "heads" else mask
        return torch.where(mask, getattr(found.other, part)[:, layer], value)

    return change


def changed_squares(case: Cases) -> list[int]:
    """Return the squares on which the two boards of a case have discs of different colours."""
    before, after = case.before[0], case.after[0]
    colours = (THEIRS, MINE)
    both = np.isin(before, colours) & np.isin(after, colours)
    return [int(s) for s in np.flatnonzero(both & (before != after))]


def strangers(found: Contrast, nodes: list[Node], seed: int = 0) -> list[Node]:
    """Return as many other heads and neurons, each of the same kind and layer as one of the nodes.

    Where a layer hasn't enough others, there are fewer.
    """
    rng, others = np.random.default_rng(seed), []
    sizes = {"head": found.own.heads.shape[2], "neuron": found.own.neurons.shape[2]}
    for kind, layer in sorted({(node.kind, node.layer) for node in nodes}):
        own = [n.index for n in nodes if (n.kind, n.layer) == (kind, layer)]
        free = rng.permutation(np.setdiff1d(np.arange(sizes[kind]), own))[: len(own)]
        others += [Node(kind, layer, int(k), 0.0) for k in free]
    return others

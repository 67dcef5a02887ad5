"""One flip, from the move's token to the board and on to the next move.

Two games are compared that differ in their last move only. What one writes at the last position is
put into the run of the other, part by part: path patching (Wang 2022,
https://arxiv.org/abs/2211.00593).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from einops import einsum
from jaxtyping import Bool, Float, Integer

from .. import game, interventions
from ..intervals import Interval, bootstrap
from ..interventions import MINE, THEIRS, Cases
from ..interventions.cases import joined
from ..model import GPT
from ..probes import Probe
from .flips import Tied, lines_turned, tied_in
from .last_position import Change, LastPosition, Written


def last_move_pairs(
    n: int, plies: Sequence[int], seed: int = 0, first: int = 0
) -> tuple[Cases, Integer[np.ndarray, " cases"]]:
    """Return ``n`` cases at each position of ``plies``, and another legal last move of each.

    A case's ``after`` is the board after the other move. Each board allows a move that the other
    one doesn't.
    """
    parts = [
        interventions.counterfactuals(n, ply, 0, seed, first + k * 100_000)
        for k, ply in enumerate(plies)
    ]
    return joined([cases for cases, _ in parts]), np.array([o[-1] for _, os in parts for o in os])


def of_median_confidence(
    model: GPT, cases: Cases, n: int = 1
) -> tuple[Integer[np.ndarray, " chosen"], Float[np.ndarray, " cases"]]:
    """Return the ``n`` cases whose confidence is nearest to the median, and that of all cases.

    Confidence is the probability of the likeliest move.
    """
    with torch.no_grad():
        sure = LastPosition(model, cases).run().logits.softmax(-1).amax(-1).cpu().double().numpy()
    return np.argsort(np.abs(sure - np.median(sure)), kind="stable")[:n], sure


@dataclass(frozen=True, eq=False)
class Trace:
    """Pairs of last moves, what either writes, and what is measured of it.

    ``own`` and ``other``: the runs after the game's move and after the other one. ``direction``:
    of each case, that along which the probe reads the discs that only the game's move turns as
    theirs rather than mine, averaged over them; zero where it turns none that the other doesn't.
    ``tied``: the neurons that are tied to a line that either move turns.
    """

    last: LastPosition
    tokens: Integer[torch.Tensor, " cases"]
    own: Written
    other: Written
    layer: int
    direction: Float[torch.Tensor, "cases width"]
    tied: Bool[torch.Tensor, "cases layers neurons"]

    def read(self, written: Written) -> Float[torch.Tensor, " cases"]:
        """Return how far the discs are read as turned, but for a constant of each case."""
        return (written.mid[:, self.layer] * self.direction).sum(-1)

    def answer(self, written: Written) -> Float[torch.Tensor, " cases"]:
        """Return the mean logit of moves that only the own board allows, minus the other's."""
        device = written.logits.device
        before, after = (
            m.to(device) for m in (self.last.cases.legal_before, self.last.cases.legal_after)
        )
        only = before & ~after, after & ~before
        up, down = ((written.logits * m).sum(-1) / m.sum(-1) for m in only)
        return up - down

    def shares(self, written: Written) -> tuple[Interval, Interval]:
        """Return which share of the difference between the runs is there: reading, then answer.

        0 is the other move's run, 1 that of the game's own. Sums over cases, one game each.
        """
        read, answer = (
            _share(of(written) - of(self.other), of(self.own) - of(self.other))
            for of in (self.read, self.answer)
        )
        return read, answer

    @torch.no_grad()
    def with_parts(self, change: Change, begin: str = "own") -> tuple[Interval, Interval]:
        """Return ``shares`` of a run with a change; it begins with the own or the other token."""
        tokens = self.last.tokens() if begin == "own" else self.tokens
        return self.shares(self.last.run(tokens, change))


@torch.no_grad()
def trace(
    model: GPT,
    cases: Cases,
    others: Integer[np.ndarray, " cases"],
    probe: Probe,
    tied: Tied,
) -> Trace:
    """Return the two runs of each pair. ``probe`` reads boards at one ``resid_mid`` site."""
    (site,), weight = probe.sites, probe.weight["board"][0]
    colours = weight[THEIRS] - weight[MINE]
    return trace_along(LastPosition(model, cases), others, int(site.split()[1]), colours, tied)


@torch.no_grad()
def trace_along(
    last: LastPosition,
    others: Integer[np.ndarray, " cases"],
    layer: int,
    colours: Float[torch.Tensor, "squares width"],
    tied: Tied,
) -> Trace:
    """Return the same, read in the middle of ``layer`` along each square's direction.

    It points from mine to theirs.
    """
    cases, tokens = last.cases, last.tokens(others)
    flipped = (cases.before == THEIRS) & (cases.after == MINE)
    weight = torch.from_numpy(flipped / np.maximum(flipped.sum(1, keepdims=True), 1)).float()
    replay, rows = game.replay(cases.moves), np.arange(len(cases))
    position = replay.mine[rows, cases.ply], replay.theirs[rows, cases.ply]
    own, other = last.run(), last.run(tokens)
    _, layers, neurons = own.neurons.shape
    turned = [
        tied_in(lines_turned(*position, squares), tied, (layers, neurons))
        for squares in (replay.moves[rows, cases.ply], others)
    ]
    return Trace(
        last=last,
        tokens=tokens,
        own=own,
        other=other,
        layer=layer,
        direction=einsum(weight.to(colours), colours, "n s, s w -> n w"),
        tied=torch.from_numpy(turned[0] | turned[1]).to(colours.device),
    )


@torch.no_grad()
def written_by(found: Trace) -> dict[str, Interval]:
    """Return which share of the change of the reading each part writes directly; they sum to one.

    The token's embedding, each layer's heads and MLP up to the probe, in order. And within the
    MLPs, as ``"tied neurons"``, those that are tied to a line of either move.
    """
    own, other, to = found.own, found.other, found.direction

    def along(change):
        return (change * to).sum(-1)

    parts = {"the token": along(own.embedding - other.embedding)}
    tied = to.new_zeros(len(to))
    for layer in range(found.layer + 1):
        heads = own.heads[:, layer] - other.heads[:, layer]
        parts[f"heads {layer}"] = along(heads.sum(1))
        if layer < found.layer:
            outputs = own.neurons[:, layer] - other.neurons[:, layer]
            parts[f"MLP {layer}"] = along(found.last.writes(layer, outputs))
            tied = tied + along(found.last.writes(layer, outputs * found.tied[:, layer]))
    total = found.read(own) - found.read(other)
    everything = parts | {"tied neurons": tied}
    return {name: _share(x, total) for name, x in everything.items()}


def _share(part: Float[torch.Tensor, " cases"], whole: Float[torch.Tensor, " cases"]) -> Interval:
    """Return the sum of a part over the sum of the whole, with an interval over cases."""
    both = torch.stack([part, whole], 1).cpu().double().numpy()
    return bootstrap(both, statistic=lambda means: means[:, 0] / means[:, 1])


def held(source: Written, part: str, where=None) -> Change:
    """Return the change that takes a part from another run, wherever it is held.

    ``where``: None for all layers, a range of layers, or (for neurons) booleans
    [cases, layers, neurons].
    """
    values = getattr(source, part)

    def change(name, layer, value):
        if name != part or (isinstance(where, range) and layer not in where):
            return value
        if where is None or isinstance(where, range):
            return values[:, layer]
        return torch.where(where[:, layer], values[:, layer], value)

    return change


def through(found: Trace, basis: Float[torch.Tensor, "directions width"]) -> Change:
    """Return the change that lets a run differ from the other one along a basis only.

    In the middle of the probe's layer, so that what an earlier change does goes on through these
    directions and no others. The basis may have any length and any rank.
    """
    axes = _axes(basis)

    def change(name, layer, value):
        if name != "mid" or layer != found.layer:
            return value
        usual = found.other.mid[:, layer]
        return usual + (value - usual) @ axes.T @ axes

    return change


def _axes(basis: Float[torch.Tensor, "directions width"]) -> Float[torch.Tensor, "rank width"]:
    """Return orthogonal directions of length one that span a basis."""
    _, sizes, vectors = torch.linalg.svd(basis, full_matrices=False)
    return vectors[sizes > 1e-4 * sizes[0]]


def one_after_another(*changes: Change) -> Change:
    """Return the change that makes several, each where it applies."""

    def change(name, layer, value):
        for one in changes:
            value = one(name, layer, value)
        return value

    return change


def along(found: Trace, basis: Float[torch.Tensor, "directions width"]) -> Change:
    """Return the change that puts the own run's stream, along a basis, into the middle of a layer.

    The layer is the probe's. The basis may have any length and any rank.
    """
    axes = _axes(basis)

    def change(name, layer, value):
        if name != "mid" or layer != found.layer:
            return value
        return value + (found.own.mid[:, layer] - value) @ axes.T @ axes

    return change

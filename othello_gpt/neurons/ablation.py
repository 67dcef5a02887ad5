"""Taking neurons away."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Shaped

from ..intervals import Interval, bootstrap
from ..model import GPT, Predictions, predict
from ..types import Moves, PerGame
from .legal_rules import Rule
from .outputs import with_outputs
from .types import Ids, Outputs, PerNeuron


def mean_ablation(mean: Float[np.ndarray, " neurons"], neurons: Sequence[int] | Ids) -> Callable:
    """Return an edit that sets some neurons of a layer to their means; for ``with_outputs``."""
    at, value = torch.as_tensor(np.asarray(neurons)), torch.from_numpy(np.asarray(mean)).float()

    def edit(x):
        x = x.clone()
        x[..., at] = value[at].to(x.device)
        return x

    return edit


def replacement(values: Outputs) -> Callable:
    """Return an edit that puts ``values`` in place of a layer's outputs; for ``with_outputs``.

    Rows are games times positions, in the order in which games pass through the model.
    """
    rows, done = torch.from_numpy(values), 0

    def edit(x):
        nonlocal done
        taken = rows[done : done + x.shape[0] * x.shape[1]]
        done = (done + len(taken)) % len(rows)
        return taken.view(x.shape).to(x.device)

    return edit


def effect(
    model: GPT, moves: Moves, edits: Mapping[int, Callable], base: Predictions
) -> dict[str, Float[np.ndarray, " games"]]:
    """Return what an edit of neurons does in each game: differences within games.

    ``loss``: nats a move more; ``illegal``: more of the first choices that are illegal. ``base`` is
    ``predict(model, moves)``. Raises ``ValueError`` on a layer that the model doesn't have, and
    what ``predict`` raises.
    """
    with with_outputs(model, edits):
        seen = predict(model, moves)
    return {
        "loss": (seen.nll - base.nll).mean(1),
        "illegal": (base.legal.astype(float) - seen.legal).mean(1),
    }


def loss_recovered(
    own: Float[np.ndarray, " games"], silent: Float[np.ndarray, " games"]
) -> Interval:
    """Return the share of a loss that is avoided: 1 - mean of ``own`` / mean of ``silent``.

    Scalar, with an interval over games. Raises ``ValueError`` for fewer than two of them.
    """
    return bootstrap(
        np.stack([own, silent], 1), statistic=lambda means: 1 - means[:, 0] / means[:, 1]
    )


def named_and_others(
    change: PerGame, named: Bool[np.ndarray, "games ..."], others: Bool[np.ndarray, "games ..."]
) -> Interval:
    """Return the mean change where ``named``, that in ``others``, and their difference: [3].

    The three have one shape; intervals are over games. Raises ``ValueError`` for fewer than two of
    them, and where nothing is named, or nothing else is there to compare with.
    """
    for what, mask in (("is named", named), ("else is there to compare with", others)):
        if not mask.any():
            raise ValueError(f"nothing {what} in {len(change)} games: give other rules or games")
    sums = [np.where(m, x, 0) for m in (named, others) for x in (change, 1.0)]
    sums = np.stack([x.reshape(len(x), -1).sum(1) for x in sums], 1)

    def means_and_gap(means):
        one, other = (means[:, k] / np.maximum(means[:, k + 1], 1e-12) for k in (0, 2))
        return np.stack([one, other, one - other], 1)

    return bootstrap(sums, statistic=means_and_gap)


def matched_others(
    size: Shaped[np.ndarray, "*chosen neurons"],
    chosen: Sequence[int] | Ids,
    among: Shaped[np.ndarray, " others"] | None = None,
) -> Ids:
    """Return as many other neurons of a layer as were chosen, each as near as can be in ``size``.

    Random neurons aren't a fair control where the chosen ones are larger or smaller than most.
    ``size`` [neurons], or [chosen, neurons] where each chosen one has a measure of its own.
    ``among``: the others that may be taken, by default all. Raises ``ValueError`` if there aren't
    enough.
    """
    width = np.shape(size)[-1]
    others = np.setdiff1d(np.arange(width) if among is None else among, chosen)
    if len(others) < len(chosen):
        raise ValueError(
            f"{len(chosen)} of {width} neurons are chosen: {len(others)} others are too few"
        )
    found = []
    for neuron, own in zip(chosen, np.broadcast_to(size, (len(chosen), width)), strict=True):
        nearest = np.abs(own[others] - own[neuron]).argmin()
        found.append(others[nearest])
        others = np.delete(others, nearest)
    return np.array(found, int)


def by_layer(rules: Sequence[Rule]) -> dict[int, Ids]:
    """Return the neurons of rules, layer after layer."""
    layers = sorted({rule.layer for rule in rules})
    return {at: np.array([r.neuron for r in rules if r.layer == at]) for at in layers}


def silence(mean: PerNeuron, neurons: Mapping[int, Ids]) -> dict[int, Callable]:
    """Return the edits that set neurons of several layers to their means; for ``with_outputs``."""
    return {layer: mean_ablation(mean[layer], some) for layer, some in neurons.items()}


def costs(effects: Mapping[str, Sequence[Mapping[str, PerGame]]]) -> dict[str, dict[str, Interval]]:
    """Return what several kinds of edit cost, by measure and kind: intervals over games.

    ``effects``: by kind, what ``effect`` returns for each of several edits, such as one a layer.
    Raises ``ValueError`` for fewer than two games.
    """
    return {
        key: {
            kind: Interval.of([bootstrap(e[key]) for e in some]) for kind, some in effects.items()
        }
        for key in ("loss", "illegal")
    }

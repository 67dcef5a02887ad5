"""How much a noisy linear map can tell of a board."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from .. import game, probes
from ..intervals import Interval, bootstrap, draws


@dataclass(frozen=True)
class Information:
    """What a probe tells about a target, in bits, by game.

    Of every cell by itself, then summed over the cells and averaged over the plies. ``entropy``
    [games]: what there is to know, minus the log of how frequent each cell's class is in all the
    games. ``left`` [games, sites]: what is still unknown after reading, the probe's cross-entropy.
    """

    entropy: np.ndarray
    left: np.ndarray

    def read(self) -> Interval:
        """Return entropy minus cross-entropy at each site, with intervals over games."""
        return bootstrap(self.entropy[:, None] - self.left)


@torch.no_grad()
def information(
    probe: probes.Probe,
    source: nn.Module,
    moves: np.ndarray,
    target: probes.Target = probes.TARGETS["board"],
    batch: int = 250,
) -> Information:
    """Return what the probabilities of a logistic probe tell about each cell of a target.

    Their means are what Xu et al. 2020 (https://arxiv.org/abs/2002.10689) call usable information,
    here for linear maps followed by a softmax. A cell's is a lower bound of its mutual information
    with the stream. The sum over cells isn't one of the whole board's: what cells have in common
    is counted in each.
    """
    labels = torch.from_numpy(target.labels(game.replay(moves))).long()  # [games, plies, cells]
    shares = F.one_hot(labels, len(target.classes)).double().mean((0, 1))  # [cells, classes]
    cells = torch.arange(labels.shape[-1])
    entropy = -shares[cells, labels].log2().sum(-1).mean(1)
    parts = []
    for start in range(0, len(moves), batch):
        truth = labels[start : start + batch]
        left = torch.zeros(len(truth), len(probe.sites), dtype=torch.float64)
        replay = game.replay(moves[start : start + batch])
        for site, x in probes.activations(source, replay, probe.sites):
            logits = probe.logits(target.name, probe.sites[site], x).double().cpu()
            loss = F.cross_entropy(logits, truth.flatten(0, 1), reduction="none").sum(1)
            left[:, site] = loss.view(len(truth), -1).mean(1) / np.log(2)
        parts.append(left)
    return Information(entropy.numpy(), torch.cat(parts).numpy())


def magnitude_to_reach(widths: Sequence[int], accuracies, target, most: float = 99) -> Interval:
    """Return the decimal logarithm of the width at which accuracy would reach that of ``target``.

    If accuracy went on growing with the logarithm of the width as over the last two ``widths``.
    ``accuracies`` [games, widths] and ``target`` [games] are shares by game: games are resampled,
    the same for all. ``most`` where that is more, or accuracy no longer grows.
    """
    columns = np.column_stack([np.asarray(accuracies)[:, -2:], target])
    n = len(columns)
    drawn = np.concatenate([np.ones((1, n)), draws(n)]) / n
    a0, a1, wanted = (drawn @ columns).T
    w0, w1 = np.log10(widths[-2:])
    slope = (a1 - a0) / (w1 - w0)
    found = np.where(slope > 0, w1 + (wanted - a1) / np.where(slope > 0, slope, 1), most)
    found = found.clip(max=most)
    low, high = np.quantile(found[1:], [0.025, 0.975])
    return Interval(float(found[0]), float(low), float(high))

"""How much a noisy linear map can tell of a board."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float

from .. import game, probes
from ..intervals import Interval, bootstrap
from ..types import Moves


@dataclass(frozen=True)
class Information:
    """What a probe tells about a target, in bits, by game.

    Of every cell by itself, then summed over the cells and averaged over the plies. ``entropy``
    [games]: what there is to know, minus the log of how frequent each cell's class is in all the
    games. ``left`` [games, sites]: what is still unknown after reading, the probe's cross-entropy.
    """

    entropy: Float[np.ndarray, " games"]
    left: Float[np.ndarray, "games sites"]

    def read(self) -> Interval:
        """Return entropy minus cross-entropy at each site, with intervals over games.

        Raises ``ValueError`` for fewer than two games.
        """
        return bootstrap(self.entropy[:, None] - self.left)


@torch.no_grad()
def information(
    probe: probes.Probe,
    source: probes.Source,
    moves: Moves,
    target: probes.Target = probes.TARGETS["board"],
    batch: int = 250,
) -> Information:
    """Return what the probabilities of a logistic probe tell about each cell of a target.

    Their means are what Xu et al. 2020 (https://arxiv.org/abs/2002.10689) call usable information,
    here for linear maps followed by a softmax. A cell's is a lower bound of its mutual information
    with the stream. The sum over cells isn't one of the whole board's: what cells have in common
    is counted in each.
    """
    labels, left = [], []
    for games in game.Games(moves).batches(batch):
        truth = torch.from_numpy(target.labels(games.replay)).long()  # [games, plies, cells]
        unknown = torch.zeros(len(truth), len(probe.sites), dtype=torch.float64)
        for site, x in probes.activations(source, games.replay, probe.sites):
            logits = probe.logits(target.name, probe.sites[site], x).cpu().double()
            loss = F.cross_entropy(logits, truth.flatten(0, 1), reduction="none").sum(1)
            unknown[:, site] = loss.view(len(truth), -1).mean(1) / np.log(2)
        labels.append(truth)
        left.append(unknown)
    truth = torch.cat(labels)
    shares = F.one_hot(truth, len(target.classes)).double().mean((0, 1))  # [cells, classes]
    entropy = -shares[torch.arange(truth.shape[-1]), truth].log2().sum(-1).mean(1)
    return Information(entropy.numpy(), torch.cat(left).numpy())

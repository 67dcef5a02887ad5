"""A probe with a hidden layer."""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from ..devices import device_of
from ..game import Games
from ..types import Moves
from .activations import Rows, activations, batches, fingerprint
from .logistic import falling_rate
from .logs import log_to
from .moments import Moments, indicators
from .probe import Probe, Read, Scores, largest
from .sources import Source
from .targets import Target


@dataclass(frozen=True, eq=False)
class MLPProbe:
    """A linear probe and what a hidden layer adds to it, of one target at one site."""

    linear: Probe
    hidden: nn.Module
    classes: dict[str, tuple[str, ...]]
    sites: tuple[str, ...]
    source: str
    fit: str = "mlp"

    def logits(self, target: str, site: str, x: Rows) -> Scores:
        """Return a score for each class of each cell; the class with the largest is read.

        Raises ``ValueError`` on another target or site than its own.
        """
        if (target,) != tuple(self.classes) or (site,) != self.sites:
            raise ValueError(f"this probe reads {list(self.classes)} at {self.sites}, nothing else")
        return self.linear.logits(target, site, x) + self.hidden(x)

    def classify(self, target: str, site: str, x: Rows) -> Read:
        """Return the class that is read; raises as ``logits`` does."""
        return largest(self.logits(target, site, x))


def fit_mlp(
    source: Source,
    moves: Games | Moves,
    linear: Probe,
    target: Target,
    site: str,
    width: int = 512,
    batch: int = 32,
    lr: float = 2e-3,
    seed: int = 0,
    wandb_project: str | None = None,
) -> MLPProbe:
    """Return a non-linear probe, an upper bound of sorts for what a linear one could read.

    One hidden layer of GELUs on whitened activations is trained to correct the logits of ``linear``
    (a logistic regression): cross-entropy, Adam at a rate that falls linearly to 0. It begins at no
    correction, so whatever it gains is what isn't linear. Raises ``ValueError`` if ``linear`` lacks
    the target or site, and as ``batches`` and ``activations`` do.
    """
    with torch.no_grad():
        moments = Moments.of(source, moves[:1024], [site], [target])
        shape = moments.shapes[target.name]
    mean, white = moments.mean(0).float(), moments.covariance_to_the(-0.5, 0, 1e-5).float()
    mean, white = (x.to(device_of(source)) for x in (mean, white))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        first, last = nn.Linear(len(mean), width), nn.Linear(width, math.prod(shape))
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    hidden = nn.Sequential(first, nn.GELU(), last, nn.Unflatten(1, shape)).to(mean.device)
    adam = torch.optim.Adam(hidden.parameters(), lr=lr)
    rate = falling_rate(adam, math.ceil(len(moves) / batch))
    with log_to(wandb_project, dict(fit="mlp", lr=lr, batch=batch, width=width)) as log:
        for replay in batches(moves, batch, "mlp"):
            with torch.no_grad():
                ((_, x),) = activations(source, replay, [site])
                truth = indicators(target, replay, x.device)
                logits = linear.logits(target.name, site, x)
            loss = F.cross_entropy(logits + hidden((x - mean) @ white), truth)
            adam.zero_grad()
            loss.backward()
            adam.step()
            rate.step()
            log({"loss": loss.item()})
    with torch.no_grad():  # fold the whitening into the first layer
        first.weight.copy_(first.weight @ white)
        first.bias.sub_(first.weight @ mean)
    classes = {target.name: target.classes}
    return MLPProbe(linear, hidden.requires_grad_(False), classes, (site,), fingerprint(source))

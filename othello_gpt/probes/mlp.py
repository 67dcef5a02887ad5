"""A probe with a hidden layer."""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from .activations import _batches, activations, fingerprint
from .adamw import _log
from .logistic import _falling_rate
from .moments import _indicators, _moments
from .probe import Probe, _largest
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

    def logits(self, target: str, site: str, x: torch.Tensor) -> torch.Tensor:
        """Return [rows, classes, cells] for activations [rows, width]."""
        if (target,) != tuple(self.classes) or (site,) != self.sites:
            raise ValueError(f"this probe reads {list(self.classes)} at {self.sites}, nothing else")
        return self.linear.logits(target, site, x) + self.hidden(x)

    def classify(self, target: str, site: str, x: torch.Tensor) -> torch.Tensor:
        """Return the class that is read, int8 [rows, cells], for activations [rows, width]."""
        return _largest(self.logits(target, site, x))


def fit_mlp(
    source: nn.Module,
    moves: np.ndarray,
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
    correction, so whatever it gains is what isn't linear.
    """
    with torch.no_grad():
        moments, (shape,) = _moments(source, moves[:1024], [target], [site], 256)
    mean, white = moments.mean(0).float(), moments.covariance_to_the(-0.5, 0, 1e-5).float()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        first, last = nn.Linear(len(mean), width), nn.Linear(width, math.prod(shape))
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    hidden = nn.Sequential(first, nn.GELU(), last, nn.Unflatten(1, shape)).to(mean.device)
    adam = torch.optim.Adam(hidden.parameters(), lr=lr)
    rate = _falling_rate(adam, math.ceil(len(moves) / batch))
    with _log(wandb_project, dict(fit="mlp", lr=lr, batch=batch, width=width)) as log:
        for replay in _batches(moves, batch, "mlp"):
            with torch.no_grad():
                ((_, x),) = activations(source, replay, [site])
                truth = _indicators(target, replay, x.device)
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

"""Multinomial logistic regression."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from ..devices import device_of
from ..game import Games
from ..types import Moves
from .activations import activations, batches
from .fits import ridge_with_moments
from .logs import log_to
from .moments import indicators
from .probe import Probe, probe_of
from .sources import Source
from .targets import TARGETS, Target


@torch.no_grad()
def fit_logistic(
    source: Source,
    moves: Games | Moves,
    targets: Sequence[Target] = (TARGETS["board"],),
    sites: Sequence[str] | None = None,
    warm_up: int = 1024,
    batch: int = 32,
    lr: float = 0.03,
    wandb_project: str | None = None,
) -> Probe:
    """Return the multinomial logistic regression of every target, at every site, in one pass.

    The first ``warm_up`` games give a ridge regression to start from and a whitening of the
    activations; with that, the few hundred steps of Adam that the other games pay for, at a rate
    that falls linearly to 0, come close to the optimum.

    Raises ``ValueError`` if the warm-up leaves no game for a single step.
    """
    if len(moves) <= warm_up:
        raise ValueError(
            f"{len(moves)} games leave none for a step after the {warm_up} of the warm-up: "
            "give more games or a smaller warm_up"
        )
    sites = list(sites or source.sites)
    start, moments = ridge_with_moments(source, moves[:warm_up], targets, sites)
    device = device_of(source)
    means = [moments.mean(site).float().to(device) for site in range(len(sites))]
    white = [moments.covariance_to_the(-0.5, s, 1e-5) for s in range(len(sites))]
    white = [root.float().to(device) for root in white]
    # A column more, which multiplies a constant input, holds the biases.
    parameters = []
    for t in targets:
        w, b = start.weight[t.name], start.bias[t.name]
        rotated = [w[s] @ white[s].inverse().T for s in range(len(sites))]
        centred = [b[s] + w[s] @ means[s] for s in range(len(sites))]
        joined = torch.cat([torch.stack(rotated), torch.stack(centred)[..., None]], -1)
        parameters.append(_RIDGE_TO_LOGITS * joined)
    adam = torch.optim.Adam(parameters, lr=lr, betas=(0.9, 0.99))
    rate = falling_rate(adam, math.ceil((len(moves) - warm_up) / batch))
    with log_to(wandb_project, dict(fit="logistic", lr=lr, batch=batch)) as log:
        for replay in batches(moves[warm_up:], batch, "logistic"):
            for p in parameters:
                p.grad = torch.zeros_like(p)
            truths = [indicators(t, replay, parameters[0].device) for t in targets]
            loss = 0.0
            for site, x in activations(source, replay, sites):
                z = F.pad((x - means[site]) @ white[site], (0, 1), value=1.0)
                for truth, p in zip(truths, parameters, strict=True):
                    said = (z @ p[site].flatten(0, 1).T).view_as(truth).softmax(1)
                    if wandb_project:
                        loss -= (said * truth).sum(1).clamp(min=1e-9).log().mean().item()
                    slope = said.sub_(truth).flatten(1)
                    p.grad[site] = (slope.T @ z).view_as(p[site]) / len(z)
            adam.step()
            rate.step()
            log({"loss": loss / len(sites) / len(targets)})
    weight, bias = {}, {}
    for t, p in zip(targets, parameters, strict=True):
        w = torch.stack([p[s, ..., :-1] @ white[s].T for s in range(len(sites))])
        weight[t.name] = w
        bias[t.name] = torch.stack([p[s, ..., -1] - w[s] @ means[s] for s in range(len(sites))])
    return probe_of(source, targets, sites, weight, bias, "logistic", len(moves))


# Least squares aim at 0 and 1; this is about the slope at which a logistic map has its half-way
# point where theirs is.
_RIDGE_TO_LOGITS = 8.0


def falling_rate(optimiser: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LinearLR:
    """Return a schedule that brings a learning rate to 0 in a line, over ``steps``."""
    return torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, max(steps, 1))

"""Fits in closed form: ridge regression and class means."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn as nn

from .adamw import _log
from .moments import _by_target, _moments, _probe, _ridge
from .probe import Probe
from .targets import TARGETS, Target


@torch.no_grad()
def fit_ridge(
    source: nn.Module,
    moves: np.ndarray,
    targets: Sequence[Target] = tuple(TARGETS.values()),
    sites: Sequence[str] | None = None,
    penalty: float = 1e-5,
    batch: int = 256,
    wandb_project: str | None = None,
) -> Probe:
    """Return the ridge regression of every target's class indicators, at every site, in one pass.

    ``moves``: squares [games, 32]. ``penalty`` is relative to the activations' mean variance; the
    intercept isn't penalised. In its limit of 0 this is the exact minimum of the squared error that
    the original notebook's AdamW descended (see ``fit_adamw``). What is logged when asked for is
    that error on ``moves``, one row for each site.

    Raises ``ValueError`` on activations that aren't finite.
    """
    sites = tuple(sites or source.sites)
    with _log(wandb_project, dict(fit="ridge", penalty=penalty, sites=sites)) as log:
        probe, moments = _ridge(source, moves, targets, sites, penalty, batch)
        for site in range(len(sites)) if wandb_project else ():
            log({"site": site, "loss": moments.squared_error(site, penalty)})
    return probe


@torch.no_grad()
def fit_means(
    source: nn.Module,
    moves: np.ndarray,
    targets: Sequence[Target] = tuple(TARGETS.values()),
    sites: Sequence[str] | None = None,
    batch: int = 256,
) -> Probe:
    """Return the nearest-class-mean probe of every target, at every site, in one pass.

    Its weights are where the activations of a class lie, so its ``directions`` are those in which
    the network *writes*; the ridge's, in which one best *reads*, also avoid whatever else varies
    (Haufe 2014, https://doi.org/10.1016/j.neuroimage.2013.10.067). A class that never occurs in a
    cell gets the mean of all activations, and is never read.
    """
    sites = sites or source.sites
    moments, shapes = _moments(source, moves, targets, sites, batch)
    share = _by_target(moments.y[None] / moments.rows, targets, shapes)
    cross = torch.stack([moments.cross(site).T for site in range(len(sites))])
    centre = torch.stack([moments.mean(site) for site in range(len(sites))])[:, None, None]
    weight, bias = {}, {}
    for name, c in _by_target(cross, targets, shapes).items():
        p = torch.cat([1 - share[name].sum(1, keepdim=True), share[name]], 1)[..., None]
        c = torch.cat([-c.sum(1, keepdim=True), c], 1)
        weight[name] = torch.where(p > 0.5 / moments.rows, c / p, 0.0)  # minus the mean of all
        radius = weight[name].square().sum(-1) / 2 + (weight[name] * centre).sum(-1)
        bias[name] = torch.where(p[..., 0] > 0.5 / moments.rows, -radius, -1e9)
    return _probe(source, targets, sites, weight, bias, "means", len(moves))

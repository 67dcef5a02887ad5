"""Fits in closed form: ridge regression and class means."""

from collections.abc import Sequence

import torch

from ..game import Games
from ..types import Moves
from .logs import log_to
from .moments import Moments
from .probe import Probe, probe_of
from .sources import Source
from .targets import TARGETS, Target


def ridge_with_moments(
    source: Source,
    games: Games | Moves,
    targets: Sequence[Target],
    sites: Sequence[str],
    penalty: float = 1e-5,
    batch: int = 256,
) -> tuple[Probe, Moments]:
    """Return the probe of ``fit_ridge`` and the moments that it was solved from."""
    moments = Moments.of(source, games, sites, targets, batch)
    solved = [moments.solve(site, penalty) for site in range(len(sites))]
    weights = moments.by_target(torch.stack([w.T for w, _ in solved]))
    biases = moments.by_target(torch.stack([b for _, b in solved]))
    # Indicators sum to one, so the first class follows from the others.
    weight = {name: torch.cat([-w.sum(1, keepdim=True), w], 1) for name, w in weights.items()}
    bias = {name: torch.cat([1 - b.sum(1, keepdim=True), b], 1) for name, b in biases.items()}
    return probe_of(source, targets, sites, weight, bias, "ridge", len(games)), moments


@torch.no_grad()
def fit_ridge(
    source: Source,
    moves: Games | Moves,
    targets: Sequence[Target] = tuple(TARGETS.values()),
    sites: Sequence[str] | None = None,
    penalty: float = 1e-5,
    batch: int = 256,
    wandb_project: str | None = None,
) -> Probe:
    """Return the ridge regression of every target's class indicators, at every site, in one pass.

    ``penalty`` is relative to the activations' mean variance; the intercept isn't penalised. In its
    limit of 0 this is the exact minimum of the squared error that the original notebook's AdamW
    descended (see ``fit_adamw``). What is logged when asked for is that error on ``moves``, one row
    for each site.

    Raises ``ValueError`` on activations that aren't finite, and as ``batches`` does.
    """
    sites = tuple(sites or source.sites)
    with log_to(wandb_project, dict(fit="ridge", penalty=penalty, sites=sites)) as log:
        probe, moments = ridge_with_moments(source, moves, targets, sites, penalty, batch)
        for site in range(len(sites)) if wandb_project else ():
            log({"site": site, "loss": moments.squared_error(site, penalty)})
    return probe


@torch.no_grad()
def fit_means(
    source: Source,
    moves: Games | Moves,
    targets: Sequence[Target] = tuple(TARGETS.values()),
    sites: Sequence[str] | None = None,
    batch: int = 256,
) -> Probe:
    """Return the nearest-class-mean probe of every target, at every site, in one pass.

    Its weights are where the activations of a class lie, so its ``directions`` are those in which
    the network *writes*; the ridge's, in which one best *reads*, also avoid whatever else varies
    (Haufe 2014, https://doi.org/10.1016/j.neuroimage.2013.10.067). A class that never occurs in a
    cell gets the mean of all activations, and is never read. Raises ``ValueError`` as ``batches``
    and ``activations`` do.
    """
    sites = sites or source.sites
    moments = Moments.of(source, moves, sites, targets, batch)
    share = moments.by_target(moments.y[None] / moments.rows)
    cross = torch.stack([moments.cross(site).T for site in range(len(sites))])
    centre = torch.stack([moments.mean(site) for site in range(len(sites))])[:, None, None]
    weight, bias = {}, {}
    for name, c in moments.by_target(cross).items():
        p = torch.cat([1 - share[name].sum(1, keepdim=True), share[name]], 1)[..., None]
        c = torch.cat([-c.sum(1, keepdim=True), c], 1)
        weight[name] = torch.where(p > 0.5 / moments.rows, c / p, 0.0)  # minus the mean of all
        radius = weight[name].square().sum(-1) / 2 + (weight[name] * centre).sum(-1)
        bias[name] = torch.where(p[..., 0] > 0.5 / moments.rows, -radius, -1e9)
    return probe_of(source, targets, sites, weight, bias, "means", len(moves))

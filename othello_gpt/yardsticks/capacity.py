"""How many of its dimensions a stream uses."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer

from .. import game, probes
from ..devices import doubled
from ..intervals import Interval, bootstrap
from ..types import Moves

Moments = Float[np.ndarray, "*draws rows width"]
"""First the mean of activations, then the means of their products."""
Covariances = Float[np.ndarray, "*draws width width"]


def _by_game(x: torch.Tensor) -> torch.Tensor:
    """Return the moments of each game's activations [games, T, width]."""
    x = doubled(x)
    return torch.cat([x.mean(1, keepdim=True), x.mT @ x / x.shape[1]], 1)


def covariance_of(moments: Moments) -> Covariances:
    """Return the covariance of activations that have these moments."""
    mean, second = moments[..., 0, :], moments[..., 1:, :]
    return second - mean[..., :, None] * mean[..., None, :]


@torch.no_grad()
def covariances(
    source: probes.Source, moves: Moves, sites: Sequence[str] | None = None, batch: int = 256
) -> Float[np.ndarray, "sites width width"]:
    """Return the covariance of activations at each site (default: all), over games and plies.

    Games are streamed, ``batch`` at a time: nothing is kept of them but their moments.
    """
    sites = list(sites or source.sites)
    sums = [torch.zeros((), dtype=torch.float64)] * len(sites)
    for games in game.Games(moves).batches(batch):
        for i, x in probes.activations(source, games.replay, sites):
            sums[i] = sums[i] + _by_game(x.unflatten(0, (len(games), -1))).sum(0)
    return covariance_of((torch.stack(sums) / len(moves)).cpu().numpy())


def spectrum(covariance: Covariances) -> Float[np.ndarray, "*draws width"]:
    """Return the shares of the variance along the principal components, descending.

    >>> spectrum(np.array([[3.0, 1.0], [1.0, 3.0]])).round(3).tolist()
    [0.667, 0.333]
    """
    values = np.linalg.eigvalsh(covariance)[..., ::-1].clip(min=0)
    return values / values.sum(-1, keepdims=True)


def participation_ratio(covariance: Covariances) -> Float[np.ndarray, "*draws"] | float:
    """Return (sum of variances)^2 / sum of squared ones: how many directions are in use.

    >>> float(participation_ratio(np.eye(5)))
    5.0
    """
    trace = np.trace(covariance, axis1=-2, axis2=-1)
    return trace**2 / np.square(covariance).sum((-2, -1))


def components_of(
    share: float, covariance: Covariances
) -> Integer[np.ndarray, "*draws"] | np.integer:
    """Return how many principal components hold at least a share of the variance.

    >>> int(components_of(0.9, np.diag([1.0, 1.0, 18.0])))
    1
    """
    return 1 + (spectrum(covariance).cumsum(-1) < share).sum(-1)


@torch.no_grad()
def dimensions_in_use(
    source: probes.Source, moves: Moves, site: str, resamples: int = 200
) -> Interval:
    """Return the participation ratio of a source's stream at a site.

    The interval is over games, whose moments are resampled: 130 kB a game for 128 dimensions.
    Raises ``ValueError`` for fewer than two games or a site that the source doesn't have.
    """
    ((_, x),) = probes.activations(source, game.Games(moves).replay, [site])
    x = x - x.mean(0)  # what positions have in common would drown what varies
    moments = _by_game(x.unflatten(0, (len(moves), -1))).cpu().numpy()
    return bootstrap(
        moments,
        resamples,
        statistic=lambda drawn: np.asarray(participation_ratio(covariance_of(drawn))),
    )

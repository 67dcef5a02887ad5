"""How many of its dimensions a stream uses."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn as nn

from .. import game, probes
from ..intervals import draws


@torch.no_grad()
def covariances(
    source: nn.Module, moves: np.ndarray, sites: Sequence[str] | None = None, batch: int = 256
) -> tuple[np.ndarray, np.ndarray]:
    """Return means [sites, width] and covariances [sites, width, width] of activations."""
    sites = list(sites or source.sites)
    rows, sums, squares = 0, [0.0] * len(sites), [0.0] * len(sites)
    for start in range(0, len(moves), batch):
        replay = game.replay(moves[start : start + batch])
        for i, x in probes.activations(source, replay, sites):
            x = x.double()
            sums[i], squares[i] = sums[i] + x.sum(0), squares[i] + x.T @ x
        rows += len(x)
    mean = torch.stack(sums) / rows
    second = torch.stack(squares) / rows
    return mean.numpy(), (second - mean[:, :, None] * mean[:, None]).numpy()


def spectrum(covariance: np.ndarray) -> np.ndarray:
    """Return the shares of the variance along the principal components, descending [..., width]."""
    values = np.linalg.eigvalsh(covariance)[..., ::-1].clip(min=0)
    return values / values.sum(-1, keepdims=True)


def participation_ratio(covariance: np.ndarray) -> np.ndarray:
    """Return (sum of variances)^2 / sum of squared ones, [...]: how many directions are in use."""
    trace = np.trace(covariance, axis1=-2, axis2=-1)
    return trace**2 / np.square(covariance).sum((-2, -1))


def components_of(share: float, covariance: np.ndarray) -> np.ndarray:
    """Return how many principal components hold at least a share of the variance, [...]."""
    return 1 + (spectrum(covariance).cumsum(-1) < share).sum(-1)


def resampled_covariances(
    source: nn.Module, moves: np.ndarray, site: str, resamples: int = 200
) -> np.ndarray:
    """Return covariances [1 + resamples, width, width] of the stream at a site.

    First that of the games, then those of games drawn from them with replacement. 512 kB a game for
    128 dimensions.
    """
    tokens = torch.from_numpy(game.tokens_of(moves[:, :-1]))
    at = list(source.sites).index(site)
    with torch.no_grad():
        x = next(x for i, x in enumerate(source.residual_stream(tokens)) if i == at)
    x = (x - x.mean((0, 1))).double()
    sums = x.mean(1), x.mT @ x / x.shape[1]
    drawn = np.concatenate([np.ones((1, len(moves))), draws(len(moves), resamples)]) / len(moves)
    drawn = torch.from_numpy(drawn)
    mean, second = (torch.tensordot(drawn, part, 1) for part in sums)
    return (second - mean[:, :, None] * mean[:, None]).numpy()

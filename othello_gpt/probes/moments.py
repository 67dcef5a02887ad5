"""First and second moments of activations, in one pass over the games."""

import torch

from ..game import Replay
from .activations import _batches, activations, fingerprint
from .probe import Probe
from .targets import Target


class _Moments:
    """Sums over rows from which least squares follow, in float64: one Gram matrix for all targets.

    A batch is multiplied in float32, after subtracting the first batch's mean: activations are
    float32 themselves, and what a residual stream has in common would drown what varies.
    """

    def __init__(self):
        self.rows, self.xx, self.xy, self.x, self.y, self.shift = 0, {}, {}, {}, 0.0, {}

    def add_labels(self, y: torch.Tensor):
        self.rows += len(y)
        self.y += y.sum(0, dtype=torch.float64)

    def add(self, site: int, x: torch.Tensor, y: torch.Tensor):
        x = x - self.shift.setdefault(site, x.mean(0))
        self.xx[site] = self.xx.get(site, 0.0) + (x.T @ x).double()
        self.xy[site] = self.xy.get(site, 0.0) + (x.T @ y).double()
        self.x[site] = self.x.get(site, 0.0) + x.sum(0, dtype=torch.float64)

    def covariance_to_the(self, power: float, site: int, penalty: float) -> torch.Tensor:
        """Return a power of the rows' covariance + ``penalty`` * their mean variance * identity."""
        mean = self.x[site] / self.rows
        values, vectors = torch.linalg.eigh(self.xx[site] / self.rows - mean.outer(mean))
        values = values.clamp(min=0) + penalty * values.mean()
        return vectors * values**power @ vectors.T

    def mean(self, site: int) -> torch.Tensor:
        return self.shift[site] + self.x[site] / self.rows

    def cross(self, site: int) -> torch.Tensor:
        """Return the covariance of the rows with the labels, [width, columns]."""
        return self.xy[site] / self.rows - (self.x[site] / self.rows).outer(self.y / self.rows)

    def solve(self, site: int, penalty: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return weights [width, columns] and biases [columns] of the ridge regression."""
        weight = self.covariance_to_the(-1, site, penalty) @ self.cross(site)
        return weight, self.y / self.rows - self.mean(site) @ weight

    def squared_error(self, site: int, penalty: float) -> float:
        """Return the mean squared error of ``solve`` on the rows, mean over columns of 0 or 1."""
        p, cross = self.y / self.rows, self.cross(site)
        weight = self.covariance_to_the(-1, site, penalty) @ cross
        explained = weight * (2 * cross - self.covariance_to_the(1, site, 0.0) @ weight)
        return (p * (1 - p) - explained.sum(0)).mean().item()


def _indicators(target: Target, replay: Replay, device) -> torch.Tensor:
    """Return [rows, classes, cells], 1 where the cell is of the class."""
    labels = torch.from_numpy(target.labels(replay)).to(device).flatten(0, 1)
    classes = torch.arange(len(target.classes), dtype=torch.int8, device=device)
    return (labels[:, None] == classes[:, None]).float()


def _moments(source, moves, targets, sites, batch) -> tuple[_Moments, list[torch.Size]]:
    moments = _Moments()
    for replay in _batches(moves, batch, "ridge"):
        y = None
        for site, x in activations(source, replay, sites):
            if y is None:
                indicators = [_indicators(t, replay, x.device) for t in targets]
                # Indicators sum to one, so the first class follows from the others.
                y = torch.cat([i[:, 1:].flatten(1) for i in indicators], 1)
                moments.add_labels(y)
            moments.add(site, x, y)
    return moments, [i.shape[1:] for i in indicators]


def _ridge(source, moves, targets, sites, penalty, batch) -> tuple[Probe, _Moments]:
    moments, shapes = _moments(source, moves, targets, sites, batch)
    solved = [moments.solve(site, penalty) for site in range(len(sites))]
    weights = _by_target(torch.stack([w.T for w, _ in solved]), targets, shapes)
    biases = _by_target(torch.stack([b for _, b in solved]), targets, shapes)
    weight = {name: torch.cat([-w.sum(1, keepdim=True), w], 1) for name, w in weights.items()}
    bias = {name: torch.cat([1 - b.sum(1, keepdim=True), b], 1) for name, b in biases.items()}
    return _probe(source, targets, sites, weight, bias, "ridge", len(moves)), moments


def _by_target(columns, targets, shapes) -> dict[str, torch.Tensor]:
    """Return [sites, columns, ...] as target -> [sites, classes - 1, cells, ...]."""
    sizes = [(classes - 1) * cells for classes, cells in shapes]
    return {
        t.name: part.unflatten(1, (classes - 1, cells))
        for t, (classes, cells), part in zip(targets, shapes, columns.split(sizes, 1), strict=True)
    }


def _probe(source, targets, sites, weight, bias, fit, n_games) -> Probe:
    classes = {t.name: t.classes for t in targets}
    weight, bias = ({name: x.float() for name, x in part.items()} for part in (weight, bias))
    return Probe(weight, bias, classes, tuple(sites), fingerprint(source), fit, n_games)

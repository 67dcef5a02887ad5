"""First and second moments of activations, in one pass over the games."""

from collections.abc import Sequence

import torch
from einops import rearrange
from jaxtyping import Float

from ..devices import doubled
from ..game import Games, Replay
from ..types import Moves
from .activations import Rows, activations, batches
from .sources import Source
from .targets import Target

Indicators = Float[torch.Tensor, "rows classes cells"]
Covariance = Float[torch.Tensor, "width width"]
ByClass = Float[torch.Tensor, "sites classes cells ..."]


class Moments:
    """Sums over rows from which means, covariances and least squares follow, in float64.

    One Gram matrix a site serves all targets. A batch is multiplied in float32, after subtracting
    the first batch's mean: activations are float32 themselves, and what a residual stream has in
    common would drown what varies.
    """

    def __init__(self):
        self.rows = 0
        self.y: torch.Tensor = torch.tensor(0.0, dtype=torch.float64)
        # By site: sums of products, sums, and what is subtracted before.
        self.xx: dict[int, Covariance] = {}
        self.xy: dict[int, Float[torch.Tensor, "width columns"]] = {}
        self.x: dict[int, Float[torch.Tensor, " width"]] = {}
        self.shift: dict[int, Float[torch.Tensor, " width"]] = {}
        self.shapes: dict[str, tuple[int, int]] = {}  # of each target: classes, cells

    @classmethod
    @torch.no_grad()
    def of(
        cls,
        source: Source,
        games: Games | Moves,
        sites: Sequence[str],
        targets: Sequence[Target] = (),
        batch: int = 256,
    ) -> "Moments":
        """Return the moments of a source's activations at ``sites`` and with targets' indicators.

        A site is asked for by its index into ``sites``. Columns are the indicators of every class
        but the first, which follows from the others (they sum to one); see ``by_target``. Raises
        ``ValueError`` as ``batches`` and ``activations`` do.
        """
        moments = cls()
        for replay in batches(games, batch, "ridge"):
            y = None
            for site, x in activations(source, replay, sites):
                if y is None:
                    of = {t.name: indicators(t, replay, x.device) for t in targets}
                    moments.shapes = {name: (i.shape[1], i.shape[2]) for name, i in of.items()}
                    parts = [i[:, 1:].flatten(1) for i in of.values()]
                    y = torch.cat(parts, 1) if parts else x.new_zeros(len(x), 0)
                    moments.count(y)
                moments.add(site, x, y)
        return moments

    def count(self, y: Float[torch.Tensor, "rows columns"]) -> None:
        """Count rows and sum their labels (of which there may be none), once for all sites."""
        self.rows += len(y)
        self.y = self.y + _sum(y)

    def add(self, site: int, x: Rows, y: Float[torch.Tensor, "rows columns"]) -> None:
        """Add rows of activations at a site, with their labels."""
        x = x - self.shift.setdefault(site, x.mean(0))
        self.xx[site] = self.xx.get(site, 0.0) + doubled(x.T @ x)
        self.xy[site] = self.xy.get(site, 0.0) + doubled(x.T @ y)
        self.x[site] = self.x.get(site, 0.0) + _sum(x)

    def mean(self, site: int) -> Float[torch.Tensor, " width"]:
        """Return the mean activations."""
        return doubled(self.shift[site]) + self.x[site] / self.rows

    def covariance(self, site: int) -> Covariance:
        """Return the covariance of the activations, the mean over rows (not over rows - 1)."""
        mean = self.x[site] / self.rows
        return self.xx[site] / self.rows - mean.outer(mean)

    def covariance_to_the(self, power: float, site: int, penalty: float) -> Covariance:
        """Return a power of the covariance + ``penalty`` * the mean variance * identity."""
        values, vectors = torch.linalg.eigh(self.covariance(site))
        values = values.clamp(min=0) + penalty * values.mean()
        return vectors * values**power @ vectors.T

    def cross(self, site: int) -> Float[torch.Tensor, "width columns"]:
        """Return the covariance of the activations with the labels."""
        return self.xy[site] / self.rows - (self.x[site] / self.rows).outer(self.y / self.rows)

    def solve(
        self, site: int, penalty: float
    ) -> tuple[Float[torch.Tensor, "width columns"], Float[torch.Tensor, " columns"]]:
        """Return the weights and biases of the ridge regression of the labels."""
        weight = self._weight(site, penalty)
        return weight, self.y / self.rows - self.mean(site) @ weight

    def _weight(self, site: int, penalty: float) -> Float[torch.Tensor, "width columns"]:
        covariance = self.covariance(site)
        covariance.diagonal().add_(penalty * covariance.diagonal().mean())
        # A hundredth of the time that powers of a covariance of width 4,096 would take.
        factor, failed = torch.linalg.cholesky_ex(covariance)
        if failed:  # rounding, where many coordinates never vary, is more than the penalty
            return self.covariance_to_the(-1, site, penalty) @ self.cross(site)
        return torch.cholesky_solve(self.cross(site), factor)

    def squared_error(self, site: int, penalty: float) -> float:
        """Return the mean squared error of ``solve`` on the rows, mean over columns of 0 or 1."""
        p, cross = self.y / self.rows, self.cross(site)
        weight = self._weight(site, penalty)
        explained = weight * (2 * cross - self.covariance_to_the(1, site, 0.0) @ weight)
        return (p * (1 - p) - explained.sum(0)).mean().item()

    def by_target(self, columns: Float[torch.Tensor, "sites columns ..."]) -> dict[str, ByClass]:
        """Return what there is for each column by target, without its first class."""
        sizes = [(classes - 1) * cells for classes, cells in self.shapes.values()]
        return {
            name: part.unflatten(1, (classes - 1, cells))
            for (name, (classes, cells)), part in zip(
                self.shapes.items(), columns.split(sizes, 1), strict=True
            )
        }


def _sum(x: torch.Tensor) -> torch.Tensor:
    """Return the sums of columns, in float64 where there is such (see ``doubled``)."""
    return (x.cpu() if x.device.type == "mps" else x).sum(0, dtype=torch.float64)


def indicators(target: Target, replay: Replay, device: torch.device | str) -> Indicators:
    """Return 1 where a cell is of a class, else 0; rows are games * (moves - 1)."""
    labels = torch.from_numpy(target.labels(replay)).to(device)
    labels = rearrange(labels, "games t cells -> (games t) 1 cells")
    classes = torch.arange(len(target.classes), dtype=torch.int8, device=device)
    return (labels == classes[:, None]).float()

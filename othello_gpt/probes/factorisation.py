"""Do a probe's directions come from squares times kinds? (Lee, Viégas & Wattenberg 2026)

A probe of the board has a direction for each square and kind (theirs, empty, mine). They factorise
if numbers of the square, times numbers of the kind, times a core that all squares share give them
back: a *tensor product*, in the form of Tucker's decomposition. How many numbers a square needs is
its rank. Kinds are taken relative to their mean, on which no reading depends, so that three kinds
have rank two.

Directions are compared by what they read: an error is that of the probe's outputs. In this measure
a ridge cut down to a rank is the best there is: of all probes of that form it has the least squared
error on what the ridge was fitted to (reduced-rank regression, Izenman 1975).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float

from ..devices import doubled
from ..game import Games
from ..intervals import Interval, bootstrap
from ..types import Moves
from .moments import Covariance, Moments
from .probe import Probe
from .scores import accuracy
from .sources import Source
from .targets import Target

Directed = Float[torch.Tensor, "squares kinds width"]
Contrasts = Float[torch.Tensor, "kinds few"]
Mixing = Float[torch.Tensor, "rows rows"]
"""An orthogonal matrix over the rows (square, kind) of directions, squares outermost."""

# Of theirs, empty, mine: is the square empty, and if not, whose is it? Orthonormal.
CONTRASTS = torch.tensor([[-1.0, -1.0], [2.0, 0.0], [-1.0, 1.0]], dtype=torch.float64)
CONTRASTS = CONTRASTS / CONTRASTS.norm(dim=0)
READERS = ("factors", "mispaired", "rotated", "plain")


@dataclass(frozen=True)
class Factors:
    """A tensor product: numbers of each square, numbers of each kind, and what all share."""

    squares: Float[torch.Tensor, "squares rank"]
    kinds: Float[torch.Tensor, "kinds few"]
    core: Float[torch.Tensor, "rank few width"]

    def directions(self) -> Directed:
        """Return the directions that the factors give."""
        return torch.einsum("sr,kf,rfd->skd", self.squares, self.kinds, self.core)


def factorise(directions: Directed, rank: int, kind_rank: int = 2, rounds: int = 10) -> Factors:
    """Return the tensor product of these ranks that is nearest in squared error.

    It alternates between squares and kinds, each solved exactly (De Lathauwer and others 2000).
    Raises ``ValueError`` on ranks that can't be had.
    """
    squares, kinds, _ = directions.shape
    if not (1 <= rank <= squares and 1 <= kind_rank <= kinds):
        raise ValueError(f"ranks are 1 to {squares} for squares and 1 to {kinds} for kinds")
    by_kind = directions.transpose(0, 1)
    of_kind = _leading(by_kind, kind_rank)
    for _ in range(rounds):
        of_square = _leading(torch.einsum("skd,kf->sfd", directions, of_kind), rank)
        of_kind = _leading(torch.einsum("ksd,sr->krd", by_kind, of_square), kind_rank)
    core = torch.einsum("skd,sr,kf->rfd", directions, of_square, of_kind)
    return Factors(of_square, of_kind, core)


def truncate(directions: Directed, rank: int) -> Directed:
    """Return the nearest directions that span ``rank`` dimensions, whatever their squares."""
    flat = directions.flatten(0, 1)
    basis = _leading(flat, rank)
    return (basis @ (basis.T @ flat)).view_as(directions)


def rank_for_as_many(rank: int, squares: int, width: int, contrasts: int = 2) -> int:
    """Return the least rank at which ``truncate`` has as many free numbers as ``factorise``.

    >>> rank_for_as_many(36, 36, 128)
    72
    """
    free = rank * (squares - rank) + rank * contrasts * width
    rows = squares * contrasts
    return next(r for r in range(1, rows + 1) if r * (rows + width - r) >= free or r == rows)


def explained(directions: Directed, approximation: Directed) -> float:
    """Return the share of the directions' squared length that an approximation has.

    >>> import torch
    >>> directions = torch.eye(6).view(3, 2, 6)
    >>> round(explained(directions, factorise(directions, 1).directions()), 3)
    0.333
    """
    return 1 - ((directions - approximation).square().sum() / directions.square().sum()).item()


def mispaired(squares: int, contrasts: Contrasts = CONTRASTS, seed: int = 0) -> Mixing:
    """Return a mixing by which each square has its own first contrast and another one's second.

    Each contrast by itself keeps whatever its directions have in common. What is lost is that a
    square is the same square in both.
    """
    generator = torch.Generator().manual_seed(seed)
    same = torch.eye(squares, dtype=contrasts.dtype)
    mixing = torch.kron(same, _rest(contrasts))
    for at, contrast in enumerate(contrasts.T):
        of = same[torch.randperm(squares, generator=generator)] if at else same
        mixing = mixing + torch.kron(of, contrast.outer(contrast))
    return mixing


def rotated(squares: int, contrasts: Contrasts = CONTRASTS, seed: int = 0) -> Mixing:
    """Return a mixing that turns the contrasts of all squares together, at random.

    It makes random directions of the same singular values, which know nothing of squares.
    """
    generator = torch.Generator().manual_seed(seed)
    size = squares * contrasts.shape[1]
    noise = torch.randn(size, size, generator=generator, dtype=contrasts.dtype)
    same = torch.eye(squares, dtype=contrasts.dtype)
    into = torch.kron(same, contrasts)
    return torch.kron(same, _rest(contrasts)) + into @ torch.linalg.qr(noise).Q @ into.T


def mixed(directions: Directed, mixing: Mixing) -> Directed:
    """Return directions whose rows (square, kind) are mixed; the mixing's transpose undoes it."""
    mixing = mixing.to(directions.device)
    return (mixing @ directions.flatten(0, 1)).view_as(directions)


def approximations(
    directions: Directed, ranks: Sequence[int], seeds: int = 5
) -> dict[str, dict[int, list[Directed]]]:
    """Return approximations of directions by reader and rank, several where chance has a part.

    ``factors``: ``factorise``. ``mispaired`` and ``rotated``: the same after such a mixing, which
    is undone again, so that the result could read the board as well. ``plain``: ``truncate`` at as
    many free numbers.
    """
    squares, _, width = directions.shape
    found = {reader: {} for reader in READERS}
    for rank in ranks:
        found["factors"][rank] = [factorise(directions, rank).directions()]
        for reader, mixing_by in (("mispaired", mispaired), ("rotated", rotated)):
            mixings = [mixing_by(squares, seed=seed) for seed in range(seeds)]
            found[reader][rank] = [
                mixed(factorise(mixed(directions, m), rank).directions(), m.T) for m in mixings
            ]
        plain = rank_for_as_many(rank, squares, width)
        found["plain"][rank] = [truncate(directions, plain)]
    return found


@dataclass(frozen=True)
class Outputs:
    """A probe's directions for one target at one site, in the measure of what they read.

    ``directions``: relative to the mean over kinds, times ``root``, the square root of the
    activations' covariance. Their squared length is the variance of the probe's outputs.
    """

    probe: Probe
    target: Target
    site: str
    directions: Directed
    root: Covariance
    mean: Float[torch.Tensor, " width"]

    @classmethod
    def of(
        cls, probe: Probe, target: Target, site: str, moments: Moments, penalty: float = 1e-5
    ) -> "Outputs":
        """Return them by ``Moments.of(source, games, [site])``, with the ridge's ``penalty``.

        Raises ``ValueError`` on a target or site that the probe doesn't have.
        """
        probe.directions(target.name, site, *target.classes[:2])  # refuses what isn't there
        weight = doubled(probe.weight[target.name][probe.sites.index(site)])
        root = moments.covariance_to_the(0.5, 0, penalty)
        directions = (weight - weight.mean(0)).transpose(0, 1) @ root
        return cls(probe, target, site, directions, root, doubled(moments.mean(0)))

    def reader(self, approximations: Mapping[str, Directed]) -> tuple[Probe, list[Target]]:
        """Return a probe that reads the target by each approximation, and targets of their names.

        Outputs keep their means.
        """
        bias = doubled(self.probe.bias[self.target.name][self.probe.sites.index(self.site)])
        inverse = torch.linalg.inv(self.root)
        device = self.probe.bias[self.target.name].device
        weights, biases = {}, {}
        for name, directions in approximations.items():
            lost = ((self.directions - directions) @ inverse).transpose(0, 1)
            weights[name] = (directions @ inverse).transpose(0, 1)[None].float().to(device)
            biases[name] = (bias - bias.mean(0) + lost @ self.mean)[None].float().to(device)
        targets = [replace(self.target, name=name) for name in approximations]
        classes = dict.fromkeys(approximations, self.target.classes)
        fit = f"factors of {self.probe.fit}"
        own = dict(sites=(self.site,), fit=fit, scores={})
        return replace(self.probe, weight=weights, bias=biases, classes=classes, **own), targets

    def scores(
        self, source: Source, games: Games | Moves, ranks: Sequence[int], seeds: int = 5
    ) -> dict[str, dict[str, Interval]]:
        """Return ``explained`` and the cells ``read`` by each reader, of as many values as ranks.

        Intervals of ``explained`` are the least and the most of the seeds, those of ``read`` are
        over games, of the mean over the seeds.
        """
        found = approximations(self.directions, ranks, seeds)
        scores = {"explained": {}, "read": {}}
        for reader, by_rank in found.items():
            shares = [[explained(self.directions, a) for a in by_rank[rank]] for rank in ranks]
            parts = zip(*((np.mean(s), min(s), max(s)) for s in shares), strict=True)
            scores["explained"][reader] = Interval(*map(np.array, parts))
            named = {f"{rank} {i}": a for rank in ranks for i, a in enumerate(by_rank[rank])}
            probe, targets = self.reader(named)
            tallies = accuracy(probe, source, games, targets)
            right = {name: t.right[0].mean(1) / t.cells for name, t in tallies.items()}
            means = [
                np.mean([right[f"{rank} {i}"] for i in range(len(by_rank[rank]))], 0)
                for rank in ranks
            ]
            scores["read"][reader] = bootstrap(np.stack(means, 1))
        return scores


def _leading(tensor: Float[torch.Tensor, "rows ..."], n: int) -> Float[torch.Tensor, "rows n"]:
    """Return the ``n`` leading left singular vectors of a tensor, unfolded along its first axis."""
    return torch.linalg.svd(tensor.flatten(1), full_matrices=False).U[:, :n]


def _rest(contrasts: Contrasts) -> Float[torch.Tensor, "kinds kinds"]:
    """Return the projection on what no contrast sees: the mean over kinds."""
    return torch.eye(len(contrasts), dtype=contrasts.dtype) - contrasts @ contrasts.T

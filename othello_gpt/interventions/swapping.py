"""Parts of another case's stream, put in: what lies along some directions, or all the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float

from .edits import AtLast, SameForAll, SomeCases, Written
from .prefixes import CachedPrefixes


@dataclass(frozen=True, eq=False)
class Swap:
    """At one site, take what lies along ``basis`` from ``donors``; with ``rest``, all else.

    ``donors``: a stream for each case (see ``streams_at``). ``basis`` has orthonormal rows.
    """

    site: str
    donors: Float[torch.Tensor, "cases width"]
    basis: Float[torch.Tensor, "directions width"]
    rest: bool = False

    @property
    def sites(self) -> Sequence[str]:
        """The one site at which it swaps."""
        return (self.site,)

    def of(self, rows: SomeCases) -> "Swap":
        """Return the swap of some of the cases."""
        return replace(self, donors=self.donors[rows])

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        """Return the stream with a part of the donors'; boards don't matter."""
        change = self.donors - x
        along = change @ self.basis.T @ self.basis
        return x + (change - along if self.rest else along)


@dataclass(frozen=True, eq=False)
class _Noted(SameForAll):
    """Changes nothing, and keeps what it is given."""

    sites: Sequence[str]
    kept: list[torch.Tensor]

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        self.kept.append(x.clone())
        return x


def streams_at(prefixes: CachedPrefixes, site: str) -> Float[torch.Tensor, "cases width"]:
    """Return the stream at the last position of each case; raises as ``prefixes.run`` does."""
    found = []
    for row in range(0, len(prefixes.cases), prefixes.batch):
        noted = _Noted((site,), [])
        prefixes.step(slice(row, row + prefixes.batch), noted)
        found += noted.kept
    return torch.cat(found)


def span_of(
    directions: Float[torch.Tensor, "directions width"], least: float = 1e-3
) -> Float[torch.Tensor, "span width"]:
    """Return an orthonormal basis of what directions span, those left out that hardly count.

    That is those whose singular value is below ``least`` times the largest.
    """
    _, values, vectors = torch.linalg.svd(directions, full_matrices=False)
    return vectors[values > least * values[0]]

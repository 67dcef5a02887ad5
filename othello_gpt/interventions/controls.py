"""Edits that should do nothing: random steps, other directions, other squares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float

from ..probes import Probe
from .cases import EMPTY, CaseBoards, Cases
from .edits import AtLast, Edit, ProbeEdit, SameForAll, SomeCases, Written
from .prefixes import CachedPrefixes


@dataclass(frozen=True, eq=False)
class LengthMatched:
    """Steps in the direction of ``other``'s, as long as those of ``edit`` at the same place.

    ``lengths``: how long they are in a run of ``edit`` itself, by site
    (``CachedPrefixes.lengths``). Without them it is asked at each site how far it would go from
    there, which after a step in another direction is further.
    """

    edit: Edit
    other: Edit
    lengths: Mapping[str, Float[torch.Tensor, " cases"]] | None = None

    @property
    def sites(self) -> Sequence[str]:
        """The sites at which ``edit`` steps, and so does this."""
        return self.edit.sites

    def of(self, rows: SomeCases) -> "LengthMatched":
        """Return the edit of some of the cases."""
        lengths = self.lengths and {site: length[rows] for site, length in self.lengths.items()}
        return replace(self, lengths=lengths)

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        if self.lengths is None:
            length = (self.edit(site, x, before, after) - x).norm(dim=-1)
        else:
            length = self.lengths[site]
        return x + length[:, None] * F.normalize(self.other(site, x, before, after) - x, dim=-1)


@dataclass(frozen=True, eq=False)
class RandomStep(SameForAll):
    """Steps of length 1 in directions that are random for every board and site."""

    sites: Sequence[str]
    seed: int = 0

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        return x + F.normalize(_noise(self, site, len(x), x), dim=-1)


@dataclass(frozen=True, eq=False)
class PermutedSigns(SameForAll):
    """The steps of ``edit``, each component of about its own size but with another one's sign.

    The mean of the components, which LayerNorm takes no notice of, is left out before; the length
    is the edit's.
    """

    edit: Edit
    seed: int = 0

    @property
    def sites(self) -> Sequence[str]:
        """The sites at which ``edit`` steps, and so does this."""
        return self.edit.sites

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        step = self.edit(site, x, before, after) - x
        length = step.norm(dim=-1, keepdim=True)
        step = step - step.mean(-1, keepdim=True)
        order = _noise(self, site, 1, x).argsort(-1)[0]
        return x + length * F.normalize(step.abs() * step[:, order].sign(), dim=-1)


def _noise(
    control: RandomStep | PermutedSigns, site: str, rows: int, x: torch.Tensor
) -> torch.Tensor:
    at = list(control.sites).index(site)
    generator = torch.Generator().manual_seed(1000 * control.seed + at)
    return torch.randn(rows, x.shape[1], generator=generator).to(x)


def wrong_layer(probe: Probe, by: int | None = None) -> Probe:
    """Return a probe that has at each site the weights of the site ``by`` further (half of all)."""
    by = len(probe.sites) // 2 if by is None else by
    weight, bias = (
        {name: t.roll(-by, 0) for name, t in part.items()} for part in (probe.weight, probe.bias)
    )
    return replace(probe, weight=weight, bias=bias)


def wrong_squares(cases: Cases, seed: int = 0) -> CaseBoards:
    """Return boards [cases, 36] on which as many other discs are flipped as the cases change.

    Discs are random ones among those that a case leaves alone.
    """
    rng = np.random.default_rng(seed)
    changed = cases.before != cases.after
    free = (cases.before != EMPTY) & ~changed
    rank = np.where(free, rng.random(free.shape), 2).argsort(1).argsort(1)
    return np.where((rank < changed.sum(1, keepdims=True)) & free, 2 - cases.before, cases.before)


Runs = dict[str, tuple[Edit, CaseBoards | None]]
"""Edits by name and the boards that they get (None: the cases' own), for ``prefixes.run``."""


def controls(edit: ProbeEdit, prefixes: CachedPrefixes, seed: int = 0) -> Runs:
    """Return what could do as well as an edit if it weren't about the board, by name.

    Steps as long as the edit's own: in a random direction; with permuted signs; with the directions
    of a probe of control labels (``edit.probe`` must have them too). And the edit itself towards
    boards on which other squares are flipped. If one of them comes up to the edit, the edit shows
    nothing.
    """
    steps = {
        "random direction": RandomStep(edit.sites, seed),
        "permuted signs": PermutedSigns(edit, seed),
        "control labels": replace(edit, target=f"control of {edit.target}"),
    }
    lengths = prefixes.lengths(edit)
    found = {name: (LengthMatched(edit, step, lengths), None) for name, step in steps.items()}
    return {**found, "wrong square": (edit, wrong_squares(prefixes.cases, seed))}


def comparisons(edit: ProbeEdit, prefixes: CachedPrefixes) -> Runs:
    """Return what an edit is compared with and couldn't be refuted by, by name.

    Steps as long as the edit's own with the directions of another layer, which are still directions
    of the board. And the edit towards the board as it is, which only puts misreadings right.
    Raises ``ValueError`` for an edit by an MLP, which has one site and no other layer's directions.
    """
    if not isinstance(edit.probe, Probe):
        raise ValueError("an MLP probe has one site: compare edits by linear probes")
    step = replace(edit, probe=wrong_layer(edit.probe))
    return {
        "wrong layer": (LengthMatched(edit, step, prefixes.lengths(edit)), None),
        "the board as it is": (edit, prefixes.cases.before),
    }

"""The next moves written in without a board: what an edit of the board has to beat."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool

from .. import game
from ..probes import Probe
from .cases import Cases
from .edits import AtLast, Edit, SomeCases, Written, check_sites, shortest
from .swapping import span_of

Squares = Bool[torch.Tensor, "cases 36"]


def legal_squares(cases: Cases) -> Squares:
    """Return which squares are legal on the edited boards; the four in the middle never are."""
    found = torch.zeros(len(cases), 36, dtype=torch.bool)
    found[:, game.playable()] = cases.legal_after[:, 1:]
    return found


@dataclass(frozen=True, eq=False)
class WriteLegal:
    """Move the stream to where a probe reads which moves are ``legal``, and no board.

    By the shortest way times ``dose``, less what of it lies along the directions in which ``board``
    reads its board; without ``board``, whatever else it changes. A rival of ``Rewrite``: where it
    works as well, the next moves are there already and can be written without a board. ``legal``:
    what is wanted, one row a case. ``probe`` is of *legal next*. Raises ``ValueError`` on a site
    that a probe doesn't have.
    """

    probe: Probe
    board: Probe | None
    sites: Sequence[str]
    dose: float
    legal: Squares

    def __post_init__(self):
        for probe in filter(None, (self.probe, self.board)):
            check_sites(self.sites, probe.sites, "the probe has")

    def of(self, rows: SomeCases) -> "WriteLegal":
        """Return the edit of some of the cases."""
        return replace(self, legal=self.legal[rows])

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        """Return the stream after the step; boards don't matter."""
        reads = self.probe.weight["legal_next"][self.probe.sites.index(site)][1]
        wanted = self.legal.to(x)
        gap = wanted - self.probe.logits("legal_next", site, x)[:, 1]
        step = self.dose * shortest(reads[None], gap[:, None])
        return x + (step if self.board is None else _beside(step, self.board, "board", site))


@dataclass(frozen=True, eq=False)
class BesideLegal:
    """An edit less what of it lies along the directions in which ``probe`` reads legality.

    What it still does, it does not by writing the next moves in outright.
    """

    edit: Edit
    probe: Probe

    @property
    def sites(self) -> Sequence[str]:
        """The edit's."""
        return self.edit.sites

    def of(self, rows: SomeCases) -> "BesideLegal":
        """Return the edit of some of the cases."""
        return replace(self, edit=self.edit.of(rows))

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        """Return the stream after the rest of the step."""
        step = self.edit(site, x, before, after) - x
        return x + _beside(step, self.probe, "legal_next", site)


def _beside(step: AtLast, probe: Probe, target: str, site: str) -> AtLast:
    """Return what of a step is at right angles to all that a probe reads a target by."""
    span = span_of(probe.weight[target][probe.sites.index(site)].flatten(0, 1))
    return step - step @ span.T @ span

"""Edits: how a board is written into the stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Integer

from ..probes import MLPProbe, Probe
from .cases import MINE, THEIRS

AtLast = Float[torch.Tensor, "cases width"]
"""The stream at one site, at the last position of each case."""
Written = Integer[torch.Tensor, "cases 36"]
"""A board a case, as in ``Cases``."""


SomeCases = slice | Integer[torch.Tensor, " some"]
"""Which of the cases, in order."""
_Own = TypeVar("_Own")


@runtime_checkable
class Edit(Protocol):
    """What happens to the stream at the last position, at each of ``sites``."""

    @property
    def sites(self) -> Sequence[str]:
        """The names of the sites, such as ``"resid_mid 4"``."""
        ...

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        """Return the stream to go on from, given it and the boards as they are and as wanted."""
        ...

    def of(self, rows: SomeCases) -> "Edit":
        """Return the edit of some of the cases."""
        ...


class SameForAll:
    """What edits have in common that don't know which case they are given."""

    def of(self: _Own, rows: SomeCases) -> _Own:
        """Return the edit of some of the cases, which is the same."""
        return self


@dataclass(frozen=True, eq=False)
class ProbeEdit(SameForAll):
    """What is common to edits by a probe of ``target``: classes are 0 theirs, 1 empty, 2 mine.

    Raises ``ValueError`` on a site that the probe doesn't have.
    """

    probe: Probe | MLPProbe
    sites: Sequence[str]
    dose: float
    target: str = "board"

    def __post_init__(self):
        check_sites(self.sites, self.probe.sites, "the probe has")

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        """Return the stream to go on from; each kind of edit says how."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class _LinearEdit(ProbeEdit):
    """An edit by the directions of a linear probe."""

    probe: Probe

    def _weights(self, site: str) -> torch.Tensor:
        """Return what is read at a site, [classes, squares, width]."""
        return self.probe.weight[self.target][self.probe.sites.index(site)]


class ActivationAddition(_LinearEdit):
    """Add unit directions times ``dose`` times the stream's own length (Nanda 2023).

    For each square that changes, the direction is what the probe's weights of the new class have
    over those of the old one. A dose in the stream's own units means the same in every layer.
    """

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        w = self._weights(site)
        unit = F.normalize(w[None] - w[:, None], dim=-1).flatten(0, 2)  # [from, to, square]
        pair = F.one_hot((3 * before + after).long(), 9) * (before != after)[..., None]
        step = pair.transpose(1, 2).flatten(1).to(x.dtype) @ unit
        return x + self.dose * x.norm(dim=-1, keepdim=True) * step


class MinimumNormEdit(_LinearEdit):
    """Move the stream to where the changed squares read as wanted and all others as they do.

    By the shortest way, ``dose`` times its length: at 1 a least-squares probe then gives the new
    class 1 and the other classes 0. Squares that don't change keep their readings, right or wrong.
    """

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        gap = _one_hot(after, x) - self.probe.logits(self.target, site, x)[:, _TWO]
        gap = gap * (before != after)[:, None]
        return x + self.dose * shortest(self._weights(site)[_TWO], gap)


class Rewrite(_LinearEdit):
    """Move the stream to where *every* square reads as on the edited board.

    It also puts right what the model had misread, as Li 2023's edit does, whose loss is that of the
    whole board: compare it with a rewrite of the board as it is.
    """

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        gap = _one_hot(after, x) - self.probe.logits(self.target, site, x)[:, _TWO]
        return x + self.dose * shortest(self._weights(site)[_TWO], gap)


# What is read of the third class follows from the other two.
_TWO = [THEIRS, MINE]


def _one_hot(board: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return what a least-squares probe should give for two of the classes, [cases, 2, squares]."""
    return torch.stack([board == of for of in _TWO], 1).to(x.dtype)


def shortest(
    w: Float[torch.Tensor, "of squares width"],
    gap: Float[torch.Tensor, "cases of squares"],
    penalty: float = 0.1,
) -> AtLast:
    """Return the shortest steps [cases, width] that change readings by ``gap`` [cases, n, squares].

    ``w`` [n, squares, width]. Some readings go together (central squares are never empty), so steps
    are penalised, relative to the weights' mean square.
    """
    w = w.flatten(0, 1)
    gram = w @ w.T
    gram += penalty * gram.diagonal().mean() * torch.eye(len(w), dtype=w.dtype, device=w.device)
    return torch.linalg.solve(gram, gap.flatten(1).T).T @ w


@dataclass(frozen=True, eq=False)
class Descend(ProbeEdit):
    """Descend the probe's cross-entropy on the whole edited board, by Adam (Li 2023).

    ``steps`` steps of about ``dose`` in units of the stream's root mean square. ``scale`` is what
    makes logits of the probe's outputs: 1 for a logistic probe or an MLP at its own site; a
    least-squares probe, which aims at 0 and 1, needs more.
    """

    steps: int = 40
    scale: float = 1.0

    def __call__(self, site: str, x: AtLast, before: Written, after: Written) -> AtLast:
        unit = x.square().mean(-1, keepdim=True).sqrt()
        with torch.enable_grad():
            moved = torch.zeros_like(x, requires_grad=True)
            adam = torch.optim.Adam([moved], lr=self.dose, betas=(0.9, 0.99))
            for _ in range(self.steps):
                said = self.scale * self.probe.logits(self.target, site, x + unit * moved)
                loss = F.cross_entropy(said, after.long(), reduction="sum")
                (moved.grad,) = torch.autograd.grad(loss, moved)
                adam.step()
        return x + unit * moved.detach()


def check_sites(sites: Sequence[str], known: Sequence[str], who: str) -> None:
    """Raise ``ValueError`` on a site that isn't known; ``who`` begins the list of those."""
    if unknown := [site for site in sites if site not in known]:
        raise ValueError(f"no site {unknown[0]!r} here: {who} {', '.join(known)}")

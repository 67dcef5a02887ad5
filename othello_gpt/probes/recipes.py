"""One way to fit any probe: ``fit(source, games, targets, how=Ridge())``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..game import Games
from ..types import Moves
from .adamw import fit_adamw
from .fits import fit_means, fit_ridge
from .logistic import fit_logistic
from .mlp import MLPProbe, fit_mlp
from .probe import Probe
from .sources import Source
from .targets import Target

One = TypeVar("One")


@dataclass(frozen=True)
class Ridge:
    """Ridge regression in closed form; see ``fit_ridge``."""

    penalty: float = 1e-5

    def fit(self, source, games, targets, sites, wandb_project) -> Probe:
        """See ``fit``."""
        return fit_ridge(source, games, targets, sites, self.penalty, wandb_project=wandb_project)


@dataclass(frozen=True)
class ClassMeans:
    """The nearest class mean; see ``fit_means``."""

    def fit(self, source, games, targets, sites, wandb_project) -> Probe:
        """See ``fit``; there is nothing to log."""
        return fit_means(source, games, targets, sites)


@dataclass(frozen=True)
class Logistic:
    """Multinomial logistic regression; see ``fit_logistic``."""

    warm_up: int = 1024
    batch: int = 32
    lr: float = 0.03

    def fit(self, source, games, targets, sites, wandb_project) -> Probe:
        """See ``fit``."""
        of = source, games, targets, sites
        return fit_logistic(*of, self.warm_up, self.batch, self.lr, wandb_project)


@dataclass(frozen=True)
class AdamW:
    """The original notebook's recipe, of one site and targets of two classes; see ``fit_adamw``."""

    batch: int = 512
    lr: float = 5e-4
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 1e-3
    seed: int = 0
    held_out: Games | None = None
    epochs: int = 3

    def fit(self, source, games, targets, sites, wandb_project) -> Probe:
        """See ``fit``."""
        of = source, games, targets, _only("site", sites or source.sites)
        own = self.batch, self.lr, self.betas, self.weight_decay, self.seed
        return fit_adamw(*of, *own, wandb_project, self.held_out, self.epochs)


@dataclass(frozen=True)
class MLP:
    """A hidden layer that corrects a linear probe, of one target at one site; see ``fit_mlp``."""

    linear: Probe
    width: int = 512
    batch: int = 32
    lr: float = 2e-3
    seed: int = 0

    def fit(self, source, games, targets, sites, wandb_project) -> MLPProbe:
        """See ``fit``."""
        of = _only("target", targets), _only("site", sites or source.sites)
        own = self.width, self.batch, self.lr, self.seed
        return fit_mlp(source, games, self.linear, *of, *own, wandb_project)


def fit(
    source: Source,
    games: Games | Moves,
    targets: Sequence[Target],
    sites: Sequence[str] | None = None,
    how: Ridge | ClassMeans | Logistic | AdamW | MLP = Ridge(),
    wandb_project: str | None = None,
) -> Probe | MLPProbe:
    """Return a probe of ``source`` for ``targets`` at ``sites``, by default at all of them.

    >>> from othello_gpt.game import Games
    >>> from othello_gpt.probes import TARGETS, ClassMeans, Ply, fit
    >>> fit(Ply(), Games.sample(20), [TARGETS["board"]], how=ClassMeans()).sites
    ('ply',)

    Raises ``ValueError`` on no games, games with passes, sites that the source doesn't have,
    activations that aren't finite, and on more than one site or target where ``how`` is for one.
    """
    return how.fit(source, games, targets, sites, wandb_project)


def _only(what: str, several: Sequence[One]) -> One:
    if len(several) != 1:
        raise ValueError(f"this recipe is for one {what}, not {len(several)}: name the one")
    return several[0]

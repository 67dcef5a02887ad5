"""What a run is told."""

import math
from dataclasses import dataclass, field, fields
from typing import TypeVar

from ..game import CONTEXT
from ..model import HELD_OUT_SEED, REPORT_SEED

_LAST_SEED = 2**63 - 1


_Number = TypeVar("_Number", int, float)


def _setting(default: _Number, least: int, help: str | None = None, most: int = 10**12):
    """Return a field with its range and, if it is an option of the command, its help text."""
    said = {"help": help} if help else {}
    return field(default=default, metadata={"least": least, "most": most} | said)


@dataclass(frozen=True)
class TrainConfig:
    """What decides the trajectory of a run. Amounts are in games, rates are peak rates.

    ``continuations`` is the number of further games, at each position, that begin with the same
    moves and of which the next move is a target too. Games come in families of ``siblings`` whose
    first ``opening`` moves are the same. What a run shows and ships are its weights, or with
    ``average`` their exponential average over about so many games.
    What has a help text is an option of ``othello-gpt train``, which is made from these fields.

    Raises ``ValueError`` for values with which there is nothing to train or to learn from.
    """

    games: int = _setting(8_000_000, 1, "total, decay included")
    seed: int = _setting(0, 0, "which games: always the same for a seed", _LAST_SEED)
    batch: int = _setting(512, 1, "games a step")
    warmup: int = _setting(25_600, 0)
    decay: int = _setting(0, 0, "last games with a falling rate")
    muon_lr: float = _setting(1e-2, 0, "peak rate, hidden matrices")
    adam_lr: float = _setting(2e-3, 0, "peak rate, everything else")
    weight_decay: float = _setting(0.05, 0)
    momentum: float = 0.95
    betas: tuple[float, float] = (0.9, 0.95)
    continuations: int = _setting(8, 0, "further games per position to learn from")
    siblings: int = _setting(4, 1, "games of a family, which share an opening")
    opening: int = _setting(20, 1, "moves that siblings share")
    average: int = _setting(0, 0, "games to average the shipped weights over")

    def __post_init__(self):
        if self.siblings < 1 or self.batch % self.siblings:
            raise ValueError(
                f"a batch of {self.batch} games can't be made of families of {self.siblings}: "
                "choose another batch or number of siblings"
            )
        if self.seed in (HELD_OUT_SEED, REPORT_SEED) or not 0 <= self.seed <= _LAST_SEED:
            raise ValueError(
                f"can't train on the games of seed {self.seed}: choose 0 to 2**63 - 1, but not "
                f"{HELD_OUT_SEED} or {REPORT_SEED}, whose games are for evaluation"
            )
        if 0 < self.average < self.batch or self.average < 0:
            raise ValueError(
                f"weights can't be averaged over {self.average} games: "
                f"choose 0 for not at all, or at least a batch of {self.batch}"
            )
        if not 1 <= self.opening <= CONTEXT:
            raise ValueError(
                f"siblings can't share an opening of {self.opening} moves: choose 1 to {CONTEXT}"
            )
        for one in fields(self):
            low, value = one.metadata.get("least"), getattr(self, one.name)
            if low is not None and not low <= value < math.inf:
                raise ValueError(
                    f"can't train with {one.name}={value}: choose a number from {low} on"
                )

    @property
    def shared(self) -> int:
        """How many positions the games of a family share: the opening's, but for its last move.

        There they are still alike, but their next moves aren't.
        """
        return self.opening - 1 if self.siblings > 1 else 0

    @property
    def family(self) -> int:
        """How many positions of a family go through the network."""
        return self.shared + self.siblings * (CONTEXT - self.shared)

    def rate(self, games_seen: int) -> float:
        """Return the learning rate's multiplier: linear warm-up, constant, linear decay to zero.

        The games are all that the weights have seen. So a branch off an exported model, whose
        optimisers begin afresh, has no warm-up of its own.
        """
        up = min(1.0, (games_seen + self.batch) / max(self.warmup, 1))
        down = min(1.0, (self.games - games_seen) / self.decay) if self.decay else 1.0
        return min(up, down)

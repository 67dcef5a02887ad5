"""What a run is told."""

import math
from dataclasses import dataclass

from ..game import CONTEXT
from ..model import HELD_OUT_SEED


@dataclass(frozen=True)
class TrainConfig:
    """What decides the trajectory of a run. Amounts are in games, rates are peak rates.

    ``continuations`` is the number of further games, at each position, that begin with the same
    moves and of which the next move is a target too. Games come in families of ``siblings`` whose
    first ``opening`` moves are the same. What a run shows and ships are its weights, or with
    ``average`` their exponential average over about so many games.

    Raises ``ValueError`` for values with which there is nothing to train or to learn from.
    """

    games: int = 8_000_000
    seed: int = 0
    batch: int = 512
    warmup: int = 25_600
    decay: int = 0
    muon_lr: float = 1e-2
    adam_lr: float = 2e-3
    weight_decay: float = 0.05
    momentum: float = 0.95
    betas: tuple[float, float] = (0.9, 0.95)
    continuations: int = 8
    siblings: int = 4
    opening: int = 20
    average: int = 0

    def __post_init__(self):
        lowest = {"games": 1, "batch": 1, "warmup": 0, "decay": 0, "continuations": 0}
        lowest |= {"muon_lr": 0, "adam_lr": 0, "weight_decay": 0}
        for name, low in lowest.items():
            if not low <= (value := getattr(self, name)) < math.inf:
                raise ValueError(f"can't train with {name}={value}: choose a number from {low} on")
        if self.siblings < 1 or self.batch % self.siblings:
            raise ValueError(
                f"a batch of {self.batch} games can't be made of families of {self.siblings}: "
                "choose another batch or number of siblings"
            )
        if self.seed == HELD_OUT_SEED or not 0 <= self.seed < 2**63:
            raise ValueError(
                f"can't train on the games of seed {self.seed}: choose 0 to 2**63 - 1, but not "
                f"{HELD_OUT_SEED}, whose games are for evaluation"
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

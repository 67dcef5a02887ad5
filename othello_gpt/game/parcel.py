"""Games as they are handed from room to room: replayed once, however often they are asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .rules import Replay, replay
from .sampling import sample_moves
from .tokens import tokens_of


@dataclass(frozen=True, eq=False)
class Games:
    """Games of one length: ``moves`` are squares [games, plies], -1 pads a short one at its end.

    Raises ``IllegalMove`` at the first look at a game that the rules don't allow.
    """

    moves: np.ndarray
    size: int = 6
    standard: bool = False

    @classmethod
    def sample(cls, n: int, seed: int = 0, first: int = 0, size: int = 6) -> "Games":
        """Return ``n`` uniformly random games that never need a pass, from the seed's ``first``."""
        return cls(sample_moves(n, seed, first=first, size=size), size)

    def __len__(self) -> int:
        return len(self.moves)

    def __getitem__(self, rows) -> "Games":
        """Return some of the games: a slice, indices or booleans."""
        return Games(self.moves[rows], self.size, self.standard)

    @cached_property
    def replay(self) -> Replay:
        """What happens in them."""
        return replay(self.moves, self.size, self.standard)

    @cached_property
    def tokens(self) -> np.ndarray:
        """What a network is told, int64 [games, plies - 1]: all moves but the last, as tokens.

        Raises ``ValueError`` on padding.
        """
        return tokens_of(self.moves[:, :-1], self.size)

    @cached_property
    def passed(self) -> np.ndarray:
        """Whether a side had to pass just before each move, bool [games, plies]."""
        player = self.replay.player
        same = (player[:, 1:] == player[:, :-1]) & (player[:, 1:] != 0)
        return np.concatenate([np.zeros((len(self), 1), bool), same], 1)

    def batches(self, n: int) -> Iterator["Games"]:
        """Yield the games, ``n`` at a time."""
        for first in range(0, len(self), n):
            yield self[first : first + n]

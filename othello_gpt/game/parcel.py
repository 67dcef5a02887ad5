"""Games as they are handed from room to room: replayed once, however often they are asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int64, Integer
from numpy.typing import ArrayLike

from ..types import Moves
from .replaying import Replay, game_rows, replay
from .rules import on_squares, playable
from .sampling import sample_moves
from .tokens import GamesError, tokens_of


@dataclass(frozen=True, eq=False)
class Games:
    """Games of one length: ``moves`` are squares [games, plies], -1 pads a short one at its end.

    Raises ``IllegalMove`` at the first look at a game that the rules don't allow.

    >>> games = Games.of([[26, 25, 19], [16, 10, -1]])
    >>> len(games), games[0].tokens.tolist(), games.refuse_passes() is games
    (2, [[23, 22]], True)
    """

    moves: Moves
    size: int = 6
    standard: bool = False

    @classmethod
    def of(cls, moves: ArrayLike, size: int = 6, standard: bool = False) -> "Games":
        """Return games from lists or arrays [games, plies], or the one game of moves [plies].

        Raises ``ValueError`` for anything else, such as games of several lengths.
        """
        return cls(game_rows(moves), size, standard)

    @classmethod
    def sample(cls, n: int, seed: int = 0, first: int = 0, size: int = 6) -> "Games":
        """Return ``n`` uniformly random games that never need a pass, from the seed's ``first``.

        Raises ``GamesError`` as ``sample_moves`` does.
        """
        return cls(sample_moves(n, seed, first=first, size=size), size)

    def __len__(self) -> int:
        return len(self.moves)

    def __getitem__(
        self,
        rows: int | slice | Sequence[int] | Integer[np.ndarray, "..."] | Bool[np.ndarray, " games"],
    ) -> "Games":
        """Return some of the games, or one of them: a slice, an index or several, or booleans."""
        return Games(np.atleast_2d(self.moves[rows]), self.size, self.standard)

    @cached_property
    def replay(self) -> Replay:
        """What happens in them. Raises ``IllegalMove`` at a move that the rules don't allow."""
        return replay(self.moves, self.size, self.standard)

    @cached_property
    def tokens(self) -> Int64[np.ndarray, "games positions"]:
        """What a network is told, int64 [games, plies - 1]: all moves but the last, as tokens.

        Raises ``ValueError`` on padding.
        """
        return tokens_of(self.moves[:, :-1], self.size)

    @cached_property
    def legal_tokens(self) -> Bool[np.ndarray, "games plies vocabulary"]:
        """Which tokens are legal before each move; none past a game's end."""
        legal = on_squares(self.replay.legal, self.size)[..., playable(self.size)]
        return np.pad(legal, [(0, 0), (0, 0), (1, 0)])  # padding is never legal

    @cached_property
    def passed(self) -> Bool[np.ndarray, "games plies"]:
        """Whether a side had to pass just before each move."""
        return self.replay.passed()

    def refuse_passes(self, first: int = 0) -> "Games":
        """Return these games, if no side has to pass in any of them.

        Raises ``GamesError`` naming the first that has a pass, counted from ``first``: what takes
        the side that didn't just move for the one about to move would exchange mine and theirs.
        """
        if self.passed.any():
            game, ply = np.argwhere(self.passed)[0]
            raise GamesError(
                f"game {first + game} has a forced pass before move {ply + 1}, after which mine "
                "and theirs would be exchanged: leave games with passes out"
            )
        return self

    def batches(self, n: int) -> Iterator["Games"]:
        """Yield the games, ``n`` at a time. Raises ``ValueError`` for an ``n`` below one."""
        if n < 1:
            raise ValueError(f"batches of {n} games were asked for; ask for one or more")
        for first in range(0, len(self), n):
            yield self[first : first + n]


def legal_tokens(
    moves: ArrayLike, size: int = 6, standard: bool = False
) -> Bool[np.ndarray, "games plies vocabulary"]:
    """Return which tokens are legal before each move of games, as ``Games.legal_tokens``.

    Raises what ``replay`` raises.
    """
    return Games.of(moves, size, standard).legal_tokens

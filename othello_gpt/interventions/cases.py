"""Cases: a position, another board that is written in, what is legal on either."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Integer, UInt64

from .. import game
from ..types import Bitboards

THEIRS, EMPTY, MINE = range(3)
SQUARE = game.square_of_token()
"""The square of each token, -1 of the pad."""
OUTER = game.playable()
"""The squares that aren't occupied at the start."""
CaseBoards = Integer[np.ndarray, "cases 36"]
"""A board a case, by square: 0 theirs, 1 empty, 2 mine."""
LegalTokens = Bool[torch.Tensor, "cases vocab"]
"""The tokens of legal moves; the pad's is never one."""


@dataclass(frozen=True, eq=False)
class Cases:
    """Positions and the boards to make of them, one row a case.

    ``moves``: squares of whole games [cases, 32]; ``ply`` [cases]: the last position that is seen,
    where the edit happens. ``before``, ``after``: the board there and the edited one, int8
    [cases, 36], 0 theirs, 1 empty, 2 mine, the side to move being the same.
    """

    moves: Integer[np.ndarray, "cases plies"]
    ply: Integer[np.ndarray, " cases"]
    before: CaseBoards
    after: CaseBoards

    def __len__(self) -> int:
        return len(self.ply)

    def __getitem__(self, rows) -> "Cases":
        """Return some of the cases: a slice, indices or booleans."""
        return Cases(self.moves[rows], self.ply[rows], self.before[rows], self.after[rows])

    @cached_property
    def tokens(self) -> Integer[torch.Tensor, "cases positions"]:
        """Input tokens of the whole games, [cases, 31]. Raises ``ValueError`` on padding."""
        return torch.from_numpy(game.tokens_of(self.moves[:, :-1]))

    @cached_property
    def legal_before(self) -> LegalTokens:
        """Legal tokens of the board as it is, bool [cases, vocab]."""
        return legal_tokens(self.before)

    @cached_property
    def legal_after(self) -> LegalTokens:
        """Legal tokens of the edited board for the same side to move, bool [cases, vocab]."""
        return legal_tokens(self.after)


def bits_of(board: CaseBoards, of: int) -> Bitboards:
    """Return the squares of one class (theirs, empty or mine), [cases]."""
    return np.asarray(game.from_array((board == of).reshape(*board.shape[:-1], 6, 6)))


def legal_tokens(board: CaseBoards) -> LegalTokens:
    """Return the tokens that ``mine`` may play on boards."""
    legal = game.on_squares(game.legal_moves(bits_of(board, MINE), bits_of(board, THEIRS)))
    return F.pad(torch.from_numpy(legal[:, OUTER]), (1, 0))


def after_move(own, other, square: Integer[np.ndarray, "..."]) -> tuple[Bitboards, Bitboards]:
    """Return positions after a move, seen by the other side; an illegal one only swaps sides."""
    turned = game.flips(own, other, square)
    disc = np.where(turned != 0, bit(square), np.uint64(0))
    return other & ~turned, own | turned | disc


def bit(square: Integer[np.ndarray, "..."] | int) -> UInt64[np.ndarray, "..."] | np.uint64:
    """Return bitboards of one square each (of A1 where there is none, -1)."""
    return np.uint64(1) << np.maximum(square, 0).astype(np.uint64)


def classes(mine: Bitboards, theirs: Bitboards) -> Integer[np.ndarray, "... 36"]:
    """Return boards by square, 0 theirs, 1 empty, 2 mine, of the discs of both."""
    own, other = (game.on_squares(bits).astype(np.int8) for bits in (mine, theirs))
    return 1 + own - other


def position(
    replay: game.Replay, ply: Integer[np.ndarray, " games"]
) -> tuple[UInt64[np.ndarray, " games"], UInt64[np.ndarray, " games"]]:
    """Return the discs (mine, theirs) after move ``ply`` of each game."""
    rows = np.arange(len(ply))
    return replay.mine[rows, ply + 1], replay.theirs[rows, ply + 1]


def joined(parts: Sequence[Cases]) -> Cases:
    """Return cases as one."""
    columns = ([getattr(part, f.name) for part in parts] for f in fields(Cases))
    return Cases(*map(np.concatenate, columns))

"""Cases: a position, another board that is written in, what is legal on either."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F

from .. import game

THEIRS, EMPTY, MINE = range(3)


@dataclass(frozen=True, eq=False)
class Cases:
    """Positions and the boards to make of them, one row a case.

    ``moves``: squares of whole games [cases, 32]; ``ply`` [cases]: the last position that is seen,
    where the edit happens. ``before``, ``after``: the board there and the edited one, int8
    [cases, 36], 0 theirs, 1 empty, 2 mine, the side to move being the same.
    """

    moves: np.ndarray
    ply: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def __len__(self) -> int:
        return len(self.ply)

    def __getitem__(self, rows) -> "Cases":
        return Cases(self.moves[rows], self.ply[rows], self.before[rows], self.after[rows])

    @cached_property
    def tokens(self) -> torch.Tensor:
        """Input tokens of the whole games, [cases, 31]."""
        return torch.from_numpy(game.tokens_of(self.moves[:, :-1]))

    @cached_property
    def legal_before(self) -> torch.Tensor:
        """Legal tokens of the board as it is, bool [cases, vocab]."""
        return _legal_tokens(self.before)

    @cached_property
    def legal_after(self) -> torch.Tensor:
        """Legal tokens of the edited board for the same side to move, bool [cases, vocab]."""
        return _legal_tokens(self.after)


def _bits(board: np.ndarray, of: int) -> np.ndarray:
    return game.from_array((board == of).reshape(*board.shape[:-1], 6, 6))


def _legal_tokens(board: np.ndarray) -> torch.Tensor:
    legal = game.to_array(game.legal_moves(_bits(board, MINE), _bits(board, THEIRS)))
    return F.pad(torch.from_numpy(legal.reshape(len(board), 36)[:, _OUTER]), (1, 0))


_SQUARE = game.square_of_token()
_OUTER = _SQUARE[1:]


def _flat(bits: np.ndarray) -> np.ndarray:
    return game.to_array(bits).reshape(*np.shape(bits), 36)


def _after_move(own: np.ndarray, other: np.ndarray, square: np.ndarray):
    """Return positions after a move, seen by the other side; an illegal one only swaps sides."""
    turned = game.flips(own, other, square)
    disc = np.where(turned != 0, _bit(square), np.uint64(0))
    return other & ~turned, own | turned | disc


def _bit(square: np.ndarray) -> np.ndarray:
    return np.uint64(1) << np.maximum(square, 0).astype(np.uint64)


def _classes(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    shape = (*np.shape(mine), 36)
    own, other = (game.to_array(b).reshape(shape).astype(np.int8) for b in (mine, theirs))
    return 1 + own - other


def _position(replay: game.Replay, ply: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the discs (mine, theirs) after move ``ply`` of each game."""
    rows = np.arange(len(ply))
    return replay.mine[rows, ply + 1], replay.theirs[rows, ply + 1]


def _joined(parts: Sequence[Cases]) -> Cases:
    columns = ([getattr(part, f.name) for part in parts] for f in fields(Cases))
    return Cases(*map(np.concatenate, columns))

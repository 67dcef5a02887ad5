"""Whether a run has met the games that it is judged on."""

import numpy as np
from jaxtyping import Integer, UInt64
from tqdm import tqdm

from .. import game
from ..types import Moves

_WEIGHTS = np.random.default_rng(0).integers(2**63, size=36, dtype=np.uint64) * np.uint64(2) + 1


def images(moves: Moves) -> Integer[np.ndarray, "4 games plies"]:
    """Return games as the four symmetries that keep the start show them, themselves first.

    These are half a turn and the mirrors at the two diagonals. A quarter turn, or a mirror at a
    middle line, exchanges the two starts.
    """
    row, column = np.divmod(moves.astype(int), 6)
    pairs = ((row, column), (5 - row, 5 - column), (column, row), (5 - column, 5 - row))
    return np.stack([6 * r + c for r, c in pairs])


def met(held_out: Moves, seed: int, games: int, batch: int = 50_000) -> int:
    """Return how many of some games, or of their images, are among the first games of a seed.

    Games are compared by hashes of 64 bits; what seems to be met is looked at move by move.
    """
    shown = images(held_out)
    plies = shown.shape[-1]
    wanted = _hashes(shown)
    found: set[int] = set()
    for first in tqdm(range(0, games, batch), desc="comparing games", disable=None, leave=False):
        drawn = game.sample_moves(min(batch, games - first), seed, first)[:, :plies]
        known = np.isin(_hashes(drawn), wanted)
        for moves in drawn[known]:
            same = (shown == moves).all(-1).any(0)
            found.update(np.flatnonzero(same).tolist())
    return len(found)


def _hashes(moves: Integer[np.ndarray, "*games plies"]) -> UInt64[np.ndarray, "*games"]:
    weights = _WEIGHTS[: moves.shape[-1]]
    return (moves.astype(np.uint64) * weights).sum(-1, dtype=np.uint64)

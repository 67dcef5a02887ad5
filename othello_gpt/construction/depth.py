"""How deep is the game? Boards guessed in rounds rather than move by move."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int, UInt64

from .. import game
from ..types import Moves

Bits = UInt64[np.ndarray, "games plies"]


def guesses(moves: game.Games | Moves, size: int = 6) -> Iterator[Bits]:
    """Yield the first player's discs after each move, bitboards [games, plies], as guessed.

    Round 0 comes first.

    Nobody need play one move after another. Guess that no disc was ever turned over; in each round,
    work out what *every* move turns over on the board that the last round's guess gives it. After
    r rounds the first r moves are right for good, and as many more as don't hang on a mistake (the
    Jacobi iteration of Song et al. 2021, https://arxiv.org/abs/2002.03629). The last guess is the
    truth. Raises ``IllegalMove`` for a game that the rules don't allow.
    """
    replay = _replay(moves, size)
    by_first = replay.player == game.FIRST
    placed = np.uint64(1) << replay.moves.astype(np.uint64)
    first, second = (np.uint64(bits) for bits in game.start(size))
    occupied = _before(np.bitwise_or.accumulate(placed, 1) | first | second, first | second)
    turned = np.zeros_like(placed)
    last = None
    while True:
        # A disc has the colour in which it was placed if it was turned an even number of times.
        after = np.bitwise_xor.accumulate(placed * by_first ^ turned, 1) ^ first
        if last is not None and np.array_equal(after, last):
            return
        yield after
        last, of_first = after, _before(after, first)
        of_second = occupied & ~of_first
        mine, theirs = np.where(by_first, (of_first, of_second), (of_second, of_first))
        turned = game.flips(mine, theirs, replay.moves, size)


def _before(after: Bits, start: np.uint64) -> Bits:
    """Return what was there before each move, given what is there after it."""
    return np.concatenate([np.full_like(after[:, :1], start), after[:, :-1]], 1)


def rounds(moves: game.Games | Moves, size: int = 6) -> Int[np.ndarray, "games plies"]:
    """Return after how many rounds of ``guesses`` the board after each move is right for good.

    That is how deep the moves hang on one another. Raises ``IllegalMove`` as ``guesses`` does.
    """
    truth = _replay(moves, size).after_first
    needed = np.zeros(truth.shape, np.int64)
    for number, guess in enumerate(guesses(moves, size)):
        needed[guess != truth] = number + 1
    return needed


def _replay(moves: game.Games | Moves, size: int) -> game.Replay:
    return moves.replay if isinstance(moves, game.Games) else game.replay(moves, size)

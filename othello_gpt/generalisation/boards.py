"""Boards in games from either start: the true one, and the one that a probe reads."""

import numpy as np
from jaxtyping import Int8, Integer, Shaped

from .. import game, probes
from ..intervals import Interval, bootstrap_shares
from ..model import GPT

Boards = Int8[np.ndarray, "games positions squares"]
"""After each move but the last: +1 the first player's disc, -1 the second's, 0 empty."""


def true_boards(moves: Integer[np.ndarray, "games plies"], standard: bool = True) -> Boards:
    """Return the boards of games from the other start, or from that of training.

    Raises ``IllegalMove`` for games that aren't from there.
    """
    boards = game.replay(moves, standard=standard).boards()[:, :-1]
    return boards.reshape(*boards.shape[:2], -1)


def boards_read(
    probe: probes.Probe,
    model: GPT,
    moves: Integer[np.ndarray, "games plies"],
    standard: bool = True,
    site: str | None = None,
) -> Boards:
    """Return the boards that a probe reads off a network, by default at the probe's first site.

    Raises ``ValueError`` as ``probes.read`` does and ``IllegalMove`` as ``true_boards``.
    """
    games = game.Games.of(moves, standard=standard)
    read = probes.read(probe, model, games, "board", site)
    # A probe reads theirs, empty and mine; after the first move the second player is to move.
    sides = np.where(np.arange(read.shape[1]) % 2, 1, -1)[:, None]
    return ((read.astype(int) - 1) * sides).astype(np.int8)


def discs_wrong(boards: Shaped[np.ndarray, "games positions squares"], truth: Boards) -> Interval:
    """Return by position the share of the discs whose colour is wrong (or that aren't seen)."""
    discs = truth != 0
    return bootstrap_shares(((np.sign(boards) != truth) & discs).sum(2), discs.sum(2))

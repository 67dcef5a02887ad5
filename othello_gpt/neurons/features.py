"""What is known of a position, one column a fact."""

import numpy as np

from .. import game, probes
from ..game import Replay

_NAMES = [game.square_name(s) for s in range(36)]
FEATURES = tuple(
    [f"{name} {what}" for what in ("mine", "theirs", "empty") for name in _NAMES]
    + [f"{name} just played" for name in _NAMES]
    + [f"{name} just turned" for name in _NAMES]
)


def features(replay: Replay) -> np.ndarray:
    """Return what trees may ask about each position, bool [games, 31, 180], as in ``FEATURES``."""
    board = probes.board(replay)
    last = np.arange(36) == replay.moves[:, :-1, None]
    turned = probes.captured(replay) == 1
    return np.concatenate([board == 2, board == 0, board == 1, last, turned], -1)

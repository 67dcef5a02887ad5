"""What is known of a position, one column a fact."""

import numpy as np
from jaxtyping import Bool

from .. import game, probes
from ..game import Replay

SQUARES = [game.square_name(s) for s in range(36)]
FEATURES = tuple(
    [f"{name} {what}" for what in ("mine", "theirs", "empty") for name in SQUARES]
    + [f"{name} just played" for name in SQUARES]
    + [f"{name} just turned" for name in SQUARES]
)


def features(replay: Replay) -> Bool[np.ndarray, "games plies features"]:
    """Return what trees may ask about each position but the last, as in ``FEATURES``."""
    board = probes.board(replay)
    last = np.arange(36) == replay.moves[:, :-1, None]
    turned = probes.captured(replay) == 1
    return np.concatenate([board == 2, board == 0, board == 1, last, turned], -1)

"""Proof of ``othello_gpt.neurons``: features."""

import numpy as np

from othello_gpt import game, neurons, probes
from tests.neurons.common import MOVES


def test_features_are_what_they_are_called(asked):
    replay = game.replay(MOVES)
    board, turned = probes.board(replay).reshape(-1, 36), probes.captured(replay).reshape(-1, 36)
    for column, name in enumerate(neurons.FEATURES):
        square, what = name.split(maxsplit=1)
        at = game.square_id(square)
        truth = {
            "mine": board[:, at] == 2,
            "theirs": board[:, at] == 0,
            "empty": board[:, at] == 1,
            "just played": MOVES[:, :-1].ravel() == at,
            "just turned": turned[:, at] == 1,
        }[what]
        assert np.array_equal(asked[:, column], truth), name

"""Proof of ``othello_gpt.game``: tokens."""

import math

import numpy as np
import pytest

from othello_gpt import game
from tests import oracle


def test_tokens():
    token, square = game.token_of_square(), game.square_of_token()
    assert token[[14, 15, 20, 21]].tolist() == [game.PAD] * 4
    assert token[[0, 13, 16, 19, 22, 35]].tolist() == [1, 14, 15, 18, 19, 32]
    assert (token[square[1:]] == np.arange(1, 33)).all()
    assert square[game.PAD] == game.NO_MOVE


def test_legal_tokens_and_log_choices():
    moves = game.sample_moves(20, 9)
    legal, log_choices = game.legal_tokens(moves), game.log_choices(moves)
    for g, row in enumerate(moves.tolist()):
        for ply, (_, can, _, _) in enumerate(oracle.replay(row, 6)):
            assert np.flatnonzero(legal[g, ply]).tolist() == game.token_of_square()[can].tolist()
            assert log_choices[g, ply] == pytest.approx(math.log(len(can)))

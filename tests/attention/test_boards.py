"""Proof of ``othello_gpt.attention``: boards."""

import numpy as np

from othello_gpt import attention
from tests.attention.common import MOVES, OUTER


def test_attention_boards_put_attention_on_the_squares_that_were_played(model, found):
    boards = attention.attention_boards(model, MOVES[3])
    assert boards.shape == (8, 31, 36)
    assert np.allclose(boards.sum(-1), 1, atol=1e-5)
    for ply, key in ((0, 0), (12, 5), (30, 30)):
        got = boards[:, ply, MOVES[3, key]]
        assert np.allclose(got, found[:, 3, :, ply, key].flatten(), atol=1e-6)
        assert boards.mask[0, ply].sum() == 36 - (ply + 1)


def test_squares_in_line_are_those_of_a_queen():
    inline = attention.in_line()
    for i, a in enumerate(OUTER):
        for j, b in enumerate(OUTER):
            down, right = (abs(x - y) for x, y in zip(divmod(a, 6), divmod(b, 6), strict=True))
            assert inline[i, j] == (i != j and (0 in (down, right) or down == right))

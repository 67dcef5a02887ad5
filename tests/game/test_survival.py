"""Proof of ``othello_gpt.game``: survival."""

import math

import numpy as np
from scipy.stats import chisquare

from othello_gpt import game
from tests import oracle


def test_survival_is_exact_on_a_small_board(tiny):
    share, error = game.survival(100_000, 2, size=4)
    assert error < 0.002
    assert abs(share - tiny[1].sum()) < 4 * error


def test_each_choice_is_uniform():
    # Before they are thrown away games are uniform; at the first moves none has been.
    replay = game.sample_replay(20_000, 5, size=8, standard=True)
    below = (replay.legal & ((np.uint64(1) << replay.moves.astype(np.uint64)) - np.uint64(1)))[
        :, :6
    ]
    rank, choices = game.count(below), game.count(replay.legal[:, :6])
    for n in np.unique(choices):
        if (choices == n).sum() > 2000:
            counts = np.bincount(rank[choices == n], minlength=n)
            assert chisquare(counts).pvalue > 1e-3


def test_first_pass():
    plies = game.first_pass(50_000, 4, size=4)
    left = oracle_share_without_pass(4)
    for ply, exact in enumerate(left, start=1):
        share = (plies >= ply).mean()
        assert abs(share - exact) <= 4 * math.sqrt(exact * max(0, 1 - exact) / len(plies)) + 1e-9
    assert plies.max() == 12


def oracle_share_without_pass(size):
    """The share of random games whose first 1, 2, ... moves need no pass."""
    level, shares = {str(oracle.start(size)): (oracle.start(size), 1.0)}, []
    for ply in range(size**2 - 4):
        after = {}
        for board, weight in level.values():
            can = oracle.legal(board, 1 - 2 * (ply % 2))
            for square in can:
                board_after = oracle.play(board, 1 - 2 * (ply % 2), square)
                _, before = after.get(str(board_after), (None, 0.0))
                after[str(board_after)] = (board_after, before + weight / len(can))
        level = after
        shares.append(sum(weight for _, weight in level.values()))
    return shares

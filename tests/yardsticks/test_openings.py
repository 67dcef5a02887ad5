"""Proof of ``othello_gpt.yardsticks``: openings."""

import torch

from othello_gpt import game, yardsticks
from tests import oracle
from tests.yardsticks.common import Cheat, position


def test_openings_are_all_there_are():
    """Counted by the oracle, move by move."""
    beginnings = [()]
    for length in range(1, 5):
        grown = []
        for one in beginnings:
            player, board = position(one) if one else (1, oracle.start(6))
            grown += [(*one, square) for square in oracle.legal(board, player)]
        beginnings = grown
        assert sorted(map(tuple, yardsticks.openings(length).tolist())) == sorted(beginnings)
    same, told = yardsticks.openings_in_pairs(yardsticks.openings(4))
    reached = {}
    for one in beginnings:
        player, board = position(one)
        reached.setdefault((player, str(board)), []).append(one)
    assert len(same) == sum(len(group) * (len(group) - 1) // 2 for group in reached.values())
    found = yardsticks.openings(4)
    for a, b in told:
        assert sorted(found[a]) == sorted(found[b])
        can = [set(oracle.legal(position(x)[1], position(x)[0])) for x in found[[a, b]]]
        assert can[0] != can[1]


def test_who_knows_the_rules_accepts_the_same_after_openings_that_meet():
    class Rules(Cheat):
        def forward(self, tokens):
            p = yardsticks.legal_alike(game.square_of_token()[tokens.numpy()])
            logits = torch.full((*tokens.shape, 33), -50.0)
            logits[:, -1, 1:] = torch.from_numpy(p[:, game.square_of_token()[1:]]).log()
            return logits.clamp(min=-50)

    found = yardsticks.openings_compared(Rules(), 5)
    agree, apart = found["transpositions"]
    assert len(agree) == 124
    assert agree.all()
    assert apart.max() < 1e-6
    agree, apart = found["decoys"]
    assert not agree.any()
    assert apart.min() > 0.05

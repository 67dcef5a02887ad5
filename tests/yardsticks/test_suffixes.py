"""Proof of ``othello_gpt.yardsticks``: suffixes."""

from itertools import permutations

import numpy as np
import pytest
import torch

from othello_gpt import game
from othello_gpt.yardsticks.suffixes import suffix_probabilities
from tests.yardsticks.common import MOVES, TINY


class Plain(torch.nn.Module):
    """A network that isn't known to be one, so that whole lists are run."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, tokens):
        return self.model(tokens)


@pytest.mark.parametrize("left", [1, 2, 4])
def test_a_tree_of_suffixes_says_what_whole_lists_say(left):
    beginnings = MOVES[:3, : 32 - left]
    orders = np.array(list(permutations(range(left))))
    suffixes = np.array([np.setdiff1d(game.playable(), b) for b in beginnings])[:, orders]
    said = suffix_probabilities(TINY, beginnings, suffixes)
    assert said.shape == (3, len(orders), left)
    whole = suffix_probabilities(Plain(TINY), beginnings, suffixes)
    np.testing.assert_allclose(said, whole, atol=1e-6)
    assert said.std() > 1e-4

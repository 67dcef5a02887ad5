"""Proof of ``othello_gpt.construction``: refusals."""

import pytest
import torch

from othello_gpt import construction, game
from tests.construction.common import built, tokens_of


@pytest.mark.parametrize("size", [0, 5, 7, 10])
def test_a_board_that_it_cannot_play_is_refused(size):
    for build in (construction.Construction, construction.lines_through, construction.layers):
        with pytest.raises(ValueError, match=f"board size {size!r} is not supported: use one of"):
            build(size)


def test_tokens_of_another_board_are_refused():
    moves = game.sample_moves(2, seed=1, size=8)
    with pytest.raises(ValueError, match="59 tokens up to 60 are no game on 6x6"):
        built(6)(torch.sort(tokens_of(moves, 8)).values[:, 1:])
    with pytest.raises(ValueError, match="up to 60 are no game on 6x6"):
        built(6)(torch.tensor([[60, 1]]))
    with pytest.raises(ValueError, match=r"32 tokens .* at most 31 tokens"):
        built(6)(tokens_of(game.sample_moves(2, seed=1)))

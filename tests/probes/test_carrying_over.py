"""Proof of ``othello_gpt.probes.carrying_over``: never turned, and turned."""

import numpy as np
import pytest
import torch

from othello_gpt import game, probes

FIT, ASKED = game.Games.sample(120, seed=1), game.Games.sample(30, seed=2)


class Knows(torch.nn.Module):
    """A source that holds a board: the true one, or one on which no disc is ever turned."""

    sites = ("board",)

    def __init__(self, turns):
        super().__init__()
        self.turns = turns

    def residual_stream(self, tokens):
        replay = game.replay(game.square_of_token()[tokens.numpy()])
        replay = replay if self.turns else probes.flips_ignored(replay)
        of = torch.from_numpy(replay.boards() * replay.player[..., None, None] + 1).flatten(2)
        mixed = torch.from_numpy(np.random.default_rng(0).standard_normal((108, 140))).float()
        yield torch.nn.functional.one_hot(of.long(), 3).flatten(2).float() @ mixed


@pytest.mark.parametrize(("turns", "odd"), [(True, 1.0), (False, 0.0)])
def test_who_holds_the_board_is_read_there_and_who_ignores_turns_is_misread(turns, odd):
    found = probes.carried_over(Knows(turns), "board", FIT, ASKED)
    assert np.allclose(found.mean, [1, odd, 1], atol=0.01)


def test_squares_and_plies_can_be_chosen_and_units_may_be_silent(model):
    some = dict(squares=np.arange(3, 9), plies=slice(1, None, 2))
    one = probes.carried_over(model, "resid_post 1", FIT, ASKED, **some)
    assert one.mean.shape == (len(probes.TURNED),)
    assert 0.55 < one.mean[0] < 0.95
    assert one.mean[1] < one.mean[0] - 0.1  # an untrained network knows who placed discs only

"""Proof of ``othello_gpt.training``: loss."""

import itertools

import numpy as np
import pytest
import torch

from othello_gpt import game, training
from othello_gpt.model import GPT
from othello_gpt.training import TrainConfig
from tests.training.common import TINY


def test_loss_without_continuations_is_that_of_the_played_moves_only():
    model = GPT(TINY)
    config = TrainConfig(seed=3, continuations=0, siblings=1)
    tokens, targets = training.batch_of(0, 5, config)
    log_p = model(tokens).log_softmax(-1)
    by_hand = -sum(log_p[g, i, targets[g, i]] for g in range(5) for i in range(31)) / (5 * 31)
    torch.testing.assert_close(training.Loss(model, config)(tokens, targets), by_hand.squeeze())
    assert np.array_equal(game.square_of_token()[tokens], game.sample_moves(5, 3)[:, :-1])
    assert np.array_equal(game.square_of_token()[targets[..., 0]], game.sample_moves(5, 3)[:, 1:])


def test_continuations_add_targets_of_games_that_begin_alike():
    model = GPT(TINY)
    config = TrainConfig(seed=3, continuations=4, siblings=1)
    tokens, targets = training.batch_of(0, 5, config)
    assert targets.shape == (5, 31, 5)
    moves = game.sample_moves(5, 3)
    more = game.sample_continuations(moves, 4, 3)[:, 1:]
    assert np.array_equal(game.square_of_token()[targets[..., 1:]], more)
    loss = training.Loss(model, config)
    losses = [loss(tokens, targets[..., [k]]) for k in range(5)]
    torch.testing.assert_close(loss(tokens, targets), sum(losses) / 5)


@pytest.mark.parametrize("opening", [1, 2, 17, 31])
def test_a_family_has_the_loss_and_gradient_of_its_games_one_by_one(opening):
    config = TrainConfig(seed=3, continuations=3, siblings=4, opening=opening, batch=8)
    model = GPT(TINY).double()
    tokens, targets = training.batch_of(0, 8, config)
    assert tokens.shape == (2, opening - 1 + 4 * (32 - opening)) == (2, config.family)
    loss = training.Loss(model, config).double()(tokens, targets)
    loss.backward()
    together = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    losses = []
    for family, sibling in itertools.product(range(2), range(4)):
        first = opening - 1 + sibling * (32 - opening)
        own = [*range(opening - 1), *range(first, first + 32 - opening)]
        logp = model(tokens[[family]][:, own]).log_softmax(-1)
        losses.append(-logp.gather(-1, targets[[family]][:, own]).mean())
    by_hand = sum(losses) / 8
    by_hand.backward()
    torch.testing.assert_close(loss, by_hand)
    for name, p in model.named_parameters():
        torch.testing.assert_close(together[name], p.grad, msg=name)
    assert len({loss.item() for loss in losses}) >= (2 if opening == 31 else 8)


def test_a_family_is_whole_games_that_share_an_opening_and_no_more():
    config = TrainConfig(seed=3, continuations=2, siblings=4, opening=12, batch=80)
    tokens, targets = (game.square_of_token()[x] for x in training.batch_of(40, 80, config))
    leaders = game.sample_moves(20, 3, first=40)
    same = np.zeros((20, 4), int)
    for family, sibling in itertools.product(range(20), range(4)):
        own = [*range(11), *range(11 + 20 * sibling, 31 + 20 * sibling)]
        one_game = np.concatenate([tokens[family, own], targets[family, own[-1:], 0]])
        game.replay([one_game])
        assert np.array_equal(one_game[1:], targets[family, own, 0])
        same[family, sibling] = (one_game == leaders[family]).cumprod().sum()
        for ply in range(1, 32):
            for move in targets[family, own[ply - 1], 1:]:
                game.replay([[*one_game[:ply], move]])
    assert (same[:, 0] == 32).all()
    assert (same >= 12).all()
    assert (same[:, 1:] == 12).mean() > 0.5

"""Proof of ``othello_gpt.mechanism``: frozen attention patterns."""

import numpy as np
import pytest
import torch

from othello_gpt import attention, game, mechanism
from othello_gpt.model import inputs_of, predict

GAMES = game.Games.sample(12, seed=4)


def test_its_own_patterns_change_nothing_and_others_do(model, probe):
    own = list(attention.patterns(model, inputs_of(GAMES.moves)))
    base = predict(model, GAMES)
    same = mechanism.frozen(model, GAMES, dict(enumerate(own)), probe, base)
    assert np.allclose(same.loss, 0, atol=1e-5)
    assert np.allclose(same.illegal, 1 - base.legal.mean(1))
    assert np.allclose(same.mass, 1 - base.legal_mass.mean(1), atol=1e-5)
    uniform = mechanism.uniform_patterns(model)
    other = mechanism.frozen(model, GAMES, {1: uniform[1]}, probe, base)
    assert np.abs(other.loss).max() > 0.01
    assert other.interval("loss").mean == pytest.approx(other.loss.mean())
    assert np.abs(other.misread - same.misread).max() > 0


def test_the_model_is_as_before_even_after_an_error(model):
    tokens = inputs_of(GAMES.moves)
    before = model(tokens)
    uniform = {0: mechanism.uniform_patterns(model)[0]}

    def fails():
        with mechanism.with_patterns(model, uniform):
            assert not torch.allclose(model(tokens), before)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fails()
    assert torch.equal(model(tokens), before)
    with pytest.raises(ValueError, match="layer 3"), mechanism.with_patterns(model, {3: before}):
        pass


def test_kinds_of_patterns(model):
    own = list(attention.patterns(model, inputs_of(GAMES.moves)))
    usual = mechanism.average_patterns(model, GAMES, batch=5)
    other = mechanism.patterns_of_another_game(model, GAMES)
    uniform = mechanism.uniform_patterns(model)
    for layer in range(3):
        assert torch.allclose(usual[layer], own[layer].mean(0), atol=1e-6)
        assert torch.equal(other[layer][1:], own[layer][:-1])
        assert torch.equal(other[layer][0], own[layer][-1])
        assert torch.allclose(uniform[layer].sum(-1), torch.ones(2, 31))
        assert torch.allclose(uniform[layer][0, 3, :4], torch.full((4,), 0.25))
        assert not uniform[layer][0, 3, 4:].any()

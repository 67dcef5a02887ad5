"""Proof of ``othello_gpt.generalisation``: the other start, and illegal moves."""

import numpy as np
import pytest
import torch

from othello_gpt import game, generalisation
from othello_gpt.model import GPT, GPTConfig


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return GPT(GPTConfig(n_layer=1, n_head=2, n_embd=16)).eval().requires_grad_(False)


def test_legality_is_that_of_the_other_start(model):
    found = generalisation.unfamiliar(model, 3, seed=5)
    for moves, truth, chances in zip(found.moves, found.truth, found.probabilities, strict=True):
        first = game.replay(moves[None], standard=True).legalities()[0]
        assert np.array_equal(first.reshape(32, 36)[1:], truth)
        with torch.no_grad():
            tokens = torch.from_numpy(game.tokens_of(moves[None, :-1]))
            said = model(tokens).softmax(-1)[0, :, 1:].numpy()
        assert np.allclose(chances[:, game.square_of_token()[1:]], said, atol=1e-6)
    for truth, chances, illegal in zip(
        found.truth.reshape(-1, 36),
        found.probabilities.reshape(-1, 36),
        found.illegal.flat,
        strict=True,
    ):
        assert illegal == (not truth[chances.argmax()])
    legal_mass = (found.probabilities * found.truth).sum(-1)
    pad = 1 - found.probabilities.sum(-1)
    assert np.allclose(found.illegal_mass, 1 - legal_mass - pad, atol=1e-5)


def test_one_move_is_made_illegal_and_the_rest_kept():
    moves = game.sample_moves(50, seed=3).astype(np.int64)
    odd = generalisation.with_an_illegal_move(moves, 9)
    assert odd.shape[1] == 10
    kept = {tuple(row) for row in moves[:, :9].tolist()}
    for played in odd.tolist():
        assert tuple(played[:9]) in kept
        assert played[9] not in played[:9]
        with pytest.raises(game.IllegalMove):
            game.replay(np.array([played]))
        row, column = divmod(played[9], 6)
        discs = [divmod(square, 6) for square in (*played[:9], 14, 15, 20, 21)]
        assert any(abs(row - r) <= 1 and abs(column - c) <= 1 for r, c in discs)


def test_the_mean_chance_of_a_square_by_hand():
    chances = np.array([[0.5, 0.1, 0.4], [0.2, 0.2, 0.6], [0.3, 0.3, 0.4]])
    where = np.array([[True, True, False], [False, False, True], [False, False, False]])
    assert generalisation.per_square(chances, where).mean == pytest.approx((0.6 + 0.6) / 3)

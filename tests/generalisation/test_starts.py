"""Proof of ``othello_gpt.generalisation``: the other start."""

import numpy as np
import pytest
import torch

from othello_gpt import game, generalisation, probes
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


def test_the_mean_chance_of_a_square_by_hand():
    chances = np.array([[0.5, 0.1, 0.4], [0.2, 0.2, 0.6], [0.3, 0.3, 0.4]])
    where = np.array([[True, True, False], [False, False, True], [False, False, False]])
    assert generalisation.per_square(chances, where).mean == pytest.approx((0.6 + 0.6) / 3)


def test_boards_of_either_start():
    for standard in (True, False):
        moves = game.sample_moves(4, seed=2, standard=standard).astype(np.int64)
        found = generalisation.true_boards(moves, standard)
        assert found.shape == (4, 31, 36)
        followed = game.replay(moves, standard=standard)
        again = game.on_squares(followed.after_first).astype(int)
        again -= game.on_squares(followed.after_second)
        assert np.array_equal(found, again[:, :-1])
        with pytest.raises(game.IllegalMove):
            generalisation.true_boards(moves, not standard)


def test_a_probe_is_read_by_colour(model):
    # A probe that calls every square mine, whatever it sees: the side to move changes each move.
    target = [probes.TARGETS["board"]]
    probe = probes.fit_ridge(model, game.sample_moves(20, seed=1), target, ["resid_mid 0"])
    probe.weight["board"].zero_()
    probe.bias["board"][:] = torch.tensor([0.0, 0.0, 1.0])[:, None]
    moves = game.sample_moves(3, seed=2, standard=True).astype(np.int64)
    found = generalisation.boards_read(probe, model, moves)
    assert (found[:, 0] == -1).all()  # after the first player's move the second one is "mine"
    assert (found[:, 1] == 1).all()
    wrong = generalisation.discs_wrong(found, generalisation.true_boards(moves))
    first = (generalisation.true_boards(moves)[:, 0] == 1).sum() / 15
    assert wrong.at(0).mean == pytest.approx(first)


def test_discs_that_are_wrong_are_counted_by_hand():
    truth = np.array([[[1, -1, 0], [1, 1, -1]], [[1, -1, 0], [1, -1, -1]]], np.int8)
    said = np.array([[[1, 1, 1], [1, 0, -1]], [[1, -1, 0], [0.2, -0.5, 0.5]]])
    found = generalisation.discs_wrong(said, truth)
    assert found.mean == pytest.approx([1 / 4, 2 / 6])

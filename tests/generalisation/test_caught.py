"""Proof of ``othello_gpt.generalisation.caught``: each move by itself, and what is drawn of it."""

import numpy as np
import pytest
import torch

from othello_gpt import game, generalisation, probes
from othello_gpt.model import GPT, GPTConfig

MOVES = game.sample_moves(60, seed=6).astype(np.int64)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = GPT(GPTConfig(n_layer=1, n_head=2, n_embd=16)).eval().requires_grad_(False)
    board = [probes.TARGETS["board"]]
    return model, probes.fit_ridge(model, MOVES[30:], board, model.sites[-1:])


def test_each_move_is_followed_by_what_there_is_after_it(network):
    model, probe = network
    moves = MOVES[0, :9].tolist()
    found = generalisation.follow(model, probe, moves)
    boards = game.replay(MOVES[:1], standard=False).boards().reshape(-1, 36)
    assert np.array_equal(found.true, boards[:9])
    for k in range(9):
        tokens = torch.from_numpy(game.tokens_of(MOVES[:1, : k + 1]))
        *_, stream = model.residual_stream(tokens)
        read = probe.classify("board", probe.sites[0], stream[:, -1]).numpy().astype(int)[0] - 1
        assert np.array_equal(found.read[k], read * (1 if k % 2 else -1))
        said = model(tokens)[0, -1].softmax(-1).numpy()
        assert np.allclose(found.chances[k][game.square_of_token()[1:]], said[1:], atol=1e-6)


def test_a_game_that_breaks_the_rules_or_has_ended_is_not_followed(network):
    with pytest.raises(game.IllegalMove):
        generalisation.follow(*network, [0, 1])
    with pytest.raises(ValueError, match="nobody can move"):
        generalisation.follow(*network, MOVES[0].tolist())


def test_games_are_drawn_to_be_stepped_through(network):
    followed = [generalisation.follow(*network, MOVES[k, :5].tolist()) for k in range(3)]
    figure = generalisation.draw_caught(followed[0])
    several = generalisation.draw_games_caught(followed)
    assert len(figure.layout.sliders[0].steps) == 6  # the start, and after each move
    titles = [step.label for step in several.layout.sliders[0].steps]
    assert len(set(titles)) == 15
    assert titles[5].startswith("game 2, 1.")
    assert several.layout.sliders[0].active == 4  # the end of the first
    with pytest.raises(ValueError, match="no games"):
        generalisation.draw_games_caught([])

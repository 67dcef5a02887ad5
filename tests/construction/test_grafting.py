"""Proof of ``othello_gpt.construction``: grafting, and the legality of first choices."""

import numpy as np
import torch

from othello_gpt import construction, game, probes
from othello_gpt.model import HELD_OUT_SEED, load_model, predict
from tests import oracle
from tests.construction.common import built


def test_first_choices_are_judged_as_the_model_is():
    games, model = game.Games.sample(60, HELD_OUT_SEED), load_model()
    with torch.inference_mode():
        logits = model(torch.from_numpy(games.tokens))
    model_says = predict(model, games.moves).legal
    np.testing.assert_array_equal(construction.legal_choices(logits, games), model_says)
    wild = torch.randn(logits.shape, generator=torch.Generator().manual_seed(1))
    judged = construction.legal_choices(wild, games)
    squares = game.square_of_token()[wild.argmax(-1).numpy()]
    for g, one_game in enumerate(games.moves[:4].tolist()):
        legal = [step[1] for step in oracle.replay(one_game, 6)]
        assert judged[g].tolist() == [s in legal[i + 1] for i, s in enumerate(squares[g])]


def test_a_graft_onto_the_hand_built_network_itself_is_exact_where_its_probe_is():
    network = built(6)
    site = f"resid_post {network.layout.context}"
    games = game.Games.sample(60, HELD_OUT_SEED)
    fitted = probes.fit_logistic(
        network, game.sample_moves(600, seed=3), [probes.TARGETS["board"]], [site], 200
    )
    seen = construction.graft(network, network, fitted, site, games)
    assert seen.hard[seen.misread == 0].all()
    assert seen.soft.mean() > 0.99
    ((_, x),) = probes.activations(network, games.replay, [site])
    read = fitted.classify("board", site, x).numpy().reshape(60, 31, 36)
    for g, one_game in enumerate(games.moves[:3].tolist()):
        for i, step in enumerate(oracle.replay(one_game, 6)[:31]):
            mine = -1 if i % 2 == 0 else 1
            wrong = (read[g, i].astype(int) - 1 != mine * np.array(step[3]).ravel()).sum()
            assert wrong == seen.misread[g, i]


def test_a_probe_that_knows_nothing_grafts_nothing():
    network, games = built(6), game.Games.sample(40, HELD_OUT_SEED)
    site = "resid_pre 0"  # before any move was played, the discs of the start
    fitted = probes.fit_logistic(
        network, game.sample_moves(300, seed=3), [probes.TARGETS["board"]], [site], 100
    )
    seen = construction.graft(network, network, fitted, site, games)
    assert seen.hard.mean() < 0.8
    assert seen.misread.mean() > 5


def test_unturned_choices_follow_the_board_without_flips():
    network, games = built(6), game.Games.sample(50, seed=15)
    seen = construction.unturned_choices(network, games)
    for g, one_game in enumerate(games.moves[:6].tolist()):
        board = oracle.start(6)
        for i in range(31):
            player = 1 if i % 2 == 0 else -1
            board[one_game[i] // 6][one_game[i] % 6] = player
            believed = [
                s
                for s in range(36)
                if board[s // 6][s % 6] == 0 and oracle.turned(board, -player, s)
            ]
            legal = oracle.replay(one_game, 6)[i + 1][1]
            if believed:  # the first of equally likely ones is chosen
                assert seen[g, i] == (believed[0] in legal)
    assert 0.3 < seen.mean() < 0.9

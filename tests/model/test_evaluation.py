"""Proof of ``othello_gpt.model``: evaluation."""

import math

import numpy as np
import pytest
import torch

from othello_gpt import game, model
from othello_gpt.model import GPT, GPTConfig
from tests.model.common import VARIANTS, random_gpt, tokens_of


def test_predict_against_the_obvious_loop():
    gpt = random_gpt(GPTConfig(n_layer=1, n_head=2, n_embd=16))
    moves = game.sample_moves(3, seed=9)
    seen = model.predict(gpt, moves, batch=2)
    board = model.next_moves(gpt, moves[:, :-1])
    for g, one_game in enumerate(moves):
        mine, theirs = game.start()
        for i, square in enumerate(one_game[:-1]):
            mine, theirs = game.play(mine, theirs, int(square))
            legal = game.squares(game.legal_moves(mine, theirs))
            p = gpt(tokens_of(one_game[: i + 1])[None])[0, -1].softmax(-1).numpy()
            by_square = {s: p[t] for t, s in enumerate(game.square_of_token())}
            best = max(by_square, key=by_square.get)
            assert seen.top[g, i] == best
            assert seen.legal[g, i] == (best in legal)
            assert seen.legal_mass[g, i] == pytest.approx(
                sum(by_square[s] for s in legal), abs=1e-5
            )
            assert seen.nll[g, i] == pytest.approx(
                -math.log(by_square[int(one_game[i + 1])]), abs=1e-4
            )
            assert best < 0 or board[g, i, best] == pytest.approx(by_square[best], abs=1e-5)
    assert board[..., game.centre()].sum() == 0


class Truth(GPT):
    """The process that made the games, but for survival: uniform over the legal moves."""

    def __init__(self, moves):
        super().__init__(GPTConfig(n_layer=1, n_head=1, n_embd=4))
        self.table = {
            tuple(t.tolist()): legal
            for t, legal in zip(tokens_of(moves)[:, :-1], game.legal_tokens(moves), strict=True)
        }

    def forward(self, tokens):
        legal = np.stack([self.table[tuple(t.tolist())][1:] for t in tokens])
        return torch.from_numpy(np.where(legal, 0.0, -1e9))


def test_examination_of_a_model_that_knows_the_rules():
    moves = game.sample_moves(300, model.REPORT_SEED)
    found = model.evaluate(Truth(moves), 300)
    assert found.illegal.mean == found.illegal.high == 0
    assert found.legal_mass.mean == pytest.approx(1)
    # It doesn't know that games which come to a pass are thrown away: that costs exactly
    # -log(survival) nats a game, however the games fall.
    share, _ = game.survival()
    assert found.excess.mean == pytest.approx(-math.log(share) / 31, abs=1e-6)
    assert found.excess.high - found.excess.low == pytest.approx(0, abs=1e-6)
    assert found.illegal_by_ply.high.max() < 0.02
    assert "300 held-out games" in str(found)


def test_examination_of_an_untrained_network_finds_it_ignorant():
    found = model.evaluate(random_gpt(VARIANTS[0]), 100)
    assert found.illegal.low > 0.3
    assert found.excess.low > 0.3
    assert found.loss.low < found.loss.mean < found.loss.high


class Knowing(GPT):
    """Uniform over the legal moves of some board, found by replaying the tokens."""

    def __init__(self, size, first, standard):
        squares = size * size - 4
        super().__init__(GPTConfig(squares - 1, squares + first, n_layer=1, n_head=1, n_embd=4))
        self.board = size, first, standard

    def forward(self, tokens):
        size, first, standard = self.board
        playable = np.setdiff1d(np.arange(size * size), game.centre(size))
        logits = torch.full((*tokens.shape, self.config.vocab_size), -1e9)
        for g, one_game in enumerate(tokens.tolist()):
            mine, theirs = game.start(size, standard)
            for ply, token in enumerate(one_game):
                mine, theirs = game.play(mine, theirs, int(playable[token - first]), size)
                can = np.isin(playable, game.squares(game.legal_moves(mine, theirs, size)))
                logits[g, ply, first:] = torch.from_numpy(np.where(can, 0.0, -1e9))
        return logits


@pytest.mark.parametrize("size", game.SIZES)
@pytest.mark.parametrize("first", [0, 1])
def test_examination_on_any_board_with_or_without_padding(size, first):
    found = model.evaluate(Knowing(size, first, standard=size == 8), 20)
    assert found.illegal.mean == found.illegal.high == 0
    assert found.legal_mass.mean == pytest.approx(1)
    share, _ = game.survival(size=size)
    plies = size * size - 5
    assert found.excess.mean == pytest.approx(-math.log(share) / plies, abs=1e-6)
    assert len(found.excess_by_ply.mean) == plies


@pytest.mark.parametrize("size", game.SIZES)
@pytest.mark.parametrize("first", [0, 1])
def test_next_moves_on_any_board_are_uniform_over_its_legal_squares(size, first):
    standard = size == 8
    moves = game.sample_moves(2, seed=3, size=size, standard=standard)
    found = model.next_moves(Knowing(size, first, standard), moves[:, :-1])
    legal = game.replay(moves, size, standard).legalities()[:, 1:].reshape(found.shape)
    assert np.allclose(found, legal / legal.sum(-1, keepdims=True), atol=1e-6)
    with pytest.raises(ValueError, match="-1 among the moves is no square"):
        model.next_moves(Knowing(size, first, standard), np.full((1, 3), -1))


def test_games_that_are_replayed_once_are_predicted_alike():
    gpt = random_gpt(VARIANTS[0])
    games = game.Games.sample(5, seed=8)
    bare, once = model.predict(gpt, games.moves, batch=2), model.predict(gpt, games)
    assert np.array_equal(bare.legal, once.legal)
    assert np.array_equal(bare.top, once.top)
    assert np.allclose(bare.nll, once.nll, atol=1e-5)
    short = games.moves.astype(int)
    short[0, -1] = -1
    with pytest.raises(ValueError, match="-1 among the moves is no square"):
        model.predict(gpt, short)


@pytest.mark.parametrize(("vocabulary", "context"), [(34, 31), (61, 31), (33, 30), (64, 60)])
def test_networks_of_no_board_are_refused_by_vocabulary_and_context(vocabulary, context):
    gpt = GPT(GPTConfig(context, vocabulary, n_layer=1, n_head=1, n_embd=4))
    with pytest.raises(ValueError, match=f"vocabulary of {vocabulary} and a context of {context}"):
        model.evaluate(gpt, 10)

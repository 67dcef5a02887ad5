"""Proof of ``othello_gpt.game``: parcel."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import game
from tests import oracle
from tests.game.common import lots, padded, passes


@given(lots())
@settings(max_examples=40)
def test_a_parcel_agrees_with_the_oracle(lot):
    size, listed = lot
    games = game.Games(padded(listed), size)
    plies = games.moves.shape[1]
    vocabulary = size**2 - 3
    assert len(games) == len(listed)
    assert games.passed.shape == (len(listed), plies)
    assert games.legal_tokens.shape == (len(listed), plies, vocabulary)
    token = {square: i for i, square in enumerate(game.playable(size).tolist(), 1)}
    for g, moves in enumerate(listed):
        steps = oracle.replay(moves, size)
        assert np.flatnonzero(games.passed[g]).tolist() == passes(moves, size)
        assert games.replay.boards()[g, : len(moves)].tolist() == [after for *_, after in steps]
        legal = [np.flatnonzero(row).tolist() for row in games.legal_tokens[g]]
        assert legal[: len(moves)] == [[token[s] for s in can] for _, can, *_ in steps]
        assert not any(legal[len(moves) :])
    told = games.moves[:, :-1]
    if (told == game.NO_MOVE).any():
        with pytest.raises(ValueError, match=r"^-1 among the moves is no square .*out$"):
            games.tokens  # noqa: B018 - looking is what raises
    else:
        assert games.tokens.tolist() == [[token[s] for s in row] for row in told.tolist()]


@given(lots(), st.integers(0, 5))
@settings(max_examples=40)
def test_the_first_game_with_a_pass_is_named(lot, first):
    size, listed = lot
    games = game.Games(padded(listed), size)
    found = [(first + g, ply[0] + 1) for g, m in enumerate(listed) if (ply := passes(m, size))]
    if not found:
        assert games.refuse_passes(first) is games
        return
    where = "game {} has a forced pass before move {}, ".format(*found[0])
    with pytest.raises(game.GamesError, match=f"^{re.escape(where)}.* with passes out"):
        games.refuse_passes(first)


def test_passes_are_met_on_small_boards():
    """The property above is about something: many of such games have a pass."""
    games = [oracle.random_game(seed, 4) for seed in range(50)]
    assert game.Games(padded(games), 4).passed.any(1).mean() > 0.3


@given(lots(), st.integers(1, 4))
@settings(max_examples=20)
def test_batches_are_the_games_in_order(lot, n):
    size, listed = lot
    games = game.Games(padded(listed), size)
    batches = [*games.batches(n)]
    assert [len(batch) for batch in batches[:-1]] == [n] * (len(batches) - 1)
    moves = [batch.moves for batch in batches]
    assert np.concatenate([games.moves[:0], *moves]).tolist() == games.moves.tolist()
    assert {batch.size for batch in batches} <= {size}


def test_games_are_replayed_once(monkeypatch):
    games = game.Games.sample(5, seed=3)
    assert games.replay is games.replay
    monkeypatch.setattr("othello_gpt.game.parcel.replay", lambda *_: pytest.fail("again"))
    assert games.legal_tokens.any(-1).all()
    assert not games.passed.any()


def test_some_of_the_games():
    games = game.Games.sample(6, seed=4, size=8)
    assert (games.moves == game.sample_moves(6, seed=4, size=8)).all()
    odd = np.arange(6) % 2 == 1
    for rows in (slice(1, None, 2), [1, 3, 5], np.array([1, 3, 5]), odd):
        assert (games[rows].moves == games.moves[1::2]).all()
        assert games[rows].size == 8
    assert (games[2].moves == games.moves[2:3]).all()
    assert len(games[[]]) == len(games[7:]) == 0
    assert (game.Games.sample(2, seed=4, first=3, size=8).moves == games[3:5].moves).all()
    with pytest.raises(IndexError):
        games[6]


def test_the_tournament_start_is_kept():
    moves = padded([oracle.random_game(seed, 8, standard=True) for seed in range(4)])
    games = game.Games(moves, 8, standard=True)
    for part in (games, *games.batches(2), games[3]):
        assert part.replay.player[:, 0].tolist() == [1] * len(part)
    with pytest.raises(game.IllegalMove):
        game.Games(moves, 8).replay  # noqa: B018 - looking is what raises


@pytest.mark.parametrize(
    ("moves", "why"),
    [
        ([[26, 25], [16]], "several lengths: pad the short ones with -1"),
        ([[[26, 25]]], "whole numbers"),
        ([[26.0, 25.0]], "whole numbers"),
        ([["C5", "B5"]], "whole numbers"),
        ([[True, False]], "whole numbers"),
    ],
)
def test_what_are_no_games_is_refused_at_once(moves, why):
    with pytest.raises(ValueError, match=why):
        game.Games.of(moves)


@pytest.mark.parametrize("n", [0, -2])
def test_batches_of_nothing_are_refused(n):
    with pytest.raises(ValueError, match=f"batches of {n} games were asked for; ask for one"):
        next(game.Games.sample(2).batches(n))


def test_one_game_is_a_parcel_too():
    moves = game.sample_moves(1, seed=5)
    assert (game.Games.of(moves[0].tolist()).moves == moves).all()
    assert (game.Games.of(moves).tokens == game.tokens_of(moves[:, :-1])).all()

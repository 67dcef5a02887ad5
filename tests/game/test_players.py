"""Proof of ``othello_gpt.game``: players who choose their moves."""

import numpy as np
import pytest

from othello_gpt import game
from tests import oracle


@pytest.mark.parametrize("player", sorted(game.PLAYERS))
def test_games_are_whole_and_dont_depend_on_batches(player):
    moves = game.play_games(player, 6, seed=3)
    record = game.replay(moves)
    assert (record.player != 0).all()
    assert not record.passed().any()
    assert np.array_equal(game.play_games(player, 2, seed=3, first=4), moves[4:])
    assert not np.array_equal(game.play_games(player, 6, seed=4), moves)


def value(player, board, side, square):
    """What a player maximises, by the slow rules."""
    turned = len(oracle.turned(board, side, square))
    replies = len(oracle.legal(oracle.play(board, side, square), -side))
    return {"greedy": turned, "cautious": -turned, "mobility": -replies}[player]


@pytest.mark.parametrize("player", sorted(game.PLAYERS))
def test_no_other_move_is_better(player):
    for moves in game.play_games(player, 3, seed=1, random_share=0.0):
        board, side = oracle.start(6), 1
        for square in moves:
            best = max(value(player, board, side, s) for s in oracle.legal(board, side))
            assert value(player, board, side, int(square)) == best
            board, side = oracle.play(board, side, int(square)), -side


def test_with_random_moves_only_the_player_doesnt_matter():
    one, other = (game.play_games(name, 4, random_share=1.0) for name in ("greedy", "mobility"))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (dict(player="clever"), "no player 'clever': choose from greedy"),
        (dict(games=-1), "-1 games were asked for"),
        (dict(random_share=1.5), "a share of 1.5 random moves"),
    ],
)
def test_what_cant_be_played_is_refused(asked, why):
    with pytest.raises(game.GamesError, match=why):
        game.play_games(**{"player": "greedy", "games": 1, **asked})

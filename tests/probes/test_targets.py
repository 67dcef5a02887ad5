"""Proof of ``othello_gpt.probes``: targets."""

from itertools import chain, pairwise

import numpy as np
import pytest

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS
from tests import oracle
from tests.probes.common import MOVES, OUTER, VIEWS, without_flips


def slow_targets(moves, steps):
    """Return every target of one game from its steps, name -> [31 positions][cells].

    A step is the oracle's: who moves, the legal squares, the board before and the board after.
    """
    found, flips = {}, [0] * 36
    for ply, (player, can, before, after) in enumerate(steps[:-1]):
        square, mine = moves[ply], steps[ply + 1][0]  # the side about to move
        turned = oracle.turned(before, player, square)
        flips = [n + (s in turned) for s, n in enumerate(flips)]
        old, new = list(chain(*before)), list(chain(*after))
        now = {
            "empty": [int(disc == 0) for disc in new],
            "board": [1 + disc * mine for disc in new],
            "just_moved": [int(disc == player) for disc in new],
            "legal_prev": [int(s in can) for s in range(36)],
            "legal_next": [int(s in steps[ply + 1][1]) for s in range(36)],
            "colour": [1 + disc for disc in new],
            "previous_board": [1 + disc * mine for disc in old],
            "captured": [int(s in turned) for s in range(36)],
            "last_move": [int(OUTER.tolist().index(square))],
            "parity": [ply % 2],
            "first_position": [int(ply == 0)],
            "flips_so_far": flips,
        }
        for name, cells in now.items():
            found.setdefault(name, []).append(cells)
    return found


@pytest.mark.parametrize("view", VIEWS)
def test_targets_agree_with_the_oracle_position_by_position(view):
    ours, slow, names = VIEWS[view]
    replay = ours(game.replay(MOVES))
    labels = {name: getattr(probes, name)(replay) for name in names}
    for one_game, moves in enumerate(MOVES[:40].tolist()):
        found = slow_targets(moves, slow(moves, oracle.replay(moves, 6)))
        for name in names:
            assert labels[name].dtype == np.int8
            assert labels[name][one_game].tolist() == found[name], (name, one_game)
    for name in TARGETS.keys() & names:
        assert np.array_equal(np.unique(labels[name]), np.arange(len(TARGETS[name].classes))), name


def test_mine_is_the_side_about_to_move_also_after_a_pass():
    games = [oracle.random_game(seed, 8, standard=True) for seed in range(40)]
    plies, passes = min(map(len, games)), 0
    replay = game.replay(np.array([moves[:plies] for moves in games]), 8, standard=True)
    labels = {name: getattr(probes, name)(replay) for name in ("board", "previous_board")}
    for one_game, moves in enumerate(games):
        steps = oracle.replay(moves, 8, True)[:plies]
        for ply, (step, following) in enumerate(pairwise(steps)):
            passes += step[0] == following[0]
            for name, cells in (("previous_board", step[2]), ("board", step[3])):
                wanted = [1 + disc * following[0] for disc in chain(*cells)]
                assert labels[name][one_game, ply].tolist() == wanted
    assert passes > 5


def test_a_board_without_flips_in_games_with_passes():
    games_of_8 = [oracle.random_game(seed, 8, standard=True) for seed in range(20)]
    games_of_8[0] = games_of_8[0][:40]
    padded = np.full((20, 60), game.NO_MOVE)
    for one_game, moves in enumerate(games_of_8):
        padded[one_game, : len(moves)] = moves
    replay = game.replay(padded, 8, standard=True)
    ours = probes.flips_ignored(replay)
    assert np.array_equal(ours.moves, replay.moves)
    assert np.array_equal(ours.player, replay.player)
    words = ("mine", "theirs", "legal", "after_first", "after_second")
    for one_game, moves in enumerate(games_of_8):
        steps = without_flips(moves, oracle.replay(moves, 8, True), 8, True)
        for ply, (player, can, before, after) in enumerate(steps):
            discs = [(before, player), (before, -player), None, (after, 1), (after, -1)]
            for word, one in zip(words, discs, strict=True):
                squares = can if one is None else np.flatnonzero(np.ravel(one[0]) == one[1])
                assert game.squares(getattr(ours, word)[one_game, ply]) == list(squares)
        for word in words:
            assert not getattr(ours, word)[one_game, len(moves) :].any()


def test_the_board_by_colour_is_the_target_colour():
    replay = game.replay(MOVES)
    by_colour = probes.board(probes.by_colour(replay))  # the second player's are mine
    assert np.array_equal(by_colour, 2 - probes.colour(replay))
    target = probes.absolute(TARGETS["legal_next"])
    assert target.name == "absolute legal_next"
    white = replay.player[:, 1:] == game.SECOND  # whose legal squares these are
    same = (target.labels(replay) == probes.legal_next(replay)).all(2)
    assert same[white].all()
    assert not same[~white].all()


def test_flips_ignored_is_the_board_where_nothing_was_flipped():
    replay = game.replay(MOVES)
    board, unflipped = probes.board(replay), probes.board(probes.flips_ignored(replay))
    flips = probes.flips_so_far(replay)
    # An even number of flips gives a disc its first colour back.
    assert np.array_equal(board == unflipped, (flips % 2 == 0) | (board == 1))


def test_control_labels_depend_on_ply_and_last_square_alone():
    control = probes.control_task(TARGETS["board"])
    replay = game.replay(MOVES)
    labels = control.labels(replay)
    seen = {}
    for one_game, moves in enumerate(MOVES):
        for ply, square in enumerate(moves[:-1]):
            mine = seen.setdefault((ply, square), labels[one_game, ply])
            assert np.array_equal(mine, labels[one_game, ply])
    discs = (labels != 1).sum(-1)
    assert np.array_equal(discs, np.broadcast_to(np.arange(5, 36), discs.shape))
    assert not np.array_equal(labels, probes.control_task(TARGETS["board"], seed=1).labels(replay))

"""Proof of ``othello_gpt.generalisation``: trackers follow the rules where they can."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import game, generalisation
from othello_gpt.generalisation.trackers import WAYS

HOME = game.sample_moves(30, seed=4).astype(np.int64)
AWAY = game.sample_moves(30, seed=4, standard=True).astype(np.int64)


@pytest.mark.parametrize("way", ["plays on", "repairs"])
def test_from_the_right_start_a_tracker_has_the_board_and_the_rules(way):
    record = game.replay(HOME)
    boards = generalisation.track(HOME, way)
    assert np.array_equal(boards, record.boards().reshape(boards.shape))
    legal = generalisation.legal_next(boards)[:, :-1]
    truth = record.legalities().reshape(30, 32, 36)[:, 1:]
    assert np.array_equal(legal, truth)
    assert not generalisation.illegal_share(legal, boards[:, :-1], truth).any()


def test_who_ignores_flips_keeps_every_disc_as_it_was_put():
    boards = generalisation.track(HOME, "ignores flips")
    for ply in range(32):
        put = boards[:, ply][np.arange(30)[:, None], HOME[:, : ply + 1]]
        assert (put == np.where(np.arange(ply + 1) % 2, -1, 1)).all()


@given(st.integers(0, 29))
@settings(max_examples=30)
def test_no_tracker_loses_or_invents_a_disc(row):
    boards = generalisation.track(AWAY[row : row + 1], "repairs")[0]
    plain = generalisation.track(AWAY[row : row + 1], "plays on")[0]
    for ply in range(32):
        occupied = set(AWAY[row, : ply + 1].tolist()) | {14, 15, 20, 21}
        assert set(np.flatnonzero(boards[ply]).tolist()) == occupied
        assert set(np.flatnonzero(plain[ply]).tolist()) == occupied


def test_the_first_repair_recolours_as_few_discs_as_brute_force_finds():
    # After the first move from the other start, over all colourings of the four centre discs.
    centre = [14, 15, 20, 21]
    first = int(game.Beginnings.empty().mine[0])
    for row in range(30):
        move, cost = int(AWAY[row, 0]), {}
        for colours in np.ndindex(2, 2, 2, 2):
            mine = sum(1 << s for s, c in zip(centre, colours, strict=True) if c)
            theirs = sum(1 << s for s in centre) - mine
            if move in game.squares(int(game.legal_moves(np.uint64(mine), np.uint64(theirs)))):
                mine, theirs = game.play(np.uint64(mine), np.uint64(theirs), move)
                recoloured = bin(
                    sum(1 << s for s, c in zip(centre, colours, strict=True) if c) ^ first
                )
                cost[int(theirs)] = min(cost.get(int(theirs), 9), recoloured.count("1"))
        board = generalisation.track(AWAY[row : row + 1, :1], "repairs")[0, 0]
        mine_after = sum(1 << int(s) for s in np.flatnonzero(board == 1))
        assert cost[mine_after] == min(cost.values())


def test_another_way_is_refused():
    with pytest.raises(ValueError, match="no way 'guesses' to track"):
        generalisation.track(HOME, "guesses")
    assert len(WAYS) == 3


def test_repairing_is_better_than_playing_on_and_worse_than_the_truth():
    truth = game.replay(AWAY, standard=True).legalities().reshape(30, 32, 36)[:, 1:]
    shares = {}
    for way in WAYS:
        boards = generalisation.track(AWAY, way)[:, :-1]
        legal = generalisation.legal_next(boards)
        shares[way] = generalisation.illegal_share(legal, boards, truth).mean()
    assert 0 < shares["repairs"] < shares["plays on"] < shares["ignores flips"]

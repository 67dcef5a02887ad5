"""Proof of ``othello_gpt.yardsticks``: transpositions."""

from functools import partial

import numpy as np
import pytest
import torch

from othello_gpt import game, yardsticks
from othello_gpt.intervals import bootstrap
from tests import oracle
from tests.yardsticks.common import MOVES, TINY, position


def test_transpositions_reach_the_same_position_and_decoys_another():
    same, decoys = yardsticks.swapped(game.sample_moves(2000, 5), 12)
    assert len(same.one) == len(decoys.one) > 30
    for pairs, equal in ((same, True), (decoys, False)):
        assert len(np.unique(pairs.one, axis=0)) == len(pairs.one)
        for one, other in zip(pairs.one[:15], pairs.other[:15], strict=True):
            assert sorted(one) == sorted(other)
            assert np.flatnonzero(one != other).size == 2
            assert (position(one) == position(other)) is equal
            (player, board), (_, changed) = position(one), position(other)
            can = [set(oracle.legal(b, player)) for b in (board, changed)]
            assert (can[0] == can[1]) is equal
            assert can[1]


def test_both_kinds_are_exchanged_at_the_same_plies():
    same, decoys = yardsticks.swapped(game.sample_moves(2000, 5), 12)
    assert np.array_equal(same.one != same.other, decoys.one != decoys.other)
    assert len({tuple(row) for row in same.one != same.other}) > 5


def test_many_moves_stand_elsewhere_and_only_decoys_lead_to_another_position():
    same, decoys = yardsticks.reordered(game.sample_moves(1500, 5), 20, least=6, steps=150)
    assert len(same.one) == len(decoys.one) > 30
    apart = [(pairs.one != pairs.other).sum(1) for pairs in (same, decoys)]
    assert np.array_equal(*apart)
    last = [(pairs.one != pairs.other)[:, -1] for pairs in (same, decoys)]
    assert np.array_equal(*last)
    assert 0 < last[0].mean() < 1
    assert apart[0].min() >= 6
    assert apart[0].max() > 8
    for pairs, equal in ((same, True), (decoys, False)):
        for one, other in zip(pairs.one[:15], pairs.other[:15], strict=True):
            assert sorted(one) == sorted(other)
            assert (position(one) == position(other)) is equal
            (player, board), (_, changed) = position(one), position(other)
            can = [set(oracle.legal(b, player)) for b in (board, changed)]
            assert (can[0] == can[1]) is equal
            assert can[1]
    again, _ = yardsticks.reordered(game.sample_moves(1500, 5), 20, least=6, steps=150)
    assert np.array_equal(same.other, again.other)
    by_length = yardsticks.swapped_by_length(
        game.sample_moves(1500, 5), [16, 20], 3, yardsticks.reordered
    )
    for pairs in by_length["transpositions"]:
        assert 0 < len(pairs.one) <= 3
        assert ((pairs.one != pairs.other).sum(1) >= 8).all()
    with pytest.raises(ValueError, match="beginnings of 2 moves"):
        yardsticks.reordered(MOVES, 2)


def test_decoys_can_be_other_boards_with_the_same_moves():
    same, decoys = yardsticks.reordered(
        game.sample_moves(1500, 5), 20, least=6, steps=150, same_moves=True
    )
    assert len(same.one) == len(decoys.one) > 10
    for one, other in zip(decoys.one[:15], decoys.other[:15], strict=True):
        (player, board), (_, changed) = position(one), position(other)
        assert board != changed
        assert set(oracle.legal(board, player)) == set(oracle.legal(changed, player))


def test_pairs_by_length_are_of_other_games():
    found = yardsticks.swapped_by_length(MOVES, [8, 12], 5)
    assert list(found) == ["transpositions", "decoys"]
    for of in found.values():
        assert [pairs.one.shape[1] for pairs in of] == [8, 12]
        for k, pairs in enumerate(of):
            length = (8, 12)[k]
            begun = {tuple(one) for one in MOVES[k::2, :length]}
            assert 0 < len(pairs.one) <= 5
            assert all(tuple(one) in begun for one in pairs.one)


def test_predictions_are_the_same_in_any_batches():
    begun = MOVES[:10, :6]
    whole = yardsticks.predictions(TINY, begun, 3)
    np.testing.assert_allclose(yardsticks.predictions(TINY, begun, 3, batch=4), whole, atol=1e-6)
    np.testing.assert_allclose(
        whole[:, -1], yardsticks.next_move_distribution(TINY, begun), atol=1e-7
    )
    earlier = yardsticks.next_move_distribution(TINY, begun[:, :4])
    np.testing.assert_allclose(whole[:, 0], earlier, atol=1e-6)


def test_beginnings_too_short_or_too_long_are_refused():
    for length in (2, 32):
        with pytest.raises(ValueError, match=f"{length} moves can't be exchanged"):
            yardsticks.swapped(MOVES, length)


def test_disagreement_of_equal_beginnings_is_none():
    same, decoys = yardsticks.swapped(game.sample_moves(1000, 5), 9)
    say = partial(yardsticks.next_move_distribution, TINY)
    nothing = yardsticks.disagreement(say, yardsticks.Transpositions(same.one, same.one))
    assert nothing.total_variation.max() < 1e-6
    assert not nothing.top_1.any()
    tokens = [torch.from_numpy(game.token_of_square()[x]) for x in (decoys.one, decoys.other)]
    a, b = (TINY(t)[:, -1].softmax(-1)[:, 1:] for t in tokens)  # the pad token is no square
    by_hand = [
        sum(abs(p - q) for p, q in zip(*pq, strict=True)) / 2 for pq in zip(a, b, strict=True)
    ]
    seen = yardsticks.disagreement(say, decoys).total_variation
    np.testing.assert_allclose(seen, by_hand, atol=1e-6)


def test_who_knows_the_rules_sees_every_difference_and_no_other():
    same, decoys = yardsticks.swapped(game.sample_moves(1000, 5), 12)
    assert not yardsticks.disagreement(yardsticks.legal_alike, same).total_variation.any()
    assert yardsticks.disagreement(yardsticks.legal_alike, decoys).total_variation.min() > 0
    p = yardsticks.legal_alike(same.one[:1])[0]
    player, board = position(same.one[0])
    squares = oracle.legal(board, player)
    assert p[squares] == pytest.approx(1 / len(squares))
    assert p.sum() == pytest.approx(1)


def test_who_remembers_the_last_move_only_by_hand():
    moves = MOVES[:50]
    player = yardsticks.LastMove(moves)
    begun = MOVES[60:61, :8]
    said = yardsticks.next_move_distribution(player, begun)[0]
    counts = np.ones(36)
    for one_game in moves:
        if one_game[7] == begun[0, 7]:
            counts[one_game[8]] += 1
    counts[[*begun[0], *game.centre()]] = 0
    np.testing.assert_allclose(said, counts / counts.sum(), rtol=1e-5)
    # Nothing but the last move and the set of squares matters.
    other = begun[:, [2, 1, 0, 3, 4, 5, 6, 7]]
    np.testing.assert_allclose(yardsticks.next_move_distribution(player, other)[0], said, rtol=1e-6)


def test_last_move_alone_cant_pass_for_a_board():
    """The claim of the chapter isn't met by a player without a board."""
    player = yardsticks.LastMove(game.sample_moves(20_000, seed=8))
    same, decoys = yardsticks.swapped(game.sample_moves(6000, 5), 18)
    a, b = (
        bootstrap(
            yardsticks.disagreement(
                partial(yardsticks.next_move_distribution, player), p
            ).total_variation
        )
        for p in (same, decoys)
    )
    assert a.high > b.low

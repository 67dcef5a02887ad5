"""Proof of ``othello_gpt.game``: rules."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import game
from tests import oracle

SIZES = st.sampled_from(game.SIZES)
SEEDS = st.integers(0, 2**32)


@st.composite
def positions(draw):
    """Discs anywhere, also where no game could put them."""
    size = draw(SIZES)
    cells = draw(st.lists(st.sampled_from([0, 1, -1]), min_size=size**2, max_size=size**2))
    board = np.reshape(cells, (size, size))
    return size, board, *(game.from_array(board == side, size) for side in (1, -1))


def bits(squares):
    return sum(1 << s for s in squares)


def test_perft():
    # Leaf counts of the full game tree of 8x8 Othello, https://www.aartbik.com/strategy.php
    mine, theirs = (np.array([side]) for side in game.start(8, standard=True))
    leaves = []
    for _ in range(8):
        can = game.to_array(game.legal_moves(mine, theirs, 8), 8).reshape(-1, 64)
        position, square = np.nonzero(can)
        mine, theirs = game.play(mine[position], theirs[position], square, 8)
        leaves.append(len(square))
    assert leaves == [4, 12, 56, 244, 1396, 8200, 55092, 390216]


@given(positions())
def test_legal_moves_and_flips_agree_with_the_oracle_on_any_position(position):
    size, board, mine, theirs = position
    assert game.legal_moves(mine, theirs, size) == bits(oracle.legal(board, 1))
    assert game.legal_moves(theirs, mine, size) == bits(oracle.legal(board, -1))
    turned = game.flips(mine, theirs, np.arange(size**2), size)
    assert turned.tolist() == [bits(oracle.turned(board, 1, s)) for s in range(size**2)]


@given(positions())
def test_play_agrees_with_the_oracle_on_any_position(position):
    size, board, mine, theirs = position
    for square in oracle.legal(board, 1):
        after = np.array(oracle.play(board, 1, square))
        own, opp = game.play(mine, theirs, square, size)
        assert (own, opp) == tuple(game.from_array(after == side, size) for side in (-1, 1))


@given(SIZES, st.booleans(), SEEDS)
@settings(max_examples=60)
def test_replay_agrees_with_the_oracle(size, standard, seed):
    moves = oracle.random_game(seed, size, standard)
    replay = game.replay([moves], size, standard)
    boards, legalities = replay.boards()[0], replay.legalities()[0]
    for ply, (player, can, before, after) in enumerate(oracle.replay(moves, size, standard)):
        assert replay.player[0, ply] == player
        assert np.flatnonzero(legalities[ply]).tolist() == can
        assert boards[ply].tolist() == after
        assert replay.legal[0, ply] == bits(can)
        own, opp = (np.array(before) == side for side in (player, -player))
        assert replay.mine[0, ply] == game.from_array(own, size)
        assert replay.theirs[0, ply] == game.from_array(opp, size)


@pytest.mark.parametrize(("size", "count"), [(8, 30), (4, 100)])
def test_replay_takes_forced_passes_and_pads_short_games(size, count):
    games = [oracle.random_game(seed, size, standard=True) for seed in range(count)]
    padded = np.full((count, size**2 - 4), game.NO_MOVE)
    for row, moves in zip(padded, games, strict=True):
        row[: len(moves)] = moves
    replay = game.replay(padded, size, standard=True)

    passes = 0
    for g, moves in enumerate(games):
        steps = oracle.replay(moves, size, standard=True)
        players = [player for player, *_ in steps]
        passes += sum(a == b for a, b in itertools.pairwise(players))
        assert replay.player[g, : len(moves)].tolist() == players
        assert replay.boards()[g, : len(moves)].tolist() == [after for *_, after in steps]
        assert not replay.player[g, len(moves) :].any()
        assert not replay.legal[g, len(moves) :].any()
    assert passes > 10
    assert size == 8 or min(map(len, games)) < padded.shape[1]


@pytest.mark.parametrize("standard", [False, True])
@pytest.mark.parametrize("size", game.SIZES)
def test_start(size, standard):
    mine, theirs = game.start(size, standard)
    board = np.array(oracle.start(size, standard))
    assert (mine, theirs) == tuple(game.from_array(board == side, size) for side in (1, -1))
    assert list(game.centre(size)) == np.flatnonzero(board).tolist()


@given(positions())
def test_discs_never_vanish_and_a_move_turns_at_least_one(position):
    size, _, mine, theirs = position
    squares = game.squares(game.legal_moves(mine, theirs, size))
    own, opp = game.play(mine, theirs, np.array(squares, int), size)
    assert not (own & opp).any()
    assert (own | opp == (mine | theirs | np.uint64(1) << np.array(squares, np.uint64))).all()
    lost = game.count(theirs) - game.count(own)
    assert (lost >= 1).all()
    assert (game.count(opp) == game.count(mine) + 1 + lost).all()


@given(positions(), st.integers(0, 63))
def test_one_board_and_many_give_the_same(position, square):
    size, _, mine, theirs = position
    many_mine, many_theirs = np.array([[mine], [theirs]]), np.array([theirs, mine, theirs])
    can = game.legal_moves(many_mine, many_theirs & ~many_mine, size)
    turned = game.flips(many_mine, many_theirs & ~many_mine, square, size)
    assert can.shape == turned.shape == (2, 3)
    for i, own in enumerate([int(mine), int(theirs)]):
        for j, opp in enumerate([int(theirs), int(mine), int(theirs)]):
            assert game.legal_moves(own, opp & ~own, size) == can[i, j]
            assert game.flips(own, opp & ~own, square, size) == turned[i, j]
    for one in game.squares(game.legal_moves(mine, theirs, size)):
        scalar = game.play(int(mine), int(theirs), one, size)
        array = game.play(np.array([mine]), np.array([theirs]), np.array([one]), size)
        assert scalar == tuple(side[0] for side in array)


@given(positions())
def test_arrays_and_bitboards_are_inverse(position):
    size, board, mine, theirs = position
    assert (game.to_array(mine, size) == (board == 1)).all()
    assert (game.to_array(np.array([mine, theirs]), size) == [board == 1, board == -1]).all()
    assert (
        game.from_array(game.to_array(np.array([mine, theirs]), size), size) == [mine, theirs]
    ).all()
    assert game.squares(mine) == np.flatnonzero(board == 1).tolist()
    assert game.count(mine) == (board == 1).sum()


@pytest.mark.parametrize("size", game.SIZES)
def test_square_names(size):
    names = [game.square_name(s, size) for s in range(size**2)]
    assert len(set(names)) == size**2
    assert [game.square_id(name, size) for name in names] == list(range(size**2))
    assert (names[0], names[size], names[-1]) == ("A1", "A2", "ABCDEFGH"[size - 1] + str(size))
    assert game.square_id("b1", size) == 1


def broken(where, square):
    """Three good games, of which the last is broken at ply 5."""
    moves = np.array([oracle.random_game(seed, 4)[:8] for seed in range(3)])
    can = [game.square_name(s, 4) for s in oracle.replay(moves[2], 4)[5][1]]
    moves[where] = square
    return moves, f"legal: {', '.join(can)}"


@pytest.mark.parametrize(
    ("square", "why"),
    [
        (0, r"A1 \(square 0\) is illegal"),
        (5, r"B2 \(square 5\) is illegal"),
        (16, r"square 16 is not on a 4x4 board \(0\.\.15\)"),
        (-2, r"square -2 is not on a 4x4 board \(0\.\.15\)"),
        (-1, r"square -1 .*may only pad the end of a game\)"),
    ],
)
def test_an_illegal_move_names_game_ply_square_and_legal_squares(square, why):
    moves, legal = broken((2, 5), square)
    with pytest.raises(game.IllegalMove, match=rf"^game 2, ply 5: {why}; {legal}$") as error:
        game.replay(moves, 4)
    assert (error.value.game, error.value.ply) == (2, 5)


def test_a_move_after_the_end_is_refused():
    moves = next(m for s in range(99) if len(m := oracle.random_game(s, 4)) < 12)
    empty = next(s for s in range(16) if s not in {*moves, *game.centre(4)})
    with pytest.raises(game.IllegalMove, match=rf"ply {len(moves)}: .*no square is legal$"):
        game.replay([[*moves, empty]], 4)


def test_play_refuses_an_illegal_move():
    mine, theirs = game.start()
    legal = ", ".join(game.square_name(s) for s in oracle.legal(oracle.start(6), 1))
    with pytest.raises(game.IllegalMove, match=rf"^A1 \(square 0\) is illegal; legal: {legal}$"):
        game.play(mine, theirs, 0)
    with pytest.raises(game.IllegalMove, match=r"^game 1: square 36 is not on a 6x6 board"):
        game.play(mine, theirs, np.array([game.squares(game.legal_moves(mine, theirs))[0], 36]))


@pytest.mark.parametrize("moves", [[[9.0, 8.0]], [[[9, 8]]], [["C2"]]])
def test_moves_that_are_no_squares_are_refused(moves):
    with pytest.raises(ValueError, match="whole numbers"):
        game.replay(moves)


@pytest.mark.parametrize("size", [2, 5, 10])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match="board size"):
        game.start(size)
    with pytest.raises(ValueError, match="board size"):
        game.replay([[0]], size)


@pytest.mark.parametrize("name", ["", "A", "A0", "A7", "G1", "A10", "11", "AA"])
def test_names_of_no_square_are_refused(name):
    with pytest.raises(ValueError, match=r"is not a square of a 6x6 board \(A1\.\.F6\)"):
        game.square_id(name)


@pytest.mark.parametrize("square", [-1, 36])
def test_squares_off_the_board_have_no_name(square):
    with pytest.raises(ValueError, match="is not on a 6x6 board"):
        game.square_name(square)

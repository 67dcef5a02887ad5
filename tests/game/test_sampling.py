"""Proof of ``othello_gpt.game``: sampling."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import game
from tests import oracle

# The first game of seed 0, on every machine and in every version.
GOLDEN = (
    "C5 B5 D2 C6 B4 E2 F2 A4 E3 E4 E5 F4 F5 B2 D5 F3 "
    "A5 D6 C2 B6 F6 B3 A6 D1 A3 E6 C1 B1 F1 E1 A2 A1"
)


def test_golden_game():
    assert " ".join(game.square_name(s) for s in game.sample_moves(1)[0]) == GOLDEN


@given(
    st.sampled_from([4, 6, 8]),
    st.booleans(),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**40),
)
@settings(max_examples=40)
def test_sampled_games_agree_with_the_oracle(size, standard, seed, first):
    replay = game.sample_replay(1, seed, first, size, standard)
    steps = oracle.replay(replay.moves[0].tolist(), size, standard)
    assert len(steps) == size**2 - 4
    assert [player for player, *_ in steps] == [1, -1] * (len(steps) // 2)
    assert replay.boards()[0].tolist() == [after for *_, after in steps]
    for ply, (player, can, before, _) in enumerate(steps):
        assert game.squares(replay.legal[0, ply]) == can
        own = np.array(before) == player
        assert (game.to_array(replay.mine[0, ply], size) == own).all()
    again = game.replay(replay.moves, size, standard)
    for name in ("player", "mine", "theirs", "legal", "after_first", "after_second"):
        assert (getattr(again, name) == getattr(replay, name)).all()


@given(st.integers(0, 2**32), st.lists(st.integers(1, 40), min_size=1, max_size=6))
@settings(max_examples=30)
def test_batches_dont_matter(seed, batches):
    whole = game.sample_moves(sum(batches), seed)
    firsts = np.cumsum([0, *batches[:-1]]).tolist()
    parts = [game.sample_moves(n, seed, first) for n, first in zip(batches, firsts, strict=True)]
    assert (np.concatenate(parts) == whole).all()
    assert (game.sample_replay(sum(batches), seed).moves == whole).all()


def test_threads_and_processes_dont_matter():
    whole = game.sample_moves(400, 3)
    parts = ([100] * 4, [3] * 4, [0, 100, 200, 300])
    with ThreadPoolExecutor(4) as pool:
        assert (np.concatenate([*pool.map(game.sample_moves, *parts)]) == whole).all()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert (np.concatenate([*pool.map(game.sample_moves, *parts)]) == whole).all()


def test_seeds_and_games_differ():
    many = np.concatenate([game.sample_moves(2000, seed) for seed in range(3)])
    assert len(np.unique(many, axis=0)) == len(many)

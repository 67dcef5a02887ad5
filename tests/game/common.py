"""What the tests of ``game`` share: helpers."""

import itertools

import numpy as np
from hypothesis import strategies as st

from othello_gpt import game
from tests import oracle


def assert_same(one, other):
    assert one.features == other.features
    assert one.to_dict() == other.to_dict()


@st.composite
def lots(draw):
    """Games of one board size as lists, none or several, with passes, cut short or whole."""
    size = draw(st.sampled_from(game.SIZES))
    seeds = draw(st.lists(st.integers(0, 2**32), max_size=3))
    games = [oracle.random_game(seed, size) for seed in seeds]
    plies = draw(st.integers(0, size**2 - 4))
    return size, [moves[:plies] for moves in games]


def padded(games):
    """Games as an array [games, plies], padded to the longest."""
    out = np.full((len(games), max(map(len, games), default=0)), game.NO_MOVE)
    for row, moves in zip(out, games, strict=True):
        row[: len(moves)] = moves
    return out


def passes(moves, size):
    """Before which moves a side has to pass, as the oracle plays."""
    players = [player for player, *_ in oracle.replay(moves, size)]
    return [ply for ply, (a, b) in enumerate(itertools.pairwise(players), 1) if a == b]

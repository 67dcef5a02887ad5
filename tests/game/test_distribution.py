"""Proof of ``othello_gpt.game``: distribution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from othello_gpt import game


def test_whole_games_have_their_exact_probabilities(tiny):
    paths, drawn = tiny
    sample = 500_000
    key = 16 ** np.arange(12, dtype=np.int64)
    order = np.argsort(paths @ key)
    place = np.searchsorted((paths @ key)[order], game.sample_moves(sample, 1, size=4) @ key)
    counts = np.bincount(place, minlength=len(paths))
    probability = (drawn / drawn.sum())[order]
    assert chisquare(counts, probability * sample).pvalue > 1e-3
    # The test has power: it would notice all of these games being equally probable, or the moves
    # being uniform among those that lead to no pass.
    assert chisquare(counts, np.full(len(paths), sample / len(paths))).pvalue < 1e-9
    greedy = probability_of_avoiding_passes(paths)[order]
    assert greedy.sum() == pytest.approx(1)
    assert chisquare(counts, greedy * sample).pvalue < 1e-9


def test_continuations_are_the_next_moves_of_games_that_begin_alike(tiny):
    paths, drawn = tiny
    one_game = game.sample_moves(1, 5, size=4)
    n = 20_000
    sampled = game.sample_continuations(one_game, n, 1, size=4)[0]
    powerful = False
    for ply in range(12):
        alike = (paths[:, :ply] == one_game[0, :ply]).all(1)
        exact = np.bincount(paths[alike, ply], drawn[alike], minlength=16) / drawn[alike].sum()
        counts = np.bincount(sampled[ply], minlength=16)
        possible = exact > 0
        assert not counts[~possible].any()
        if possible.sum() > 1:
            assert chisquare(counts[possible], exact[possible] * n).pvalue > 1e-3
            powerful |= chisquare(counts[possible]).pvalue < 1e-9  # not just any legal move
    assert powerful


@given(st.integers(0, 2**32), st.integers(0, 5))
@settings(max_examples=10)
def test_continuations_depend_on_seed_and_index_only(seed, count):
    moves = game.sample_moves(6, seed)
    whole = game.sample_continuations(moves, count, seed)
    parts = [game.sample_continuations(moves[a:b], count, seed, a) for a, b in ((0, 2), (2, 6))]
    assert whole.shape == (6, 32, count)
    assert (np.concatenate(parts) == whole).all()


def test_continuations_of_some_plies_are_drawn_by_the_same_rule():
    one_game = np.repeat(game.sample_moves(1, 5, size=4), 4000, 0)
    whole = game.sample_continuations(one_game, 1, 1, size=4)[..., 0]
    assert (game.sample_continuations(one_game, 1, 1, size=4, end=5)[..., 0] == whole[:, :5]).all()
    late = game.sample_continuations(one_game, 1, 1, size=4, begin=5)[..., 0]
    assert late.shape == (4000, 7)
    for ply in range(5, 12):
        counts = [np.bincount(x, minlength=16) for x in (whole[:, ply], late[:, ply - 5])]
        possible = counts[0] + counts[1] > 0
        if possible.sum() > 1:
            assert chi2_contingency(np.array(counts)[:, possible]).pvalue > 1e-3


def test_siblings_are_the_games_that_share_an_opening(tiny):
    paths, drawn = tiny
    one_game = game.sample_moves(1, 5, size=4)
    for opening in (0, 3, 6):
        siblings = game.sample_siblings(one_game, 20_000, opening, 1, size=4)[0]
        alike = (paths[:, :opening] == one_game[0, :opening]).all(1)
        kinds, counts = np.unique(siblings, axis=0, return_counts=True)
        possible = {tuple(path): p for path, p in zip(paths[alike], drawn[alike], strict=True)}
        assert {tuple(kind) for kind in kinds} <= possible.keys()
        exact = np.array([possible[tuple(kind)] for kind in kinds]) / drawn[alike].sum()
        often = exact * 20_000 >= 20
        assert often.sum() >= 2
        seen = [*counts[often], counts[~often].sum() + 1e-9]
        expected = [*exact[often], 1 - exact[often].sum() + 1e-9 / 20_000]
        assert chisquare(seen, np.array(expected) * sum(seen)).pvalue > 1e-3


@given(st.integers(0, 2**32), st.integers(0, 5), st.integers(0, 32))
@settings(max_examples=10)
def test_siblings_depend_on_seed_and_index_only(seed, count, opening):
    moves = game.sample_moves(6, seed)
    whole = game.sample_siblings(moves, count, opening, seed)
    ends = ((0, 2), (2, 6))
    parts = [game.sample_siblings(moves[a:b], count, opening, seed, a) for a, b in ends]
    assert whole.shape == (6, count, 32)
    assert (np.concatenate(parts) == whole).all()
    assert (whole[..., :opening] == moves[:, None, :opening]).all()
    if count:
        assert not (game.replay(whole.reshape(-1, 32)).player[:, ::2] != game.FIRST).any()


def test_siblings_need_an_opening_within_the_game():
    with pytest.raises(game.GamesError, match="can't share 33 moves; choose 0 to 32"):
        game.sample_siblings(game.sample_moves(1), 2, 33)


def test_continuations_need_whole_games_without_passes():
    moves = game.sample_moves(2)
    with pytest.raises(ValueError, match="-1 further games"):
        game.sample_continuations(moves, -1)
    with pytest.raises(game.GamesError, match="whole games of 32 moves are needed, not 20"):
        game.sample_continuations(moves[:, :20], 2)
    passed = next(m for m in random_games_with_a_pass() if len(m) == 32)
    with pytest.raises(game.GamesError, match="game 0 has a pass"):
        game.sample_continuations(np.array([passed]), 2)


def random_games_with_a_pass():
    """Games that fill the board although a side had to pass, as an oracle plays them."""
    rng = np.random.default_rng(0)
    while True:
        own, opp = game.start()
        moves, passes = [], 0
        while passes < 2:
            can = game.squares(game.legal_moves(own, opp))
            if not can:
                own, opp, passes = opp, own, passes + 1
                continue
            passes = 0
            moves.append(int(rng.choice(can)))
            own, opp = game.play(own, opp, moves[-1])
        if (np.diff(game.replay([moves]).player[0]) == 0).any():
            yield moves


def probability_of_avoiding_passes(paths):
    """The probability of each game if every move is uniform among those that can still be kept."""
    result = np.ones(len(paths))
    for ply in range(paths.shape[1]):
        prefixes, prefix = np.unique(paths[:, :ply], axis=0, return_inverse=True)
        longer = np.unique(paths[:, : ply + 1], axis=0)
        children = np.zeros(len(prefixes))
        before = np.unique(longer[:, :ply], axis=0, return_inverse=True)[1].ravel()
        np.add.at(children, before, 1)
        result /= children[prefix.ravel()]
    return result

"""Proof of ``othello_gpt.data``: any games as rows, read back as they are or refused by name."""

import re

import datasets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import data, game
from othello_gpt.data import checking
from tests import oracle
from tests.game.common import padded, passes


def as_rows(listed):
    """Games of up to 32 moves as plain columns, shaped like those of whole games."""
    record = game.replay(
        np.pad(
            moves := padded(listed),
            [(0, 0), (0, 32 - moves.shape[1])],
            constant_values=game.NO_MOVE,
        )
    )
    return datasets.Dataset.from_dict(
        {
            "moves": record.moves.tolist(),
            "boards": record.boards().tolist(),
            "legalities": record.legalities().tolist(),
            "input_ids": game.token_of_square()[record.moves].tolist(),
        }
    )


@given(st.lists(st.integers(0, 200), min_size=1, max_size=6), st.integers(0, 1000))
@settings(max_examples=25)
def test_the_first_row_that_is_no_whole_game_without_passes_is_named(seeds, first):
    listed = [oracle.random_game(seed, 6) for seed in seeds]
    table = as_rows(listed).data.table
    short = [g for g, moves in enumerate(listed) if len(moves) < 32]
    passed = [g for g, moves in enumerate(listed) if passes(moves, 6)]
    if not short and not passed:
        checking.check_batch(table, first, "here", "out")
        return
    if short:
        row, why = short[0], f"the game ends after {len(listed[short[0]])} moves"
    else:
        row, why = passed[0], f"move {passes(listed[passed[0]], 6)[0]} comes after a pass"
    said = re.escape(f"here, row {first + row}: {why}")
    with pytest.raises(game.GamesError, match=f"^{said}.*; out$"):
        checking.check_batch(table, first, "here", "out")


@pytest.mark.parametrize("games", [1, 2, 5])
def test_a_few_games_are_read_as_they_were_written(tmp_path, games):
    folder = data.write_games(tmp_path, games, seed=2, shard=2)
    assert data.load_games(folder).to_dict() == data.sample_games(games, seed=2).to_dict()


@pytest.mark.parametrize("ask", [data.sample_games, data.load_games])
@pytest.mark.parametrize("games", [0, -1])
def test_no_games_are_no_data_set(ask, games):
    with pytest.raises(game.GamesError, match=f"^{games} games were asked for; ask for one"):
        ask(games)

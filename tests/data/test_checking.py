"""Proof of ``othello_gpt.data``: checking."""

import datasets
import pytest

from othello_gpt import data, game
from othello_gpt.data import checking, loading
from tests import oracle
from tests.game.common import assert_same


def plain(rows):
    """The columns as the Hub stores them: nested lists without fixed lengths."""
    return {name: rows[name][:] for name in rows.column_names}


def pretend_hub(monkeypatch, rows):
    monkeypatch.setattr(loading.HfApi, "dataset_info", lambda self, name, revision: None)
    monkeypatch.setattr(datasets, "load_dataset", lambda name, split, revision: rows)


def illegal_move(row):
    row["moves"][4] = row["moves"][3]


def off_the_board(row):
    row["moves"][31] = 36


def cut_short(row):
    for name in data.COLUMNS:
        row[name] = row[name][:-1]


def missing_entry(row):
    row["input_ids"][3] = None


def wrong_token(row):
    row["input_ids"][7] = row["input_ids"][7] % 32 + 1


def disc_of_the_other_colour(row):
    row["boards"][9][2][2] *= -1


def wrong_legality(row):
    row["legalities"][31][0][0] ^= True


def ragged_board(row):
    row["boards"][0][5] = [0, 0]


def after_a_pass(row):
    seed = next(
        s
        for s in range(1000)
        if len(moves := oracle.random_game(s, 6)) == 32
        and [p for p, *_ in oracle.replay(moves, 6)] != [1, -1] * 16
    )
    replay = game.replay([oracle.random_game(seed, 6)])
    row["moves"] = replay.moves[0].tolist()
    row["boards"] = replay.boards()[0].tolist()
    row["legalities"] = replay.legalities()[0].tolist()
    row["input_ids"] = game.token_of_square()[replay.moves[0]].tolist()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (illegal_move, r"move 4: .* is illegal; legal: [A-F][1-6]"),
        (off_the_board, r"move 31: square 36 is not on a 6x6 board"),
        (cut_short, r"moves has 31 moves where 32 belong"),
        (missing_entry, r"input_ids has an empty entry"),
        (wrong_token, r"input_ids is not what the moves give, first at move 7"),
        (disc_of_the_other_colour, r"boards is not what the moves give, first at move 9"),
        (wrong_legality, r"legalities is not what the moves give, first at move 31"),
        (ragged_board, r"boards has 2 items where 6 belong"),
        (after_a_pass, r"move \d+ comes after a pass"),
    ],
)
def test_a_bad_row_is_named(tmp_path, monkeypatch, spoil, why):
    monkeypatch.setattr(checking, "CHUNK", 4)
    monkeypatch.setattr(loading, "CHUNK", 4)
    rows = [dict(row) for row in data.sample_games(10, seed=1)]
    spoil(rows[6])
    table = datasets.Dataset.from_list(rows)
    table.to_parquet(tmp_path / "part.parquet")
    with pytest.raises(game.GamesError, match=rf"part\.parquet, row 6: {why}.*; delete it and"):
        data.load_games(tmp_path)
    pretend_hub(monkeypatch, table)
    with pytest.raises(game.GamesError, match=rf"^'some/one', row 6: {why}.*; tell its owner"):
        data.load_games("some/one")


def test_plain_columns_as_on_the_hub_are_read(monkeypatch, tmp_path):
    ours = data.sample_games(9, seed=1)
    hub = datasets.Dataset.from_dict(plain(ours) | {"flips": [0] * 9})
    assert hub.features != data.FEATURES
    pretend_hub(monkeypatch, hub)
    assert_same(data.load_games("awonga/othello-gpt"), ours)
    assert len(data.load_games("awonga/othello-gpt", games=3)) == 3
    with pytest.raises(game.GamesError, match="31 games were asked for, but 'awonga/othello-gpt'"):
        data.load_games("awonga/othello-gpt", games=31)
    hub.to_parquet(tmp_path / "test-0.parquet")
    assert_same(data.load_games(tmp_path, split="test"), ours)
    with pytest.raises(game.GamesError, match="no split 'train': choose from test"):
        data.load_games(tmp_path)


@pytest.mark.parametrize("name", data.COLUMNS)
def test_a_missing_column_is_named(tmp_path, name):
    data.sample_games(3).remove_columns(name).to_parquet(tmp_path / "part.parquet")
    with pytest.raises(game.GamesError, match=f"part.parquet has no column {name!r}"):
        data.load_games(tmp_path)


def test_a_column_of_another_kind_is_refused(tmp_path):
    rows = plain(data.sample_games(3))
    rows["moves"] = [[game.square_name(s) for s in moves] for moves in rows["moves"]]
    datasets.Dataset.from_dict(rows).to_parquet(tmp_path / "part.parquet")
    with pytest.raises(game.GamesError, match=r"row 0: moves holds .* where"):
        data.load_games(tmp_path)

"""Proof of ``othello_gpt.data``: schema."""

import datasets
import numpy as np
import pytest

from othello_gpt import data, game
from othello_gpt.data import schema
from tests import oracle
from tests.game.common import assert_same


def test_columns_agree_with_the_oracle():
    rows = data.sample_games(12, seed=4, first=100)
    assert rows.column_names == ["moves", "boards", "legalities", "input_ids"]
    for row in rows:
        steps = oracle.replay(row["moves"], 6)
        assert row["boards"] == [after for *_, after in steps]
        legal = np.array(row["legalities"]).reshape(32, 36)
        assert [np.flatnonzero(x).tolist() for x in legal] == [can for _, can, *_ in steps]
        assert row["input_ids"] == game.token_of_square()[row["moves"]].tolist()
    assert (np.array(rows["moves"][:]) == game.sample_moves(12, 4, 100)).all()


def test_formats():
    rows = data.sample_games(5)
    for name in ("numpy", "torch"):
        batch = rows.with_format(name)[:4]
        shapes = {k: tuple(v.shape) for k, v in batch.items()}
        cube = (4, 32, 6, 6)
        assert shapes == dict(moves=(4, 32), boards=cube, legalities=cube, input_ids=(4, 32))
        assert "bool" in str(batch["legalities"].dtype)
        assert "int" in str(batch["boards"].dtype)
    assert rows.features == data.FEATURES


def test_chunks_dont_matter(monkeypatch):
    whole = data.sample_games(50, seed=2)
    monkeypatch.setattr(schema, "CHUNK", 7)
    assert_same(data.sample_games(50, seed=2), whole)


def test_load_games_samples():
    assert_same(data.load_games(7, seed=3), data.sample_games(7, seed=3))
    assert len(data.load_games()) == 10_000
    assert_same(data.load_games(games=7, seed=3), data.sample_games(7, seed=3))
    assert_same(data.load_games(20, games=7, seed=3), data.sample_games(7, seed=3))
    for asked in (dict(source=0), dict(games=0), dict(source=5, games=0), dict(games=-1)):
        with pytest.raises(game.GamesError, match=r"(0|-1) games were asked for; ask for one"):
            data.load_games(**asked)
    with pytest.raises(game.GamesError, match="6 games were asked for, but the sample has 5"):
        data.load_games(5, games=6)


def test_a_folder_is_joined_to_the_original_data(tmp_path, monkeypatch):
    """The original's types are inferred from lists of arrays: lists of lists of lists."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    data.write_games(tmp_path / "games", 30, seed=3, test_games=10)
    ours = datasets.load_dataset(str(tmp_path / "games"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(part) for name, part in ours.items()} == {"train": 30, "test": 10}
    rows = ours["test"][:]
    rows["boards"] = [[np.array(board) for board in game] for game in rows["boards"]]
    rows["legalities"] = [[np.array(can, bool) for can in game] for game in rows["legalities"]]
    theirs = datasets.Dataset.from_dict(rows | {"squares": [["A1"] * 32] * 10})
    said = (tmp_path / "games" / "README.md").read_text()
    assert "`ours.cast(theirs.select_columns(ours.column_names).features)`" in said
    theirs = theirs.select_columns(ours["train"].column_names)
    joined = datasets.concatenate_datasets([theirs, ours["train"].cast(theirs.features)])
    assert len(joined) == 40
    assert joined[0]["boards"] == ours["test"][0]["boards"]
    assert joined[10]["boards"] == ours["train"][0]["boards"]
    joined.save_to_disk(tmp_path / "joined")
    assert data.load_games(tmp_path / "joined")["moves"][:10] == ours["test"]["moves"][:]

"""Proof of ``othello_gpt.data``: writing."""

import subprocess
import sys
import time

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from othello_gpt import data, game
from othello_gpt.data import writing
from tests.game.common import assert_same


def contents(folder):
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != ".lock")
    return {p.name: p.read_bytes() for p in files}


def test_written_games_are_read(folder):
    names = ["README.md", "train-00000.parquet", "train-00001.parquet", "train-00002.parquet"]
    assert sorted(contents(folder)) == names
    expected = data.sample_games(50, seed=6)
    assert_same(data.load_games(folder), expected)
    assert_same(data.load_games(str(folder)), expected)
    assert_same(datasets.load_dataset(str(folder), split="train"), expected)
    assert_same(data.load_games(folder, games=30), data.sample_games(30, seed=6))
    for asked, why in ((51, "51 games were asked for, but .*games has 50"), (0, "ask for one")):
        with pytest.raises(game.GamesError, match=why):
            data.load_games(folder, games=asked)


def test_a_test_split_and_a_player_are_kept_apart(tmp_path):
    out = data.write_games(tmp_path, 6, seed=5, shard=4, test_games=5, player="greedy")
    assert len(contents(out)) == 5
    parts = datasets.load_dataset(str(out))
    assert (parts["train"].num_rows, parts["test"].num_rows) == (6, 5)
    expected = game.play_games("greedy", 5, seed=5, first=writing.TEST_FIRST)
    assert data.load_games(out, split="test")["moves"][:] == expected.tolist()
    assert data.write_games(out, 6, seed=5, shard=4, test_games=5, player="greedy") == out
    for other in (None, "mobility"):
        with pytest.raises(game.GamesError, match="of seed 5 by 'greedy', which is no part"):
            data.write_games(out, 6, seed=5, shard=4, test_games=5, player=other)
    with pytest.raises(game.GamesError, match="-1 test games were asked for"):
        data.write_games(out, 6, test_games=-1)


def test_what_is_noted_of_columns_is_known_to_older_versions(folder):
    # Version 3 of datasets calls a list Sequence; later ones read both names.
    noted = pq.read_schema(folder / "data" / "train-00000.parquet").metadata[b"huggingface"]
    assert b'"Sequence"' in noted
    assert b'"List"' not in noted


def test_number_of_threads_doesnt_matter(folder, tmp_path):
    other = data.write_games(tmp_path / "other", 50, seed=6, shard=20, threads=1)
    assert contents(other) == contents(folder)


def test_a_second_run_writes_nothing_and_a_longer_one_adds(folder, tmp_path):
    before = {p: p.stat().st_mtime_ns for p in folder.glob("data/*")}
    data.write_games(folder, 50, seed=6, shard=20)
    assert {p: p.stat().st_mtime_ns for p in folder.glob("data/*")} == before
    data.write_games(folder, 90, seed=6, shard=20)
    assert contents(folder) == contents(data.write_games(tmp_path / "all", 90, 6, shard=20))
    assert sum(p.stat().st_mtime_ns == before.get(p) for p in folder.glob("data/*")) == 2


def test_a_failed_run_is_resumed(folder, tmp_path, monkeypatch):
    other, write_table = tmp_path / "other", pq.ParquetWriter.write_table

    def fail_in_the_second_file(self, table, *args, **kwargs):
        if (other / "data" / "train-00000.parquet").exists():
            raise OSError("disk full")
        write_table(self, table, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetWriter, "write_table", fail_in_the_second_file)
        with pytest.raises(OSError, match="disk full"):
            data.write_games(other, 50, seed=6, shard=20, threads=1)
    assert [p.name for p in other.rglob("*.parquet")] == ["train-00000.parquet"]
    data.write_games(other, 50, seed=6, shard=20)
    assert contents(other) == contents(folder)


def test_two_writers_of_a_folder_are_one_too_many(folder):
    before = contents(folder)
    with (
        data.only_writer(folder),
        pytest.raises(BlockingIOError, match=r"games is being written to by another process"),
    ):
        data.write_games(folder, 90, seed=6, shard=20)
    assert contents(folder) == before


def test_a_killed_run_is_resumed(tmp_path):
    out = tmp_path / "killed"
    call = f"from othello_gpt.data import write_games; write_games({str(out)!r}, 6_000, 8, 1, 100)"
    run = subprocess.Popen([sys.executable, "-c", call], stderr=subprocess.DEVNULL)
    while len(done := [*out.glob("data/*.parquet")]) < 3:
        assert run.poll() is None, "the run ended before it was killed"
        time.sleep(0.01)
    run.kill()
    run.wait()
    kept = {p: p.stat().st_mtime_ns for p in done}
    assert not (out / "README.md").exists()
    data.write_games(out, 6_000, 8, shard=100)
    assert {p: p.stat().st_mtime_ns for p in done} == kept
    assert not [*out.rglob("*.unfinished")]
    moves = data.load_games(out).with_format("numpy")["moves"][:]
    assert (moves == game.sample_moves(6_000, 8)).all()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (dict(seed=7), r"train-00000\.parquet holds games 0\.\. of seed 6"),
        (dict(games=30), r"already holds more than the 30 games|train-00002\.parquet holds games"),
        (dict(shard=25), "choose another folder"),
        (dict(games=0), "0 games in files of 20 were asked for"),
    ],
)
def test_another_folder_is_wanted(folder, change, why):
    before = contents(folder)
    with pytest.raises(game.GamesError, match=why):
        data.write_games(folder, **{"games": 50, "seed": 6, "shard": 20, **change})
    assert contents(folder) == before


def test_foreign_files_are_not_overwritten(tmp_path):
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "data" / "train-00000.parquet")
    with pytest.raises(game.GamesError, match="holds other data"):
        data.write_games(tmp_path, 10)


def test_an_incomplete_folder_is_refused(folder):
    (folder / "data" / "train-00002.parquet").unlink()
    with pytest.raises(game.GamesError, match=r"should hold 50 games but holds 40: run .* again"):
        data.load_games(folder)
    data.write_games(folder, 50, seed=6, shard=20)
    assert len(data.load_games(folder)) == 50


@pytest.mark.parametrize("keep", [0, 100, 0.5, -1])
def test_a_truncated_file_is_named(folder, keep):
    path = folder / "data" / "train-00001.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(
        game.GamesError, match=r"train-00001\.parquet.* delete it and write it anew"
    ):
        data.load_games(folder)
    with pytest.raises(game.GamesError, match=r"train-00001\.parquet is damaged"):
        data.write_games(folder, 50, seed=6, shard=20)
    path.unlink()
    data.write_games(folder, 50, seed=6, shard=20)
    assert_same(data.load_games(folder), data.sample_games(50, seed=6))


def test_a_flipped_byte_is_found(folder):
    path = folder / "data" / "train-00001.parquet"
    whole = bytearray(path.read_bytes())
    pages = pq.ParquetFile(path).metadata.row_group(0)
    for column in range(pages.num_columns):
        spoiled = bytearray(whole)
        part = pages.column(column)
        spoiled[part.data_page_offset + part.total_compressed_size // 2] ^= 1
        path.write_bytes(spoiled)
        with pytest.raises(game.GamesError, match=r"train-00001\.parquet"):
            data.load_games(folder)

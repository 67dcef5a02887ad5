"""Writing games to a folder, shard by shard, resumable."""

import json
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import pyarrow.parquet as pq
from huggingface_hub import DatasetCardData
from tqdm import tqdm

from ..game import GamesError
from .locking import only_writer
from .schema import FEATURES, RECORD, read_record, tables

_SHARD = 50_000


def write_games(
    out: str | os.PathLike,
    games: int = 1_000_000,
    seed: int = 0,
    threads: int | None = None,
    shard: int = _SHARD,
) -> Path:
    """Write games ``0 .. games - 1`` of a seed to the folder ``out`` and return its path.

    The folder is a data set that ``load_games(out)`` and ``datasets.load_dataset(out)`` read:
    parquet files of ``shard`` games each, written by ``threads`` threads (one per processor unless
    told), and a README.md. A file appears only when it is complete, so a run that was interrupted
    is taken up where it was left by the same call; asking for more games later adds to the folder.

    Raises ``GamesError`` if the folder holds something else: games of another seed, more games than
    asked for, or a damaged file; also for fewer than one game, in all or a file. Raises
    ``BlockingIOError`` if another process is writing to it.
    """
    out, games = Path(out), int(games)
    if games < 1 or shard < 1:
        raise GamesError(
            f"{games} games in files of {shard} were asked for; both must be 1 or more"
        )
    (out / "data").mkdir(parents=True, exist_ok=True)
    with only_writer(out):
        todo = _shards_to_write(out, games, seed, shard)
        _write_shards(todo, games, seed, threads)
        _write_readme(out, games, seed)
    return out


def _write_shards(todo: list[tuple[Path, int, int]], games: int, seed: int, threads: int | None):
    missing = sum(count for _, _, count in todo)
    with (
        tqdm(total=games, initial=games - missing, unit=" games", unit_scale=True) as bar,
        ThreadPoolExecutor(threads or os.cpu_count()) as pool,
    ):
        jobs = [pool.submit(_write_shard, *job, seed, bar) for job in todo]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            # Files that are under way are finished, the others are left for the next call.
            pool.shutdown(cancel_futures=True)
            raise


def _shards_to_write(out: Path, games: int, seed: int, shard: int) -> list[tuple[Path, int, int]]:
    wanted = {}
    for first in range(0, games, shard):
        path = out / "data" / f"train-{first // shard:05d}.parquet"
        wanted[path] = {"seed": seed, "first": first, "games": min(shard, games - first)}
    for path in sorted(out.glob("**/*.parquet")):
        record = read_record(path)
        asked = wanted.get(path)
        if asked is None or record is None or {**record, "games": 0} != {**asked, "games": 0}:
            held = f"games {record['first']}.. of seed {record['seed']}" if record else "other data"
            raise GamesError(
                f"{path} holds {held}, which is no part of the {games} games of seed {seed} in"
                f" files of {shard} that were asked for: choose another folder"
            )
        if record["games"] == asked["games"]:
            del wanted[path]
        elif record["games"] > asked["games"]:
            raise GamesError(
                f"{path} already holds more than the {games} games that were asked for: choose"
                " another folder"
            )
    return [(path, asked["first"], asked["games"]) for path, asked in wanted.items()]


def _write_shard(path: Path, first: int, games: int, seed: int, bar: tqdm) -> None:
    record = json.dumps({"seed": seed, "first": first, "games": games}).encode()
    schema = FEATURES.arrow_schema
    schema = schema.with_metadata({**schema.metadata, RECORD: record})
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(
        unfinished, schema, compression="zstd", write_page_checksum=True
    ) as writer:
        for table in tables(games, seed, first):
            writer.write_table(table)
            with tqdm.get_lock():
                bar.update(len(table))
    os.replace(unfinished, path)


_README = """\
# {games:,} games of 6x6 Othello

Uniformly random play, conditioned on never needing a pass: games 0 to {last:,} of seed {seed},
written by `othello-gpt games --games {games} --seed {seed}`.

| column | what |
|---|---|
| `moves` | the 32 squares played, row by row from A1 = 0 to F6 = 35 |
| `boards` | 32x6x6, the board after each move: 1 the first player, -1 the second, 0 empty |
| `legalities` | 32x6x6, the legal squares before each move |
| `input_ids` | the moves as tokens: 1 to 32 for the squares that start empty, ascending |

`datasets.load_dataset` reads this folder; `othello_gpt.data.load_games` also checks every game.
"""


def _write_readme(out: Path, games: int, seed: int) -> None:
    size = sum(path.stat().st_size for path in out.glob("data/*.parquet"))
    card = DatasetCardData(
        license="mit",
        pretty_name="Random games of 6x6 Othello without passes",
        configs=[
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
            }
        ],
        dataset_info={
            "splits": [{"name": "train", "num_examples": games, "num_bytes": size}],
            "download_size": size,
            "dataset_size": size,
        },
    )
    text = _README.format(games=games, last=games - 1, seed=seed)
    unfinished = out / "README.unfinished"
    unfinished.write_text(f"---\n{card.to_yaml()}\n---\n\n{text}", encoding="utf-8")
    os.replace(unfinished, out / "README.md")

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
TEST_FIRST = 2**40  # of the same seed, further than any training set will get


def write_games(
    out: str | os.PathLike,
    games: int = 1_000_000,
    seed: int = 0,
    threads: int | None = None,
    shard: int = _SHARD,
    test_games: int = 0,
    player: str | None = None,
) -> Path:
    """Write games ``0 .. games - 1`` of a seed to the folder ``out`` and return its path.

    The folder is a data set that ``load_games(out)`` and ``datasets.load_dataset(out)`` read, in
    versions 3 to 5 of ``datasets``: parquet files of ``shard`` games each, written by ``threads``
    threads (one per processor unless told), and a README.md. With ``test_games`` it has a split
    ``test`` as well, games of the same seed from ``TEST_FIRST`` on. Moves are uniformly random, or
    those of a ``player`` of ``game.PLAYERS``. A file appears only when it is complete, so a run
    that was interrupted is taken up where it was left by the same call; asking for more games later
    adds to the folder.

    Raises ``GamesError`` if the folder holds something else: games of another seed, more games than
    asked for, or a damaged file; also for fewer than one game, in all or a file. Raises
    ``BlockingIOError`` if another process is writing to it.
    """
    out, games = Path(out), int(games)
    if test_games < 0:
        raise GamesError(f"{test_games} test games were asked for; ask for none or more")
    if games < 1 or shard < 1:
        raise GamesError(
            f"{games} games in files of {shard} were asked for; both must be 1 or more"
        )
    (out / "data").mkdir(parents=True, exist_ok=True)
    with only_writer(out):
        wanted = _shards(out, {"train": (0, games), "test": (TEST_FIRST, test_games)}, shard)
        todo = _shards_to_write(
            out, wanted, {"seed": seed} | ({"player": player} if player else {})
        )
        _write_shards(todo, games + test_games, threads)
        _write_readme(out, games, test_games, seed, player)
    return out


def _write_shards(todo: dict[Path, dict], games: int, threads: int | None) -> None:
    missing = sum(asked["games"] for asked in todo.values())
    with (
        tqdm(total=games, initial=games - missing, unit=" games", unit_scale=True) as bar,
        ThreadPoolExecutor(threads or os.cpu_count()) as pool,
    ):
        jobs = [pool.submit(_write_shard, path, asked, bar) for path, asked in todo.items()]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            # Files that are under way are finished, the others are left for the next call.
            pool.shutdown(cancel_futures=True)
            raise


def _shards(out: Path, parts: dict[str, tuple[int, int]], shard: int) -> dict[Path, dict]:
    """Return which games each file is to hold, for splits given as (first game, games)."""
    return {
        out / "data" / f"{split}-{start // shard:05d}.parquet": {
            "first": first + start,
            "games": min(shard, games - start),
        }
        for split, (first, games) in parts.items()
        for start in range(0, games, shard)
    }


def _shards_to_write(out: Path, wanted: dict[Path, dict], source: dict) -> dict[Path, dict]:
    """Return the files that are missing or too short, each with what it is to hold and note."""
    todo = {path: source | asked for path, asked in wanted.items()}
    games = sum(asked["games"] for asked in wanted.values())
    for path in sorted(out.glob("**/*.parquet")):
        record = read_record(path)
        asked = todo.get(path)
        if asked is None or record is None or {**record, "games": 0} != {**asked, "games": 0}:
            held = "other data"
            if record:
                by = f" by {record['player']!r}" if "player" in record else ""
                held = f"games {record['first']}.. of seed {record['seed']}{by}"
            raise GamesError(
                f"{path} holds {held}, which is no part of the {games} games of"
                f" {', '.join(f'{name} {value}' for name, value in source.items())} that were asked"
                " for in files of this length: choose another folder"
            )
        if record["games"] == asked["games"]:
            del todo[path]
        elif record["games"] > asked["games"]:
            raise GamesError(
                f"{path} already holds more than the {games} games that were asked for: choose"
                " another folder"
            )
    return todo


def _write_shard(path: Path, asked: dict, bar: tqdm) -> None:
    schema = FEATURES.arrow_schema
    # Before version 4 of datasets a list had another name in what it notes of columns.
    noted = {key: text.replace(b'"List"', b'"Sequence"') for key, text in schema.metadata.items()}
    schema = schema.with_metadata({**noted, RECORD: json.dumps(asked).encode()})
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(
        unfinished, schema, compression="zstd", write_page_checksum=True
    ) as writer:
        for table in tables(asked["games"], asked["seed"], asked["first"], asked.get("player")):
            writer.write_table(table)
            with tqdm.get_lock():
                bar.update(len(table))
    os.replace(unfinished, path)


_README = """\
# {games:,} games of 6x6 Othello

{play}, conditioned on never needing a pass: games 0 to {last:,} of seed {seed},
written by `{command}`.{test}

| column | what |
|---|---|
| `moves` | the 32 squares played, row by row from A1 = 0 to F6 = 35 |
| `boards` | 32x6x6, the board after each move: 1 the first player, -1 the second, 0 empty |
| `legalities` | 32x6x6, the legal squares before each move |
| `input_ids` | the moves as tokens: 1 to 32 for the squares that start empty, ascending |

`datasets.load_dataset` reads this folder; `othello_gpt.data.load_games` also checks every game.
Boards are arrays of a fixed shape. Where they are lists of lists, as in `awonga/othello-gpt`, make
these the same before joining the two:
`ours.cast(theirs.select_columns(ours.column_names).features)`.
"""


def _write_readme(out: Path, games: int, test_games: int, seed: int, player: str | None) -> None:
    splits = {"train": games} | ({"test": test_games} if test_games else {})
    sizes = {
        split: sum(path.stat().st_size for path in out.glob(f"data/{split}-*")) for split in splits
    }
    files = [{"split": split, "path": f"data/{split}-*.parquet"} for split in splits]
    card = DatasetCardData(
        license="mit",
        pretty_name=f"{'Games' if player else 'Random games'} of 6x6 Othello without passes",
        configs=[{"config_name": "default", "data_files": files}],
        dataset_info={
            "splits": [
                {"name": split, "num_examples": count, "num_bytes": sizes[split]}
                for split, count in splits.items()
            ],
            "download_size": sum(sizes.values()),
            "dataset_size": sum(sizes.values()),
        },
    )
    options = f" --test-games {test_games}" + (f" --player {player}" if player else "")
    text = _README.format(
        games=games,
        last=games - 1,
        seed=seed,
        play=f"Play by `{player}`" if player else "Uniformly random play",
        command=f"othello-gpt games --games {games} --seed {seed}{options}",
        test=f" The split `test` has {test_games:,} more." if test_games else "",
    )
    unfinished = out / "README.unfinished"
    unfinished.write_text(f"---\n{card.to_yaml()}\n---\n\n{text}", encoding="utf-8")
    os.replace(unfinished, out / "README.md")

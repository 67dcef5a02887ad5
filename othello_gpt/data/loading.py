"""Reading games from a folder, a file or the Hub."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import datasets
import numpy as np
import pyarrow as pa
from huggingface_hub import HfApi, is_offline_mode

from ..game import CHUNK, GamesError
from .checking import check_batch, check_file
from .schema import COLUMNS, FEATURES, REWRITE, first_line, sample_games


def load_games(
    source: int | str | os.PathLike | None = None,
    games: int | None = None,
    seed: int = 0,
    split: str = "train",
) -> datasets.Dataset:
    """Return a data set of games with the columns of ``sample_games``, every one of them checked.

    ``source`` is a number of games to sample on the spot, a folder such as ``write_games`` leaves,
    or the name of a data set on the Hugging Face Hub, ``user/repo``; ``split`` names a part of the
    last two. ``games`` takes the first so many of any of them. Without a source so many are
    sampled, 10,000 unless told.

    Raises ``GamesError`` if the source can't be read or has fewer games than asked for, or names
    the first row that is no complete and consistent game without passes. Nothing is ever replaced
    by something else.
    """
    if games is not None and games < 1:
        raise GamesError(f"{games} games were asked for; ask for one or more")
    if source is None:
        return sample_games(10_000 if games is None else games, seed)
    if isinstance(source, int | np.integer):
        return sample_games(_asked_for(games, int(source), "the sample"), seed)
    if Path(source).is_dir():
        return load_folder(Path(source), games, split)
    if isinstance(source, str) and source.count("/") == 1 and all(source.split("/")):
        return _load_hub(source, games, split)
    raise GamesError(
        f"{str(source)!r} is neither a folder nor a name on the Hub (user/repo): correct it, write"
        " the folder with `othello-gpt games`, or sample with load_games()"
    )


def load_folder(folder: Path, games: int | None, split: str) -> datasets.Dataset:
    """Return the first so many games of a folder, all of which are checked.

    Raises ``GamesError`` as ``load_games`` does.
    """
    if not any(folder.glob("**/*.parquet")):
        raise GamesError(f"{folder} has no parquet files: write some with `othello-gpt games`")
    try:
        builder = datasets.load_dataset_builder(str(folder))
        files = builder.config.data_files or {}
    except Exception as error:
        raise GamesError(f"{folder} can't be read ({first_line(error)}): {REWRITE}") from error
    if not files.get(split):
        parts = ", ".join(map(str, files))
        raise GamesError(f"{folder} has no split {split!r}: choose from {parts}")
    rows = sum(check_file(Path(file)) for file in files[split])
    info = (builder.info.splits or {}).get(split)
    if info and info.num_examples not in (None, rows):
        raise GamesError(
            f"{folder} should hold {info.num_examples} games but holds {rows}: run the `othello-gpt"
            " games` that wrote it again to complete it"
        )
    games = _asked_for(games, rows, folder)
    builder.download_and_prepare()
    # The stub also speaks of what there would be for several splits.
    return _as_ours(cast("datasets.Dataset", builder.as_dataset(f"{split}[:{games}]")))


def _load_hub(name: str, games: int | None, split: str) -> datasets.Dataset:
    try:
        if not is_offline_mode():
            # Says at once what load_dataset says after half a minute of trying again.
            HfApi().dataset_info(name)
        rows = datasets.load_dataset(name, split=split)
    except Exception as error:
        raise GamesError(
            f"{name!r} is no folder here and can't be had from the Hugging Face Hub"
            f" ({first_line(error)}): check the name and the connection, or sample games with"
            " load_games()"
        ) from error
    rows = rows.take(_asked_for(games, len(rows), repr(name)))
    way_out = "tell its owner, or sample games with load_games()"
    for start, batch in _batches(rows):
        check_batch(batch, start, repr(name), way_out)
    return _as_ours(rows)


def _asked_for(games: int | None, there: int, where) -> int:
    """Return how many games to take of those that are there: all of them unless told."""
    if games is not None and games > there:
        raise GamesError(f"{games} games were asked for, but {where} has {there}: ask for no more")
    return there if games is None else games


def _batches(rows: datasets.Dataset) -> Iterator[tuple[int, pa.Table]]:
    kept = rows.select_columns([c for c in COLUMNS if c in rows.column_names])
    for i, batch in enumerate(kept.with_format("arrow").iter(CHUNK)):
        yield i * CHUNK, batch


def _as_ours(rows: datasets.Dataset) -> datasets.Dataset:
    rows = rows.select_columns(list(COLUMNS))
    return rows if rows.features == FEATURES else rows.cast(FEATURES)

"""Reading games from a folder, a file or the Hub."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import datasets
import numpy as np
import pyarrow as pa
from datasets import config
from huggingface_hub import HfApi, is_offline_mode

from ..game import CHUNK, GamesError
from .checking import LeftOut, check_batch, check_file, without_padding
from .schema import COLUMNS, FEATURES, REWRITE, first_line, rows_of, sample_games
from .transcripts import SUFFIXES, read_transcripts


class GamesLeftOut(UserWarning):
    """Bad games were left out, as ``skip_bad`` asks; the message counts and names them."""


def load_games(
    source: int | str | os.PathLike | None = None,
    games: int | None = None,
    seed: int = 0,
    split: str = "train",
    skip_bad: bool = False,
    revision: str | None = None,
) -> datasets.Dataset:
    """Return a data set of games with the columns of ``sample_games``, every one of them replayed.

    ``source`` is one of

    - a number of games to sample on the spot;
    - a folder such as ``write_games`` or ``Dataset.save_to_disk`` leaves;
    - a file of transcripts, 6x6 or 8x8: moves one game a line, PGN, WTHOR (``read_transcripts``);
    - the name of a data set on the Hugging Face Hub, ``user/repo``, of which ``revision`` pins a
      commit; one that was read before is read again without the Hub.

    ``split`` names a part of a folder or a data set on the Hub. ``games`` takes the first so many
    of any of them. Without a source so many are sampled, 10,000 unless told. ``input_ids`` may
    count from 1, with 0 for padding, or from 0; what is returned counts from 1.

    Raises ``GamesError`` if the source can't be read or has fewer games than asked for, or names
    the first row that is no consistent game (from folders and the Hub: no whole game without
    passes). With ``skip_bad`` such rows are left out, and a ``GamesLeftOut`` warning counts them.
    Nothing is ever replaced by something else.
    """
    if games is not None and games < 1:
        raise GamesError(f"{games} games were asked for; ask for one or more")
    if source is None:
        return sample_games(10_000 if games is None else games, seed)
    if isinstance(source, int | np.integer):
        return sample_games(_asked_for(games, int(source), "the sample"), seed)
    if Path(source).is_dir():
        return load_folder(Path(source), games, split, skip_bad)
    if Path(source).suffix in SUFFIXES:
        return _load_transcripts(Path(source), games, skip_bad)
    if isinstance(source, str) and source.count("/") == 1 and all(source.split("/")):
        return _load_hub(source, games, split, skip_bad, revision)
    raise GamesError(
        f"{str(source)!r} is neither a folder, a file of games ({', '.join(SUFFIXES)}) nor a name"
        " on the Hub (user/repo): correct it, write the folder with `othello-gpt games`, or sample"
        " with load_games()"
    )


def load_folder(
    folder: Path, games: int | None, split: str, skip_bad: bool = False
) -> datasets.Dataset:
    """Return the first so many games of a folder, all of which are checked.

    Raises ``GamesError`` as ``load_games`` does.
    """
    if (folder / "state.json").exists() or (folder / "dataset_dict.json").exists():
        return _load_saved(folder, games, split, skip_bad)
    if not any(folder.glob("**/*.parquet")):
        raise GamesError(f"{folder} has no parquet files: write some with `othello-gpt games`")
    try:
        builder = datasets.load_dataset_builder(str(folder))
        files = builder.config.data_files or {}
    except Exception as error:
        raise GamesError(f"{folder} can't be read ({first_line(error)}): {REWRITE}") from error
    if not files.get(split):
        raise _no_split(folder, split, files)
    left_out: LeftOut = {}
    rows = 0
    for file in files[split]:
        here: LeftOut = {}
        count = check_file(Path(file), here if skip_bad else None)
        left_out |= {rows + row: why for row, why in here.items()}
        rows += count
    info = (builder.info.splits or {}).get(split)
    if info and info.num_examples not in (None, rows):
        raise GamesError(
            f"{folder} should hold {info.num_examples} games but holds {rows}: run the `othello-gpt"
            " games` that wrote it again to complete it"
        )
    builder.download_and_prepare()
    # The stub also speaks of what there would be for several splits.
    rows_read = cast("datasets.Dataset", builder.as_dataset(split))
    return _as_ours(rows_read, left_out, games, str(folder))


def _load_saved(folder: Path, games: int | None, split: str, skip_bad: bool) -> datasets.Dataset:
    """Return games of a folder that ``Dataset.save_to_disk`` or ``DatasetDict``'s wrote."""
    try:
        saved = datasets.load_from_disk(str(folder))
    except Exception as error:
        raise GamesError(f"{folder} can't be read ({first_line(error)}): save it anew") from error
    if isinstance(saved, datasets.DatasetDict):
        if split not in saved:
            raise _no_split(folder, split, saved)
        saved = saved[split]
    return _checked(saved, games, skip_bad, str(folder), "correct it and save it anew")


def _load_transcripts(file: Path, games: int | None, skip_bad: bool) -> datasets.Dataset:
    found = read_transcripts(file, skip_bad=skip_bad)
    if found.left_out:
        _warn_of(list(found.left_out), str(file))
    return rows_of(found.games[: _asked_for(games, len(found.games), file)])


def _load_hub(
    name: str, games: int | None, split: str, skip_bad: bool, revision: str | None
) -> datasets.Dataset:
    try:
        if not is_offline_mode():
            # Says at once what load_dataset says after half a minute of trying again.
            HfApi().dataset_info(name, revision=revision)
        rows = datasets.load_dataset(name, split=split, revision=revision)
    except Exception as error:
        rows = _cached(name, split, revision)
        if rows is None:
            raise GamesError(
                f"{name!r} is no folder here and can't be had from the Hugging Face Hub"
                f" ({first_line(error)}): check the name and the connection, or sample games with"
                " load_games()"
            ) from error
    way_out = "tell its owner, or sample games with load_games()"
    return _checked(rows, games, skip_bad, repr(name), way_out)


def _cached(name: str, split: str, revision: str | None) -> datasets.Dataset | None:
    """Return a data set of the Hub as it was read before, None if it wasn't."""
    online = config.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = True
    try:
        return datasets.load_dataset(name, split=split, revision=revision)
    except Exception:
        return None
    finally:
        config.HF_HUB_OFFLINE = online


def _checked(
    rows: datasets.Dataset, games: int | None, skip_bad: bool, where: str, way_out: str
) -> datasets.Dataset:
    if not skip_bad:
        rows = rows.take(_asked_for(games, len(rows), where))
    left_out: LeftOut | None = {} if skip_bad else None
    for start, batch in _batches(rows):
        check_batch(batch, start, where, way_out, left_out)
    return _as_ours(rows, left_out or {}, games, where)


def _no_split(folder: Path, split: str, parts) -> GamesError:
    return GamesError(f"{folder} has no split {split!r}: choose from {', '.join(map(str, parts))}")


def _warn_of(bad: list[str], where: str) -> None:
    more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
    warnings.warn(
        f"{where}: {len(bad)} games are left out: {'; '.join(bad[:5])}{more}",
        GamesLeftOut,
        stacklevel=4,
    )


def _asked_for(games: int | None, there: int, where) -> int:
    """Return how many games to take of those that are there: all of them unless told."""
    if games is not None and games > there:
        raise GamesError(f"{games} games were asked for, but {where} has {there}: ask for no more")
    return there if games is None else games


def _batches(rows: datasets.Dataset) -> Iterator[tuple[int, pa.Table]]:
    kept = rows.select_columns([c for c in COLUMNS if c in rows.column_names])
    for i, batch in enumerate(kept.with_format("arrow").iter(CHUNK)):
        yield i * CHUNK, batch


def _as_ours(
    rows: datasets.Dataset, left_out: LeftOut, games: int | None, where: str
) -> datasets.Dataset:
    """Return checked rows without those left out, as many as asked for, with our features."""
    if left_out:
        _warn_of([f"row {row}: {why}" for row, why in left_out.items()], where)
        rows = rows.select([row for row in range(len(rows)) if row not in left_out])
    rows = rows.take(_asked_for(games, len(rows), where)).select_columns(list(COLUMNS))
    first = rows[:1]
    if without_padding(np.array(first["input_ids"]), np.array(first["moves"])):
        up = {"input_columns": "input_ids", "batched": True, "batch_size": CHUNK}
        rows = rows.map(lambda ids: {"input_ids": (np.array(ids) + 1).tolist()}, **up)
    return rows if rows.features == FEATURES else rows.cast(FEATURES)

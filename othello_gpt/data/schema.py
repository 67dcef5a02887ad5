"""Games as rows: the columns of the data set and how they are filled."""

import json
from collections.abc import Iterator
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Int32, Shaped

from .. import game
from ..game import CHUNK, PLIES, Games, GamesError, sample_replay, token_of_square
from ..types import Boards, Squares

COLUMNS = ("moves", "boards", "legalities", "input_ids")
FEATURES = datasets.Features(
    moves=datasets.List(datasets.Value("int64"), length=PLIES),
    boards=datasets.Array3D((PLIES, 6, 6), "int8"),
    legalities=datasets.Array3D((PLIES, 6, 6), "bool"),
    input_ids=datasets.List(datasets.Value("int64"), length=PLIES),
)
RECORD = b"othello_gpt"


def sample_games(games: int, seed: int = 0, first: int = 0) -> datasets.Dataset:
    """Return games ``first .. first + games - 1`` of a seed as a data set in memory, 4 kB a game.

    Its columns are those of ``awonga/othello-gpt``: ``moves`` (32 squares), ``boards`` (32x6x6,
    after each move, +1 the first player, -1 the second, 0 empty), ``legalities`` (32x6x6, before
    each move) and ``input_ids`` (32 tokens). ``write_games`` is for more than memory holds.
    Raises ``GamesError`` for fewer than one game.

    >>> sample_games(2).column_names
    ['moves', 'boards', 'legalities', 'input_ids']
    """
    if games < 1:
        raise GamesError(f"{games} games were asked for; ask for one or more")
    return datasets.Dataset(pa.concat_tables(tables(games, seed, first)))


def tables(games: int, seed: int, first: int, player: str | None = None) -> Iterator[pa.Table]:
    """Yield games ``first .. first + games - 1`` of a seed as tables of ``CHUNK`` games each.

    They are uniformly random, or those of a ``player`` of ``game.PLAYERS``.
    """
    for start in range(0, games, CHUNK):
        which = (min(CHUNK, games - start), seed, first + start)
        if player is None:
            yield _table(sample_replay(*which))
        else:
            yield _table(game.replay(game.play_games(player, *which)))


def _table(replay: game.Replay) -> pa.Table:
    moves = replay.moves.astype(np.int64)
    columns = [
        pa.FixedSizeListArray.from_arrays(moves.reshape(-1), PLIES),
        _cube(replay.boards(), "int8"),
        _cube(replay.legalities(), "bool"),
        pa.FixedSizeListArray.from_arrays(token_of_square()[moves].reshape(-1), PLIES),
    ]
    return pa.Table.from_arrays(columns, schema=FEATURES.arrow_schema)


def rows_of(games: Games) -> datasets.Dataset:
    """Return any games as rows with the columns of ``sample_games``, each as long as its game.

    Whole games of 6x6 have exactly the features of ``sample_games``.
    """
    record, size = games.replay, games.size
    played = record.player != 0
    lengths = played.sum(1)
    if size == 6 and (lengths == PLIES).all():
        return datasets.Dataset(_table(record))
    moves = record.moves[played].astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    features = datasets.Features(
        moves=datasets.List(datasets.Value("int64")),
        boards=datasets.Array3D((None, size, size), "int8"),
        legalities=datasets.Array3D((None, size, size), "bool"),
        input_ids=datasets.List(datasets.Value("int64")),
    )
    columns = [
        pa.ListArray.from_arrays(ends, pa.array(moves)),
        _stacks(record.boards()[played], ends, "int8"),
        _stacks(record.legalities()[played], ends, "bool"),
        pa.ListArray.from_arrays(ends, pa.array(token_of_square(size)[moves])),
    ]
    table = pa.Table.from_arrays(columns, names=list(COLUMNS))
    return datasets.Dataset(table.cast(features.arrow_schema))


def _stacks(
    cells: Shaped[np.ndarray, "plies size size"], ends: Int32[np.ndarray, " ends"], dtype: str
) -> pa.ExtensionArray:
    """Return the squares of all games' plies as one stack of boards for each game."""
    size = cells.shape[1]
    nested = pa.array(cells.reshape(-1))
    for _ in range(2):
        nested = pa.ListArray.from_arrays(
            np.arange(0, len(nested) + 1, size, dtype=np.int32), nested
        )
    kind = datasets.features.features.Array3DExtensionType((None, size, size), dtype)
    return pa.ExtensionArray.from_storage(kind, pa.ListArray.from_arrays(ends, nested))


def _cube(cells: Boards | Squares, dtype: str) -> pa.ExtensionArray:
    # What datasets builds from such an array, some fifty times faster.
    nested = pa.array(cells.reshape(-1))
    for length in cells.shape[:0:-1]:
        offsets = np.arange(0, len(nested) + 1, length, dtype=np.int32)
        nested = pa.ListArray.from_arrays(offsets, nested)
    kind = datasets.features.features.Array3DExtensionType(cells.shape[1:], dtype)
    return pa.ExtensionArray.from_storage(kind, nested)


def read_record(path: Path) -> dict | None:
    """Return what ``write_games`` noted in a file, or None if that is not where it comes from."""
    with open_parquet(path) as file:
        record = (file.metadata.metadata or {}).get(RECORD)
        return json.loads(record) if record else None


def open_parquet(path: Path) -> pq.ParquetFile:
    """Return an open file whose pages are checked as they are read.

    Raises ``GamesError`` if it is damaged.
    """
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> GamesError:
    """Return what to raise for a file that can't be read."""
    return GamesError(f"{path} is damaged ({first_line(error)}): {REWRITE}")


def first_line(error: Exception) -> str:
    """Return an error's message without its details, as a part of our own sentence."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


REWRITE = "delete it and write it anew with `othello-gpt games`, or sample games with load_games()"

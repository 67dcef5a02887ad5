"""Games as rows: the columns of the data set and how they are filled."""

import json
from collections.abc import Iterator
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .. import game
from ..game import CHUNK, PLIES, GamesError, sample_replay, token_of_square

COLUMNS = ("moves", "boards", "legalities", "input_ids")
FEATURES = datasets.Features(
    moves=datasets.List(datasets.Value("int64"), length=PLIES),
    boards=datasets.Array3D((PLIES, 6, 6), "int8"),
    legalities=datasets.Array3D((PLIES, 6, 6), "bool"),
    input_ids=datasets.List(datasets.Value("int64"), length=PLIES),
)
_RECORD = b"othello_gpt"


def sample_games(games: int, seed: int = 0, first: int = 0) -> datasets.Dataset:
    """Return games ``first .. first + games - 1`` of a seed as a data set in memory, 4 kB a game.

    Its columns are those of ``awonga/othello-gpt``: ``moves`` (32 squares), ``boards`` (32x6x6,
    after each move, +1 the first player, -1 the second, 0 empty), ``legalities`` (32x6x6, before
    each move) and ``input_ids`` (32 tokens). ``write_games`` is for more than memory holds.
    """
    if games < 1:
        raise GamesError(f"{games} games were asked for; ask for one or more")
    return datasets.Dataset(pa.concat_tables(_tables(games, seed, first)))


def _tables(games: int, seed: int, first: int) -> Iterator[pa.Table]:
    for start in range(0, games, CHUNK):
        yield _table(sample_replay(min(CHUNK, games - start), seed, first + start))


def _table(replay: game.Replay) -> pa.Table:
    moves = replay.moves.astype(np.int64)
    columns = [
        pa.FixedSizeListArray.from_arrays(moves.reshape(-1), PLIES),
        _cube(replay.boards(), "int8"),
        _cube(replay.legalities(), "bool"),
        pa.FixedSizeListArray.from_arrays(token_of_square()[moves].reshape(-1), PLIES),
    ]
    return pa.Table.from_arrays(columns, schema=FEATURES.arrow_schema)


def _cube(cells: np.ndarray, dtype: str) -> pa.ExtensionArray:
    # What datasets builds from such an array, some fifty times faster.
    nested = pa.array(cells.reshape(-1))
    for length in cells.shape[:0:-1]:
        offsets = np.arange(0, len(nested) + 1, length, dtype=np.int32)
        nested = pa.ListArray.from_arrays(offsets, nested)
    kind = datasets.features.features.Array3DExtensionType(cells.shape[1:], dtype)
    return pa.ExtensionArray.from_storage(kind, nested)


def _read_record(path: Path) -> dict | None:
    """Return what ``_write_shard`` noted in a file, or None if that is not where it comes from."""
    with _open_parquet(path) as file:
        record = (file.metadata.metadata or {}).get(_RECORD)
        return json.loads(record) if record else None


def _open_parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> GamesError:
    return GamesError(f"{path} is damaged ({_first_line(error)}): {_REWRITE}")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


_REWRITE = "delete it and write it anew with `othello-gpt games`, or sample games with load_games()"

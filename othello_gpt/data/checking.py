"""Refusing bad rows: every game that is read is replayed."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Integer, Shaped

from .. import game
from ..game import CHUNK, PLIES, GamesError, token_of_square
from .schema import COLUMNS, FEATURES, REWRITE, damaged, open_parquet

LeftOut = dict[int, str]
"""Rows that are left out, and what is wrong with each."""


class _BadRow(Exception):
    def __init__(self, row: int | np.integer, why: str):
        self.row, self.why = int(row), why


def check_file(path: Path, left_out: LeftOut | None = None) -> int:
    """Return the number of games in a parquet file, all of them checked.

    Bad rows are noted in ``left_out`` if there is one. Else raises ``GamesError`` naming the first
    row that is no complete, consistent game without passes.
    """
    row = 0
    with open_parquet(path) as file:
        columns = [c for c in COLUMNS if c in file.schema_arrow.names]
        try:
            for batch in file.iter_batches(CHUNK, columns=columns):
                check_batch(batch, row, str(path), REWRITE, left_out)
                row += len(batch)
        except (pa.ArrowException, OSError) as error:
            raise damaged(path, error) from error
    return row


def check_batch(
    batch: pa.RecordBatch | pa.Table,
    first_row: int,
    where: str,
    way_out: str,
    left_out: LeftOut | None = None,
) -> None:
    """Raise ``GamesError`` naming the first bad row of a batch, counted from ``first_row``.

    ``where`` the rows are from and the ``way_out`` become parts of the message. With ``left_out``
    all bad rows are noted there instead, each with what is wrong with it.
    """
    for name in COLUMNS:
        if name not in batch.schema.names:
            raise GamesError(f"{where} has no column {name!r}: {way_out}")
    try:
        _check_games(batch)
    except _BadRow as bad:
        if left_out is None:
            raise GamesError(f"{where}, row {first_row + bad.row}: {bad.why}; {way_out}") from None
        if len(batch) == 1:
            left_out[first_row] = bad.why
            return
        # Halves, until the bad rows stand alone: quick where they are rare.
        half = len(batch) // 2
        check_batch(batch.slice(0, half), first_row, where, way_out, left_out)
        check_batch(batch.slice(half), first_row + half, where, way_out, left_out)


def _check_games(batch: pa.RecordBatch | pa.Table) -> None:
    given = {
        "moves": _dense(batch, "moves", "iu", PLIES),
        "boards": _dense(batch, "boards", "iuf", PLIES, 6, 6),
        "legalities": _dense(batch, "legalities", "b", PLIES, 6, 6),
        "input_ids": _dense(batch, "input_ids", "iu", PLIES),
    }
    try:
        truth = game.replay(given["moves"])
    except game.IllegalMove as error:
        row = error.game or 0  # None is for a position by itself
        raise _BadRow(row, f"move {error.ply}: {error.why}") from None
    if (short := truth.player == 0).any():
        row, ply = np.argwhere(short)[0]
        raise _BadRow(row, f"the game ends after {ply} moves, and short games are left out")
    if (passed := truth.passed()).any():
        row, ply = np.argwhere(passed)[0]
        raise _BadRow(row, f"move {ply} comes after a pass, and games with passes are left out")
    expected = {
        "boards": truth.boards(),
        "legalities": truth.legalities(),
        "input_ids": token_of_square()[given["moves"]],
    }
    if without_padding(given["input_ids"], given["moves"]):
        expected["input_ids"] = expected["input_ids"] - 1
    for name, right in expected.items():
        if (wrong := given[name] != right).any():
            row, ply = np.argwhere(wrong)[0, :2]
            raise _BadRow(row, f"{name} is not what the moves give, first at move {ply}")


def without_padding(
    input_ids: Integer[np.ndarray, "games plies"], moves: Integer[np.ndarray, "games plies"]
) -> bool:
    """Return whether tokens count from 0, as in a vocabulary without a token for padding.

    The first token of the first game tells; that all agree with it is what is checked.
    """
    return len(moves) > 0 and bool(input_ids[0, 0] == token_of_square()[moves[0, 0]] - 1)


def _dense(
    batch: pa.RecordBatch | pa.Table, name: str, kinds: str, *shape: int
) -> Shaped[np.ndarray, "rows ..."]:
    """Return a column of nested lists as an array [rows, *shape]."""
    column = batch.column(name)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    per_row = 1
    for length in shape:
        kind = column.type
        if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or _is_fixed(kind)):
            raise _BadRow(0, f"{name} is not a list of shape {shape}")
        lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        if (wrong := lengths != length).any():
            bad = np.argmax(wrong)
            what = "items" if len(shape) > 1 else name
            raise _BadRow(bad // per_row, f"{name} has {lengths[bad]} {what} where {length} belong")
        column = column.flatten()
        per_row *= length
    if column.null_count:
        missing = column.is_null().to_numpy(zero_copy_only=False)
        raise _BadRow(np.argmax(missing) // per_row, f"{name} has an empty entry")
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype.kind not in kinds:
        raise _BadRow(0, f"{name} holds {values.dtype} where {FEATURES[name].feature} belongs")
    return values.reshape(len(batch), *shape)


def _is_fixed(kind: pa.DataType) -> bool:
    return pa.types.is_fixed_size_list(kind)

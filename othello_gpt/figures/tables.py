"""Tables that load when they are wanted."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .layout import checked_cells, last_value
from .style import SIGNED, Panel

TABLE_MIME = "application/vnd.othello-gpt.table+json"
_ROWS_A_FILE = 512


@dataclass(frozen=True)
class Table:
    """A table that a page searches and sorts, with a card of boards behind each row.

    A notebook shows the first rows as text. In the book, ``content`` becomes a file that the page
    loads when the table comes into view, and each of ``cards`` one that it loads when it is needed.
    """

    content: dict
    cards: list[str]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        bundle = {"content": self.content, "cards": self.cards}
        return {TABLE_MIME: bundle, "text/plain": str(self)}

    def __str__(self) -> str:
        columns = self.content["columns"]
        rows = [[column["name"] for column in columns]]
        rows += list(zip(*(column["values"][:5] for column in columns), strict=True))
        lines = ["  ".join("" if value is None else str(value) for value in row) for row in rows]
        return "\n".join([self.content["alt"], *lines, "..."])


def table(
    columns: Mapping[str, Sequence],
    *,
    formats: Mapping[str, str] | None = None,
    cards: Sequence[Panel] = (),
    sort: str = "",
    size: int = 6,
    alt: str,
) -> Table:
    """Return a table to search and sort, whose rows open a card of boards.

    ``columns``: name -> values [rows], numbers or words; NaN is shown as nothing and sorted last.
    ``formats``: of numbers, such as ".2f" or ".1%" (by default as they are). ``cards``: panels with
    ``values`` [rows, n, n], one for each board of a card, on the signed scale; they are kept to
    1/127 of their ``limit``. ``sort`` names the column that the rows are first sorted by, from the
    largest down. Raises ``ValueError`` for columns of several lengths or none, and for a name that
    is no column.
    """
    lengths = {name: len(values) for name, values in columns.items()}
    rows = next(iter(lengths.values()), 0)
    if not rows or set(lengths.values()) != {rows}:
        raise ValueError(f"columns: expected as many values in each, at least one, got {lengths}")
    for name in [sort] * bool(sort) + list(formats or {}):
        if name not in columns:
            raise ValueError(f"{name!r} is no column: the columns are {', '.join(columns)}")
    listed = []
    for name, values in columns.items():
        array = np.asarray(values)
        if array.dtype.kind in "iuf":
            digits = 6 if array.dtype.kind in "iu" else 4
            array = [None if np.isnan(v) else float(f"{v:.{digits}g}") for v in array.tolist()]
            array = [int(v) if v is not None and v == int(v) else v for v in array]
        else:
            array = [str(v) for v in array]
        listed.append(dict(name=name, format=(formats or {}).get(name, ""), values=array))
    layers, boards_ = [], []
    for panel in cards:
        if panel.scale != "signed" or panel.values is None:
            raise ValueError(f"panel {panel.title!r}: a card's boards are values on a signed scale")
        values = checked_cells(
            f"values of panel {panel.title!r}", panel.values, size, (rows,)
        ).filled(0)
        limit = last_value("signed", panel.limit, np.ma.asarray(values))
        layers.append(np.clip(np.rint(127 * values / limit), -127, 127).astype(np.int8))
        boards_.append(dict(title=panel.title, limit=float(f"{limit:.3g}")))
    files = []
    if layers:
        joined = np.stack(layers, 1).reshape(rows, -1)
        files = [
            base64.b64encode(joined[k : k + _ROWS_A_FILE].tobytes()).decode()
            for k in range(0, rows, _ROWS_A_FILE)
        ]
    palette = {mode: [colours[0], colours[-1]] for mode, colours in SIGNED.items()}
    content = dict(alt=alt, size=size, columns=listed, sort=sort, boards=boards_, palette=palette)
    return Table(content | dict(rowsAFile=_ROWS_A_FILE), files)

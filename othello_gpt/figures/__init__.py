"""Figures: boards, charts, matrices and tables, made from arrays."""

from .cards import CARDS_MIME, Cards
from .charts import bars, choice, curves, points
from .games import game_boards, stepper
from .grids import grid, heatboard
from .matrices import matrix
from .measures import measures
from .style import (
    COLOURS,
    CONTROL,
    EMPTY,
    FELT,
    LAST_MOVE,
    LEGAL,
    MINE,
    MODEL,
    READERS,
    SCALES,
    THEIRS,
    TRUTH,
    Panel,
    Series,
)
from .tables import TABLE_MIME, Table, table

__all__ = [
    "CARDS_MIME",
    "COLOURS",
    "CONTROL",
    "EMPTY",
    "FELT",
    "LAST_MOVE",
    "LEGAL",
    "MINE",
    "MODEL",
    "READERS",
    "SCALES",
    "TABLE_MIME",
    "THEIRS",
    "TRUTH",
    "Cards",
    "Panel",
    "Series",
    "Table",
    "bars",
    "choice",
    "curves",
    "game_boards",
    "grid",
    "heatboard",
    "matrix",
    "measures",
    "points",
    "stepper",
    "table",
]

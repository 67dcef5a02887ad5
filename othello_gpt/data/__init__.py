"""The data set: games as rows with boards and legal moves, on disk and on the Hub.

Chapter: ``book/games.py``. Rooms: ``schema`` (the columns), ``writing``, ``loading``, ``checking``
(every game that is read is replayed), ``hub``, ``locking``.
"""

from .hub import publish, push_games
from .loading import load_games
from .locking import only_writer
from .schema import COLUMNS, FEATURES, sample_games
from .writing import write_games

__all__ = [
    "COLUMNS",
    "FEATURES",
    "load_games",
    "only_writer",
    "publish",
    "push_games",
    "sample_games",
    "write_games",
]

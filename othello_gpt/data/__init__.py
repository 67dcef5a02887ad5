"""The data set: games as rows with boards and legal moves, on disk and on the Hub.

Chapter: ``book/games.py``. Rooms: ``schema`` (the columns), ``writing``, ``loading``, ``checking``
(every game that is read is replayed), ``transcripts`` (games as people write them down), ``hub``,
``locking``.
"""

from .hub import publish, push_games
from .loading import GamesLeftOut, load_games
from .locking import only_writer
from .schema import COLUMNS, FEATURES, rows_of, sample_games
from .transcripts import Transcripts, read_transcripts
from .writing import write_games

__all__ = [
    "COLUMNS",
    "FEATURES",
    "GamesLeftOut",
    "Transcripts",
    "load_games",
    "only_writer",
    "publish",
    "push_games",
    "read_transcripts",
    "rows_of",
    "sample_games",
    "write_games",
]

"""The game: rules on bitboards, uniformly random games, tokens, the exact entropy floor.

Chapter: ``book/games.py``. Rooms: ``jit``, ``bitboards`` and ``engine`` are compiled, the others
are what is called: ``rules`` (a position), ``replaying`` (whole games), ``sampling``, ``entropy``,
``tokens``, and ``parcel``, where ``Games`` are handed on from.
"""

from .bitboards import EMPTY, FIRST, NO_MOVE, SECOND, SIZES
from .entropy import (
    entropy_floor,
    first_pass,
    log_choices,
    next_move_probabilities,
    surprise,
    survival,
    within,
)
from .orbits import orbits, over_orbits
from .parcel import Games, legal_tokens
from .players import PLAYERS, play_games
from .replaying import CHUNK, Replay, replay
from .rules import (
    IllegalMove,
    centre,
    check_size,
    count,
    flips,
    from_array,
    legal_moves,
    on_squares,
    play,
    playable,
    square_id,
    square_name,
    squares,
    start,
    to_array,
)
from .sampling import sample_continuations, sample_moves, sample_replay, sample_siblings
from .tokens import CONTEXT, PAD, PLIES, GamesError, square_of_token, token_of_square, tokens_of
from .tree import Beginnings

__all__ = [
    "CHUNK",
    "CONTEXT",
    "EMPTY",
    "FIRST",
    "NO_MOVE",
    "PAD",
    "PLAYERS",
    "PLIES",
    "SECOND",
    "SIZES",
    "Beginnings",
    "Games",
    "GamesError",
    "IllegalMove",
    "Replay",
    "centre",
    "check_size",
    "count",
    "entropy_floor",
    "first_pass",
    "flips",
    "from_array",
    "legal_moves",
    "legal_tokens",
    "log_choices",
    "next_move_probabilities",
    "on_squares",
    "orbits",
    "over_orbits",
    "play",
    "play_games",
    "playable",
    "replay",
    "sample_continuations",
    "sample_moves",
    "sample_replay",
    "sample_siblings",
    "square_id",
    "square_name",
    "square_of_token",
    "squares",
    "start",
    "surprise",
    "survival",
    "to_array",
    "token_of_square",
    "tokens_of",
    "within",
]

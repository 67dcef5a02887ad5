"""Construction: a transformer of our own making that plays by the rules exactly.

Its chapter is ``book/construction.py``.
"""

from .as_gpt import as_gpt
from .codes import CrowdedLayout
from .crowded import Crowded, crowded_layers
from .depth import guesses, rounds
from .exactness import Exactness, check_exactness, legal_choices
from .grafting import Graft, graft, unturned_choices
from .known import (
    WriteBoard,
    WriteCrowded,
    boards_held,
    unit_of,
    wiring,
    without,
    written_directions,
)
from .layout import Layout, Line, lines_through
from .lens import differing, to_transformer_lens
from .network import Construction
from .units import Unit, count_units, cut_units, layers, play_units, turn_units

__all__ = [
    "Construction",
    "Crowded",
    "CrowdedLayout",
    "Exactness",
    "Graft",
    "Layout",
    "Line",
    "Unit",
    "WriteBoard",
    "WriteCrowded",
    "as_gpt",
    "boards_held",
    "check_exactness",
    "count_units",
    "crowded_layers",
    "cut_units",
    "differing",
    "graft",
    "guesses",
    "layers",
    "legal_choices",
    "lines_through",
    "play_units",
    "rounds",
    "to_transformer_lens",
    "turn_units",
    "unit_of",
    "unturned_choices",
    "wiring",
    "without",
    "written_directions",
]

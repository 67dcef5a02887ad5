"""Construction: a transformer of our own making that plays by the rules exactly."""

from .depth import guesses, rounds
from .exactness import Exactness, examine
from .layout import Layout, Pattern, patterns
from .lens import to_transformer_lens
from .network import Construction
from .units import Unit, count_units, cut_units, layers, play_units, turn_units

__all__ = [
    "Construction",
    "Exactness",
    "Layout",
    "Pattern",
    "Unit",
    "count_units",
    "cut_units",
    "examine",
    "guesses",
    "layers",
    "patterns",
    "play_units",
    "rounds",
    "to_transformer_lens",
    "turn_units",
]

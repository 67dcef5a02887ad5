"""Construction: a transformer of our own making that plays by the rules exactly."""

from .depth import guesses, rounds
from .exactness import Exactness, check_exactness
from .layout import Layout, Run, runs_through
from .lens import to_transformer_lens
from .network import Construction
from .units import Unit, count_units, cut_units, layers, play_units, turn_units

__all__ = [
    "Construction",
    "Exactness",
    "Layout",
    "Run",
    "Unit",
    "check_exactness",
    "count_units",
    "cut_units",
    "guesses",
    "layers",
    "play_units",
    "rounds",
    "runs_through",
    "to_transformer_lens",
    "turn_units",
]

"""Networks of other seeds, smaller runs all alike, and what they have in common.

The machinery of the chapter ``book/sisters.py``. Each sister began with other weights and has seen
other games. What ``python -m othello_gpt.sisters`` measured on each is kept beside its weights,
which ``load_sister`` gives.
"""

from .kept import RECORD, Sister, about, load_sister, sisters
from .rotation import PAIRINGS, Turn, carried, closest_turn, turns_between
from .seeds import at_the_same, over_seeds

__all__ = [
    "PAIRINGS",
    "RECORD",
    "Sister",
    "Turn",
    "about",
    "at_the_same",
    "carried",
    "closest_turn",
    "load_sister",
    "over_seeds",
    "sisters",
    "turns_between",
]

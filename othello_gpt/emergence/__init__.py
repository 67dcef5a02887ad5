"""How a network's board comes about: the same measures at one run's stages.

The machinery of the chapter ``book/emergence.py``. The run has seen nothing but the moves that
were played. What ``python -m othello_gpt.emergence`` measured at each ``Stage`` is kept beside the
weights of some stages, which ``load_stage`` gives.
"""

from .headlines import HEADLINES, Headline, headlines
from .measures import Measures, Rows, as_rows, measure, of_rows
from .order import passes
from .overlap import images, met
from .stages import RECORD, Stage, kept, load_stage, record, stages_of
from .weights import load_half, save_half

__all__ = [
    "HEADLINES",
    "RECORD",
    "Headline",
    "Measures",
    "Rows",
    "Stage",
    "as_rows",
    "headlines",
    "images",
    "kept",
    "load_half",
    "load_stage",
    "measure",
    "met",
    "of_rows",
    "passes",
    "record",
    "save_half",
    "stages_of",
]

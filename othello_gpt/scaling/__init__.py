"""What a network costs to train, by its width, its depth and its board.

The machinery of the chapter ``book/scaling.py``. Arithmetic and memory are counted and the same
everywhere; time is measured. What ``python -m othello_gpt.scaling`` measured is kept here.
"""

from .counting import Size, activation_bytes, flops, state_bytes
from .record import RECORD, Record, load_record, save_record
from .timing import Times, timed

__all__ = [
    "RECORD",
    "Record",
    "Size",
    "Times",
    "activation_bytes",
    "flops",
    "load_record",
    "save_record",
    "state_bytes",
    "timed",
]

"""Generalisation: the other start, every short game, an adversary (``book/generalisation.py``)."""

from .adversary import Search, margins, search
from .exhaustive import Level, exhaustive, saved
from .starts import (
    Unfamiliar,
    next_move_probabilities,
    per_square,
    unfamiliar,
    with_an_illegal_move,
)
from .trackers import WAYS, illegal_share, legal_next, track

__all__ = [
    "WAYS",
    "Level",
    "Search",
    "Unfamiliar",
    "exhaustive",
    "illegal_share",
    "legal_next",
    "margins",
    "next_move_probabilities",
    "per_square",
    "saved",
    "search",
    "track",
    "unfamiliar",
    "with_an_illegal_move",
]

"""Generalisation: the other start, every short game, an adversary (``book/generalisation.py``)."""

from .adversary import Search, apart, beginnings_of, blind, random_lists, search
from .asking import margins
from .boards import boards_read, discs_wrong, true_boards
from .caught import Followed, draw_caught, draw_games_caught, follow
from .certificate import (
    Certificate,
    Level,
    certify,
    exhaustive,
    part,
    recheck,
    roots,
    save,
    saved,
)
from .colourings import colourings, games_from
from .lists import sampled, unseen, unseen_boards
from .one_illegal import Believed, believed_after_one, with_an_illegal_move
from .sifting import Sifted, sift
from .starts import (
    Unfamiliar,
    next_move_probabilities,
    per_square,
    said_in,
    unfamiliar,
)
from .trackers import WAYS, illegal_share, legal_next, track

__all__ = [
    "WAYS",
    "Believed",
    "Certificate",
    "Followed",
    "Level",
    "Search",
    "Sifted",
    "Unfamiliar",
    "apart",
    "beginnings_of",
    "believed_after_one",
    "blind",
    "boards_read",
    "certify",
    "colourings",
    "discs_wrong",
    "draw_caught",
    "draw_games_caught",
    "exhaustive",
    "follow",
    "games_from",
    "illegal_share",
    "legal_next",
    "margins",
    "next_move_probabilities",
    "part",
    "per_square",
    "random_lists",
    "recheck",
    "roots",
    "said_in",
    "sampled",
    "save",
    "saved",
    "search",
    "sift",
    "track",
    "true_boards",
    "unfamiliar",
    "unseen",
    "unseen_boards",
    "with_an_illegal_move",
]

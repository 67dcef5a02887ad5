"""Chapter ``interventions``: write another board into the stream, see what the network plays."""

from .cases import EMPTY, MINE, THEIRS, Cases
from .changes import CHANGES, cases_of, change_board, has_last_move
from .controls import (
    LengthMatched,
    PermutedSigns,
    RandomStep,
    comparisons,
    controls,
    wrong_layer,
    wrong_squares,
)
from .displays import chosen, disc_turned, every_control, scoreboard
from .edits import ActivationAddition, Descend, Edit, MinimumNormEdit, Rewrite
from .legality import BesideLegal, WriteLegal, legal_squares
from .patching import counterfactuals, patch
from .playing_on import play_on_source
from .prefixes import CachedPrefixes
from .running import hooks, run_bridge, run_source
from .sampling import sample_cases, sample_two_discs
from .scores import Scores, error_at_best_dose, least_error, score, top_n, top_n_error
from .swapping import Swap, span_of, streams_at

__all__ = [
    "CHANGES",
    "EMPTY",
    "MINE",
    "THEIRS",
    "ActivationAddition",
    "BesideLegal",
    "CachedPrefixes",
    "Cases",
    "Descend",
    "Edit",
    "LengthMatched",
    "MinimumNormEdit",
    "PermutedSigns",
    "RandomStep",
    "Rewrite",
    "Scores",
    "Swap",
    "WriteLegal",
    "cases_of",
    "change_board",
    "chosen",
    "comparisons",
    "controls",
    "counterfactuals",
    "disc_turned",
    "error_at_best_dose",
    "every_control",
    "has_last_move",
    "hooks",
    "least_error",
    "legal_squares",
    "patch",
    "play_on_source",
    "run_bridge",
    "run_source",
    "sample_cases",
    "sample_two_discs",
    "score",
    "scoreboard",
    "span_of",
    "streams_at",
    "top_n",
    "top_n_error",
    "wrong_layer",
    "wrong_squares",
]

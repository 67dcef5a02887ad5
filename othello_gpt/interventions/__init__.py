"""Interventions: write another board into the residual stream and see what the network plays."""

from .cases import EMPTY, MINE, THEIRS, Cases
from .controls import LengthMatched, PermutedSigns, RandomStep, controls, wrong_layer, wrong_squares
from .counterfactuals import EDITS, cases_of, edit_board, has_last_move
from .edits import ActivationAddition, Descend, Edit, MinimumNormEdit, Rewrite
from .patching import counterfactuals, patch
from .prefixes import CachedPrefixes
from .running import hooks, run_bridge, run_source
from .sampling import sample_cases
from .scores import Scores, least_error, score, top_n, top_n_error

__all__ = [
    "EDITS",
    "EMPTY",
    "MINE",
    "THEIRS",
    "ActivationAddition",
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
    "cases_of",
    "controls",
    "counterfactuals",
    "edit_board",
    "has_last_move",
    "hooks",
    "least_error",
    "patch",
    "run_bridge",
    "run_source",
    "sample_cases",
    "score",
    "top_n",
    "top_n_error",
    "wrong_layer",
    "wrong_squares",
]

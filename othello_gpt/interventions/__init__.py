"""Interventions: write another board into the residual stream and see what the network plays."""

from .cases import EMPTY, MINE, THEIRS, Cases
from .controls import Instead, PermutedSigns, RandomStep, controls, wrong_layer, wrong_squares
from .counterfactuals import EDITS, cases_of, edited, has_last_move
from .edits import Descend, Edit, Project, Push, Rewrite
from .patching import counterfactuals, patch
from .prefixes import Prefixes
from .running import hooks, run_bridge, run_source
from .sampling import sample_cases
from .scores import Scores, least_error, score, top_n, top_n_error

__all__ = [
    "EDITS",
    "EMPTY",
    "MINE",
    "THEIRS",
    "Cases",
    "Descend",
    "Edit",
    "Instead",
    "PermutedSigns",
    "Prefixes",
    "Project",
    "Push",
    "RandomStep",
    "Rewrite",
    "Scores",
    "cases_of",
    "controls",
    "counterfactuals",
    "edited",
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

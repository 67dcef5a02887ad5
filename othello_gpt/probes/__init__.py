"""Linear probes: what can be read off the residual stream, and beside what that counts.

The machinery of the chapter ``book/probes.py``. A ``Source`` is asked for a ``Target`` by a
``Probe``, which ``fit`` makes and ``accuracy`` scores.
"""

from .activations import activations, batches, fingerprint
from .adamw import fit_adamw
from .bags import bag_choices, bag_of_moves, fit_bag
from .carrying_over import TURNED, carried_over
from .comparison import AT_ITS_SITES, advantage, at_best, by_flips, compared, scores_by_source
from .directions import families, persistence
from .factor_figures import factors_menu
from .factorisation import Factors, Outputs, factorise
from .files import load_probe, save_probe
from .fits import fit_means, fit_ridge
from .logistic import fit_logistic
from .mlp import MLPProbe, fit_mlp
from .moments import Moments, indicators
from .original import load_original_probe
from .probe import Probe
from .random_sources import RandomFeatures, RandomLayer
from .recipes import MLP, AdamW, ClassMeans, Logistic, Ridge, fit
from .scores import accuracy, ignoring_flips, outputs, read, scored
from .sources import BagOfMoves, Ply, Source, untrained
from .tally import Tally, tally
from .targets import (
    ORIGINAL,
    SIDED,
    SINGLE,
    TARGETS,
    Target,
    absolute,
    board,
    by_colour,
    captured,
    colour,
    control_task,
    empty,
    first_position,
    flips_ignored,
    flips_so_far,
    just_moved,
    last_move,
    legal_next,
    legal_prev,
    parity,
    previous_board,
)

__all__ = [
    "AT_ITS_SITES",
    "MLP",
    "ORIGINAL",
    "SIDED",
    "SINGLE",
    "TARGETS",
    "TURNED",
    "AdamW",
    "BagOfMoves",
    "ClassMeans",
    "Factors",
    "Logistic",
    "MLPProbe",
    "Moments",
    "Outputs",
    "Ply",
    "Probe",
    "RandomFeatures",
    "RandomLayer",
    "Ridge",
    "Source",
    "Tally",
    "Target",
    "absolute",
    "accuracy",
    "activations",
    "advantage",
    "at_best",
    "bag_choices",
    "bag_of_moves",
    "batches",
    "board",
    "by_colour",
    "by_flips",
    "captured",
    "carried_over",
    "colour",
    "compared",
    "control_task",
    "empty",
    "factorise",
    "factors_menu",
    "families",
    "fingerprint",
    "first_position",
    "fit",
    "fit_adamw",
    "fit_bag",
    "fit_logistic",
    "fit_means",
    "fit_mlp",
    "fit_ridge",
    "flips_ignored",
    "flips_so_far",
    "ignoring_flips",
    "indicators",
    "just_moved",
    "last_move",
    "legal_next",
    "legal_prev",
    "load_original_probe",
    "load_probe",
    "outputs",
    "parity",
    "persistence",
    "previous_board",
    "read",
    "save_probe",
    "scored",
    "scores_by_source",
    "tally",
    "untrained",
]

"""Yardsticks: how much a map from 128 dimensions to a board would show by itself."""

from .boundaries import Boundary, Continuations, continuations, per_pair, vafa_scores
from .capacity import (
    components_of,
    covariance_of,
    covariances,
    dimensions_in_use,
    participation_ratio,
    spectrum,
)
from .codes import (
    Code,
    Directions,
    principal_code,
    principal_components,
    random_code,
    random_directions,
)
from .endgames import Endgames, endgames, shares_of
from .information import Information, information
from .openings import openings, openings_compared, openings_in_pairs
from .reading import board_read, magnitude_to_reach, share_by_game
from .rival_probe import RIVAL_PROBE, fit_rival_probe, load_rival_probe, save_rival_probe
from .shallow import Shallow, load_shallow, save_shallow
from .shallow_training import ShallowConfig, train_shallow
from .transpositions import (
    Disagreement,
    LastMove,
    Transpositions,
    disagreement,
    legal_alike,
    next_move_distribution,
    play_out,
    predictions,
    reordered,
    swapped,
    swapped_by_length,
)
from .widths import WIDTHS, RivalOfWidth, by_width, save_widths, widths

__all__ = [
    "RIVAL_PROBE",
    "WIDTHS",
    "Boundary",
    "Code",
    "Continuations",
    "Directions",
    "Disagreement",
    "Endgames",
    "Information",
    "LastMove",
    "RivalOfWidth",
    "Shallow",
    "ShallowConfig",
    "Transpositions",
    "board_read",
    "by_width",
    "components_of",
    "continuations",
    "covariance_of",
    "covariances",
    "dimensions_in_use",
    "disagreement",
    "endgames",
    "fit_rival_probe",
    "information",
    "legal_alike",
    "load_rival_probe",
    "load_shallow",
    "magnitude_to_reach",
    "next_move_distribution",
    "openings",
    "openings_compared",
    "openings_in_pairs",
    "participation_ratio",
    "per_pair",
    "play_out",
    "predictions",
    "principal_code",
    "principal_components",
    "random_code",
    "random_directions",
    "reordered",
    "save_rival_probe",
    "save_shallow",
    "save_widths",
    "share_by_game",
    "shares_of",
    "spectrum",
    "swapped",
    "swapped_by_length",
    "train_shallow",
    "vafa_scores",
    "widths",
]

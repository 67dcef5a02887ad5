"""Yardsticks: how much a map from 128 dimensions to a board would show by itself."""

from .boundaries import Boundary, Continuations, continuations, per_pair
from .capacity import (
    components_of,
    covariances,
    participation_ratio,
    resampled_covariances,
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
from .information import Information, information, magnitude_to_reach
from .openings import openings, openings_compared, openings_in_pairs
from .transpositions import (
    Disagreement,
    LastMove,
    Transpositions,
    disagreement,
    legal_alike,
    next_move_distribution,
    play_out,
    swapped,
)

__all__ = [
    "Boundary",
    "Code",
    "Continuations",
    "Directions",
    "Disagreement",
    "Endgames",
    "Information",
    "LastMove",
    "Transpositions",
    "components_of",
    "continuations",
    "covariances",
    "disagreement",
    "endgames",
    "information",
    "legal_alike",
    "magnitude_to_reach",
    "next_move_distribution",
    "openings",
    "openings_compared",
    "openings_in_pairs",
    "participation_ratio",
    "per_pair",
    "play_out",
    "principal_code",
    "principal_components",
    "random_code",
    "random_directions",
    "resampled_covariances",
    "shares_of",
    "spectrum",
    "swapped",
]

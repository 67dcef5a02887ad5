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
from .endgames import Late, late_positions, shares_of
from .information import Information, information, magnitude_to_reach
from .openings import openings, openings_compared, openings_in_pairs
from .transpositions import (
    Disagreement,
    LastMove,
    Pairs,
    after,
    disagreement,
    legal_alike,
    play_out,
    swapped,
)

__all__ = [
    "Boundary",
    "Code",
    "Continuations",
    "Directions",
    "Disagreement",
    "Information",
    "LastMove",
    "Late",
    "Pairs",
    "after",
    "components_of",
    "continuations",
    "covariances",
    "disagreement",
    "information",
    "late_positions",
    "legal_alike",
    "magnitude_to_reach",
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

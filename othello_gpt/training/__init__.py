"""Training the network (chapter ``model``): next-move prediction on fresh random games."""

from .config import TrainConfig
from .export import export
from .loss import Loss, batch_of
from .machine import Machine, this_machine
from .muon import Muon, orthogonalise
from .optimisers import optimisers
from .run import train

__all__ = [
    "Loss",
    "Machine",
    "Muon",
    "TrainConfig",
    "batch_of",
    "export",
    "optimisers",
    "orthogonalise",
    "this_machine",
    "train",
]

"""Names for the arrays of this package. A row is one position of one game."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer

Outputs = Float[np.ndarray, "rows neurons"]
"""What each neuron of a layer puts out."""
InGames = Float[torch.Tensor, "games positions neurons"]
"""The same, game by game."""
LayerOutputs = Float[np.ndarray, "layers rows neurons"]
"""The outputs of all layers."""
Asked = Bool[np.ndarray, "rows features"]
"""What trees may ask about each position, as in ``FEATURES``."""
Hold = Bool[np.ndarray, "rows lines"]
"""Which of ``lines_through`` hold in each position."""
PerNeuron = Float[np.ndarray, "layers neurons"]
"""A statistic of every neuron."""
Ids = Integer[np.ndarray, " some"]
"""Neurons of a layer."""
Directions = Float[torch.Tensor, "some width"]
"""Vectors in the residual stream."""

"""Names for arrays: what is in them and how they lie, checked by beartype while the tests run.

A dimension's name means the same size wherever it stands in one signature; ``...`` is any number
of dimensions. Conventions of squares, tokens and players: the package's docstring.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Integer, UInt64

Moves = Integer[np.ndarray, "games plies"]
"""Squares 0..35 (or of another board) in the order of play; -1 pads the end of a short game."""
Boards = Integer[np.ndarray, "games plies size size"]
"""+1 the side that moved first, -1 the other, 0 empty; after each move."""
Squares = Bool[np.ndarray, "games plies size size"]
"""A set of squares at each position, such as the legal ones."""
Bitboards = UInt64[np.ndarray, "..."]
"""Bit i is square i."""
Tokens = Int[torch.Tensor, "games positions"]
"""0 = pad, 1..32 the playable squares in ascending order."""
Logits = Float[torch.Tensor, "games positions vocabulary"]
Stream = Float[torch.Tensor, "games positions width"]
"""The residual stream at one site."""
Labels = Integer[np.ndarray, "games positions cells"]
"""A probe's target: one class for each cell (a square, or the position as a whole)."""
PerGame = Float[np.ndarray, "games ..."]
"""One statistic of each game, of whatever shape."""

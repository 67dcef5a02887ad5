"""Attention, drawn on squares."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer

from .. import game
from ..devices import device_of
from ..model import GPT, inputs_of
from .patterns import patterns
from .summary import AttentionSummary


def attention_boards(
    model: GPT, moves: Integer[np.ndarray, " plies"]
) -> Float[np.ndarray, "heads positions 36"]:
    """Return attention in one game [32] as boards: float32 [layers * heads, T, 36].

    After each move: how much each head looks at the move that played a square; masked where no
    move has been played.
    """
    T = len(moves) - 1
    blank = np.zeros((model.config.n_layer * model.config.n_head, T, 36), np.float32)
    boards = np.ma.array(blank, mask=True)
    tokens = inputs_of(moves[None]).to(device_of(model))
    found = torch.cat([p[0] for p in patterns(model, tokens)]).cpu().numpy()
    for key, square in enumerate(moves[:-1]):
        boards[:, key:, square] = found[:, key:, key]
    return boards


OUTER = game.playable()
"""Squares that can be played, in order: int [32]. In the centre nothing is."""


def from_squares(seen: AttentionSummary) -> Float[np.ndarray, "heads 32 32"]:
    """Return what the square of the last move changes about where heads look, [heads, 32, 32].

    From each square that can be played to each other one (0 to itself): the average attention
    beyond that of the control. All heads of all layers, in order.
    """
    change = (seen.between - seen.between_control).reshape(-1, 36, 36)[:, OUTER][..., OUTER]
    return np.where(np.eye(len(OUTER), dtype=bool), 0, change)


def in_line() -> Bool[np.ndarray, "32 32"]:
    """Return which squares share a row, a column or a diagonal, bool [32, 32]; none with itself."""
    row, column = np.divmod(OUTER, 6)
    down, right = np.abs(row[:, None] - row), np.abs(column[:, None] - column)
    return ((down == 0) | (right == 0) | (down == right)) & (down + right > 0)

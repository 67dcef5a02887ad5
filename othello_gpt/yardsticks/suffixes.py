"""What a model says of all ways to fill the board after beginnings, their shared moves once."""

import math
from itertools import permutations

import numpy as np
import torch
import torch.nn as nn
from jaxtyping import Float, Integer

from ..model import GPT
from .transpositions import Beginnings, predictions

Suffixes = Integer[np.ndarray, "pairs orders left"]
"""Squares: of each row the same ``left`` squares, in all orders (``permutations``'s)."""


def first_of_each_beginning(left: int) -> tuple[list[int], list[int]]:
    """Return (order, length - 1) of each distinct beginning of all orders, once."""
    seen = {}
    for i, order in enumerate(permutations(range(left))):
        for n in range(left):
            seen.setdefault(order[: n + 1], (i, n))
    rows, columns = zip(*seen.values(), strict=True)
    return list(rows), list(columns)


def suffix_probabilities(
    model: nn.Module, beginnings: Beginnings, suffixes: Suffixes
) -> Float[np.ndarray, "pairs orders left"]:
    """Return the probability that a model gives to each move of each suffix.

    A ``GPT`` is run once for each beginning, followed by all distinct beginnings of its suffixes
    side by side, none of which sees another's moves. Other models are run on whole lists.
    """
    pairs, orders, left = suffixes.shape
    if isinstance(model, GPT):
        said = _said_of_tree(model, beginnings, suffixes)
    else:
        whole = np.concatenate([np.repeat(beginnings[:, None], orders, 1), suffixes], -1)
        said = predictions(model, whole.reshape(pairs * orders, -1)[:, :-1], left)
        said = said.reshape(pairs, orders, left, -1)
    return np.take_along_axis(said, suffixes[..., None], -1)[..., 0]


def _said_of_tree(
    model: GPT, beginnings: Beginnings, suffixes: Suffixes
) -> Float[np.ndarray, "pairs orders left 36"]:
    length, left = beginnings.shape[1], suffixes.shape[-1]
    lists = list(permutations(range(left)))
    nodes = [(i, n) for i, n in zip(*first_of_each_beginning(left), strict=True) if n < left - 1]
    made = [lists[i][: n + 1] for i, n in nodes]
    place = {(): length - 1} | {moves: length + k for k, moves in enumerate(made)}
    seen = torch.ones(length + len(made), length + len(made), dtype=torch.bool).tril()
    for k, moves in enumerate(made):
        seen[length + k, length:] = False
        seen[length + k, [place[moves[: n + 1]] for n in range(len(moves))]] = True
    ply = torch.tensor([*range(length), *(length + n for _, n in nodes)])
    hidden = torch.zeros(seen.shape).masked_fill(~seen, -math.inf)
    rows = np.concatenate([beginnings, *(suffixes[:, [i], n] for i, n in nodes)], 1)
    said = predictions(_InTree(model, ply, hidden), rows, rows.shape[1], batch=250)
    return said[:, [[place[order[:n]] for n in range(left)] for order in lists]]


class _InTree(nn.Module):
    """A network whose rows are trees: their positions, and what each can't see."""

    def __init__(self, model: GPT, ply: torch.Tensor, hidden: torch.Tensor):
        super().__init__()
        self.model, self.config = model, model.config
        device = model.lm_head.weight.device
        self.ply, self.hidden = ply.to(device), hidden.to(device)

    def forward(self, tokens):
        *_, final = self.model.residual_stream(tokens, self.ply, self.hidden)
        return self.model.unembed(final)

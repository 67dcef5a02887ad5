"""Attention patterns that no longer depend on the game."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from .. import attention, probes
from ..devices import device_of
from ..game import CONTEXT, Games
from ..intervals import Interval, bootstrap
from ..model import GPT, Predictions, inputs_of, predict
from ..probes import Probe
from ..types import PerGame

Patterns = Float[torch.Tensor, "... heads queries keys"]


@contextmanager
def with_patterns(model: GPT, patterns: Mapping[int, Patterns]) -> Iterator[GPT]:
    """Give the model with the attention patterns of some layers replaced, ``layer -> pattern``.

    A pattern is of all games alike, or has one for each of the games that are run. When the block
    ends, the model is as before. Raises ``ValueError`` on a layer that the model doesn't have.
    """
    if unknown := [layer for layer in patterns if not 0 <= layer < model.config.n_layer]:
        raise ValueError(f"layer {unknown[0]} is not one of 0 to {model.config.n_layer - 1}")
    blocks = model.transformer.h
    try:
        for layer, fixed in patterns.items():
            blocks[layer].attn.pattern = lambda q, k, hidden=None, fixed=fixed: fixed
        yield model
    finally:
        for layer in patterns:
            vars(blocks[layer].attn).pop("pattern", None)


def average_patterns(model: GPT, games: Games, batch: int = 100) -> list[Patterns]:
    """Return each layer's patterns, averaged over games: [heads, queries, keys]."""
    sums: list[Patterns] = []
    for some in games.batches(batch):
        tokens = inputs_of(some.moves).to(device_of(model))
        found = [one.sum(0) for one in attention.patterns(model, tokens)]
        sums = [a + b for a, b in zip(sums, found, strict=True)] if sums else found
    return [total / len(games) for total in sums]


def uniform_patterns(model: GPT) -> list[Patterns]:
    """Return patterns that look at all earlier positions and the present one alike."""
    ones = torch.ones(CONTEXT, CONTEXT, device=device_of(model)).tril()
    one = (ones / ones.sum(1, keepdim=True)).expand(model.config.n_head, -1, -1)
    return [one] * model.config.n_layer


def patterns_of_another_game(model: GPT, games: Games) -> list[Patterns]:
    """Return for each game the patterns of the one before it: [games, heads, queries, keys]."""
    tokens = inputs_of(games.moves).to(device_of(model))
    return [found.roll(1, 0) for found in attention.patterns(model, tokens)]


@dataclass(frozen=True, eq=False)
class Frozen:
    """What is lost game by game: shares of first choices and squares, nats a move."""

    illegal: Float[np.ndarray, " games"]
    mass: Float[np.ndarray, " games"]
    loss: Float[np.ndarray, " games"]
    misread: Float[np.ndarray, " games"]

    def interval(self, what: str) -> Interval:
        """Return the mean of one over games."""
        values: PerGame = getattr(self, what)
        return bootstrap(values)


def frozen(
    model: GPT,
    games: Games,
    patterns: Mapping[int, Patterns],
    probe: Probe,
    base: Predictions,
) -> Frozen:
    """Return illegal first choices and probability, added loss and misread squares of games.

    ``base`` is ``predict(model, games)``, from which the loss is counted; ``probe`` reads boards at
    one site. All games go through at once.
    """
    with with_patterns(model, patterns):
        seen = predict(model, games, batch=len(games))
        right = probes.accuracy(probe, model, games, batch=len(games))["board"].right[0]
    return Frozen(
        illegal=1 - seen.legal.mean(1),
        mass=1 - seen.legal_mass.mean(1, dtype=np.float64),
        loss=(seen.nll - base.nll).mean(1, dtype=np.float64),
        misread=1 - right.mean(1) / 36,
    )

"""Sources that know the moves only: random features, a random layer."""

from collections.abc import Iterator

import torch
import torch.nn as nn
from jaxtyping import Float

from ..types import Stream, Tokens
from .sources import Source


class RandomFeatures(nn.Module):
    """Random non-linear features of the whole list of moves, order and all.

    Feature f after move i is ``relu(sum over j <= i of A[j, move j, f] + B[i, f])`` with Gaussian A
    and B: a network of one hidden layer that nobody trained (Rahimi & Recht 2008).
    """

    sites = ("random features",)
    weights: Float[torch.Tensor, "plies vocabulary width"]
    biases: Float[torch.Tensor, "plies width"]

    def __init__(self, width: int, seed: int = 0, plies: int = 31, vocabulary: int = 33):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        weights = torch.randn(plies, vocabulary, width, generator=generator) / plies**0.5
        self.register_buffer("weights", weights)
        self.register_buffer("biases", torch.randn(plies, width, generator=generator))

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield [games, T, width]."""
        plies = torch.arange(tokens.shape[1], device=tokens.device)
        yield (self.weights[plies, tokens].cumsum(1) + self.biases[plies]).relu()


class RandomLayer(nn.Module):
    """A random layer on top of another source's only site: relu(x A / sqrt(width of x) + b).

    Yielding the stream raises ``ValueError`` if the other source has more sites than one.
    """

    weights: Float[torch.Tensor, "inputs width"]
    biases: Float[torch.Tensor, " width"]

    def __init__(self, source: Source, width: int, inputs: int, seed: int = 0):
        super().__init__()
        self.source, self.sites = source, (f"random layer on {source.sites[0]}",)
        generator = torch.Generator().manual_seed(seed)
        weights = torch.randn(inputs, width, generator=generator)
        self.register_buffer("weights", weights / inputs**0.5)
        self.register_buffer("biases", torch.randn(width, generator=generator))

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield [games, T, width]."""
        (x,) = self.source.residual_stream(tokens)
        yield (x @ self.weights + self.biases).relu()

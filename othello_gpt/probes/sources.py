"""Sources: what can be probed, and those who are asked instead of the network."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch
import torch.nn as nn
import torch.nn.functional as F
from jaxtyping import Shaped

from ..devices import device_of
from ..model import GPT
from ..types import Stream, Tokens


class _LooksInside(type(Protocol)):
    """Asks the network that was compiled whether it is a source.

    A compiled one hands on its attributes, and since Python 3.12 a protocol sees none of these.
    """

    def __instancecheck__(cls, instance: object) -> bool:
        return super().__instancecheck__(getattr(instance, "_orig_mod", instance))


@runtime_checkable
class Source(Protocol, metaclass=_LooksInside):
    """Whatever can be probed: the network, an untrained one, a bag of moves, random features.

    Every source is a torch module with two things more: the names of its sites and the stream at
    each of them. Position i of the stream has seen moves 0..i.
    """

    @property
    def sites(self) -> Sequence[str]:
        """The names of the sites, in the order in which the stream is yielded."""
        ...

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield [games, positions, width] at each site."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """Yield what was trained, as torch modules do; it says on which device the source is."""
        ...

    def state_dict(self) -> Mapping[str, Shaped[torch.Tensor, "..."]]:
        """Return all tensors by name, as torch modules do; they say whom a probe belongs to."""
        ...


class Ply(nn.Module):
    """Features that know only how many moves were played: their ridge is the majority baseline.

    The least-squares fit to one indicator per ply is the frequency of each class at that ply, so
    the largest is the majority class by square and ply.
    """

    sites = ("ply",)

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield one indicator per ply, [games, T, T]."""
        plies = torch.eye(tokens.shape[1], device=tokens.device)
        yield plies.expand(len(tokens), -1, -1)


class BagOfMoves(nn.Module):
    """Features that know which squares either side has played, in what order they don't.

    Sides are told apart by the parity of the ply, so games mustn't have passes.
    """

    sites = ("bag of moves",)

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield [games, T, 33 + 33 + T]: squares of theirs, squares of mine, and the ply."""
        played = F.one_hot(tokens, 33).float()
        odd = (torch.arange(tokens.shape[1], device=tokens.device) % 2)[:, None]
        by_first, by_second = (played * (1 - odd)).cumsum(1), (played * odd).cumsum(1)
        theirs = torch.where(odd == 0, by_first, by_second)
        yield torch.cat([theirs, by_first + by_second - theirs, *Ply().residual_stream(tokens)], -1)


def untrained(model: GPT, seed: int = 0) -> GPT:
    """Return a network of the same shape and device with the weights that training starts from."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return GPT(model.config).eval().requires_grad_(False).to(device_of(model))

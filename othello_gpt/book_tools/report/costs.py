"""What a report will take, before it begins: minutes and memory."""

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import torch

from ...model import GPT, GPTConfig

# Seconds and most gigabytes of each chapter with the book's own network, measured by this very
# command on two busy cores on which a pass of that network over 250 games took PASS seconds.
PASS = 1.0
MEASURED: dict[str, tuple[float, float]] = {}
_OTHER = (30.0, 1.0)  # a chapter that wasn't measured
_BUILD = 60.0  # seconds that the pages take


@dataclass(frozen=True)
class Costs:
    """What a report will take: least and most seconds, and the most memory in gigabytes."""

    least: float
    most: float
    gigabytes: float
    chapters: int

    def __str__(self) -> str:
        low, high = (max(1, round(x / 60)) for x in (self.least, self.most))
        minutes = f"about {low} minutes" if low == high else f"about {low} to {high} minutes"
        return (
            f"{self.chapters} chapters to execute: {minutes} here, and up to "
            f"{self.gigabytes:.1f} GB of memory"
        )


@torch.inference_mode()
def seconds_a_pass(model: GPT, games: int = 250, times: int = 3) -> float:
    """Return the seconds that a network needs for whole games, the best of a few tries."""
    tokens = torch.ones(games, min(model.config.block_size, 59), dtype=torch.long)
    found = []
    for _ in range(times):
        begun = perf_counter()
        model(tokens)
        found.append(perf_counter() - begun)
    return min(found)


def stream_size(config: GPTConfig) -> int:
    """Return how many numbers the residual stream of one game has at all sites."""
    return (2 * config.n_layer + 1) * config.n_embd * config.block_size


def estimate(model: GPT, chapters: Sequence[str]) -> Costs:
    """Return what executing some chapters takes on this machine, with this network.

    This machine is timed with a network of the book's own size and with the given one, a second
    each. How much of a chapter's time goes with the network isn't known: the least is if none
    does, the most if all does (the other way round for a smaller network). Memory beyond that of
    this process goes with the size of the stream and of the weights.
    """
    own = GPT().eval()
    here, theirs = seconds_a_pass(own), seconds_a_pass(model)
    known = [MEASURED.get(name, _OTHER) for name in chapters]
    without = sum(seconds for seconds, _ in known) * here / PASS
    within = without * theirs / here
    base = _gigabytes_now()
    beyond = max((most for _, most in known), default=base) - base
    ratio = max(stream_size(model.config) / stream_size(own.config), 0.25)
    weights = 4 * sum(p.numel() for p in model.parameters()) / 2**30
    low, high = sorted((without, within))
    return Costs(
        least=low + _BUILD * here / PASS,
        most=high + _BUILD * here / PASS,
        gigabytes=base + max(beyond, 0) * ratio + 4 * weights,
        chapters=len(chapters),
    )


def _gigabytes_now() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**30 if sys.platform == "darwin" else 2**20)

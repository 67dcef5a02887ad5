"""What a report will take, before it begins: minutes and memory."""

import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import torch

from ...model import GPT, GPTConfig

# Seconds that each chapter took with the book's own network, as its executed notebook has them, on
# two cores of which one takes A_GAME seconds for a game; the most gigabytes that any of them took.
A_GAME = 0.0027
MEASURED = dict(
    index=7,
    games=27,
    model=71,
    probes=86,
    interventions=85,
    neurons=84,
    attention=26,
    mechanism=35,
    graphs=21,
    yardsticks=84,
    generalisation=85,
    emergence=82,
    plain=85,
    sisters=60,
    construction=81,
    scaling=31,
    architecture=4,
)
GIGABYTES = 2.3
_OTHER = 56  # seconds of a chapter that wasn't measured: the mean of those that were
_BUILD = 60.0  # seconds that the pages take
_TIMED, _MOST = 0.2, 1024  # seconds and games of one timed pass


@dataclass(frozen=True)
class Costs:
    """What a report will take: least and most seconds, and the most memory in gigabytes."""

    least: float
    most: float
    gigabytes: float
    chapters: int

    def __str__(self) -> str:
        low, high = (max(1, round(x / 60)) for x in (self.least, self.most))
        span = f"{low}" if low == high else f"{low} to {high}"
        minutes = f"about {span} minute{'s' * (high > 1)}"
        return (
            f"{self.chapters} chapter{'s' * (self.chapters > 1)} to execute: {minutes} here, up to "
            f"{self.gigabytes:.1f} GB of memory"
        )


@torch.inference_mode()
def seconds_a_game(model: GPT) -> float:
    """Return the seconds that a network needs for a game on one core: the median of some passes."""

    def timed(games: int) -> float:
        tokens = torch.ones(games, board_length(model.config), dtype=torch.long)
        begun = perf_counter()
        model(tokens)
        return perf_counter() - begun

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for each other where others work too
    try:
        games, _ = 8, timed(2)  # the first pass is slower
        while timed(games) < _TIMED and games < _MOST:
            games *= 2
        return median(timed(games) for _ in range(5)) / games
    finally:
        torch.set_num_threads(threads)


def board_length(config: GPTConfig) -> int:
    """Return how many moves of a game a network of some board is given."""
    return min(config.block_size, config.vocab_size)


def stream_size(config: GPTConfig) -> int:
    """Return how many numbers the residual stream of one game has at all sites."""
    return (2 * config.n_layer + 1) * config.n_embd * config.block_size


def estimate(model: GPT, chapters: Sequence[str]) -> Costs:
    """Return what executing some chapters takes on this machine, with this network.

    This machine is timed with a network of the book's own size and with the given one, a second or
    so each. How much of a chapter's time goes with the network isn't known: the least is if none
    does, the most if all does (the other way round for a smaller network). Memory beyond that of
    this process goes with the size of the stream and of the weights.
    """
    own = GPT().eval()
    here, theirs = seconds_a_game(own), seconds_a_game(model)
    without = sum(MEASURED.get(name, _OTHER) for name in chapters) * here / A_GAME
    within = without * theirs / here
    base = _gigabytes_now()
    ratio = max(stream_size(model.config) / stream_size(own.config), 0.25)
    weights = 4 * sum(p.numel() for p in model.parameters()) / 2**30
    low, high = sorted((without, within))
    return Costs(
        least=low + _BUILD * here / A_GAME,
        most=high + _BUILD * here / A_GAME,
        gigabytes=base + max(GIGABYTES - base, 0) * ratio + 4 * weights,
        chapters=len(chapters),
    )


def _gigabytes_now() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**30 if sys.platform == "darwin" else 2**20)

"""What does depend on the machine: seconds, on one core."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import torch

from .. import game
from ..model import GPT
from ..training import TrainConfig, optimisers
from .counting import Size, loss_of

_POSITIONS = 512  # that go through the network at a time: few enough for a core's cache


@dataclass(frozen=True)
class Times:
    """Seconds on one core: to draw a game, to learn from it, and to move all weights once."""

    draw: float
    game: float
    step: float

    def games_per_second(self, batch: int = 512) -> float:
        """Return how many games a second one core trains on, if it moves the weights so often."""
        return 1 / (self.draw + self.game + self.step / batch)


def timed(size: Size, seconds: float = 3.0) -> Times:
    """Measure a network's training in float32 and uncompiled, each part for about ``seconds``.

    Of each part the fastest of at least five repetitions counts, which what else runs on the
    machine disturbs least. Raises ``ValueError`` for no time.
    """
    if not seconds > 0:
        raise ValueError(f"nothing can be measured in {seconds} seconds: take some")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model = GPT(size.config)
        makers = optimisers(model, TrainConfig())
        count = max(1, _POSITIONS // size.moves)
        moves = game.sample_moves(count, seed=0, size=size.board)
        tokens = torch.from_numpy(game.tokens_of(moves, size.board))

        def step():
            for one in makers:
                one.step()

        learn = _fastest(lambda: loss_of(model, tokens).backward(), seconds) / count
        many = 64 * count
        draw = _fastest(lambda: game.sample_moves(many, seed=0, size=size.board), seconds) / many
        return Times(draw, learn, _fastest(step, seconds))
    finally:
        torch.set_num_threads(threads)


def _fastest(what: Callable[[], object], seconds: float, least: int = 5) -> float:
    what()  # the first time compiles, and fills caches
    times, began = [], perf_counter()
    while len(times) < least or perf_counter() - began < seconds:
        start = perf_counter()
        what()
        times.append(perf_counter() - start)
    return min(times)

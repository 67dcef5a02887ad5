"""Probes that are fitted under one condition and asked under another: discs turned or never."""

import numpy as np
import torch
from jaxtyping import Float, Integer

from ..game import Games
from ..intervals import Interval, bootstrap_shares
from .activations import activations
from .sources import Source
from .targets import board, flips_so_far

TURNED = ("never", "an odd number of times", "an even number of times")


@torch.no_grad()
def carried_over(
    source: Source,
    site: str,
    fitted: Games,
    asked: Games,
    squares: Integer[np.ndarray, " squares"] | None = None,
    plies: slice = slice(None),
    penalty: float = 1e-3,
) -> Interval:
    """Return how many discs are read by probes that saw only discs that were never turned: [3].

    Of discs that were turned as often as ``TURNED`` says. Each square's probe is a ridge that tells
    mine from theirs; where a disc was turned an odd number of times, who read who *placed* it would
    always be wrong. After the test of nothello_world (2026). ``squares``: by default all; ``plies``
    of the games, fitted and asked. ``penalty``: as a share of the mean diagonal of the Gram matrix.
    Raises ``ValueError`` for fewer than two games, and as ``activations`` does.
    """
    (rows, mine, turned), (new, its, new_turned) = (
        _discs(source, site, games, plies) for games in (fitted, asked)
    )
    used = rows.any(0)  # some units never work at these plies
    rows, new, mean = rows[:, used], new[:, used], rows[:, used].mean(0)
    ones = torch.ones(len(rows), 1), torch.ones(len(new), 1)
    rows, new = (torch.cat([x - mean, one], 1) for x, one in zip((rows, new), ones, strict=True))
    ways = np.stack(
        [new_turned == 0, new_turned % 2 == 1, (new_turned > 0) & (new_turned % 2 == 0)]
    )
    right, number = (np.zeros((len(asked), len(ways))) for _ in range(2))
    for square in np.arange(mine.shape[1]) if squares is None else squares:
        kept = np.flatnonzero((turned[:, square] == 0) & (mine[:, square] != 0))
        if not len(kept):
            continue
        x, y = rows[kept], torch.from_numpy(mine[kept, square]).float()
        gram = x.T @ x
        gram.diagonal().add_(penalty * gram.diagonal().mean())
        said = (new @ torch.linalg.solve(gram, x.T @ y)).numpy()
        hit = (said > 0) == (its[:, square] > 0)
        for way, mask in enumerate(ways[..., square] & (its[:, square] != 0)):
            right[:, way] += (mask & hit).reshape(len(asked), -1).sum(1)
            number[:, way] += mask.reshape(len(asked), -1).sum(1)
    return bootstrap_shares(right, number)


def _discs(
    source: Source, site: str, games: Games, plies: slice
) -> tuple[
    Float[torch.Tensor, "rows width"],
    Integer[np.ndarray, "rows squares"],
    Integer[np.ndarray, "rows squares"],
]:
    """Return the stream, whose disc is on each square (0: none) and how often it was turned."""
    ((_, x),) = activations(source, games.replay, [site])
    shape = len(games), -1
    x = x.cpu().float().reshape(*shape, x.shape[-1])[:, plies]
    discs = (board(games.replay) - 1)[:, plies], flips_so_far(games.replay)[:, plies]
    mine, turned = (cells.reshape(-1, cells.shape[-1]) for cells in discs)
    return x.flatten(0, 1), mine, turned

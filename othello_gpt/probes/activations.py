"""The residual stream of a source, game after game."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn as nn
from tqdm import tqdm

from .. import game
from ..game import Replay


def fingerprint(source: nn.Module) -> str:
    """Return a hash of a source's kind and weights, which says whom a probe belongs to.

    A compiled network has that of the network that was compiled.
    """
    source = getattr(source, "_orig_mod", source)
    digest = hashlib.sha256(type(source).__name__.encode())
    for name, tensor in sorted(source.state_dict().items()):
        digest.update(name.encode() + _bytes(tensor))
    return digest.hexdigest()[:16]


def _bytes(tensor: torch.Tensor) -> bytes:
    flat = tensor.detach().cpu().contiguous().flatten()
    return flat.view(torch.uint8).numpy().tobytes()  # numpy has no bfloat16


def _batches(moves: np.ndarray, batch: int, doing: str) -> Iterator[Replay]:
    """Yield games, replayed, ``batch`` at a time; a progress bar is shown in a terminal.

    Raises ``ValueError`` if there are none, or if a side has to pass in one of them.
    """
    if not len(moves):
        raise ValueError(f"no games for {doing}: give at least one")
    with tqdm(total=len(moves), desc=doing, unit=" games", disable=None, leave=False) as bar:
        for first in range(0, len(moves), batch):
            part = moves[first : first + batch]
            replay = game.replay(part)
            _refuse_passes(replay, first)
            yield replay
            bar.update(len(part))


def _refuse_passes(replay: Replay, first: int) -> None:
    # Targets take the side that didn't just move for the one about to move.
    again = (replay.player[:, 1:] == replay.player[:, :-1]) & (replay.player[:, 1:] != 0)
    if again.any():
        game, ply = np.argwhere(again)[0]
        raise ValueError(
            f"game {first + game} has a forced pass before move {ply + 2}, after which mine and "
            "theirs would be exchanged: leave games with passes out"
        )


def activations(
    source: nn.Module, replay: Replay, sites: Sequence[str]
) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield (index into ``sites``, activations [rows, width]), rows being games * (moves - 1).

    Raises ``ValueError`` on a site that the source doesn't have and on NaN or infinite activations.
    """
    if unknown := sorted(set(sites) - set(source.sites)):
        raise ValueError(f"no site {unknown[0]!r} here: the sites are {', '.join(source.sites)}")
    tokens = torch.from_numpy(game.tokens_of(replay.moves[:, :-1], replay.size))
    device = next((p.device for p in source.parameters()), "cpu")
    left = set(sites)
    for site, x in zip(source.sites, source.residual_stream(tokens.to(device)), strict=False):
        if site in left:
            left.remove(site)
            if not x.sum().isfinite():
                raise ValueError(f"the activations at {site} hold NaN or infinite values")
            yield sites.index(site), x.flatten(0, 1).float()
        if not left:
            return

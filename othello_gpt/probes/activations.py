"""The residual stream of a source, game after game."""

import hashlib
from collections.abc import Callable, Iterator, Sequence

import torch
from einops import rearrange
from jaxtyping import Float
from tqdm import tqdm

from .. import game
from ..devices import device_of
from ..game import Games, Replay
from ..types import Moves
from .sources import Source

Rows = Float[torch.Tensor, "rows width"]
"""Activations at one site: the positions of all games, one below the other."""


def fingerprint(source: Source) -> str:
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


def as_games(games: Games | Moves) -> Games:
    """Return games as a parcel, where they are given as bare moves."""
    return games if isinstance(games, Games) else Games(games)


def batches(
    games: Games | Moves, n: int, doing: str, so_far: Callable[[], str] = str
) -> Iterator[Replay]:
    """Yield games, replayed, ``n`` at a time; a terminal shows a progress bar called ``doing``.

    The bar ends in what ``so_far`` returns after a batch.

    Raises ``ValueError`` if there are none or ``n`` is below one, and ``GamesError`` if a side has
    to pass in one of them.
    """
    games = as_games(games)
    if not len(games):
        raise ValueError(f"no games for {doing}: give at least one")
    with tqdm(total=len(games), desc=doing, unit=" games", disable=None, leave=False) as bar:
        for part in games.batches(n):
            # Sources such as the bag of moves tell the sides apart by the number of moves, and so
            # does a network that was never shown a pass.
            yield part.refuse_passes(int(bar.n)).replay
            bar.set_postfix_str(so_far(), refresh=False)
            bar.update(len(part))


def activations(source: Source, replay: Replay, sites: Sequence[str]) -> Iterator[tuple[int, Rows]]:
    """Yield (index into ``sites``, activations [rows, width]), rows being games * (moves - 1).

    Raises ``ValueError`` on a site that the source doesn't have and on NaN or infinite activations.
    """
    if unknown := sorted(set(sites) - set(source.sites)):
        raise ValueError(f"no site {unknown[0]!r} here: the sites are {', '.join(source.sites)}")
    tokens = torch.from_numpy(game.tokens_of(replay.moves[:, :-1], replay.size))
    device = device_of(source)
    left = set(sites)
    for site, x in zip(source.sites, source.residual_stream(tokens.to(device)), strict=False):
        if site in left:
            left.remove(site)
            if not x.sum().isfinite():
                raise ValueError(f"the activations at {site} hold NaN or infinite values")
            yield sites.index(site), rearrange(x, "games t width -> (games t) width").float()
        if not left:
            return

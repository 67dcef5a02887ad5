"""Is it exact? Every output and every board on the way, against the rules."""

from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Bool, Float

from ..devices import device_of
from ..game import Games, Replay, legal_tokens, on_squares, start
from ..types import Logits, Moves
from .layout import Layout
from .network import Construction


@dataclass(frozen=True)
class Exactness:
    """How far a network's outputs and boards are from the rules, at worst, over ``positions``.

    ``illegal``: how many most probable moves are illegal; ``spoilt``: in how many of the ``games``
    at least one is. ``illegal_mass``: the largest probability of all illegal moves together.
    ``unevenness``: the largest ``|n p - 1|`` of a legal move's probability p, where n moves are
    legal. ``wrong``: how many cells of the board, at any site, aren't what they should be; of
    ``cells``.
    """

    games: int
    positions: int
    illegal: int
    spoilt: int
    illegal_mass: float
    unevenness: float
    wrong: int
    cells: int


def legal_choices(logits: Logits, games: Games) -> Bool[np.ndarray, "games positions"]:
    """Return whether the likeliest token after each move but the last is a legal next move."""
    can = torch.from_numpy(legal_tokens(games.replay.moves, games.size)[:, 1:]).to(logits.device)
    return can.gather(-1, logits.argmax(-1, keepdim=True))[..., 0].cpu().numpy()


@torch.inference_mode()
def check_exactness(network: Construction, moves: Games | Moves, batch: int = 250) -> Exactness:
    """Return how exact a hand-built network is on games, ``batch`` of them at a time.

    At position i, after the layer of move t, the board must be that after the first t + 1 moves of
    the i + 1 that it has seen: nothing of it may ever be wrong on the way. Raises ``IllegalMove``
    for games that the rules of the network's board don't allow.
    """
    at, device = network.layout, device_of(network)
    games = moves if isinstance(moves, Games) else Games(moves, at.size)
    illegal = spoilt = wrong = cells = 0
    mass, unevenness = [], []
    for part in games.batches(batch):
        tokens = torch.from_numpy(part.tokens).to(device)
        boards = _discs(part.replay).to(device)
        for site, x in zip(network.sites, network.residual_stream(tokens), strict=True):
            truth = _should_hold(at, boards, site)
            wrong += int((network.discs(x) != truth).sum())
            cells += truth.numel() // 2
        logits = network.unembed(x).float()
        breaks = ~legal_choices(logits, part)
        illegal, spoilt = illegal + int(breaks.sum()), spoilt + int(breaks.any(1).sum())
        p = logits.softmax(-1)
        can = torch.from_numpy(legal_tokens(part.moves, at.size)[:, 1:]).to(device)
        mass.append((p * ~can).sum(-1).max().item())
        even = (p * can.sum(-1, keepdim=True) - 1).abs()
        unevenness.append(even[can].max().item())
    positions = len(games) * (games.moves.shape[1] - 1)
    worst = max(mass), max(unevenness)
    return Exactness(len(games), positions, illegal, spoilt, *worst, wrong, cells)


def _discs(replay: Replay) -> Float[torch.Tensor, "games boards discs"]:
    """Return the first and the second player's discs before and after each move."""
    first = np.broadcast_to(np.array(start(replay.size), np.uint64), (len(replay.moves), 1, 2))
    words = np.stack([replay.after_first, replay.after_second], -1)
    cells = on_squares(np.concatenate([first, words], 1), replay.size)
    cells = rearrange(cells, "games boards side cells -> games boards (side cells)")
    return torch.from_numpy(cells).float()


def _should_hold(
    at: Layout, boards: Float[torch.Tensor, "games boards discs"], site: str
) -> Float[torch.Tensor, "games positions discs"]:
    """Return what the coordinates of the discs have to be at a site."""
    kind, layer = site.split()
    played = int(layer) + (kind == "resid_post")  # layers
    seen = torch.arange(1, boards.shape[1] - 1, device=boards.device)
    truth = boards[:, seen.clamp(max=played)]
    if played <= at.context:
        return truth
    # After the turn, mine and theirs: the second player is about to move at every other position.
    first, second = truth.chunk(2, -1)
    return torch.where(seen[:, None] % 2 == 1, torch.cat([second, first], -1), truth)

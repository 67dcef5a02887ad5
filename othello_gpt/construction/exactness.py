"""Is it exact?"""

from dataclasses import dataclass

import numpy as np
import torch

from .. import game
from .network import Construction


@dataclass(frozen=True)
class Exactness:
    """How far a network's outputs and boards are from the rules, at worst, over ``positions``.

    ``illegal``: how many most probable moves are illegal; ``spoilt``: in how many of the ``games``
    at least one is. ``illegal_mass``: the largest probability
    of all illegal moves together. ``unevenness``: the largest ``|n p - 1|`` of a legal move's
    probability p, where n moves are legal. ``wrong``: how many cells of the board, at any site,
    aren't what they should be; of ``cells``.
    """

    games: int
    positions: int
    illegal: int
    spoilt: int
    illegal_mass: float
    unevenness: float
    wrong: int
    cells: int


@torch.inference_mode()
def check_exactness(network: Construction, moves: np.ndarray, batch: int = 250) -> Exactness:
    """Return how exact a hand-built network is on games given as squares [games, plies].

    At position i, after the layer of move t, the board must be that after the first t + 1 moves of
    the i + 1 that it has seen: nothing of it may ever be wrong on the way.
    """
    at, device = network.layout, network.unembed.weight.device
    illegal = spoilt = wrong = cells = 0
    mass, unevenness = [], []
    for first in range(0, len(moves), batch):
        replay = game.replay(moves[first : first + batch], at.size)
        boards = _discs(replay).to(device)  # [games, 1 + plies, 2 * cells]
        tokens = torch.from_numpy(game.token_of_square(at.size)[replay.moves[:, :-1]]).to(device)
        for site, x in zip(network.sites, network.residual_stream(tokens), strict=True):
            kind, layer = site.split()
            played = int(layer) + (kind == "resid_post")  # layers
            seen = torch.arange(1, tokens.shape[1] + 1, device=device)
            truth = boards[:, seen.clamp(max=played)]
            if played > at.context:
                swapped = truth.unflatten(-1, (2, -1)).flip(-2).flatten(-2)
                truth = torch.where(seen[:, None] % 2 == 1, swapped, truth)
            wrong += int((x[..., at.discs] != truth).sum())
            cells += truth.numel() // 2
        p = network.unembed(x).float().softmax(-1)
        can = torch.from_numpy(game.legal_tokens(replay.moves, at.size)[:, 1:]).to(device)
        breaks = ~can.gather(-1, p.argmax(-1, keepdim=True))[..., 0]  # [games, T]
        illegal, spoilt = illegal + int(breaks.sum()), spoilt + int(breaks.any(1).sum())
        mass.append((p * ~can).sum(-1).max().item())
        even = (p * can.sum(-1, keepdim=True) - 1).abs()
        unevenness.append(even[can].max().item())
    positions = len(moves) * (np.shape(moves)[1] - 1)
    worst = max(mass), max(unevenness)
    return Exactness(len(moves), positions, illegal, spoilt, *worst, wrong, cells)


def _discs(replay: game.Replay) -> torch.Tensor:
    """Return the first and the second player's discs before and after each move."""
    start = np.broadcast_to(np.array(game.start(replay.size), np.uint64), (len(replay.moves), 2))
    words = np.stack([replay.after_first, replay.after_second], -1)
    cells = game.to_array(np.concatenate([start[:, None], words], 1), replay.size)
    return torch.from_numpy(cells.reshape(*cells.shape[:2], -1)).float()

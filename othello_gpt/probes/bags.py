"""The bag of moves: which squares were played, without their order."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from jaxtyping import Float, Integer

from .. import game
from ..devices import device_of
from ..game import Games
from ..types import Moves


def bag_of_moves(moves: Moves) -> Float[torch.Tensor, "games positions features"]:
    """Return who has played where, and when it is: 36 + 36 + (plies - 1) features.

    They are for the prediction of each move but the first. Squares of the side to move come first,
    then those of the other side; the centre's are zero. No disc is turned.
    """
    n, plies = moves.shape
    played = F.one_hot(torch.from_numpy(moves[:, :-1].astype(np.int64)), 36).float()
    black = torch.arange(plies - 1) % 2 == 0
    sides = [(played * of[:, None]).cumsum(1) for of in (black, ~black)]
    mover = (~black)[:, None]  # after an even number of moves black is to move, index = moves - 1
    own, other = (torch.where(mover, *pair) for pair in (sides, sides[::-1]))
    return torch.cat([own, other, torch.eye(plies - 1).expand(n, -1, -1)], -1)


def fit_bag(
    hidden: int = 0, games_seen: int = 20_000, steps: int = 1500, batch: int = 2048, seed: int = 0
) -> nn.Module:
    """Return a player that sees the bag of moves only, trained towards the legal moves.

    Softmax regression, or one hidden layer of ``hidden``. The target is all legal squares alike, so
    that it has as much to learn from as the rules can give. It maps ``bag_of_moves`` to 36 logits.
    """
    games = Games.sample(games_seen, seed)
    x = bag_of_moves(games.moves).flatten(0, 1).to(torch.uint8)
    legal = torch.from_numpy(game.on_squares(games.replay.legal[:, 1:])).flatten(0, 1)
    legal = legal.to(torch.uint8)
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        wide = [nn.Linear(x.shape[1], hidden), nn.ReLU()] if hidden else []
        player = nn.Sequential(*wide, nn.Linear(hidden or x.shape[1], 36))
    optimiser = torch.optim.Adam(player.parameters(), lr=3e-3 if hidden else 1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3 if hidden else 1e-2, steps)
    for _ in range(steps):
        rows = torch.randint(len(x), (batch,), generator=generator)
        target = legal[rows].float()
        target /= target.sum(-1, keepdim=True)
        loss = F.cross_entropy(player(x[rows].float()), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return player


@torch.no_grad()
def bag_choices(
    player: nn.Module, moves: Moves, batch: int = 2000
) -> Integer[np.ndarray, "games positions"]:
    """Return the likeliest square of such a player for each move but the first."""
    parts = (moves[i : i + batch] for i in range(0, len(moves), batch))
    bags = (bag_of_moves(part).to(device_of(player)) for part in parts)
    return np.concatenate([player(bag).argmax(-1).cpu().numpy() for bag in bags])

"""The loss of one batch, and the batch itself."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int

from .. import game
from ..game import CONTEXT
from ..model import GPT
from .config import TrainConfig


class Loss(torch.nn.Module):
    """The mean cross-entropy of the moves that were played, in nats.

    ``tokens`` [families, T] go in, ``targets`` [families, T, n] are the moves that followed: in the
    game itself and, where asked for, in n - 1 other games that begin in the same way. A family's T
    positions are those of the opening whose next move is in the opening too, which the siblings
    share, then the others of each sibling, who don't see one another's.
    """

    ply: Int[torch.Tensor, " T"]
    hidden: Float[torch.Tensor, "T T"]
    weight: Float[torch.Tensor, " T"]

    def __init__(self, model: GPT, config: TrainConfig):
        super().__init__()
        self.model = model
        shared, siblings = config.shared, config.siblings
        own = torch.arange(shared, CONTEXT)
        ply = torch.cat([torch.arange(shared), own.repeat(siblings)])
        owner = torch.arange(1, siblings + 1).repeat_interleave(len(own))
        owner = torch.cat([torch.zeros(shared, dtype=torch.long), owner])
        seen = (owner == owner[:, None]) | (owner == 0)  # [query, key]
        seen &= ply <= ply[:, None]
        hidden = torch.zeros(seen.shape).masked_fill(~seen, -math.inf)
        weight = torch.where(owner == 0, siblings, 1) / (siblings * CONTEXT)
        for name, value in (("ply", ply), ("hidden", hidden), ("weight", weight)):
            self.register_buffer(name, value.to(model.lm_head.weight.device), persistent=False)

    def forward(
        self, tokens: Int[torch.Tensor, "families T"], targets: Int[torch.Tensor, "families T n"]
    ) -> Float[torch.Tensor, ""]:
        """Return the mean loss of a move, in nats: a scalar to which all games count alike."""
        *_, final = self.model.residual_stream(tokens, self.ply, self.hidden)
        logp = F.log_softmax(self.model.unembed(final).float(), -1)
        losses = -logp.gather(-1, targets).mean(-1)
        return (losses * self.weight).sum(-1).mean()


def batch_of(
    first: int, games: int, config: TrainConfig, device: str = "cpu"
) -> tuple[Int[torch.Tensor, "families T"], Int[torch.Tensor, "families T n"]]:
    """Return fresh tokens [families, T] and targets [families, T, 1 + continuations] for ``Loss``.

    A family is the game of the run's seed with its index, from ``first`` on, and its siblings.
    """
    seed, siblings = config.seed, config.siblings
    opening, families = config.opening if siblings > 1 else 0, games // siblings
    moves = game.sample_moves(families, seed, first)
    others = game.sample_siblings(moves, siblings - 1, opening, seed, first)
    everyone = np.concatenate([moves[:, None], others], 1)  # [families, siblings, plies]
    more = (config.continuations, seed)
    shared = game.sample_continuations(moves, *more, first, end=opening)
    own = game.sample_continuations(
        everyone.reshape(games, -1), *more, first * siblings, begin=opening
    )
    shared = np.concatenate([moves[:, :opening, None], shared], -1)[:, 1:]
    own = np.concatenate([everyone.reshape(games, -1, 1)[:, opening:], own], -1)
    own = own[:, config.shared - CONTEXT :]  # nothing predicts a game's first move
    targets = np.concatenate([shared, own.reshape(families, -1, own.shape[-1])], 1)
    tokens = everyone[..., config.shared : -1].reshape(families, -1)
    tokens = np.concatenate([moves[:, : config.shared], tokens], 1)
    table = torch.from_numpy(game.token_of_square())
    return table[tokens.astype(int)].to(device), table[targets.astype(int)].to(device)

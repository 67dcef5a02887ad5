"""What the tests of ``yardsticks`` share: helpers."""

import torch

from othello_gpt import game, yardsticks
from othello_gpt.model import GPT, GPTConfig
from tests import oracle

TINY = GPT(GPTConfig(n_layer=2, n_head=2, n_embd=16)).eval().requires_grad_(False)
MOVES = game.sample_moves(300, seed=5)
TOKENS = torch.from_numpy(game.token_of_square()[MOVES[:, :-1]])


def position(moves):
    """Return the side to move and the board."""
    player, _, _, board = oracle.replay([int(m) for m in moves], 6)[-1]
    return -player, board


class Cheat(torch.nn.Module):
    """Knows the exact next-move distribution of late positions."""

    def __init__(self):
        super().__init__()
        self.dummy = torch.nn.Parameter(torch.zeros(1))

    def forward(self, tokens):
        moves = game.square_of_token()[tokens.numpy()]
        logits = torch.full((*tokens.shape, 33), -50.0)
        for ply in range(tokens.shape[1] - 4, tokens.shape[1]):
            legal, mine, theirs = yardsticks.play_out(moves[:, : ply + 1])
            p = game.next_move_probabilities(mine[legal], theirs[legal])
            logits[legal, ply, 1:] = (
                torch.from_numpy(p)[:, game.square_of_token()[1:]].float().log()
            )
        return logits.clamp(min=-50)

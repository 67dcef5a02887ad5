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
        for g, one_game in enumerate(moves):
            for ply in range(len(one_game) - 4, len(one_game)):
                legal, mine, theirs = yardsticks.play_out(one_game[None, : ply + 1])
                if legal[0]:
                    p = game.next_move_probabilities(mine, theirs)[0]
                    logits[g, ply, 1:] = torch.from_numpy(p)[game.square_of_token()[1:]].log()
        return logits.clamp(min=-50)

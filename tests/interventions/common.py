"""What the tests of ``interventions`` share: helpers."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from othello_gpt import game, probes

KINDS = ("flip", "reachable", "unreachable", "erase", "place", "replace")
SITES = ("resid_mid 1", "resid_pre 0", "resid_post 1")
MOVES = game.sample_moves(200, seed=1)
SQUARES = game.square_of_token()


class Referee(nn.Module):
    """A source that holds the board in known directions and plays by the rules what it holds."""

    sites = ("board",)

    def __init__(self):
        super().__init__()
        square = torch.randn(80, 80, generator=torch.Generator().manual_seed(0))
        self.register_buffer("basis", torch.linalg.qr(square).Q[:72])

    def residual_stream(self, tokens):
        over = np.full((len(tokens), 1), game.NO_MOVE)
        moves = np.hstack([SQUARES[tokens], over])
        board = torch.from_numpy(probes.board(game.replay(moves)))
        yield torch.cat([board == 0, board == 2], -1).float() @ self.basis

    def unembed(self, x):
        held = (x @ self.basis.T > 0.5).unflatten(-1, (2, 6, 6)).numpy()
        theirs, mine = (game.from_array(held[..., k, :, :]) for k in (0, 1))
        legal = game.to_array(game.legal_moves(mine, theirs)).reshape(*x.shape[:-1], 36)
        return F.pad(torch.from_numpy(legal[..., SQUARES[1:]]).float(), (1, 0))


def board_of(row):
    """A row of classes as the oracle's board, the side to move being 1."""
    return [[int(c) - 1 for c in row[k : k + 6]] for k in range(0, 36, 6)]

"""What the tests of ``probes`` share: helpers."""

import numpy as np
import torch
import torch.nn as nn

from othello_gpt import game, probes
from othello_gpt.probes import TARGETS
from tests import oracle

MOVES = game.sample_moves(200, seed=1)
TOKENS = torch.from_numpy(game.tokens_of(MOVES[:, :-1]))
HELD_OUT = game.sample_moves(40, seed=2)
CENTRE = list(game.centre())
OUTER = np.setdiff1d(np.arange(36), CENTRE)


class Planted(nn.Module):
    """A source whose stream is a sum of known directions, one for each thing on the board."""

    sites = ("noise", "planted")

    def __init__(self, noise=0.0):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        square = torch.randn(69, 69, generator=generator)
        self.register_buffer("planted", torch.linalg.qr(square).Q)
        self.noise, self.generator, self.most = noise, generator, 0

    def residual_stream(self, tokens):
        self.most = max(self.most, len(tokens))
        moves = game.square_of_token()[tokens]
        over = np.full((len(moves), 1), game.NO_MOVE)
        labels = torch.from_numpy(probes.board(game.replay(np.hstack([moves, over])))).float()
        odd = torch.arange(moves.shape[1]).expand(len(moves), -1)[..., None] % 2 * 2.0 - 1
        features = torch.cat([labels - 1, (labels == 1)[..., OUTER], odd], -1)
        x = features @ self.planted
        noise = torch.randn(x.shape, generator=self.generator)
        yield noise
        yield x + self.noise * noise


def rows(source, moves, site):
    """Return all activations of one site, float64 [rows, width], and the replayed games."""
    replay = game.replay(moves)
    ((_, x),) = probes.activations(source, replay, [site])
    return x.double(), replay


def without_flips(moves, steps, size=6, standard=False):
    """Return the oracle's steps as they are on a board on which nothing is turned over."""
    board, found = oracle.start(size, standard), []
    for square, (player, *_) in zip(moves, steps, strict=True):
        after = [list(row) for row in board]
        after[square // size][square % size] = player
        found.append((player, oracle.legal(board, player), board, after))
        board = after
    return found


def by_second(moves, steps):
    """Return the oracle's steps with the second player to move each time."""
    return [(-1, oracle.legal(before, -1), before, after) for _, _, before, after in steps]


VIEWS = {  # of a replay, of the oracle's steps, and the targets that are meant
    "as played": (lambda replay: replay, lambda moves, steps: steps, [*TARGETS, "flips_so_far"]),
    "flips ignored": (probes.flips_ignored, without_flips, TARGETS),
    "by colour": (probes.by_colour, by_second, [name for name in TARGETS if name != "captured"]),
}

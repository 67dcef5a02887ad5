"""What the tests of ``construction`` share: helpers."""

import torch

from othello_gpt import construction, game

SIZES = game.SIZES
NETWORKS = {}


def built(size):
    if size not in NETWORKS:
        NETWORKS[size] = construction.Construction(size)
    return NETWORKS[size]


def tokens_of(moves, size=6):
    return torch.from_numpy(game.token_of_square(size)[moves])

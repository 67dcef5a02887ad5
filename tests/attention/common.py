"""What the tests of ``attention`` share: helpers."""

import numpy as np
import torch

from othello_gpt import game, probes

MOVES = game.sample_moves(24, seed=6)
TOKENS = torch.from_numpy(game.token_of_square()[MOVES[:, :-1]])
OUTER = np.setdiff1d(np.arange(36), game.centre())
TARGETS = [probes.TARGETS[name] for name in ("empty", "board")]

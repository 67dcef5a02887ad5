"""What the tests of ``training`` share: helpers."""

import torch

from othello_gpt.model import GPTConfig, load_model
from othello_gpt.training import Machine, TrainConfig

TINY = GPTConfig(n_layer=2, n_head=2, n_embd=16)
CONFIG = TrainConfig(
    games=96, batch=16, warmup=32, decay=48, muon_lr=5e-3, continuations=2, siblings=2, opening=12
)
EAGER = Machine(processes=1, threads=1, device="cpu", bfloat16=False, compiled=False, micro=200)
QUICK = {"model_config": TINY, "machine": EAGER, "eval_every": 2, "eval_games": 20}


def weights(folder):
    return load_model(folder).state_dict()


def assert_same_weights(a, b):
    for (name, x), y in zip(weights(a).items(), weights(b).values(), strict=True):
        assert torch.equal(x, y), name

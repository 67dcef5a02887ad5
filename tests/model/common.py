"""What the tests of ``model`` share: helpers."""

from dataclasses import asdict

import torch

from othello_gpt import game
from othello_gpt.model import GPT, GPTConfig

VARIANTS = [
    GPTConfig(n_layer=2, n_head=4, n_embd=32, bias=bias, tied=tied)
    for bias in (True, False)
    for tied in (True, False)
]


def random_gpt(config: GPTConfig, seed: int = 0) -> GPT:
    """A network far from its initial state, so that no bias or gain is at its neutral value."""
    generator = torch.Generator().manual_seed(seed)
    gpt = GPT(config).eval().requires_grad_(False)
    for p in gpt.parameters():
        p.copy_(torch.randn(p.shape, generator=generator) * 0.3)
    return gpt


def nanogpt_arguments(config: GPTConfig) -> dict:
    return {k: v for k, v in asdict(config).items() if k != "tied"}


def tokens_of(moves):
    return torch.from_numpy(game.token_of_square()[moves])


TOKENS = tokens_of(game.sample_moves(6, seed=1))[:, :-1]

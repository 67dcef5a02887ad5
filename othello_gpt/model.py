"""The network: a GPT with nanoGPT's names, its Hub form, TransformerLens conversion, legality.

Parameter and configuration names are those of nanoGPT (https://github.com/karpathy/nanoGPT), so
its checkpoints load here and ours load there. Chapter: ``book/model.py``.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin

from . import games


@dataclass(frozen=True)
class GPTConfig:
    """nanoGPT's configuration fields, with this book's defaults.

    ``tied`` says whether the unembedding is the embedding's own matrix, as in nanoGPT.
    """

    block_size: int = 31
    vocab_size: int = 33
    n_layer: int = 8
    n_head: int = 8
    n_embd: int = 128
    dropout: float = 0.0
    bias: bool = True
    tied: bool = False


class LayerNorm(nn.Module):
    """LayerNorm with an optional bias."""

    def __init__(self, width: int, bias: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width)) if bias else None

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, 1e-5)


class CausalSelfAttention(nn.Module):
    """Multi-head attention to the present and earlier positions."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        hidden = torch.full((config.block_size, config.block_size), -math.inf).triu(1)
        self.register_buffer("causal", hidden, persistent=False)

    def forward(self, x):
        B, T, C = x.shape
        qkv = self.c_attn(x).view(B, T, 3, self.n_head, C // self.n_head)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [B, head, T, C / heads]
        # Written out: at 31 positions this is faster on a CPU than the fused kernel.
        scores = q @ k.transpose(-2, -1) / math.sqrt(C // self.n_head) + self.causal[:T, :T]
        pattern = F.dropout(scores.softmax(-1), self.dropout, self.training)
        z = (pattern @ v).transpose(1, 2).reshape(B, T, C)
        return F.dropout(self.c_proj(z), self.dropout, self.training)


class MLP(nn.Module):
    """Two linear maps with a GELU between."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.dropout = config.dropout
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x):
        return F.dropout(self.c_proj(F.gelu(self.c_fc(x))), self.dropout, self.training)


class Block(nn.Module):
    """Attention, then MLP, each adding to the residual stream."""

    def __init__(self, config: GPTConfig):
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, config.bias)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = LayerNorm(config.n_embd, config.bias)
        self.mlp = MLP(config)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(
    nn.Module,
    PyTorchModelHubMixin,
    coders={GPTConfig: (asdict, lambda fields: GPTConfig(**fields))},
):
    """A nanoGPT-compatible transformer that maps tokens [games, T] to logits [games, T, vocab]."""

    def __init__(self, config: GPTConfig = GPTConfig()):
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict(
            dict(
                wte=nn.Embedding(config.vocab_size, config.n_embd),
                wpe=nn.Embedding(config.block_size, config.n_embd),
                h=nn.ModuleList(Block(config) for _ in range(config.n_layer)),
                ln_f=LayerNorm(config.n_embd, config.bias),
            )
        )
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tied:
            self.transformer.wte.weight = self.lm_head.weight
        self.apply(self._init)
        for name, p in self.named_parameters():
            if name.endswith("c_proj.weight"):  # GPT-2: the sum of 2 n_layer terms keeps its scale
                nn.init.normal_(p, std=0.02 / math.sqrt(2 * config.n_layer))

    @staticmethod
    def _init(module):
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)

    def forward(self, tokens):
        x = self.transformer.wte(tokens) + self.transformer.wpe.weight[: tokens.shape[1]]
        for block in self.transformer.h:
            x = block(x)
        return self.lm_head(self.transformer.ln_f(x))


# --- how good are its predictions? ---------------------------------------------------------------


@dataclass(frozen=True)
class Predictions:
    """What a model says about the last 31 moves of games; arrays [games, 31].

    ``legal``: whether the arg-max token is a legal move (top-1 legality). ``legal_mass``: the
    probability given to all legal moves. ``nll``: minus the log-probability of the move that was
    played, in nats. ``excess``: ``nll`` minus that of the process that made the games, up to the
    constant that conditions on survival (see ``games.log_choices``).
    """

    legal: np.ndarray
    legal_mass: np.ndarray
    nll: np.ndarray


@torch.inference_mode()
def predict(model: GPT, moves: np.ndarray, batch: int = 250) -> Predictions:
    """Return how a model's next-move distributions do on games given as squares [games, 32]."""
    device = next(model.parameters()).device
    tokens = torch.from_numpy(games.token_of_square()[moves])
    legal = torch.from_numpy(games.legal_tokens(moves))
    parts = []
    for t, can in zip(tokens.split(batch), legal.split(batch), strict=True):
        t, can = t.to(device), can[:, 1:].to(device)
        log_p = model(t[:, :-1]).float().log_softmax(-1)  # [games, 31, vocab]
        best = can.gather(-1, log_p.argmax(-1, keepdim=True)).squeeze(-1)
        mass = (log_p.exp() * can).sum(-1)
        nll = -log_p.gather(-1, t[:, 1:, None]).squeeze(-1)
        parts.append([x.cpu().numpy() for x in (best, mass, nll)])
    return Predictions(*(np.concatenate(x) for x in zip(*parts, strict=True)))

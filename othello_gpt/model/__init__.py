"""The network (chapter ``model``): a GPT, its files, TransformerLens, its predictions."""

from .evaluation import (
    HELD_OUT_SEED,
    REPORT_SEED,
    Evaluation,
    Predictions,
    board_of,
    evaluate,
    inputs_of,
    log_survival,
    next_moves,
    predict,
)
from .files import read_tensors
from .gpt import EXPORTED, GPT, MLP, PRETRAINED, Block, CausalSelfAttention, GPTConfig, LayerNorm
from .lens import to_transformer_lens
from .loading import load_model
from .publishing import push_model

__all__ = [
    "EXPORTED",
    "GPT",
    "HELD_OUT_SEED",
    "MLP",
    "PRETRAINED",
    "REPORT_SEED",
    "Block",
    "CausalSelfAttention",
    "Evaluation",
    "GPTConfig",
    "LayerNorm",
    "Predictions",
    "board_of",
    "evaluate",
    "inputs_of",
    "load_model",
    "log_survival",
    "next_moves",
    "predict",
    "push_model",
    "read_tensors",
    "to_transformer_lens",
]

"""Attention: what each head looks at, writes and is needed for."""

from .ablation import WAYS, Ablations, ablate_heads
from .boards import attention_boards, from_squares, in_line
from .circuits import output_share, ov_circuit, own_is_lowest, qk_circuit, rank_correlation
from .patterns import head_outputs, patterns
from .summary import KINDS, AttentionSummary, kinds, summarise

__all__ = [
    "KINDS",
    "WAYS",
    "Ablations",
    "AttentionSummary",
    "ablate_heads",
    "attention_boards",
    "from_squares",
    "head_outputs",
    "in_line",
    "kinds",
    "output_share",
    "ov_circuit",
    "own_is_lowest",
    "patterns",
    "qk_circuit",
    "rank_correlation",
    "summarise",
]

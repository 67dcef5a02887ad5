"""Attention: what each head looks at, writes and is needed for (chapter ``attention``)."""

from .ablation import WAYS, Ablations, ablate_heads
from .boards import OUTER, attention_boards, from_squares, in_line
from .cards import (
    HeadCard,
    Owners,
    by_distance,
    head_card_files,
    head_cards,
    owners,
)
from .catalogue import catalogue
from .circuits import (
    output_share,
    ov_circuit,
    own_is_lowest,
    qk_circuit,
    rank_correlation,
    within_layers,
)
from .patterns import gathered, head_outputs, patterns
from .summary import KINDS, AttentionSummary, head_name, kinds, summarise

__all__ = [
    "KINDS",
    "OUTER",
    "WAYS",
    "Ablations",
    "AttentionSummary",
    "HeadCard",
    "Owners",
    "ablate_heads",
    "attention_boards",
    "by_distance",
    "catalogue",
    "from_squares",
    "gathered",
    "head_card_files",
    "head_cards",
    "head_name",
    "head_outputs",
    "in_line",
    "kinds",
    "output_share",
    "ov_circuit",
    "own_is_lowest",
    "owners",
    "patterns",
    "qk_circuit",
    "rank_correlation",
    "summarise",
    "within_layers",
]

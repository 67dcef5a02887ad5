"""Neurons: what each one writes, reads and does."""

from .ablation import effect, kept, matched_others, mean_ablation, named_and_others, replacement
from .attribution import (
    Decomposition,
    decompose,
    double,
    logit_attribution,
    neuron_attribution,
    readout,
)
from .features import FEATURES, features
from .legal_rules import Rule, confusion, f1, find_rules, rules_above, rules_f1, spectrum
from .lines import Pattern, holds, patterns
from .outputs import Survey, edited, neuron_outputs, sample_outputs, survey
from .trees import Trees, fit_trees, other_boards, r_squared, rotated, share_described
from .weights import (
    cosines,
    direct_effects,
    input_weights,
    output_weights,
    random_basis,
    share_explained,
)

__all__ = [
    "FEATURES",
    "Decomposition",
    "Pattern",
    "Rule",
    "Survey",
    "Trees",
    "confusion",
    "cosines",
    "decompose",
    "direct_effects",
    "double",
    "edited",
    "effect",
    "f1",
    "features",
    "find_rules",
    "fit_trees",
    "holds",
    "input_weights",
    "kept",
    "logit_attribution",
    "matched_others",
    "mean_ablation",
    "named_and_others",
    "neuron_attribution",
    "neuron_outputs",
    "other_boards",
    "output_weights",
    "patterns",
    "r_squared",
    "random_basis",
    "readout",
    "replacement",
    "rotated",
    "rules_above",
    "rules_f1",
    "sample_outputs",
    "share_described",
    "share_explained",
    "spectrum",
    "survey",
]

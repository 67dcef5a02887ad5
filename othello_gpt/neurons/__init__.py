"""Neurons: what each one writes, reads and does."""

from .ablation import (
    effect,
    loss_recovered,
    matched_others,
    mean_ablation,
    named_and_others,
    replacement,
)
from .attribution import (
    Decomposition,
    decompose,
    double,
    logit_attribution,
    neuron_attribution,
    readout,
)
from .features import FEATURES, features
from .legal_rules import (
    Rule,
    confusion,
    f1,
    find_rules,
    output_distributions,
    rules_above,
    rules_f1,
)
from .lines import Line, line_holds, lines_through
from .outputs import Survey, neuron_outputs, sample_outputs, survey, with_outputs
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
    "Line",
    "Rule",
    "Survey",
    "Trees",
    "confusion",
    "cosines",
    "decompose",
    "direct_effects",
    "double",
    "effect",
    "f1",
    "features",
    "find_rules",
    "fit_trees",
    "input_weights",
    "line_holds",
    "lines_through",
    "logit_attribution",
    "loss_recovered",
    "matched_others",
    "mean_ablation",
    "named_and_others",
    "neuron_attribution",
    "neuron_outputs",
    "other_boards",
    "output_distributions",
    "output_weights",
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
    "survey",
    "with_outputs",
]

"""Which way neurons with a rule push their square, and neurons to silence in their place."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Shaped

from ..intervals import Interval
from .ablation import by_layer, matched_others, named_and_others
from .legal_rules import Rule, holds
from .types import Hold, Ids, PerNeuron


def rule_pushes(
    rules: Sequence[Rule], direct: Sequence[Float[np.ndarray, "neurons squares"]]
) -> Float[np.ndarray, " rules"]:
    """Return what an output of one adds directly to the logit of each rule's own square.

    ``direct``: ``direct_effects`` of every layer.
    """
    return np.array([float(direct[r.layer][r.neuron, r.square]) for r in rules])


def promoters_and_dampers(
    rules: Sequence[Rule], direct: Sequence[Float[np.ndarray, "neurons squares"]]
) -> dict[str, list[Rule]]:
    """Return the rules whose neurons raise their square's logit, and those that lower it."""
    pairs = list(zip(rules, rule_pushes(rules, direct), strict=True))
    return {
        "promoters": [rule for rule, push in pairs if push > 0],
        "dampers": [rule for rule, push in pairs if push < 0],
    }


def of_the_same_size(rules: Sequence[Rule], size: PerNeuron) -> dict[int, Ids]:
    """Return other neurons of the same layers, each as near in ``size`` as can be."""
    return {at: matched_others(size[at], who) for at, who in by_layer(rules).items()}


def of_the_same_push(
    rules: Sequence[Rule],
    direct: Sequence[Float[np.ndarray, "neurons squares"]],
    std: PerNeuron,
    free_of: Sequence[Rule],
) -> dict[int, Ids]:
    """Return other neurons that push the square of each rule as much, none of ``free_of``'s.

    A push is that of an output one standard deviation (``std``) larger.
    """
    found, taken = {}, by_layer(free_of)
    for at, who in by_layer(rules).items():
        own = [rule.square for rule in rules if rule.layer == at]
        push = np.ma.getdata(direct[at]) * std[at][:, None]
        free = np.setdiff1d(np.arange(len(push)), taken[at])
        found[at] = matched_others(push[:, own].T, who, free)
    return found


def random_others(rules: Sequence[Rule], width: int, rng: np.random.Generator) -> dict[int, Ids]:
    """Return as many neurons of the same layers, ``width`` each, that have none of the rules."""
    taken = by_layer(rules)
    rest = {at: np.setdiff1d(np.arange(width), who) for at, who in taken.items()}
    return {at: rng.choice(rest[at], len(who), False) for at, who in taken.items()}


def named_squares(rules: Sequence[Rule], hold: Hold) -> Bool[np.ndarray, "rows squares"]:
    """Return which squares the rules call legal in each position."""
    named = np.zeros((len(hold), 36), bool)
    for rule in rules:
        named[:, rule.square] |= holds(rule, hold)
    return named


def change_of_named(
    before: Shaped[np.ndarray, "games plies squares"],
    after: Shaped[np.ndarray, "games plies squares"],
    named: Bool[np.ndarray, "games plies squares"],
    legal: Bool[np.ndarray, "games plies squares"],
) -> Interval:
    """Return how log-probabilities change: of legal squares that are named, of others, the gap."""
    change = np.log(after.clip(1e-9)) - np.log(before.clip(1e-9))
    return named_and_others(change, named & legal, legal & ~named)

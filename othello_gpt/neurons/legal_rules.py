"""Neurons that fire where a move is legal for one reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from .lines import Line, column, lines_through
from .types import Hold, Outputs


def neuron_name(layer: int, neuron: int) -> str:
    """Return how the book calls a neuron.

    >>> neuron_name(7, 35)
    'L7 N35'
    """
    return f"L{layer} N{neuron}"


@dataclass(frozen=True)
class Rule:
    """What a neuron stands for: it is above ``threshold`` where one of ``lines_through`` holds.

    ``f1`` is that on the rows that the rule was found on.
    """

    layer: int
    neuron: int
    lines: tuple[Line, ...]
    threshold: float
    f1: float

    @property
    def square(self) -> int:
        """The square whose legality the rule is about."""
        return self.lines[0].square

    @property
    def name(self) -> str:
        """The neuron's name, such as ``"L7 N35"``."""
        return neuron_name(self.layer, self.neuron)

    def __str__(self) -> str:
        return " or ".join(str(p) for p in self.lines)


def find_rules(
    outputs: Outputs, hold: Hold, layer: int, least: float = 0.4, terms: int = 4
) -> list[Rule]:
    """Return the best legal-move rule of each neuron of a layer that correlates with a line at all.

    A rule begins with the line and the threshold of the highest F1, among the three that correlate
    best; others are added with "or" as long as each improves F1 by 0.002, ``terms`` at most.
    Neurons without a correlation of ``least`` are left out.
    """
    common = np.flatnonzero(hold.sum(0) >= 20)
    by_line = np.ascontiguousarray(hold.T)  # a line's flags lie together: they are sorted often
    flags = hold[:, common].astype(np.float32)
    z = (flags - flags.mean(0)) / flags.std(0)
    spread = outputs.std(0)
    centred = (outputs - outputs.mean(0)) / np.where(spread > 1e-6, spread, np.inf)
    correlation = (z.T @ centred) / len(z)  # [lines, neurons]
    found = []
    for neuron in np.flatnonzero(correlation.max(0) > least):
        order = np.argsort(-outputs[:, neuron])
        likely = common[np.argsort(-correlation[:, neuron])]
        start = max(likely[:3], key=lambda p: _best_f1(by_line[p][order])[0])
        chosen, truth = [start], by_line[start][order]
        score, cut = _best_f1(truth)
        # Only lines of the same square can make the same move legal.
        square = lines_through()[start].square
        more = [p for p in likely[:60] if lines_through()[p].square == square]
        while score > 0.5 and len(chosen) < terms:
            tried = [(*_best_f1(truth | by_line[p][order]), p) for p in more]
            top = max(tried, default=(0, 0, 0))
            if top[0] < score + 0.002:
                break
            score, cut, p = top
            chosen.append(p)
            truth = truth | by_line[p][order]
        threshold = float(outputs[order[cut], neuron])
        terms_of = tuple(lines_through()[p] for p in chosen)
        found.append(Rule(layer, int(neuron), terms_of, threshold, float(score)))
    return found


def _best_f1(truth: Bool[np.ndarray, " rows"]) -> tuple[float, int]:
    """Return the best F1 of calling the first rows true, and the last row that is called so."""
    hits = truth.cumsum()
    scores = 2 * hits / (np.arange(1, len(truth) + 1) + hits[-1])
    best = int(scores.argmax())
    return float(scores[best]), best


def holds(rule: Rule, hold: Hold) -> Bool[np.ndarray, " rows"]:
    """Return where a rule holds."""
    return np.any(hold[:, [column(line) for line in rule.lines]], axis=1)


def confusion(
    rule: Rule, outputs: Outputs, hold: Hold
) -> tuple[Bool[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    """Return where a rule holds, and where its neuron is above its threshold.

    ``outputs`` are of the rule's layer.
    """
    return holds(rule, hold), outputs[:, rule.neuron] >= rule.threshold


def tallies(
    found: Sequence[Rule], outputs: Sequence[Float[np.ndarray, " rows"]], hold: Hold, n_games: int
) -> Float[np.ndarray, "games 2 rules"]:
    """Return twice the hits of each rule in each game, and how often it or its neuron is on.

    ``outputs``: of each rule its neuron's, on all positions of ``n_games`` games, in order. The
    ratio of the two, over all games, is F1.
    """
    sums = np.empty((n_games, 2, len(found)))
    for k, (rule, values) in enumerate(zip(found, outputs, strict=True)):
        truth, active = holds(rule, hold), values >= rule.threshold
        for i, x in enumerate((2.0 * (truth & active), truth.astype(float) + active)):
            sums[:, i, k] = x.reshape(n_games, -1).sum(1)
    return sums


def f1_of_means(means: Float[np.ndarray, "draws 2 rules"]) -> Float[np.ndarray, "draws rules"]:
    """Return F1 from the two means of ``tallies``; 0 where neither rule nor neuron is ever on."""
    return means[:, 0] / np.maximum(means[:, 1], 1e-12)


def output_distributions(
    outputs: Float[np.ndarray, " rows"], truth: Bool[np.ndarray, " rows"], bins: int = 40
) -> tuple[Float[np.ndarray, " bins"], Float[np.ndarray, " bins"], Float[np.ndarray, " bins"]]:
    """Return the middles of bins, and the shares of outputs in them where true and where not.

    ``outputs`` are one neuron's, ``truth`` whether its rule holds; each of the two adds up to 1.
    Raises ``ValueError`` if it always holds or never does.
    """
    if truth.all() or not truth.any():
        raise ValueError(f"nothing to compare: the rule holds in {truth.mean():.0%} of the rows")
    edges = np.histogram_bin_edges(outputs, bins)
    yes, no = (np.histogram(outputs[t], edges)[0] / t.sum() for t in (truth, ~truth))
    return (edges[1:] + edges[:-1]) / 2, yes, no

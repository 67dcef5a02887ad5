"""Neurons that fire where a move is legal for one reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..intervals import Interval, bootstrap
from .lines import Line, lines_through


def f1(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the F1 score of each column of two boolean arrays [rows, columns]; 0 if both empty."""
    both = (truth & predicted).sum(0)
    return 2 * both / np.maximum(truth.sum(0) + predicted.sum(0), 1)


@dataclass(frozen=True)
class Rule:
    """What a neuron stands for: it is above ``threshold`` where one of ``lines_through`` holds.

    ``precision``, ``recall`` and ``f1`` are over the rows that the rule was found on until
    ``score`` measures them on others.
    """

    layer: int
    neuron: int
    lines: tuple[Line, ...]
    threshold: float
    f1: float

    def __str__(self) -> str:
        return " or ".join(str(p) for p in self.lines)


def find_rules(
    outputs: np.ndarray, hold: np.ndarray, layer: int, least: float = 0.4, terms: int = 4
) -> list[Rule]:
    """Return the best legal-move rule of each neuron that correlates with a pattern at all.

    ``outputs`` [rows, neurons] of a layer, ``hold`` [rows, patterns]. A rule begins with the
    pattern and the threshold of the highest F1, among the three that correlate best; others are
    added with "or" as long as each improves F1 by 0.002. Neurons without a correlation of
    ``least`` are left out.
    """
    common = np.flatnonzero(hold.sum(0) >= 20)
    flags = hold[:, common].astype(np.float32)
    z = (flags - flags.mean(0)) / flags.std(0)
    spread = outputs.std(0)
    centred = (outputs - outputs.mean(0)) / np.where(spread > 1e-6, spread, np.inf)
    correlation = (z.T @ centred) / len(z)  # [patterns, neurons]
    found = []
    for neuron in np.flatnonzero(correlation.max(0) > least):
        order = np.argsort(-outputs[:, neuron])
        likely = common[np.argsort(-correlation[:, neuron])]
        start = max(likely[:3], key=lambda p: _best_f1(hold[order, p])[0])
        chosen, truth = [start], hold[order, start]
        score, cut = _best_f1(truth)
        # Only patterns of the same square can make the same move legal.
        square = lines_through()[start].square
        more = [p for p in likely[:60] if lines_through()[p].square == square]
        while score > 0.5 and len(chosen) < terms:
            tried = [(*_best_f1(truth | hold[order, p]), p) for p in more]
            top = max(tried, default=(0, 0, 0))
            if top[0] < score + 0.002:
                break
            score, cut, p = top
            chosen.append(p)
            truth = truth | hold[order, p]
        threshold = float(outputs[order[cut], neuron])
        terms_of = tuple(lines_through()[p] for p in chosen)
        found.append(Rule(layer, int(neuron), terms_of, threshold, float(score)))
    return found


def _best_f1(truth: np.ndarray) -> tuple[float, int]:
    """Return the best F1 of calling the first rows true, and the last row that is called so."""
    hits = truth.cumsum()
    scores = 2 * hits / (np.arange(1, len(truth) + 1) + hits[-1])
    best = int(scores.argmax())
    return float(scores[best]), best


def confusion(rule: Rule, outputs: np.ndarray, hold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether a rule holds and whether its neuron is above its threshold, bool [rows]."""
    index = {p: i for i, p in enumerate(lines_through())}
    truth = hold[:, [index[p] for p in rule.lines]].any(1)
    return truth, outputs[:, rule.neuron] >= rule.threshold


def rules_f1(
    found: Sequence[Rule], outputs: np.ndarray, hold: np.ndarray, n_games: int
) -> Interval:
    """Return the F1 of rules with intervals over games, [rules].

    ``outputs`` [layers, rows, neurons] and ``hold`` [rows, patterns] are of positions of
    ``n_games`` games, in order.
    """
    return bootstrap(_of_rules(found, outputs, hold, n_games), statistic=_f1_of_means)


def rules_above(
    found: Sequence[Rule], outputs: np.ndarray, hold: np.ndarray, n_games: int, bars
) -> Interval:
    """Return how many rules have an F1 of at least each of ``bars``, [bars]; see ``rules_f1``."""

    def count(means):
        return np.stack([(_f1_of_means(means) >= bar).sum(1) for bar in bars], 1)

    return bootstrap(_of_rules(found, outputs, hold, n_games), statistic=count)


def _of_rules(found, outputs, hold, n_games) -> np.ndarray:
    """Return twice the hits, and positions where a rule or its neuron is on: [games, 2, rules]."""
    sums = []
    for rule in found:
        truth, active = confusion(rule, outputs[rule.layer], hold)
        pair = 2.0 * (truth & active), truth.astype(float) + active
        sums.append([x.reshape(n_games, -1).sum(1) for x in pair])
    return np.array(sums).transpose(2, 1, 0)


def _f1_of_means(means: np.ndarray) -> np.ndarray:
    return means[:, 0] / np.maximum(means[:, 1], 1e-12)


def output_distributions(
    outputs: np.ndarray, truth: np.ndarray, bins: int = 40
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the middles of bins, and the shares of outputs in them where true and where not.

    ``outputs`` and bool ``truth`` [rows] are of one neuron; each of the two adds up to 1. Raises
    ``ValueError`` if the property always holds or never does.
    """
    if truth.all() or not truth.any():
        raise ValueError(
            f"nothing to compare: the property holds in {truth.mean():.0%} of the rows"
        )
    edges = np.histogram_bin_edges(outputs, bins)
    yes, no = (np.histogram(outputs[t], edges)[0] / t.sum() for t in (truth, ~truth))
    return (edges[1:] + edges[:-1]) / 2, yes, no

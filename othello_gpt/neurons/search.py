"""The search for rules as a whole, so that neurons and their rivals go through the same one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from ..intervals import Interval, bootstrap, bootstrap_shares
from .legal_rules import Rule, f1_of_means, find_rules, tallies
from .lines import Line, lines_through
from .trees import rotated
from .types import Hold, LayerOutputs


@dataclass(frozen=True, eq=False)
class Ranking:
    """Rules, the best on the games they were found on first, and how they do on other games.

    ``tallies`` [games, 2, rules]: twice the hits of each rule, and how often it or its neuron is
    on (``legal_rules.tallies``). Intervals raise ``ValueError`` for fewer than two games.
    """

    rules: tuple[Rule, ...]
    tallies: Float[np.ndarray, "games 2 rules"]

    @classmethod
    def of(cls, rules: Sequence[Rule], tallies: Float[np.ndarray, "games 2 rules"]) -> "Ranking":
        """Return rules in order, those first that are best on the games they were found on."""
        order = np.argsort([-rule.f1 for rule in rules], kind="stable").astype(int)
        return cls(tuple(rules[k] for k in order), tallies[..., order])

    @cached_property
    def f1(self) -> Interval:
        """F1 on the other games, [rules], with intervals over games."""
        return bootstrap(self.tallies, statistic=f1_of_means)

    def above(self, bars: Sequence[float]) -> Interval:
        """Return how many rules have an F1 of at least each bar, [bars], with intervals."""

        def count(means):
            counts = [(f1_of_means(means) >= bar).sum(1) for bar in bars]
            return np.stack(counts, 1).astype(float)

        if not self.rules:
            return Interval(*np.zeros((3, len(bars))))
        return bootstrap(self.tallies, statistic=count)

    def at_least(self, bar: float) -> list[Rule]:
        """Return the rules with an F1 of at least ``bar``, in order."""
        return [rule for rule, f1 in self.scored() if f1 >= bar]

    def scored(self) -> list[tuple[Rule, float]]:
        """Return each rule with its F1 on the other games, in order."""
        return list(zip(self.rules, np.asarray(self.f1.mean).tolist(), strict=True))


def search_rules(
    outputs: LayerOutputs,
    hold: Hold,
    held_out: Float[np.ndarray, "layers held_out neurons"],
    hold_out: Bool[np.ndarray, "held_out lines"],
    n_games: int,
    mixes: Sequence[Float[np.ndarray, "neurons candidates"]] | None = None,
) -> Ranking:
    """Return the rules found in all layers on some games, scored on ``n_games`` others.

    ``mixes``: one matrix a layer; its columns stand in for the layer's neurons, and a rule's
    ``neuron`` is a column. The same candidates, the same thresholds, the same words.
    """
    found, by_game = [], []
    for layer, (own, other) in enumerate(zip(outputs, held_out, strict=True)):
        mix = None if mixes is None else mixes[layer]
        rules = find_rules(own if mix is None else own @ mix, hold, layer)
        if rules:
            at = [rule.neuron for rule in rules]
            seen = other[:, at] if mix is None else other @ mix[:, at]
            found += rules
            by_game.append(tallies(rules, list(seen.T), hold_out, n_games))
    return Ranking.of(found, np.concatenate([np.zeros((n_games, 2, 0)), *by_game], 2))


def rotations(
    outputs: LayerOutputs, seed: int = 0
) -> list[Float[np.ndarray, "neurons candidates"]]:
    """Return one random rotation of each layer's outputs: as many candidates as neurons."""
    width = outputs.shape[2]
    return [rotated(width, width, 1, seed + layer) for layer in range(len(outputs))]


def images_owned(ranking: Ranking, bar: float = 0.8, most: int = 100) -> Interval:
    """Return the share of the rules' images under the board's symmetries that have a neuron: [3].

    First of the images of the best rules, ``most`` at most, each with an F1 of ``bar``; then the
    control: the share of all lines of the same kinds that have one; then by how much more of the
    images have one. Intervals are over orbits: rules that are images of each other vouch for each
    other, so they are drawn together.
    Raises ``ValueError`` for rules of fewer than two orbits with such an F1.
    """
    best = {}
    for rule, score in ranking.scored():
        best.setdefault(rule.lines, score)
    covered = {lines for lines, score in best.items() if score >= bar}
    owned = {tuple(sorted(lines)) for lines in covered}
    kinds = {}
    for line in lines_through():
        kinds.setdefault(_kind(line), []).append((line,) in covered)
    orbits: dict[tuple[Line, ...], list[tuple[float, float]]] = {}
    for rule in ranking.at_least(bar)[:most]:
        every = {tuple(sorted(line.image(s) for line in rule.lines)) for s in range(8)}
        images = every - {tuple(sorted(rule.lines))}
        chance = [np.mean(kinds[_kind(lines[0])]) for lines in images]
        row = (len(images & owned) / len(images), float(np.mean(chance))) if images else (1.0, 1.0)
        orbits.setdefault(min(every), []).append(row)
    totals = np.array([np.sum(rows, 0) for rows in orbits.values()])
    totals = np.column_stack([totals, totals[:, 0] - totals[:, 1]])
    return bootstrap_shares(totals, np.array([[len(rows)] for rows in orbits.values()]))


def _kind(line: Line) -> tuple[bool, bool]:
    return bool(line.towards), bool(line.run)

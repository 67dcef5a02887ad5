"""Tables of neurons: what each one stands for, reads, writes and does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from .. import figures, game, probes
from ..figures import Panel
from ..model import GPT
from ..probes import Probe
from .description import Description
from .legal_rules import Rule, confusion, neuron_name
from .outputs import Survey
from .search import Ranking
from .types import Directions, Hold, LayerOutputs
from .weights import cosines, input_weights, output_weights, random_basis, share_explained

FAMILIES = ("empty", "mine - theirs", "embedding", "unembedding")
_WEIGHTS = {"reads": input_weights, "writes": output_weights}
Boards = Float[np.ndarray, "layers neurons squares"]


@dataclass(frozen=True, eq=False)
class Bases:
    """Directions that mean something, where each layer reads (``mid``) and writes (``post``)."""

    model: GPT
    reads: tuple[Mapping[str, Directions], ...]
    writes: tuple[Mapping[str, Directions], ...]

    @classmethod
    def of(cls, model: GPT, before: Probe, after: Probe) -> "Bases":
        """Return the families of a probe fitted before each MLP and of one fitted after it."""
        mids, posts = model.sites[1::2], model.sites[2::2]
        return cls(
            model,
            tuple(probes.families(model, before, site) for site in mids),
            tuple(probes.families(model, after, site) for site in posts),
        )

    def _weights(self, verb: str):
        return [_WEIGHTS[verb](self.model, at) for at in range(self.model.config.n_layer)]

    def cosines(self, verb: str, family: str) -> Boards:
        """Return the cosine of each neuron's weights with each square's direction of a family.

        ``verb``: ``"reads"`` for input weights, ``"writes"`` for output weights.
        """
        pairs = zip(self._weights(verb), getattr(self, verb), strict=True)
        return np.stack([cosines(weights, basis[family]) for weights, basis in pairs])

    def shares(self, verb: str, *families: str) -> Float[np.ndarray, "layers neurons"]:
        """Return the share of each neuron's weights in the span of families of directions."""
        found = []
        for weights, basis in zip(self._weights(verb), getattr(self, verb), strict=True):
            found.append(share_explained(weights, torch.cat([basis[f] for f in families])))
        return np.stack(found)

    def by_chance(self, verb: str, family: str) -> Float[np.ndarray, " layers"]:
        """Return the mean share that a random subspace of the same dimension explains."""
        found = []
        for at, weights in enumerate(self._weights(verb)):
            chance = random_basis(getattr(self, verb)[at][family], seed=at)
            found.append(float(share_explained(weights, chance).mean()))
        return np.array(found)


def rule_table(ranking: Ranking, held_out: LayerOutputs, hold: Hold, first: int = 12):
    """Return the best rules as a pandas table: neuron, rule, F1, precision and recall."""
    rows = []
    for k, rule in enumerate(ranking.rules[:first]):
        truth, active = confusion(rule, held_out[rule.layer], hold)
        row = {"neuron": rule.name, "active when": str(rule), "F1": f"{ranking.f1.at(k):.3f}"}
        rows.append(row | {"precision": truth[active].mean(), "recall": active[truth].mean()})
    return pd.DataFrame(rows)


def layer_counts(groups: Mapping[str, Sequence[Rule]], n_layer: int):
    """Return how many rules of each group are in each layer, as a pandas table."""
    layers = [[rule.layer for rule in rules] for rules in groups.values()]
    counts = [np.bincount(np.array(of, int), minlength=n_layer) for of in layers]
    names = [f"layer {at}" for at in range(n_layer)]
    return pd.DataFrame(dict(zip(groups, counts, strict=True)), index=names)


def weight_norms(model: GPT) -> dict[str, Float[np.ndarray, "layers neurons"]]:
    """Return the lengths of each neuron's input and output weights."""
    layers = range(model.config.n_layer)
    vectors = {"input": input_weights, "output": output_weights}
    norms = {
        name: [torch.linalg.vector_norm(of(model, at), dim=1).cpu().numpy() for at in layers]
        for name, of in vectors.items()
    }
    return {f"{name} norm": np.stack(each) for name, each in norms.items()}


def layer_medians(model: GPT, found: Survey):
    """Return each layer's medians of a survey and of the weights, as a pandas table."""
    stats = {"kurtosis (log10)": np.log10(found.kurtosis), "positions where it fires": found.fires}
    stats |= weight_norms(model)
    names = [f"layer {at}" for at in range(model.config.n_layer)]
    return pd.DataFrame({name: np.median(x, 1) for name, x in stats.items()}, index=names)


def catalogue(
    found: Survey,
    trees: Description,
    other: Description,
    ranking: Ranking,
    bases: Bases,
    cells: Float[np.ndarray, "layers neurons top squares"],
) -> dict[str, list]:
    """Return one column a fact of every neuron, layer after layer.

    ``other``: the same trees given other boards. ``cells``: mine (1) and theirs (-1) in the
    positions that activate each neuron most.
    """
    layers, width = found.mean.shape
    own = {(rule.layer, rule.neuron): k for k, rule in enumerate(ranking.rules)}
    ids = [(at, n) for at in range(layers) for n in range(width)]
    rules = [str(ranking.rules[own[i]]) if i in own else "" for i in ids]
    measured = np.asarray(ranking.f1.mean)
    scores = [float(measured[own[i]]) if i in own else np.nan for i in ids]
    promoted = bases.cosines("writes", "unembedding").reshape(-1, 36).argmax(1)
    columns = {
        "neuron": [neuron_name(*i) for i in ids],
        "tree R²": trees.r2,
        "other board's R²": other.r2,
        "tree F1": trees.f1,
        "most active when": [tree.rule(n) for tree in trees.trees for n in range(width)],
        "legal-move rule": rules,
        "rule F1": scores,
        "promotes": [game.square_name(int(s)) for s in promoted],
        "reads the board": bases.shares("reads", "empty", "mine - theirs"),
        "writes to moves": bases.shares("writes", "unembedding"),
        "fires": found.fires,
        "kurtosis": found.kurtosis,
        "largest output": found.top[..., 0],
    }
    columns |= weight_norms(bases.model)
    return {name: np.ravel(values).tolist() for name, values in columns.items()}


def catalogue_table(
    columns: Mapping[str, Sequence],
    bases: Bases,
    cells: Float[np.ndarray, "layers neurons top squares"],
) -> figures.Table:
    """Return the ``catalogue`` as a table to search, whose rows open a card of boards."""
    cards = [
        Panel(
            f"{verb} {family}",
            values=bases.cosines(verb, family).reshape(-1, 6, 6),
            scale="signed",
            limit=0.6,
        )
        for verb in _WEIGHTS
        for family in FAMILIES
    ]
    tops = {"mean of the top": cells.mean(2)} | {f"top {k + 1}": cells[:, :, k] for k in range(3)}
    cards += [
        Panel(f"{name}, mine - theirs", values=v.reshape(-1, 6, 6), scale="signed", limit=1)
        for name, v in tops.items()
    ]
    formats = {"fires": ".1%", "kurtosis": ".0f", "rule F1": ".3f"}
    formats |= dict.fromkeys(("reads the board", "writes to moves"), ".0%")
    two = ("tree R²", "other board's R²", "tree F1", "largest output", "input norm", "output norm")
    formats |= dict.fromkeys(two, ".2f")
    return figures.table(columns, formats=formats, cards=cards, sort="tree R²", alt="All neurons")

"""Cards of neurons: all that is known of one, to be looked up by its address."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .. import probes
from ..figures.cards import Cards, largest, packed, short
from ..game import CONTEXT, Games
from .catalogue import Bases
from .description import Description
from .features import FEATURES
from .legal_rules import neuron_name
from .outputs import Survey
from .pushes import promoters_and_dampers
from .search import Ranking
from .trees import Trees

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"  # of squares: half as long as their names
DEPTH, TOPS = 3, 3
"""How many of a tree's questions in a row a card shows, and how many positions."""


@dataclass(frozen=True)
class Moment:
    """A position: the moves of its game, how many of them were played, the neuron's output."""

    moves: tuple[int, ...]
    played: int
    output: float


@dataclass(frozen=True, eq=False)
class NeuronCard:
    """What is known of one neuron.

    ``rule``: its legal-move rule in words, with its F1 on held-out games (mean, low, high; 95%
    over games) and that on the boards of other games; empty and None without a rule. ``role``:
    ``"promoters"`` or ``"dampers"`` if the rule is good enough to count. ``tree``: the
    first questions of its decision tree (``questions``), ``says`` the way to its most active leaf;
    ``r2``, ``other_r2`` (shown other boards) and ``tree_f1`` (of being above zero) are on held-out
    games. Boards [36]: cosines of its input weights with the directions of *mine - theirs* and of
    *empty*; what an output of one adds to each move's logit (``neurons.direct_effects``), masked
    in the centre; the mean of mine (1) and theirs (-1) in the positions that activate it most.
    """

    layer: int
    neuron: int
    rule: str
    f1: tuple[float, float, float] | None
    other_f1: float | None
    role: str
    tree: list
    says: str
    r2: float
    other_r2: float
    tree_f1: float
    mean: float
    std: float
    fires: float
    reads_sides: Float[np.ndarray, " squares"]
    reads_empty: Float[np.ndarray, " squares"]
    effect: Float[np.ndarray, " squares"]
    active_board: Float[np.ndarray, " squares"]
    top: tuple[Moment, ...]

    @property
    def name(self) -> str:
        """The neuron's name, such as ``"L7 N35"``."""
        return neuron_name(self.layer, self.neuron)

    @property
    def raised(self) -> list[int]:
        """The three squares whose moves it raises most."""
        return self._ordered()[::-1][:3]

    @property
    def lowered(self) -> list[int]:
        """The three squares whose moves it lowers most."""
        return self._ordered()[:3]

    def _ordered(self) -> list[int]:
        squares = np.flatnonzero(~np.ma.getmaskarray(self.effect))
        return squares[np.argsort(np.ma.getdata(self.effect)[squares], kind="stable")].tolist()


def questions(trees: Trees, tree: int, depth: int = DEPTH) -> list:
    """Return a tree's first questions: ``[question, if not, if so]``, or ``[output]`` at an end.

    A question is a column of ``FEATURES``, an output the mean over the training rows that came
    there; after ``depth`` questions the rest of the tree is left out.
    """
    nodes = trees.trees[tree].tree_

    def walk(node: int, left: int) -> list:
        if not left or nodes.children_left[node] < 0:
            return [round(float(nodes.value[node, 0, 0]), 2)]
        ways = nodes.children_left[node], nodes.children_right[node]
        asked = int(trees.asks[tree, nodes.feature[node]])
        return [asked, *(walk(int(way), left - 1) for way in ways)]

    return walk(0, depth)


def neuron_cards(
    found: Survey,
    games: Games,
    ranking: Ranking,
    elsewhere: Ranking,
    trees: Description,
    bases: Bases,
    effects: Sequence[Float[np.ndarray, "neurons squares"]],
) -> list[NeuronCard]:
    """Return the cards of all neurons, layer after layer.

    ``found`` is a survey of ``games``; ``elsewhere``: the rules of ``ranking`` on other boards;
    ``effects``: ``neurons.direct_effects`` of each layer. Raises ``ValueError`` if ``found`` isn't
    of as many positions as ``games`` have.
    """
    if found.positions != len(games) * CONTEXT:
        raise ValueError(f"{found.positions} positions surveyed, {len(games) * CONTEXT} in games")
    layers, width = found.mean.shape
    own = {(rule.layer, rule.neuron): k for k, rule in enumerate(ranking.rules)}
    groups = promoters_and_dampers(ranking.at_least(0.8), effects)
    roles = {(r.layer, r.neuron): name for name, rules in groups.items() for r in rules}
    other_r2 = trees.given_other_boards().r2
    sides, empty = (bases.cosines("reads", family) for family in ("mine - theirs", "empty"))
    squares = _sides(games).reshape(-1, 36)
    cards = []
    for layer, neuron in np.ndindex(layers, width):
        at, k, grown = (layer, neuron), own.get((layer, neuron)), trees.trees[layer]
        where = found.where[at]
        top = zip(where[:TOPS], found.top[at][:TOPS], strict=True)
        f1 = None if k is None else ranking.f1.at(k)
        cards.append(
            NeuronCard(
                layer,
                neuron,
                rule="" if k is None else str(ranking.rules[k]),
                f1=None if f1 is None else (float(f1.mean), float(f1.low), float(f1.high)),
                other_f1=None if k is None else float(np.asarray(elsewhere.f1.mean)[k]),
                role=roles.get(at, ""),
                tree=questions(grown, neuron),
                says=grown.rule(neuron),
                r2=float(trees.r2[at]),
                other_r2=float(other_r2[at]),
                tree_f1=float(trees.f1[at]),
                mean=float(found.mean[at]),
                std=float(found.std[at]),
                fires=float(found.fires[at]),
                reads_sides=sides[at],
                reads_empty=empty[at],
                effect=effects[layer][neuron],
                active_board=squares[where].mean(0),
                top=tuple(_moment(games, int(row), float(output)) for row, output in top),
            )
        )
    return cards


def _sides(games: Games) -> Float[np.ndarray, "games plies squares"]:
    """Return mine (1), theirs (-1) and empty (0) after each move but the last."""
    return probes.board(games.replay).reshape(len(games), -1, 36) - 1.0


def _moment(games: Games, row: int, output: float) -> Moment:
    one, ply = divmod(row, CONTEXT)
    return Moment(tuple(games.moves[one].tolist()), ply + 1, output)


def neuron_card_files(cards: Sequence[NeuronCard]) -> Cards:
    """Return what the page of neurons' cards loads: an index, and a file for each layer."""
    layers: dict[int, list[NeuronCard]] = {}
    for card in cards:
        layers.setdefault(card.layer, []).append(card)
    listed = [[_listed(card) for card in some] for some in layers.values()]
    files: dict[str, object] = {"index": {"cards": listed}}
    for layer, some in layers.items():
        games = sorted({moment.moves for card in some for moment in card.top})
        number = {moves: k for k, moves in enumerate(games)}
        files[str(layer)] = {
            "features": FEATURES,
            "games": ["".join(_DIGITS[s] for s in moves) for moves in games],
            "cards": [_row(card, number) for card in some],
        }
    return Cards("neuron", len(cards), files)


def _listed(card: NeuronCard) -> list:
    """Return what the index says: F1, R^2, and the move that is changed most, and by how much."""
    most = int(np.abs(card.effect).argmax())
    f1 = None if card.f1 is None else short(card.f1[0])
    return [f1, short(card.r2, 2), most, short(float(card.effect[most]), 2)]


def _row(card: NeuronCard, number: dict[tuple[int, ...], int]) -> dict:
    reads = np.stack([card.reads_sides, card.reads_empty])
    limits = [largest(reads), largest(card.effect)]
    boards = [(reads, limits[0]), (card.effect[None], limits[1]), (card.active_board[None], 1.0)]
    moved = [[s, short(float(card.effect[s]), 2)] for s in (*card.raised, *card.lowered)]
    row = dict(
        moves=moved,
        tree=card.tree,
        says=card.says,
        scores=[round(x, 2) for x in (card.r2, card.other_r2, card.tree_f1)],
        output=[short(x) for x in (card.mean, card.std, card.fires)],
        limits=limits,
        boards=[packed(board, limit) for board, limit in boards],
        top=[[number[m.moves], m.played, short(m.output)] for m in card.top],
    )
    if card.f1 is not None:
        scores = (*card.f1, *([] if card.other_f1 is None else [card.other_f1]))
        row |= dict(rule=card.rule, role=card.role, f1=[round(x, 3) for x in scores])
    return row

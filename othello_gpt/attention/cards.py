"""Cards of heads: all that is known of one, to be looked up by its address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Integer

from .. import game, probes
from ..devices import device_of
from ..figures.cards import Cards, largest, packed, short
from ..game import Games
from ..model import GPT, inputs_of
from .ablation import WAYS, Ablations
from .patterns import patterns
from .summary import AttentionSummary, head_name, kinds

PARITY = "same parity: the side that has just moved"


@dataclass(frozen=True)
class Owners:
    """Whose discs heads look at: shares of what goes to earlier moves, averaged over positions.

    ``mine`` [layers, heads]: on moves whose square now holds a disc of the side about to move; the
    rest is on *theirs*. ``alike``: the same for a head that looks at all earlier moves alike.
    """

    mine: Float[np.ndarray, "layers heads"]
    alike: float


def owners(model: GPT, games: Games, batch: int = 50) -> Owners:
    """Return whose discs all heads look at in games, in one streamed pass."""
    L, H, T = model.config.n_layer, model.config.n_head, games.moves.shape[1] - 1
    device, alike = device_of(model), 0.0
    mine, paid = torch.zeros(2, L, H, device=device)
    earlier = torch.ones(T, T, device=device).tril(-1)
    for some in games.batches(batch):
        played = some.moves[:, None, :-1].astype(np.int64)
        board = probes.board(some.replay).reshape(len(some), T, -1)
        held = np.take_along_axis(board, np.broadcast_to(played, (len(some), T, T)), 2)
        now = torch.from_numpy(held == 2).to(device) * earlier  # [games, query, key]
        alike += float(now.sum() / earlier.sum() / len(games))
        for layer, pattern in enumerate(patterns(model, inputs_of(some.moves).to(device))):
            mine[layer] += (pattern * now[:, None]).sum((0, 2, 3))
            paid[layer] += (pattern * earlier).sum((0, 2, 3))
    return Owners((mine / paid.clamp(min=1e-12)).cpu().numpy(), alike)


def by_distance(
    mean: Float[np.ndarray, "*heads positions positions"],
) -> Float[np.ndarray, "*heads positions"]:
    """Return the average attention to the move that many moves ago: to itself, the one before...

    ``mean`` are average patterns. Averaged over the positions that have such a move.
    """
    T = mean.shape[-1]
    diagonals = [np.diagonal(mean, -back, -2, -1).mean(-1) for back in range(T)]
    return np.stack(diagonals, -1)


@dataclass(frozen=True, eq=False)
class HeadCard:
    """What is known of one head.

    ``kind``: one of ``KINDS``, or "mixed"; ``shares``: by what it looks at, the share of its
    attention and that of a head that looks at all moves alike; ``distance`` [T]: to the move that
    many moves ago. ``lost``: by measure and way, what is lost without it (mean, low, high; 95%
    over games). ``boards``: by title, what belongs to each square [36].
    """

    layer: int
    head: int
    kind: str
    shares: dict[str, tuple[float, float]]
    distance: Float[np.ndarray, " positions"]
    lost: dict[str, tuple[float, float, float]]
    boards: dict[str, Float[np.ndarray, " squares"]]

    @property
    def name(self) -> str:
        """The head's name, such as ``"L3 H5"``."""
        return head_name(self.layer, self.head)


def head_cards(
    seen: AttentionSummary,
    owned: Owners,
    lost: Ablations,
    boards: Mapping[str, Float[np.ndarray, "layers heads squares"]],
) -> list[HeadCard]:
    """Return the cards of all heads, layer after layer.

    Raises ``ValueError`` if the heads of ``owned`` or ``lost`` aren't those of ``seen``.
    """
    shape, kind, distance = seen.parity.shape, kinds(seen), by_distance(seen.mean)
    for name, other in (("silenced", lost.loss.shape[1:3]), ("asked for owners", owned.mine.shape)):
        if other != shape:
            raise ValueError(f"{other} heads {name}, {shape} looked at")
    alike = seen.uniform
    shares = {
        PARITY: (seen.parity, alike["parity"]),
        "other parity: the side about to move": (1 - seen.parity, 1 - alike["parity"]),
        "discs that are now theirs": (1 - owned.mine, 1 - owned.alike),
        "discs that are now mine": (owned.mine, owned.alike),
        "the move before": (seen.previous, alike["previous"]),
        "the move itself": (seen.itself, alike["itself"]),
        "the first move": (seen.first, alike["first"]),
    }
    costs = {f"loss, {way}": (lost.interval("loss"), k) for k, way in enumerate(WAYS)}
    mean = WAYS.index("mean")
    costs["illegal first choices, mean"] = lost.interval("illegal"), mean
    for name in lost.cells:
        costs[f"{name.replace('_', ' ')} misread, mean"] = lost.interval(name), mean
    cards = []
    for at in np.ndindex(shape):
        of_head = {name: cost.at((way, *at)) for name, (cost, way) in costs.items()}
        cards.append(
            HeadCard(
                *at,
                kind=str(kind[at]),
                shares={name: (float(share[at]), flat) for name, (share, flat) in shares.items()},
                distance=distance[at],
                lost={k: (float(x.mean), float(x.low), float(x.high)) for k, x in of_head.items()},
                boards={title: board[at] for title, board in boards.items()},
            )
        )
    return cards


def head_card_files(cards: Sequence[HeadCard], moves: Integer[np.ndarray, " plies"]) -> Cards:
    """Return what the page of heads' cards loads: an index, and a file for each layer.

    ``moves``: a game in which the page shows where a head looks.
    """
    layers: dict[int, list[HeadCard]] = {}
    for card in cards:
        layers.setdefault(card.layer, []).append(card)
    listed = [[_listed(card) for card in some] for some in layers.values()]
    names = "".join(game.square_name(int(square)) for square in moves)
    files: dict[str, object] = {"index": {"cards": listed, "game": names}}
    for layer, some in layers.items():
        files[str(layer)] = {"cards": [_row(card) for card in some]}
    return Cards("head", len(cards), files)


def _listed(card: HeadCard) -> list:
    """Return what the index says: kind, share of own moves, and the loss without the head."""
    return [card.kind, short(card.shares[PARITY][0]), round(card.lost["loss, mean"][0], 4)]


def _row(card: HeadCard) -> dict:
    limits = [largest(board) for board in card.boards.values()]
    packs = [packed(b[None], n) for b, n in zip(card.boards.values(), limits, strict=True)]
    return dict(
        kind=card.kind,
        shares=[[name, *(short(x) for x in pair)] for name, pair in card.shares.items()],
        distance=[round(float(x), 4) for x in card.distance],
        lost=[[name, *(short(x) for x in ends)] for name, ends in card.lost.items()],
        boards=[list(one) for one in zip(card.boards, limits, packs, strict=True)],
    )

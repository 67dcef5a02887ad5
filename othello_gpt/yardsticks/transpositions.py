"""Two orders of the same moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from jaxtyping import Bool, Float, Integer

from .. import game
from ..model import next_moves
from ..types import Bitboards, Logits, Moves, Tokens

Beginnings = Integer[np.ndarray, "n length"]
"""Squares in the order of play."""
Plies = Integer[np.ndarray, " n"]
NextMove = Float[np.ndarray, "n 36"]
"""The probability of each square."""


@dataclass(frozen=True)
class Transpositions:
    """Pairs of beginnings of the same length."""

    one: Integer[np.ndarray, "pairs length"]
    other: Integer[np.ndarray, "pairs length"]

    def __getitem__(self, rows) -> "Transpositions":
        return Transpositions(self.one[rows], self.other[rows])


def swapped(moves: Moves, length: int, seed: int = 0) -> tuple[Transpositions, Transpositions]:
    """Return pairs of beginnings that differ in the order of two moves of the same player.

    The first pairs are *transpositions*: both orders are legal and lead to the same position, so
    the same moves can follow with the same probabilities. In the second, the *decoys*, both are
    legal and lead to positions with the same occupied squares and other legal moves. ``moves``
    gives one random exchange each. There are as many pairs of either kind, and the
    k-th of both are exchanged at the same two plies, so that how long ago that was tells nothing.

    Raises ``ValueError`` if a beginning is too short to exchange anything or a whole game.
    """
    one, rng = _beginnings(moves, length, seed)
    other, i, j = _exchanged(one, rng)
    legal, *after = play_out(other)
    _, *before = play_out(one)
    same = np.equal(after, before).all(0)
    can = [game.legal_moves(mine, theirs) for mine, theirs in (before, after)]
    told = (can[0] != can[1]) & (can[1] != 0)
    kinds = (np.flatnonzero(legal & kind) for kind in (same, told))
    cell = i * length + j
    found = _matched([(rows, cell[rows]) for rows in kinds])
    order = rng.permutation(len(found[0]))
    same_position, decoys = (Transpositions(one, other)[rows[order]] for rows in found)
    return same_position, decoys


def reordered(
    moves: Moves,
    length: int,
    least: int = 8,
    steps: int = 200,
    seed: int = 0,
    same_moves: bool = False,
) -> tuple[Transpositions, Transpositions]:
    """Return pairs of beginnings in which at least so many moves stand at other plies.

    Each beginning goes on a walk: ``steps`` times two moves of the same player are exchanged, and
    stay so where the order is legal and leads to the same position. Where the walk ends are the
    *transpositions*. A *decoy* is a step off the walk: the squares are the same, and other moves
    are legal; with ``same_moves``, the same ones though the board is another. There are as many
    pairs of either kind. In the k-th of both as many moves stand elsewhere, and in both or neither
    the last one does. Raises ``ValueError`` as ``swapped`` does.
    """
    one, rng = _beginnings(moves, length, seed)
    _, mine, theirs = play_out(one)
    allowed = game.legal_moves(mine, theirs)
    walk, decoy = one.copy(), one.copy()
    for _ in range(steps):
        tried, *_ = _exchanged(walk, rng)
        legal, own, other = play_out(tried)
        same = legal & (own == mine) & (other == theirs)
        can = game.legal_moves(own, other)
        apart = (can == allowed) & (own != mine) if same_moves else (can != allowed) & (can != 0)
        told = legal & apart & ((tried != one).sum(1) >= least)
        decoy[told], walk[same] = tried[told], tried[same]
    apart = [(other != one).sum(1) for other in (walk, decoy)]
    cells = [
        2 * n + (other[:, -1] != one[:, -1]) for n, other in zip(apart, (walk, decoy), strict=True)
    ]
    kinds = (np.flatnonzero(n >= least) for n in apart)
    found = _matched([(rows, cell[rows]) for rows, cell in zip(kinds, cells, strict=True)])
    order = rng.permutation(len(found[0]))
    same_position, decoys = (
        Transpositions(one, other)[rows[order]]
        for rows, other in zip(found, (walk, decoy), strict=True)
    )
    return same_position, decoys


def _beginnings(moves: Moves, length: int, seed: int) -> tuple[Beginnings, np.random.Generator]:
    if not 3 <= length < moves.shape[1]:
        raise ValueError(
            f"beginnings of {length} moves can't be exchanged and continued: take 3 to "
            f"{moves.shape[1] - 1}"
        )
    rng = np.random.default_rng(seed)
    one = np.unique(moves[:, :length].astype(np.int64), axis=0)
    return one[rng.permutation(len(one))], rng


def _exchanged(one: Beginnings, rng: np.random.Generator) -> tuple[Beginnings, Plies, Plies]:
    """Return each with two moves of the same player exchanged, and the plies of these."""
    n, length = one.shape
    i = rng.integers(0, length - 2, n)
    steps = (length - 1 - i) // 2
    j = i + 2 * (1 + rng.integers(0, steps))
    other, rows = one.copy(), np.arange(n)
    other[rows, i], other[rows, j] = one[rows, j], one[rows, i]
    return other, i, j


def swapped_by_length(
    moves: Moves,
    lengths: Sequence[int] | Integer[np.ndarray, " lengths"],
    most: int,
    how: Callable[[Moves, int], tuple[Transpositions, Transpositions]] = swapped,
) -> dict[str, list[Transpositions]]:
    """Return at most ``most`` ``transpositions`` and ``decoys`` of each length.

    ``how``: ``swapped`` or ``reordered``. Other games are used for each length, so that pairs of
    different lengths are independent.
    """
    found = [how(moves[k :: len(lengths)], n) for k, n in enumerate(map(int, lengths))]
    same, decoys = zip(*found, strict=True)
    return {"transpositions": [p[:most] for p in same], "decoys": [p[:most] for p in decoys]}


def _matched(kinds: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[np.ndarray]:
    """Return as many rows of each kind, such that the k-th rows of all have the same cell.

    A kind is its rows, and the cell of each.
    """
    keys = []
    for rows, cells in kinds:
        by_cell = np.argsort(cells, kind="stable")
        order, cell = rows[by_cell], cells[by_cell]
        rank = np.arange(len(order)) - np.searchsorted(cell, cell)  # the how-manieth of its cell
        keys.append(dict(zip(zip(cell, rank, strict=True), order, strict=True)))
    shared = sorted(set(keys[0]).intersection(*keys[1:]))
    return [np.array([of[key] for key in shared], int) for of in keys]


def play_out(
    moves: Beginnings, mine: Bitboards | None = None, theirs: Bitboards | None = None
) -> tuple[Bool[np.ndarray, " n"], Bitboards, Bitboards]:
    """Return whether moves are legal without a pass, and the position that they lead to.

    From the start, or from positions ``mine``, ``theirs`` [n]. The position after an illegal move
    means nothing.
    """
    start = game.start() if mine is None else (mine, theirs)
    own, opp = (np.broadcast_to(np.asarray(b, np.uint64), len(moves)) for b in start)
    legal = np.ones(len(moves), bool)
    for squares in moves.T:
        turned = game.flips(own, opp, squares)
        legal &= turned != 0
        disc = np.uint64(1) << squares.astype(np.uint64)
        own, opp = opp & ~turned, own | turned | disc
    return legal, own, opp


class LastMove(nn.Module):
    """A player who remembers the last move, the ply and which squares are taken, and no board.

    It gives each empty square the share that moves to it have in ``moves`` [games, 32] after the
    same last move at the same ply (each is counted once more than it was seen). Raises
    ``ValueError`` on padding.
    """

    def __init__(self, moves: Moves):
        super().__init__()
        tokens = torch.from_numpy(game.tokens_of(moves))
        plies = torch.arange(tokens.shape[1] - 1).expand(len(tokens), -1)
        counts = torch.ones(tokens.shape[1] - 1, 33, 33)
        where = plies, tokens[:, :-1], tokens[:, 1:]
        counts.index_put_(where, torch.ones(()), accumulate=True)
        counts[..., 0] = 0
        self.logits = nn.Parameter(counts.log(), requires_grad=False)

    def forward(self, tokens: Tokens) -> Logits:
        """Return the logits; a square that is taken has minus infinity."""
        plies = torch.arange(tokens.shape[1])
        taken = F.one_hot(tokens, 33).cumsum(1) > 0
        return self.logits[plies, tokens].masked_fill(taken, -torch.inf)


def predictions(
    model: nn.Module, beginnings: Beginnings, last: int, batch: int = 2000
) -> Float[np.ndarray, "n last 36"]:
    """Return a model's next-move probabilities after each of the ``last`` moves of beginnings."""
    parts = np.array_split(beginnings, -(-len(beginnings) // batch))
    return np.concatenate([next_moves(model, part)[:, -last:] for part in parts])


def next_move_distribution(model: nn.Module, beginnings: Beginnings) -> NextMove:
    """Return a model's next-move probabilities after beginnings."""
    return predictions(model, beginnings, 1)[:, 0]


def legal_alike(beginnings: Beginnings) -> NextMove:
    """Return the probabilities of a player who knows the rules: all legal moves alike."""
    _, mine, theirs = play_out(beginnings)
    legal = game.on_squares(game.legal_moves(mine, theirs))
    return legal / legal.sum(1, keepdims=True)


@dataclass(frozen=True)
class Disagreement:
    """How predictions differ within pairs: total variation, and other first choice."""

    total_variation: Float[np.ndarray, " pairs"]
    top_1: Bool[np.ndarray, " pairs"]


def disagreement(say: Callable[[Beginnings], NextMove], pairs: Transpositions) -> Disagreement:
    """Return how much predictions after the two beginnings of each pair differ.

    ``say`` returns the probabilities of the next move after beginnings.
    """
    a, b = say(pairs.one), say(pairs.other)
    return Disagreement(np.abs(a - b).sum(-1) / 2, a.argmax(-1) != b.argmax(-1))

"""Is it impressive? What needs no model of the game, what fits into a width, exact yardsticks.

Controls are *sources* for the probes of ``probes``: modules with ``sites`` and ``residual_stream``
that go through the same fits and the same scores as the trained network. Yardsticks compare the
network with what 6x6 allows to be computed exactly: late positions, transpositions, and the
boundary between positions that Vafa et al. measure.

Chapter: ``book/controls.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from . import games, probes, rules
from .intervals import Interval, bootstrap
from .model import GPT, next_moves

# --- sources ------------------------------------------------------------------------------------


class RandomFeatures(nn.Module):
    """Random non-linear features of the whole list of moves, order and all.

    Feature f after move i is ``relu(sum over j <= i of A[j, move j, f] + B[i, f])`` with Gaussian A
    and B: a network of one hidden layer that nobody trained (Rahimi & Recht 2008).
    """

    sites = ("random features",)

    def __init__(self, width: int, seed: int = 0, plies: int = 31, vocabulary: int = 33):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        weights = torch.randn(plies, vocabulary, width, generator=generator) / plies**0.5
        self.register_buffer("weights", weights)
        self.register_buffer("biases", torch.randn(plies, width, generator=generator))

    def residual_stream(self, tokens):
        """Yield [games, T, width]."""
        plies = torch.arange(tokens.shape[1], device=tokens.device)
        yield (self.weights[plies, tokens].cumsum(1) + self.biases[plies]).relu()


class PrincipalComponents(nn.Module):
    """The first principal components of a network's residual stream at one site.

    A site has the first n of them, for each n of ``counts``, and zeros for the others.
    ``variances`` are those of all components, in descending order.
    """

    def __init__(self, model: GPT, site: str, moves: np.ndarray, counts: Sequence[int]):
        super().__init__()
        self.model, self.site, self.counts = model, site, counts
        self.sites = tuple(f"top {n}" for n in counts)
        mean, covariance = covariances(model, moves, [site])
        values, vectors = np.linalg.eigh(covariance[0])
        self.variances = values[::-1].copy()
        basis = torch.from_numpy(vectors[:, ::-1].astype(np.float32))
        self.register_buffer("basis", basis)
        self.register_buffer("mean", torch.from_numpy(mean[0].astype(np.float32)))

    def residual_stream(self, tokens):
        """Yield [games, T, width] for each n of ``counts``."""
        at = self.model.sites.index(self.site)
        stream = self.model.residual_stream(tokens)
        x = next(x for i, x in enumerate(stream) if i == at)
        components = (x - self.mean) @ self.basis
        for n in self.counts:
            yield _first(components, n)


def _first(x: torch.Tensor, n: int) -> torch.Tensor:
    return x * (torch.arange(x.shape[-1], device=x.device) < n)


class RandomCode(nn.Module):
    """The true board, squeezed into fewer dimensions by a random linear map.

    What a linear probe reads from it is what d dimensions can hold of a board if all that is known
    to the code is that there are 36 squares with three states each. A site has the first d
    dimensions of the code, for each d of ``widths``, and zeros for the others.
    """

    def __init__(self, widths: Sequence[int], seed: int = 0):
        super().__init__()
        self.widths = tuple(widths)
        self.sites = tuple(f"{w} dimensions" for w in widths)
        generator = torch.Generator().manual_seed(seed)
        self.register_buffer("code", torch.randn(72, max(widths), generator=generator))

    def residual_stream(self, tokens):
        """Yield [games, T, largest width] for each of the widths."""
        replay = rules.replay(games.square_of_token()[tokens.cpu().numpy()])
        discs = replay.boards() * replay.player[..., None, None]  # 1 theirs, who have just moved
        discs = discs.reshape(*replay.moves.shape, 36)
        sides = np.concatenate([discs < 0, discs > 0], -1).astype(np.float32)
        code = torch.from_numpy(sides).to(tokens.device) @ self.code
        for width in self.widths:
            yield _first(code, width)


@torch.no_grad()
def covariances(
    source: nn.Module, moves: np.ndarray, sites: Sequence[str] | None = None, batch: int = 256
) -> tuple[np.ndarray, np.ndarray]:
    """Return means [sites, width] and covariances [sites, width, width] of activations."""
    sites = list(sites or source.sites)
    rows, sums, squares = 0, [0.0] * len(sites), [0.0] * len(sites)
    for start in range(0, len(moves), batch):
        replay = rules.replay(moves[start : start + batch])
        for i, x in probes.activations(source, replay, sites):
            x = x.double()
            sums[i], squares[i] = sums[i] + x.sum(0), squares[i] + x.T @ x
        rows += len(x)
    mean = torch.stack(sums) / rows
    second = torch.stack(squares) / rows
    return mean.numpy(), (second - mean[:, :, None] * mean[:, None]).numpy()


def spectrum(covariance: np.ndarray) -> np.ndarray:
    """Return the shares of the variance along the principal components, descending [..., width]."""
    values = np.linalg.eigvalsh(covariance)[..., ::-1].clip(min=0)
    return values / values.sum(-1, keepdims=True)


def participation_ratio(covariance: np.ndarray) -> np.ndarray:
    """Return (sum of variances)^2 / sum of squared ones, [...]: how many directions are in use."""
    trace = np.trace(covariance, axis1=-2, axis2=-1)
    return trace**2 / np.square(covariance).sum((-2, -1))


@dataclass(frozen=True)
class Information:
    """What a probe tells about a target, in bits, by game.

    Of every cell by itself, then summed over the cells and averaged over the plies. ``entropy``
    [games]: what there is to know, minus the log of how frequent each cell's class is in all the
    games. ``left`` [games, sites]: what is still unknown after reading, the probe's cross-entropy.
    """

    entropy: np.ndarray
    left: np.ndarray

    def read(self) -> Interval:
        """Return entropy minus cross-entropy at each site, with intervals over games."""
        return bootstrap(self.entropy[:, None] - self.left)


@torch.no_grad()
def information(
    probe: probes.Probe,
    source: nn.Module,
    moves: np.ndarray,
    target: probes.Target = probes.TARGETS["board"],
    batch: int = 250,
) -> Information:
    """Return what the probabilities of a logistic probe tell about each cell of a target.

    Their means are what Xu et al. 2020 (https://arxiv.org/abs/2002.10689) call usable information,
    here for linear maps followed by a softmax. A cell's is a lower bound of its mutual information
    with the stream. The sum over cells isn't one of the whole board's: what cells have in common
    is counted in each.
    """
    labels = torch.from_numpy(target.labels(rules.replay(moves))).long()  # [games, plies, cells]
    shares = F.one_hot(labels, len(target.classes)).double().mean((0, 1))  # [cells, classes]
    cells = torch.arange(labels.shape[-1])
    entropy = -shares[cells, labels].log2().sum(-1).mean(1)
    parts = []
    for start in range(0, len(moves), batch):
        truth = labels[start : start + batch]
        left = torch.zeros(len(truth), len(probe.sites), dtype=torch.float64)
        replay = rules.replay(moves[start : start + batch])
        for site, x in probes.activations(source, replay, probe.sites):
            logits = probe.logits(target.name, probe.sites[site], x).double().cpu()
            loss = F.cross_entropy(logits, truth.flatten(0, 1), reduction="none").sum(1)
            left[:, site] = loss.view(len(truth), -1).mean(1) / np.log(2)
        parts.append(left)
    return Information(entropy.numpy(), torch.cat(parts).numpy())


def width_to_reach(widths, accuracies, target: float) -> float:
    """Return the width at which accuracy, linear in the logarithm of the width, reaches a target.

    Through the last two points, hence an extrapolation if the target lies above them; infinite if
    accuracy no longer grows.
    """
    (w0, w1), (a0, a1) = np.log2(widths[-2:]), accuracies[-2:]
    slope = (a1 - a0) / (w1 - w0)
    return float(2 ** min(w1 + (target - a1) / slope, 1000)) if slope > 0 else float("inf")


# --- late positions, solved exactly --------------------------------------------------------------


@dataclass(frozen=True)
class Late:
    """A model's next-move distribution beside the exact one; arrays [games, plies, 36].

    ``ply`` [plies] counts the moves played. Of both, the probability of every square; ``legal``
    bool, whether the rules allow a move there (some legal moves lead to a pass).
    """

    ply: np.ndarray
    exact: np.ndarray
    model: np.ndarray
    legal: np.ndarray

    def divergence(self) -> np.ndarray:
        """Return the Kullback-Leibler divergence from the exact distribution, [games, plies]."""
        ratio = np.log(np.where(self.exact > 0, self.exact, 1) / np.maximum(self.model, 1e-30))
        return np.where(self.exact > 0, self.exact * ratio, 0).sum(-1)

    def uniform_divergence(self) -> np.ndarray:
        """Return the same for a player that knows the rules only: uniform over the legal moves."""
        uniform = self.legal / self.legal.sum(-1, keepdims=True)
        return replace(self, model=uniform).divergence()

    def illegal_part(self) -> np.ndarray:
        """Return what the divergence owes to probability on illegal moves, nats [games, plies].

        The rest is the divergence of the model's distribution *given* that its move is legal.
        """
        return -np.log((self.model * self.legal).sum(-1))

    def calibration(self, bins: int = 10) -> tuple[np.ndarray, Interval, np.ndarray]:
        """Return by bin of the model's probability its mean, the gap, and the entries, [bins].

        The gap is the mean exact probability minus the model's, with an interval over games.
        """
        place = np.minimum((self.model * bins).astype(int), bins - 1)
        place += bins * np.arange(len(place))[:, None, None]
        counted = self.model > 1e-6

        def by_game(values):
            sums = np.bincount(place[counted], values[counted], bins * len(place))
            return sums.reshape(-1, bins)

        count = by_game(np.ones(place.shape))
        gap = probes.bootstrap_shares(by_game(self.exact - self.model), count)
        return by_game(self.model).sum(0) / np.maximum(count.sum(0), 1), gap, count.sum(0)


def late_positions(model: GPT, moves: np.ndarray, first: int = 22) -> Late:
    """Return the model's and the exact next-move distributions from move ``first`` + 1 on.

    Raises ``ValueError`` if more than 12 squares are empty then (see
    ``games.next_move_probabilities``).
    """
    replay = rules.replay(moves)
    exact = games.next_move_probabilities(replay.mine[:, first:], replay.theirs[:, first:])
    said = next_moves(model, moves[:, :-1])[:, first - 1 :]
    legal = rules.to_array(replay.legal[:, first:]).reshape(exact.shape)
    return Late(np.arange(first, moves.shape[1]), exact, said, legal)


# --- transpositions -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Pairs:
    """Pairs of beginnings of the same length; squares [pairs, length] each."""

    one: np.ndarray
    other: np.ndarray


def swapped(moves: np.ndarray, length: int, seed: int = 0) -> tuple[Pairs, Pairs]:
    """Return pairs of beginnings that differ in the order of two moves of the same player.

    The first pairs are *transpositions*: both orders are legal and lead to the same position, so
    the same moves can follow with the same probabilities. In the second, the *decoys*, both are
    legal and lead to different positions with the same occupied squares. ``moves`` [games, plies]
    gives one random exchange each; those that aren't legal are left out.
    """
    if not 3 <= length < moves.shape[1]:
        raise ValueError(
            f"beginnings of {length} moves can't be exchanged and continued: take 3 to "
            f"{moves.shape[1] - 1}"
        )
    rng = np.random.default_rng(seed)
    one = moves[:, :length].astype(np.int64)
    i = rng.integers(0, length - 2, len(moves))
    steps = (length - 1 - i) // 2
    j = i + 2 * (1 + rng.integers(0, steps))
    other, rows = one.copy(), np.arange(len(moves))
    other[rows, i], other[rows, j] = one[rows, j], one[rows, i]
    legal, mine, theirs = play_out(other)
    _, mine_before, theirs_before = play_out(one)
    same = (mine == mine_before) & (theirs == theirs_before)
    kinds = legal & same, legal & ~same
    return tuple(Pairs(one[kind], other[kind]) for kind in kinds)


def play_out(moves: np.ndarray, mine=None, theirs=None):
    """Return whether moves [n, plies] are legal without a pass, and the position that they lead to.

    From the start, or from positions ``mine``, ``theirs`` [n]. The position after an illegal move
    means nothing.
    """
    start = rules.start() if mine is None else (mine, theirs)
    own, opp = (np.broadcast_to(np.asarray(b, np.uint64), len(moves)) for b in start)
    legal = np.ones(len(moves), bool)
    for squares in moves.T:
        turned = rules.flips(own, opp, squares)
        legal &= turned != 0
        disc = np.uint64(1) << squares.astype(np.uint64)
        own, opp = opp & ~turned, own | turned | disc
    return legal, own, opp


@dataclass(frozen=True)
class Disagreement:
    """How predictions differ within pairs, [pairs]: total variation, and other first choice."""

    total_variation: np.ndarray
    top_1: np.ndarray


def disagreement(model: GPT, pairs: Pairs) -> Disagreement:
    """Return how much the predictions after the two beginnings of each pair differ."""
    a, b = (next_moves(model, x)[:, -1] for x in (pairs.one, pairs.other))
    return Disagreement(np.abs(a - b).sum(-1) / 2, a.argmax(-1) != b.argmax(-1))


# --- compression and distinction ------------------------------------------------------------------


@dataclass(frozen=True)
class Boundary:
    """Myhill-Nerode boundaries of pairs (Vafa et al. 2024), for the rules and for a model.

    bool [pairs, 2, suffixes]: whether a suffix is accepted after the one beginning, and not after
    the other, while all shorter ones of it are accepted after both.
    """

    true: np.ndarray
    model: np.ndarray

    def compression(self) -> np.ndarray:
        """Return for each pair whether the model sees no difference: right for transpositions."""
        return ~self.model.any((1, 2))

    def recall(self) -> np.ndarray:
        """Return hits and chances, [pairs, 2]: of the true boundary, what the model has."""
        return _hits_and_chances(self.true & self.model, self.true)

    def precision(self) -> np.ndarray:
        """Return hits and chances, [pairs, 2]: of the model's boundary, what is true."""
        return _hits_and_chances(self.true & self.model, self.model)


def _hits_and_chances(hits, chances):
    return np.stack([hits.sum((1, 2)), chances.sum((1, 2))], -1)


def boundaries(model: GPT, pairs: Pairs, threshold: float = 0.01) -> Boundary:
    """Return the boundaries of pairs of beginnings that leave the same squares empty.

    All suffixes are tried, so nothing is sampled; hence at most 5 squares may be empty. The rules
    accept a suffix if it is the beginning of a way to fill the board without a pass, the model if
    it gives each of its moves at least ``threshold``.

    Raises ``ValueError`` if more squares are empty, or not the same ones in both of a pair.
    """
    left = 32 - pairs.one.shape[1]
    if not 1 <= left <= 5:
        raise ValueError(f"{left} squares are empty; for all suffixes to be tried, 1 to 5 may be")
    empty = [np.setdiff1d(np.arange(36), [*m, *rules.centre()]) for m in pairs.one]
    if any(np.intersect1d(e, m).size for e, m in zip(empty, pairs.other, strict=True)):
        raise ValueError("the two beginnings of a pair leave different squares empty")
    orders = np.array(list(permutations(range(left))))
    suffixes = np.stack(empty).astype(np.int64)[:, orders]  # [pairs, orders, left]
    accepted = [_accepted(model, m, suffixes, threshold) for m in (pairs.one, pairs.other)]
    nodes = _first_of_each_beginning(orders)
    found = []
    for one, other in zip(*accepted, strict=True):  # the rules', then the model's
        both = one & other
        before = np.concatenate([np.ones_like(both[..., :1]), both[..., :-1]], -1)
        found.append(
            np.stack([(a & ~b & before)[:, *nodes] for a, b in ((one, other), (other, one))], 1)
        )
    return Boundary(*found)


def _first_of_each_beginning(orders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (order, length - 1) of each distinct beginning of the orders, once."""
    seen = {}
    for i, order in enumerate(orders.tolist()):
        for n in range(len(order)):
            seen.setdefault(tuple(order[: n + 1]), (i, n))
    rows, columns = zip(*seen.values(), strict=True)
    return np.array(rows), np.array(columns)


def _accepted(model, moves, suffixes, threshold) -> tuple[np.ndarray, np.ndarray]:
    """Return what the rules and the model accept: bool [pairs, orders, length of the beginning]."""
    pairs, orders, left = suffixes.shape
    whole = np.concatenate([np.repeat(moves[:, None], orders, 1), suffixes], -1)
    legal, _, _ = play_out(whole.reshape(pairs * orders, -1))
    legal = legal.reshape(pairs, orders)
    true = np.zeros(suffixes.shape, bool)
    for n in range(left):  # accepted if any order with the same beginning can be completed
        same = (suffixes[:, :, None, : n + 1] == suffixes[:, None, :, : n + 1]).all(-1)
        true[..., n] = (same & legal[:, None]).any(-1)
    flat = whole.reshape(pairs * orders, -1)
    parts = [
        next_moves(model, part[:, :-1])[:, -left:]
        for part in np.array_split(flat, -(-len(flat) // 2000))
    ]
    said = np.concatenate(parts)
    p = np.take_along_axis(said, suffixes.reshape(-1, left)[..., None], -1)[..., 0]
    return true, np.logical_and.accumulate(p >= threshold, -1).reshape(suffixes.shape)

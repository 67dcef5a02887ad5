"""Is it impressive? What needs no model of the game, what fits into a width, exact yardsticks.

Controls are *sources* for the probes of ``probes``: modules with ``sites`` and ``residual_stream``
that go through the same fits and the same scores as the trained network. Yardsticks compare the
network with what 6x6 allows to be computed exactly: late positions, transpositions, and the
boundary between positions that Vafa et al. measure.

Chapter: ``book/controls.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from . import games, probes, rules
from .intervals import Interval, bootstrap, draws
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


class RandomLayer(nn.Module):
    """A random layer on top of another source's only site: relu(x A / sqrt(width of x) + b)."""

    def __init__(self, source: nn.Module, width: int, inputs: int, seed: int = 0):
        super().__init__()
        self.source, self.sites = source, (f"random layer on {source.sites[0]}",)
        generator = torch.Generator().manual_seed(seed)
        weights = torch.randn(inputs, width, generator=generator)
        self.register_buffer("weights", weights / inputs**0.5)
        self.register_buffer("biases", torch.randn(width, generator=generator))

    def residual_stream(self, tokens):
        """Yield [games, T, width]."""
        (x,) = self.source.residual_stream(tokens)
        yield (x @ self.weights + self.biases).relu()


class Directions(nn.Module):
    """Some directions of a network's residual stream at one site, the more the further.

    ``basis`` [width, width] has them as columns. Of this source a site has what the stream is along
    the first n, for each n of ``counts``, and zeros for the others.
    """

    def __init__(self, model: GPT, site: str, basis: np.ndarray, counts: Sequence[int]):
        super().__init__()
        self.model, self.site, self.counts = model, site, counts
        self.sites = tuple(f"{n} directions" for n in counts)
        self.register_buffer("basis", torch.from_numpy(np.ascontiguousarray(basis, np.float32)))

    def residual_stream(self, tokens):
        """Yield [games, T, width] for each n of ``counts``."""
        at = self.model.sites.index(self.site)
        stream = self.model.residual_stream(tokens)
        along = next(x for i, x in enumerate(stream) if i == at) @ self.basis
        for n in self.counts:
            yield _first(along, n)


def bag_of_moves(moves: np.ndarray) -> torch.Tensor:
    """Return who has played where, and when it is: [games, plies - 1, 2 * 36 + plies - 1].

    For the prediction of each move but the first. Squares of the side to move come first, then
    those of the other side; the centre's are zero. No disc is turned.
    """
    n, plies = moves.shape
    played = F.one_hot(torch.from_numpy(moves[:, :-1].astype(np.int64)), 36).float()
    black = torch.arange(plies - 1) % 2 == 0
    sides = [(played * of[:, None]).cumsum(1) for of in (black, ~black)]
    mover = (~black)[:, None]  # after an even number of moves black is to move, index = moves - 1
    own, other = (torch.where(mover, *pair) for pair in (sides, sides[::-1]))
    return torch.cat([own, other, torch.eye(plies - 1).expand(n, -1, -1)], -1)


def fit_bag(
    hidden: int = 0, games_seen: int = 20_000, steps: int = 1500, batch: int = 2048, seed: int = 0
) -> nn.Module:
    """Return a player that sees the bag of moves only, trained towards the legal moves.

    Softmax regression, or one hidden layer of ``hidden``. The target is all legal squares alike, so
    that it has as much to learn from as the rules can give. It maps ``bag_of_moves`` to 36 logits.
    """
    moves = games.sample_moves(games_seen, seed)
    x = bag_of_moves(moves).flatten(0, 1).to(torch.uint8)
    legal = rules.to_array(rules.replay(moves).legal[:, 1:]).reshape(len(x), 36).astype(np.uint8)
    legal = torch.from_numpy(legal)
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        wide = [nn.Linear(x.shape[1], hidden), nn.ReLU()] if hidden else []
        player = nn.Sequential(*wide, nn.Linear(hidden or x.shape[1], 36))
    optimiser = torch.optim.Adam(player.parameters(), lr=3e-3 if hidden else 1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3 if hidden else 1e-2, steps)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # steps are so small that threads would wait for each other
    for _ in range(steps):
        rows = torch.randint(len(x), (batch,), generator=generator)
        target = legal[rows].float()
        target /= target.sum(-1, keepdim=True)
        loss = F.cross_entropy(player(x[rows].float()), target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    torch.set_num_threads(threads)
    return player


@torch.no_grad()
def bag_choices(player: nn.Module, moves: np.ndarray, batch: int = 2000) -> np.ndarray:
    """Return the likeliest square of such a player for each move but the first, [games, plies]."""
    parts = (moves[i : i + batch] for i in range(0, len(moves), batch))
    return np.concatenate([player(bag_of_moves(part)).argmax(-1).numpy() for part in parts])


def principal_components(covariance: np.ndarray) -> np.ndarray:
    """Return the directions of a covariance, columns [width, width], largest variance first."""
    return np.linalg.eigh(covariance)[1][:, ::-1]


def random_directions(width: int, seed: int = 0) -> np.ndarray:
    """Return orthogonal directions, columns [width, width], uniformly at random."""
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((width, width)))[0]


class Code(nn.Module):
    """The true board, squeezed into fewer dimensions by a linear map.

    What a linear probe reads from it is what d dimensions can hold of a board. ``matrix`` [72, most
    dimensions] says where each of ``Code.indicators`` is put; a site has the first d dimensions
    of the code, for each d of ``widths``, and zeros for the others.
    """

    def __init__(self, matrix: np.ndarray, widths: Sequence[int]):
        super().__init__()
        self.widths = tuple(widths)
        self.sites = tuple(f"{w} dimensions" for w in widths)
        self.register_buffer("code", torch.from_numpy(np.ascontiguousarray(matrix, np.float32)))

    @staticmethod
    def indicators(tokens: torch.Tensor) -> torch.Tensor:
        """Return which squares are mine, then which are theirs, [games, T, 72], 0 or 1."""
        replay = rules.replay(games.square_of_token()[tokens.cpu().numpy()])
        discs = replay.boards() * replay.player[..., None, None]  # 1 theirs, who have just moved
        discs = discs.reshape(*replay.moves.shape, 36)
        sides = np.concatenate([discs < 0, discs > 0], -1).astype(np.float32)
        return torch.from_numpy(sides).to(tokens.device)

    def residual_stream(self, tokens):
        """Yield [games, T, most dimensions] for each of the widths."""
        code = self.indicators(tokens) @ self.code
        for width in self.widths:
            yield _first(code, width)


def random_code(most: int, seed: int = 0) -> np.ndarray:
    """Return a Gaussian map [72, most] for ``Code``: it knows nothing of the game."""
    return np.random.default_rng(seed).standard_normal((72, most))


def principal_code(moves: np.ndarray) -> np.ndarray:
    """Return the map [72, 72] for ``Code`` that keeps, in each number of dimensions, most variance.

    The principal components of boards in games ``moves``: of all linear codes of d dimensions the
    one from which a linear map restores the indicators with the least squared error.
    """
    tokens = torch.from_numpy(games.tokens_of(moves[:, :-1]))
    return principal_components(np.cov(Code.indicators(tokens).flatten(0, 1).T.numpy()))


def _first(x: torch.Tensor, n: int) -> torch.Tensor:
    return x * (torch.arange(x.shape[-1], device=x.device) < n)


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


def components_of(share: float, covariance: np.ndarray) -> np.ndarray:
    """Return how many principal components hold at least a share of the variance, [...]."""
    return 1 + (spectrum(covariance).cumsum(-1) < share).sum(-1)


def resampled_covariances(
    source: nn.Module, moves: np.ndarray, site: str, resamples: int = 200
) -> np.ndarray:
    """Return covariances [1 + resamples, width, width] of the stream at a site.

    First that of the games, then those of games drawn from them with replacement. 512 kB a game for
    128 dimensions.
    """
    tokens = torch.from_numpy(games.tokens_of(moves[:, :-1]))
    at = list(source.sites).index(site)
    with torch.no_grad():
        x = next(x for i, x in enumerate(source.residual_stream(tokens)) if i == at)
    x = (x - x.mean((0, 1))).double()
    sums = x.mean(1), x.mT @ x / x.shape[1]
    drawn = np.concatenate([np.ones((1, len(moves))), draws(len(moves), resamples)]) / len(moves)
    drawn = torch.from_numpy(drawn)
    mean, second = (torch.tensordot(drawn, part, 1) for part in sums)
    return (second - mean[:, :, None] * mean[:, None]).numpy()


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


def magnitude_to_reach(widths: Sequence[int], accuracies, target, most: float = 99) -> Interval:
    """Return the decimal logarithm of the width at which accuracy would reach that of ``target``.

    If accuracy went on growing with the logarithm of the width as over the last two ``widths``.
    ``accuracies`` [games, widths] and ``target`` [games] are shares by game: games are resampled,
    the same for all. ``most`` where that is more, or accuracy no longer grows.
    """
    columns = np.column_stack([np.asarray(accuracies)[:, -2:], target])
    n = len(columns)
    drawn = np.concatenate([np.ones((1, n)), draws(n)]) / n
    a0, a1, wanted = (drawn @ columns).T
    w0, w1 = np.log10(widths[-2:])
    slope = (a1 - a0) / (w1 - w0)
    found = np.where(slope > 0, w1 + (wanted - a1) / np.where(slope > 0, slope, 1), most)
    found = found.clip(max=most)
    low, high = np.quantile(found[1:], [0.025, 0.975])
    return Interval(float(found[0]), float(low), float(high))


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

    def rules_only(self) -> Late:
        """Return the same of a player who knows the rules only: all legal moves alike."""
        return replace(self, model=self.legal / self.legal.sum(-1, keepdims=True))

    def illegal_part(self) -> np.ndarray:
        """Return what the divergence owes to probability on illegal moves, nats [games, plies].

        The rest is the divergence of the model's distribution *given* that its move is legal.
        """
        return -np.log((self.model * self.legal).sum(-1))

    def calibration(self, edges: np.ndarray) -> tuple[np.ndarray, Interval, np.ndarray]:
        """Return by bin of the model's probability its mean, a ratio, and the entries, [bins].

        ``edges`` [bins + 1] ascend; what is outside counts to the first or last bin. The ratio is
        the sum of the exact probabilities over that of the model's, 1 if it is calibrated, with an
        interval over games. Squares to which both give nothing (less than 1e-6) aren't counted.
        """
        bins = len(edges) - 1
        place = np.clip(np.searchsorted(edges, self.model, "right") - 1, 0, bins - 1)
        place += bins * np.arange(len(place))[:, None, None]
        counted = (self.model > 1e-6) | (self.exact > 0)

        def by_game(values):
            sums = np.bincount(place[counted], values[counted], bins * len(place))
            return sums.reshape(-1, bins)

        said, count = by_game(self.model), by_game(np.ones(place.shape)).sum(0)
        ratio = shares_of(by_game(self.exact), said)
        return said.sum(0) / np.maximum(count, 1), ratio, count


def shares_of(hits: np.ndarray, totals: np.ndarray) -> Interval:
    """Return sum(hits) / sum(totals) over games, [games, ...], however small the totals are."""
    scale = np.maximum(totals.sum(0), 1e-30)  # bootstrap_shares divides by at least 1
    n = len(hits)
    return probes.bootstrap_shares(hits * n / scale, totals * n / scale)


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

    def __getitem__(self, rows) -> Pairs:
        return Pairs(self.one[rows], self.other[rows])


def swapped(moves: np.ndarray, length: int, seed: int = 0) -> tuple[Pairs, Pairs]:
    """Return pairs of beginnings that differ in the order of two moves of the same player.

    The first pairs are *transpositions*: both orders are legal and lead to the same position, so
    the same moves can follow with the same probabilities. In the second, the *decoys*, both are
    legal and lead to positions with the same occupied squares and other legal moves. ``moves``
    [games, plies] gives one random exchange each. There are as many pairs of either kind, and the
    k-th of both are exchanged at the same two plies, so that how long ago that was tells nothing.

    Raises ``ValueError`` if a beginning is too short to exchange anything or a whole game.
    """
    if not 3 <= length < moves.shape[1]:
        raise ValueError(
            f"beginnings of {length} moves can't be exchanged and continued: take 3 to "
            f"{moves.shape[1] - 1}"
        )
    rng = np.random.default_rng(seed)
    one = np.unique(moves[:, :length].astype(np.int64), axis=0)
    one = one[rng.permutation(len(one))]
    i = rng.integers(0, length - 2, len(one))
    steps = (length - 1 - i) // 2
    j = i + 2 * (1 + rng.integers(0, steps))
    other, rows = one.copy(), np.arange(len(one))
    other[rows, i], other[rows, j] = one[rows, j], one[rows, i]
    legal, *after = play_out(other)
    _, *before = play_out(one)
    same = np.equal(after, before).all(0)
    can = rules.legal_moves(*before), rules.legal_moves(*after)
    told = (can[0] != can[1]) & (can[1] != 0)
    kinds = (np.flatnonzero(legal & kind) for kind in (same, told))
    found = _matched(*kinds, cell=i * length + j)
    order = rng.permutation(len(found[0]))
    return tuple(Pairs(one, other)[rows[order]] for rows in found)


def _matched(*kinds: np.ndarray, cell: np.ndarray) -> list[np.ndarray]:
    """Return as many rows of each kind, such that the k-th rows of all have the same cell."""
    keys = []
    for rows in kinds:
        order = rows[np.argsort(cell[rows], kind="stable")]
        first = np.searchsorted(cell[order], cell[order])
        rank = np.arange(len(order)) - first  # the how-manieth of its cell
        keys.append(dict(zip(zip(cell[order], rank, strict=True), order, strict=True)))
    shared = sorted(set(keys[0]).intersection(*keys[1:]))
    return [np.array([of[key] for key in shared], int) for of in keys]


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


class LastMove(nn.Module):
    """A player who remembers the last move, the ply and which squares are taken, and no board.

    It gives each empty square the share that moves to it have in ``moves`` [games, 32] after the
    same last move at the same ply (each is counted once more than it was seen).
    """

    def __init__(self, moves: np.ndarray):
        super().__init__()
        tokens = torch.from_numpy(games.tokens_of(moves))
        plies = torch.arange(tokens.shape[1] - 1).expand(len(tokens), -1)
        counts = torch.ones(tokens.shape[1] - 1, 33, 33)
        where = plies, tokens[:, :-1], tokens[:, 1:]
        counts.index_put_(where, torch.ones(()), accumulate=True)
        counts[..., 0] = 0
        self.logits = nn.Parameter(counts.log(), requires_grad=False)

    def forward(self, tokens):
        """Return the logits [games, T, 33]; a square that is taken has minus infinity."""
        plies = torch.arange(tokens.shape[1])
        taken = F.one_hot(tokens, 33).cumsum(1) > 0
        return self.logits[plies, tokens].masked_fill(taken, -torch.inf)


def after(model: nn.Module, beginnings: np.ndarray, batch: int = 2000) -> np.ndarray:
    """Return a model's next-move probabilities after beginnings [n, length]: [n, 36]."""
    parts = np.array_split(beginnings, -(-len(beginnings) // batch))
    return np.concatenate([next_moves(model, part)[:, -1] for part in parts])


def legal_alike(beginnings: np.ndarray) -> np.ndarray:
    """Return the probabilities [n, 36] of a player who knows the rules: all legal moves alike."""
    _, mine, theirs = play_out(beginnings)
    legal = rules.to_array(rules.legal_moves(mine, theirs)).reshape(len(beginnings), 36)
    return legal / legal.sum(1, keepdims=True)


@dataclass(frozen=True)
class Disagreement:
    """How predictions differ within pairs, [pairs]: total variation, and other first choice."""

    total_variation: np.ndarray
    top_1: np.ndarray


def disagreement(say: Callable[[np.ndarray], np.ndarray], pairs: Pairs) -> Disagreement:
    """Return how much predictions after the two beginnings of each pair differ.

    ``say`` returns the probabilities [n, 36] of the next move after beginnings [n, length].
    """
    a, b = say(pairs.one), say(pairs.other)
    return Disagreement(np.abs(a - b).sum(-1) / 2, a.argmax(-1) != b.argmax(-1))


# --- the whole tree of openings ------------------------------------------------------------------


def openings(length: int) -> np.ndarray:
    """Return every beginning of ``length`` moves that the rules allow, squares [n, length]."""
    found, mine, theirs = np.empty((1, 0), int), *(np.array([b], np.uint64) for b in rules.start())
    for _ in range(length):
        legal = rules.to_array(rules.legal_moves(mine, theirs)).reshape(len(found), 36)
        rows, squares = np.nonzero(legal)
        mine, theirs = rules.play(mine[rows], theirs[rows], squares)
        found = np.column_stack([found[rows], squares])
    return found


def openings_in_pairs(beginnings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of beginnings that lead to one position, and all that don't though they may.

    Indices [pairs, 2] each. In the second, the same squares are occupied after both, and other
    moves are legal.
    """
    _, mine, theirs = play_out(beginnings)
    legal, occupied = rules.legal_moves(mine, theirs), mine | theirs
    order = np.argsort(occupied, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(occupied[order])) + 1)
    a, b = np.concatenate([group[np.stack(np.triu_indices(len(group), 1))] for group in groups], 1)
    same = mine[a] == mine[b]
    told = legal[a] != legal[b]
    return np.stack([a, b], 1)[same], np.stack([a, b], 1)[told]


def openings_compared(
    model: nn.Module, length: int, threshold: float = 0.01
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return how a model tells ``openings_in_pairs`` apart: ``"transpositions"`` and ``"decoys"``.

    Of each kind, for every pair there is, whether the same next moves are accepted after both
    (those with a probability of at least ``threshold``), and the total variation between the two
    predictions, [pairs] each.
    """
    beginnings = openings(length)
    said = after(model, beginnings)
    found = {}
    for kind, pairs in zip(
        ("transpositions", "decoys"), openings_in_pairs(beginnings), strict=True
    ):
        a, b = said[pairs.T]
        agree = ((a >= threshold) == (b >= threshold)).all(1)
        found[kind] = agree, np.abs(a - b).sum(1) / 2
    return found


# --- compression and distinction ------------------------------------------------------------------


@dataclass(frozen=True)
class Boundary:
    """Myhill-Nerode boundaries of pairs (Vafa et al. 2024), for the rules and for a model.

    bool [pairs, 2, suffixes]: whether a suffix is accepted after the one beginning, and not after
    the other, while all shorter ones of it are accepted after both; then the other way round.
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


def per_pair(hits_and_chances: np.ndarray) -> Interval:
    """Return the mean over pairs of their shares; that of a pair without any chance is 1.

    This is how Vafa et al. average; sums of hits over sums of chances give such pairs no weight.
    """
    hits, chances = hits_and_chances.T
    return bootstrap(np.where(chances > 0, hits / np.maximum(chances, 1), 1.0))


@dataclass(frozen=True)
class Continuations:
    """All ways to fill the board, after both beginnings of pairs.

    [pairs, 2, 2, orders, left]: the second axis says of which beginning the empty squares are
    filled, the third is after that one and after the other one, the last two are all the orders and
    how many of an order's moves are made. ``exact`` and ``model``: the least of these moves'
    probabilities, the exact one (0 if one is illegal or makes a pass unavoidable) and the model's.
    """

    exact: np.ndarray
    model: np.ndarray

    def boundary(self, threshold: float = 0.01) -> Boundary:
        """Return the boundaries, if a model accepts moves that it gives at least ``threshold``."""
        nodes = _first_of_each_beginning(self.exact.shape[-1])
        found = []
        for accepted in (self.exact > 0, self.model >= threshold):
            here, there = accepted[:, :, 0], accepted[:, :, 1]
            both = here & there
            before = np.concatenate([np.ones_like(both[..., :1]), both[..., :-1]], -1)
            found.append((here & ~there & before)[:, :, *nodes])
        return Boundary(*found)


def continuations(model: nn.Module, pairs: Pairs) -> Continuations:
    """Return what the rules and a model say of every way to go on after pairs of beginnings.

    Nothing is sampled; hence at most 5 squares may be empty. Raises ``ValueError`` if more are.
    """
    left = 32 - pairs.one.shape[1]
    if not 1 <= left <= 5:
        raise ValueError(f"{left} squares are empty; for all suffixes to be tried, 1 to 5 may be")
    orders = np.array(list(permutations(range(left))))
    sides = pairs.one, pairs.other
    fills = [
        np.array([np.setdiff1d(np.arange(36), [*m, *rules.centre()]) for m in side])[:, orders]
        for side in sides
    ]
    if np.array_equal(*fills):  # what fills the one fills the other
        found = [_least(model, side, fills[0]) for side in sides]
        found = [found, found[::-1]]
    else:
        found = [
            [_least(model, side, fills[k]) for side in order]
            for k, order in enumerate((sides, sides[::-1]))
        ]
    stacked = np.array(found)  # [filled, after, exact or model, pairs, orders, left]
    return Continuations(*np.moveaxis(stacked, (2, 3), (0, 1)))


def _first_of_each_beginning(left: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (order, length - 1) of each distinct beginning of all orders, once."""
    seen = {}
    for i, order in enumerate(permutations(range(left))):
        for n in range(left):
            seen.setdefault(order[: n + 1], (i, n))
    rows, columns = zip(*seen.values(), strict=True)
    return np.array(rows), np.array(columns)


def _least(model, moves, suffixes) -> tuple[np.ndarray, np.ndarray]:
    """Return the least probability so far, exact and the model's: [pairs, orders, left] each."""
    pairs, orders, left = suffixes.shape
    whole = np.concatenate([np.repeat(moves[:, None], orders, 1), suffixes], -1)
    flat = whole.reshape(pairs * orders, -1)
    exact = np.empty((len(flat), left))
    for n in range(left):
        legal, mine, theirs = play_out(flat[:, : n - left])
        mine, theirs = np.where(legal, (mine, theirs), _FULL)
        p = games.next_move_probabilities(mine, theirs)
        exact[:, n] = legal * np.take_along_axis(p, flat[:, [n - left]], 1)[:, 0]
    parts = np.array_split(flat, -(-len(flat) // 2000))
    said = np.concatenate([next_moves(model, part[:, :-1])[:, -left:] for part in parts])
    said = np.take_along_axis(said, suffixes.reshape(-1, left)[..., None], -1)[..., 0]
    found = (np.minimum.accumulate(x, -1).reshape(suffixes.shape) for x in (exact, said))
    return tuple(found)


# A position in which nothing can be played.
_FULL = np.array([[0], [2**36 - 1]], np.uint64)

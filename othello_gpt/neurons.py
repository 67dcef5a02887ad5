"""What each neuron reads, writes and answers to, in the language of the board.

A neuron is one hidden unit of an MLP. Its output, the activation after the GELU, times its output
weights is what it adds to the residual stream. Four ways to read it, each with its own control:
the contribution to a logit, exact by construction; its weights in bases of known directions; the
positions where it is most active; and rules on the board, either a small regression tree
("OthelloGPT learned a bag of heuristics", 2024) or the legal-move patterns that it
stands for. All of them stream games through the plain network, batch by batch.

Chapter: ``book/neurons.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeRegressor

from . import games, probes, rules
from .intervals import Interval, draws
from .model import GPT, Predictions, predict, tokens_of
from .rules import Replay

# --- activations --------------------------------------------------------------------------------


@torch.no_grad()
def neuron_outputs(model: GPT, tokens: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield the outputs of each layer's neurons, [games, T, neurons], from the first layer up."""
    found = []
    handles = [
        block.mlp.c_proj.register_forward_pre_hook(lambda _, args: found.append(args[0]))
        for block in model.transformer.h
    ]
    try:
        for _ in model.residual_stream(tokens):
            if found:
                yield found.pop()
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def edited(model: GPT, edits: Mapping[int, Callable[[torch.Tensor], torch.Tensor]]):
    """Give the model with its neurons' outputs changed: ``edits`` is layer -> function of them.

    A function takes and returns [games, T, neurons]. When the block ends, the model is as before.
    Raises ``ValueError`` on a layer that the model doesn't have.
    """
    n_layer = model.config.n_layer
    if unknown := [layer for layer in edits if not 0 <= layer < n_layer]:
        raise ValueError(f"layer {unknown[0]} is not one of this model's: 0 to {n_layer - 1}")
    handles = [
        model.transformer.h[layer].mlp.c_proj.register_forward_pre_hook(
            lambda _, args, edit=edit: (edit(args[0]),)
        )
        for layer, edit in edits.items()
    ]
    try:
        yield model
    finally:
        for handle in handles:
            handle.remove()


def sample_outputs(
    model: GPT, moves: np.ndarray, plies: np.ndarray, batch: int = 50
) -> tuple[np.ndarray, np.ndarray]:
    """Return outputs float32 [layers, rows, neurons] and features [rows, features] at some plies.

    ``plies`` [games, n] are the positions that are kept of each game; rows are games times n.
    """
    game = np.arange(len(moves))[:, None]
    outputs = np.empty((model.config.n_layer, plies.size, 4 * model.config.n_embd), np.float32)
    for first in range(0, len(moves), batch):
        some = slice(first, first + batch)
        rows = slice(first * plies.shape[1], first * plies.shape[1] + plies[some].size)
        at = game[some] - first, plies[some]
        for layer, x in enumerate(neuron_outputs(model, tokens_of(moves[some]))):
            outputs[layer, rows] = x[at].flatten(0, 1).numpy()
    return outputs, features(rules.replay(moves))[game, plies].reshape(plies.size, -1)


@dataclass(frozen=True)
class Survey:
    """Statistics of every neuron over many positions; arrays [layers, neurons].

    ``kurtosis`` is 3 for a normal distribution; ``fires`` the share of positions with an output
    above zero. ``top`` and ``where`` [layers, neurons, k] are the largest outputs and the positions
    where they were (game * 31 + ply), from the largest down.
    """

    mean: np.ndarray
    std: np.ndarray
    kurtosis: np.ndarray
    fires: np.ndarray
    top: np.ndarray
    where: np.ndarray
    positions: int


def survey(model: GPT, moves: np.ndarray, keep: int = 16, batch: int = 50) -> Survey:
    """Return the statistics of all neurons over games [games, 32], in one streamed pass."""
    layers, width = model.config.n_layer, 4 * model.config.n_embd
    sums = torch.zeros(5, layers, width, dtype=torch.float64)
    top = torch.full((layers, width, keep), -torch.inf)
    where = torch.zeros(layers, width, keep, dtype=torch.long)
    seen = 0
    for first in range(0, len(moves), batch):
        tokens = tokens_of(moves[first : first + batch])
        for layer, x in enumerate(neuron_outputs(model, tokens)):
            x = x.flatten(0, 1)
            square = x * x
            powers = x, square, square * x, square * square, (x > 0).float()
            sums[:, layer] += torch.stack([p.sum(0) for p in powers])
            # Few rows can still enter a list: those that beat its last entry somewhere.
            rows = (x > top[layer, :, -1]).any(1).nonzero().squeeze(1)
            pool = torch.cat([top[layer], x[rows].T], 1)
            top[layer], best = pool.topk(keep)
            places = torch.cat([where[layer], (seen + rows).expand(width, -1)], 1)
            where[layer] = places.gather(1, best)
        seen += tokens.numel()
    m1, m2, m3, m4, fires = (sums / seen).numpy()
    variance = np.maximum(m2 - m1**2, 1e-12)
    fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
    shape = fourth / variance**2
    return Survey(m1, variance**0.5, shape, fires, top.numpy(), where.numpy(), seen)


# --- direct logit attribution -------------------------------------------------------------------


@dataclass(frozen=True)
class Decomposition:
    """The last residual stream of one game as a sum of what each component wrote.

    ``names`` and ``parts`` [parts, T, width]: the embedding, the position, each head, each MLP, and
    the biases. ``neurons`` [layers, T, neurons] are the outputs of the neurons; what an MLP wrote
    is their sum. Everything is in float64.
    """

    names: tuple[str, ...]
    parts: torch.Tensor
    neurons: torch.Tensor


@torch.no_grad()
def decompose(model: GPT, moves: np.ndarray) -> Decomposition:
    """Return what every component adds to the residual stream in one game [32], in float64.

    A head's part is its mix of values times its slice of the output matrix, value bias included.
    """
    model = double(model)
    tokens, H = tokens_of(moves[None]), model.config.n_head
    T, (embed, position) = tokens.shape[1], (model.transformer.wte, model.transformer.wpe)
    parts = {"embedding": embed(tokens)[0], "position": position.weight[:T]}
    mixed, outputs = [], []
    hooks = [
        b.attn.c_proj.register_forward_pre_hook(lambda _, args: mixed.append(args[0][0]))
        for b in model.transformer.h
    ]
    outputs = [x[0] for x in neuron_outputs(model, tokens)]
    for hook in hooks:
        hook.remove()
    biases = torch.zeros(T, model.config.n_embd, dtype=torch.float64)
    for layer, block in enumerate(model.transformer.h):
        out = block.attn.c_proj
        heads = zip(mixed[layer].chunk(H, -1), out.weight.chunk(H, -1), strict=True)
        for head, (z, w) in enumerate(heads):
            parts[f"head {layer}.{head}"] = z @ w.T
        parts[f"MLP {layer}"] = outputs[layer] @ block.mlp.c_proj.weight.T
        for linear in (out, block.mlp.c_proj):
            biases = biases if linear.bias is None else biases + linear.bias
    parts["biases"] = biases
    return Decomposition(tuple(parts), torch.stack(list(parts.values())), torch.stack(outputs))


@torch.no_grad()
def logit_attribution(model: GPT, found: Decomposition) -> tuple[tuple[str, ...], torch.Tensor]:
    """Return names and contributions [parts, T, vocabulary] that add up to the logits exactly.

    The final LayerNorm is linear once its scale, that of the whole stream, is known (Elhage et al.
    2021, https://transformer-circuits.pub/2021/framework); its bias is one more part.
    """
    read = readout(model)
    stream = found.parts.sum(0)
    scale = (stream.var(-1, unbiased=False) + 1e-5).sqrt()
    logits = (found.parts / scale[:, None]) @ read.T
    names, bias = found.names, model.transformer.ln_f.bias
    if bias is not None:
        last = model.lm_head.weight.double() @ bias.double()
        names = (*names, "final bias")
        logits = torch.cat([logits, last.expand(1, *logits.shape[1:])])
    return names, logits


@torch.no_grad()
def neuron_attribution(model: GPT, found: Decomposition, ply: int, token: int) -> torch.Tensor:
    """Return what each neuron adds to one logit at one position: [layers, neurons].

    A layer's sum is its MLP's part of ``logit_attribution``.
    """
    stream = found.parts[:, ply].sum(0)
    direction = readout(model)[token] / (stream.var(unbiased=False) + 1e-5).sqrt()
    blocks = model.transformer.h
    effect = torch.stack([direction @ block.mlp.c_proj.weight.double() for block in blocks])
    return found.neurons[:, ply] * effect


def double(model: GPT) -> GPT:
    """Return the same network in float64."""
    copy = GPT(model.config).double().eval().requires_grad_(False)
    copy.load_state_dict(model.state_dict())
    return copy


def readout(model: GPT) -> torch.Tensor:
    """Return the unembedding with the final gain and centring in it, float64 [vocab, width]."""
    read = model.lm_head.weight.double() * model.transformer.ln_f.weight.double()
    return read - read.mean(-1, keepdim=True)


# --- weights in bases ---------------------------------------------------------------------------


def input_weights(model: GPT, layer: int) -> torch.Tensor:
    """Return the direction that each neuron reads, [neurons, width]: LayerNorm's gain is in it."""
    block = model.transformer.h[layer]
    weight = block.mlp.c_fc.weight * block.ln_2.weight
    return weight - weight.mean(-1, keepdim=True)


def output_weights(model: GPT, layer: int) -> torch.Tensor:
    """Return what each neuron writes, [neurons, width], without the mean that nothing can read."""
    weight = model.transformer.h[layer].mlp.c_proj.weight.T
    return weight - weight.mean(-1, keepdim=True)


def direct_effects(model: GPT, layer: int) -> np.ndarray:
    """Return what an output of one of each neuron adds to each square's logit, [neurons, 36].

    Minus the mean over squares, which the softmax doesn't see, and before the final LayerNorm's
    scale; masked in the centre, which is never played.
    """
    logits = (output_weights(model, layer).double() @ readout(model)[1:].T).numpy()
    effects = np.ma.masked_all((len(logits), 36))
    effects[:, games.square_of_token()[1:]] = logits - logits.mean(1, keepdims=True)
    return effects


def cosines(vectors: torch.Tensor, directions: torch.Tensor) -> np.ndarray:
    """Return the cosine of each vector [n, width] with each direction [squares, width]."""
    return (F.normalize(vectors, dim=-1) @ F.normalize(directions, dim=-1).T).numpy()


def share_explained(vectors: torch.Tensor, basis: torch.Tensor) -> np.ndarray:
    """Return the share of each vector's squared length within the span of ``basis``: [n].

    ``vectors`` [n, width], ``basis`` [directions, width] of any rank. By chance it is rank / width.
    """
    return (F.normalize(vectors, dim=-1) @ _span(basis)).square().sum(-1).numpy()


def random_basis(basis: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """Return a random subspace of the dimension that ``basis`` spans: the control of a share."""
    rank = _span(basis).shape[1]
    return torch.randn(rank, basis.shape[1], generator=torch.Generator().manual_seed(seed))


def _span(basis: torch.Tensor) -> torch.Tensor:
    """Return an orthonormal basis of the span, [width, rank]."""
    _, values, vectors = torch.linalg.svd(basis, full_matrices=False)
    return vectors[values > 1e-4 * values[0]].T


# --- trees on the board -------------------------------------------------------------------------

_NAMES = [rules.square_name(s) for s in range(36)]
FEATURES = tuple(
    [f"{name} {what}" for what in ("mine", "theirs", "empty") for name in _NAMES]
    + [f"{name} just played" for name in _NAMES]
    + [f"{name} just turned" for name in _NAMES]
)


def features(replay: Replay) -> np.ndarray:
    """Return what trees may ask about each position, bool [games, 31, 180], as in ``FEATURES``."""
    board = probes.board(replay)
    last = np.arange(36) == replay.moves[:, :-1, None]
    turned = probes.captured(replay) == 1
    return np.concatenate([board == 2, board == 0, board == 1, last, turned], -1)


@dataclass(frozen=True)
class Trees:
    """scikit-learn's regression trees, one an output, and what each was allowed to ask.

    ``asks`` int [trees, n]: columns of the features. ``fires``: for each tree and node, the share
    of training rows above zero.
    """

    trees: tuple[DecisionTreeRegressor, ...]
    asks: np.ndarray
    fires: tuple[np.ndarray, ...]

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the predicted outputs, float32 [rows, trees], for features bool [rows, ...]."""
        return self._leaves(x, lambda k, leaf: self.trees[k].tree_.value[leaf, 0, 0], np.float32)

    def predict_fires(self, x: np.ndarray) -> np.ndarray:
        """Return whether most training rows in the same leaf were above zero, [rows, trees]."""
        return self._leaves(x, lambda k, leaf: self.fires[k][leaf] > 0.5, bool)

    def _leaves(self, x: np.ndarray, of: Callable, dtype: type) -> np.ndarray:
        found = np.empty((len(self.trees), len(x)), dtype)
        columns = np.asfortranarray(x, np.float32)

        def fill(k):
            found[k] = of(k, self.trees[k].apply(columns[:, self.asks[k]], check_input=False))

        _in_threads(fill, len(self.trees))
        return found.T

    def path(self, tree: int) -> list[tuple[int, bool]]:
        """Return the questions (feature, answer) on the way to a tree's most active leaf."""
        nodes = self.trees[tree].tree_
        leaf = nodes.children_left < 0
        node, steps = int(np.where(leaf, nodes.value[:, 0, 0], -np.inf).argmax()), []
        while node:
            parent = int(
                np.flatnonzero((nodes.children_left == node) | (nodes.children_right == node))[0]
            )
            asked = int(self.asks[tree, nodes.feature[parent]])
            steps.append((asked, bool(nodes.children_right[parent] == node)))
            node = parent
        return steps[::-1]

    def rule(self, tree: int) -> str:
        """Return in words when a tree is most active: ``"C1 empty, C2 theirs, C3 mine"``."""
        steps = self.path(tree)
        known = {FEATURES[f].split()[0] for f, answer in steps if answer and f < 108}
        said = []
        for f, answer in steps:
            square, what = FEATURES[f].split(maxsplit=1)
            # Where the square's state is known, what it is not goes without saying.
            if answer or f >= 108 or square not in known:
                said.append(f"{square} {'' if answer else 'not '}{what}")
        return ", ".join(said)


def fit_trees(x: np.ndarray, y: np.ndarray, depth: int = 6, leaf: int = 10, ask: int = 40) -> Trees:
    """Return a least-squares regression tree for each column of ``y`` on boolean features ``x``.

    ``x`` [rows, features], ``y`` [rows, trees]; at most ``depth`` questions in a row, at least
    ``leaf`` rows in a leaf (CART, Breiman et al. 1984). A tree may ask about the ``ask`` features
    with the largest coefficients in a ridge regression of its column: a tree of fewer is grown
    in less time and predicts held-out games as well as all. Raises ``ValueError`` where rows
    don't match or aren't boolean.
    """
    if x.dtype != bool or len(x) != len(y):
        raise ValueError(
            f"trees need boolean features and as many rows of outputs, not {x.dtype} {x.shape} and "
            f"{y.shape}"
        )
    columns = np.asfortranarray(x, np.float32)
    weight = np.abs(Ridge(alpha=10).fit(columns, y).coef_.reshape(y.shape[1], -1)) * columns.std(0)
    asks = np.sort(np.argsort(-weight, 1, kind="stable")[:, :ask], 1)
    trees, fires = [None] * len(asks), [None] * len(asks)

    def grow(k):
        of = columns[:, asks[k]]
        tree = DecisionTreeRegressor(max_depth=depth, min_samples_leaf=leaf, random_state=0)
        node = trees[k] = tree.fit(of, y[:, k])
        at = node.apply(of, check_input=False)
        above, rows = (np.bincount(at, w, node.tree_.node_count) for w in (y[:, k] > 0, None))
        fires[k] = above / np.maximum(rows, 1)

    _in_threads(grow, len(asks))
    return Trees(tuple(trees), asks, tuple(fires))


def _in_threads(run: Callable[[int], None], n: int) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(run, range(n)))


def other_boards(x: np.ndarray) -> np.ndarray:
    """Return rows [games * 31, ...] in another order: each another game's, after as many moves."""
    return np.roll(x.reshape(-1, games.CONTEXT, *x.shape[1:]), 1, axis=0).reshape(x.shape)


def r_squared(y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the share of each column's variance that is predicted, [columns]; 0 for a constant."""
    variance = y.var(0, dtype=np.float64)
    error = np.square(y - predicted).mean(0, dtype=np.float64)
    return np.where(variance > 1e-12, 1 - error / np.maximum(variance, 1e-12), 0.0)


def share_described(y, predicted, n_games: int, above: float = 0.7) -> Interval:
    """Return the share of columns whose R^2 is above a bar, with an interval over games.

    Rows are games times positions; games are resampled.
    """
    by_game = (n_games, -1, y.shape[1])
    parts = [np.square(y - predicted), np.square(y), y]
    sums = np.stack([p.reshape(by_game).sum(1, dtype=np.float64) for p in parts], 1)
    rows = len(y) // n_games

    def share(means):
        error, squares, total = np.moveaxis(means / rows, 1, 0)
        return (1 - error / np.maximum(squares - total**2, 1e-12) > above).mean(1)

    return _resampled(sums, share)


def _resampled(sums: np.ndarray, statistic: Callable) -> Interval:
    """Return a statistic of means over games, with its interval; ``sums`` [games, ...].

    It is given the means in several resamples of the games, [resamples, ...], at once.
    """
    n = len(sums)
    drawn = np.concatenate([np.ones((1, n)), draws(n)])  # first, the games as they are
    values = statistic((drawn @ sums.reshape(n, -1) / n).reshape(-1, *sums.shape[1:]))
    ends = values[0], *np.quantile(values[1:], [0.025, 0.975], axis=0)
    return Interval(*(float(end) if np.ndim(end) == 0 else end for end in ends))


def rotated(width: int, columns: int, rotations: int, seed: int = 0) -> np.ndarray:
    """Return random mixes of a layer's outputs, float32 [width, rotations * columns].

    ``columns`` from each of several random rotations: within one they are orthonormal, and all
    together hold what the neurons hold, but no neuron of the network is one of them.
    """
    rng = np.random.default_rng(seed)
    turns = [np.linalg.qr(rng.standard_normal((width, columns)))[0] for _ in range(rotations)]
    return np.hstack(turns).astype(np.float32)


def f1(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the F1 score of each column of two boolean arrays [rows, columns]; 0 if both empty."""
    both = (truth & predicted).sum(0)
    return 2 * both / np.maximum(truth.sum(0) + predicted.sum(0), 1)


# --- legal-move rules ---------------------------------------------------------------------------

_STEPS = {
    "north": (-1, 0),
    "northeast": (-1, 1),
    "east": (0, 1),
    "southeast": (1, 1),
    "south": (1, 0),
    "southwest": (1, -1),
    "west": (0, -1),
    "northwest": (-1, -1),
}


@dataclass(frozen=True, order=True)
class Pattern:
    """One way to be legal: ``square`` empty, ``run`` of theirs ``towards`` a side, then mine.

    Without ``run``: whatever the length. Without ``towards`` too: in any direction.
    """

    square: int
    towards: str = ""
    run: int = 0

    def __str__(self) -> str:
        name = _NAMES[self.square]
        if not self.towards:
            return f"{name} is legal"
        if not self.run:
            return f"{name} turns discs to its {self.towards}"
        line = [_NAMES[s] for s in _line(self)]
        return f"{name} empty, {', '.join(f'{s} theirs' for s in line[:-1])}, {line[-1]} mine"

    def image(self, symmetry: int) -> Pattern:
        """Return its image under one of the board's eight symmetries, 0 to 7; 0 changes nothing."""
        towards = ""
        if self.towards:
            step = _turned(*_STEPS[self.towards], symmetry)
            towards = next(name for name, other in _STEPS.items() if other == step)
        row, column = (2 * x - 5 for x in divmod(self.square, 6))
        row, column = ((x + 5) // 2 for x in _turned(row, column, symmetry))
        return Pattern(row * 6 + column, towards, self.run)


def _turned(row: int, column: int, symmetry: int) -> tuple[int, int]:
    if symmetry & 1:
        row, column = column, row
    return (-row if symmetry & 2 else row), (-column if symmetry & 4 else column)


def _line(pattern: Pattern) -> list[int]:
    """Return the squares of a run and the one that closes it; empty if that is off the board."""
    (row, column), (down, right) = divmod(pattern.square, 6), _STEPS[pattern.towards]
    line = [(row + k * down, column + k * right) for k in range(1, pattern.run + 2)]
    inside = all(0 <= r < 6 and 0 <= c < 6 for r, c in line)
    return [6 * r + c for r, c in line] if inside else []


@cache
def patterns() -> tuple[Pattern, ...]:
    """Return all legal-move patterns of the 32 squares that can be played, runs first."""
    squares = [s for s in range(36) if s not in rules.centre()]
    runs = [Pattern(s, d, n) for s in squares for d in _STEPS for n in range(1, 5)]
    runs = [p for p in runs if _line(p)]
    directions = sorted({Pattern(p.square, p.towards) for p in runs})
    return (*runs, *directions, *(Pattern(s) for s in squares))


def holds(x: np.ndarray) -> np.ndarray:
    """Return which patterns hold in positions given by their features: bool [rows, patterns]."""
    mine, theirs, empty = x[:, :36], x[:, 36:72], x[:, 72:108]
    found = {}
    for p in patterns():
        if p.run:
            *run, end = _line(p)
            found[p] = empty[:, p.square] & mine[:, end] & theirs[:, run].all(1)
        else:
            wider = [q for q in found if q.run and q.square == p.square]
            wider = [q for q in wider if p.towards in ("", q.towards)]
            found[p] = np.any([found[q] for q in wider], 0)
    return np.stack(list(found.values()), 1)


@dataclass(frozen=True)
class Rule:
    """What a neuron stands for: it is above ``threshold`` where one of ``patterns`` holds.

    ``precision``, ``recall`` and ``f1`` are over the rows that the rule was found on until
    ``score`` measures them on others.
    """

    layer: int
    neuron: int
    patterns: tuple[Pattern, ...]
    threshold: float
    f1: float

    def __str__(self) -> str:
        return " or ".join(str(p) for p in self.patterns)


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
        square = patterns()[start].square
        more = [p for p in likely[:60] if patterns()[p].square == square]
        while score > 0.5 and len(chosen) < terms:
            tried = [(*_best_f1(truth | hold[order, p]), p) for p in more]
            top = max(tried, default=(0, 0, 0))
            if top[0] < score + 0.002:
                break
            score, cut, p = top
            chosen.append(p)
            truth = truth | hold[order, p]
        threshold = float(outputs[order[cut], neuron])
        terms_of = tuple(patterns()[p] for p in chosen)
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
    index = {p: i for i, p in enumerate(patterns())}
    truth = hold[:, [index[p] for p in rule.patterns]].any(1)
    return truth, outputs[:, rule.neuron] >= rule.threshold


def rules_f1(
    found: Sequence[Rule], outputs: np.ndarray, hold: np.ndarray, n_games: int
) -> Interval:
    """Return the F1 of rules with intervals over games, [rules].

    ``outputs`` [layers, rows, neurons] and ``hold`` [rows, patterns] are of positions of
    ``n_games`` games, in order.
    """
    return _resampled(_of_rules(found, outputs, hold, n_games), _f1_of_means)


def rules_above(
    found: Sequence[Rule], outputs: np.ndarray, hold: np.ndarray, n_games: int, bars
) -> Interval:
    """Return how many rules have an F1 of at least each of ``bars``, [bars]; see ``rules_f1``."""

    def count(means):
        return np.stack([(_f1_of_means(means) >= bar).sum(1) for bar in bars], 1)

    return _resampled(_of_rules(found, outputs, hold, n_games), count)


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


def spectrum(
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


# --- causes -------------------------------------------------------------------------------------


def mean_ablation(mean: np.ndarray, neurons: Sequence[int] | np.ndarray) -> Callable:
    """Return an edit that sets some neurons of a layer to their mean outputs; for ``edited``."""
    at, value = torch.as_tensor(np.asarray(neurons)), torch.from_numpy(np.asarray(mean)).float()

    def edit(x):
        x = x.clone()
        x[..., at] = value[at]
        return x

    return edit


def replacement(values: np.ndarray) -> Callable:
    """Return an edit that puts ``values`` [rows, neurons] in place of a layer's outputs.

    Rows are games times positions, in the order in which games pass through the model.
    """
    rows, done = torch.from_numpy(values), 0

    def edit(x):
        nonlocal done
        taken = rows[done : done + x.shape[0] * x.shape[1]]
        done = (done + len(taken)) % len(rows)
        return taken.view_as(x)

    return edit


def effect(
    model: GPT, moves: np.ndarray, edits: Mapping, base: Predictions
) -> dict[str, np.ndarray]:
    """Return what an edit of neurons does in each game, [games]: differences within games.

    ``loss``: nats a move more; ``illegal``: more of the first choices that are illegal. ``base`` is
    ``predict(model, moves)``.
    """
    with edited(model, edits):
        seen = predict(model, moves)
    return {
        "loss": (seen.nll - base.nll).mean(1),
        "illegal": (base.legal.astype(float) - seen.legal).mean(1),
    }


def kept(own: np.ndarray, silent: np.ndarray) -> Interval:
    """Return the share of a loss that is avoided: 1 - mean of ``own`` / mean of ``silent`` [games].

    Scalar, with an interval over games.
    """
    return _resampled(np.stack([own, silent], 1), lambda means: 1 - means[:, 0] / means[:, 1])


def named_and_others(change: np.ndarray, named: np.ndarray, others: np.ndarray) -> Interval:
    """Return the mean change where ``named``, that in ``others``, and their difference: [3].

    All are [games, ...], the two masks bool; intervals are over games.
    """
    sums = [np.where(m, x, 0) for m in (named, others) for x in (change, 1.0)]
    sums = np.stack([x.reshape(len(x), -1).sum(1) for x in sums], 1)

    def means_and_gap(means):
        one, other = (means[:, k] / np.maximum(means[:, k + 1], 1e-12) for k in (0, 2))
        return np.stack([one, other, one - other], 1)

    return _resampled(sums, means_and_gap)


def matched_others(
    size: np.ndarray, chosen: Sequence[int] | np.ndarray, among: np.ndarray | None = None
) -> np.ndarray:
    """Return as many other neurons of a layer as were chosen, each as near as can be in ``size``.

    Random neurons aren't a fair control where the chosen ones are larger or smaller than most.
    ``size`` [neurons], or [chosen, neurons] where each chosen one has a measure of its own.
    ``among``: the others that may be taken, by default all. Raises ``ValueError`` if there aren't
    enough.
    """
    width = np.shape(size)[-1]
    others = np.setdiff1d(np.arange(width) if among is None else among, chosen)
    if len(others) < len(chosen):
        raise ValueError(
            f"{len(chosen)} of {width} neurons are chosen: {len(others)} others are too few"
        )
    found = []
    for neuron, own in zip(chosen, np.broadcast_to(size, (len(chosen), width)), strict=True):
        nearest = np.abs(own[others] - own[neuron]).argmin()
        found.append(others[nearest])
        others = np.delete(others, nearest)
    return np.array(found, int)

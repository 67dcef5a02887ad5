"""Where each attention head looks, what it moves, and what is lost without it.

A head's *pattern* says which earlier moves it reads at each position. Its *QK circuit* is the
bilinear form by which it chooses them, its *OV circuit* the linear map by which it moves what it
finds (Elhage et al. 2021, https://transformer-circuits.pub/2021/framework); in bases of known
directions both are tables from squares to squares. Games are streamed through the plain network.

Chapter: ``book/attention.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import spearmanr

from . import games, probes, rules
from .intervals import Interval, bootstrap, draws
from .model import GPT, tokens_of
from .probes import Probe

# --- patterns -----------------------------------------------------------------------------------


@contextmanager
def _hooked(modules, hook):
    handles = [module.register_forward_hook(hook) for module in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def patterns(model: GPT, tokens: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield each layer's attention, [games, heads, T, T]: from each position to earlier ones."""
    found, H = [], model.config.n_head

    def hook(module, args, qkv):
        found.append(qkv)

    with _hooked([block.attn.c_attn for block in model.transformer.h], hook):
        for _ in model.residual_stream(tokens):
            if found:
                q, k, _ = (
                    x.unflatten(-1, (H, -1)).transpose(1, 2) for x in found.pop().chunk(3, -1)
                )
                causal = model.transformer.h[0].attn.causal[: q.shape[2], : q.shape[2]]
                scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]) + causal
                yield scores.softmax(-1)


@torch.no_grad()
def head_outputs(model: GPT, tokens: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield what each head of a layer adds to the stream, [games, T, heads, width], by layer.

    The layer's output bias belongs to no head and is left out.
    """
    found = []

    def hook(module, args, out):
        found.append(args[0])

    projections = [block.attn.c_proj for block in model.transformer.h]
    layers = iter(projections)
    with _hooked(projections, hook):
        for _ in model.residual_stream(tokens):
            if found:
                yield _projected(found.pop(), next(layers).weight, model.config.n_head)


def _projected(z: torch.Tensor, weight: torch.Tensor, heads: int) -> torch.Tensor:
    z, weight = z.unflatten(-1, (heads, -1)), weight.unflatten(1, (heads, -1))
    return torch.einsum("gthc,dhc->gthd", z, weight)


@dataclass(frozen=True)
class Looks:
    """Where heads look, over games; [layers, heads, ...].

    ``mean`` [.., T, T]: the average pattern. Shares of attention, averaged over all positions but
    the first: ``parity``, of what goes to earlier moves, the share on moves of the same parity (of
    the side that has just moved); ``previous``, ``itself``, ``first``: on the move before, on the
    move itself, on the first move. ``square`` [.., 36]: on the move that played a square, where it
    has been played before; ``between`` [.., 36, 36]: the same by the square of the move that the
    head looks from (0 for pairs that never came). In their controls the squares are another game's:
    those looked at, and those looked from. ``uniform`` holds the shares of a head that looks at all
    moves alike.
    """

    mean: np.ndarray
    parity: np.ndarray
    previous: np.ndarray
    itself: np.ndarray
    first: np.ndarray
    square: np.ndarray
    square_control: np.ndarray
    between: np.ndarray
    between_control: np.ndarray
    uniform: dict[str, float]


def looks(
    model: GPT, moves: np.ndarray, batch: int = 50, instead: np.ndarray | None = None
) -> Looks:
    """Return where all heads look in games [games, 32], in one streamed pass.

    ``instead`` [layers, heads, 31, 31]: patterns that the heads have in every game instead of their
    own. With the average ones (``Looks.mean``) they look at nothing but the time of a move.
    """
    L, H, T = model.config.n_layer, model.config.n_head, moves.shape[1] - 1
    total = torch.zeros(L, H, T, T, dtype=torch.float64)
    by_square = torch.zeros(2, L, H, 36, dtype=torch.float64)
    between = torch.zeros(2, L, H, 36, 36, dtype=torch.float64)
    chances, meetings = (torch.zeros(2, *n, dtype=torch.float64) for n in ((36,), (36, 36)))
    earlier = torch.ones(T, T).tril(-1)
    for first in range(0, len(moves), batch):
        some = moves[first : first + batch]
        own = F.one_hot(torch.from_numpy(some[:, :-1].astype(np.int64)), 36).float()
        squares = torch.stack([own, own.roll(1, 0)])
        seen_before = earlier @ own  # [games, query, square]
        chances += torch.einsum("qk,ogks->os", earlier, squares)
        meetings += torch.einsum("ogqs,gqt->ost", squares, seen_before)
        for layer, pattern in enumerate(_patterns(model, some, instead)):
            total[layer] += pattern.sum(0)
            received = (pattern * earlier).sum(2)  # [games, heads, key]
            by_square[:, layer] += torch.einsum("ghk,ogks->ohs", received, squares)
            paid = (pattern * earlier) @ own[:, None]  # [games, heads, query, square]
            between[:, layer] += torch.einsum("ogqs,ghqt->ohst", squares, paid)
    mean = (total / len(moves)).numpy()
    by_square = (by_square / chances.clamp(min=1)[:, None, None]).numpy()
    between = (between / meetings.clamp(min=1)[:, None, None]).numpy()
    flat = np.tril(np.ones((T, T))) / np.arange(1, T + 1)[:, None]
    shares = _shares(mean)
    return Looks(mean, *shares, *by_square, *between, _named(_shares(flat)))


def _patterns(model: GPT, moves: np.ndarray, instead: np.ndarray | None):
    if instead is None:
        return patterns(model, tokens_of(moves))
    return torch.from_numpy(instead).float()[:, None].expand(-1, len(moves), -1, -1, -1)


def _shares(mean: np.ndarray) -> list[np.ndarray]:
    T = mean.shape[-1]
    query, key = np.arange(T)[:, None], np.arange(T)
    before = key < query
    same = (mean * (before & ((query - key) % 2 == 0))).sum((-2, -1))
    others = (mean * before)[..., 2:, :].sum((-2, -1))  # move 2 has no earlier one of its parity
    previous = np.diagonal(mean, -1, -2, -1).mean(-1)
    itself = np.diagonal(mean, 0, -2, -1)[..., 1:].mean(-1)
    return [same / np.maximum(others, 1e-12), previous, itself, mean[..., 1:, 0].mean(-1)]


def _named(shares) -> dict[str, float]:
    return dict(zip(("parity", "previous", "itself", "first"), map(float, shares), strict=True))


KINDS = ("previous move", "itself", "first move", "a fixed square", "same parity", "other parity")


def kinds(seen: Looks, most: float = 0.5, parity: float = 0.8) -> np.ndarray:
    """Return what each head looks at, as words [layers, heads]: one of ``KINDS``, or "mixed".

    The first kind in their order whose share is above ``most`` (for the parities, ``parity`` of
    what goes to earlier moves).
    """
    tests = [seen.previous, seen.itself, seen.first, seen.square.max(-1)]
    flags = [share > most for share in tests] + [seen.parity > parity, seen.parity < 1 - parity]
    found = np.full(seen.previous.shape, "mixed", dtype="<U16")
    for name, flag in reversed(list(zip(KINDS, flags, strict=True))):
        found[flag] = name
    return found


def attention_boards(model: GPT, moves: np.ndarray) -> np.ndarray:
    """Return attention in one game [32] as boards: float32 [layers * heads, T, 36].

    After each move: how much each head looks at the move that played a square; masked where no
    move has been played.
    """
    T = len(moves) - 1
    boards = np.ma.masked_all((model.config.n_layer * model.config.n_head, T, 36), np.float32)
    found = torch.cat([p[0] for p in patterns(model, tokens_of(moves[None]))]).numpy()
    for key, square in enumerate(moves[:-1]):
        boards[:, key:, square] = found[:, key:, key]
    return boards


# Squares that can be played, in order; in the centre nothing is.
_OUTER = np.setdiff1d(np.arange(36), rules.centre())


def from_squares(seen: Looks) -> np.ndarray:
    """Return what the square of the last move changes about where heads look, [heads, 32, 32].

    From each square that can be played to each other one (0 to itself): the average attention
    beyond that of the control. All heads of all layers, in order.
    """
    change = (seen.between - seen.between_control).reshape(-1, 36, 36)[:, _OUTER][..., _OUTER]
    return np.where(np.eye(len(_OUTER), dtype=bool), 0, change)


def in_line() -> np.ndarray:
    """Return which squares share a row, a column or a diagonal, bool [32, 32]; none with itself."""
    row, column = np.divmod(_OUTER, 6)
    down, right = np.abs(row[:, None] - row), np.abs(column[:, None] - column)
    return ((down == 0) | (right == 0) | (down == right)) & (down + right > 0)


# --- circuits -----------------------------------------------------------------------------------


def qk_circuit(
    model: GPT, layer: int, query: torch.Tensor, key: torch.Tensor, centred: bool = True
) -> np.ndarray:
    """Return each head's attention score between directions: [heads, queries, keys].

    ``query`` [n, width] and ``key`` [m, width] are directions of the residual stream before the
    layer; LayerNorm's gain is in the form, its scale isn't. ``centred``: without what is common to
    all keys, which the softmax doesn't see.
    """
    block, H = model.transformer.h[layer], model.config.n_head
    q, k, _ = (block.attn.c_attn.weight * block.ln_1.weight).chunk(3)
    q, k = (_without_mean(x) @ w.T for x, w in ((query, q), (key, k)))
    q, k = (x.unflatten(-1, (H, -1)).transpose(0, 1) for x in (q, k))
    form = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    return (form - form.mean(-1, keepdim=True) if centred else form).numpy()


def ov_circuit(model: GPT, layer: int, source: torch.Tensor, target: torch.Tensor) -> np.ndarray:
    """Return what each head writes along ``target`` where it finds ``source``: [heads, n, m].

    ``source`` [n, width] are directions before the layer, ``target`` [m, width] unit directions of
    what is written. LayerNorm's gain is in it, its scale isn't.
    """
    block, H = model.transformer.h[layer], model.config.n_head
    v = (block.attn.c_attn.weight * block.ln_1.weight).chunk(3)[2]
    moved = (_without_mean(source) @ v.T).unflatten(-1, (H, -1))
    out = block.attn.c_proj.weight.unflatten(1, (H, -1))
    return torch.einsum("nhc,dhc,md->hnm", moved, out, target).numpy()


def own_is_lowest(tables: np.ndarray) -> np.ndarray:
    """Return of how many squares the own entry is the lowest in its row: int [heads].

    ``tables`` [heads, 36, 36], as from ``ov_circuit``; the centre is left out.
    """
    own = tables[:, _OUTER][..., _OUTER].argmin(2) == np.arange(len(_OUTER))
    return own.sum(1)


def rank_correlation(x: np.ndarray, y: np.ndarray, seed: int = 0) -> tuple[Interval, Interval]:
    """Return how two measures of heads [layers, heads] go together within layers, and by chance.

    Spearman's rank correlation over all heads, each layer's mean taken out, with an interval over
    heads; and the same with the heads of each layer mixed up: the mean and 95% of 300 draws.
    """
    x, y = (a - a.mean(1, keepdims=True) for a in (x, y))
    rng = np.random.default_rng(seed)
    mixed = [_spearman(rng.permuted(x, axis=1).ravel(), y.ravel()) for _ in range(300)]
    drawn = rng.integers(0, x.size, (1000, x.size))
    again = [_spearman(x.ravel()[d], y.ravel()[d]) for d in drawn]
    means = _spearman(x.ravel(), y.ravel()), float(np.mean(mixed))
    ends = (np.quantile(found, [0.025, 0.975]).tolist() for found in (again, mixed))
    return tuple(Interval(mean, *end) for mean, end in zip(means, ends, strict=True))


def _spearman(x: np.ndarray, y: np.ndarray) -> float:
    return float(spearmanr(x, y).statistic)


def _without_mean(x: torch.Tensor) -> torch.Tensor:
    return x - x.mean(-1, keepdim=True)


def output_share(model: GPT, moves: np.ndarray, bases: list[torch.Tensor], batch=50) -> np.ndarray:
    """Return the share of each head's output variance in the span of a basis: [layers, heads].

    ``bases``: for each layer directions [n, width]. What is explained is how outputs differ from
    their mean over games and positions. A random subspace of the same dimension is the control.
    """
    L, H, d = model.config.n_layer, model.config.n_head, model.config.n_embd
    sums = torch.zeros(L, H, d, dtype=torch.float64)
    squares = torch.zeros(L, H, d, d, dtype=torch.float64)
    rows = 0
    for first in range(0, len(moves), batch):
        tokens = tokens_of(moves[first : first + batch])
        rows += tokens.numel()
        for layer, x in enumerate(head_outputs(model, tokens)):
            x = x.flatten(0, 1).transpose(0, 1)  # [heads, rows, width]
            sums[layer] += x.sum(1)
            squares[layer] += x.transpose(1, 2) @ x
    mean = sums / rows
    covariance = squares / rows - mean[..., None] * mean[..., None, :]
    shares = []
    for layer, basis in enumerate(bases):
        _, values, vectors = torch.linalg.svd(basis.double(), full_matrices=False)
        span = vectors[values > 1e-4 * values[0]]
        within = torch.einsum("kd,hde,ke->h", span, covariance[layer], span)
        shares.append(within / covariance[layer].diagonal(dim1=-2, dim2=-1).sum(-1))
    return torch.stack(shares).numpy()


# --- ablation -----------------------------------------------------------------------------------

WAYS = ("zero", "mean", "resample")


@dataclass(frozen=True)
class Ablations:
    """What is lost without each head; arrays [ways, layers, heads, games], ways as in ``WAYS``.

    ``loss``: nats a move more; ``illegal``: more of the first choices that are illegal; ``cells``:
    by target of the probe, fewer cells read correctly at its site.
    """

    loss: np.ndarray
    illegal: np.ndarray
    cells: dict[str, np.ndarray]

    def interval(self, what: str) -> Interval:
        """Return the mean of a loss over games, [ways, layers, heads], with intervals."""
        return bootstrap(np.moveaxis(self._of(what), -1, 0))

    def median(self, what: str) -> Interval:
        """Return the mean loss over games of the median head, [ways], with intervals over games."""
        values = self._of(what)
        n = values.shape[-1]
        drawn = np.concatenate([np.ones((1, n)), draws(n)])  # first, the games as they are
        medians = np.median(values.reshape(len(WAYS), -1, n) @ drawn.T / n, axis=1)
        low, high = np.quantile(medians[:, 1:], [0.025, 0.975], axis=1)
        return Interval(medians[:, 0], low, high)

    def _of(self, what: str) -> np.ndarray:
        return self.cells[what] if what in self.cells else getattr(self, what)


@torch.no_grad()
def ablate_heads(model: GPT, moves: np.ndarray, probe: Probe, batch: int = 20) -> Ablations:
    """Return what is lost without each head of a model, in three ways.

    *Zero*: the head writes nothing; *mean*: its average output at that position over the games;
    *resample*: its output at that position in another one of the games (which keeps what it writes
    typical). ``probe`` is linear, of one site; heads after it can't matter there.

    Raises ``ValueError`` if the probe has more than one site or isn't this model's.
    """
    if len(probe.sites) != 1 or probe.source != probes.fingerprint(model):
        raise ValueError(f"expected a probe of this model at one site, not at {probe.sites}")
    L, H = model.config.n_layer, model.config.n_head
    legal = torch.from_numpy(games.legal_tokens(moves))[:, 1:]
    mixes = _mixes(model, moves, batch)  # [layers, games, T, heads, head width]
    shape = (len(WAYS), L, H, len(moves))
    loss, illegal, cells = (
        np.zeros(shape),
        np.zeros(shape),
        {n: np.zeros(shape) for n in probe.bias},
    )
    replay = rules.replay(moves)
    truths = {n: torch.from_numpy(probes.TARGETS[n].labels(replay)) for n in probe.bias}
    for first in range(0, len(moves), batch):
        some = slice(first, first + batch)
        stream = list(model.residual_stream(tokens_of(moves[some])))
        truth = {name: t[some] for name, t in truths.items()}
        score = _Scorer(model, probe, legal[some], torch.from_numpy(moves[some]), truth)
        base = score(0, stream[1:])
        for layer in range(L):
            own = mixes[layer, some]
            others = {
                "zero": torch.zeros_like(own),
                "mean": mixes[layer].mean(0).expand_as(own),
                "resample": mixes[layer].roll(1, 0)[some],
            }
            for way, name in enumerate(WAYS):
                # All heads at once: a copy of the games for each head that is taken out.
                z = own.expand(H, *own.shape).clone()
                for head in range(H):
                    z[head, ..., head, :] = others[name][..., head, :]
                block = model.transformer.h[layer]
                x = stream[2 * layer] + block.attn.c_proj(z.flatten(-2))
                sites = list(_onwards(model, x.flatten(0, 1), layer))
                changed = score(2 * layer, sites, base)
                for out, a, b in zip((loss, illegal, *cells.values()), changed, base, strict=True):
                    out[way, layer, :, some] = a.view(H, -1) - b
    return Ablations(loss, illegal, {name: -lost for name, lost in cells.items()})


def _mixes(model: GPT, moves: np.ndarray, batch: int) -> torch.Tensor:
    found = [[] for _ in model.transformer.h]
    layer_of = {block.attn.c_proj: i for i, block in enumerate(model.transformer.h)}

    def hook(module, args, out):
        found[layer_of[module]].append(args[0])

    with _hooked(layer_of, hook):
        for first in range(0, len(moves), batch):
            for _ in model.residual_stream(tokens_of(moves[first : first + batch])):
                pass
    mixes = torch.stack([torch.cat(parts) for parts in found])
    return mixes.unflatten(-1, (model.config.n_head, -1))


def _onwards(model: GPT, mid: torch.Tensor, layer: int) -> Iterator[torch.Tensor]:
    """Yield the stream from the middle of a layer to the end, that middle first."""
    x = mid
    for block in model.transformer.h[layer:]:
        if x is not mid:
            x = x + block.attn(block.ln_1(x))
        yield x
        x = x + block.mlp(block.ln_2(x))
        yield x


class _Scorer:
    """Loss, illegal share and cells read, of each of some games and of copies of them."""

    def __init__(self, model, probe, legal, moves, truth):
        self.model, self.probe, self.legal, self.truth = model, probe, legal, truth
        self.next = torch.from_numpy(games.token_of_square())[moves[:, 1:].long()]
        self.at = model.sites.index(probe.sites[0])

    def __call__(self, skipped: int, sites: list[torch.Tensor], base=()) -> list[torch.Tensor]:
        """Return each score [copies * games]; ``sites`` are the stream from site 1 + skipped on.

        What was written before those has the scores of ``base``.
        """
        log_p = self.model.unembed(sites[-1]).log_softmax(-1)
        copies = len(log_p) // len(self.legal)
        legal, target = self.legal.repeat(copies, 1, 1), self.next.repeat(copies, 1)
        nll = -log_p.gather(-1, target[..., None]).squeeze(-1).mean(-1)
        top = log_p.argmax(-1, keepdim=True)
        scores = [nll, 1 - legal.gather(-1, top).squeeze(-1).float().mean(-1)]
        index = self.at - 1 - skipped
        for name, truth in self.truth.items():
            if index < 0:
                scores.append(base[len(scores)].repeat(copies))
                continue
            x, truth = sites[index].flatten(0, 1), truth.repeat(copies, 1, 1)
            said = self.probe.logits(name, self.probe.sites[0], x).max(1).indices
            scores.append((said.view_as(truth) == truth).float().mean((1, 2)))
        return scores

"""QK and OV circuits."""

import math

import numpy as np
import torch
from einops import einsum
from jaxtyping import Bool, Float
from scipy.stats import spearmanr

from ..devices import device_of
from ..intervals import Interval
from ..model import GPT, inputs_of
from ..types import Moves
from .boards import OUTER
from .patterns import head_outputs

Queries = Float[torch.Tensor, "queries width"]
Keys = Float[torch.Tensor, "keys width"]
Sources = Float[torch.Tensor, "n width"]
Targets = Float[torch.Tensor, "m width"]
Basis = Float[torch.Tensor, "_directions width"]
"""Each layer's has a number of directions of its own."""


def qk_circuit(
    model: GPT,
    layer: int,
    query: Queries,
    key: Keys,
    centred: bool = True,
) -> Float[np.ndarray, "heads queries keys"]:
    """Return each head's attention score between directions: [heads, queries, keys].

    Elhage et al. 2021's QK circuit. ``query`` [n, width] and ``key`` [m, width] are directions of
    the residual stream before the
    layer; LayerNorm's gain is in the form, its scale isn't. ``centred``: without what is common to
    all keys, which the softmax doesn't see.
    """
    block, H = model.transformer.h[layer], model.config.n_head
    q, k, _ = (block.attn.c_attn.weight * block.ln_1.weight).chunk(3)
    q, k = (_without_mean(x) @ w.T for x, w in ((query, q), (key, k)))
    q, k = (x.unflatten(-1, (H, -1)).transpose(0, 1) for x in (q, k))
    form = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    return (form - form.mean(-1, keepdim=True) if centred else form).cpu().numpy()


def ov_circuit(
    model: GPT, layer: int, source: Sources, target: Targets
) -> Float[np.ndarray, "heads n m"]:
    """Return what each head writes along ``target`` where it finds ``source``: [heads, n, m].

    Elhage et al. 2021's OV circuit. ``source`` [n, width] are directions before the layer,
    ``target`` [m, width] unit directions of
    what is written. LayerNorm's gain is in it, its scale isn't.
    """
    block, H = model.transformer.h[layer], model.config.n_head
    v = (block.attn.c_attn.weight * block.ln_1.weight).chunk(3)[2]
    moved = (_without_mean(source) @ v.T).unflatten(-1, (H, -1))
    out = block.attn.c_proj.weight.unflatten(1, (H, -1))
    return einsum(moved, out, target, "n h c, d h c, m d -> h n m").cpu().numpy()


def own_is_lowest(tables: Float[np.ndarray, "heads 36 36"]) -> Bool[np.ndarray, "heads outer"]:
    """Return of which squares the own entry is the lowest in its row: [heads, squares].

    ``tables`` [heads, 36, 36], as from ``ov_circuit``; the centre is left out.
    """
    return tables[:, OUTER][..., OUTER].argmin(2) == np.arange(len(OUTER))


def rank_correlation(
    x: Float[np.ndarray, "layers heads"], y: Float[np.ndarray, "layers heads"], seed: int = 0
) -> tuple[Interval, Interval]:
    """Return how two measures of heads [layers, heads] go together within layers, and by chance.

    Spearman's rank correlation over all heads, each layer's mean taken out, with an interval over
    layers, since heads of one layer share their stream and vouch for each other; and the same with
    the heads of each layer mixed up: the mean and 95% of 300 draws.
    """
    rng = np.random.default_rng(seed)
    mixed = [within_layers(rng.permuted(x, axis=1), y) for _ in range(300)]
    drawn = rng.integers(0, len(x), (1000, len(x)))
    again = [within_layers(x[d], y[d]) for d in drawn]
    within, chance = (np.quantile(found, [0.025, 0.975]).tolist() for found in (again, mixed))
    together = Interval(within_layers(x, y), *within)
    return together, Interval(float(np.mean(mixed)), *chance)


def within_layers(
    x: Float[np.ndarray, "layers heads"], y: Float[np.ndarray, "layers heads"]
) -> float:
    """Return the correlation of ``rank_correlation`` by itself, which is quick."""
    x, y = (a - a.mean(1, keepdims=True) for a in (x, y))
    # scipy makes the class of its answer as it runs.
    return float(spearmanr(x.ravel(), y.ravel()).statistic)  # pyright: ignore[reportAttributeAccessIssue]


def _without_mean(x: torch.Tensor) -> torch.Tensor:
    return x - x.mean(-1, keepdim=True)


def output_share(
    model: GPT, moves: Moves, bases: list[Basis], batch: int = 50
) -> Float[np.ndarray, "layers heads"]:
    """Return the share of each head's output variance in the span of a basis: [layers, heads].

    ``bases``: for each layer directions [n, width]. What is explained is how outputs differ from
    their mean over games and positions. A random subspace of the same dimension is the control.
    """
    L, H, d = model.config.n_layer, model.config.n_head, model.config.n_embd
    sums = torch.zeros(L, H, d, dtype=torch.float64)
    squares = torch.zeros(L, H, d, d, dtype=torch.float64)
    rows = 0
    for first in range(0, len(moves), batch):
        tokens = inputs_of(moves[first : first + batch]).to(device_of(model))
        rows += tokens.numel()
        for layer, x in enumerate(head_outputs(model, tokens)):
            x = x.flatten(0, 1).transpose(0, 1)  # [heads, rows, width]
            sums[layer] += x.sum(1).cpu()
            squares[layer] += (x.transpose(1, 2) @ x).cpu()
    mean = sums / rows
    covariance = squares / rows - mean[..., None] * mean[..., None, :]
    shares = []
    for layer, basis in enumerate(bases):
        _, values, vectors = torch.linalg.svd(basis.cpu().double(), full_matrices=False)
        span = vectors[values > 1e-4 * values[0]]
        within = torch.einsum("kd,hde,ke->h", span, covariance[layer], span)
        shares.append(within / covariance[layer].diagonal(dim1=-2, dim2=-1).sum(-1))
    return torch.stack(shares).numpy()

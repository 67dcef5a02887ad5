"""Neurons' outputs, game after game, and a survey of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Integer

from ..devices import device_of
from ..game import CONTEXT, Games
from ..model import GPT, inputs_of
from ..types import Tokens
from .features import features
from .types import Asked, InGames, LayerOutputs, PerNeuron


@torch.no_grad()
def neuron_outputs(model: GPT, tokens: Tokens) -> Iterator[InGames]:
    """Yield the outputs of each layer's neurons, from the first layer up."""
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
def with_outputs(model: GPT, edits: Mapping[int, Callable[[InGames], InGames]]):
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
    model: GPT,
    games: Games,
    plies: Integer[np.ndarray, "games plies"] | None = None,
    batch: int = 50,
) -> tuple[LayerOutputs, Asked]:
    """Return what all neurons put out, float32, and the features of the boards.

    Rows are games times ``plies``, the positions that are kept of each game: by default all.
    """
    if plies is None:
        plies = np.tile(np.arange(CONTEXT), (len(games), 1))
    outputs = np.empty((model.config.n_layer, plies.size, 4 * model.config.n_embd), np.float32)
    done, device = 0, device_of(model)
    for some, kept in zip(
        games.batches(batch), np.split(plies, range(batch, len(plies), batch)), strict=True
    ):
        at = np.arange(len(kept))[:, None], kept
        for layer, x in enumerate(neuron_outputs(model, inputs_of(some.moves).to(device))):
            outputs[layer, done : done + kept.size] = x[at].flatten(0, 1).cpu().numpy()
        done += kept.size
    rows = np.arange(len(games))[:, None], plies
    return outputs, features(games.replay)[rows].reshape(plies.size, -1)


@torch.no_grad()
def random_neurons(
    model: GPT,
    games: Games,
    layer: int,
    mixes: Float[np.ndarray, "neurons mixes"],
    batch: int = 50,
) -> Float[np.ndarray, "rows mixes"]:
    """Return what neurons of a layer would put out that asked for random things, float32.

    Each is fed a mixture of what the layer's neurons are fed, and then bends it as they do: a GELU.
    Rows are games times positions. Raises ``IndexError`` on a layer that the model doesn't have.
    """
    mlp, device, found = model.transformer.h[layer].mlp, device_of(model), []
    turns = torch.from_numpy(mixes).to(device)
    hook = mlp.c_fc.register_forward_hook(
        lambda _, __, fed: found.append(F.gelu(fed @ turns).flatten(0, 1).cpu().numpy())
    )
    try:
        for some in games.batches(batch):
            model(inputs_of(some.moves).to(device))
    finally:
        hook.remove()
    return np.concatenate(found)


@dataclass(frozen=True)
class Survey:
    """Statistics of every neuron over many positions.

    ``kurtosis`` is 3 for a normal distribution; ``fires`` the share of positions with an output
    above zero. ``top`` and ``where`` are the largest outputs and the positions where they were
    (game * 31 + ply), from the largest down.
    """

    mean: PerNeuron
    std: PerNeuron
    kurtosis: PerNeuron
    fires: PerNeuron
    top: Float[np.ndarray, "layers neurons kept"]
    where: Integer[np.ndarray, "layers neurons kept"]
    positions: int


def survey(model: GPT, games: Games, keep: int = 16, batch: int = 50) -> Survey:
    """Return the statistics of all neurons over games, in one streamed pass."""
    layers, width = model.config.n_layer, 4 * model.config.n_embd
    device = device_of(model)
    sums = torch.zeros(5, layers, width, dtype=torch.float64)
    top = torch.full((layers, width, keep), -torch.inf, device=device)
    where = torch.zeros(layers, width, keep, dtype=torch.long, device=device)
    seen = 0
    for some in games.batches(batch):
        tokens = inputs_of(some.moves).to(device)
        for layer, x in enumerate(neuron_outputs(model, tokens)):
            x = x.flatten(0, 1)
            square = x * x
            powers = x, square, square * x, square * square, (x > 0).float()
            sums[:, layer] += torch.stack([p.sum(0) for p in powers]).cpu()
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
    return Survey(m1, variance**0.5, shape, fires, top.cpu().numpy(), where.cpu().numpy(), seen)

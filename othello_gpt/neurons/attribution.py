"""Direct logit attribution."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Integer, Shaped

from .. import game
from ..devices import device_of, doubled
from ..model import GPT, inputs_of
from .legal_rules import neuron_name
from .outputs import neuron_outputs


@dataclass(frozen=True)
class Decomposition:
    """The last residual stream of one game as a sum of what each component wrote.

    ``names`` and ``parts``: the embedding, the position, each head, each MLP, and the biases.
    ``neurons`` are the outputs of the neurons; what an MLP wrote is their sum. Everything is in
    float64.
    """

    names: tuple[str, ...]
    parts: Float[torch.Tensor, "parts positions width"]
    neurons: Float[torch.Tensor, "layers positions neurons"]


@torch.no_grad()
def decompose(model: GPT, moves: Integer[np.ndarray, " plies"]) -> Decomposition:
    """Return what every component adds to the residual stream in one game, in float64.

    A head's part is its mix of values times its slice of the output matrix, value bias included.
    """
    model = double(model)
    device = device_of(model)
    tokens, H = inputs_of(moves[None]).to(device), model.config.n_head
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
    biases = torch.zeros(T, model.config.n_embd, dtype=torch.float64, device=device)
    for layer, block in enumerate(model.transformer.h):
        out = block.attn.c_proj
        heads = zip(mixed[layer].chunk(H, -1), out.weight.chunk(H, -1), strict=True)
        for head, (z, w) in enumerate(heads):
            parts[f"head L{layer} H{head}"] = z @ w.T
        parts[f"MLP {layer}"] = outputs[layer] @ block.mlp.c_proj.weight.T
        for linear in (out, block.mlp.c_proj):
            biases = biases if linear.bias is None else biases + linear.bias
    parts["biases"] = biases
    return Decomposition(tuple(parts), torch.stack(list(parts.values())), torch.stack(outputs))


@torch.no_grad()
def logit_attribution(
    model: GPT, found: Decomposition
) -> tuple[tuple[str, ...], Float[torch.Tensor, "parts positions vocabulary"]]:
    """Return names and contributions that add up to the logits exactly.

    The final LayerNorm is linear once its scale, that of the whole stream, is known (Elhage et al.
    2021, https://transformer-circuits.pub/2021/framework); its bias is one more part.
    """
    read = readout(model)
    stream = found.parts.sum(0)
    scale = (stream.var(-1, unbiased=False) + 1e-5).sqrt()
    logits = (found.parts / scale[:, None]) @ read.T
    names, bias = found.names, model.transformer.ln_f.bias
    if bias is not None:
        last = doubled(model.lm_head.weight) @ doubled(bias)
        names = (*names, "final bias")
        logits = torch.cat([logits, last.expand(1, *logits.shape[1:])])
    return names, logits


@torch.no_grad()
def neuron_attribution(
    model: GPT, found: Decomposition, ply: int, token: int
) -> Float[torch.Tensor, "layers neurons"]:
    """Return what each neuron adds to one logit at one position.

    A layer's sum is its MLP's part of ``logit_attribution``.
    """
    stream = found.parts[:, ply].sum(0)
    direction = readout(model)[token] / (stream.var(unbiased=False) + 1e-5).sqrt()
    blocks = model.transformer.h
    effect = torch.stack([direction @ doubled(block.mlp.c_proj.weight) for block in blocks])
    return found.neurons[:, ply] * effect


def double(model: GPT) -> GPT:
    """Return the same network in float64: on its own device, or on the CPU if that has none."""
    copy = GPT(model.config).double().eval().requires_grad_(False)
    copy.load_state_dict(model.state_dict())
    return copy.to(doubled(model.lm_head.weight[:0]).device)


def readout(model: GPT) -> Float[torch.Tensor, "vocabulary width"]:
    """Return the unembedding with the final gain and centring in it, in float64."""
    read = doubled(model.lm_head.weight) * doubled(model.transformer.ln_f.weight)
    return read - read.mean(-1, keepdim=True)


def grouped(
    names: Sequence[str],
    contributions: Float[torch.Tensor, "parts positions vocabulary"],
    ply: int,
    n_layer: int,
) -> dict[str, Shaped[np.ndarray, " squares"]]:
    """Return the contributions at one position as boards, heads of a layer and biases together.

    Minus their mean over squares, which the softmax doesn't see; masked in the centre. The last
    one, ``"the logit"``, is the sum of all others.
    """
    groups = {"embeddings": ["embedding", "position"]}
    for layer in range(n_layer):
        groups[f"heads {layer}"] = [n for n in names if n.startswith(f"head L{layer} ")]
        groups[f"MLP {layer}"] = [f"MLP {layer}"]
    groups["biases"] = [n for n in names if "bias" in n]
    groups["the logit"] = list(names)
    logits = contributions[:, ply, 1:].cpu().numpy()
    logits = logits - logits.mean(-1, keepdims=True)
    boards = {}
    for group, members in groups.items():
        boards[group] = np.ma.masked_all(36)
        rows = [k for k, name in enumerate(names) if name in members]
        boards[group][game.playable()] = logits[rows].sum(0)
    return boards


def largest_parts(
    model: GPT, found: Decomposition, ply: int, token: int, neurons: int = 12, heads: int = 4
) -> tuple[dict[str, float], int]:
    """Return what the largest neurons and heads add to a logit, and how many neurons make half.

    Contributions are minus their mean over tokens; half is meant of the sum of absolute ones.
    """
    tokens = range(1, model.config.vocab_size)
    each = torch.stack([neuron_attribution(model, found, ply, t) for t in tokens]).cpu().numpy()
    own = each[token - 1] - each.mean(0)
    order = np.argsort(-np.abs(own), axis=None)
    places = [divmod(int(n), own.shape[1]) for n in order[:neurons]]
    parts = {f"neuron {neuron_name(*at)}": float(own[at]) for at in places}
    names, contributions = logit_attribution(model, found)
    rows = [k for k, name in enumerate(names) if name.startswith("head")]
    of_heads = contributions[rows, ply, 1:]
    of_heads = (of_heads[:, token - 1] - of_heads.mean(-1)).cpu().numpy()
    for k in np.argsort(-np.abs(of_heads))[:heads]:
        parts[names[rows[k]]] = float(of_heads[k])
    sizes = np.abs(own).ravel()[order].cumsum()
    return parts, int((sizes < sizes[-1] / 2).sum()) + 1

"""Direct logit attribution."""

from dataclasses import dataclass

import numpy as np
import torch

from ..model import GPT, inputs_of
from .outputs import neuron_outputs


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
    tokens, H = inputs_of(moves[None]), model.config.n_head
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

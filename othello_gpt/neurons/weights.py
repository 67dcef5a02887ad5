"""Weights in the bases that probes found."""

import numpy as np
import torch
import torch.nn.functional as F

from .. import game
from ..model import GPT
from .attribution import readout


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
    effects[:, game.square_of_token()[1:]] = logits - logits.mean(1, keepdims=True)
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

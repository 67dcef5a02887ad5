"""Weights in the bases that probes found."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float

from .. import game
from ..devices import doubled
from ..model import GPT
from .attribution import readout
from .types import Directions


def input_weights(model: GPT, layer: int) -> Float[torch.Tensor, "neurons width"]:
    """Return the direction that each neuron reads: LayerNorm's gain is in it."""
    block = model.transformer.h[layer]
    weight = block.mlp.c_fc.weight * block.ln_2.weight
    return weight - weight.mean(-1, keepdim=True)


def output_weights(model: GPT, layer: int) -> Float[torch.Tensor, "neurons width"]:
    """Return what each neuron writes, without the mean that nothing can read."""
    weight = model.transformer.h[layer].mlp.c_proj.weight.T
    return weight - weight.mean(-1, keepdim=True)


def direct_effects(model: GPT, layer: int) -> Float[np.ndarray, "neurons squares"]:
    """Return what an output of one of each neuron adds to each square's logit, [neurons, 36].

    Minus the mean over squares, which the softmax doesn't see, and before the final LayerNorm's
    scale; masked in the centre, which is never played.
    """
    logits = (doubled(output_weights(model, layer)) @ readout(model)[1:].T).cpu().numpy()
    effects = np.ma.masked_all((len(logits), 36))
    effects[:, game.playable()] = logits - logits.mean(1, keepdims=True)
    return effects


def cosines(
    vectors: Directions, directions: Float[torch.Tensor, "squares width"]
) -> Float[np.ndarray, "some squares"]:
    """Return the cosine of each vector with each direction."""
    return (F.normalize(vectors, dim=-1) @ F.normalize(directions, dim=-1).T).cpu().numpy()


def share_explained(
    vectors: Directions, basis: Float[torch.Tensor, "basis width"]
) -> Float[np.ndarray, " some"]:
    """Return the share of each vector's squared length within the span of ``basis``, of any rank.

    By chance it is rank / width.
    """
    return (F.normalize(vectors, dim=-1) @ _span(basis)).square().sum(-1).cpu().numpy()


def random_basis(
    basis: Float[torch.Tensor, "basis width"], seed: int = 0
) -> Float[torch.Tensor, "rank width"]:
    """Return a random subspace of the dimension that ``basis`` spans: the control of a share."""
    rank = _span(basis).shape[1]
    chance = torch.randn(rank, basis.shape[1], generator=torch.Generator().manual_seed(seed))
    return chance.to(basis.device)


def _span(basis: Float[torch.Tensor, "basis width"]) -> Float[torch.Tensor, "width rank"]:
    """Return an orthonormal basis of the span."""
    _, values, vectors = torch.linalg.svd(basis, full_matrices=False)
    return vectors[values > 1e-4 * values[0]].T

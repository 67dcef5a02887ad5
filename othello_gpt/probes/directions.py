"""The geometry of what probes find."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float

from .. import game
from ..devices import device_of
from ..model import GPT
from .probe import Probe

Directions = Float[torch.Tensor, "members width"]


def families(model: GPT, probe: Probe, site: str) -> dict[str, Directions]:
    """Return families of unit directions in the residual stream, 36 by square.

    Of the probe at a site: ``empty``, ``mine - theirs``, ``legal next``; of the weights: each
    square's ``embedding`` and ``unembedding`` (zero for the four in the centre) and each ply's
    ``position``, 31. Each is taken minus the mean of its family, which can't tell its
    members apart. Raises ``ValueError`` if the probe lacks the site or one of its targets.
    """
    outer = torch.from_numpy(game.playable()).to(device_of(model))
    final_gain = model.transformer.ln_f.weight
    found = {
        "empty": probe.directions("empty", site, "yes", "no")[outer],
        "mine - theirs": probe.directions("board", site, "mine", "theirs"),
        "legal next": probe.directions("legal_next", site, "yes", "no")[outer],
        "embedding": model.transformer.wte.weight[1:],
        "unembedding": model.lm_head.weight[1:] * final_gain,
        "position": model.transformer.wpe.weight,
    }
    found = {name: F.normalize(rows - rows.mean(0), dim=-1) for name, rows in found.items()}
    for name, rows in found.items():
        if len(rows) == len(outer):
            found[name] = rows.new_zeros(36, rows.shape[1]).index_copy(0, outer, rows)
    return found


def persistence(
    probe: Probe, target: str, plus: str, minus: str
) -> Float[np.ndarray, "sites sites"]:
    """Return the cosine of a square's directions at any two sites.

    It is the mean over the squares that are played on: in the centre nothing is ever empty or
    legal, so there is no direction. Raises ``ValueError`` on a target or class that the probe
    doesn't have.
    """
    outer = game.playable().tolist()
    at = torch.stack([probe.directions(target, s, plus, minus)[outer] for s in probe.sites])
    return torch.einsum("scd,tcd->st", at, at).div(at.shape[1]).cpu().numpy()

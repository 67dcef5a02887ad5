"""The hand-written answer on a board that is read in another network."""

from dataclasses import dataclass

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Bool, Float, Integer

from ..devices import device_of
from ..game import Games
from ..probes import TARGETS, Probe, Source, activations, board, flips_ignored
from .exactness import legal_choices
from .known import MINE, THEIRS
from .network import Construction


@dataclass(frozen=True)
class Graft:
    """Whether first choices are legal, on a hard and on a soft board, and how good the board is.

    ``hard``: each cell is what the probe thinks likeliest; ``soft``: as much mine or theirs as the
    probe thinks probable. ``misread``: how many cells of the hard board are wrong.
    """

    hard: Bool[np.ndarray, "games positions"]
    soft: Bool[np.ndarray, "games positions"]
    misread: Integer[np.ndarray, "games positions"]


@torch.inference_mode()
def graft(network: Construction, model: Source, probe: Probe, site: str, games: Games) -> Graft:
    """Return how ``network`` answers, given the boards that a probe reads in a model at a site.

    The probe has to give probabilities of the classes of "board": a logistic one. Raises
    ``ValueError`` on a site that the model or the probe doesn't have.
    """
    parts = []
    for part in games.batches(200):
        ((_, x),) = activations(model, part.replay, [site])
        p = probe.logits("board", site, x).softmax(1)
        p = rearrange(p, "(games t) kinds cells -> kinds games t cells", games=len(part))
        p = p.to(device_of(network))  # the model may be elsewhere
        best = p.argmax(0)
        hard = network.moves_from_board((best == MINE).to(p), (best == THEIRS).to(p))
        soft = network.moves_from_board(p[MINE], p[THEIRS])
        wrong = best.cpu().numpy() != TARGETS["board"].labels(part.replay)
        parts.append([legal_choices(hard, part), legal_choices(soft, part), wrong.sum(-1)])
    return Graft(*map(np.concatenate, zip(*parts, strict=True)))


@torch.inference_mode()
def unturned_choices(network: Construction, games: Games) -> Bool[np.ndarray, "games positions"]:
    """Return whether first choices are legal, answered from a board on which no disc is turned."""
    labels = torch.from_numpy(board(flips_ignored(games.replay))).to(device_of(network))
    given: list[Float[torch.Tensor, "games positions cells"]]
    given = [(labels == kind).float() for kind in (MINE, THEIRS)]
    return legal_choices(network.moves_from_board(*given), games)

"""Which parameters which optimiser trains."""

import torch

from ..model import GPT
from .config import TrainConfig
from .muon import Muon


def optimisers(model: GPT, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """Return Muon for the blocks' matrices and AdamW for everything else."""
    hidden = [p for p in model.transformer.h.parameters() if p.ndim == 2]
    rest = [p for p in model.parameters() if all(p is not h for h in hidden)]
    muon = Muon(hidden, config.muon_lr, config.momentum, config.weight_decay)
    adam = torch.optim.AdamW(rest, lr=config.adam_lr, betas=config.betas, weight_decay=0.0)
    for optimiser in (muon, adam):
        for group in optimiser.param_groups:
            group["peak"] = group["lr"]
    return [muon, adam]

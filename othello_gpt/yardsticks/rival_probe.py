"""The probe of the shallow rival: fitted to more games than a chapter has time for, and kept.

A layer of thousands of units asks for many games. Fitted to as few as the network's probes are, it
would be read worse than it can be, and be a weaker rival.
"""

import os
from dataclasses import replace
from pathlib import Path

import torch

from ..game import Games
from ..probes import TARGETS, Probe, fit_logistic, load_probe, save_probe
from .shallow import Shallow

RIVAL_PROBE = Path(__file__).parent / "rival_probe.safetensors"
"""What ``python -m othello_gpt.yardsticks probe`` makes."""


def fit_rival_probe(rival: Shallow, games: int = 40_000) -> Probe:
    """Return a logistic probe of the board and the next legal moves, of [1, classes, 36, width].

    A fifth of the games are its warm-up, and its steps are smaller than by default: so it reads the
    most. Raises ``ValueError`` as ``fit_logistic`` does.
    """
    targets = [TARGETS[name] for name in ("board", "legal_next")]
    given, warm_up = Games.sample(games, seed=2), games // 5
    return fit_logistic(rival, given, targets, warm_up=warm_up, batch=64, lr=0.01)


def save_rival_probe(probe: Probe, path: str | Path = RIVAL_PROBE) -> None:
    """Write the probe in half precision, whole or not at all."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    save_probe(_as(probe, torch.float16), part)
    os.replace(part, path)


def load_rival_probe(rival: Shallow, path: str | Path = RIVAL_PROBE) -> Probe:
    """Return the probe of the rival that comes with the package.

    Raises ``ValueError`` as ``load_probe`` does, for one of another rival, too.
    """
    return _as(load_probe(path, rival), torch.float32)


def _as(probe: Probe, dtype: torch.dtype) -> Probe:
    weight, bias = ({k: w.to(dtype) for k, w in of.items()} for of in (probe.weight, probe.bias))
    return replace(probe, weight=weight, bias=bias)

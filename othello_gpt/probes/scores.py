"""How much a probe gets right."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn as nn

from .. import game
from ..game import Replay
from .activations import _batches, activations, fingerprint
from .adamw import _log
from .mlp import MLPProbe
from .probe import Probe
from .tally import _OF_SITES, Tally, tally
from .targets import TARGETS, Target, flips_ignored


@torch.no_grad()
def accuracy(
    probe: Probe | MLPProbe,
    source: nn.Module,
    moves: np.ndarray,
    targets: Sequence[Target] | None = None,
    batch: int = 128,
    wandb_project: str | None = None,
) -> dict[str, Tally]:
    """Return what a probe gets right on games, for each of its targets, at each of its sites.

    ``targets`` is needed only for targets that aren't in ``TARGETS``. What is logged when asked for
    is the share of cells that are right, one row for each site. Raises ``ValueError`` if the probe
    was fitted to another source.
    """
    targets = targets or [TARGETS[name] for name in probe.classes]
    _check_source(probe, source)
    parts = {t.name: [] for t in targets}
    for replay in _batches(moves, batch, "scores"):
        truth = {t.name: t.labels(replay) for t in targets}
        predicted = {t.name: [None] * len(probe.sites) for t in targets}
        for site, x in activations(source, replay, probe.sites):
            for t in targets:
                classes = probe.classify(t.name, probe.sites[site], x).cpu().numpy()
                predicted[t.name][site] = classes.reshape(truth[t.name].shape)
        for t in targets:
            part = tally(np.stack(predicted[t.name]), truth[t.name], len(t.classes))
            parts[t.name].append(part)
    found = {name: _joined(tallies) for name, tallies in parts.items()}
    with _log(wandb_project, dict(scores=probe.fit, games=len(moves), sites=probe.sites)) as log:
        for site in range(len(probe.sites)):
            cells = {name: t.right[site].mean() / t.cells for name, t in found.items()}
            log({"site": site} | cells)
    return found


@torch.no_grad()
def read(
    probe: Probe | MLPProbe,
    source: nn.Module,
    moves: np.ndarray,
    target: str = "board",
    site: str | None = None,
    batch: int = 256,
) -> np.ndarray:
    """Return what a probe reads off one site (by default its first): int8 [games, plies, cells]."""
    site = probe.sites[0] if site is None else site
    _check_source(probe, source)
    parts = []
    for replay in _batches(moves, batch, "reading"):
        ((_, x),) = activations(source, replay, [site])
        classes = probe.classify(target, site, x).cpu().numpy()
        parts.append(classes.reshape(len(replay.moves), -1, classes.shape[-1]))
    return np.concatenate(parts)


@torch.no_grad()
def outputs(probe: Probe, source: nn.Module, moves: np.ndarray, target: str) -> np.ndarray:
    """Return a probe's outputs on a few games: float32 [sites, games, plies, classes, cells]."""
    _check_source(probe, source)
    found = [None] * len(probe.sites)
    for site, x in activations(source, game.replay(moves), probe.sites):
        logits = probe.logits(target, probe.sites[site], x)
        found[site] = logits.unflatten(0, (len(moves), -1)).cpu().numpy()
    return np.stack(found)


def _check_source(probe, source):
    if probe.source != fingerprint(source):
        raise ValueError(
            f"this probe was fitted to model {probe.source}, but this one is {fingerprint(source)}"
        )


def _joined(parts: list[Tally]) -> Tally:
    joined = {name: np.concatenate([getattr(p, name) for p in parts], 1) for name in _OF_SITES}
    return replace(parts[0], **joined, totals=np.concatenate([p.totals for p in parts]))


def scored(probe: Probe, tallies: dict[str, Tally]) -> Probe:
    """Return the probe with its cell accuracies at each site noted in ``scores``."""
    means = {name: t.accuracy().mean.tolist() for name, t in tallies.items()}
    return replace(probe, scores=probe.scores | means)


def ignoring_flips(target: Target, replay: Replay) -> Tally:
    """Return what is right about a target for who follows the moves but never turns a disc."""
    said, truth = (target.labels(r) for r in (flips_ignored(replay), replay))
    return tally(said[None], truth, len(target.classes))

"""How much a probe gets right."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float32

from ..game import Games, Replay
from ..types import Labels, Moves
from .activations import activations, as_games, batches, fingerprint
from .logs import log_to
from .mlp import MLPProbe
from .probe import Probe
from .sources import Source
from .tally import Tally, joined, tally
from .targets import TARGETS, Target, flips_ignored


@torch.no_grad()
def accuracy(
    probe: Probe | MLPProbe,
    source: Source,
    moves: Games | Moves,
    targets: Sequence[Target] | None = None,
    batch: int = 128,
    wandb_project: str | None = None,
) -> dict[str, Tally]:
    """Return what a probe gets right on games, for each of its targets, at each of its sites.

    ``targets`` is needed only for targets that aren't in ``TARGETS``. What is logged when asked for
    is the share of cells that are right, one row for each site. Raises ``ValueError`` if the probe
    was fitted to another source or lacks a target, and for games as ``batches`` does.
    """
    targets = targets or [TARGETS[name] for name in probe.classes]
    _check_source(probe, source)
    parts: dict[str, list[Tally]] = {t.name: [] for t in targets}
    for replay in batches(moves, batch, "scores"):
        truth = {t.name: t.labels(replay) for t in targets}
        every = len(probe.sites)
        predicted = {name: np.empty((every, *t.shape), np.int8) for name, t in truth.items()}
        for site, x in activations(source, replay, probe.sites):
            for t in targets:
                classes = probe.classify(t.name, probe.sites[site], x).cpu().numpy()
                predicted[t.name][site] = classes.reshape(truth[t.name].shape)
        for t in targets:
            part = tally(predicted[t.name], truth[t.name], len(t.classes))
            parts[t.name].append(part)
    found = {name: joined(tallies) for name, tallies in parts.items()}
    with log_to(wandb_project, dict(scores=probe.fit, games=len(moves), sites=probe.sites)) as log:
        for site in range(len(probe.sites)):
            cells = {name: t.right[site].mean() / t.cells for name, t in found.items()}
            log({"site": site} | cells)
    return found


@torch.no_grad()
def read(
    probe: Probe | MLPProbe,
    source: Source,
    moves: Games | Moves,
    target: str = "board",
    site: str | None = None,
    batch: int = 256,
) -> Labels:
    """Return what a probe reads off one site (by default its first).

    Raises ``ValueError`` if the probe was fitted to another source or lacks the target or site,
    and for games as ``batches`` does.
    """
    site = probe.sites[0] if site is None else site
    _check_source(probe, source)
    parts = []
    for replay in batches(moves, batch, "reading"):
        ((_, x),) = activations(source, replay, [site])
        classes = probe.classify(target, site, x).cpu().numpy()
        parts.append(classes.reshape(len(replay.moves), -1, classes.shape[-1]))
    return np.concatenate(parts)


@torch.no_grad()
def outputs(
    probe: Probe, source: Source, moves: Games | Moves, target: str
) -> Float32[np.ndarray, "sites games positions classes cells"]:
    """Return a probe's outputs on a few games; raises as ``read`` does."""
    _check_source(probe, source)
    games, found = as_games(moves), {}
    for site, x in activations(source, games.replay, probe.sites):
        logits = probe.logits(target, probe.sites[site], x)
        found[site] = logits.unflatten(0, (len(games), -1)).cpu().numpy()
    return np.stack([found[site] for site in range(len(probe.sites))])


def _check_source(probe: Probe | MLPProbe, source: Source) -> None:
    if probe.source != fingerprint(source):
        raise ValueError(
            f"this probe was fitted to model {probe.source}, but this one is {fingerprint(source)}"
        )


def scored(probe: Probe, tallies: dict[str, Tally]) -> Probe:
    """Return the probe with its cell accuracies at each site noted in ``scores``."""
    means = {name: np.atleast_1d(t.accuracy().mean).tolist() for name, t in tallies.items()}
    return replace(probe, scores=probe.scores | means)


def ignoring_flips(target: Target, replay: Replay) -> Tally:
    """Return what is right about a target for who follows the moves but never turns a disc."""
    said, truth = (target.labels(r) for r in (flips_ignored(replay), replay))
    return tally(said[None], truth, len(target.classes))

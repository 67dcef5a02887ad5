"""A probe beside what it has to be compared with."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Integer

from ..game import Games, Replay
from ..intervals import Interval, bootstrap, bootstrap_shares
from ..model import GPT
from ..types import Moves
from .activations import as_games
from .fits import fit_ridge
from .probe import Probe
from .scores import accuracy, ignoring_flips
from .sources import BagOfMoves, Ply, untrained
from .tally import Tally
from .targets import SIDED, SINGLE, TARGETS, Target, absolute, board, control_task, flips_so_far


def advantage(task: Tally, other: Tally) -> Interval:
    """Return by how much cell accuracy on ``task`` exceeds that on ``other``, at each site.

    Both must be of the same games, which makes the interval that of the difference. With ``other``
    the tally of the ``control_task`` task this is Hewitt & Liang's selectivity.
    """
    difference = task.right.mean(2) / task.cells - other.right.mean(2) / other.cells
    return bootstrap(difference.T)


def by_flips(
    replay: Replay, right: Bool[np.ndarray, "games positions squares"], most: int = 8
) -> Interval:
    """Return the share of discs that are read rightly, by how often each has been turned.

    ``right``: whether each square is. [most + 1]: the last is of discs that were turned ``most``
    times or more.
    """
    turned, discs = flips_so_far(replay).clip(max=most), board(replay) != 1
    counts = np.stack([(turned == n) & discs for n in range(most + 1)], -1)
    return bootstrap_shares((counts & right[..., None]).sum((1, 2)), counts.sum((1, 2)))


# Those who read the model's stream where the probe does, and so at its sites.
AT_ITS_SITES = ("the probe", "control labels", "absolute colour")


def compared(names: Sequence[str]) -> list[Target]:
    """Return targets by name and what ``scores_by_source`` asks beside them.

    That is each one in absolute colours, where it has sides, and the control of each but those of
    one cell.
    """
    absolutes = [absolute(t) for t in SIDED if t.name in names]
    controls = [control_task(TARGETS[name]) for name in names if name not in SINGLE]
    return [*(TARGETS[name] for name in names), *absolutes, *controls]


def scores_by_source(
    model: GPT,
    probe: Probe,
    train: Games | Moves,
    test: Games | Integer[np.ndarray, "held_out plies"],
    names: Sequence[str],
) -> dict[str, dict[str, Tally]]:
    """Return what a ridge probe and all that it is compared with get right, by reader and target.

    - ``the probe``, ``control labels`` (see ``control_task``), ``absolute colour`` (where a
      target has sides): ``probe``, at its sites;
    - ``embedding``: the same at its first site, where the stream is the last move and the ply;
    - ``majority`` (``Ply``), ``bag of moves``, ``untrained`` (at every other site of the probe):
      the same fit to the same games ``train``, from another source;
    - ``flips ignored``: see ``flips_ignored``; nothing is fitted.

    Tallies are of the games ``test``, at all sites of a reader; see ``at_best``. Raises
    ``ValueError`` if the probe lacks a target of ``compared(names)`` or doesn't begin at the
    model's first site.
    """
    if probe.sites[0] != model.sites[0]:
        raise ValueError(f"the probe begins at {probe.sites[0]}, the embedding is {model.sites[0]}")
    targets, replay = [TARGETS[name] for name in names], as_games(test).replay
    scores = accuracy(probe, model, test, compared(names))
    found = {"the probe": {name: scores[name] for name in names}}
    for reader, source, sites in (
        ("majority", Ply(), None),
        ("bag of moves", BagOfMoves(), None),
        ("untrained", untrained(model), probe.sites[::2]),
    ):
        fit = fit_ridge(source, train, targets, sites)
        found[reader] = accuracy(fit, source, test, targets)
    found["embedding"] = {name: scores[name].at(0) for name in names}
    found["flips ignored"] = {t.name: ignoring_flips(t, replay) for t in targets}
    scores |= {"absolute board": scores["colour"]} if "colour" in scores else {}
    for reader, other in (("control labels", "control of"), ("absolute colour", "absolute")):
        asked = {name: scores.get(f"{other} {name}") for name in names}
        found[reader] = {name: t for name, t in asked.items() if t is not None}
    return found


def at_best(
    found: dict[str, dict[str, Tally]], best: dict[str, int]
) -> dict[str, dict[str, Tally]]:
    """Return what ``scores_by_source`` found, each at one site.

    Those who read where the probe does (``AT_ITS_SITES``), at ``best``, the index of a site for
    each target; any other one where it is best on these very games, in its favour.
    """
    return {
        reader: {
            name: t.at(best[name] if reader in AT_ITS_SITES else t.best())
            for name, t in tallies.items()
        }
        for reader, tallies in found.items()
    }

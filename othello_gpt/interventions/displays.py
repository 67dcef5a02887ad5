"""What chapter ``interventions`` shows: a disc turned, the edits chosen, the scoreboard."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import torch
from jaxtyping import Bool, Float, Integer

from .. import figures, game
from ..intervals import Interval, bootstrap
from ..model import GPT
from .cases import EMPTY, OUTER, CaseBoards, Cases
from .changes import cases_of
from .controls import comparisons, controls
from .edits import Edit, ProbeEdit
from .prefixes import CachedPrefixes
from .scores import top_n_error

SCORES = {
    "error": ("top-N error", ".2f"),
    "mass": ("legal mass", ".1%"),
    "promoted": ("newly legal in", ".1%"),
    "suppressed": ("newly illegal out", ".1%"),
    "drift": ("drift", ".1%"),
}
"""What the scoreboard calls the fields of ``Scores``, and how it writes them."""


def turnable(moves: Integer[np.ndarray, "1 plies"], ply: int) -> tuple[Cases, list[int]]:
    """Return a case for each disc whose turning changes what is legal, and the discs' squares.

    The first is the one that most adds moves *and* removes some. Discs whose turning leaves no
    legal move are left out.
    """
    board = cases_of(moves, [ply], moves[:, 0]).before[0]
    discs = np.flatnonzero(board != EMPTY)
    cases = cases_of(np.repeat(moves, len(discs), 0), np.full(len(discs), ply), discs)
    gained, lost = (
        (a & ~b).sum(1).numpy()
        for a, b in (
            (cases.legal_after, cases.legal_before),
            (cases.legal_before, cases.legal_after),
        )
    )
    fine = (gained + lost > 0) & cases.legal_after.any(1).numpy()
    order = np.lexsort([-(gained + lost), -np.minimum(gained, lost)])
    order = order[fine[order]]
    return cases[order], discs[order].tolist()


def disc_turned(
    model: GPT, edit: Edit, moves: Integer[np.ndarray, "1 plies"], ply: int
) -> go.Figure:
    """Return three boards, by the disc that is turned: as told, as written in, as then played."""
    cases, discs = turnable(moves, ply)
    prefixes = CachedPrefixes(model, cases)
    unedited, edited = (_by_square(prefixes.run(e).softmax(-1)) for e in (None, edit))
    player = 1 if ply % 2 else -1
    told, written = (_as_colours(board, player) for board in (cases.before, cases.after))
    was, now = (_by_square(legal) for legal in (cases.legal_before, cases.legal_after))
    panels = [
        figures.Panel("as it was told", discs=told, values=unedited, legal=was, limit=1),
        figures.Panel("as we write it in", discs=written, legal=now),
        figures.Panel("its next move", discs=written, values=edited, legal=now, limit=1),
    ]
    names = [f"turn {game.square_name(square)} over" for square in discs]
    alt = "Three boards: as told, with a disc turned over, and the network's next move after that."
    movers = [player] * len(discs)
    return figures.stepper(panels, names, player=movers, last=discs, alt=alt)


def _as_colours(board: CaseBoards, player: int) -> Integer[np.ndarray, "cases 36"]:
    return (board - 1) * player


def _by_square(
    values: Float[torch.Tensor, "cases vocab"] | Bool[torch.Tensor, "cases vocab"],
) -> Float[np.ndarray, "cases 36"] | Bool[np.ndarray, "cases 36"]:
    """Return values of tokens at their squares, zero where there is no token."""
    here = values.cpu().numpy()
    found = np.zeros((len(here), 36), here.dtype)
    found[:, OUTER] = here[:, 1:]
    return found


def chosen(
    edits: Mapping[str, ProbeEdit],
    tried: Mapping[str, Sequence[ProbeEdit]],
    probe_names: Mapping[int, str],
) -> pd.DataFrame:
    """Return which probe, sites and dose each edit got; ``probe_names`` by ``id`` of the probe."""
    rows = {
        name: {
            "probe": probe_names[id(edit.probe)],
            "sites": f"{edit.sites[0]} to {edit.sites[-1]}",
            "dose": edit.dose,
            "tried": len(tried[name]),
        }
        for name, edit in edits.items()
    }
    return pd.DataFrame(rows).T


def scoreboard(
    scores: Mapping[str, Mapping[str, Interval]], later: Mapping[str, Interval]
) -> pd.DataFrame:
    """Return scores by run as text, and which share of the later moves is illegal."""
    rows = {}
    for name, found in scores.items():
        rows[name] = {title: f"{found[k]:{form}}" for k, (title, form) in SCORES.items()}
        rows[name]["illegal later"] = f"{later[name]:.1%}"
    return pd.DataFrame(rows).T


def every_control(
    edits: Mapping[str, ProbeEdit], prefixes: CachedPrefixes
) -> dict[str, dict[str, Interval]]:
    """Return the top-N error of each edit, of its controls and of what it is compared with.

    Raises ``ValueError`` as ``comparisons`` does.
    """
    legal, found = prefixes.cases.legal_after, {}
    for name, edit in edits.items():
        runs = {"the edit": (edit, None)} | controls(edit, prefixes) | comparisons(edit, prefixes)
        errors = [top_n_error(prefixes.run(*run), legal) for run in runs.values()]
        seen = bootstrap(np.stack(errors, 1))
        found[name] = {run: seen.at(k) for k, run in enumerate(runs)}
    return found

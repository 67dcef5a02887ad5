"""How what probes read is shown: figures and tables of tallies."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from .. import figures
from ..figures import READERS, Panel, Series
from ..intervals import Interval
from ..model import GPT, next_moves
from ..types import Moves
from .probe import Probe
from .scores import outputs
from .tally import Tally

Found = Mapping[str, Mapping[str, Tally]]
"""Tallies by reader and target, as ``scores_by_source`` returns them."""


def words(name: str) -> str:
    """Return a target's name as it is written in figures.

    >>> words("legal_next")
    'legal next'
    """
    return name.replace("_", " ")


def game_as_read(model: GPT, probe: Probe, moves: Moves, at: int = 14, layer: int = 5) -> go.Figure:
    """Return a game, the network's next move, and what is read of it after each layer.

    ``moves`` of one game; the probe reads ``board``, ``empty`` and ``legal_next``. ``at``: the
    number of moves and ``layer`` the site that are shown first.
    """
    rows = [i for i, site in enumerate(probe.sites) if "mid" not in site]
    said = {t: outputs(probe, model, moves, t)[rows, 0] for t in ("board", "empty", "legal_next")}
    sided = (said["board"][:, :, 2] - said["board"][:, :, 0]).clip(-1, 1)
    empty, legal = (said[t][:, :, 1].clip(0, 1) for t in ("empty", "legal_next"))
    panels = [
        Panel("the game"),
        Panel("next move", values=next_moves(model, moves[:, :-1])[0]),
        Panel("probe: theirs or mine", values=sided, scale="signed", limit=1, legal=False),
        Panel("probe: empty", values=empty, discs=False, legal=False),
        Panel("probe: legal next", values=legal, discs=False),
    ]
    words = {"resid_pre": "before layer", "resid_post": "after layer"}
    names = (probe.sites[row].split() for row in rows)
    layers = [f"{words.get(where, where)} {layer}" for where, layer in names]
    return figures.game_boards(moves[0], panels, layers=layers, at=at, layer=layer)


def sites_menu(sites: Sequence[str], measured: Mapping[str, Mapping[str, Interval]]) -> go.Figure:
    """Return curves over sites, one for each target; a menu chooses the measure.

    ``measured``: by measure and target, an interval of as many estimates as ``sites``.
    """
    charts = {}
    for measure, of in measured.items():
        lines = {words(t): Series.of(i) for t, i in of.items()}
        charts[measure] = figures.curves(
            sites, lines, x_title="site", y_title="share", y_format=".0%"
        )
    return figures.choice(charts)


def readers_menu(found: Found, names: Sequence[str]) -> go.Figure:
    """Return how many cells each reader gets right at its only site; a menu chooses the target."""
    charts = {}
    for name in names:
        seen = {reader: of[name].accuracy().at(0) for reader, of in found.items() if name in of}
        lines = {"cells right": Series.of(Interval.of([*seen.values()]))}
        charts[words(name)] = figures.points(
            list(seen), lines, x_title="cells read correctly", x_format=".1%"
        )
    return figures.choice(charts)


def readers_by_site(found: Found, sites: Sequence[str], names: Sequence[str]) -> go.Figure:
    """Return curves over the probe's sites, one for each reader; a menu chooses the target.

    A reader with fewer sites is drawn at every other one, a reader with a single site level. The
    embedding isn't drawn: it is the probe's first site.
    """
    charts = {}
    for name in names:
        readers = {r: of[name] for r, of in found.items() if name in of and r != "embedding"}
        lines = {reader: _over_sites(reader, tally, sites) for reader, tally in readers.items()}
        charts[words(name)] = figures.curves(
            sites, lines, x_title="site", y_title="cells read correctly", y_format=".0%"
        )
    return figures.choice(charts)


def _over_sites(reader: str, tally: Tally, sites: Sequence[str]) -> Series:
    seen = tally.accuracy()
    at = sites[:: (len(sites) - 1) // max(np.size(seen.mean) - 1, 1)]
    y, low, high = (np.resize(part, len(at)) for part in (seen.mean, seen.low, seen.high))
    return Series(y, low, high, x=at, **READERS[reader])


def readers_by_move(found: Found, names: Sequence[str], readers: Sequence[str]) -> go.Figure:
    """Return curves over the moves played, one for each reader; a menu chooses the target."""
    charts = {}
    for name in names:
        by_ply = {reader: found[reader][name].by_ply().at(0) for reader in readers}
        lines = {reader: Series.of(i, **READERS[reader]) for reader, i in by_ply.items()}
        moves = np.arange(1, np.size(by_ply[readers[0]].mean) + 1)
        charts[words(name)] = figures.curves(
            moves, lines, x_title="moves played", y_title="cells right", y_format=".0%"
        )
    return figures.choice(charts)


def readers_by_flips(by_flips: Mapping[str, Interval]) -> go.Figure:
    """Return what ``by_flips`` found of each reader, against how often a disc has been turned."""
    most = np.size(next(iter(by_flips.values())).mean) - 1
    turns = ["never", "once", *(f"{n} times" for n in range(2, most)), "more"]
    lines = {reader: Series.of(i, **READERS[reader]) for reader, i in by_flips.items()}
    return figures.curves(
        turns, lines, x_title="times turned so far", y_title="discs right", y_format=".0%"
    )


def misread_boards(tallies: Mapping[str, Tally]) -> go.Figure:
    """Return a board for each target at one site: in how many positions a square is misread."""
    seen = [t.by_square().at(0) for t in tallies.values()]
    wrong = np.stack([1 - i.mean for i in seen])
    margins = np.stack([(i.high - i.low) / 2 for i in seen])
    titles = [f"{words(t)}: {w.mean():.2%}" for t, w in zip(tallies, wrong, strict=True)]
    if len(tallies) == 1:
        return figures.heatboard(
            wrong[0],
            title=titles[0],
            margins=margins[0],
            quantity="positions misread",
            value_format=".2%",
        )
    return figures.grid(
        wrong,
        titles,
        margins=margins,
        scale="probability",
        limit=wrong.max(),
        columns=4,
        quantity="positions misread",
        value_format=".2%",
    )


def readers_table(found: Found, at: Mapping[str, str]) -> pd.DataFrame:
    """Return the share of right cells of each target and reader, half its interval behind it.

    ``at``: the site of each target. A dash stands where a reader isn't asked for a target.
    """
    rows = {}
    for name, site in at.items():
        seen = {reader: of[name].accuracy().at(0) for reader, of in found.items() if name in of}
        texts = {r: f"{i.mean:.2%} ± {(i.high - i.low) / 2:.2%}" for r, i in seen.items()}
        rows[words(name)] = {"at": site} | texts
    return pd.DataFrame(rows).T.fillna("-")


def fits_table(tallies: Mapping[str, Tally]) -> pd.DataFrame:
    """Return three measures of several fits of one target, each at its only site.

    *cells*: the share of right cells; *classes*: the mean over the classes of the share of a class
    that is recognised; *boards*: the share of positions with no cell wrong.
    """
    rows = {}
    for name, tally in tallies.items():
        parts = dict(cells=tally.accuracy(), classes=tally.macro(), boards=tally.whole_board())
        rows[name] = {part: f"{i.at(0):.2%}" for part, i in parts.items()}
    return pd.DataFrame(rows).T

"""Shallow rivals of several widths, trained alike: is a wider one stronger?"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .. import game
from ..intervals import Interval, bootstrap
from ..model import HELD_OUT_SEED
from .reading import board_read
from .shallow import load_shallow
from .shallow_training import judgements

WIDTHS = Path(__file__).parent / "widths.json"


@dataclass(frozen=True)
class RivalOfWidth:
    """What was found on a rival: how it was made, first choices that are illegal, what is read.

    ``cells`` and ``boards``: squares and whole boards that a ridge probe reads from its layer.
    """

    width: int
    games: int
    seed: int
    command: str
    illegal: Interval
    cells: Interval
    boards: Interval


def by_width(paths: Sequence[Path], n_games: int = 1000) -> list[RivalOfWidth]:
    """Return what is found on rivals in some files, in order of games, width and seed.

    On ``n_games`` held-out games; probes are fitted to as many others. Raises as ``load_shallow``
    does.
    """
    train, test = game.sample_moves(n_games, seed=1), game.sample_moves(n_games, HELD_OUT_SEED)
    found = []
    for path in tqdm(paths, desc="rivals", disable=None):
        rival, about = load_shallow(path)
        read = board_read(rival, train, test)
        wrong = bootstrap(judgements(rival, game.Games.of(test))[0].mean(1))
        cells, boards = read.accuracy().at(0), read.whole_board().at(0)
        found.append(
            RivalOfWidth(
                rival.width, about["games"], about["seed"], about["command"], wrong, cells, boards
            )
        )
    return in_order(found)


def in_order(found: Iterable[RivalOfWidth]) -> list[RivalOfWidth]:
    """Return what was found in order of games, width and seed: of each the last that is given."""
    last = {(one.games, one.width, one.seed): one for one in found}
    return [last[key] for key in sorted(last)]


def widths(path: Path = WIDTHS) -> list[RivalOfWidth]:
    """Return what ``python -m othello_gpt.yardsticks widths FOLDER`` found, in order.

    Raises ``ValueError``, in one sentence, for a file that is truncated or holds something else.
    """
    try:
        return [
            RivalOfWidth(**row | {name: Interval(*row[name]) for name in _MEASURED})
            for row in json.loads(Path(path).read_text())
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: truncated, or tells of no rivals ({error})") from error


_MEASURED = ("illegal", "cells", "boards")


def save_widths(found: Sequence[RivalOfWidth], path: Path = WIDTHS) -> None:
    """Write what was found as text, whole or not at all."""
    rows = []
    for one in found:
        numbers = {name: getattr(one, name) for name in _MEASURED}
        ends = {name: [i.mean, i.low, i.high] for name, i in numbers.items()}
        rows.append(asdict(one) | {name: np.round(of, 6).tolist() for name, of in ends.items()})
    part = Path(path).with_suffix(".part")
    part.write_text(json.dumps(rows, indent=1) + "\n")
    os.replace(part, path)

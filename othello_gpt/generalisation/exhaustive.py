"""First choices after *every* beginning of a game up to some length.

``python -m othello_gpt.generalisation.exhaustive 8 out.json`` writes what the chapter shows of
lengths that take minutes.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .. import game
from .adversary import Logits, margins

RESULT = Path(__file__).parent / "exhaustive.json"


@dataclass(frozen=True)
class Level:
    """All beginnings of one length.

    How many there are, how many were asked about (a side can move), after how many the first choice
    is illegal, and the least lead of a legal move over an illegal one, in logits.
    """

    plies: int
    beginnings: int
    asked: int
    illegal: int
    least_margin: float


def exhaustive(model: Logits, plies: int, chunk: int = 20_000) -> list[Level]:
    """Return what a network chooses after every beginning of 1 to ``plies`` moves."""
    found, here = [], game.Beginnings.empty()
    for ply in range(1, plies + 1):
        here = here.longer()
        asked = here[here.legal().any(1)]
        leads = []
        parts = range(0, len(asked), chunk)
        for first in tqdm(parts, desc=f"{ply} moves", disable=None, leave=False):
            leads.append(margins(model, asked[first : first + chunk])[0])
        lead = np.concatenate(leads)
        illegal = int((lead < 0).sum())
        found.append(Level(ply, len(here), len(asked), illegal, float(lead.min())))
    return found


def saved() -> list[Level]:
    """Return the levels that were computed beforehand, by the command above."""
    return [Level(**level) for level in json.loads(RESULT.read_text())]


if __name__ == "__main__":
    from ..model import load_model

    levels = exhaustive(load_model(), int(sys.argv[1]))
    Path(sys.argv[2]).write_text(json.dumps([asdict(level) for level in levels], indent=1) + "\n")

"""First choices after *every* beginning of a game up to some length.

``python -m othello_gpt.generalisation 9 out.json`` writes what the chapter shows of lengths that
take minutes: some 10,000 beginnings a second on one core, four minutes for 9 moves, half an hour
for 10.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .. import game
from ..model import GPT
from ..probes.activations import fingerprint
from .asking import Logits, leads, margins
from .prefixes import Prefixes, begin, grow

RESULTS = Path(__file__).parent
"""Where what was computed beforehand is kept: a file ``exhaustive-*.json`` for each network."""
ROOTS = 5
"""The work is divided by how a game begins: one part for each beginning of so many moves."""
BATCH = 256  # beginnings that are made longer at a time: what follows on them fits into a cache


@dataclass(frozen=True)
class Level:
    """All beginnings of one length.

    How many there are, how many were asked about (a side can move), after how many an illegal move
    is among the first choices, and the least lead of a legal move over an illegal one, in logits.
    """

    plies: int
    beginnings: int
    asked: int
    illegal: int
    least_margin: float


@dataclass(frozen=True)
class Certificate:
    """What was asked of one network, known by its ``network`` fingerprint.

    ``levels``: of every length. ``parts``: the last of them for every beginning of ``ROOTS`` moves
    alone, in the order of ``roots``, by which a sample can be checked. ``caught``: the beginnings
    longer than that after which the first choice is illegal, as squares.
    """

    network: str
    levels: list[Level]
    parts: list[Level]
    caught: list[list[int]]


def exhaustive(model: Logits, plies: int, chunk: int = 20_000) -> list[Level]:
    """Return what a network chooses after every beginning of 1 to ``plies`` moves."""
    found, here = [], game.Beginnings.empty()
    for _ in range(plies):
        here = here.longer()
        asked = here[here.legal().any(1)]
        parts = range(0, len(asked), chunk)
        lead = np.concatenate([margins(model, asked[k : k + chunk])[0] for k in parts])
        found.append(_level(here, [lead]))
    return found


def _level(beginnings: game.Beginnings, found: Sequence[np.ndarray]) -> Level:
    lead = np.concatenate([*found, np.zeros(0)])
    least = float(lead.min()) if len(lead) else float("inf")
    plies = beginnings.moves.shape[1]
    return Level(plies, len(beginnings), len(lead), int((lead <= 0).sum()), least)


def joined(levels: Sequence[Level]) -> Level:
    """Return levels of one length as one."""
    return Level(
        levels[0].plies,
        sum(level.beginnings for level in levels),
        sum(level.asked for level in levels),
        sum(level.illegal for level in levels),
        min(level.least_margin for level in levels),
    )


def roots() -> game.Beginnings:
    """Return all beginnings of ``ROOTS`` moves."""
    here = game.Beginnings.empty()
    for _ in range(ROOTS):
        here = here.longer()
    return here


def part(model: GPT, root: game.Beginnings, plies: int) -> tuple[list[Level], list[list[int]]]:
    """Return the levels of all that follows on one beginning, up to ``plies`` moves in all.

    Also the beginnings after which the first choice is illegal, as squares. The network computes
    each move once, with the keys and values of those before it kept.
    """
    levels, caught = _below(model, begin(model, root), plies)
    by_ply: dict[int, list[Level]] = {}
    for level in levels:
        by_ply.setdefault(level.plies, []).append(level)
    return [joined(by_ply[ply]) for ply in sorted(by_ply)], caught


def _below(model: GPT, here: Prefixes, plies: int) -> tuple[list[Level], list[list[int]]]:
    """Return levels, several of one length, of all that follows."""
    levels, caught = [], []
    for some in here.split(BATCH):
        deeper = here.beginnings.moves.shape[1] + 1 < plies
        longer, prefixes, logits = grow(model, some, keep=deeper)
        lead, _ = leads(logits, prefixes.beginnings)
        levels.append(_level(longer, [lead]))
        caught += prefixes.beginnings.moves[lead <= 0].tolist()
        if deeper:
            below, more = _below(model, prefixes, plies)
            levels, caught = levels + below, caught + more
    return levels, caught


def certify(model: GPT, plies: int, partial: Path) -> Certificate:
    """Return what a network chooses after every beginning of up to ``plies`` moves.

    What is done is appended to ``partial``, and taken from there by who calls again. Raises
    ``ValueError`` if that file is of another network or length.
    """
    head = {"network": fingerprint(model), "plies": plies}
    if not partial.exists():
        partial.write_text(json.dumps(head) + "\n")
    first, *lines = map(json.loads, partial.read_text().splitlines())
    if first != head:
        raise ValueError(f"{partial} is of {first}, not of {head}: move it away")
    done = {line["root"]: line for line in lines}
    here = roots()
    with partial.open("a") as file:
        for root in tqdm(range(len(here)), desc=f"{plies} moves", disable=None):
            if root not in done:
                levels, caught = part(model, here[[root]], plies)
                kept = [[x.beginnings, x.asked, x.illegal, x.least_margin] for x in levels]
                done[root] = {"root": root, "levels": kept, "caught": caught}
                file.write(json.dumps(done[root]) + "\n")
                file.flush()
    parts = [
        [Level(ROOTS + 1 + k, *row) for k, row in enumerate(done[root]["levels"])]
        for root in range(len(here))
    ]
    levels = exhaustive(model, ROOTS)
    levels += [joined(of_one) for of_one in zip(*parts, strict=True)]
    caught = sorted((c for one in done.values() for c in one["caught"]), key=lambda c: (len(c), c))
    return Certificate(head["network"], levels, [of_one[-1] for of_one in parts], caught)


def saved(network: str, folder: Path = RESULTS) -> Certificate:
    """Return the certificate of the network with this fingerprint, computed by the command above.

    Raises ``LookupError``, in one sentence, if there is none.
    """
    for path in sorted(folder.glob("exhaustive-*.json")):
        kept = json.loads(path.read_text())
        if kept["network"] == network:
            levels, parts = ([Level(*row) for row in kept[name]] for name in ("levels", "parts"))
            return Certificate(network, levels, parts, kept["caught"])
    raise LookupError(
        f"{folder} has no stored result of network {network}: "
        "python -m othello_gpt.generalisation 10 exhaustive-mine.json makes one"
    )


def recheck(model: GPT, kept: Certificate, sample: int = 3, seed: int = 0) -> None:
    """Ask again after all short beginnings and after ``sample`` parts of the longest ones.

    Other processors round otherwise, so that an illegal move may lead by nothing or follow by it:
    margins agree to a thousandth, counts to one in each part. Raises ``RuntimeError`` if what was
    stored isn't what is found.
    """
    plies = kept.levels[-1].plies
    again = [*zip(kept.levels, exhaustive(model, ROOTS), strict=False)]
    for row in np.random.default_rng(seed).integers(len(kept.parts), size=sample):
        levels, _ = part(model, roots()[[row]], plies)
        again.append((kept.parts[row], levels[-1]))
    for stored, now in again:
        same = stored.beginnings == now.beginnings and abs(stored.illegal - now.illegal) <= 1
        if not same or abs(stored.least_margin - now.least_margin) > 1e-3:
            raise RuntimeError(f"the stored result for {now.plies} moves isn't what is found now")


def save(found: Certificate, path: Path) -> None:
    """Write a certificate as text, a row a line."""
    rows = {
        name: [list(asdict(level).values()) for level in getattr(found, name)]
        for name in ("levels", "parts")
    }
    rows["caught"] = found.caught
    text = ",\n".join(
        f'"{name}": [\n' + ",\n".join(map(json.dumps, some)) + "\n]" for name, some in rows.items()
    )
    command = f"python -m othello_gpt.generalisation {found.levels[-1].plies} {path.name}"
    head = f'{{"network": "{found.network}",\n"command": "{command}",\n'
    path.write_text(f"{head}{text}}}\n")

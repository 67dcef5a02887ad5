"""The sisters that come with the package, and what was measured on each."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from ..emergence import Headline, Measures, as_rows, headlines, load_half, measure, of_rows
from ..model import GPT, REPORT_SEED
from ..probes import fingerprint

HERE = Path(__file__).parent
RECORD = HERE / "record.json"


@dataclass(frozen=True)
class Sister:
    """A network of another seed, known by its ``network`` fingerprint, and what was found on it.

    ``claims``: those of the chapters that ``othello-gpt report`` made on it; none without a report.
    """

    seed: int
    network: str
    measures: Measures
    claims: tuple[Headline, ...] = ()


def load_sister(seed: int, folder: Path = HERE) -> GPT:
    """Return a sister's network, whose weights are rounded to half precision.

    Raises ``FileNotFoundError`` naming the seeds that there are.
    """
    path = Path(folder) / f"{seed}.safetensors"
    if not path.exists():
        there = ", ".join(map(str, seeds_in(folder))) or "none"
        raise FileNotFoundError(f"{folder} has no sister of seed {seed}: choose one of {there}")
    return load_half(path)


def seeds_in(folder: Path) -> list[int]:
    """Return the seeds of the weights in a folder; raises ``ValueError`` for other names."""
    seeds = []
    for file in Path(folder).glob("*.safetensors"):
        if not file.stem.isdigit():
            raise ValueError(f"{file.name}: a sister is named by its seed, such as 101")
        seeds.append(int(file.stem))
    return sorted(seeds)


def measured(folder: Path, scale: int = 6) -> list[Sister]:
    """Return what is measured on every sister of a folder, in half precision, on the book's seed.

    Weights are named by their seeds, such as ``101.safetensors``. Beside them, ``101.claims.json``
    is what ``othello-gpt report`` wrote about it, if there is one. Raises ``ValueError`` for other
    names.
    """
    found = []
    for seed in tqdm(seeds_in(folder), desc="sisters", disable=None):
        model, claims = load_sister(seed, folder), Path(folder) / f"{seed}.claims.json"
        made = tuple(headlines(claims)) if claims.exists() else ()
        found.append(Sister(seed, fingerprint(model), measure(model, scale, REPORT_SEED), made))
    return found


def sisters(path: Path = RECORD) -> list[Sister]:
    """Return what was measured beforehand, in the order of seeds."""
    return [
        Sister(
            row["seed"],
            row["network"],
            of_rows(row["measures"]),
            tuple(
                Headline(**claim | {"numbers": tuple(map(tuple, claim["numbers"]))})
                for claim in row["claims"]
            ),
        )
        for row in json.loads(Path(path).read_text())["sisters"]
    ]


def about(path: Path = RECORD) -> dict:
    """Return how the sisters were trained and measured: commands, games of each, and scale."""
    return {k: v for k, v in json.loads(Path(path).read_text()).items() if k != "sisters"}


def save(found: Sequence[Sister], path: Path, made: dict) -> None:
    """Write what was measured as text, whole or not at all; ``made``: how (see ``about``)."""
    rows = [
        {
            "seed": one.seed,
            "network": one.network,
            "measures": as_rows(one.measures),
            "claims": [vars(claim) for claim in one.claims],
        }
        for one in found
    ]
    part = Path(path).with_suffix(".part")
    part.write_text(json.dumps({**made, "sisters": rows}, indent=1) + "\n")
    os.replace(part, path)

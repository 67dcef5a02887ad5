"""What was measured, kept as one small file."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from .counting import Size
from .timing import Times

RECORD = Path(__file__).parent / "record.json"


@dataclass(frozen=True)
class Record:
    """The times of networks of several sizes, on the machine of that name."""

    machine: str
    times: Mapping[Size, Times]


def save_record(record: Record, path: Path = RECORD) -> None:
    """Write a record whole or not at all, a network a line."""
    rows = [asdict(size) | asdict(times) for size, times in record.times.items()]
    lines = ",\n".join(map(json.dumps, rows))
    part = Path(path).with_suffix(".part")
    part.write_text(f'{{"machine": {json.dumps(record.machine)},\n"times": [\n{lines}\n]}}\n')
    os.replace(part, path)


def load_record(path: Path = RECORD) -> Record:
    """Return what was kept; raises ``ValueError`` naming a file that isn't of this kind."""
    try:
        kept = json.loads(Path(path).read_text())
        rows = [(Size(r["board"], r["layers"], r["width"]), r) for r in kept["times"]]
        times = {size: Times(r["draw"], r["game"], r["step"]) for size, r in rows}
        return Record(kept["machine"], times)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} isn't what python -m othello_gpt.scaling writes ({error!r}): run it again"
        ) from None

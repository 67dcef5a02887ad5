"""What becomes of the book's claims on the network that has seen nothing but transcripts."""

import json
from dataclasses import dataclass
from pathlib import Path

HEADLINES = Path(__file__).with_name("claims.json")


@dataclass(frozen=True)
class Headline:
    """A claim of another chapter, made of the run's last stage; numbers in words, as on its card.

    ``refuted``: why it doesn't stand there; "" if it does.
    """

    name: str
    says: str
    value: str
    control: str
    against: str
    refuted: str
    numbers: tuple[tuple[float | None, ...], ...]


def headlines(path: Path = HEADLINES) -> list[Headline]:
    """Return what ``othello-gpt report`` found on a network: its ``claims.json``.

    Checks, which can only fail where the code is wrong, are left out.
    """
    rows = [row for row in json.loads(Path(path).read_text()) if not row["check"]]
    for row in rows:
        row["numbers"] = tuple(map(tuple, row["numbers"]))
    names = Headline.__dataclass_fields__
    return [Headline(**{name: row[name] for name in names}) for row in rows]

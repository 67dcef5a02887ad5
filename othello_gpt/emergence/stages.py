"""The stages of a run: which there are, what was measured there, and the weights of some."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from ..model import GPT
from ..probes import fingerprint
from .measures import Measures, as_rows, measure, of_rows
from .weights import load_half, save_half

HERE = Path(__file__).parent
RECORD = HERE / "record.json"
_DECAYED = "-decayed"  # behind the games in the name of a stage whose rate fell


@dataclass(frozen=True)
class Stage:
    """A network after so many games of a run, and what was measured on it.

    ``decayed``: it was branched off and its learning rate fell to nothing, as that of a finished
    network does; at the other stages the rate is still high. ``network``: its fingerprint.
    """

    games: int
    decayed: bool
    network: str
    measures: Measures

    @property
    def name(self) -> str:
        """What its file of weights is called."""
        return f"{self.games}{_DECAYED if self.decayed else ''}"


def kept() -> list[str]:
    """Return the names of the stages whose weights come with the package, fewest games first."""
    return _names(HERE)


def load_stage(name: str, folder: Path = HERE) -> GPT:
    """Return the network of a stage: its weights are rounded to half precision.

    Raises ``FileNotFoundError`` naming the stages that there are.
    """
    path = Path(folder) / f"{name}.safetensors"
    if not path.exists():
        there = ", ".join(_names(folder)) or "none"
        raise FileNotFoundError(f"{folder} has no weights of a stage {name}: choose one of {there}")
    return load_half(path)


def keep(name: str, folder: Path, out: Path = HERE) -> Path:
    """Write the weights of a stage in half precision, whole or not at all; return their file.

    Raises ``FileNotFoundError`` as ``load_stage`` does.
    """
    path = Path(out) / f"{name}.safetensors"
    return save_half(load_stage(name, folder), path, {"games": str(_games_of(name))})


def stages_of(folder: Path, scale: int = 6) -> list[Stage]:
    """Return what is measured on every file of weights in a folder, in half precision.

    Files are named by their games, such as ``10240.safetensors``; ``-decayed`` may follow. Raises
    ``ValueError`` for files that aren't.
    """
    stages = []
    for name in tqdm(_names(folder), desc="stages", disable=None):
        model = load_stage(name, folder)
        found = measure(model, scale)
        stages.append(Stage(_games_of(name), name.endswith(_DECAYED), fingerprint(model), found))
    return stages


def record(path: Path = RECORD) -> list[Stage]:
    """Return what was measured beforehand, fewest games first."""
    return [
        Stage(
            row["games"],
            row["decayed"],
            row["network"],
            of_rows(row["measures"]),
        )
        for row in json.loads(Path(path).read_text())["stages"]
    ]


def save(stages: Sequence[Stage], path: Path, about: dict) -> None:
    """Write what was measured as text, whole or not at all."""
    rows = [
        {
            "games": stage.games,
            "decayed": stage.decayed,
            "network": stage.network,
            "measures": as_rows(stage.measures),
        }
        for stage in stages
    ]
    part = Path(path).with_suffix(".part")
    part.write_text(json.dumps({**about, "stages": rows}, indent=1) + "\n")
    os.replace(part, path)


def _names(folder: Path) -> list[str]:
    return sorted((file.stem for file in Path(folder).glob("*.safetensors")), key=_games_of)


def _games_of(name: str) -> int:
    games = name.removesuffix(_DECAYED)
    if not games.isdigit():
        raise ValueError(f"{name}.safetensors: a stage is named by its games, such as 10240")
    return int(games)

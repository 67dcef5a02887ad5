"""What is in a file of weights: tensors by name, from whatever wrote it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import torch
from safetensors import safe_open

WEIGHTS = ("model.safetensors", "pytorch_model.bin")


def read_checkpoint(path: Path) -> tuple[dict, dict]:
    """Return the state dict of a file or folder and what configuration comes with it.

    Raises ``FileNotFoundError`` for a folder without weights, ``ValueError`` for what can't be read
    or is something else.
    """
    if path.is_file():
        return _read_weights(path)
    weights = next((path / file for file in WEIGHTS if (path / file).exists()), None)
    if weights is None:
        raise FileNotFoundError(f"{path}: this folder has no {' and no '.join(WEIGHTS)}")
    config = path / "config.json"
    return read_both(weights, config if config.exists() else None)


def read_both(weights: Path, config: Path | None) -> tuple[dict, dict]:
    """Return the state dict of a file of weights and the configuration, also of a second file.

    Raises ``ValueError`` as ``read_checkpoint`` does.
    """
    state, settings = _read_weights(weights)
    return state, settings | (_read_config(config) if config else {})


def _read_config(path: Path) -> dict:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not valid JSON ({error}); fetch or save it again") from error
    if not isinstance(settings, dict):
        raise ValueError(f"{path}: {settings!r} is no configuration; fetch or save it again")
    return settings


def _read_weights(path: Path) -> tuple[dict, dict]:
    """Return the state dict and, where the file has one, nanoGPT's configuration."""
    content = read_tensors(path)
    if not isinstance(content, Mapping):
        raise ValueError(f"{path}: holds a {type(content).__name__}, not a state dict")
    if not isinstance(content.get("model"), Mapping):
        return dict(content), {}
    settings = content.get("model_args") or content.get("model_config") or {}
    if not isinstance(settings, Mapping):
        raise ValueError(f"{path}: {settings!r} is no configuration")
    return dict(content["model"]), dict(settings)


# What training loops keep beside their tensors, numpy's numbers and paths, is harmless to read.
# Names are those of every version of numpy and Python, and paths of any system are read as pure.
_HARMLESS = [
    np.dtype,
    *{type(np.dtype(code)) for code in "?bBhHiIlLqQefdgFDG"},
    *((np.float64(0).__reduce__()[0], f"numpy.{at}.multiarray.scalar") for at in ("core", "_core")),
    *(
        (pure, f"{module}.{kind}{pure.__name__.removeprefix('Pure')}")
        for pure in (PurePosixPath, PureWindowsPath)
        for module in ("pathlib", "pathlib._local")
        for kind in ("", "Pure")
    ),
]


def read_tensors(path: Path):
    """Return what a ``.safetensors`` file or one of ``torch.save`` holds; no code in it is run.

    Raises ``ValueError`` if it is truncated or something else, naming the class of what can't be
    read without running code.
    """
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, "pt") as file:
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        with torch.serialization.safe_globals(_HARMLESS):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # an unpickler of other bytes may raise anything
        why = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip() or type(error).__name__
        if foreign := re.search(r"\bGLOBAL (\S+)", why):
            raise ValueError(
                f"{path}: holds a {foreign[1]}, which can't be read without running foreign code; "
                "have its tensors saved alone, as model.state_dict() gives them"
            ) from error
        # Torch's own first line is advice to run the code.
        why = re.sub(r"(?s).*WeightsUnpickler error:\s*", "", why).splitlines()[0][:200]
        raise ValueError(f"{path}: truncated or not a checkpoint ({why}); get it anew") from error

"""A run's state on disk."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import torch

from ..model import load_model, read_tensors

_STATE = {"config", "model_config", "model", "averaged", "optimisers", "games", "seconds"}
_STATE |= {"lineage", "machines"}


def read_state(folder: Path) -> dict:
    """Return what a run saved in a folder, or what an exported model's folder tells of it.

    Raises ``FileNotFoundError`` if there is neither, ``ValueError`` for files that hold something
    else.
    """
    file = folder / "state.pt"
    if file.exists():
        try:
            state = read_tensors(file)
        except ValueError as error:
            raise ValueError(
                f"{file}: truncated or not a run's state; delete it to start again"
            ) from error
        if not isinstance(state, dict) or _STATE - state.keys():
            raise ValueError(
                f"{file}: a file of torch, but no run's state; delete it to start again"
            )
        return state
    file = folder / "training.json"
    if not file.exists():
        raise FileNotFoundError(
            f"{folder}: no run to branch from (it has neither state.pt nor training.json)"
        )
    model = load_model(folder)
    try:
        facts = json.loads(file.read_text())
        known = {name: facts[name] for name in ("games", "machines")}
        known["config"] = _settings(facts["config"])
        known["lineage"] = [_settings(stage) for stage in facts["lineage"]]
        known["seconds"] = 3600 * facts["hours"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{file}: not what `othello-gpt export` wrote; export the run again"
        ) from error
    model_config, weights = asdict(model.config), model.state_dict()
    nothing = dict(optimisers=None, averaged=None)  # a new average starts with the weights
    return dict(model_config=model_config, model=weights, **nothing, **known)


def _settings(facts: dict) -> dict:
    """Return settings as a run has them: JSON knows no tuples."""
    return facts | {"betas": tuple(facts["betas"])}


def write_state(state: dict, folder: Path) -> None:
    """Write a run's state to its folder, whole or not at all."""
    torch.save(state, folder / "state.pt.part")
    os.replace(folder / "state.pt.part", folder / "state.pt")

"""A run's state on disk."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import torch
import torch._inductor.config

from ..model import load_model, read_tensors
from .card import _MACHINES_BEFORE

_STATE = {"config", "model_config", "model", "optimisers", "games", "seconds", "lineage"}


def _read_state(folder: Path) -> dict:
    """Return what a run saved in a folder, or what an exported model's folder tells of it."""
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
        facts = {"machines": _MACHINES_BEFORE} | json.loads(file.read_text())
        known = {name: facts[name] for name in ("config", "lineage", "games", "machines")}
        known["seconds"] = 3600 * facts["hours"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{file}: not what `othello-gpt export` wrote; export the run again"
        ) from error
    model_config, weights = asdict(model.config), model.state_dict()
    return dict(model_config=model_config, model=weights, optimisers=None, **known)


def _write_state(state: dict, folder: Path):
    torch.save(state, folder / "state.pt.part")
    os.replace(folder / "state.pt.part", folder / "state.pt")

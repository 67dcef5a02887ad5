"""Weights in half precision: a quarter of the file, and hardly another network."""

import os
from pathlib import Path

from safetensors.torch import save_file

from ..model import GPT, load_model


def load_half(path: Path) -> GPT:
    """Return a network from a file of weights, rounded to half precision.

    Raises as ``load_model`` does.
    """
    return load_model(path, n_head=8).half().float()


def save_half(model: GPT, path: Path, about: dict[str, str]) -> Path:
    """Write weights in half precision, whole or not at all, and return their file.

    ``about``: what the file says of itself.
    """
    state = {key: tensor.half().contiguous() for key, tensor in model.state_dict().items()}
    if model.config.tied:
        del state["lm_head.weight"]
    part = path.with_suffix(".part")
    save_file(state, part, {"format": "pt"} | about)
    part.chmod(0o644)
    os.replace(part, path)
    return path

"""A run on the Hub."""

from pathlib import Path

from .. import data
from .gpt import EXPORTED
from .loading import load_model


def push_model(folder: str | Path, repo: str) -> str:
    """Publish a model's folder on the Hub as ``user/repo`` and return its address.

    Of a run's folder, what ``training.export`` wouldn't ship stays at home. Raises what
    ``load_model`` raises, and ``ConnectionError`` if the Hub doesn't take it.
    """
    load_model(folder)  # nothing broken gets published
    return data.publish(Path(folder), repo, "model", EXPORTED)

"""Shipping a run's model."""

import json
import os
import tempfile
from pathlib import Path

import torch

from ..model import EXPORTED, GPT, PRETRAINED, GPTConfig, evaluate, load_model
from .card import CARD, UNEMBEDDING, commands_of, continuations_of
from .metrics import rows_until
from .state import read_state


def export(run: str | Path, out: str | Path | None = None, n_games: int = 20_000) -> Path:
    """Write a run's model, metrics and a card to ``out`` (default: the package); return ``out``.

    The card states the exact command, the games, the time and the numbers measured on ``n_games``
    held-out games. ``training.json`` holds the same facts for programs. What was exported to
    ``out`` before is replaced, once the new model is complete.

    Raises ``FileNotFoundError`` if ``run`` is none, ``FileExistsError`` if ``out`` holds anything
    else than an exported model, ``ValueError`` for a damaged run or too few games.
    """
    run, out = Path(run), Path(out or PRETRAINED)
    if out.exists() and not _is_export(out):
        raise FileExistsError(
            f"{out} exists and isn't an exported model, which could be replaced: choose another "
            "--out folder"
        )
    if not (run / "state.pt").exists():
        raise FileNotFoundError(f"{run}: not a run of `othello-gpt train` (it has no state.pt)")
    state = read_state(run)
    if state["config"]["decay"] and state["games"] < state["config"]["games"]:
        print(f"{run} has not finished its decay: run `othello-gpt train` again to finish it")
    commands, machines = commands_of(state), state["machines"]
    facts = dict(
        commands=commands,
        games=state["games"],
        continuations=continuations_of(state),
        hours=round(state["seconds"] / 3600, 2),
        machines=machines,
        torch=torch.__version__,
        config=state["config"],
        lineage=state["lineage"],
        model_config=state["model_config"],
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
        new, old = Path(scratch, "new"), Path(scratch, "old")
        # All of it is of one state, even if the run goes on meanwhile.
        model = GPT(GPTConfig(**state["model_config"]))
        model.load_state_dict(state["averaged"] or state["model"])
        model.save_pretrained(new)
        (new / "model.safetensors").chmod(0o644)  # safetensors lets nobody else read it
        (new / "metrics.jsonl").write_text(rows_until(run / "metrics.jsonl", state["games"]))
        seen = evaluate(load_model(new), n_games)
        (new / "training.json").write_text(json.dumps(facts, indent=2) + "\n")
        (new / "README.md").write_text(
            CARD.format(
                seen=seen,
                command="\n".join(commands),
                on=" and ".join(machines),
                unembedding=UNEMBEDDING[model.config.tied],
                **facts,
            )
        )
        if out.exists():
            os.replace(out, old)
        os.replace(new, out)
    return out


def _is_export(folder: Path) -> bool:
    """Return whether a folder holds nothing but what ``export`` writes, or nothing at all."""
    held = {file.name for file in folder.iterdir()} if folder.is_dir() else {"a file"}
    return not held or ("training.json" in held and held <= set(EXPORTED))

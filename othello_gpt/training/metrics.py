"""What a run measures of itself, and where that is logged."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from tqdm.auto import tqdm

from .. import game
from ..model import GPT, HELD_OUT_SEED, log_survival, predict
from ..tracking import wandb_run
from .config import TrainConfig
from .ranks import summed, world


class Examiner:
    """Legality and loss on held-out games, shared out over the processes.

    Called with a model, it returns their means over all processes' games, by name.
    """

    def __init__(self, games: int, rank: int):
        self.games = game.Games.sample(games, HELD_OUT_SEED, first=rank * games)
        choices = game.log_choices(self.games.moves)[:, 1:]
        self.floor = choices.sum(1).mean() + log_survival()

    def __call__(self, model: GPT) -> dict[str, float]:
        seen = predict(model, self.games)
        loss = seen.nll.mean()
        excess = loss - self.floor / seen.nll.shape[1]
        values = [loss, excess, 1 - seen.legal.mean(), seen.legal_mass.mean()]
        values = torch.tensor(np.array(values, np.float64))
        values = summed(values) / world()
        names = ("held_out_loss", "excess", "illegal", "legal_mass")
        return dict(zip(names, values.tolist(), strict=True))


class Log:
    """The progress bar, ``metrics.jsonl`` and, when asked for, W&B."""

    def __init__(self, run, out: Path, project: str | None):
        self.run, self.file, self.losses = run, out / "metrics.jsonl", []
        # A run that was killed may have left half a row, or rows beyond the state it resumes from.
        unfinished = self.file.with_name("metrics.jsonl.part")
        unfinished.write_text(rows_until(self.file, run.games) if self.file.exists() else "")
        os.replace(unfinished, self.file)
        self.wandb = _wandb(project, run.config, out / "wandb.id") if project else None
        self.bar = tqdm(total=run.config.games, initial=run.games, unit=" games", mininterval=5)

    def step(self, loss: float, report: dict[str, float]):
        """Count a batch and its loss, in nats; with a report, also log a row.

        The row has the mean loss of the batches since the last row.
        """
        self.losses.append(loss)
        self.bar.update(self.run.config.batch)
        if not report:
            return
        row = dict(
            games=self.run.games,
            seconds=round(self.run.seconds, 1),
            rate=self.run.config.rate(self.run.games),
            loss=sum(self.losses) / len(self.losses),
            **report,
        )
        self.losses.clear()
        with self.file.open("a") as f:
            f.write(json.dumps({k: round(v, 6) for k, v in row.items()}) + "\n")
        self.bar.set_postfix(loss=f"{row['loss']:.4f}", illegal=f"{row['illegal']:.2%}")
        if self.wandb:
            self.wandb.log(row, step=self.run.games)

    def close(self):
        """Take the progress bar away and finish the run on W&B, if there is one."""
        self.bar.close()
        if self.wandb:
            self.wandb.finish()


def rows_until(file: Path, games: int) -> str:
    """Return the whole rows of a log up to a number of games."""
    rows = file.read_text().splitlines()
    kept = [r for r in rows if r.endswith("}") and json.loads(r)["games"] <= games]
    return "".join(row + "\n" for row in kept)


def _wandb(project: str, config: TrainConfig, name: Path):
    """Start a run on W&B, or go on with the one whose id a folder keeps."""
    known = name.read_text() if name.exists() else None
    run = wandb_run(project, asdict(config), id=known, resume="allow")
    name.write_text(run.id)
    return run

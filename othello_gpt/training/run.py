"""A run from its start or its last state."""

import math
import os
import shutil
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from ..data import only_writer
from ..launching import launch
from ..model import GPTConfig
from .config import TrainConfig
from .loop import Job, tied_of, work
from .machine import Machine, this_machine
from .ranks import by_first, join, told_world, world
from .state import read_state, write_state


def train(
    out: str | Path,
    config: TrainConfig,
    model_config: GPTConfig | None = None,
    machine: Machine | None = None,
    branch_from: str | Path | None = None,
    wandb_project: str | None = None,
    checkpoint_minutes: float = 3.0,
    eval_every: int = 100,
    eval_games: int = 2000,
    stop_at: int | None = None,
) -> Path:
    """Train a model into the folder ``out`` and return that folder; resume if it holds a run.

    Leaves ``config.json`` and ``model.safetensors`` (see ``model.load_model``), ``metrics.jsonl``
    and ``state.pt``, all written atomically. ``branch_from`` starts from the state of another
    run's folder: with ``config.decay`` it gives a decayed model while the trunk can go on. From a
    folder that ``export`` wrote it takes the weights; the optimisers then begin afresh.
    With several processes, torch's own launcher starts them. Under ``torchrun``, on one host or
    several, each call is a rank of one run; only the first rank's folders count. It alone reads and
    writes, and what it can't do is raised in all.
    ``stop_at``: games after which to stop, whatever the schedule still plans. Without a
    ``model_config`` the network has the book's sizes; it is tied, unless it goes on from one that
    isn't.

    Raises ``ValueError`` if the folder holds a run of another configuration, if a batch or the
    held-out games can't be split over the processes, or if the loss is no longer a number (the last
    checkpoint is kept); ``FileNotFoundError`` if there is nothing to branch from;
    ``BlockingIOError`` if another process trains into the folder; ``ConnectionError`` if W&B
    refuses or, under ``torchrun``, another rank is gone; ``ChildProcessError`` if a process that
    was started here ended without a word; ``KeyboardInterrupt`` after Ctrl-C or SIGTERM, once there
    is a checkpoint.
    """
    machine = machine or this_machine()
    join()
    if told_world() or world() > 1:
        machine = replace(machine, processes=world())
    if config.batch % (machine.processes * config.siblings):
        raise ValueError(
            f"a batch of {config.batch} games in families of {config.siblings} can't be split over "
            f"{machine.processes} processes: choose another batch or number of processes"
        )
    if eval_games < machine.processes:
        raise ValueError(
            f"{eval_games} held-out games can't be split over {machine.processes} processes: "
            "choose at least one for each"
        )
    out = Path(out)
    with ExitStack() as lock:

        def prepare():
            out.mkdir(parents=True, exist_ok=True)
            lock.enter_context(only_writer(out))
            network = model_config or GPTConfig(tied=tied_of(out, branch_from))
            _prepare(out, config, network, branch_from)
            return network

        how = (wandb_project, checkpoint_minutes, eval_every, eval_games)
        end = min(config.games, stop_at or math.inf)
        job = Job(out, config, by_first(prepare), machine, *how, end)
        if machine.processes == world():
            work(job)
        else:
            _launch(job)
    return out


def _launch(job: Job):
    """Let processes that are started for it do a job."""
    try:
        launch("othello_gpt.training.worker", job, job.machine.processes)
    except ChildProcessError as error:
        raise ChildProcessError(
            f"{error}: {job.out} keeps its last checkpoint, if it has one; run the same command "
            "again to go on"
        ) from None


def _prepare(out: Path, config: TrainConfig, model_config: GPTConfig, branch_from):
    """Check that a run can go on in its folder; a new branch starts as a copy of its trunk."""
    if (out / "state.pt").exists():
        # A trunk may be prolonged.
        free = {"games"} if not config.decay else set()
        free |= {"opening"} if config.siblings == 1 else set()
        _compare(read_state(out), out, config, model_config, free)
    elif branch_from is not None:
        # A branch is free to go its own way, on the same games.
        trunk = Path(branch_from)
        state = read_state(trunk)
        _compare(state, trunk, config, model_config, asdict(config).keys() - {"seed"})
        if config.games <= state["games"]:
            raise ValueError(
                f"{trunk} has already seen {state['games']:,} games: "
                f"a branch needs more games than {config.games:,}"
            )
        stage = state["config"] | {"stopped": state["games"]}
        if state["optimisers"] is None:
            stage["exported"] = True
        state |= dict(config=asdict(config), lineage=[*state["lineage"], stage])
        shutil.copyfile(trunk / "metrics.jsonl", out / "metrics.jsonl.part")
        os.replace(out / "metrics.jsonl.part", out / "metrics.jsonl")
        write_state(state, out)


def _compare(state: dict, folder: Path, config: TrainConfig, model_config: GPTConfig, free: set):
    """Refuse settings that differ from those of a state, but for the ``free`` ones."""
    now, then = asdict(config), state["config"]
    for name in (setting for setting in now if setting not in free):
        if now[name] != then[name]:
            raise ValueError(
                f"{folder} was trained with {name}={then[name]}, not {now[name]}: "
                "give the same value or another folder"
            )
    for name, size in asdict(model_config).items():
        if size != state["model_config"][name]:
            raise ValueError(
                f"{folder} has a model of {name}={state['model_config'][name]}, not {size}: "
                "give another --out or --branch-from folder"
            )

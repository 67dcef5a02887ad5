"""The loop: step after step, over processes, until the games are seen."""

import math
import os
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn.utils import vector_to_parameters

from ..model import GPT, GPTConfig
from ..stopping import Stop, handling
from .config import TrainConfig
from .loss import Loss, batch_of
from .machine import Machine
from .metrics import Examiner, Log
from .optimisers import optimisers
from .ranks import by_first, rank, summed, told_world, world
from .state import read_state, write_state


def tied_of(out: Path, branch_from) -> bool:
    """Return whether the network that a run goes on with is tied, which a new one is."""
    if (out / "state.pt").exists():
        return read_state(out)["model_config"]["tied"]
    return branch_from is None or read_state(Path(branch_from))["model_config"]["tied"]


class Run:
    """The state that a run saves and resumes: everything that decides its trajectory."""

    def __init__(self, config: TrainConfig, model_config: GPTConfig, machine: Machine):
        self.config, self.model_config = config, model_config
        torch.manual_seed(config.seed)
        self.model = GPT(model_config).to(machine.device)
        self.optimisers = optimisers(self.model, config)
        self.averaged = deepcopy(self.model) if config.average else None
        self.games, self.seconds = 0, 0.0
        # The settings of the runs that this one was branched off, with their games at that time.
        self.lineage: list[dict] = []
        self.machines = [str(machine)]

    @property
    def shown(self) -> GPT:
        """The model that is examined and shipped."""
        return self.averaged or self.model

    @torch.no_grad()
    def step(self):
        """Move the weights by the gradients, which are then gone, and the averaged ones after them.

        A batch of games counts as seen. The average is exponential, over about ``config.average``
        games.
        """
        for optimiser in self.optimisers:
            optimiser.step()
        self.model.zero_grad(set_to_none=True)
        self.games += self.config.batch
        if self.averaged:
            old: list[torch.Tensor] = list(self.averaged.parameters())
            new: list[torch.Tensor] = list(self.model.parameters())
            weight = self.config.batch / self.config.average
            # Torch has no public name for it.
            torch._foreach_lerp_(old, new, weight)  # pyright: ignore[reportPrivateImportUsage]

    def save(self, folder: Path):
        """Write the shown model and the run's state into a folder, each file whole or not at all.

        Raises ``OSError`` where they can't be written.
        """
        self.shown.save_pretrained(folder / "part")
        for file in ("config.json", "model.safetensors"):
            os.replace(folder / "part" / file, folder / file)
        shutil.rmtree(folder / "part")
        state = dict(
            config=asdict(self.config),
            model_config=asdict(self.model_config),
            model=self.model.state_dict(),
            averaged=self.averaged and self.averaged.state_dict(),
            optimisers=[o.state_dict() for o in self.optimisers],
            games=self.games,
            seconds=self.seconds,
            lineage=self.lineage,
            machines=self.machines,
        )
        write_state(state, folder)

    def load(self, state: dict):
        """Go on from a state that ``read_state`` gave, with this run's own optimisers' settings."""
        self.model.load_state_dict(state["model"])
        if self.averaged:
            self.averaged.load_state_dict(state["averaged"] or state["model"])
        if state["optimisers"] is not None:
            for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
                # A saved optimiser brings its rates along; a branch has its own.
                groups = optimiser.param_groups
                own = [{k: v for k, v in g.items() if k != "params"} for g in groups]
                optimiser.load_state_dict(saved)
                for group, settings in zip(optimiser.param_groups, own, strict=True):
                    group.update(settings)
        self.games, self.seconds = state["games"], state["seconds"]
        self.lineage = state["lineage"]
        machines = [*state["machines"], *self.machines]
        self.machines = list(dict.fromkeys(machines))

    def set_rate(self):
        """Set the learning rates that the schedule has at this number of games."""
        rate = self.config.rate(self.games)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * rate


@dataclass(frozen=True)
class Job:
    """What each process of a run is told.

    Minutes between checkpoints, steps between examinations, held-out games for these, and at how
    many games to ``end``.
    """

    out: Path
    config: TrainConfig
    model_config: GPTConfig
    machine: Machine
    wandb_project: str | None
    checkpoint_minutes: float
    eval_every: int
    eval_games: int
    end: float


def work(job: Job, stop: Stop | None = None) -> None:
    """Train in this process, one of those that have joined, from the state in ``job.out``, if any.

    The first process alone reads and writes there. Raises ``ValueError`` if the loss or a gradient
    isn't finite, ``KeyboardInterrupt`` if the run was stopped before its end, ``ConnectionError``
    if another process is gone or W&B refuses.
    """
    torch.set_num_threads(job.machine.threads)
    run = Run(job.config, job.model_config, job.machine)
    state = by_first(lambda: read_state(job.out) if (job.out / "state.pt").exists() else None)
    if state is not None:
        run.load(state)
    # A launcher doesn't wait forever, and may pass on a signal that has come already.
    _loop(run, job, stop or Stop(patient=told_world() is not None))


def _loop(run: Run, job: Job, stop: Stop):
    out, config, machine, end = job.out, job.config, job.machine, job.end
    share = config.batch // world()
    families = share // config.siblings
    micro = _micro(families, config, machine)
    loss = Loss(run.model, config)
    step_loss = _compiled(loss) if machine.compiled else loss
    parameters = list(run.model.parameters())
    autocast = torch.autocast(machine.device, torch.bfloat16, enabled=machine.bfloat16)
    examiner = Examiner(job.eval_games // world(), rank())
    checkpoint_due = time.monotonic() + 60 * job.checkpoint_minutes
    the_log = closing(Log(run, out, job.wandb_project)) if rank() == 0 else nullcontext()
    with the_log as log, handling(stop):
        while run.games < end:
            began = time.monotonic()
            run.set_rate()
            batch = batch_of(run.games + rank() * families, share, config, machine.device)
            total = torch.zeros(())
            for tokens, targets in zip(*(t.split(micro) for t in batch), strict=True):
                with autocast:
                    part_loss = step_loss(tokens, targets) * (micro / (families * world()))
                part_loss.backward()
                total += part_loss.detach().cpu()
            total, halt = _sum_over_processes(parameters, total, stop.raised)
            if not (math.isfinite(total) and _finite(parameters)):
                raise ValueError(
                    f"the loss is {total} after {run.games:,} games: lower the rates, in another "
                    f"folder; {out} keeps its last checkpoint, if it has one, to branch off from"
                )
            run.step()
            run.seconds += time.monotonic() - began
            step = run.games // config.batch
            last = halt or run.games >= end
            report = examiner(run.shown) if step % job.eval_every == 0 or last else {}
            if log is not None:
                log.step(total, report)
                if last or time.monotonic() > checkpoint_due:
                    run.save(out)
                    checkpoint_due = time.monotonic() + 60 * job.checkpoint_minutes
            if halt:
                break
    if run.games < end:
        raise KeyboardInterrupt(
            f"stopped at {run.games:,} of {config.games:,} games; "
            "run the same command again to go on"
        )


def _compiled(loss: Loss) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    import torch._inductor.config as settings  # takes seconds in each process

    settings.cpp_wrapper = True
    return torch.compile(loss, dynamic=False)


def _micro(families: int, config: TrainConfig, machine: Machine) -> int:
    """Return how many families go through the network at a time: a divisor of all of them."""
    divisors = [n for n in range(1, families + 1) if families % n == 0]
    return min(divisors, key=lambda n: abs(math.log(n * config.family / machine.micro)))


def _gradients(parameters: Iterable[torch.nn.Parameter]) -> list[torch.Tensor]:
    return [p.grad for p in parameters if p.grad is not None]


def _finite(parameters: Iterable[torch.nn.Parameter]) -> bool:
    return all(gradient.isfinite().all() for gradient in _gradients(parameters))


def _sum_over_processes(
    parameters: Iterable[torch.nn.Parameter], loss: torch.Tensor, stop: bool
) -> tuple[float, bool]:
    """Sum gradients and loss over the processes, in one message; tell whether any wants to stop."""
    if world() == 1:
        return loss.item(), stop
    gradients = _gradients(parameters)
    extra = torch.tensor([loss.item(), float(stop)], device=gradients[0].device)
    message = summed(torch.cat([g.flatten() for g in gradients] + [extra]))
    vector_to_parameters(message[:-2], gradients)
    return message[-2].item(), message[-1].item() > 0

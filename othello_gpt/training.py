"""Training the network: next-move prediction on fresh random games.

The network sees moves, never a board. With ``continuations`` the target at a position is not one
played move but several: the game's own, and those of other games that begin with the same moves.
The expected loss is the same and the chance in its gradient is less, but many moves at one position
are close to its set of legal moves, which transcripts alone don't show.

Games come in families of ``siblings`` that share an ``opening``, which goes through the network
once for all of them: most of what there is to learn is in later positions, of which a step sees
more. The loss is that of the games one by one.

What a step trains on depends on nothing but the run's seed and the number of games ``n`` seen
before, so a run that is interrupted and resumed takes the same trajectory as one that isn't: the
seed's games ``n .. n + batch / siblings - 1``, each with its siblings.

Hidden matrices are trained with Muon (Jordan 2024, https://kellerjordan.github.io/posts/muon/), the
rest with AdamW, under a warm-up / stable / decay schedule (Hu et al. 2024,
https://arxiv.org/abs/2404.06395): a decayed model can be branched off the trunk at any time while
the trunk goes on.

Chapter: ``book/model.py``.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch._inductor.config
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.utils import vector_to_parameters
from tqdm.auto import tqdm

from . import games as games_module
from .games import CONTEXT, only_writer
from .model import (
    EXPORTED,
    GPT,
    HELD_OUT_SEED,
    PRETRAINED,
    GPTConfig,
    examine,
    load_model,
    predict,
    read_tensors,
)


@dataclass(frozen=True)
class TrainConfig:
    """What decides the trajectory of a run. Amounts are in games, rates are peak rates.

    ``continuations`` is the number of further games, at each position, that begin with the same
    moves and of which the next move is a target too. Games come in families of ``siblings`` whose
    first ``opening`` moves are the same. What a run shows and ships are its weights, or with
    ``average`` their exponential average over about so many games.

    Raises ``ValueError`` for values with which there is nothing to train or to learn from.
    """

    games: int = 8_000_000
    seed: int = 0
    batch: int = 512
    warmup: int = 25_600
    decay: int = 0
    muon_lr: float = 1e-2
    adam_lr: float = 2e-3
    weight_decay: float = 0.05
    momentum: float = 0.95
    betas: tuple[float, float] = (0.9, 0.95)
    continuations: int = 8
    siblings: int = 4
    opening: int = 20
    average: int = 0

    def __post_init__(self):
        lowest = {"games": 1, "batch": 1, "warmup": 0, "decay": 0, "continuations": 0}
        lowest |= {"muon_lr": 0, "adam_lr": 0, "weight_decay": 0}
        for name, low in lowest.items():
            if not low <= (value := getattr(self, name)) < math.inf:
                raise ValueError(f"can't train with {name}={value}: choose a number from {low} on")
        if self.siblings < 1 or self.batch % self.siblings:
            raise ValueError(
                f"a batch of {self.batch} games can't be made of families of {self.siblings}: "
                "choose another batch or number of siblings"
            )
        if self.seed == HELD_OUT_SEED or not 0 <= self.seed < 2**63:
            raise ValueError(
                f"can't train on the games of seed {self.seed}: choose 0 to 2**63 - 1, but not "
                f"{HELD_OUT_SEED}, whose games are for evaluation"
            )
        if 0 < self.average < self.batch or self.average < 0:
            raise ValueError(
                f"weights can't be averaged over {self.average} games: "
                f"choose 0 for not at all, or at least a batch of {self.batch}"
            )
        if not 1 <= self.opening <= CONTEXT:
            raise ValueError(
                f"siblings can't share an opening of {self.opening} moves: choose 1 to {CONTEXT}"
            )

    @property
    def shared(self) -> int:
        """How many positions the games of a family share: the opening's, but for its last move.

        There they are still alike, but their next moves aren't.
        """
        return self.opening - 1 if self.siblings > 1 else 0

    @property
    def family(self) -> int:
        """How many positions of a family go through the network."""
        return self.shared + self.siblings * (CONTEXT - self.shared)

    def rate(self, games_seen: int) -> float:
        """Return the learning rate's multiplier: linear warm-up, constant, linear decay to zero.

        The games are all that the weights have seen. So a branch off an exported model, whose
        optimisers begin afresh, has no warm-up of its own.
        """
        up = min(1.0, (games_seen + self.batch) / max(self.warmup, 1))
        down = min(1.0, (self.games - games_seen) / self.decay) if self.decay else 1.0
        return min(up, down)


# --- the optimiser ------------------------------------------------------------------------------


@torch.no_grad()
def orthogonalise(x: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Return matrices [n, rows, cols], rows <= cols, with their singular values pulled close to 1.

    Newton-Schulz iteration with Jordan's coefficients, in the matrices' own precision.
    """
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315) @ x
    return x


class Muon(torch.optim.Optimizer):
    """Momentum whose updates are orthogonalised, for a network's hidden matrices.

    ``torch.optim.Muon`` with ``adjust_lr_fn="match_rms_adamw"``, but batched over all matrices of a
    shape and in float32 (the library's goes matrix by matrix in bfloat16, which processors without
    bfloat16 instructions emulate), with the packed q, k and v orthogonalised one by one, and with
    the work shared out when several processes train together.
    """

    def __init__(self, parameters, lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(
            list(parameters), dict(lr=lr, momentum=momentum, weight_decay=weight_decay)
        )

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            by_shape = defaultdict(list)
            for p in group["params"]:
                buffer = self.state[p].setdefault("momentum", torch.zeros_like(p))
                buffer.lerp_(p.grad, 1 - group["momentum"])
                nesterov = p.grad.lerp(buffer, group["momentum"])
                for matrix, target in zip(_matrices(nesterov), _matrices(p), strict=True):
                    by_shape[matrix.shape].append((matrix, target))
            for (rows, cols), pairs in by_shape.items():
                updates = _shared_orthogonalise(torch.stack([m for m, _ in pairs]))
                scale = group["lr"] * 0.2 * max(rows, cols) ** 0.5
                targets = [t for _, t in pairs]
                torch._foreach_mul_(targets, 1 - group["lr"] * group["weight_decay"])
                torch._foreach_add_(targets, list(updates.unbind()), alpha=-scale)


def _matrices(p: torch.Tensor) -> list[torch.Tensor]:
    """Return views of a weight as matrices with rows <= cols; q, k and v come out separately."""
    rows, cols = p.shape
    parts = p.split(cols) if rows == 3 * cols else [p]
    return [part if part.shape[0] <= part.shape[1] else part.mT for part in parts]


def _shared_orthogonalise(stack: torch.Tensor) -> torch.Tensor:
    if not dist.is_initialized():
        return orthogonalise(stack)
    world, rank = dist.get_world_size(), dist.get_rank()
    per = -(-len(stack) // world)
    padded = torch.zeros(per * world, *stack.shape[1:])
    padded[: len(stack)] = stack
    mine = orthogonalise(padded[rank * per : (rank + 1) * per])
    dist.all_gather(list(padded.split(per)), mine)
    return padded[: len(stack)]


def optimisers(model: GPT, config: TrainConfig) -> list[torch.optim.Optimizer]:
    """Return Muon for the blocks' matrices and AdamW for everything else."""
    hidden = [p for p in model.transformer.h.parameters() if p.ndim == 2]
    rest = [p for p in model.parameters() if all(p is not h for h in hidden)]
    muon = Muon(hidden, config.muon_lr, config.momentum, config.weight_decay)
    adam = torch.optim.AdamW(rest, lr=config.adam_lr, betas=config.betas, weight_decay=0.0)
    for optimiser in (muon, adam):
        for group in optimiser.param_groups:
            group["peak"] = group["lr"]
    return [muon, adam]


# --- one step -----------------------------------------------------------------------------------


class Loss(torch.nn.Module):
    """The mean cross-entropy of the moves that were played, in nats.

    ``tokens`` [families, T] go in, ``targets`` [families, T, n] are the moves that followed: in the
    game itself and, where asked for, in n - 1 other games that begin in the same way. A family's T
    positions are those of the opening whose next move is in the opening too, which the siblings
    share, then the others of each sibling, who don't see one another's.
    """

    def __init__(self, model: GPT, config: TrainConfig):
        super().__init__()
        self.model = model
        shared, siblings = config.shared, config.siblings
        own = torch.arange(shared, CONTEXT)
        ply = torch.cat([torch.arange(shared), own.repeat(siblings)])
        owner = torch.arange(1, siblings + 1).repeat_interleave(len(own))
        owner = torch.cat([torch.zeros(shared, dtype=torch.long), owner])
        seen = (owner == owner[:, None]) | (owner == 0)  # [query, key]
        seen &= ply <= ply[:, None]
        hidden = torch.zeros(seen.shape).masked_fill(~seen, -math.inf)
        weight = torch.where(owner == 0, siblings, 1) / (siblings * CONTEXT)
        for name, value in (("ply", ply), ("hidden", hidden), ("weight", weight)):
            self.register_buffer(name, value.to(model.lm_head.weight.device), persistent=False)

    def forward(self, tokens, targets):
        *_, final = self.model.residual_stream(tokens, self.ply, self.hidden)
        logp = F.log_softmax(self.model.unembed(final).float(), -1)
        losses = -logp.gather(-1, targets).mean(-1)
        return (losses * self.weight).sum(-1).mean()


def batch_of(
    first: int, games: int, config: TrainConfig, device: str = "cpu"
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return fresh tokens [families, T] and targets [families, T, 1 + continuations] for ``Loss``.

    A family is the game of the run's seed with its index, from ``first`` on, and its siblings.
    """
    seed, siblings = config.seed, config.siblings
    opening, families = config.opening if siblings > 1 else 0, games // siblings
    moves = games_module.sample_moves(families, seed, first)
    others = games_module.sample_siblings(moves, siblings - 1, opening, seed, first)
    everyone = np.concatenate([moves[:, None], others], 1)  # [families, siblings, plies]
    more = (config.continuations, seed)
    shared = games_module.sample_continuations(moves, *more, first, end=opening)
    own = games_module.sample_continuations(
        everyone.reshape(games, -1), *more, first * siblings, begin=opening
    )
    shared = np.concatenate([moves[:, :opening, None], shared], -1)[:, 1:]
    own = np.concatenate([everyone.reshape(games, -1, 1)[:, opening:], own], -1)
    own = own[:, config.shared - CONTEXT :]  # nothing predicts a game's first move
    targets = np.concatenate([shared, own.reshape(families, -1, own.shape[-1])], 1)
    tokens = everyone[..., config.shared : -1].reshape(families, -1)
    tokens = np.concatenate([moves[:, : config.shared], tokens], 1)
    table = torch.from_numpy(games_module.token_of_square())
    return tuple(table[x.astype(int)].to(device) for x in (tokens, targets))


# --- a run --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Machine:
    """How a run uses its machine. None of it changes what is computed, up to rounding.

    Some ``micro`` positions go through the network at a time: few enough for a core's cache.
    """

    processes: int
    threads: int
    device: str
    bfloat16: bool
    compiled: bool
    micro: int

    def __str__(self) -> str:
        if self.device == "cuda":
            return torch.cuda.get_device_name()
        return f"{self.processes} x {self.threads} CPU cores (processes x cores of each)"


def this_machine(processes: int | None = None, compiled: bool | None = None) -> Machine:
    """Return what is fast here: a GPU if there is one, else one process per core."""
    if torch.cuda.is_available():
        return Machine(1, torch.get_num_threads(), "cuda", True, compiled is not False, 131_072)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    processes = processes or cores
    fast_bfloat16 = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    if compiled is None:
        compiled = shutil.which(os.environ.get("CXX", "g++")) is not None
        if not compiled:
            print("No C++ compiler (g++) found: training runs uncompiled, which is slower.")
    return Machine(processes, max(1, cores // processes), "cpu", fast_bfloat16, compiled, 512)


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
    ``stop_at``: games after which to stop, whatever the schedule still plans. Without a
    ``model_config`` the network has the book's sizes; it is tied, unless it goes on from one that
    isn't.

    Raises ``ValueError`` if the folder holds a run of another configuration, if a batch or the
    held-out games can't be split over the processes, or if the loss is no longer a number (the last
    checkpoint is kept); ``FileNotFoundError`` if there is nothing to branch from;
    ``BlockingIOError`` if another process trains into the folder; ``ConnectionError`` if W&B
    refuses; ``KeyboardInterrupt`` after Ctrl-C or SIGTERM, once there is a checkpoint.
    """
    machine = machine or this_machine()
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
    out.mkdir(parents=True, exist_ok=True)
    with only_writer(out), tempfile.TemporaryDirectory() as meeting:
        model_config = model_config or GPTConfig(tied=_tied(out, branch_from))
        _prepare(out, config, model_config, branch_from)
        args = (f"file://{meeting}/point", out, config, model_config, machine, wandb_project)
        args += (checkpoint_minutes, eval_every, eval_games, min(config.games, stop_at or math.inf))
        context = torch.multiprocessing.get_context("spawn")
        helpers = [
            context.Process(target=_work, args=(rank, *args), daemon=True)
            for rank in range(1, machine.processes)
        ]
        try:
            with _signals(signal.SIG_IGN):  # helpers inherit it: this process tells them to stop
                for helper in helpers:
                    helper.start()
            _work(0, *args)
        except BaseException:
            for helper in helpers:  # they wait for this process
                helper.kill()
            raise
        finally:
            for helper in helpers:
                helper.join()
            if dist.is_initialized():
                dist.destroy_process_group()
    return out


def _tied(out: Path, branch_from) -> bool:
    """Return whether the network that a run goes on with is tied, which a new one is."""
    if (out / "state.pt").exists():
        return _read_state(out)["model_config"]["tied"]
    return branch_from is None or _read_state(Path(branch_from))["model_config"]["tied"]


def _prepare(out: Path, config: TrainConfig, model_config: GPTConfig, branch_from):
    """Check that a run can go on in its folder; a new branch starts as a copy of its trunk."""
    if (out / "state.pt").exists():
        # A trunk may be prolonged.
        free = {"games"} if not config.decay else set()
        free |= {"opening"} if config.siblings == 1 else set()
        _compare(_read_state(out), out, config, model_config, free)
    elif branch_from is not None:
        # A branch is free to go its own way, on the same games.
        trunk = Path(branch_from)
        state = _read_state(trunk)
        _compare(state, trunk, config, model_config, asdict(config).keys() - {"seed"})
        if config.games <= state["games"]:
            raise ValueError(
                f"{trunk} has already seen {state['games']:,} games: "
                f"a branch needs more games than {config.games:,}"
            )
        exported = {"exported": state["optimisers"] is None}
        stage = _BEFORE | state["config"] | {"stopped": state["games"]} | exported
        state |= dict(config=asdict(config), lineage=[*state["lineage"], stage])
        shutil.copyfile(trunk / "metrics.jsonl", out / "metrics.jsonl.part")
        os.replace(out / "metrics.jsonl.part", out / "metrics.jsonl")
        _write_state(state, out)


def _compare(state: dict, folder: Path, config: TrainConfig, model_config: GPTConfig, free: set):
    """Refuse settings that differ from those of a state, but for the ``free`` ones."""
    now, then = asdict(config), _BEFORE | state["config"]
    for name in (setting for setting in now if setting not in free):
        if tuple(np.atleast_1d(now[name])) != tuple(np.atleast_1d(then[name])):
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


class _Run:
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
        for optimiser in self.optimisers:
            optimiser.step()
        self.model.zero_grad(set_to_none=True)
        self.games += self.config.batch
        if self.averaged:
            new = list(self.model.parameters())
            torch._foreach_lerp_(
                list(self.averaged.parameters()), new, self.config.batch / self.config.average
            )

    def save(self, folder: Path):
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
        _write_state(state, folder)

    def load(self, folder: Path):
        state = _read_state(folder)
        self.model.load_state_dict(state["model"])
        if self.averaged:
            self.averaged.load_state_dict(state.get("averaged") or state["model"])
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
        machines = [*state.get("machines", _MACHINES_BEFORE), *self.machines]
        self.machines = list(dict.fromkeys(machines))

    def set_rate(self):
        rate = self.config.rate(self.games)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * rate


def _work(rank, meeting_point, out, config, model_config, machine, *how):
    torch.set_num_threads(machine.threads)
    if machine.processes > 1:
        dist.init_process_group("gloo", meeting_point, rank=rank, world_size=machine.processes)
    run = _Run(config, model_config, machine)
    if (out / "state.pt").exists():
        run.load(out)
    _loop(rank, run, out, machine, *how)


def _loop(rank, run: _Run, out: Path, machine: Machine, project, minutes, every, eval_games, end):
    config, world = run.config, machine.processes
    share = config.batch // world
    families = share // config.siblings
    micro = _micro(families, config, machine)
    loss = Loss(run.model, config)
    torch._inductor.config.cpp_wrapper = True
    step_loss = torch.compile(loss, dynamic=False) if machine.compiled else loss
    parameters = list(run.model.parameters())
    autocast = torch.autocast(machine.device, torch.bfloat16, enabled=machine.bfloat16)
    examiner = _Examiner(eval_games // world, rank)
    checkpoint_due = time.monotonic() + 60 * minutes
    stop = _Stop()
    the_log = closing(_Log(run, out, project)) if rank == 0 else nullcontext()
    with the_log as log, _signals(stop if rank == 0 else signal.SIG_IGN):
        while run.games < end:
            began = time.monotonic()
            run.set_rate()
            batch = batch_of(run.games + rank * families, share, config, machine.device)
            total = torch.zeros(())
            for tokens, targets in zip(*(t.split(micro) for t in batch), strict=True):
                with autocast:
                    part_loss = step_loss(tokens, targets) * (micro / (families * world))
                part_loss.backward()
                total += part_loss.detach().cpu()
            total, halt = _sum_over_processes(parameters, total, stop.raised)
            if not (math.isfinite(total) and all(p.grad.isfinite().all() for p in parameters)):
                raise ValueError(
                    f"the loss is {total} after {run.games:,} games: lower the rates, in another "
                    f"folder; {out} keeps its last checkpoint, if it has one, to branch off from"
                )
            run.step()
            run.seconds += time.monotonic() - began
            step = run.games // config.batch
            last = halt or run.games >= end
            report = examiner(run.shown) if step % every == 0 or last else {}
            if rank == 0:
                log.step(total, report)
                if last or time.monotonic() > checkpoint_due:
                    run.save(out)
                    checkpoint_due = time.monotonic() + 60 * minutes
            if halt:
                break
    if rank == 0 and run.games < end:
        raise KeyboardInterrupt(
            f"stopped at {run.games:,} of {config.games:,} games; "
            "run the same command again to go on"
        )


def _micro(families: int, config: TrainConfig, machine: Machine) -> int:
    """Return how many families go through the network at a time: a divisor of all of them."""
    divisors = [n for n in range(1, families + 1) if families % n == 0]
    return min(divisors, key=lambda n: abs(math.log(n * config.family / machine.micro)))


def _sum_over_processes(parameters, loss, stop: bool) -> tuple[float, bool]:
    """Sum gradients and loss over the processes, in one message; tell whether any wants to stop."""
    if not dist.is_initialized():
        return loss.item(), stop
    extra = torch.tensor([loss.item(), float(stop)])
    message = torch.cat([p.grad.flatten() for p in parameters] + [extra])
    dist.all_reduce(message)
    vector_to_parameters(message[:-2], [p.grad for p in parameters])
    return message[-2].item(), message[-1].item() > 0


class _Stop:
    """Raised by the first Ctrl-C or SIGTERM, so that a run ends with a checkpoint.

    The second doesn't wait for it.
    """

    raised = False

    def __call__(self, *_):
        if self.raised:
            raise KeyboardInterrupt
        self.raised = True


@contextmanager
def _signals(handler: Callable | int) -> Iterator[None]:
    """Let a handler have Ctrl-C and SIGTERM for a while, if this is a program's main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {kind: signal.signal(kind, handler) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for kind, old in before.items():
            signal.signal(kind, old)


class _Examiner:
    """Legality and loss on held-out games, shared out over the processes."""

    def __init__(self, games: int, rank: int):
        self.moves = games_module.sample_moves(games, HELD_OUT_SEED, first=rank * games)
        choices = games_module.log_choices(self.moves)[:, 1:]
        self.floor = choices.sum(1).mean() + math.log(games_module.survival()[0])

    def __call__(self, model) -> dict[str, float]:
        seen = predict(model, self.moves)
        loss = seen.nll.mean()
        excess = loss - self.floor / seen.nll.shape[1]
        values = [loss, excess, 1 - seen.legal.mean(), seen.legal_mass.mean()]
        values = torch.tensor(np.array(values, np.float64))
        if dist.is_initialized():
            dist.all_reduce(values)
            values /= dist.get_world_size()
        names = ("held_out_loss", "excess", "illegal", "legal_mass")
        return dict(zip(names, values.tolist(), strict=True))


class _Log:
    """The progress bar, ``metrics.jsonl`` and, when asked for, W&B."""

    def __init__(self, run: _Run, out: Path, project: str | None):
        self.run, self.file, self.losses = run, out / "metrics.jsonl", []
        # A run that was killed may have left half a row, or rows beyond the state it resumes from.
        unfinished = self.file.with_name("metrics.jsonl.part")
        unfinished.write_text(_rows(self.file, run.games) if self.file.exists() else "")
        os.replace(unfinished, self.file)
        self.wandb = _wandb(project, run.config, out / "wandb.id") if project else None
        self.bar = tqdm(total=run.config.games, initial=run.games, unit=" games", mininterval=5)

    def step(self, loss: float, report: dict[str, float]):
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
        self.bar.close()
        if self.wandb:
            self.wandb.finish()


def _rows(file: Path, games: int) -> str:
    """Return the whole rows of a log up to a number of games."""
    rows = file.read_text().splitlines()
    kept = [r for r in rows if r.endswith("}") and json.loads(r)["games"] <= games]
    return "".join(row + "\n" for row in kept)


def _wandb(project: str, config: TrainConfig, name: Path):
    """Start a run on W&B, or go on with the one whose id a folder keeps."""
    import wandb

    known = name.read_text() if name.exists() else None
    try:
        run = wandb.init(project=project, config=asdict(config), id=known, resume="allow")
    except wandb.errors.Error as error:
        raise ConnectionError(f"W&B: {error}; log in with `wandb login` or leave it out") from error
    name.write_text(run.id)
    return run


# --- shipping a run's model ----------------------------------------------------------------------


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
    state = _read_state(run)
    if state["config"]["decay"] and state["games"] < state["config"]["games"]:
        print(f"{run} has not finished its decay: run `othello-gpt train` again to finish it")
    facts = dict(
        commands=_commands(state),
        games=state["games"],
        continuations=_continuations(state),
        hours=round(state["seconds"] / 3600, 2),
        machines=state.get("machines", _MACHINES_BEFORE),
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
        model.load_state_dict(state.get("averaged") or state["model"])
        model.save_pretrained(new)
        (new / "model.safetensors").chmod(0o644)  # safetensors lets nobody else read it
        (new / "metrics.jsonl").write_text(_rows(run / "metrics.jsonl", state["games"]))
        seen = examine(load_model(new), n_games)
        (new / "training.json").write_text(json.dumps(facts, indent=2) + "\n")
        (new / "README.md").write_text(
            _CARD.format(
                seen=seen,
                command="\n".join(facts["commands"]),
                on=" and ".join(facts["machines"]),
                unembedding=_UNEMBEDDING[model.config.tied],
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


# What the states of runs mean that were saved before there were these settings.
_BEFORE = {"siblings": 1, "opening": 1, "average": 0, "exported": False}
_MACHINES_BEFORE = ["2 CPU cores"]


def _stages(state: dict) -> list[dict]:
    """Return the settings of each run on the way, and the games after which it was ``stopped``."""
    stages = [*state["lineage"], {**state["config"], "stopped": state["games"]}]
    return [_BEFORE | stage for stage in stages]


def _commands(state: dict) -> list[str]:
    """Return the commands that lead to a run's model, each branched off the one before."""
    commands, usual, source = [], TrainConfig(), None
    for i, config in enumerate(_stages(state)):
        # Without a decay, what was planned makes no difference to what was done.
        planned = config["games"] if config["decay"] else config["stopped"]
        words = [f"othello-gpt train --out run{i} --games {planned}"]
        words += [f"--branch-from {source}"] if source else []
        # A branch has this from its trunk.
        words += ["--untied"] if not source and not state["model_config"]["tied"] else []
        words += [f"--decay {config['decay']}"] if config["decay"] else []
        words += [f"--stop-at {config['stopped']}"] if config["stopped"] < planned else []
        names = ["continuations", "siblings", *["opening"][: config["siblings"] > 1]]
        words += [f"--{name} {config[name]}" for name in (*names, "batch", "seed")]
        words += [f"--average {config['average']}"] if config["average"] else []
        rates = (name for name in ("muon_lr", "adam_lr") if config[name] != getattr(usual, name))
        words += [f"--{name.replace('_', '-')} {config[name]}" for name in rates]
        commands.append(" ".join(words))
        source = f"run{i}"
        if config["exported"]:
            commands.append(f"othello-gpt export {source} --out model{i}")
            source = f"model{i}"
    return commands


def _continuations(state: dict) -> int:
    """Return how many next moves of further games a run has trained on."""
    total = start = 0
    for config in _stages(state):
        positions = TrainConfig(
            **{k: v for k, v in config.items() if k not in ("stopped", "exported")}
        ).family
        games = config["stopped"] - start
        total += games // config["siblings"] * positions * config["continuations"]
        start = config["stopped"]
    return total


_UNEMBEDDING = {
    True: "The unembedding is the embedding's own matrix (tied), as in nanoGPT.",
    False: "The unembedding is a matrix of its own (untied), so nanoGPT's own GPT, which ties the\n"
    "two, can't hold this network; `othello_gpt.model.load_model` can.",
}
_CARD = """---
library_name: othello-gpt
license: mit
tags: [othello, othello-gpt, mechanistic-interpretability]
---

# A small GPT that plays 6x6 Othello

{model_config[n_layer]} layers, {model_config[n_head]} heads, d_model {model_config[n_embd]},
context {model_config[block_size]}, vocabulary {model_config[vocab_size]}, in nanoGPT's layout.
{unembedding}
It was trained to predict the next move of uniformly random games that never need a pass, each game
seen once. Where a command says `--continuations n`, the target at each position is the move of the
game and the moves of n further games that begin with the same moves: close to the position's set of
legal moves.
Where it says `--siblings n --opening m`, games come in families of n with the same first m moves;
where it says `--average n`, the weights are averages over about n games of training.
A run that goes on from an exported model has its weights; its optimisers begin afresh.

```
{command}
```

{games:,} games and {continuations:,} single moves of further games, {hours} hours on
{on}, torch {torch}.

```
{seen}
```

Load it with `othello_gpt.model.load_model()`. Tokens: 0 is padding, 1..32 are the 32 squares that
are not occupied at the start, row by row. Inputs are a game's first 31 moves.
"""

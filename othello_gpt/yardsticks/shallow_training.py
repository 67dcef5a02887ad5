"""How the shallow rival is trained: fresh games, all legal moves as targets, two cores."""

import math
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from tqdm import tqdm

from ..game import Games
from ..game.jit import njit
from ..model import HELD_OUT_SEED, REPORT_SEED, read_tensors
from .shallow import Shallow, hidden_into, load_shallow, save_shallow

MONITOR_SEED = HELD_OUT_SEED - 1
"""The seed of the games that say how a run is doing; nothing is reported on them but its curve."""
_STATE = {"config", "model", "optimiser", "games", "curve", "seconds"}
_CHUNK = 32  # games whose hidden layers fit into a core's cache


@dataclass(frozen=True)
class ShallowConfig:
    """A run: its games are those of ``seed`` in order, ``batch`` a step.

    The rate of Adam grows to ``rate`` over ``warm_up`` games and falls to nought along a cosine.

    Raises ``ValueError`` for a run that there can't be.
    """

    filters: int = 128
    games: int = 500_000
    seed: int = 0
    batch: int = 128
    rate: float = 1e-2
    warm_up: int = 20_000

    def __post_init__(self):
        for name in ("filters", "games", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}: one or more is needed")
        if self.seed in (HELD_OUT_SEED, MONITOR_SEED, REPORT_SEED):
            raise ValueError(f"the games of seed {self.seed} are for evaluation: choose another")

    @classmethod
    def of_width(cls, width: int, **settings) -> "ShallowConfig":
        """Return the run of a rival of a width; raises ``ValueError`` for no multiple of 8."""
        if width % 8:
            raise ValueError(f"the units come in eights, so no rival is {width} wide")
        return cls(width // 8, **settings)

    def rate_at(self, games: int) -> float:
        """Return the learning rate of the step that begins after so many games."""
        rest = min(1.0, games / self.games)
        rising = min(1.0, (games + self.batch) / max(1, self.warm_up))
        return self.rate * rising * (1 + math.cos(math.pi * rest)) / 2


def train_shallow(
    out: str | Path,
    config: ShallowConfig | None = None,
    stop_at: int | None = None,
    log_every: int = 25_000,
    log_games: int = 2000,
    checkpoint_minutes: float = 2.0,
) -> Path:
    """Train a rival into the file ``out`` and return its path; an unfinished run is resumed.

    A finished one of the same configuration is left as it is.

    The file appears when the run is complete. It tells how it was made and its ``curve``: games
    seen, the share of illegal first choices and the loss above that of a player who knows the legal
    moves (nats), on ``log_games`` games of ``MONITOR_SEED``, every ``log_every`` games. Until then
    the run is kept in ``out`` with the suffix ``.state.pt``. ``stop_at``: games after which to stop
    there, the schedule unchanged.

    Raises ``ValueError`` if either file holds a run of another configuration or something else.
    """
    out, config = Path(out), config or ShallowConfig()
    if out.exists():
        _, about = load_shallow(out)
        if about | asdict(config) != about:
            raise ValueError(f"{out}: a rival of other settings; give the same or another file")
        return out
    run = _Run.resumed(out.with_suffix(".state.pt"), config)
    monitor = Games.sample(log_games, MONITOR_SEED)
    saved = time.monotonic()
    end = min(config.games, config.games if stop_at is None else stop_at)
    with tqdm(total=config.games, initial=run.games, unit=" games", disable=None) as bar:
        while run.games < end:
            before = run.games
            run.step()
            bar.update(run.games - before)
            if run.games // log_every > before // log_every or run.games >= config.games:
                run.curve.append((run.games, *judged(run.model, monitor)))
                bar.set_postfix(illegal=f"{run.curve[-1][1]:.3%}")
            if time.monotonic() - saved > 60 * checkpoint_minutes:
                run.save()
                saved = time.monotonic()
    if run.games < config.games:
        run.save()
        return run.path
    command = f"othello-gpt rival --width {8 * config.filters} --games {config.games}"
    command += f" --seed {config.seed} --out {out.name}"
    about = asdict(config) | dict(command=command, curve=run.curve, seconds=round(run.seconds))
    save_shallow(run.model, out, about)
    run.path.unlink(missing_ok=True)
    return out


class _Run:
    """A run under way: the model, its optimiser, how many games it has seen and its curve."""

    def __init__(self, path: Path, config: ShallowConfig):
        self.path, self.config, self.model = path, config, Shallow(config.filters, config.seed)
        self.optimiser = torch.optim.Adam(self.model.parameters(), fused=True)
        self.games, self.seconds, self.curve = 0, 0.0, []

    @classmethod
    def resumed(cls, path: Path, config: ShallowConfig) -> "_Run":
        run = cls(path, config)
        if not path.exists():
            return run
        state = read_tensors(path)
        if not isinstance(state, dict) or _STATE - state.keys():
            raise ValueError(f"{path}: no run of a rival; delete it to start again")
        if state["config"] != asdict(config):
            raise ValueError(
                f"{path}: a run with {state['config']}, not {asdict(config)}; give the same "
                "values, or another file"
            )
        run.model.load_state_dict(state["model"])
        run.optimiser.load_state_dict(state["optimiser"])
        run.games, run.seconds, run.curve = state["games"], state["seconds"], state["curve"]
        return run

    def save(self) -> None:
        """Write the run's state, whole or not at all."""
        of = dict(games=self.games, seconds=self.seconds, curve=self.curve)
        of |= dict(model=self.model.state_dict(), optimiser=self.optimiser.state_dict())
        part = self.path.with_name(self.path.name + ".part")
        torch.save(of | dict(config=asdict(self.config)), part)
        os.replace(part, self.path)

    def step(self) -> None:
        """See the next games once."""
        began, count = time.monotonic(), min(self.config.batch, self.config.games - self.games)
        games = Games.sample(count, self.config.seed, first=self.games)
        self.optimiser.zero_grad()
        backward(self.model, games.tokens, games.legal_tokens[:, 1:])
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.rate_at(self.games)
        self.optimiser.step()
        self.games += count
        self.seconds += time.monotonic() - began


def backward(
    model: Shallow,
    tokens: Int64[np.ndarray, "games positions"],
    legal: Bool[np.ndarray, "games positions vocabulary"],
) -> None:
    """Add the gradient of the mean cross-entropy to legal moves, all alike, to ``grad``.

    The same as by autograd, in a third of the time: each sum is kept, not made anew.
    """
    target = _alike(legal) / legal[..., 0].size
    with ThreadPoolExecutor(2) as apart:  # the two halves share nothing but the games
        jobs = [apart.submit(_half, model, tokens, target[:, k::2], k) for k in range(2)]
    for job in jobs:
        for parameter, grad in zip(model.parameters(), job.result(), strict=True):
            parameter.grad = grad if parameter.grad is None else parameter.grad.add_(grad)


def _half(
    model: Shallow,
    tokens: Int64[np.ndarray, "games positions"],
    target: Float[torch.Tensor, "games half vocabulary"],
    parity: int,
) -> Sequence[torch.Tensor]:
    """Return what the positions of a parity add to the gradient of each parameter."""
    weights = model.weights(parity)
    played, bias, out = (w.detach() for w in weights)
    out_bias, share = model.out_bias.detach(), 1 / tokens.size  # of a position in the mean
    grads = [torch.zeros_like(w) for w in (played, bias, out, out_bias)]
    for first in range(0, len(tokens), _CHUNK):
        some, wanted = tokens[first : first + _CHUNK], target[first : first + _CHUNK]
        hidden = torch.empty(*wanted.shape[:2], len(out))
        hidden_into(played.numpy(), bias.numpy(), some, parity, hidden.numpy())
        rows, wanted = hidden.flatten(0, 1), wanted.flatten(0, 1)
        off = (rows @ out + out_bias).softmax(-1) * share - wanted
        grads[2].addmm_(rows.T, off)
        grads[3] += off.sum(0)
        back = (off @ out.T).view_as(hidden)
        arrays = (hidden, back, *grads[:2])
        _gradient_into(some, parity, *(a.numpy() for a in arrays))
    return torch.autograd.grad([*weights, model.out_bias], [*model.parameters()], grads)


def _alike(legal: Bool[np.ndarray, "..."]) -> torch.Tensor:
    """Return probabilities that are the same for all legal moves."""
    p = torch.from_numpy(legal).float()
    return p / p.sum(-1, keepdim=True)


@njit(nogil=True)
def _gradient_into(tokens, parity, hidden, back, of_played, of_bias):
    """Add the gradients of the vectors and biases, given that of the hidden layer."""
    for g in range(tokens.shape[0]):
        total = np.zeros_like(of_bias[0])
        for t in range(tokens.shape[1] - 1, -1, -1):  # a move is in all later sums
            if t % 2 == parity:
                out, down, of_less = hidden[g, t // 2], back[g, t // 2], of_bias[t]
                for w in range(len(total)):
                    here = down[w] if out[w] > 0 else np.float32(0)
                    total[w] += here
                    of_less[w] += here
            of_played[t, tokens[g, t]] += total


def judged(model: Shallow, games: Games) -> tuple[float, float]:
    """Return the share of first choices that are illegal, and the loss above the least.

    The least is that of a player who gives all legal moves the same probability, in nats.
    """
    wrong, above = judgements(model, games)
    return float(wrong.mean()), float(above.mean())


@torch.inference_mode()
def judgements(
    model: Shallow, games: Games
) -> tuple[Bool[np.ndarray, "games positions"], Float32[np.ndarray, "games positions"]]:
    """Return for each position what ``judged`` gives the means of."""
    wrong, above = [], []
    for some in games.batches(250):
        legal = some.legal_tokens[:, 1:]
        log_p = model(torch.from_numpy(some.tokens)).log_softmax(-1)
        wrong.append(~np.take_along_axis(legal, log_p.argmax(-1, keepdim=True).numpy(), -1)[..., 0])
        alike = _alike(legal)
        above.append((torch.special.entr(alike).neg() - alike * log_p).sum(-1).numpy())
    return np.concatenate(wrong), np.concatenate(above)

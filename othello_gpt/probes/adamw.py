"""The original notebook's recipe: AdamW on a squared error."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import torch
import torch.nn.functional as F
from jaxtyping import Float

from ..game import Games
from ..types import Moves
from .activations import Rows, activations, batches
from .logs import log_to
from .moments import indicators
from .probe import Probe, probe_of
from .scores import accuracy
from .sources import Source
from .targets import ORIGINAL, Target


def fit_adamw(
    source: Source,
    moves: Games | Moves,
    targets: Sequence[Target] = ORIGINAL,
    site: str = "resid_post 5",
    batch: int = 512,
    lr: float = 5e-4,
    betas: tuple[float, float] = (0.9, 0.99),
    weight_decay: float = 1e-3,
    seed: int = 0,
    wandb_project: str | None = None,
    held_out: Games | None = None,
    epochs: int = 3,
) -> Probe:
    """Return the original notebook's probe: AdamW on the squared error of indicators, at one site.

    No bias, weights of variance 1 / width at first, one step for each batch. The notebook took
    3 x 500 steps, so its recipe is this with 768,000 games. Targets must have two classes; a cell
    is of the second one where the probe's output is above 0.5.

    With ``held_out`` games the share of their cells that the probe gets right so far is measured
    after each of ``epochs`` equal parts of the games, shown in the progress bar and logged. No game
    is seen twice.

    Raises ``ValueError`` on a target of more classes or no epoch, and as ``batches`` and
    ``activations`` do.
    """
    if more := [t.name for t in targets if len(t.classes) != 2]:
        raise ValueError(f"{more[0]} has more than the two classes that this recipe is for")
    if epochs < 1:
        raise ValueError(f"{epochs} epochs: give at least one")
    right: dict[str, float] = {}
    each = _each_batch(source, moves, targets, site, batch, lambda: _shown(right))
    x, truth = first = next(each)  # there is one: ``batches`` refuses no games
    width, sizes = x.shape[1], [t.shape[1] for t in truth]
    generator = torch.Generator().manual_seed(seed)
    w = (torch.randn(width, sum(sizes), generator=generator) / width**0.5).to(x.device)
    w.requires_grad_()
    adam = torch.optim.AdamW([w], lr=lr, betas=betas, weight_decay=weight_decay)
    steps = math.ceil(len(moves) / batch)
    every = math.ceil(steps / epochs)
    with log_to(wandb_project, dict(fit="adamw", lr=lr, batch=batch)) as log:
        for step, (x, truth) in enumerate(chain([first], each), 1):
            loss = F.mse_loss(x @ w, torch.cat(truth, 1))
            adam.zero_grad()
            loss.backward()
            adam.step()
            row = {"loss": loss.item()}
            if held_out is not None and (step % every == 0 or step == steps):
                probe = _probe(source, targets, site, w, sizes, min(step * batch, len(moves)))
                found = accuracy(probe, source, held_out, targets)
                right |= {name: float(t.right.mean() / t.cells) for name, t in found.items()}
                row |= {f"accuracy of {name}": share for name, share in right.items()}
            log(row)
    return _probe(source, targets, site, w, sizes, len(moves))


def _probe(source, targets, site, w, sizes, games) -> Probe:
    parts = w.detach().T[None].split(sizes, 1)
    weight = {t.name: torch.stack([-p, p], 1) for t, p in zip(targets, parts, strict=True)}
    offset = w.new_tensor([[1.0], [0.0]])  # w x > 0.5 where w x > 1 - w x
    bias = {name: offset.expand(p.shape[:-1]) for name, p in weight.items()}
    return probe_of(source, targets, [site], weight, bias, "adamw", games)


def _shown(right: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.4f}" for name, share in right.items())


def _each_batch(
    source: Source,
    moves: Games | Moves,
    targets: Sequence[Target],
    site: str,
    batch: int,
    so_far: Callable[[], str],
) -> Iterator[tuple[Rows, list[Float[torch.Tensor, "rows cells"]]]]:
    """Yield activations and, for each target, whether a cell is of its second class."""
    for replay in batches(moves, batch, "adamw", so_far):
        with torch.no_grad():
            ((_, x),) = activations(source, replay, [site])
            truth = [indicators(t, replay, x.device)[:, 1] for t in targets]
        yield x, truth

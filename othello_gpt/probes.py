"""What the residual stream knows: targets, linear probes at every site, scores, baselines.

A probe maps the residual stream after each move to what is on the board; how well a *linear* map
does says how plainly the information lies there (Alain & Bengio 2016,
https://arxiv.org/abs/1610.01644). Games go through the network batch by batch and only sums are
kept, so memory doesn't grow with their number.

What is probed is a *source*: a module with ``sites`` (names) and ``residual_stream(tokens)``, which
yields [games, T, width] at each of them. A ``GPT`` is one; so are the baselines' hand-made
features, which therefore go through the same fits and the same scores.

Chapter: ``book/probes.py``.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from tqdm import tqdm

from . import games, rules
from .intervals import Interval, bootstrap, draws
from .model import GPT
from .rules import Replay

# --- targets ------------------------------------------------------------------------------------
# Each function takes replayed games of n moves and returns the class of each cell after each move
# but the last. Cells are the board's squares, in order, unless it says otherwise.


def empty(replay: Replay) -> np.ndarray:
    """Return which squares are empty, int8 [games, n - 1, squares]: 1 where empty, else 0."""
    return 1 - _cells(replay.after_first | replay.after_second, replay)


def board(replay: Replay) -> np.ndarray:
    """Return whose disc lies where, int8 [games, n - 1, squares]: 0 theirs, 1 empty, 2 mine.

    Mine is the side about to move (Nanda 2023, https://arxiv.org/abs/2309.00941).
    """
    mover, other = _sides(replay)
    return 1 + _cells(other, replay) - _cells(mover, replay)


def just_moved(replay: Replay) -> np.ndarray:
    """Return the discs of the side that has just moved, int8 [games, n - 1, squares]: 1 there.

    This is what the original notebook calls "mine".
    """
    return _cells(_sides(replay)[0], replay)


def legal_prev(replay: Replay) -> np.ndarray:
    """Return where the last move could have been played, int8 [games, n - 1, squares]: 1 there."""
    return _cells(replay.legal, replay)


def legal_next(replay: Replay) -> np.ndarray:
    """Return where the next move can be played, int8 [games, n - 1, squares]: 1 there, else 0."""
    return _cells(replay.legal[:, 1:], replay, all_of=True)


def colour(replay: Replay) -> np.ndarray:
    """Return the board in absolute colours, int8 [games, n - 1, squares].

    0 for the second player's discs, 1 for empty, 2 for the first player's.
    """
    return 1 + _cells(replay.after_first, replay) - _cells(replay.after_second, replay)


def previous_board(replay: Replay) -> np.ndarray:
    """Return the board before the last move, int8 [games, n - 1, squares].

    0 for theirs, 1 for empty, 2 for mine, the same two sides as in ``board``.
    """
    return 1 + _cells(replay.theirs, replay) - _cells(replay.mine, replay)


def captured(replay: Replay) -> np.ndarray:
    """Return the discs that the last move turned over, int8 [games, n - 1, squares]: 1 there."""
    return _cells(rules.flips(replay.mine, replay.theirs, replay.moves, replay.size), replay)


def last_move(replay: Replay) -> np.ndarray:
    """Return the square of the last move, one cell: int8 [games, n - 1, 1], its token - 1."""
    return (games.token_of_square(replay.size)[replay.moves[:, :-1, None]] - 1).astype(np.int8)


def parity(replay: Replay) -> np.ndarray:
    """Return the parity of the position, one cell: int8 [games, n - 1, 1], 0 after move 1."""
    plies = np.arange(replay.moves.shape[1] - 1)
    return np.broadcast_to(plies[:, None] % 2, (len(replay.moves), len(plies), 1)).astype(np.int8)


def first_position(replay: Replay) -> np.ndarray:
    """Return whether only one move was played, one cell: int8 [games, n - 1, 1], 1 or 0."""
    first = np.zeros((len(replay.moves), replay.moves.shape[1] - 1, 1), np.int8)
    first[:, 0] = 1
    return first


def flips_so_far(replay: Replay) -> np.ndarray:
    """Return how often each square has been turned over so far, int8 [games, n - 1, squares]."""
    return captured(replay).cumsum(1, dtype=np.int8)


def flips_ignored(replay: Replay) -> Replay:
    """Return the same moves, played on a board on which no disc is ever turned over.

    Legal squares are those that the rules allow on that board. Any target of this is what a reader
    would say who follows the moves but not their flips.
    """
    played = replay.moves != rules.NO_MOVE
    discs = np.where(played, np.uint64(1) << replay.moves.clip(0).astype(np.uint64), np.uint64(0))
    starts = {rules.FIRST: replay.mine[:, :1], rules.SECOND: replay.theirs[:, :1]}
    after = [
        np.bitwise_or.accumulate(np.where(replay.player == side, discs, 0), 1) | start
        for side, start in starts.items()
    ]
    before = [bits & ~discs for bits in after]
    mine, theirs = np.where(replay.player == rules.FIRST, before, before[::-1])
    legal = rules.legal_moves(mine, theirs, replay.size)
    # An entry past a game's end is 0.
    mine, theirs, legal, *after = (np.where(played, b, 0) for b in (mine, theirs, legal, *after))
    return Replay(replay.moves, mine, theirs, legal, replay.player, *after, replay.size)


def by_colour(replay: Replay) -> Replay:
    """Return the same positions as if the second player had moved each time.

    So *mine* is always the first player's, *theirs* and the legal squares the second player's: any
    target of this is the same question asked in absolute colours. ``captured`` isn't one, as only
    the side that moved can have turned discs.
    """
    by_second = replay.player == rules.SECOND
    mine = np.where(by_second, replay.mine, replay.theirs)
    theirs = np.where(by_second, replay.theirs, replay.mine)
    legal = rules.legal_moves(mine, theirs, replay.size)
    player = np.where(replay.player == 0, 0, rules.SECOND).astype(np.int8)
    return replace(replay, mine=mine, theirs=theirs, legal=legal, player=player)


def _cells(bits: np.ndarray, replay: Replay, all_of: bool = False) -> np.ndarray:
    bits = bits if all_of else bits[:, :-1]
    return rules.to_array(bits, replay.size).reshape(*bits.shape, -1).astype(np.int8)


def _sides(replay: Replay) -> tuple[np.ndarray, np.ndarray]:
    """Return the discs after each move of the side that made it, and of the other one."""
    first = replay.player == rules.FIRST
    mover = np.where(first, replay.after_first, replay.after_second)
    return mover, np.where(first, replay.after_second, replay.after_first)


@dataclass(frozen=True)
class Target:
    """Something to read: a name, the names of its classes, and the function that labels games."""

    name: str
    classes: tuple[str, ...]
    labels: Callable[[Replay], np.ndarray]


_TOKEN_NAMES = tuple(rules.square_name(s) for s in games.square_of_token()[1:])
_NO_YES = ("no", "yes")
TARGETS = {
    function.__name__: Target(function.__name__, classes, function)
    for function, classes in [
        (empty, _NO_YES),
        (board, ("theirs", "empty", "mine")),
        (just_moved, _NO_YES),
        (legal_prev, _NO_YES),
        (legal_next, _NO_YES),
        (colour, ("second", "empty", "first")),
        (previous_board, ("theirs", "empty", "mine")),
        (captured, _NO_YES),
        (last_move, _TOKEN_NAMES),
        (parity, ("even", "odd")),
        (first_position, _NO_YES),
    ]
}
# One cell each, and easy.
SINGLE = ("last_move", "parity", "first_position")
# Those that have another answer in absolute colours (as ``board`` has in ``colour``).
SIDED = tuple(
    TARGETS[name] for name in ("just_moved", "legal_prev", "legal_next", "previous_board")
)
ORIGINAL = tuple(TARGETS[name] for name in ("empty", "just_moved", "legal_prev", "legal_next"))


def absolute(target: Target) -> Target:
    """Return ``target`` asked in absolute colours; see ``by_colour``."""
    return Target(f"absolute {target.name}", target.classes, lambda r: target.labels(by_colour(r)))


def control(target: Target, seed: int = 0) -> Target:
    """Return a control task for ``target`` (Hewitt & Liang 2019, https://arxiv.org/abs/1909.03368).

    Each pair of a ply and a square just played is given, once and for all, the labels that a random
    game has at that ply. Such labels look like real ones and depend on the input alone, but mean
    nothing: a probe that gets them right has memorised, not read.
    """
    size, plies = 6, 31
    random_games = rules.replay(games.sample_moves(plies * size**2, seed))
    table = target.labels(random_games).reshape(plies, size**2, plies, -1)
    table = table[np.arange(plies), :, np.arange(plies)]  # [ply, square just played, cells]

    def labels(replay: Replay) -> np.ndarray:
        return table[np.arange(plies), replay.moves[:, :-1]]

    return Target(f"control of {target.name}", target.classes, labels)


# --- sources ------------------------------------------------------------------------------------


class Ply(nn.Module):
    """Features that know only how many moves were played: their ridge is the majority baseline.

    The least-squares fit to one indicator per ply is the frequency of each class at that ply, so
    the largest is the majority class by square and ply.
    """

    sites = ("ply",)

    def residual_stream(self, tokens):
        """Yield one indicator per ply, [games, T, T]."""
        plies = torch.eye(tokens.shape[1], device=tokens.device)
        yield plies.expand(len(tokens), -1, -1)


class BagOfMoves(nn.Module):
    """Features that know which squares either side has played, in what order they don't."""

    sites = ("bag of moves",)

    def residual_stream(self, tokens):
        """Yield [games, T, 33 + 33 + T]: squares of theirs, squares of mine, and the ply."""
        played = F.one_hot(tokens, 33).float()
        odd = (torch.arange(tokens.shape[1], device=tokens.device) % 2)[:, None]
        by_first, by_second = (played * (1 - odd)).cumsum(1), (played * odd).cumsum(1)
        theirs = torch.where(odd == 0, by_first, by_second)
        yield torch.cat([theirs, by_first + by_second - theirs, *Ply().residual_stream(tokens)], -1)


def untrained(model: GPT, seed: int = 0) -> GPT:
    """Return a network of the same shape with the weights that training starts from."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return GPT(model.config).eval().requires_grad_(False)


def fingerprint(source: nn.Module) -> str:
    """Return a hash of a source's kind and weights, which says whom a probe belongs to.

    A compiled network has that of the network that was compiled.
    """
    source = getattr(source, "_orig_mod", source)
    digest = hashlib.sha256(type(source).__name__.encode())
    for name, tensor in sorted(source.state_dict().items()):
        digest.update(name.encode() + _bytes(tensor))
    return digest.hexdigest()[:16]


def _bytes(tensor: torch.Tensor) -> bytes:
    flat = tensor.detach().cpu().contiguous().flatten()
    return flat.view(torch.uint8).numpy().tobytes()  # numpy has no bfloat16


def _batches(moves: np.ndarray, batch: int, doing: str) -> Iterator[Replay]:
    """Yield games, replayed, ``batch`` at a time; a progress bar is shown in a terminal.

    Raises ``ValueError`` if there are none, or if a side has to pass in one of them.
    """
    if not len(moves):
        raise ValueError(f"no games for {doing}: give at least one")
    with tqdm(total=len(moves), desc=doing, unit=" games", disable=None, leave=False) as bar:
        for first in range(0, len(moves), batch):
            part = moves[first : first + batch]
            replay = rules.replay(part)
            _refuse_passes(replay, first)
            yield replay
            bar.update(len(part))


def _refuse_passes(replay: Replay, first: int) -> None:
    # Targets take the side that didn't just move for the one about to move.
    again = (replay.player[:, 1:] == replay.player[:, :-1]) & (replay.player[:, 1:] != 0)
    if again.any():
        game, ply = np.argwhere(again)[0]
        raise ValueError(
            f"game {first + game} has a forced pass before move {ply + 2}, after which mine and "
            "theirs would be exchanged: leave games with passes out"
        )


def activations(
    source: nn.Module, replay: Replay, sites: Sequence[str]
) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield (index into ``sites``, activations [rows, width]), rows being games * (moves - 1).

    Raises ``ValueError`` on a site that the source doesn't have and on NaN or infinite activations.
    """
    if unknown := sorted(set(sites) - set(source.sites)):
        raise ValueError(f"no site {unknown[0]!r} here: the sites are {', '.join(source.sites)}")
    tokens = torch.from_numpy(games.tokens_of(replay.moves[:, :-1], replay.size))
    device = next((p.device for p in source.parameters()), "cpu")
    left = set(sites)
    for site, x in zip(source.sites, source.residual_stream(tokens.to(device)), strict=False):
        if site in left:
            left.remove(site)
            if not x.sum().isfinite():
                raise ValueError(f"the activations at {site} hold NaN or infinite values")
            yield sites.index(site), x.flatten(0, 1).float()
        if not left:
            return


# --- probes -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Probe:
    """Linear maps from activations to targets, at some sites of one source.

    Of each target, ``weight`` is [sites, classes, cells, width], ``bias`` [sites, classes, cells],
    ``classes`` their names, ``scores`` (once known) the cell accuracy at each site. ``source`` is
    the fingerprint of what was probed.
    """

    weight: dict[str, torch.Tensor]
    bias: dict[str, torch.Tensor]
    classes: dict[str, tuple[str, ...]]
    sites: tuple[str, ...]
    source: str
    fit: str
    games: int
    scores: dict[str, list[float]] = field(default_factory=dict)

    def logits(self, target: str, site: str, x: torch.Tensor) -> torch.Tensor:
        """Return [rows, classes, cells] for activations [rows, width]; the largest is read.

        Raises ``ValueError`` on a target or site that the probe doesn't have, or a wrong width.
        """
        weight, bias = self._map(target, site, x)
        return torch.addmm(bias.flatten(), x, weight.flatten(0, 1).T).unflatten(1, bias.shape)

    def classify(self, target: str, site: str, x: torch.Tensor) -> torch.Tensor:
        """Return the class that is read, int8 [rows, cells], for activations [rows, width]."""
        weight, bias = self._map(target, site, x)
        if len(weight) == 2:  # the sign of the difference, at a third of the cost
            return (torch.addmm(bias[1] - bias[0], x, (weight[1] - weight[0]).T) > 0).to(torch.int8)
        return _largest(self.logits(target, site, x))

    def directions(self, target: str, site: str, plus: str, minus: str) -> torch.Tensor:
        """Return unit vectors [cells, width] from class ``minus`` towards class ``plus``.

        Raises ``ValueError`` on a target, site or class that the probe doesn't have.
        """
        at = self._index(target, site)
        weight, names = self.weight[target][at], self.classes[target]
        for name in (plus, minus):
            if name not in names:
                raise ValueError(f"no class {name!r} in {target}: they are {', '.join(names)}")
        return F.normalize(weight[names.index(plus)] - weight[names.index(minus)], dim=-1)

    def _map(self, target: str, site: str, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        at = self._index(target, site)
        weight, bias = self.weight[target][at], self.bias[target][at]
        if x.shape[-1] != weight.shape[-1]:
            raise ValueError(
                f"activations are {x.shape[-1]} wide, the probe is {weight.shape[-1]} wide"
            )
        return weight, bias

    def _index(self, target: str, site: str) -> int:
        if target not in self.weight:
            raise ValueError(f"no target {target!r} here: the probe's are {', '.join(self.weight)}")
        if site not in self.sites:
            raise ValueError(f"no site {site!r} here: the probe's are {', '.join(self.sites)}")
        return self.sites.index(site)


def _largest(logits: torch.Tensor) -> torch.Tensor:
    # ``max`` is fifteen times as fast here as ``argmax``.
    return logits.max(1).indices.to(torch.int8)


def save_probe(probe: Probe, path: str | Path) -> None:
    """Write a probe as a ``.safetensors`` file; whose it is and how good is in the metadata."""
    tensors = {f"{target}.weight": w.contiguous() for target, w in probe.weight.items()}
    tensors |= {f"{target}.bias": b.contiguous() for target, b in probe.bias.items()}
    about = {name: getattr(probe, name) for name in _METADATA}
    save_file(tensors, path, {name: json.dumps(value) for name, value in about.items()})


_METADATA = ("classes", "sites", "source", "fit", "games", "scores")


def load_probe(path: str | Path, source: nn.Module) -> Probe:
    """Return the probe in a file that ``save_probe`` wrote, if it was fitted to this very source.

    Raises ``ValueError``, in one sentence, if the file isn't a probe, was fitted to another model
    or to sites that this one doesn't have, or holds tensors of a wrong shape or NaN.
    """
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path}: truncated or not a safetensors file ({error})") from error
    if missing := [name for name in _METADATA if name not in about]:
        raise ValueError(f"{path}: not a probe, its metadata has no {missing[0]!r}")
    about = {name: json.loads(about[name]) for name in _METADATA}
    if about["source"] != fingerprint(source):
        raise ValueError(
            f"{path}: fitted to model {about['source']}, but this one is {fingerprint(source)}"
        )
    sites = tuple(about["sites"])
    if unknown := [site for site in sites if site not in source.sites]:
        raise ValueError(f"{path}: fitted at {unknown[0]!r}, a site that this model doesn't have")
    classes = {target: tuple(names) for target, names in about["classes"].items()}
    weight = {target: tensors.pop(f"{target}.weight", torch.empty(0)) for target in classes}
    bias = {target: tensors.pop(f"{target}.bias", torch.empty(0)) for target in classes}
    width = next(source.residual_stream(torch.ones(1, 1, dtype=torch.long))).shape[-1]
    for target, w in weight.items():
        cells = w.shape[2] if w.ndim == 4 else "cells"
        want = (len(sites), len(classes[target]), cells, width)
        if tuple(w.shape) != want or bias[target].shape != w.shape[:-1]:
            have = tuple(w.shape)
            raise ValueError(f"{path}: the probe of {target} has shape {have}, not {want}")
        if not (w.isfinite().all() and bias[target].isfinite().all()):
            raise ValueError(f"{path}: the probe of {target} holds NaN or infinite values")
    return Probe(weight, bias, **(about | dict(sites=sites, classes=classes)))


# --- fits ---------------------------------------------------------------------------------------


class _Moments:
    """Sums over rows from which least squares follow, in float64: one Gram matrix for all targets.

    A batch is multiplied in float32, after subtracting the first batch's mean: activations are
    float32 themselves, and what a residual stream has in common would drown what varies.
    """

    def __init__(self):
        self.rows, self.xx, self.xy, self.x, self.y, self.shift = 0, {}, {}, {}, 0.0, {}

    def add_labels(self, y: torch.Tensor):
        self.rows += len(y)
        self.y += y.sum(0, dtype=torch.float64)

    def add(self, site: int, x: torch.Tensor, y: torch.Tensor):
        x = x - self.shift.setdefault(site, x.mean(0))
        self.xx[site] = self.xx.get(site, 0.0) + (x.T @ x).double()
        self.xy[site] = self.xy.get(site, 0.0) + (x.T @ y).double()
        self.x[site] = self.x.get(site, 0.0) + x.sum(0, dtype=torch.float64)

    def covariance_to_the(self, power: float, site: int, penalty: float) -> torch.Tensor:
        """Return a power of the rows' covariance + ``penalty`` * their mean variance * identity."""
        mean = self.x[site] / self.rows
        values, vectors = torch.linalg.eigh(self.xx[site] / self.rows - mean.outer(mean))
        values = values.clamp(min=0) + penalty * values.mean()
        return vectors * values**power @ vectors.T

    def mean(self, site: int) -> torch.Tensor:
        return self.shift[site] + self.x[site] / self.rows

    def cross(self, site: int) -> torch.Tensor:
        """Return the covariance of the rows with the labels, [width, columns]."""
        return self.xy[site] / self.rows - (self.x[site] / self.rows).outer(self.y / self.rows)

    def solve(self, site: int, penalty: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return weights [width, columns] and biases [columns] of the ridge regression."""
        weight = self.covariance_to_the(-1, site, penalty) @ self.cross(site)
        return weight, self.y / self.rows - self.mean(site) @ weight

    def squared_error(self, site: int, penalty: float) -> float:
        """Return the mean squared error of ``solve`` on the rows, mean over columns of 0 or 1."""
        p, cross = self.y / self.rows, self.cross(site)
        weight = self.covariance_to_the(-1, site, penalty) @ cross
        explained = weight * (2 * cross - self.covariance_to_the(1, site, 0.0) @ weight)
        return (p * (1 - p) - explained.sum(0)).mean().item()


def _indicators(target: Target, replay: Replay, device) -> torch.Tensor:
    """Return [rows, classes, cells], 1 where the cell is of the class."""
    labels = torch.from_numpy(target.labels(replay)).to(device).flatten(0, 1)
    classes = torch.arange(len(target.classes), dtype=torch.int8, device=device)
    return (labels[:, None] == classes[:, None]).float()


def _moments(source, moves, targets, sites, batch) -> tuple[_Moments, list[torch.Size]]:
    moments = _Moments()
    for replay in _batches(moves, batch, "ridge"):
        y = None
        for site, x in activations(source, replay, sites):
            if y is None:
                indicators = [_indicators(t, replay, x.device) for t in targets]
                # Indicators sum to one, so the first class follows from the others.
                y = torch.cat([i[:, 1:].flatten(1) for i in indicators], 1)
                moments.add_labels(y)
            moments.add(site, x, y)
    return moments, [i.shape[1:] for i in indicators]


def _ridge(source, moves, targets, sites, penalty, batch) -> tuple[Probe, _Moments]:
    moments, shapes = _moments(source, moves, targets, sites, batch)
    solved = [moments.solve(site, penalty) for site in range(len(sites))]
    weights = _by_target(torch.stack([w.T for w, _ in solved]), targets, shapes)
    biases = _by_target(torch.stack([b for _, b in solved]), targets, shapes)
    weight = {name: torch.cat([-w.sum(1, keepdim=True), w], 1) for name, w in weights.items()}
    bias = {name: torch.cat([1 - b.sum(1, keepdim=True), b], 1) for name, b in biases.items()}
    return _probe(source, targets, sites, weight, bias, "ridge", len(moves)), moments


def _by_target(columns, targets, shapes) -> dict[str, torch.Tensor]:
    """Return [sites, columns, ...] as target -> [sites, classes - 1, cells, ...]."""
    sizes = [(classes - 1) * cells for classes, cells in shapes]
    return {
        t.name: part.unflatten(1, (classes - 1, cells))
        for t, (classes, cells), part in zip(targets, shapes, columns.split(sizes, 1), strict=True)
    }


def _probe(source, targets, sites, weight, bias, fit, n_games) -> Probe:
    classes = {t.name: t.classes for t in targets}
    weight, bias = ({name: x.float() for name, x in part.items()} for part in (weight, bias))
    return Probe(weight, bias, classes, tuple(sites), fingerprint(source), fit, n_games)


@torch.no_grad()
def fit_ridge(
    source: nn.Module,
    moves: np.ndarray,
    targets: Sequence[Target] = tuple(TARGETS.values()),
    sites: Sequence[str] | None = None,
    penalty: float = 1e-5,
    batch: int = 256,
    wandb_project: str | None = None,
) -> Probe:
    """Return the ridge regression of every target's class indicators, at every site, in one pass.

    ``moves``: squares [games, 32]. ``penalty`` is relative to the activations' mean variance; the
    intercept isn't penalised. In its limit of 0 this is the exact minimum of the squared error that
    the original notebook's AdamW descended (see ``fit_adamw``). What is logged when asked for is
    that error on ``moves``, one row for each site.

    Raises ``ValueError`` on activations that aren't finite.
    """
    sites = tuple(sites or source.sites)
    with _log(wandb_project, dict(fit="ridge", penalty=penalty, sites=sites)) as log:
        probe, moments = _ridge(source, moves, targets, sites, penalty, batch)
        for site in range(len(sites)) if wandb_project else ():
            log({"site": site, "loss": moments.squared_error(site, penalty)})
    return probe


@torch.no_grad()
def fit_means(
    source: nn.Module,
    moves: np.ndarray,
    targets: Sequence[Target] = tuple(TARGETS.values()),
    sites: Sequence[str] | None = None,
    batch: int = 256,
) -> Probe:
    """Return the nearest-class-mean probe of every target, at every site, in one pass.

    Its weights are where the activations of a class lie, so its ``directions`` are those in which
    the network *writes*; the ridge's, in which one best *reads*, also avoid whatever else varies
    (Haufe 2014, https://doi.org/10.1016/j.neuroimage.2013.10.067). A class that never occurs in a
    cell gets the mean of all activations, and is never read.
    """
    sites = sites or source.sites
    moments, shapes = _moments(source, moves, targets, sites, batch)
    share = _by_target(moments.y[None] / moments.rows, targets, shapes)
    cross = torch.stack([moments.cross(site).T for site in range(len(sites))])
    centre = torch.stack([moments.mean(site) for site in range(len(sites))])[:, None, None]
    weight, bias = {}, {}
    for name, c in _by_target(cross, targets, shapes).items():
        p = torch.cat([1 - share[name].sum(1, keepdim=True), share[name]], 1)[..., None]
        c = torch.cat([-c.sum(1, keepdim=True), c], 1)
        weight[name] = torch.where(p > 0.5 / moments.rows, c / p, 0.0)  # minus the mean of all
        radius = weight[name].square().sum(-1) / 2 + (weight[name] * centre).sum(-1)
        bias[name] = torch.where(p[..., 0] > 0.5 / moments.rows, -radius, -1e9)
    return _probe(source, targets, sites, weight, bias, "means", len(moves))


@torch.no_grad()
def fit_logistic(
    source: nn.Module,
    moves: np.ndarray,
    targets: Sequence[Target] = (TARGETS["board"],),
    sites: Sequence[str] | None = None,
    warm_up: int = 1024,
    batch: int = 32,
    lr: float = 0.03,
    wandb_project: str | None = None,
) -> Probe:
    """Return the multinomial logistic regression of every target, at every site, in one pass.

    The first ``warm_up`` games give a ridge regression to start from and a whitening of the
    activations; with that, the few hundred steps of Adam that the other games pay for, at a rate
    that falls linearly to 0, come close to the optimum.

    Raises ``ValueError`` if the warm-up leaves no game for a single step.
    """
    if len(moves) <= warm_up:
        raise ValueError(
            f"{len(moves)} games leave none for a step after the {warm_up} of the warm-up: "
            "give more games or a smaller warm_up"
        )
    sites = list(sites or source.sites)
    start, moments = _ridge(source, moves[:warm_up], targets, sites, 1e-5, 256)
    means = [moments.mean(site).float() for site in range(len(sites))]
    white = [moments.covariance_to_the(-0.5, s, 1e-5).float() for s in range(len(sites))]
    # A column more, which multiplies a constant input, holds the biases.
    parameters = []
    for t in targets:
        w, b = start.weight[t.name], start.bias[t.name]
        rotated = [w[s] @ white[s].inverse().T for s in range(len(sites))]
        centred = [b[s] + w[s] @ means[s] for s in range(len(sites))]
        joined = torch.cat([torch.stack(rotated), torch.stack(centred)[..., None]], -1)
        parameters.append(_RIDGE_TO_LOGITS * joined)
    adam = torch.optim.Adam(parameters, lr=lr, betas=(0.9, 0.99))
    rate = _falling_rate(adam, math.ceil(len(moves[warm_up:]) / batch))
    with _log(wandb_project, dict(fit="logistic", lr=lr, batch=batch)) as log:
        for replay in _batches(moves[warm_up:], batch, "logistic"):
            for p in parameters:
                p.grad = torch.zeros_like(p)
            truths = [_indicators(t, replay, parameters[0].device) for t in targets]
            loss = 0.0
            for site, x in activations(source, replay, sites):
                z = F.pad((x - means[site]) @ white[site], (0, 1), value=1.0)
                for truth, p in zip(truths, parameters, strict=True):
                    said = (z @ p[site].flatten(0, 1).T).view_as(truth).softmax(1)
                    if wandb_project:
                        loss -= (said * truth).sum(1).clamp(min=1e-9).log().mean().item()
                    slope = said.sub_(truth).flatten(1)
                    p.grad[site] = (slope.T @ z).view_as(p[site]) / len(z)
            adam.step()
            rate.step()
            log({"loss": loss / len(sites) / len(targets)})
    weight, bias = {}, {}
    for t, p in zip(targets, parameters, strict=True):
        w = torch.stack([p[s, ..., :-1] @ white[s].T for s in range(len(sites))])
        weight[t.name] = w
        bias[t.name] = torch.stack([p[s, ..., -1] - w[s] @ means[s] for s in range(len(sites))])
    return _probe(source, targets, sites, weight, bias, "logistic", len(moves))


# Least squares aim at 0 and 1; this is about the slope at which a logistic map has its half-way
# point where theirs is.
_RIDGE_TO_LOGITS = 8.0


def _falling_rate(optimiser, steps: int):
    return torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, max(steps, 1))


@contextmanager
def _log(project: str | None, config: dict):
    """Give a function that logs to Weights & Biases, or nowhere if there is no ``project``."""
    if project is None:
        yield lambda row: None
        return
    import wandb

    with wandb.init(project=project, config=config) as run:
        yield run.log


def fit_adamw(
    source: nn.Module,
    moves: np.ndarray,
    targets: Sequence[Target] = ORIGINAL,
    site: str = "resid_post 5",
    batch: int = 512,
    lr: float = 5e-4,
    betas: tuple[float, float] = (0.9, 0.99),
    weight_decay: float = 1e-3,
    seed: int = 0,
    wandb_project: str | None = None,
) -> Probe:
    """Return the original notebook's probe: AdamW on the squared error of indicators, at one site.

    No bias, weights of variance 1 / width at first, one step for each batch. The notebook took
    3 x 500 steps, so its recipe is this with 768,000 games. Targets must have two classes; a cell
    is of the second one where the probe's output is above 0.5.
    """
    generator = torch.Generator().manual_seed(seed)
    w = None
    with _log(wandb_project, dict(fit="adamw", lr=lr, batch=batch)) as log:
        for replay in _batches(moves, batch, "adamw"):
            with torch.no_grad():
                ((_, x),) = activations(source, replay, [site])
                truth = [_indicators(t, replay, x.device)[:, 1] for t in targets]
            if w is None:
                shape = x.shape[1], sum(t.shape[1] for t in truth)
                w = (torch.randn(shape, generator=generator) / shape[0] ** 0.5).to(x.device)
                w.requires_grad_()
                adam = torch.optim.AdamW([w], lr=lr, betas=betas, weight_decay=weight_decay)
            loss = F.mse_loss(x @ w, torch.cat(truth, 1))
            adam.zero_grad()
            loss.backward()
            adam.step()
            log({"loss": loss.item()})
    parts = w.detach().T[None].split([t.shape[1] for t in truth], 1)
    weight = {t.name: torch.stack([-p, p], 1) for t, p in zip(targets, parts, strict=True)}
    offset = w.new_tensor([[1.0], [0.0]])  # w x > 0.5 where w x > 1 - w x
    bias = {name: offset.expand(p.shape[:-1]) for name, p in weight.items()}
    return _probe(source, targets, [site], weight, bias, "adamw", len(moves))


@dataclass(frozen=True, eq=False)
class MLPProbe:
    """A linear probe and what a hidden layer adds to it, of one target at one site."""

    linear: Probe
    hidden: nn.Module
    classes: dict[str, tuple[str, ...]]
    sites: tuple[str, ...]
    source: str
    fit: str = "mlp"

    def logits(self, target: str, site: str, x: torch.Tensor) -> torch.Tensor:
        """Return [rows, classes, cells] for activations [rows, width]."""
        if (target,) != tuple(self.classes) or (site,) != self.sites:
            raise ValueError(f"this probe reads {list(self.classes)} at {self.sites}, nothing else")
        return self.linear.logits(target, site, x) + self.hidden(x)

    def classify(self, target: str, site: str, x: torch.Tensor) -> torch.Tensor:
        """Return the class that is read, int8 [rows, cells], for activations [rows, width]."""
        return _largest(self.logits(target, site, x))


def fit_mlp(
    source: nn.Module,
    moves: np.ndarray,
    linear: Probe,
    target: Target,
    site: str,
    width: int = 512,
    batch: int = 32,
    lr: float = 2e-3,
    seed: int = 0,
    wandb_project: str | None = None,
) -> MLPProbe:
    """Return a non-linear probe, an upper bound of sorts for what a linear one could read.

    One hidden layer of GELUs on whitened activations is trained to correct the logits of ``linear``
    (a logistic regression): cross-entropy, Adam at a rate that falls linearly to 0. It begins at no
    correction, so whatever it gains is what isn't linear.
    """
    with torch.no_grad():
        moments, (shape,) = _moments(source, moves[:1024], [target], [site], 256)
    mean, white = moments.mean(0).float(), moments.covariance_to_the(-0.5, 0, 1e-5).float()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        first, last = nn.Linear(len(mean), width), nn.Linear(width, math.prod(shape))
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    hidden = nn.Sequential(first, nn.GELU(), last, nn.Unflatten(1, shape)).to(mean.device)
    adam = torch.optim.Adam(hidden.parameters(), lr=lr)
    rate = _falling_rate(adam, math.ceil(len(moves) / batch))
    with _log(wandb_project, dict(fit="mlp", lr=lr, batch=batch, width=width)) as log:
        for replay in _batches(moves, batch, "mlp"):
            with torch.no_grad():
                ((_, x),) = activations(source, replay, [site])
                truth = _indicators(target, replay, x.device)
                logits = linear.logits(target.name, site, x)
            loss = F.cross_entropy(logits + hidden((x - mean) @ white), truth)
            adam.zero_grad()
            loss.backward()
            adam.step()
            rate.step()
            log({"loss": loss.item()})
    with torch.no_grad():  # fold the whitening into the first layer
        first.weight.copy_(first.weight @ white)
        first.bias.sub_(first.weight @ mean)
    classes = {target.name: target.classes}
    return MLPProbe(linear, hidden.requires_grad_(False), classes, (site,), fingerprint(source))


# --- scores -------------------------------------------------------------------------------------


_OF_SITES = ("right", "squares", "hits")


@dataclass(frozen=True)
class Tally:
    """How many cells a probe got right, game by game, so that intervals can be over games.

    ``right``: int16 [sites, games, plies], of ``cells``; ``squares``: int16 [sites, games, cells],
    of plies; ``hits``: int32 [sites, games, classes], the cells of a class that were called so;
    ``totals``: int32 [games, classes].
    """

    right: np.ndarray
    squares: np.ndarray
    hits: np.ndarray
    totals: np.ndarray
    cells: int

    def at(self, site: int) -> Tally:
        """Return the tally of one site, the site's axis kept."""
        return replace(self, **{name: getattr(self, name)[[site]] for name in _OF_SITES})

    def best(self) -> int:
        """Return the index of the site where most cells are right."""
        return int(self.right.sum((1, 2)).argmax())

    def accuracy(self) -> Interval:
        """Return the share of cells that are right, at each site."""
        return bootstrap(self.right.mean(2).T / self.cells)

    def by_ply(self) -> Interval:
        """Return the share of cells that are right, [sites, plies]."""
        return bootstrap(self.right.transpose(1, 0, 2) / self.cells)

    def by_square(self) -> Interval:
        """Return the share of positions in which a cell is right, [sites, cells]."""
        return bootstrap(self.squares.transpose(1, 0, 2) / self.right.shape[2])

    def whole_board(self) -> Interval:
        """Return the share of positions whose cells are all right, at each site."""
        return bootstrap((self.right == self.cells).mean(2).T)

    def macro(self) -> Interval:
        """Return the mean over classes of the share of a class that is called so, at each site."""
        return bootstrap_shares(self.hits.swapaxes(0, 1), self.totals[:, None], over_last=True)


def bootstrap_shares(hits, totals, over_last: bool = False, resamples: int = 1000) -> Interval:
    """Return sum(hits) / sum(totals) over games, for arrays [games, ...], with 95% intervals.

    Games are resampled, as in ``intervals.bootstrap``; what varies here is also how many chances a
    game has to be right. ``over_last``: the mean of the shares along the last axis.
    """
    totals = np.broadcast_to(totals, hits.shape)
    n = len(hits)
    drawn = np.concatenate([np.ones((1, n)), draws(n, resamples)])  # first, the games as they are
    sums = [(drawn @ a.reshape(n, -1)).reshape(-1, *a.shape[1:]) for a in (hits, totals)]
    shares = sums[0] / np.maximum(sums[1], 1)
    shares = shares.mean(-1) if over_last else shares
    low, high = np.quantile(shares[1:], [0.025, 0.975], axis=0)
    return Interval(shares[0], low, high)


def tally(predicted: np.ndarray, truth: np.ndarray, n_classes: int) -> Tally:
    """Return the tally of predicted classes [sites, games, plies, cells] against the true ones."""
    same = predicted == truth
    of_class = [truth == c for c in range(n_classes)]
    hits = [(same & c).sum((2, 3), dtype=np.int32) for c in of_class]
    totals = [c.sum((1, 2), dtype=np.int32) for c in of_class]
    right, squares = (same.sum(axis, dtype=np.int16) for axis in (3, 2))
    return Tally(right, squares, np.stack(hits, -1), np.stack(totals, -1), truth.shape[-1])


@torch.no_grad()
def accuracy(
    probe: Probe | MLPProbe,
    source: nn.Module,
    moves: np.ndarray,
    targets: Sequence[Target] | None = None,
    batch: int = 128,
    wandb_project: str | None = None,
) -> dict[str, Tally]:
    """Return what a probe gets right on games, for each of its targets, at each of its sites.

    ``targets`` is needed only for targets that aren't in ``TARGETS``. What is logged when asked for
    is the share of cells that are right, one row for each site. Raises ``ValueError`` if the probe
    was fitted to another source.
    """
    targets = targets or [TARGETS[name] for name in probe.classes]
    _check_source(probe, source)
    parts = {t.name: [] for t in targets}
    for replay in _batches(moves, batch, "scores"):
        truth = {t.name: t.labels(replay) for t in targets}
        predicted = {t.name: [None] * len(probe.sites) for t in targets}
        for site, x in activations(source, replay, probe.sites):
            for t in targets:
                classes = probe.classify(t.name, probe.sites[site], x).cpu().numpy()
                predicted[t.name][site] = classes.reshape(truth[t.name].shape)
        for t in targets:
            part = tally(np.stack(predicted[t.name]), truth[t.name], len(t.classes))
            parts[t.name].append(part)
    found = {name: _joined(tallies) for name, tallies in parts.items()}
    with _log(wandb_project, dict(scores=probe.fit, games=len(moves), sites=probe.sites)) as log:
        for site in range(len(probe.sites)):
            cells = {name: t.right[site].mean() / t.cells for name, t in found.items()}
            log({"site": site} | cells)
    return found


@torch.no_grad()
def read(
    probe: Probe | MLPProbe,
    source: nn.Module,
    moves: np.ndarray,
    target: str = "board",
    site: str | None = None,
    batch: int = 256,
) -> np.ndarray:
    """Return what a probe reads off one site (by default its first): int8 [games, plies, cells]."""
    site = probe.sites[0] if site is None else site
    _check_source(probe, source)
    parts = []
    for replay in _batches(moves, batch, "reading"):
        ((_, x),) = activations(source, replay, [site])
        classes = probe.classify(target, site, x).cpu().numpy()
        parts.append(classes.reshape(len(replay.moves), -1, classes.shape[-1]))
    return np.concatenate(parts)


@torch.no_grad()
def outputs(probe: Probe, source: nn.Module, moves: np.ndarray, target: str) -> np.ndarray:
    """Return a probe's outputs on a few games: float32 [sites, games, plies, classes, cells]."""
    _check_source(probe, source)
    found = [None] * len(probe.sites)
    for site, x in activations(source, rules.replay(moves), probe.sites):
        logits = probe.logits(target, probe.sites[site], x)
        found[site] = logits.unflatten(0, (len(moves), -1)).cpu().numpy()
    return np.stack(found)


def _check_source(probe, source):
    if probe.source != fingerprint(source):
        raise ValueError(
            f"this probe was fitted to model {probe.source}, but this one is {fingerprint(source)}"
        )


def _joined(parts: list[Tally]) -> Tally:
    joined = {name: np.concatenate([getattr(p, name) for p in parts], 1) for name in _OF_SITES}
    return replace(parts[0], **joined, totals=np.concatenate([p.totals for p in parts]))


def scored(probe: Probe, tallies: dict[str, Tally]) -> Probe:
    """Return the probe with its cell accuracies at each site noted in ``scores``."""
    means = {name: t.accuracy().mean.tolist() for name, t in tallies.items()}
    return replace(probe, scores=probe.scores | means)


def ignoring_flips(target: Target, replay: Replay) -> Tally:
    """Return what is right about a target for who follows the moves but never turns a disc."""
    said, truth = (target.labels(r) for r in (flips_ignored(replay), replay))
    return tally(said[None], truth, len(target.classes))


def advantage(task: Tally, other: Tally) -> Interval:
    """Return by how much cell accuracy on ``task`` exceeds that on ``other``, at each site.

    Both must be of the same games, which makes the interval that of the difference. With ``other``
    the tally of the ``control`` task this is Hewitt & Liang's selectivity.
    """
    difference = task.right.mean(2) / task.cells - other.right.mean(2) / other.cells
    return bootstrap(difference.T)


def by_flips(replay: Replay, right: np.ndarray, most: int = 8) -> Interval:
    """Return the share of discs that are read rightly, by how often each has been turned.

    ``right`` bool [games, n - 1, squares]. [most + 1]: the last is of discs that were turned
    ``most`` times or more.
    """
    turned, discs = flips_so_far(replay).clip(max=most), board(replay) != 1
    counts = np.stack([(turned == n) & discs for n in range(most + 1)], -1)
    return bootstrap_shares((counts & right[..., None]).sum((1, 2)), counts.sum((1, 2)))


# --- what a number has to be compared with --------------------------------------------------------

# Those who read the model's stream where the probe does, and so at its sites.
AT_ITS_SITES = ("the probe", "control labels", "absolute colour")


def compared(names: Sequence[str]) -> list[Target]:
    """Return targets by name and what ``readers`` asks beside them.

    That is each one in absolute colours, where it has sides, and the control of each but those of
    one cell.
    """
    absolutes = [absolute(t) for t in SIDED if t.name in names]
    controls = [control(TARGETS[name]) for name in names if name not in SINGLE]
    return [*(TARGETS[name] for name in names), *absolutes, *controls]


def readers(
    model: GPT, probe: Probe, train: np.ndarray, test: np.ndarray, names: Sequence[str]
) -> dict[str, dict[str, Tally]]:
    """Return what a ridge probe and all that it is compared with get right, by reader and target.

    - ``the probe``, ``control labels`` (see ``control``), ``absolute colour`` (where a target has
      sides): ``probe``, at its sites;
    - ``embedding``: the same at its first site, where the stream is the last move and the ply;
    - ``majority`` (``Ply``), ``bag of moves``, ``untrained`` (at every other site of the probe):
      the same fit to the same games ``train`` [games, 32], from another source;
    - ``flips ignored``: see ``flips_ignored``; nothing is fitted.

    Tallies are of the games ``test``, at all sites of a reader; see ``at_best``. Raises
    ``ValueError`` if the probe lacks a target of ``compared(names)`` or doesn't begin at the
    model's first site.
    """
    if probe.sites[0] != model.sites[0]:
        raise ValueError(f"the probe begins at {probe.sites[0]}, the embedding is {model.sites[0]}")
    targets, replay = [TARGETS[name] for name in names], rules.replay(test)
    scores = accuracy(probe, model, test, compared(names))
    found = {"the probe": {name: scores[name] for name in names}}
    for reader, source, sites in (
        ("majority", Ply(), None),
        ("bag of moves", BagOfMoves(), None),
        ("untrained", untrained(model), probe.sites[::2]),
    ):
        fit = fit_ridge(source, train, targets, sites)
        found[reader] = accuracy(fit, source, test, targets)
    found["embedding"] = {name: scores[name].at(0) for name in names}
    found["flips ignored"] = {t.name: ignoring_flips(t, replay) for t in targets}
    scores |= {"absolute board": scores["colour"]} if "colour" in scores else {}
    for reader, other in (("control labels", "control of"), ("absolute colour", "absolute")):
        asked = {name: scores.get(f"{other} {name}") for name in names}
        found[reader] = {name: t for name, t in asked.items() if t is not None}
    return found


def at_best(
    found: dict[str, dict[str, Tally]], best: dict[str, int]
) -> dict[str, dict[str, Tally]]:
    """Return what ``readers`` found, each at one site.

    Those who read where the probe does (``AT_ITS_SITES``), at ``best``, the index of a site for
    each target; any other one where it is best on these very games, in its favour.
    """
    return {
        reader: {
            name: t.at(best[name] if reader in AT_ITS_SITES else t.best())
            for name, t in tallies.items()
        }
        for reader, tallies in found.items()
    }


# --- geometry -----------------------------------------------------------------------------------


def families(model: GPT, probe: Probe, site: str) -> dict[str, torch.Tensor]:
    """Return families of unit directions in the residual stream, [36, width] by square.

    Of the probe at a site: ``empty``, ``mine - theirs``, ``legal next``; of the weights: each
    square's ``embedding`` and ``unembedding`` (zero for the four in the centre) and each ply's
    ``position`` [31, width]. Each is taken minus the mean of its family, which can't tell its
    members apart.
    """
    outer = torch.from_numpy(games.square_of_token()[1:])
    final_gain = model.transformer.ln_f.weight
    found = {
        "empty": probe.directions("empty", site, "yes", "no")[outer],
        "mine - theirs": probe.directions("board", site, "mine", "theirs"),
        "legal next": probe.directions("legal_next", site, "yes", "no")[outer],
        "embedding": model.transformer.wte.weight[1:],
        "unembedding": model.lm_head.weight[1:] * final_gain,
        "position": model.transformer.wpe.weight,
    }
    found = {name: F.normalize(rows - rows.mean(0), dim=-1) for name, rows in found.items()}
    for name, rows in found.items():
        if len(rows) == len(outer):
            found[name] = rows.new_zeros(36, rows.shape[1]).index_copy(0, outer, rows)
    return found


def persistence(probe: Probe, target: str, plus: str, minus: str) -> np.ndarray:
    """Return the cosine of a square's directions at two sites, [sites, sites].

    It is the mean over the squares that are played on: in the centre nothing is ever empty or
    legal, so there is no direction.
    """
    outer = games.square_of_token()[1:].tolist()
    at = torch.stack([probe.directions(target, s, plus, minus)[outer] for s in probe.sites])
    return torch.einsum("scd,tcd->st", at, at).div(at.shape[1]).numpy()

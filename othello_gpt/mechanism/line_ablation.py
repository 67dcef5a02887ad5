"""Silencing the neurons of one line, and who is silenced instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float

from .. import game, neurons
from ..intervals import Interval, bootstrap
from ..interventions import MINE, THEIRS, Cases
from ..interventions.cases import classes, position
from ..model import GPT
from ..neurons import Line
from ..probes import Probe
from .flips import Tied, masks
from .last_position import Change, LastPosition, Written

Mask = Bool[np.ndarray, "cases layers neurons"]


@dataclass(frozen=True, eq=False)
class FlipCases:
    """Moves that turned discs along a line, one game each.

    ``cases.after`` is the board with the line's discs turned back. ``run`` are those discs, and
    ``elsewhere`` the ones that the same move turned along other lines.
    """

    cases: Cases
    lines: tuple[Line, ...]
    run: Bool[np.ndarray, "cases 36"]
    elsewhere: Bool[np.ndarray, "cases 36"]


def sample_flips(
    n: int, tied: Tied, seed: int = 0, first: int = 0, plies: tuple[int, int] = (3, 28)
) -> FlipCases:
    """Return ``n`` moves of different games, each with one line that it turned.

    Drawn uniformly among the lines of ``tied`` that the game's moves at ``plies`` turn. Games
    without one are left out.
    """
    rng = np.random.default_rng([seed, first])
    rows = []
    while len(rows) < n:
        replay = game.sample_replay(n, seed, first)
        first += n
        turned = game.on_squares(game.flips(replay.mine, replay.theirs, replay.moves))
        for moves, flipped in zip(replay.moves, turned, strict=True):
            options = [
                (ply, line, run)
                for ply in range(plies[0], plies[1] + 1)
                for line in _from(int(moves[ply]), tied)
                if (run := _run(line, flipped[ply]))
            ]
            if options:
                ply, line, run = options[rng.integers(len(options))]
                rows.append((moves, ply, line, run, np.flatnonzero(flipped[ply])))
    rows = rows[:n]
    moves, ply = np.stack([r[0] for r in rows]), np.array([r[1] for r in rows])
    run, others = np.zeros((n, 36), bool), np.zeros((n, 36), bool)
    for k, (_, _, _, own, every) in enumerate(rows):
        run[k, own], others[k, np.setdiff1d(every, own)] = True, True
    before = classes(*position(game.replay(moves), ply))
    after = np.where(run, 2 - before, before)
    return FlipCases(Cases(moves, ply, before, after), tuple(r[2] for r in rows), run, others)


def _from(square: int, tied: Tied) -> list[Line]:
    return [line for line in tied if line.square == square]


def _run(line: Line, flipped: Bool[np.ndarray, "36"]) -> list[int]:
    """Return the discs of a line that were turned, from the move outward."""
    found = []
    for length in range(1, 5):
        squares = neurons.line_squares(Line(line.square, line.towards, length))
        if not squares or not flipped[squares[-2]]:
            break
        found.append(squares[-2])
    return found


def choose(
    flips: FlipCases,
    tied: Tied,
    written: Written,
    mean: Float[np.ndarray, "layers neurons"],
    std: Float[np.ndarray, "layers neurons"],
    norms: Float[np.ndarray, "layers neurons"],
    onto: Float[np.ndarray, "cases layers neurons"],
    seed: int = 0,
) -> dict[str, Mask]:
    """Return who is silenced in each case: the line's neurons, and seven rivals.

    Rivals are of the same layers and as many: neurons tied to lines of other squares; to other
    lines of the same square (as many as there are); others of the same size (standard deviation
    times length of what they write); and others as *active*, whose silence changes the stream by as
    much in this very position, once as many and twice. ``norms`` are the lengths. The strongest are
    chosen by what they do: others that write most ``onto`` the discs in this position (see
    ``written_onto``), once as many and twice.
    """
    outputs = written.neurons.cpu().numpy()
    found = rivals_of(flips.lines, tied, outputs, mean, std, norms, seed)
    for name, times in zip(WRITERS, (1, 2), strict=True):
        some = [_most(tied[line], onto[k], times) for k, line in enumerate(flips.lines)]
        found[name] = masks(some, mean.shape)
    return found


@torch.no_grad()
def written_onto(
    last: LastPosition, flips: FlipCases, probe: Probe, mean: Float[np.ndarray, "layers neurons"]
) -> Float[np.ndarray, "cases layers neurons"]:
    """Return how much each neuron writes towards reading the line's discs as turned.

    Beyond what it usually writes, along the direction in which ``probe``, of one site, reads the
    discs, added up.
    """
    reads = probe.weight["board"][0]
    to = torch.from_numpy(flips.run).to(reads) @ (reads[THEIRS] - reads[MINE])
    outputs, blocks = last.run().neurons, last.model.transformer.h
    usual = torch.from_numpy(mean).to(outputs)
    found = [
        (outputs[:, layer] - usual[layer]) * (to @ block.mlp.c_proj.weight)
        for layer, block in enumerate(blocks)
    ]
    return torch.stack(found, 1).cpu().numpy()


def rivals_of(
    lines: Sequence[Line],
    tied: Tied,
    outputs: Float[np.ndarray, "cases layers neurons"],
    mean: Float[np.ndarray, "layers neurons"],
    std: Float[np.ndarray, "layers neurons"],
    norms: Float[np.ndarray, "layers neurons"],
    seed: int,
) -> dict[str, Mask]:
    """Return what ``choose`` does, for a line a case and what the neurons put out there."""
    rng, shape = np.random.default_rng(seed), mean.shape
    moved = np.abs(outputs - mean) * norms
    found = {name: [] for name in ("its own line", *RIVALS)}
    for k, line in enumerate(lines):
        own = tied[line]
        same = [n for other in _from(line.square, tied) if other != line for n in tied[other]]
        far = [n for other, some in tied.items() if other.square != line.square for n in some]
        found["its own line"].append(own)
        found["lines of other squares"].append(_drawn(own, far, rng))
        found["other lines of its square"].append(_drawn(own, same, rng))
        found["others of the same size"].append(_matched(own, std * norms))
        active = _matched(own, moved[k])
        found["others as active here"].append(active)
        found["twice as many as active"].append(active + _matched(own, moved[k], active))
    return {name: masks(some, shape) for name, some in found.items()}


RIVALS = (
    "lines of other squares",
    "other lines of its square",
    "others of the same size",
    "others as active here",
    "twice as many as active",
)


WRITERS = (
    "as many that write most onto its discs",
    "twice as many that write most onto its discs",
)


def _most(own, size: Float[np.ndarray, "layers neurons"], times: int) -> list[tuple[int, int]]:
    """Return others of the same layers whose size is largest, so many times as many in each."""
    found = []
    for layer, some in _by_layer(own).items():
        order = np.argsort(-size[layer], kind="stable")
        free = order[~np.isin(order, some)]
        found += [(layer, int(n)) for n in free[: times * len(some)]]
    return found


def _by_layer(own) -> dict[int, list[int]]:
    return {at: [n for layer, n in own if layer == at] for at in sorted({a for a, _ in own})}


def _drawn(own, pool, rng) -> list[tuple[int, int]]:
    found = []
    for layer, some in _by_layer(own).items():
        free = sorted({n for at, n in pool if at == layer} - set(some))
        found += [(layer, int(n)) for n in rng.permutation(free)[: len(some)]]
    return found


def _matched(own, size: Float[np.ndarray, "layers neurons"], without=()) -> list[tuple[int, int]]:
    taken, found = _by_layer(without), []
    for layer, some in _by_layer(own).items():
        free = np.setdiff1d(np.arange(size.shape[1]), taken.get(layer, []))
        found += [(layer, int(n)) for n in neurons.matched_others(size[layer], some, free)]
    return found


def sizes(
    written: Written,
    chosen: Mapping[str, Mask],
    mean: Float[np.ndarray, "layers neurons"],
    model: GPT,
) -> dict[str, float]:
    """Return how long a step of the stream each choice's silence is, the mean over cases."""
    found = {}
    for name, mask in chosen.items():
        step = torch.zeros(())
        for layer, block in enumerate(model.transformer.h):
            outputs = written.neurons[:, layer]
            usual = torch.from_numpy(mean[layer]).to(outputs.device, torch.float32)
            silent = torch.from_numpy(mask[:, layer]).to(outputs.device)
            step = step + ((outputs - usual) * silent) @ block.mlp.c_proj.weight.T
        found[name] = float(torch.linalg.vector_norm(step, dim=1).mean())
    return found


def silenced(mask: Mask, mean: Float[np.ndarray, "layers neurons"]) -> Change:
    """Return the change that sets some neurons to their means at the last position."""
    chosen, to = torch.from_numpy(mask), torch.from_numpy(mean).float()

    def change(part, layer, value):
        if part != "neurons":
            return value
        return torch.where(chosen[:, layer].to(value.device), to[layer].to(value.device), value)

    return change


@dataclass(frozen=True, eq=False)
class Reading:
    """What is read and played at the last positions, one number a case.

    ``run``, ``elsewhere``, ``others``: the share of the discs that the probe misreads (NaN where
    there are none) among the line's, those that the same move turned along other lines, and all
    other squares. ``margin``: how far the line's discs are read as turned, in the probe's score.
    ``unturned``: the probability of moves that only the board with the line turned back allows;
    ``illegal``: of all illegal moves.
    """

    run: Float[np.ndarray, " cases"]
    elsewhere: Float[np.ndarray, " cases"]
    others: Float[np.ndarray, " cases"]
    margin: Float[np.ndarray, " cases"]
    unturned: Float[np.ndarray, " cases"]
    illegal: Float[np.ndarray, " cases"]


@torch.no_grad()
def measure(last: LastPosition, flips: FlipCases, probe: Probe, change: Change) -> Reading:
    """Return what is read and played with a change. ``probe`` is of one ``resid_mid`` site."""
    written, (site,) = last.run(change=change), probe.sites
    scores = probe.logits("board", site, written.mid[:, int(site.split()[1])]).cpu().numpy()
    wrong = scores.argmax(1) != flips.cases.before

    def share(where):
        n = where.sum(1)
        return np.where(n > 0, (wrong & where).sum(1) / np.maximum(n, 1), np.nan)

    gap = scores[:, THEIRS] - scores[:, MINE]
    p = written.logits.softmax(-1).cpu()
    only = flips.cases.legal_after & ~flips.cases.legal_before
    sums = (p * only).sum(-1), (p * ~flips.cases.legal_before).sum(-1)
    return Reading(
        run=share(flips.run),
        elsewhere=share(flips.elsewhere),
        others=share(~(flips.run | flips.elsewhere)),
        margin=(gap * flips.run).sum(1) / flips.run.sum(1),
        unturned=sums[0].double().numpy(),
        illegal=sums[1].double().numpy(),
    )


def lost(base: Reading, changed: Reading, what: str) -> Interval:
    """Return the mean change of one measure, over the cases that have it; one game a case."""
    change = getattr(changed, what) - getattr(base, what)
    return bootstrap(change[np.isfinite(change)])


def specific(
    base: Reading, changed: Reading, among: Bool[np.ndarray, " cases"] | None = None
) -> Interval:
    """Return how many more of the line's discs are misread than of others that the move turned.

    Over the cases, or some ``among`` them, in which the move turned discs along other lines too.
    """
    added = [getattr(changed, what) - getattr(base, what) for what in ("run", "elsewhere")]
    gap = added[0] - added[1]
    return bootstrap(gap[np.isfinite(gap) & (True if among is None else among)])


def times(base: Reading, own: Reading, other: Reading, what: str = "margin") -> Interval:
    """Return how many times more of a measure is lost with ``own`` changed than with ``other``."""
    pairs = [getattr(one, what) - getattr(base, what) for one in (own, other)]
    return bootstrap(np.stack(pairs, 1), statistic=lambda means: means[:, 0] / means[:, 1])

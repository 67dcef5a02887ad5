"""Edits of the board in the model's head, and a scoreboard that could have said no.

A probe shows that a board can be *read* off the residual stream. That the model *uses* it is
another claim: change what the probe reads and the model's next move must change as the rules say
(Li 2023, https://arxiv.org/abs/2210.13382; Nanda 2023, https://arxiv.org/abs/2309.00941).

- ``Cases`` are positions of games, each with the board that one wants the model to believe in.
- An *edit* (``Push``, ``Project``, ``Rewrite``, ``Descend``) is called with a site, the residual
  stream [cases, width] of the last position there and the boards before and after [cases, 36]
  (classes of ``probes.board``). It returns the stream to go on from.
- Three ways to run one agree: ``Prefixes`` (fast: earlier positions are computed once),
  ``run_source`` (any module with a residual stream) and ``run_bridge`` (TransformerLens).
- Controls are edits too, as long as the one that they control: ``Instead``, ``RandomStep``,
  ``PermutedSigns``, ``wrong_layer``, ``wrong_squares``; ``controls`` makes all of them.

Chapter: ``book/interventions.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import islice, permutations
from typing import Protocol

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from . import games, probes, rules
from .intervals import Interval
from .model import GPT
from .probes import MLPProbe, Probe

THEIRS, EMPTY, MINE = range(3)

# --- cases --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Cases:
    """Positions and the boards to make of them, one row a case.

    ``moves``: squares of whole games [cases, 32]; ``ply`` [cases]: the last position that is seen,
    where the edit happens. ``before``, ``after``: the board there and the edited one, int8
    [cases, 36], 0 theirs, 1 empty, 2 mine, the side to move being the same.
    """

    moves: np.ndarray
    ply: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def __len__(self) -> int:
        return len(self.ply)

    def __getitem__(self, rows) -> Cases:
        return Cases(self.moves[rows], self.ply[rows], self.before[rows], self.after[rows])

    @cached_property
    def tokens(self) -> torch.Tensor:
        """Input tokens of the whole games, [cases, 31]."""
        return torch.from_numpy(games.tokens_of(self.moves[:, :-1]))

    @cached_property
    def legal_before(self) -> torch.Tensor:
        """Legal tokens of the board as it is, bool [cases, vocab]."""
        return _legal_tokens(self.before)

    @cached_property
    def legal_after(self) -> torch.Tensor:
        """Legal tokens of the edited board for the same side to move, bool [cases, vocab]."""
        return _legal_tokens(self.after)


def _bits(board: np.ndarray, of: int) -> np.ndarray:
    return rules.from_array((board == of).reshape(*board.shape[:-1], 6, 6))


def _legal_tokens(board: np.ndarray) -> torch.Tensor:
    legal = rules.to_array(rules.legal_moves(_bits(board, MINE), _bits(board, THEIRS)))
    return F.pad(torch.from_numpy(legal.reshape(len(board), 36)[:, _OUTER]), (1, 0))


_SQUARE = games.square_of_token()
_OUTER = _SQUARE[1:]


def _flat(bits: np.ndarray) -> np.ndarray:
    return rules.to_array(bits).reshape(*np.shape(bits), 36)


def _after_move(own: np.ndarray, other: np.ndarray, square: np.ndarray):
    """Return positions after a move, seen by the other side; an illegal one only swaps sides."""
    turned = rules.flips(own, other, square)
    disc = np.where(turned != 0, _bit(square), np.uint64(0))
    return other & ~turned, own | turned | disc


def _bit(square: np.ndarray) -> np.ndarray:
    return np.uint64(1) << np.maximum(square, 0).astype(np.uint64)


def _classes(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    shape = (*np.shape(mine), 36)
    own, other = (rules.to_array(b).reshape(shape).astype(np.int8) for b in (mine, theirs))
    return 1 + own - other


def _position(replay: rules.Replay, ply: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the discs (mine, theirs) after move ``ply`` of each game."""
    rows = np.arange(len(ply))
    return replay.mine[rows, ply + 1], replay.theirs[rows, ply + 1]


EDITS = ("flip", "erase", "place mine", "place theirs")


def edited(board: np.ndarray, square: np.ndarray, kind: str) -> np.ndarray:
    """Return boards [cases, 36] with one square [cases] flipped, erased or filled.

    Raises ``ValueError`` naming the square if there is no disc to flip or erase, or no room; or if
    the disc to erase is in the centre, where no token could say that a move is legal.
    """
    if kind not in EDITS:
        raise ValueError(f"no edit {kind!r}: use one of {', '.join(EDITS)}")
    rows = np.arange(len(board))
    was = board[rows, square]
    fills = kind.startswith("place")
    wrong = np.flatnonzero((was == EMPTY) != fills)
    if len(wrong):
        name = rules.square_name(int(np.broadcast_to(square, len(board))[wrong[0]]))
        why = f"{name} has a disc already" if fills else f"{name} is empty"
        cure = "place one on an empty square" if fills else f"only a disc can be {_PAST[kind]}"
        raise ValueError(f"case {wrong[0]}: {why}, {cure}")
    if kind == "erase" and np.isin(square, rules.centre()).any():
        raise ValueError("the four central squares have no token: erase a disc elsewhere")
    after = board.copy()
    new = {"flip": 2 - was, "erase": EMPTY, "place mine": MINE, "place theirs": THEIRS}[kind]
    after[rows, square] = new
    return after


_PAST = {"flip": "flipped", "erase": "erased"}


def cases_of(moves: np.ndarray, ply: np.ndarray, square: np.ndarray, kind: str = "flip") -> Cases:
    """Return the cases of one edit each: games [cases, 32], positions and squares [cases].

    Nothing is filtered. Raises ``ValueError`` as ``edited`` does.
    """
    before = _classes(*_position(rules.replay(moves), np.asarray(ply)))
    return Cases(np.asarray(moves), np.asarray(ply), before, edited(before, square, kind))


# Of each kind of case, the boards that might be made of positions (mine, theirs) [games]; two
# bitboards [games, candidates]. Where nothing can be made it is the board as it is.

_EACH = _bit(np.arange(36))


def _flipped(mine, theirs, replay, ply):
    disc = _EACH & (mine | theirs)[:, None]
    return mine[:, None] ^ disc, theirs[:, None] ^ disc


def _impossible(mine, theirs, replay, ply):
    own, other = _flipped(mine, theirs, replay, ply)
    possible = has_last_move(own, other)
    return np.where(possible, mine[:, None], own), np.where(possible, theirs[:, None], other)


def _erased(mine, theirs, replay, ply):
    outer = _EACH[_OUTER]
    return mine[:, None] & ~outer, theirs[:, None] & ~outer


def _placed(mine, theirs, replay, ply):
    disc = _EACH & ~(mine | theirs)[:, None]
    own, other = np.broadcast_arrays(mine[:, None], theirs[:, None], disc)[:2]
    return np.hstack([own | disc, own]), np.hstack([other, other | disc])


def _replaced(mine, theirs, replay, ply):
    rows = np.arange(len(ply))
    own, other = replay.mine[rows, ply][:, None], replay.theirs[rows, ply][:, None]
    legal = rules.flips(own, other, np.arange(36)) != 0
    after = _after_move(own, other, np.arange(36))
    return np.where(legal, after[0], mine[:, None]), np.where(legal, after[1], theirs[:, None])


def _reordered(mine, theirs, replay, ply):
    rows, orders = np.arange(len(ply)), np.array(list(permutations(range(4))))
    moves = replay.moves[rows[:, None], ply[:, None] + np.arange(-3, 1)][:, orders]
    own, other = replay.mine[rows, ply - 3][:, None], replay.theirs[rows, ply - 3][:, None]
    legal = np.ones(moves.shape[:2], bool)
    for move in np.moveaxis(moves, 2, 0):
        legal &= rules.flips(own, other, move) != 0
        own, other = _after_move(own, other, move)
    return np.where(legal, own, mine[:, None]), np.where(legal, other, theirs[:, None])


_CANDIDATES = {
    "flip": _flipped,
    "reachable": _reordered,
    "unreachable": _impossible,
    "erase": _erased,
    "place": _placed,
    "replace": _replaced,
}


def has_last_move(mine, theirs) -> np.ndarray:
    """Return whether a legal last move can have led to positions (bitboards): bool, of their shape.

    The side to move is ``mine``; the last disc is one of ``theirs``, on no central square. In some
    direction it turned discs, so next to it lie two of ``theirs``; and it left none that it would
    have had to turn. Exact for one move back.
    """
    mine, theirs = np.asarray(mine, np.uint64), np.asarray(theirs, np.uint64)
    cells = np.pad(rules.to_array(theirs), [*[(0, 0)] * theirs.ndim, (2, 2), (2, 2)])
    around = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]
    found = np.zeros(theirs.shape, bool)
    for square in map(int, _OUTER):
        row, column = divmod(square, 6)
        turned = np.zeros(theirs.shape, bool)
        for down, right in around:
            near, next_to_it = (
                cells[..., 2 + row + k * down, 2 + column + k * right] for k in (1, 2)
            )
            turned |= near & next_to_it
        rest = theirs & ~_bit(square)
        found |= (rest != theirs) & turned & (rules.flips(rest, mine, square) == 0)
    return found


def sample_cases(
    n: int,
    kind: str = "flip",
    seed: int = 0,
    first: int = 0,
    plies: tuple[int, int] = (4, 28),
    telling: bool = True,
) -> Cases:
    """Return ``n`` cases of different games, whose edit changes the legal set.

    Without ``telling``, whose edit changes the board, be the legal set another or the same.

    ``kind``: ``"flip"`` turns any one disc over; ``"reachable"`` makes the board that another order
    of the last four moves leads to (all discs that differ are turned at once); ``"unreachable"``
    turns one disc so that no last move can have led there (``has_last_move``); ``"erase"`` and
    ``"place"`` take one disc away (not in the centre) or add one (unreachable without a pass: the
    number of discs tells whose turn it is); ``"replace"`` makes the board that another last move
    leads to. Positions are uniform in ``plies``, edits uniform among those that qualify. Edited
    boards without a legal move are left out. Games are those of ``games.sample_moves`` from index
    ``first`` on.

    Raises ``ValueError`` on another kind.
    """
    if kind not in _CANDIDATES:
        raise ValueError(f"no kind of case {kind!r}: use one of {', '.join(_CANDIDATES)}")
    rng = np.random.default_rng([seed, first, list(_CANDIDATES).index(kind)])
    parts, have = [], 0
    while have < n:
        replay = games.sample_replay(2 * n, seed, first)
        first += 2 * n
        ply = rng.integers(plies[0], plies[1] + 1, 2 * n)
        mine, theirs = _position(replay, ply)
        own, other = _CANDIDATES[kind](mine, theirs, replay, ply)
        legal = rules.legal_moves(own, other)
        if telling:
            differs = legal != rules.legal_moves(mine, theirs)[:, None]
        else:
            differs = (own != mine[:, None]) | (other != theirs[:, None])
        fits = (legal != 0) & differs
        rows = np.flatnonzero(fits.any(1))
        chosen = rows, np.where(fits, rng.random(fits.shape), -1).argmax(1)[rows]
        after = _classes(own[chosen], other[chosen])
        parts.append(Cases(replay.moves[rows], ply[rows], _classes(mine, theirs)[rows], after))
        have += len(rows)
    return _joined(parts)[:n]


def _joined(parts: Sequence[Cases]) -> Cases:
    columns = ([getattr(part, f.name) for part in parts] for f in fields(Cases))
    return Cases(*map(np.concatenate, columns))


# --- edits --------------------------------------------------------------------------------------


class Edit(Protocol):
    """What happens to the stream at the last position, at each of ``sites``."""

    sites: Sequence[str]

    def __call__(
        self, site: str, x: torch.Tensor, before: torch.Tensor, after: torch.Tensor
    ) -> torch.Tensor:
        """Return the stream to go on from [cases, width]; the boards are int8 [cases, 36]."""


@dataclass(frozen=True, eq=False)
class _ProbeEdit:
    """An edit by a probe of ``target``, whose classes are 0 theirs, 1 empty, 2 mine."""

    probe: Probe | MLPProbe
    sites: Sequence[str]
    dose: float
    target: str = "board"

    def __post_init__(self):
        _check_sites(self.sites, self.probe.sites, "the probe has")

    def _weights(self, site: str) -> torch.Tensor:
        """Return what is read at a site, [classes, squares, width]."""
        return self.probe.weight[self.target][self.probe.sites.index(site)]


class Push(_ProbeEdit):
    """Add unit directions times ``dose`` times the stream's own length (Nanda 2023).

    For each square that changes, the direction is what the probe's weights of the new class have
    over those of the old one. A dose in the stream's own units means the same in every layer.
    """

    def __call__(self, site, x, before, after):
        w = self._weights(site)
        unit = F.normalize(w[None] - w[:, None], dim=-1).flatten(0, 2)  # [from, to, square]
        pair = F.one_hot((3 * before + after).long(), 9) * (before != after)[..., None]
        step = pair.transpose(1, 2).flatten(1).to(x.dtype) @ unit
        return x + self.dose * x.norm(dim=-1, keepdim=True) * step


class Project(_ProbeEdit):
    """Move the stream to where the changed squares read as wanted and all others as they do.

    By the shortest way, ``dose`` times its length: at 1 a least-squares probe then gives the new
    class 1 and the other classes 0. Squares that don't change keep their readings, right or wrong.
    """

    def __call__(self, site, x, before, after):
        gap = _one_hot(after, x) - self.probe.logits(self.target, site, x)[:, _TWO]
        gap = gap * (before != after)[:, None]
        return x + self.dose * _shortest(self._weights(site)[_TWO], gap)


class Rewrite(_ProbeEdit):
    """Move the stream to where *every* square reads as on the edited board; else as ``Project``.

    It also puts right what the model had misread, as Li 2023's edit does, whose loss is that of the
    whole board: compare it with a rewrite of the board as it is.
    """

    def __call__(self, site, x, before, after):
        gap = _one_hot(after, x) - self.probe.logits(self.target, site, x)[:, _TWO]
        return x + self.dose * _shortest(self._weights(site)[_TWO], gap)


# What is read of the third class follows from the other two.
_TWO = [THEIRS, MINE]


def _one_hot(board: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return what a least-squares probe should give for two of the classes, [cases, 2, squares]."""
    return torch.stack([board == of for of in _TWO], 1).to(x.dtype)


def _shortest(w: torch.Tensor, gap: torch.Tensor, penalty: float = 0.1) -> torch.Tensor:
    """Return the shortest steps [cases, width] that change readings by ``gap`` [cases, 2, squares].

    ``w`` [2, squares, width]. Some readings go together (central squares are never empty), so steps
    are penalised, relative to the weights' mean square.
    """
    w = w.flatten(0, 1)
    gram = w @ w.T
    gram += penalty * gram.diagonal().mean() * torch.eye(len(w), dtype=w.dtype, device=w.device)
    return torch.linalg.solve(gram, gap.flatten(1).T).T @ w


@dataclass(frozen=True, eq=False)
class Descend(_ProbeEdit):
    """Descend the probe's cross-entropy on the whole edited board, by Adam (Li 2023).

    ``steps`` steps of about ``dose`` in units of the stream's root mean square. ``scale`` is what
    makes logits of the probe's outputs: 1 for a logistic probe or an MLP at its own site; a
    least-squares probe, which aims at 0 and 1, needs more.
    """

    steps: int = 40
    scale: float = 1.0

    def __call__(self, site, x, before, after):
        unit = x.square().mean(-1, keepdim=True).sqrt()
        with torch.enable_grad():
            moved = torch.zeros_like(x, requires_grad=True)
            adam = torch.optim.Adam([moved], lr=self.dose, betas=(0.9, 0.99))
            for _ in range(self.steps):
                said = self.scale * self.probe.logits(self.target, site, x + unit * moved)
                loss = F.cross_entropy(said, after.long(), reduction="sum")
                (moved.grad,) = torch.autograd.grad(loss, moved)
                adam.step()
        return x + unit * moved.detach()


# --- controls -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Instead:
    """Steps in the direction of ``other``'s, as long as those of ``edit`` at the same place.

    ``lengths``: how long they are in a run of ``edit`` itself, [cases] by site
    (``Prefixes.lengths``). Without them it is asked at each site how far it would go from there,
    which after a step in another direction is further.
    """

    edit: Edit
    other: Edit
    lengths: Mapping[str, torch.Tensor] | None = None

    @property
    def sites(self) -> Sequence[str]:
        return self.edit.sites

    def of(self, rows) -> Instead:
        """Return the edit of some of the cases."""
        lengths = self.lengths and {site: length[rows] for site, length in self.lengths.items()}
        return replace(self, lengths=lengths)

    def __call__(self, site, x, before, after):
        if self.lengths is None:
            length = (self.edit(site, x, before, after) - x).norm(dim=-1)
        else:
            length = self.lengths[site]
        return x + length[:, None] * F.normalize(self.other(site, x, before, after) - x, dim=-1)


def _of_rows(edit: Edit | None, rows) -> Edit | None:
    return edit.of(rows) if isinstance(edit, Instead) else edit


@dataclass(frozen=True, eq=False)
class RandomStep:
    """Steps of length 1 in directions that are random for every board and site."""

    sites: Sequence[str]
    seed: int = 0

    def __call__(self, site, x, before, after):
        return x + F.normalize(_noise(self, site, len(x), x), dim=-1)


@dataclass(frozen=True, eq=False)
class PermutedSigns:
    """The steps of ``edit``, each component of about its own size but with another one's sign.

    The mean of the components, which LayerNorm takes no notice of, is left out before; the length
    is the edit's.
    """

    edit: Edit
    seed: int = 0

    @property
    def sites(self) -> Sequence[str]:
        return self.edit.sites

    def __call__(self, site, x, before, after):
        step = self.edit(site, x, before, after) - x
        length = step.norm(dim=-1, keepdim=True)
        step = step - step.mean(-1, keepdim=True)
        order = _noise(self, site, 1, x).argsort(-1)[0]
        return x + length * F.normalize(step.abs() * step[:, order].sign(), dim=-1)


def _noise(control, site: str, rows: int, x: torch.Tensor) -> torch.Tensor:
    at = list(control.sites).index(site)
    generator = torch.Generator().manual_seed(1000 * control.seed + at)
    return torch.randn(rows, x.shape[1], generator=generator).to(x)


def wrong_layer(probe: Probe, by: int | None = None) -> Probe:
    """Return a probe that has at each site the weights of the site ``by`` further (half of all)."""
    by = len(probe.sites) // 2 if by is None else by
    weight, bias = (
        {name: t.roll(-by, 0) for name, t in part.items()} for part in (probe.weight, probe.bias)
    )
    return replace(probe, weight=weight, bias=bias)


def wrong_squares(cases: Cases, seed: int = 0) -> np.ndarray:
    """Return boards [cases, 36] on which as many other discs are flipped as the cases change.

    Discs are random ones among those that a case leaves alone.
    """
    rng = np.random.default_rng(seed)
    changed = cases.before != cases.after
    free = (cases.before != EMPTY) & ~changed
    rank = np.where(free, rng.random(free.shape), 2).argsort(1).argsort(1)
    return np.where((rank < changed.sum(1, keepdims=True)) & free, 2 - cases.before, cases.before)


def controls(
    edit: Edit, prefixes: Prefixes, seed: int = 0
) -> dict[str, tuple[Edit, np.ndarray | None]]:
    """Return what might do as well as an edit if it weren't about the board, by name.

    Each is an edit and the boards that it gets (None: the cases' own), for ``prefixes.run``. Steps
    as long as the edit's own: in a random direction; with permuted signs; with the directions of
    another layer; with those of a probe of control labels (``edit.probe`` must have them too). And
    the edit itself towards other boards: one on which other squares are flipped; the board as it
    is.
    """
    lengths = prefixes.lengths(edit)
    steps = {
        "random direction": RandomStep(edit.sites, seed),
        "permuted signs": PermutedSigns(edit, seed),
        "control labels": replace(edit, target=f"control of {edit.target}"),
        "wrong layer": replace(edit, probe=wrong_layer(edit.probe)),
    }
    found = {name: (Instead(edit, step, lengths), None) for name, step in steps.items()}
    found["wrong square"] = edit, wrong_squares(prefixes.cases, seed)
    return found | {"the board as it is": (edit, prefixes.cases.before)}


# --- running ------------------------------------------------------------------------------------


def _check_sites(sites: Sequence[str], known: Sequence[str], who: str):
    if unknown := [site for site in sites if site not in known]:
        raise ValueError(f"no site {unknown[0]!r} here: {who} {', '.join(known)}")


def _boards(cases: Cases, towards: np.ndarray | None) -> tuple[torch.Tensor, torch.Tensor]:
    after = cases.after if towards is None else towards
    return torch.from_numpy(cases.before), torch.from_numpy(after)


def _by_ply(cases: Cases) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield the rows of cases of one length and their tokens [rows, T]."""
    for ply in np.unique(cases.ply):
        rows = torch.from_numpy(np.flatnonzero(cases.ply == ply))
        yield rows, cases.tokens[rows, : ply + 1]


@torch.no_grad()
def run_source(
    source: nn.Module, cases: Cases, edit: Edit | None = None, towards: np.ndarray | None = None
) -> torch.Tensor:
    """Return the logits [cases, vocab] after an edit, of any source that has an ``unembed``.

    ``source`` is a module as in ``probes`` that goes on from the very tensors that its
    ``residual_stream`` yields. ``towards``: other boards for the edit than the cases' own. Raises
    ``ValueError`` on a site that the source doesn't have.
    """
    sites = () if edit is None else edit.sites
    _check_sites(sites, source.sites, "the sites are")
    before, after = _boards(cases, towards)
    logits = [None] * len(cases)
    for rows, tokens in _by_ply(cases):
        for site, x in zip(source.sites, source.residual_stream(tokens), strict=True):
            if site in sites:
                x[:, -1] = _of_rows(edit, rows)(site, x[:, -1], before[rows], after[rows])
        for row, said in zip(rows.tolist(), source.unembed(x[:, -1]), strict=True):
            logits[row] = said
    return torch.stack(logits)


def hooks(edit: Edit, before: torch.Tensor, after: torch.Tensor) -> list[tuple[str, Callable]]:
    """Return TransformerLens' ``fwd_hooks`` that make an edit at the last position.

    The boards [cases, 36] belong to the batch that will be run. In TransformerLens 4 a change of
    ``hook_resid_mid`` reaches the MLP alone and not the stream, so that an edit there is made by
    what attention writes.
    """
    found = []
    for site in edit.sites:
        name, layer = site.split()
        block = f"blocks.{layer}.hook_"
        if name == "resid_mid":
            stream, change = _middle(edit, site, before, after)
            found += [(block + "resid_pre", stream), (block + "attn_out", change)]
        else:
            found.append((block + name, _at_last(edit, site, before, after)))
    # What is noted at the same hook must be the stream after an edit there.
    return sorted(found, key=lambda pair: pair[1].__name__ == "note")


def _at_last(edit: Edit, site: str, before, after) -> Callable:
    def change(x, hook):
        return torch.cat([x[:, :-1], edit(site, x[:, -1], before, after)[:, None]], 1)

    return change


def _middle(edit: Edit, site: str, before, after) -> tuple[Callable, Callable]:
    stream = None

    def note(x, hook):
        nonlocal stream
        stream = x[:, -1]

    def change(written, hook):
        x = stream + written[:, -1]
        step = edit(site, x, before, after) - x
        return torch.cat([written[:, :-1], (written[:, -1] + step)[:, None]], 1)

    return note, change


@torch.no_grad()
def run_bridge(
    bridge, cases: Cases, edit: Edit | None = None, towards: np.ndarray | None = None
) -> torch.Tensor:
    """Return the logits [cases, vocab] after an edit, of a TransformerLens model, by its hooks.

    Raises ``ValueError`` on a site that the model doesn't have.
    """
    layers = range(bridge.cfg.n_layers)
    known = ["resid_pre 0", *(f"resid_{at} {layer}" for layer in layers for at in ("mid", "post"))]
    _check_sites(() if edit is None else edit.sites, known, "the sites are")
    before, after = _boards(cases, towards)
    logits = [None] * len(cases)
    for rows, tokens in _by_ply(cases):
        changes = [] if edit is None else hooks(_of_rows(edit, rows), before[rows], after[rows])
        out = bridge.run_with_hooks(tokens, fwd_hooks=changes)[:, -1]
        for row, said in zip(rows.tolist(), out, strict=True):
            logits[row] = said
    return torch.stack(logits)


class Prefixes:
    """Cases, and what a model computes of them before their last positions.

    An edit at the last position can't reach earlier ones, so their keys and values are computed
    once and every edit costs one position. 250 kB a case for a model of 8 layers of 128.
    """

    def __init__(self, model: GPT, cases: Cases, batch: int = 250):
        self.model, self.cases, self.batch = model, cases, batch
        self.ply = torch.from_numpy(cases.ply).long()
        c = model.config
        n, T = cases.tokens.shape
        shape = n, c.n_head, T, c.n_embd // c.n_head
        # Of each layer. What lies at the last position and after it is overwritten by every run.
        self.keys = [torch.zeros(shape) for _ in range(c.n_layer)]
        self.values = [torch.zeros(shape) for _ in range(c.n_layer)]
        # Of like length, so that little is padding.
        _side_by_side(self._see, self.ply.argsort().split(batch))

    @torch.no_grad()
    def _see(self, rows: torch.Tensor) -> None:
        seen, heads = int(self.ply[rows].max()) + 1, self.model.config.n_head
        stream = self.model.residual_stream(self.cases.tokens[rows, :seen])
        for block, x, keys, values in zip(
            self.model.transformer.h,
            islice(stream, 0, None, 2),
            self.keys,
            self.values,
            strict=False,
        ):
            qkv = block.attn.c_attn(block.ln_1(x)).view(*x.shape[:2], 3, heads, -1)
            keys[rows, :, :seen], values[rows, :, :seen] = qkv.permute(2, 0, 3, 1, 4)[1:]

    def _batches(self) -> Iterator[slice]:
        for first in range(0, len(self.cases), self.batch):
            yield slice(first, first + self.batch)

    @torch.no_grad()
    def run(self, edit: Edit | None = None, towards: np.ndarray | None = None) -> torch.Tensor:
        """Return the logits [cases, vocab] after an edit at the last positions, or without one.

        ``towards``: other boards for the edit than the cases' own. Raises ``ValueError`` on a site
        that the model doesn't have.
        """
        tokens = self.cases.tokens[torch.arange(len(self.cases)), self.ply]
        return torch.cat(
            _side_by_side(
                lambda rows: self._step(rows, tokens[rows], self.ply[rows], edit, towards),
                self._batches(),
            )
        )

    def lengths(self, edit: Edit) -> dict[str, torch.Tensor]:
        """Return how long the steps of an edit are at each of its sites, [cases]."""
        found = {site: torch.empty(len(self.cases)) for site in edit.sites}

        def note(rows):
            of_rows = _of_rows(edit, rows)

            def noted(site, x, before, after):
                new = of_rows(site, x, before, after)
                found[site][rows] = (new - x).norm(dim=-1)
                return new

            noted.sites = edit.sites
            ply = self.ply[rows]
            self._step(rows, self.cases.tokens[rows][torch.arange(len(ply)), ply], ply, noted)

        _side_by_side(note, self._batches())
        return found

    @torch.no_grad()
    def _step(self, rows: slice, tokens, ply, edit=None, towards=None) -> torch.Tensor:
        """Return the logits after one token at positions ``ply`` [rows], given all earlier ones."""
        model, c = self.model, self.model.config
        sites = () if edit is None else edit.sites
        _check_sites(sites, model.sites, "the sites are")
        edit = _of_rows(edit, rows)
        before, after = (board[rows] for board in _boards(self.cases, towards))

        def at(site: str, x: torch.Tensor) -> torch.Tensor:
            return edit(site, x, before, after) if site in sites else x

        here, T = torch.arange(len(tokens)), self.cases.tokens.shape[1]
        unseen = (torch.arange(T) > ply[:, None])[:, None, None]  # [rows, 1, 1, T]
        x = at("resid_pre 0", model.transformer.wte(tokens) + model.transformer.wpe(ply))
        for layer, block in enumerate(model.transformer.h):
            q, k, v = block.attn.c_attn(block.ln_1(x)).view(len(x), 3, c.n_head, -1).unbind(1)
            keys, values = self.keys[layer][rows], self.values[layer][rows]  # views
            keys[here, :, ply], values[here, :, ply] = k, v
            scores = q[:, :, None] @ keys.transpose(-2, -1) / math.sqrt(q.shape[-1])
            pattern = scores.masked_fill(unseen, -math.inf).softmax(-1)
            z = (pattern @ values).flatten(1)
            x = at(f"resid_mid {layer}", x + block.attn.c_proj(z))
            x = at(f"resid_post {layer}", x + block.mlp(block.ln_2(x)))
        return model.unembed(x)

    def play_on(
        self,
        edit: Edit | None = None,
        towards: np.ndarray | None = None,
        board: np.ndarray | None = None,
        moves: int = 10,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how many of the model's later moves are illegal, and how many it made: [cases].

        The model's likeliest moves are played from ``board`` [cases, 36] (by default the edited
        ones), both sides by the model, with the edit kept where it was made. Where a move is
        illegal the likeliest legal one is played instead. It ends with the game or at a pass. The
        first of the ``moves``, which is what the other metrics are about, isn't counted.
        """
        board = self.cases.after if board is None else board
        illegal, made = np.zeros((2, len(self.cases)), np.int64)

        def play(rows):
            own, other = _bits(board[rows], MINE), _bits(board[rows], THEIRS)
            ply = self.ply[rows]
            tokens = self.cases.tokens[rows][torch.arange(len(ply)), ply]
            going = np.ones(len(ply), bool)
            for move in range(moves):
                logits = self._step(rows, tokens, ply, None if move else edit, towards)
                legal = _legal_tokens(_classes(own, other))
                going &= legal.any(1).numpy()
                best = logits.argmax(1)
                right = legal.gather(1, best[:, None])[:, 0].numpy()
                illegal[rows] += going & ~right & (move > 0)
                made[rows] += going & (move > 0)
                tokens = torch.where(legal, logits, -math.inf).argmax(1)
                own, other = _after_move(own, other, _SQUARE[tokens.numpy()])
                ply = ply + 1
                going &= (ply < self.cases.tokens.shape[1]).numpy()
                ply = ply.clamp(max=self.cases.tokens.shape[1] - 1)

        _side_by_side(play, self._batches())
        return illegal, made


def _side_by_side(run: Callable, batches: Iterator) -> list:
    """Return what ``run`` makes of each batch, in order, several batches at a time.

    Steps of one position are too small for torch to divide: a thread for each batch is faster.
    """
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(run, batches))
    finally:
        torch.set_num_threads(threads)


# --- metrics ------------------------------------------------------------------------------------


def top_n(logits: torch.Tensor, legal: torch.Tensor) -> torch.Tensor:
    """Return which tokens are among the N likeliest, bool [cases, vocab]; N legal ones per case.

    ``logits`` [cases, vocab], ``legal`` bool [cases, vocab].
    """
    rank = logits.argsort(dim=-1, descending=True, stable=True).argsort(-1)
    return rank < legal.sum(-1, keepdim=True)


def top_n_error(logits, legal_after) -> np.ndarray:
    """Return |P \\ L'| + |L' \\ P| of each case, int64 [cases] (Li 2023, Nanda 2023).

    ``legal_after`` bool [cases, vocab] is L', the legal tokens of the edited board for the same
    side to move; P are the model's |L'| likeliest tokens by ``logits`` [cases, vocab]. Arrays or
    tensors. Raises ``ValueError`` if the shapes differ or a case has no legal token.
    """
    logits = torch.as_tensor(logits).detach().cpu()
    legal = torch.as_tensor(legal_after).bool().cpu()
    if logits.shape != legal.shape or logits.ndim != 2:
        raise ValueError(
            f"logits {list(logits.shape)} and legal tokens {list(legal.shape)} must both be"
            " [cases, vocab]"
        )
    if not legal.any(-1).all():
        case = int(legal.any(-1).int().argmin())
        raise ValueError(f"case {case} has no legal token: leave out boards without a legal move")
    return (top_n(logits, legal) != legal).sum(-1).numpy()


@dataclass(frozen=True)
class Scores:
    """How an edit did, case by case; arrays [cases].

    ``error``: top-N error. ``mass``: probability of the moves that are legal on the edited board.
    ``promoted`` of the ``gained`` moves, which only the edited board allows, are in the top N;
    ``suppressed`` of the ``lost`` ones, which only the old board allowed, aren't. ``drift``: total
    variation distance to the unedited model among the moves whose legality is the same on both
    boards, NaN where none of these is legal.
    """

    error: np.ndarray
    mass: np.ndarray
    promoted: np.ndarray
    gained: np.ndarray
    suppressed: np.ndarray
    lost: np.ndarray
    drift: np.ndarray

    def intervals(self) -> dict[str, Interval]:
        """Return means over cases, or shares of moves, with 95% bootstrap intervals over cases."""
        known = np.isfinite(self.drift)
        parts = {
            "error": (self.error, 1),
            "mass": (self.mass, 1),
            "promoted": (self.promoted, self.gained),
            "suppressed": (self.suppressed, self.lost),
            "drift": (np.where(known, self.drift, 0), known),
        }
        hits, totals = (
            np.stack(np.broadcast_arrays(*x), 1) for x in zip(*parts.values(), strict=True)
        )
        found = probes.bootstrap_shares(hits, totals)
        rows = zip(found.mean.tolist(), found.low.tolist(), found.high.tolist(), strict=True)
        return {name: Interval(*row) for name, row in zip(parts, rows, strict=True)}


def score(logits: torch.Tensor, unedited: torch.Tensor, cases: Cases) -> Scores:
    """Return the scores of an edit, from the logits [cases, vocab] with it and without."""
    was, now = cases.legal_before, cases.legal_after
    picked = top_n(logits, now)
    same = (was == now) & F.pad(torch.ones(len(was), 32, dtype=torch.bool), (1, 0))
    shared = [x.softmax(-1) * same for x in (logits, unedited)]
    shared = [p / p.sum(-1, keepdim=True) for p in shared]
    drift = (shared[0] - shared[1]).abs().sum(-1) / 2
    drift = torch.where((was & now).any(-1), drift, math.nan)
    parts = dict(
        mass=(logits.softmax(-1) * now).sum(-1),
        promoted=(picked & now & ~was).sum(-1),
        gained=(now & ~was).sum(-1),
        suppressed=(~picked & was & ~now).sum(-1),
        lost=(was & ~now).sum(-1),
        drift=drift,
    )
    arrays = {name: value.numpy() for name, value in parts.items()}
    return Scores(error=top_n_error(logits, now), **arrays)


def least_error(prefixes: Prefixes, edits: Sequence[Edit]) -> Edit:
    """Return the edit with the least mean top-N error; for cases that nothing is reported on."""
    legal = prefixes.cases.legal_after
    return min(edits, key=lambda edit: top_n_error(prefixes.run(edit), legal).mean())


# --- activation patching ------------------------------------------------------------------------


def counterfactuals(
    n: int, ply: int = 19, back: int = 6, seed: int = 0, first: int = 0
) -> tuple[Cases, np.ndarray]:
    """Return cases and other games, squares [cases, ply + 1], with one earlier move changed.

    The move ``back`` before position ``ply`` is another one and all moves after it are the same,
    legal in both games; a case's ``after`` is the board that the other game leads to. Both boards
    must allow a move that the other doesn't.
    """
    rng = np.random.default_rng([seed, first])
    parts, have = [], 0
    while have < n:
        replay = games.sample_replay(8 * n, seed, first)
        first += 8 * n
        at = ply - back
        own, other = replay.mine[:, at], replay.theirs[:, at]
        square = rng.random((8 * n, 36))
        square[~_flat(replay.legal[:, at])] = -1
        square[np.arange(8 * n), replay.moves[:, at]] = -1
        square = square.argmax(1)
        others = replay.moves[:, : ply + 1].copy()
        others[:, at] = square
        fine = np.ones(8 * n, bool)
        for move in others[:, at:].T:
            fine &= rules.flips(own, other, move) != 0
            own, other = _after_move(own, other, move)
        mine, theirs = _position(replay, np.full(8 * n, ply))
        can = rules.legal_moves(mine, theirs), rules.legal_moves(own, other)
        fine &= ((can[0] & ~can[1]) != 0) & ((can[1] & ~can[0]) != 0)
        before, after = _classes(mine, theirs), _classes(own, other)
        cases = Cases(replay.moves, np.full(8 * n, ply), before, after)
        parts.append((cases[fine], others[fine]))
        have += fine.sum()
    return _joined([cases for cases, _ in parts])[:n], np.concatenate([o for _, o in parts])[:n]


@torch.no_grad()
def patch(
    model: GPT, cases: Cases, others: np.ndarray, groups: Sequence[Sequence[int]], back: int = 6
) -> tuple[np.ndarray, np.ndarray]:
    """Return what places carry of a difference, [cases, sites, groups], and all of it, [cases].

    The stream of the other game is put into the run of the case's own at one site and one group of
    positions, counted from ``back`` before the last. What is measured at the last position is the
    mean logit of the moves that only the other board allows minus that of those that only the own
    board allows, as a difference from the own run (Meng 2022, https://arxiv.org/abs/2202.05262).
    All cases must be of one length.
    """
    last = int(cases.ply[0])
    own, other = cases.tokens[:, : last + 1], torch.from_numpy(games.tokens_of(others))
    streams = [[x.clone() for x in model.residual_stream(tokens)] for tokens in (own, other)]
    gained, lost = cases.legal_after & ~cases.legal_before, cases.legal_before & ~cases.legal_after

    def metric(logits):
        up, down = ((logits * m).sum(-1) / m.sum(-1) for m in (gained, lost))
        return up - down

    ends = [metric(model.unembed(stream[-1][:, -1])) for stream in streams]
    moved = np.empty((len(cases), len(model.sites), len(groups)), np.float32)
    for site, (x, source) in enumerate(zip(*streams, strict=True)):
        for k, group in enumerate(groups):
            positions = last - back + np.asarray(group)
            patched = x.clone()
            patched[:, positions] = source[:, positions]
            found = metric(model.unembed(_resumed(model, patched, site)[:, -1]))
            moved[:, site, k] = (found - ends[0]).numpy()
    return moved, (ends[1] - ends[0]).numpy()


def _resumed(model: GPT, x: torch.Tensor, site: int) -> torch.Tensor:
    """Return the final stream that follows from the stream at a site (index into the sites)."""
    for half in range(site, 2 * model.config.n_layer):
        block = model.transformer.h[half // 2]
        x = x + (block.mlp(block.ln_2(x)) if half % 2 else block.attn(block.ln_1(x)))
    return x

"""Activation patching: the stream of one game in another."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer

from .. import game
from ..devices import device_of
from ..model import GPT
from .cases import Cases, after_move, classes, joined, position


def counterfactuals(
    n: int, ply: int = 19, back: int = 6, seed: int = 0, first: int = 0
) -> tuple[Cases, Integer[np.ndarray, "cases plies"]]:
    """Return cases and other games up to position ``ply``, with one earlier move changed.

    The move ``back`` before position ``ply`` is another one and all moves after it are the same,
    legal in both games; a case's ``after`` is the board that the other game leads to. Both boards
    must allow a move that the other doesn't.
    """
    rng = np.random.default_rng([seed, first])
    parts, have = [], 0
    while have < n:
        replay = game.sample_replay(8 * n, seed, first)
        first += 8 * n
        at = ply - back
        own, other = replay.mine[:, at], replay.theirs[:, at]
        square = rng.random((8 * n, 36))
        square[~game.on_squares(replay.legal[:, at])] = -1
        square[np.arange(8 * n), replay.moves[:, at]] = -1
        square = square.argmax(1)
        others = replay.moves[:, : ply + 1].copy()
        others[:, at] = square
        fine = np.ones(8 * n, bool)
        for move in others[:, at:].T:
            fine &= game.flips(own, other, move) != 0
            own, other = after_move(own, other, move)
        mine, theirs = position(replay, np.full(8 * n, ply))
        can = game.legal_moves(mine, theirs), game.legal_moves(own, other)
        fine &= ((can[0] & ~can[1]) != 0) & ((can[1] & ~can[0]) != 0)
        before, after = classes(mine, theirs), classes(own, other)
        cases = Cases(replay.moves, np.full(8 * n, ply), before, after)
        parts.append((cases[fine], others[fine]))
        have += fine.sum()
    return joined([cases for cases, _ in parts])[:n], np.concatenate([o for _, o in parts])[:n]


@torch.no_grad()
def patch(
    model: GPT,
    cases: Cases,
    others: Integer[np.ndarray, "cases plies"],
    groups: Sequence[Sequence[int]],
    back: int = 6,
) -> tuple[Float[np.ndarray, "cases sites groups"], Float[np.ndarray, " cases"]]:
    """Return what places carry of a difference, and all of it, in logits.

    The stream of the other game is put into the run of the case's own at one site and one group of
    positions, counted from ``back`` before the last. What is measured at the last position is the
    mean logit of the moves that only the other board allows minus that of those that only the own
    board allows, as a difference from the own run (Meng 2022, https://arxiv.org/abs/2202.05262).
    All cases must be of one length. Raises ``ValueError`` on padding.
    """
    last = int(cases.ply[0])
    own, other = cases.tokens[:, : last + 1], torch.from_numpy(game.tokens_of(others))
    device = device_of(model)
    games = own.to(device), other.to(device)
    streams = [[x.clone() for x in model.residual_stream(tokens)] for tokens in games]
    was, now = cases.legal_before.to(device), cases.legal_after.to(device)
    gained, lost = now & ~was, was & ~now

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
            *_, final = model.onwards(patched, site)
            found = metric(model.unembed(final[:, -1]))
            moved[:, site, k] = (found - ends[0]).cpu().numpy()
    return moved, (ends[1] - ends[0]).cpu().numpy()

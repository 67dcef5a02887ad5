"""A game at home of which one move is illegal: is the board wrong, or was the move?"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Integer

from .. import game, probes
from ..devices import device_of
from ..intervals import Interval, bootstrap_shares
from ..model import GPT
from .starts import next_move_probabilities, per_square
from .trackers import legal_next, track


def with_an_illegal_move(
    moves: Integer[np.ndarray, "games plies"], ply: int, seed: int = 0
) -> Integer[np.ndarray, "games shorter"]:
    """Return games up to move ``ply``, which is replaced by a random illegal one beside a disc.

    It is put on an empty square that touches a disc, as every legal one does. Games where every
    such square is legal are left out. Raises ``IllegalMove`` for games that break the rules before.
    """
    rng = np.random.default_rng(seed)
    record = game.replay(moves[:, : ply + 1])
    occupied = game.to_array(record.mine[:, ply] | record.theirs[:, ply])
    wide = np.pad(occupied, ((0, 0), (1, 1), (1, 1)))
    beside = np.zeros_like(occupied)
    for row in range(3):
        for column in range(3):
            beside |= wide[:, row : row + 6, column : column + 6]
    can = (beside & ~occupied & ~record.legalities()[:, ply]).reshape(len(moves), -1)
    chosen = (can * rng.random(can.shape)).argmax(-1)
    changed = np.concatenate([moves[:, :ply], chosen[:, None]], 1)
    return changed[can.any(1)]


@dataclass(frozen=True)
class Believed:
    """What a network makes of one illegal move, over games that tell the two readings apart.

    ``put``: the chance of a square that is legal only if a disc was put and nothing turned;
    ``repaired``: of one that is legal only on the nearest board on which the move was legal, by the
    tracker's choice among equally near ones; ``both``, ``neither``: of an empty square that is
    legal on both boards, on none;
    ``read_as_put``: the share, of the discs in which those boards differ, that a probe reads as if
    nothing had been turned.
    """

    put: Interval
    repaired: Interval
    both: Interval
    neither: Interval
    read_as_put: Interval


def believed_after_one(
    model: GPT, probe: probes.Probe, moves: Integer[np.ndarray, "games plies"], ply: int = 14
) -> Believed:
    """Return what a network believes after ``with_an_illegal_move(moves, ply)``.

    ``probe`` reads the board at its first site.
    """
    odd = with_an_illegal_move(moves, ply)
    held = [track(odd, way) for way in ("plays on", "repairs")]
    as_put, as_repaired = (boards[:, -1] for boards in held)
    put, repaired = (legal_next(boards)[:, -1] for boards in held)
    chance = next_move_probabilities(model, odd)
    site = probe.sites[0]
    with torch.no_grad():
        tokens = torch.from_numpy(game.tokens_of(odd)).to(device_of(model))
        stream = dict(zip(model.sites, model.residual_stream(tokens), strict=True))
        read = probe.classify("board", site, stream[site][:, -1]).cpu().numpy()
    side = 1 if len(odd[0]) % 2 == 0 else -1  # who is to move, whose discs are read as mine
    differ, kept = as_put != as_repaired, (read.astype(int) - 1) * side == as_put
    return Believed(
        put=per_square(chance, put & ~repaired),
        repaired=per_square(chance, repaired & ~put),
        both=per_square(chance, put & repaired),
        neither=per_square(chance, (as_put == 0) & ~put & ~repaired),
        read_as_put=bootstrap_shares((kept & differ).sum(1), differ.sum(1)),
    )

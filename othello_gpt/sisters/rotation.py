"""Is one network's board another's, turned in their space of 128 dimensions?

Orthogonal Procrustes (Schonemann 1966): the rotation that takes one network's activations closest
to another's in the same positions. What was fitted on the one can then be carried to the other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float

from ..game import Games
from ..model import GPT
from ..probes import Probe, activations, fingerprint
from ..probes.activations import Rows

Square = Float[torch.Tensor, "width width"]
PAIRINGS = ("a rotation", "no rotation", "a random rotation", "a rotation by other games")
"""How one network's space is laid onto another's: fitted, and three controls.

Of the last, positions of one network are paired with positions of other games at the same move.
"""


@dataclass(frozen=True)
class Turn:
    """A similarity of the space: rows are moved, turned, made longer or shorter, and moved."""

    centre: Float[torch.Tensor, " width"]
    rotation: Float[torch.Tensor, "width width"]
    scale: float
    origin: Float[torch.Tensor, " width"]

    def __call__(self, x: Rows) -> Rows:
        """Return rows of the one space as rows of the other."""
        return self.scale * (x - self.centre) @ self.rotation + self.origin


def closest_turn(x: Rows, y: Rows, rotation: Square | None = None) -> Turn:
    """Return the similarity that takes rows ``x`` closest to rows ``y``, in squares.

    With ``rotation``: the closest that turns like this.
    """
    centre, origin = x.mean(0), y.mean(0)
    x, y = x - centre, y - origin
    u, _, v = torch.linalg.svd((x.T @ y).double())
    scale = (y.norm() / x.norm()).item()
    return Turn(centre, (u @ v).float() if rotation is None else rotation, scale, origin)


def turns_between(
    here: GPT, there: GPT, sites: Sequence[str], games: Games, pairing: str, seed: int = 0
) -> list[Turn]:
    """Return what takes activations ``here`` to those ``there``, of each site.

    ``pairing``: one of ``PAIRINGS``. Raises ``ValueError`` for another.
    """
    if pairing not in PAIRINGS:
        raise ValueError(f"no pairing {pairing!r}: there are {', '.join(PAIRINGS)}")
    generator = np.random.default_rng(seed)
    others = games
    if pairing == "a rotation by other games":
        moves = games.moves[generator.permutation(len(games.moves))]
        others = Games.of(moves)
    width, turns = here.config.n_embd, []
    for x, y in zip(_rows(here, games, sites), _rows(there, others, sites), strict=True):
        given = None
        if pairing == "no rotation":
            given = torch.eye(width)
        elif pairing == "a random rotation":
            q, r = np.linalg.qr(generator.standard_normal((width, width)))
            given = torch.from_numpy(q * np.sign(np.diag(r))).float()
        turns.append(closest_turn(x, y, given))
    return turns


def _rows(model: GPT, games: Games, sites: Sequence[str]) -> Iterator[Rows]:
    with torch.no_grad():
        found = dict(activations(model, games.replay, list(sites)))
    return (found[k] for k in range(len(sites)))


def carried(probe: Probe, turns: Sequence[Turn], onto: GPT) -> Probe:
    """Return a probe for the network ``onto``, whose activations ``turns`` take to the probe's own.

    ``turns``: one for each of the probe's sites. The probe reads from an activation what it read
    from the one that this is taken to, and its directions are turned back. Raises ``ValueError`` if
    there aren't as many turns as sites.
    """
    if len(turns) != len(probe.sites):
        raise ValueError(f"{len(turns)} turns for {len(probe.sites)} sites: one for each is needed")
    weight, bias = {}, {}
    for target, of in probe.weight.items():
        pairs = list(zip(turns, of, probe.bias[target], strict=True))
        weight[target] = torch.stack([t.scale * w @ t.rotation.T for t, w, _ in pairs])
        bias[target] = torch.stack(
            [b + w @ (t.origin - t.scale * t.centre @ t.rotation) for t, w, b in pairs]
        )
    return replace(probe, weight=weight, bias=bias, source=fingerprint(onto), scores={})

"""The same silence in a network written by hand, where a line's units are all that turns its discs.

What is there to be found is known, so it shows how much of it the method finds.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Float, Int

from ..construction import Crowded
from ..construction.crowded import NormalisedBlock
from ..devices import device_of
from ..game import Games
from ..intervals import Interval, bootstrap_shares
from ..neurons import Line
from ..types import Tokens
from .flips import line_rules, lines_turned, tied_neurons
from .line_ablation import Mask, rivals_of, sample_flips


@dataclass(frozen=True)
class KnownLines:
    """``lines``: how many lines have units tied to them; ``silent``: how many units, in the mean.

    ``run``: by who is silenced, the share of the line's turned discs that the network's board then
    has wrong; ``others``: the share of all other squares.
    """

    lines: int
    silent: float
    run: dict[str, Interval]
    others: dict[str, Interval]


@torch.no_grad()
def silence_by_hand(
    network: Crowded, ply: int, fit: Games, n: int, seed: int = 0, first: int = 0
) -> KnownLines:
    """Find the units of lines by their rules, on ``fit``, and silence them in ``n`` other games.

    The method is that of the learned network: rules with an F1 of 0.5, units held at their means,
    the same rivals. It is applied to the layer that makes move ``ply`` (from zero), at that move's
    position. Without silence the network's board is exact. Raises ``ValueError`` if it isn't.
    """
    outputs, tied = tied_by_hand(network, ply, fit)
    flips = sample_flips(n, tied, seed, first, (ply, ply))
    here, stream = _units(network, ply, flips.cases.tokens)
    mean, std = (one.numpy() for one in (outputs.mean(0), outputs.std(0)))
    write = cast("torch.nn.Linear", network.blocks[ply].mlp["out"])
    norms = write.weight.norm(dim=0).cpu().numpy()[None]
    chosen = rivals_of(flips.lines, tied, here.numpy(), mean, std, norms, seed)

    def wrong(mask: Mask):
        hidden = torch.where(torch.from_numpy(mask), torch.from_numpy(mean), here)[:, 0]
        after = stream + write(hidden.to(stream))
        return _mine_and_theirs(network, after, ply) != flips.cases.before

    if wrong(np.zeros((n, 1, outputs.shape[-1]), bool)).any():
        raise ValueError("the network's board is wrong before anything is silenced")
    seen = {name: wrong(mask) for name, mask in chosen.items()}
    run, rest = flips.run, ~flips.run
    return KnownLines(
        lines=len(tied),
        silent=float(chosen["its own line"].sum((1, 2)).mean()),
        run={k: bootstrap_shares((w & run).sum(1), run.sum(1)) for k, w in seen.items()},
        others={k: bootstrap_shares((w & rest).sum(1), rest.sum(1)) for k, w in seen.items()},
    )


@torch.no_grad()
def tied_by_hand(
    network: Crowded, ply: int, fit: Games
) -> tuple[Float[torch.Tensor, "games 1 units"], dict[Line, list[tuple[int, int]]]]:
    """Return what the units of the layer that makes move ``ply`` put out there, and whose lines.

    Units are tied to lines by the rules of ``tied_neurons``, as (0, unit).
    """
    outputs, _ = _units(network, ply, torch.from_numpy(fit.tokens))
    replay = fit.replay
    turned = lines_turned(replay.mine[:, ply], replay.theirs[:, ply], fit.moves[:, ply])
    return outputs, tied_neurons(line_rules(outputs[:, 0].numpy()[None], turned))


def _units(
    network: Crowded, ply: int, tokens: Tokens, batch: int = 200
) -> tuple[Float[torch.Tensor, "games 1 units"], Float[torch.Tensor, "games width"]]:
    """Return what a layer's units put out where it makes its move, and the stream before them."""
    block = cast("NormalisedBlock", network.blocks[ply])
    site = network.sites.index(f"resid_mid {ply}")
    found, streams = [], []
    for some in tokens[:, : ply + 1].split(batch):
        sites = network.residual_stream(some.to(device_of(network)))
        stream = next(x for k, x in enumerate(sites) if k == site)[:, ply]
        streams.append(stream.clone())
        found.append(block.mlp["in"](block.ln_2(stream)).relu().cpu())
    return torch.cat(found)[:, None], torch.cat(streams)


def _mine_and_theirs(
    network: Crowded, stream: Float[torch.Tensor, "cases width"], ply: int
) -> Int[np.ndarray, "cases 36"]:
    """Return the board that is held, 0 theirs, 1 empty, 2 mine, for who moves after ``ply``."""
    first, second = network.discs(stream).int().chunk(2, -1)
    held = second - first if ply % 2 == 0 else first - second
    return 1 + held.cpu().numpy()

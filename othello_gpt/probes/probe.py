"""A probe: linear maps at sites, for targets."""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F


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

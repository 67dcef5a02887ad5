"""Taking heads away."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from .. import game, probes
from ..devices import device_of
from ..intervals import Interval, bootstrap
from ..model import GPT, inputs_of
from ..probes import Probe
from ..types import Moves
from .patterns import gathered

WAYS = ("zero", "mean", "resample")


@dataclass(frozen=True)
class Ablations:
    """What is lost without each head; arrays [ways, layers, heads, games], ways as in ``WAYS``.

    ``loss``: nats a move more; ``illegal``: more of the first choices that are illegal; ``cells``:
    by target of the probe, fewer cells read correctly at its site.
    """

    loss: Float[np.ndarray, "ways layers heads games"]
    illegal: Float[np.ndarray, "ways layers heads games"]
    cells: dict[str, Float[np.ndarray, "ways layers heads games"]]

    def interval(self, what: str) -> Interval:
        """Return the mean of a loss over games, [ways, layers, heads], with intervals."""
        return bootstrap(np.moveaxis(self._of(what), -1, 0))

    def median(self, what: str) -> Interval:
        """Return the mean loss over games of the median head, [ways], with intervals over games."""

        def of_heads(means):
            return np.median(means.reshape(*means.shape[:2], -1), axis=-1)

        return bootstrap(np.moveaxis(self._of(what), -1, 0), statistic=of_heads)

    def of_heads(self, what: str, heads: Int[np.ndarray, " heads"]) -> dict[str, Interval]:
        """Return what is lost without some heads, by way; ``heads`` count through all layers."""
        found, index = self.interval(what), np.unravel_index(heads, self.loss.shape[1:3])
        return {way: found.at((k, *index)) for k, way in enumerate(WAYS)}

    def games(self, some: slice) -> "Ablations":
        """Return what is lost in some of the games."""
        cells = {name: of[..., some] for name, of in self.cells.items()}
        return Ablations(self.loss[..., some], self.illegal[..., some], cells)

    def _of(self, what: str) -> Float[np.ndarray, "ways layers heads games"]:
        return self.cells[what] if what in self.cells else getattr(self, what)


@torch.no_grad()
def ablate_heads(model: GPT, moves: Moves, probe: Probe, batch: int = 20) -> Ablations:
    """Return what is lost without each head of a model, in three ways.

    *Zero*: the head writes nothing; *mean*: its average output at that position over the games;
    *resample*: its output at that position in another one of the games (which keeps what it writes
    typical). ``probe`` is linear, of one site; heads after it can't matter there.

    Raises ``ValueError`` if the probe has more than one site or isn't this model's.
    """
    if len(probe.sites) != 1 or probe.source != probes.fingerprint(model):
        raise ValueError(f"expected a probe of this model at one site, not at {probe.sites}")
    L, H = model.config.n_layer, model.config.n_head
    device, games = device_of(model), game.Games(moves)
    legal = torch.from_numpy(game.legal_tokens(moves))[:, 1:].to(device)
    tokens = inputs_of(moves).to(device)
    each = [torch.stack(list(gathered(model, part))) for part in tokens.split(batch)]
    mixes = torch.cat(each, 1)  # [layers, games, T, heads, head width]
    shape = (len(WAYS), L, H, len(moves))
    loss, illegal, cells = (
        np.zeros(shape),
        np.zeros(shape),
        {n: np.zeros(shape) for n in probe.bias},
    )
    labels = {n: torch.from_numpy(probes.TARGETS[n].labels(games.replay)) for n in probe.bias}
    truths = {n: of.to(device) for n, of in labels.items()}
    following = torch.from_numpy(game.token_of_square()[moves[:, 1:]]).to(device)
    for first in range(0, len(moves), batch):
        some = slice(first, first + batch)
        stream = list(model.residual_stream(tokens[some]))
        truth = {name: t[some] for name, t in truths.items()}
        score = _Scorer(model, probe, legal[some], following[some], truth)
        base = score(0, stream[1:])
        for layer in range(L):
            own = mixes[layer, some]
            others = {
                "zero": torch.zeros_like(own),
                "mean": mixes[layer].mean(0).expand_as(own),
                "resample": mixes[layer].roll(1, 0)[some],
            }
            for way, name in enumerate(WAYS):
                # All heads at once: a copy of the games for each head that is taken out.
                z = own.expand(H, *own.shape).clone()
                for head in range(H):
                    z[head, ..., head, :] = others[name][..., head, :]
                block = model.transformer.h[layer]
                x = stream[2 * layer] + block.attn.c_proj(z.flatten(-2))
                sites = list(model.onwards(x.flatten(0, 1), 2 * layer + 1))
                changed = score(2 * layer, sites, base)
                for out, a, b in zip((loss, illegal, *cells.values()), changed, base, strict=True):
                    out[way, layer, :, some] = (a.view(H, -1) - b).cpu()
    return Ablations(loss, illegal, {name: -lost for name, lost in cells.items()})


class _Scorer:
    """Loss, illegal share and cells read, of each of some games and of copies of them."""

    def __init__(self, model, probe, legal, following, truth):
        self.model, self.probe, self.legal, self.truth = model, probe, legal, truth
        self.next = following
        self.at = model.sites.index(probe.sites[0])

    def __call__(self, skipped: int, sites: list[torch.Tensor], base=()) -> list[torch.Tensor]:
        """Return each score [copies * games]; ``sites`` are the stream from site 1 + skipped on.

        What was written before those has the scores of ``base``.
        """
        log_p = self.model.unembed(sites[-1]).log_softmax(-1)
        copies = len(log_p) // len(self.legal)
        legal, target = self.legal.repeat(copies, 1, 1), self.next.repeat(copies, 1)
        nll = -log_p.gather(-1, target[..., None]).squeeze(-1).mean(-1)
        top = log_p.argmax(-1, keepdim=True)
        scores = [nll, 1 - legal.gather(-1, top).squeeze(-1).float().mean(-1)]
        index = self.at - 1 - skipped
        for name, truth in self.truth.items():
            if index < 0:
                scores.append(base[len(scores)].repeat(copies))
                continue
            x, truth = sites[index].flatten(0, 1), truth.repeat(copies, 1, 1)
            said = self.probe.logits(name, self.probe.sites[0], x).max(1).indices
            scores.append((said.view_as(truth) == truth).float().mean((1, 2)))
        return scores

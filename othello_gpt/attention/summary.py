"""What each head looks at, on average."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped

from ..devices import device_of
from ..model import GPT, inputs_of
from ..types import Moves
from .patterns import patterns


def head_name(layer: int, head: int) -> str:
    """Return how the book calls a head.

    >>> head_name(3, 5)
    'L3 H5'
    """
    return f"L{layer} H{head}"


@dataclass(frozen=True)
class AttentionSummary:
    """Where heads look, over games; [layers, heads, ...].

    ``mean`` [.., T, T]: the average pattern. Shares of attention, averaged over all positions but
    the first: ``parity``, of what goes to earlier moves, the share on moves of the same parity (of
    the side that has just moved); ``previous``, ``itself``, ``first``: on the move before, on the
    move itself, on the first move. ``square`` [.., 36]: on the move that played a square, where it
    has been played before; ``between`` [.., 36, 36]: the same by the square of the move that the
    head looks from (0 for pairs that never came). In their controls the squares are another game's:
    those looked at, and those looked from. ``uniform`` holds the shares of a head that looks at all
    moves alike.
    """

    mean: Float[np.ndarray, "layers heads positions positions"]
    parity: Float[np.ndarray, "layers heads"]
    previous: Float[np.ndarray, "layers heads"]
    itself: Float[np.ndarray, "layers heads"]
    first: Float[np.ndarray, "layers heads"]
    square: Float[np.ndarray, "layers heads squares"]
    square_control: Float[np.ndarray, "layers heads squares"]
    between: Float[np.ndarray, "layers heads squares squares"]
    between_control: Float[np.ndarray, "layers heads squares squares"]
    uniform: dict[str, float]

    @property
    def names(self) -> list[str]:
        """Each head's name, such as ``"L3 H5"``, in order."""
        return [head_name(*at) for at in np.ndindex(self.parity.shape)]

    @property
    def strength(self) -> dict[str, Float[np.ndarray, "layers heads"]]:
        """By kind, how plainly each head is of it: its share of attention.

        For mixed heads, which have no such share: the spread over squares.
        """
        shares = self.previous, self.itself, self.first, self.square.max(-1), self.parity
        named = dict(zip(KINDS, (*shares, 1 - self.parity), strict=True))
        return named | {"mixed": self.square.std(-1)}

    def examples(self, n: int = 2) -> list[tuple[int, str]]:
        """Return the ``n`` plainest heads of each kind, as numbers through all layers."""
        kind = kinds(self).ravel()
        return [
            (int(i), name)
            for name, share in self.strength.items()
            for i in [i for i in np.argsort(-share, axis=None) if kind[i] == name][:n]
        ]

    def table(self) -> dict[str, list]:
        """Return columns, one row a head: its name, what it looks at, and its shares."""
        shares = {"same parity": self.parity, "previous": self.previous}
        shares |= {"itself": self.itself, "first": self.first}
        words = {"head": self.names, "looks at": kinds(self).ravel().tolist()}
        return words | {name: share.ravel().tolist() for name, share in shares.items()}


def summarise(
    model: GPT,
    moves: Moves,
    batch: int = 50,
    instead: Float[np.ndarray, "layers heads positions positions"] | None = None,
) -> AttentionSummary:
    """Return where all heads look in games [games, 32], in one streamed pass.

    ``instead`` [layers, heads, 31, 31]: patterns that the heads have in every game instead of their
    own. With the average ones (``AttentionSummary.mean``) they look at nothing but when a move
    was.
    """
    L, H, T = model.config.n_layer, model.config.n_head, moves.shape[1] - 1
    total = torch.zeros(L, H, T, T, dtype=torch.float64)
    by_square = torch.zeros(2, L, H, 36, dtype=torch.float64)
    between = torch.zeros(2, L, H, 36, 36, dtype=torch.float64)
    chances, meetings = (torch.zeros(2, *n, dtype=torch.float64) for n in ((36,), (36, 36)))
    device = device_of(model)
    earlier = torch.ones(T, T, device=device).tril(-1)
    for first in range(0, len(moves), batch):
        some = moves[first : first + batch]
        own = F.one_hot(torch.from_numpy(some[:, :-1].astype(np.int64)).to(device), 36).float()
        squares = torch.stack([own, own.roll(1, 0)])
        seen_before = earlier @ own  # [games, query, square]
        chances += torch.einsum("qk,ogks->os", earlier, squares).cpu()
        meetings += torch.einsum("ogqs,gqt->ost", squares, seen_before).cpu()
        for layer, pattern in enumerate(_patterns(model, some, instead)):
            total[layer] += pattern.sum(0).cpu()
            received = (pattern * earlier).sum(2)  # [games, heads, key]
            by_square[:, layer] += torch.einsum("ghk,ogks->ohs", received, squares).cpu()
            paid = (pattern * earlier) @ own[:, None]  # [games, heads, query, square]
            between[:, layer] += torch.einsum("ogqs,ghqt->ohst", squares, paid).cpu()
    mean = (total / len(moves)).numpy()
    by_square = (by_square / chances.clamp(min=1)[:, None, None]).numpy()
    between = (between / meetings.clamp(min=1)[:, None, None]).numpy()
    flat = np.tril(np.ones((T, T))) / np.arange(1, T + 1)[:, None]
    return AttentionSummary(
        mean,
        **_shares(mean),
        square=by_square[0],
        square_control=by_square[1],
        between=between[0],
        between_control=between[1],
        uniform={name: share.item() for name, share in _shares(flat[None, None]).items()},
    )


def _patterns(model: GPT, moves: Moves, instead: np.ndarray | None) -> Iterable[torch.Tensor]:
    if instead is None:
        return patterns(model, inputs_of(moves).to(device_of(model)))
    held = torch.from_numpy(instead).float().to(device_of(model))
    return held[:, None].expand(-1, len(moves), -1, -1, -1)


def _shares(
    mean: Float[np.ndarray, "layers heads positions positions"],
) -> dict[str, Float[np.ndarray, "layers heads"]]:
    """Return the shares of attention that an ``AttentionSummary`` has by their names there."""
    T = mean.shape[-1]
    query, key = np.arange(T)[:, None], np.arange(T)
    before = key < query
    same = (mean * (before & ((query - key) % 2 == 0))).sum((-2, -1))
    others = (mean * before)[..., 2:, :].sum((-2, -1))  # move 2 has no earlier one of its parity
    previous = np.diagonal(mean, -1, -2, -1).mean(-1)
    itself = np.diagonal(mean, 0, -2, -1)[..., 1:].mean(-1)
    parity, first = same / np.maximum(others, 1e-12), mean[..., 1:, 0].mean(-1)
    return {"parity": parity, "previous": previous, "itself": itself, "first": first}


KINDS = ("previous move", "itself", "first move", "a fixed square", "same parity", "other parity")


def kinds(
    seen: AttentionSummary, most: float = 0.5, parity: float = 0.8
) -> Shaped[np.ndarray, "layers heads"]:
    """Return what each head looks at, as words [layers, heads]: one of ``KINDS``, or "mixed".

    The first kind in their order whose share is above ``most`` (for the parities, ``parity`` of
    what goes to earlier moves).
    """
    tests = [seen.previous, seen.itself, seen.first, seen.square.max(-1)]
    flags = [share > most for share in tests] + [seen.parity > parity, seen.parity < 1 - parity]
    found = np.full(seen.previous.shape, "mixed", dtype="<U16")
    for name, flag in reversed(list(zip(KINDS, flags, strict=True))):
        found[flag] = name
    return found

"""What an edit achieved: mistakes about what the written board allows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Integer

from ..intervals import Interval, bootstrap_shares
from .cases import Cases, LegalTokens
from .edits import Edit
from .prefixes import CachedPrefixes
from .running import CaseLogits

_Edit = TypeVar("_Edit", bound=Edit)


def top_n(logits: CaseLogits, legal: LegalTokens) -> LegalTokens:
    """Return which tokens are among a case's N likeliest, N being how many are legal."""
    rank = logits.argsort(dim=-1, descending=True, stable=True).argsort(-1)
    return rank < legal.sum(-1, keepdim=True)


def top_n_error(logits, legal_after) -> Integer[np.ndarray, " cases"]:
    """Return how many moves are wrong and how many are missing in each case (Li 2023, Nanda 2023).

    ``legal_after`` bool [cases, vocab] are the legal tokens of the edited board for the same side
    to move, N of them; compared with the model's N likeliest tokens by ``logits`` [cases, vocab].
    Arrays or tensors. Raises ``ValueError`` if the shapes differ or a case has no legal token.
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

    error: Integer[np.ndarray, " cases"]
    mass: Float[np.ndarray, " cases"]
    promoted: Integer[np.ndarray, " cases"]
    gained: Integer[np.ndarray, " cases"]
    suppressed: Integer[np.ndarray, " cases"]
    lost: Integer[np.ndarray, " cases"]
    drift: Float[np.ndarray, " cases"]

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
        found = bootstrap_shares(hits, totals)
        return {name: found.at(k) for k, name in enumerate(parts)}


def score(logits: CaseLogits, unedited: CaseLogits, cases: Cases) -> Scores:
    """Return the scores of an edit, from the logits with it and without."""
    was, now = cases.legal_before, cases.legal_after
    logits, unedited = logits.cpu(), unedited.cpu()
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


_Dose = TypeVar("_Dose")


def error_at_best_dose(
    make: Callable[[_Dose, Cases], Edit],
    doses: Sequence[_Dose],
    choice: CachedPrefixes,
    test: CachedPrefixes,
) -> Integer[np.ndarray, " cases"]:
    """Return the top-N error of ``test``'s cases after an edit whose dose was chosen on ``choice``.

    ``make`` returns the edit of a dose, for some cases; a dose is a number, or whatever else there
    is to choose, such as a pair of a number and sites.
    """

    def errors(dose, prefixes):
        cases = prefixes.cases
        return top_n_error(prefixes.run(make(dose, cases)), cases.legal_after)

    return errors(min(doses, key=lambda dose: errors(dose, choice).mean()), test)


def least_error(prefixes: CachedPrefixes, edits: Sequence[_Edit]) -> _Edit:
    """Return the edit with the least mean top-N error; for cases that nothing is reported on."""
    legal = prefixes.cases.legal_after
    return min(edits, key=lambda edit: top_n_error(prefixes.run(edit), legal).mean())

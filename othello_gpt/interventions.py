"""Edits of the board in the model's head, and a scoreboard that could have said no.

A probe shows that a board can be *read* off the residual stream. That the model *uses* it is
another claim: change what the probe reads and the model's next move must change as the rules say
(Li 2023, https://arxiv.org/abs/2210.13382; Nanda 2023, https://arxiv.org/abs/2309.00941).

Chapter: ``book/interventions.py``.
"""

from __future__ import annotations

import numpy as np
import torch

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

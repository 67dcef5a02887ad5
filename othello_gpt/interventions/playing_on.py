"""Playing on from an edited board."""

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Integer

from ..devices import device_of
from .cases import (
    MINE,
    SQUARE,
    THEIRS,
    CaseBoards,
    Cases,
    after_move,
    bits_of,
    classes,
    legal_tokens,
)
from .edits import Edit, check_sites
from .running import SourceOfLogits, boards_of

Counts = Integer[np.ndarray, " cases"]
Says = Callable[
    [Int[torch.Tensor, " cases"], Int[torch.Tensor, " cases"], bool],
    Float[torch.Tensor, "cases vocab"],
]
"""Takes the last tokens, their positions and whether they are those that were edited; says what
comes next, given all that came before."""


def play_from(
    says: Says,
    board: CaseBoards,
    tokens: Int[torch.Tensor, " cases"],
    ply: Int[torch.Tensor, " cases"],
    context: int,
    moves: int,
) -> tuple[Counts, Counts]:
    """Return how many later moves are illegal, and how many were made.

    The likeliest legal moves are played from ``board`` [cases, 36], both sides by the same player;
    where the likeliest one is illegal, it counts. It ends with the game, which has ``context``
    tokens, or at a pass. The first of the ``moves`` isn't counted.
    """
    own, other = bits_of(board, MINE), bits_of(board, THEIRS)
    illegal, made = np.zeros((2, len(board)), np.int64)
    going: Bool[np.ndarray, " cases"] = np.ones(len(board), bool)
    for move in range(moves):
        logits = says(tokens, ply, move == 0).cpu()
        legal = legal_tokens(classes(own, other))
        going &= legal.any(1).numpy()
        best = logits.argmax(1)
        right = legal.gather(1, best[:, None])[:, 0].numpy()
        illegal += going & ~right & (move > 0)
        made += going & (move > 0)
        played = torch.where(legal, logits, -math.inf).argmax(1)
        own, other = after_move(own, other, SQUARE[played.numpy()])
        tokens, ply = played.to(ply.device), ply + 1
        going &= (ply < context).cpu().numpy()
        ply = ply.clamp(max=context - 1)
    return illegal, made


@torch.no_grad()
def play_on_source(
    source: SourceOfLogits,
    cases: Cases,
    edit: Edit | None = None,
    board: CaseBoards | None = None,
    moves: int = 10,
) -> tuple[Counts, Counts]:
    """Return what ``CachedPrefixes.play_on`` does, of any source that has an ``unembed``.

    All positions are computed again for every move, with the edit where it was made. Raises
    ``ValueError`` as ``run_source`` does.
    """
    check_sites(() if edit is None else edit.sites, source.sites, "the sites are")
    device = device_of(source)
    game_so_far = cases.tokens.clone().to(device)
    before, after = (one.to(device) for one in boards_of(cases, None))
    made_at, here = torch.from_numpy(cases.ply).long().to(device), torch.arange(len(cases))

    def says(tokens, ply, edited):
        game_so_far[here, ply] = tokens
        x = torch.empty(0)
        for site, x in zip(source.sites, source.residual_stream(game_so_far), strict=True):
            if edit is not None and site in edit.sites:
                x[here, made_at] = edit(site, x[here, made_at], before, after)
        return source.unembed(x[here, ply])

    start = game_so_far[here, made_at]
    board = cases.after if board is None else board
    return play_from(says, board, start, made_at, cases.tokens.shape[1], moves)

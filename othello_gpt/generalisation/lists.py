"""A sample of all lists of moves of one length, and how likely training saw each."""

import numpy as np
from jaxtyping import Float, Integer

from .. import game


def sampled(
    plies: int, n: int, seed: int = 0
) -> tuple[game.Beginnings, Integer[np.ndarray, " lists"]]:
    """Return beginnings of ``plies`` moves that stand for all of that length, and their families.

    A family is all that follows on one of ``n`` beginnings that are a move shorter. These are drawn
    from all of theirs, each as likely as any other, so that shares over the lists are ratios of
    sums over families (see ``intervals.bootstrap_shares``). Those after which the side to move
    would have to pass are left out. Raises ``ValueError`` for fewer than two moves, or for more
    families than there are.
    """
    if plies < 2:
        raise ValueError(f"lists of {plies} moves have no families: ask for two or more")
    here = game.Beginnings.empty()
    for _ in range(plies - 2):
        here = here.longer()
    children = here.legal().sum(1)
    ends = children.cumsum()
    if n > ends[-1]:
        raise ValueError(f"there are {ends[-1]} families, not {n}")
    drawn = np.sort(np.random.default_rng(seed).choice(ends[-1], n, replace=False))
    rows = np.searchsorted(ends, drawn, side="right")
    # Each row is made longer by itself, once for each of its children that is drawn.
    nth = drawn - (ends - children)[rows]
    own = children[rows].cumsum() - children[rows]
    shorter = here[rows].longer()[own + nth]
    family = np.repeat(np.arange(n), shorter.legal().sum(1))
    lists = shorter.longer()
    asked = lists.legal().any(1)
    return lists[asked], family[asked]


def unseen(moves: Integer[np.ndarray, "n plies"], games: int) -> Float[np.ndarray, " n"]:
    """Return how likely it is that a list begins none of so many random games.

    All legal moves are taken for equally likely, so that a list is as likely as the product says.
    Raises ``IllegalMove`` where the rules don't allow one.
    """
    legal = game.on_squares(game.replay(moves).legal[:, : moves.shape[1]])
    chance = np.prod(1 / legal.sum(-1), axis=1)
    return np.exp(games * np.log1p(-chance))

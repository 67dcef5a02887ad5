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


def unseen_boards(moves: Integer[np.ndarray, "n plies"], games: int) -> Float[np.ndarray, " n"]:
    """Return how likely it is that none of so many random games comes by the board after a list.

    By whatever order of the same moves. All orders are followed, those together that have led to
    one board: a list of ten moves takes some hundredths of a second. All legal moves are taken for
    equally likely. Raises ``IllegalMove`` where the rules don't allow one.
    """
    final = game.replay(moves)
    ends = zip(final.after_first[:, -1].tolist(), final.after_second[:, -1].tolist(), strict=True)
    chance = [_chance_of(played, *end) for played, end in zip(moves, ends, strict=True)]
    return np.exp(games * np.log1p(-np.array(chance)))


def _chance_of(played: Integer[np.ndarray, " plies"], first: int, second: int) -> float:
    """Return how likely a random game is to have these discs after moves on these squares."""
    here, chance = game.Beginnings.empty(), np.ones(1)
    mine, theirs = here.mine, here.theirs
    for _ in played:
        legal = game.on_squares(game.legal_moves(mine, theirs))
        rows, which = np.nonzero(legal[:, played])
        shares = chance[rows] / legal.sum(1)[rows]
        boards = np.stack(game.play(mine[rows], theirs[rows], played[which]), 1)
        boards, one = np.unique(boards, axis=0, return_inverse=True)
        chance, (mine, theirs) = np.bincount(one.ravel(), shares), boards.T
    end = (second, first) if len(played) % 2 else (first, second)
    return float(chance[(mine == end[0]) & (theirs == end[1])].sum())

"""An adversary that looks for the shortest game in which a network's first choice is illegal."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Integer

from .. import game
from .asking import Asking, Logits


@dataclass(frozen=True)
class Search:
    """What a search has found.

    ``caught``: the moves of a game after which the first choice is illegal, or None; ``choice``:
    that move; ``margins``: by ply, the least lead of a legal move over every illegal one, in
    logits; ``asked``: how many positions the network was asked about.
    """

    caught: tuple[int, ...] | None
    choice: int | None
    margins: tuple[float, ...]
    asked: int


def beginnings_of(moves: Integer[np.ndarray, "n plies"]) -> game.Beginnings:
    """Return games as beginnings. Raises ``IllegalMove`` where the rules don't allow one."""
    last = game.replay(moves)
    first, second = last.after_first[:, -1], last.after_second[:, -1]
    sides = (first, second) if moves.shape[1] % 2 == 0 else (second, first)
    return game.Beginnings(moves, *sides)


def apart(plies: int = 3) -> list[game.Beginnings]:
    """Return the beginnings of so many moves that don't turn into one another, each by itself.

    The start's four symmetries carry its four first moves into each other. So each list of moves is
    one that begins with the first of them, turned or mirrored, and no two of these are alike.
    Raises ``ValueError`` for no moves.
    """
    if plies < 1:
        raise ValueError(f"{plies} moves: the first is what tells them apart")
    found = game.Beginnings.empty()
    for _ in range(plies):
        found = found.longer()
    return [found[[row]] for row in np.flatnonzero(found.moves[:, 0] == found.moves[:, 0].min())]


def search(
    model: Logits,
    width: int,
    plies: int = 31,
    how: str = "least margin",
    seed: int = 0,
    begin: game.Beginnings | None = None,
) -> Search:
    """Return the shortest game that a beam search has found in which a network is caught.

    From ply to ply it keeps ``width`` beginnings: those where the network is closest to an illegal
    choice (``least margin``), or as many at random (``random``), which is the rival with the same
    budget. It starts from ``begin``, by default from the empty game, and goes up to ``plies`` moves
    in all. Positions after which a side must pass aren't asked about: training has none. Raises
    ``ValueError`` for another ``how``.
    """
    if how not in ("least margin", "random"):
        raise ValueError(f"no search {how!r}: choose 'least margin' or 'random'")
    rng = np.random.default_rng(seed)
    kept = begin or game.Beginnings.empty()
    asking, least = Asking(model, kept), []
    while kept.moves.shape[1] < plies:
        longer, row = kept.longer(), np.nonzero(kept.legal())[0]
        some = np.flatnonzero(longer.legal().any(1))
        if not len(some):
            break
        if how == "random" and len(some) > width:
            some = np.sort(rng.choice(some, width, replace=False))
        longer, row = longer[some], row[some]
        lead, choice = asking.margins(longer, row, keep=how == "random")
        least.append(float(lead.min()))
        if lead.min() <= 0:
            return _caught(longer, lead, choice, least, asking.asked)
        kept = longer
        if how != "random":
            best = np.sort(np.argsort(lead, kind="stable")[:width])
            kept = longer[best]
            asking.keep(kept, row[best])
    return Search(None, None, tuple(least), asking.asked)


def _caught(beginnings, lead, choice, least, asked) -> Search:
    worst = int(lead.argmin())
    moves = tuple(int(s) for s in beginnings.moves[worst])
    return Search(moves, int(choice[worst]), tuple(least), asked)


def blind(
    model: Logits,
    questions: int,
    width: int,
    plies: int = 31,
    seed: int = 0,
    begin: game.Beginnings | None = None,
) -> Search:
    """Return the shortest catch of random searches that ask at least so many questions together.

    It is the rival of a search from the same ``begin`` that asked as many; ``margins`` are of the
    one that is returned.
    """
    found, asked, shortest = Search(None, None, (), 0), 0, None
    while asked < questions:
        found = search(model, width, plies, "random", seed, begin)
        seed, asked = seed + 1, asked + found.asked
        fewer = shortest is None or len(found.caught or ()) < len(shortest.caught or ())
        if found.caught and fewer:
            shortest = found
    best = shortest or found
    return replace(best, asked=asked)


def random_lists(
    model: Logits,
    questions: int,
    plies: int = 31,
    seed: int = 0,
    begin: game.Beginnings | None = None,
) -> Search:
    """Return the shortest catch among random lists: so many of one length, then of the next.

    A stronger rival than ``blind``, as each length has all the ``questions`` to itself. Lists after
    which a side must pass aren't gone on with.
    """
    rng = np.random.default_rng(seed)
    kept = begin or game.Beginnings.empty()
    kept = kept[np.sort(rng.integers(len(kept), size=questions))]
    asking, least = Asking(model, kept), []
    while kept.moves.shape[1] < plies:
        may = kept.legal()
        squares = (may * rng.random(may.shape)).argmax(1)
        sides = game.play(kept.mine, kept.theirs, squares, kept.size)
        mine, theirs = map(np.atleast_1d, sides)
        moves = np.concatenate([kept.moves, squares[:, None]], 1)
        longer = game.Beginnings(moves, mine, theirs, kept.size)
        row = np.flatnonzero(longer.legal().any(1))
        if not len(row):
            break
        kept = longer[row]
        lead, choice = asking.margins(kept, row, keep=True)
        least.append(float(lead.min()))
        if lead.min() <= 0:
            return _caught(kept, lead, choice, least, asking.asked)
    return Search(None, None, tuple(least), asking.asked)

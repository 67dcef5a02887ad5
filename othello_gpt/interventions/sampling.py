"""Cases, drawn at random from games."""

import numpy as np

from .. import game
from .cases import Cases, bit, classes, joined, position
from .changes import CANDIDATES


def sample_cases(
    n: int,
    kind: str = "flip",
    seed: int = 0,
    first: int = 0,
    plies: tuple[int, int] = (4, 28),
    telling: bool = True,
    player: str | None = None,
    standard: bool = False,
) -> Cases:
    """Return ``n`` cases of different games, whose edit changes the legal set.

    Without ``telling``, whose edit changes the board, be the legal set another or the same.

    ``kind``: ``"flip"`` turns any one disc over; ``"reachable"`` makes the board that another order
    of the last four moves leads to (all discs that differ are turned at once); ``"unreachable"``
    turns one disc so that no last move can have led there (``has_last_move``); ``"erase"`` and
    ``"place"`` take one disc away (not in the centre) or add one (unreachable without a pass: the
    number of discs tells whose turn it is); ``"replace"`` makes the board that another last move
    leads to. Positions are uniform in ``plies``, edits uniform among those that qualify. Edited
    boards without a legal move are left out. Games are those of ``game.sample_moves`` from index
    ``first`` on, by default from the start that training has (``standard``), or those of a
    ``player`` of ``game.PLAYERS`` from there.

    Raises ``ValueError`` on another kind or player.
    """
    if kind not in CANDIDATES:
        raise ValueError(f"no kind of case {kind!r}: use one of {', '.join(CANDIDATES)}")
    rng = np.random.default_rng([seed, first, list(CANDIDATES).index(kind)])
    parts, have = [], 0
    while have < n:
        if player is None:
            replay = game.sample_replay(2 * n, seed, first, standard=standard)
        else:
            replay = game.replay(game.play_games(player, 2 * n, seed, first))
        first += 2 * n
        ply = rng.integers(plies[0], plies[1] + 1, 2 * n)
        mine, theirs = position(replay, ply)
        own, other = CANDIDATES[kind](mine, theirs, replay, ply)
        legal = game.legal_moves(own, other)
        if telling:
            differs = legal != game.legal_moves(mine[:, None], theirs[:, None])
        else:
            differs = (own != mine[:, None]) | (other != theirs[:, None])
        fits = (legal != 0) & differs
        rows = np.flatnonzero(fits.any(1))
        chosen = rows, np.where(fits, rng.random(fits.shape), -1).argmax(1)[rows]
        after = classes(own[chosen], other[chosen])
        parts.append(Cases(replay.moves[rows], ply[rows], classes(mine, theirs)[rows], after))
        have += len(rows)
    return joined(parts)[:n]


def sample_two_discs(
    n: int, seed: int = 0, first: int = 0, plies: tuple[int, int] = (4, 28)
) -> tuple[Cases, Cases, Cases]:
    """Return ``n`` cases in which two discs matter only together, and those of either alone.

    Turning either disc over leaves the legal moves as they are; turning both changes them. Who
    knows only what each disc does for each move by itself can't tell. Drawn uniformly among such
    pairs of discs, one position a game.
    """
    rng = np.random.default_rng([seed, first])
    one, other = (np.asarray(bit(np.array(of))) for of in np.triu_indices(36, 1))  # of each pair
    parts, have = [], 0
    while have < n:
        replay = game.sample_replay(n, seed, first)
        first += n
        ply = rng.integers(plies[0], plies[1] + 1, n)
        own, opp = (x[:, None] for x in position(replay, ply))

        def after(turned, own=own, opp=opp):
            return own ^ turned, opp ^ turned

        legal = game.legal_moves(own, opp)
        both = game.legal_moves(*after(one | other))
        fits = ((one | other) & ~(own | opp)) == 0
        fits &= (game.legal_moves(*after(one)) == legal) & (
            game.legal_moves(*after(other)) == legal
        )
        fits &= (both != legal) & (both != 0)
        rows = np.flatnonzero(fits.any(1))
        pair = np.where(fits, rng.random(fits.shape), -1).argmax(1)[rows]
        turned = one[pair] | other[pair], one[pair], other[pair]
        mine, theirs = own[rows, 0], opp[rows, 0]
        parts.append([
            Cases(
                replay.moves[rows],
                ply[rows],
                classes(mine, theirs),
                classes(*after(of, mine, theirs)),
            )
            for of in turned
        ])  # fmt: skip
        have += len(rows)
    both, left, right = (joined(part)[:n] for part in zip(*parts, strict=True))
    return both, left, right

"""Games that catch a network, move by move: the true board, the one that is read, the next move."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int8

from .. import game, probes
from ..figures import Panel, game_boards, stepper
from ..model import GPT
from .adversary import beginnings_of
from .boards import boards_read, true_boards
from .starts import next_move_probabilities


@dataclass(frozen=True)
class Followed:
    """A game from the start of training: what there is after each of its ``moves``.

    ``true`` and ``read`` are boards, +1 the first player's disc, -1 the second's, 0 empty: the true
    one and the one that a probe reads. ``chances`` are those of the next move, by square.
    """

    moves: Sequence[int]
    true: Int8[np.ndarray, "plies squares"]
    read: Int8[np.ndarray, "plies squares"]
    chances: Float[np.ndarray, "plies squares"]


def follow(model: GPT, probe: probes.Probe, moves: Sequence[int]) -> Followed:
    """Return a game move by move; ``probe`` reads the board at its first site.

    Raises ``IllegalMove`` for a game that breaks the rules, ``ValueError`` where it has ended.
    """
    played = np.array([moves], np.int64)
    then = beginnings_of(played).legal()
    if not then.any():
        raise ValueError("nobody can move after the last move, so that no board is read there")
    full = np.column_stack([played, then.argmax(1)])  # what is read needs a next move
    chances = [next_move_probabilities(model, played[:, : k + 1])[0] for k in range(len(moves))]
    return Followed(
        moves=moves,
        true=true_boards(full, standard=False)[0],
        read=boards_read(probe, model, full, standard=False)[0],
        chances=np.stack(chances),
    )


def draw_caught(one: Followed) -> go.Figure:
    """Return a game to be stepped through, at its end: squares are shaded that are read wrongly."""
    panels = [
        Panel("the game"),
        Panel("as a probe reads it", discs=one.read, values=one.read != one.true, legal=False),
        Panel("its next move", values=one.chances),
    ]
    return game_boards(np.array(one.moves), panels, at=len(one.moves))


def draw_games_caught(games: Sequence[Followed]) -> go.Figure:
    """Return several games under one slider, each to be stepped through from its first move.

    Raises ``ValueError`` for no games.
    """
    if not games:
        raise ValueError("no games to draw")
    true, read, chances = (
        np.concatenate([getattr(one, what) for one in games])
        for what in ("true", "read", "chances")
    )
    panels = [
        Panel("the true board", discs=true),
        Panel("as a probe reads it", discs=read, values=read != true),
        Panel("its next move", discs=true, values=chances),
    ]
    titles = [
        f"game {k}, {n}. {game.square_name(move)}"
        for k, one in enumerate(games, 1)
        for n, move in enumerate(one.moves, 1)
    ]
    last = [move for one in games for move in one.moves]
    return stepper(panels, titles, last=last, at=len(games[0].moves) - 1)

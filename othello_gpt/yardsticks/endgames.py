"""Late positions, solved exactly."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Integer, Shaped

from .. import game
from ..intervals import Interval, bootstrap_shares
from ..model import GPT, next_moves
from ..types import Moves

Shares = Shaped[np.ndarray, "games *rest"]


@dataclass(frozen=True)
class Endgames:
    """A model's next-move distribution beside the exact one; arrays [games, plies, 36].

    ``ply`` [plies] counts the moves played. Of both, the probability of every square; ``legal``
    bool, whether the rules allow a move there (some legal moves lead to a pass).
    """

    ply: Integer[np.ndarray, " plies"]
    exact: Float[np.ndarray, "games plies 36"]
    model: Float[np.ndarray, "games plies 36"]
    legal: Bool[np.ndarray, "games plies 36"]

    def divergence(self) -> Float[np.ndarray, "games plies"]:
        """Return the Kullback-Leibler divergence from the exact distribution, in nats."""
        ratio = np.log(np.where(self.exact > 0, self.exact, 1) / np.maximum(self.model, 1e-30))
        return np.where(self.exact > 0, self.exact * ratio, 0).sum(-1)

    def rules_only(self) -> "Endgames":
        """Return the same of a player who knows the rules only: all legal moves alike."""
        return replace(self, model=self.legal / self.legal.sum(-1, keepdims=True))

    def illegal_part(self) -> Float[np.ndarray, "games plies"]:
        """Return what the divergence owes to probability on illegal moves, in nats.

        The rest is the divergence of the model's distribution *given* that its move is legal.
        """
        return -np.log((self.model * self.legal).sum(-1))

    def calibration(
        self, edges: Float[np.ndarray, " edges"]
    ) -> tuple[Float[np.ndarray, " bins"], Interval, Float[np.ndarray, " bins"]]:
        """Return by bin of the model's probability its mean, a ratio, and the entries, [bins].

        ``edges`` [bins + 1] ascend; what is outside counts to the first or last bin. The ratio is
        the sum of the exact probabilities over that of the model's, 1 if it is calibrated, with an
        interval over games. Squares to which both give nothing (less than 1e-6) aren't counted.
        """
        bins = len(edges) - 1
        place = np.clip(np.searchsorted(edges, self.model, "right") - 1, 0, bins - 1)
        place += bins * np.arange(len(place))[:, None, None]
        counted = (self.model > 1e-6) | (self.exact > 0)

        def by_game(values):
            sums = np.bincount(place[counted], values[counted], bins * len(place))
            return sums.reshape(-1, bins)

        said, count = by_game(self.model), by_game(np.ones(place.shape)).sum(0)
        ratio = shares_of(by_game(self.exact), said)
        return said.sum(0) / np.maximum(count, 1), ratio, count


def shares_of(hits: Shares, totals: Shares) -> Interval:
    """Return sum(hits) / sum(totals) over games (or pairs), however small the totals are."""
    scale = np.maximum(totals.sum(0), 1e-30)  # bootstrap_shares divides by at least 1
    n = len(hits)
    return bootstrap_shares(hits * n / scale, totals * n / scale)


def endgames(model: GPT, moves: Moves, first: int = 22) -> Endgames:
    """Return the model's and the exact next-move distributions from move ``first`` + 1 on.

    Raises ``ValueError`` if more than 12 squares are empty then (see
    ``game.next_move_probabilities``).
    """
    replay = game.replay(moves)
    exact = game.next_move_probabilities(replay.mine[:, first:], replay.theirs[:, first:])
    said = next_moves(model, moves[:, :-1])[:, first - 1 :]
    legal = game.on_squares(replay.legal[:, first:])
    return Endgames(np.arange(first, moves.shape[1]), exact, said, legal)

"""How good are the predictions? Legality, excess loss, their intervals."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer

from .. import game
from ..devices import device_of
from ..game import Games
from ..intervals import Interval, bootstrap, wilson
from ..types import Moves, Tokens
from .gpt import GPT, GPTConfig

HELD_OUT_SEED = 2**32 - 1
"""The sampler's seed whose games training watches, and by which recipes were chosen."""
REPORT_SEED = 20_261_127
"""The seed whose games are reported on: nothing was ever chosen or stopped on them.

Training refuses both.
"""


@dataclass(frozen=True)
class Predictions:
    """What a model says about all moves of games but the first, 31 of them on 6x6.

    ``legal``: whether the arg-max token is a legal move (top-1 legality). ``legal_mass``: the
    probability given to all legal moves. ``nll``: minus the log-probability of the move that was
    played, in nats. ``top``: the square of the arg-max token, -1 for the pad token.
    """

    legal: Bool[np.ndarray, "games positions"]
    legal_mass: Float[np.ndarray, "games positions"]
    nll: Float[np.ndarray, "games positions"]
    top: Integer[np.ndarray, "games positions"]


def board_of(config: GPTConfig) -> tuple[int, int]:
    """Return the size of the board that a network is for, and the token of its first square.

    The token is 1 where 0 is padding, and 0 where the vocabulary has nothing but squares. Raises
    ``ValueError`` naming vocabulary and context if they are those of no board.
    """
    for size in game.SIZES:
        playable = size * size - 4
        first = config.vocab_size - playable
        if first in (0, 1) and config.block_size >= playable - 1:
            return size, first
    raise ValueError(
        f"a vocabulary of {config.vocab_size} and a context of {config.block_size} are those of no "
        "board: 4x4, 6x6 and 8x8 have 12, 32 and 60 squares to play on, which the vocabulary has "
        "to equal or (with a padding token) exceed by one, and the context to be one short of or "
        "longer"
    )


def _standard(size: int) -> bool:
    """Return which start games have: 8x8 networks know that of tournaments, others this book's."""
    return size == 8


@lru_cache
def log_survival(size: int = 6) -> float:
    """Return the log of the share of random games that never need a pass, estimated once."""
    return math.log(game.survival(size=size)[0])


def inputs_of(moves: Moves) -> Tokens:
    """Return this book's network's input for 6x6 games: the tokens of all moves but the last.

    Raises ``ValueError`` on padding.

    >>> inputs_of(np.array([[2, 1, 0]]))
    tensor([[3, 2]])
    """
    return torch.from_numpy(game.tokens_of(moves[:, :-1]))


@torch.inference_mode()
def next_moves(
    model: torch.nn.Module, moves: Moves, batch: int = 250
) -> Float[np.ndarray, "games plies squares"]:
    """Return the probability of each square of the board after each of the moves.

    The board is that of the model's vocabulary and context; a model without a ``config`` is taken
    to be of this book's sizes. The probability of a pad token is left out, so a row can sum to a
    little less than 1. Raises ``ValueError`` on padding, and what ``board_of`` raises.
    """
    size, first = board_of(getattr(model, "config", GPTConfig()))
    tokens = torch.from_numpy(game.tokens_of(moves, size)) + (first - 1)
    parts = [model(t.to(device_of(model))).float().softmax(-1).cpu() for t in tokens.split(batch)]
    p = torch.cat(parts).numpy()
    board = np.zeros((*p.shape[:-1], size * size), np.float32)
    board[..., game.playable(size)] = p[..., first:]
    return board


@torch.inference_mode()
def predict(model: GPT, moves: Moves | Games, batch: int = 250) -> Predictions:
    """Return how a model's next-move distributions do on whole games without passes.

    Games that are predicted more than once are replayed once if they come as ``Games``. Raises what
    ``board_of`` raises, ``IllegalMove`` for games that the rules of the model's board don't allow,
    and ``ValueError`` on padding.
    """
    device = device_of(model)
    size, first = board_of(model.config)
    games = moves if isinstance(moves, Games) else Games(moves, size, _standard(size))
    legal = torch.from_numpy(games.legal_tokens[..., 1 - first :])
    tokens = torch.from_numpy(game.tokens_of(games.moves, size)) + (first - 1)
    parts = []
    for t, can in zip(tokens.split(batch), legal.split(batch), strict=True):
        t, can = t.to(device), can[:, 1:].to(device)
        log_p = model(t[:, :-1]).float().log_softmax(-1)  # [games, 31, vocab]
        top = log_p.argmax(-1)
        best = can.gather(-1, top[..., None]).squeeze(-1)
        mass = (log_p.exp() * can).sum(-1)
        nll = -log_p.gather(-1, t[:, 1:, None]).squeeze(-1)
        parts.append([x.cpu().numpy() for x in (best, mass, nll, top)])
    legal, mass, nll, top = (np.concatenate(x) for x in zip(*parts, strict=True))
    return Predictions(legal, mass, nll, game.square_of_token(size)[1 - first :][top])


@dataclass(frozen=True)
class Evaluation:
    """How a model does on held-out games: intervals over games, or over games for each ply.

    ``illegal``: share of predicted positions whose arg-max is illegal. ``legal_mass``: probability
    on legal moves. ``loss``: mean cross-entropy in nats. ``excess``: what the loss has above the
    entropy floor; the mean Kullback-Leibler divergence from the true next-move distribution.
    """

    games: int
    illegal: Interval
    legal_mass: Interval
    loss: Interval
    excess: Interval
    illegal_by_ply: Interval
    legal_mass_by_ply: Interval
    excess_by_ply: Interval

    @classmethod
    def of(cls, seen: Predictions, games: Games, seed: int = REPORT_SEED) -> "Evaluation":
        """Return how predictions do on ``games`` that were sampled with ``seed``.

        The games have to be uniformly random ones without passes, or ``excess`` means nothing.
        Raises ``ValueError`` for fewer than two games, ``GamesError`` for unfinished ones.
        """
        size = games.size
        # What is random about games doesn't change in a mirror, which swaps the two starts.
        column = games.moves % size
        plain = games.moves - column + (size - 1 - column if games.standard else column)
        # The probability of a whole game under the process that made it is known up to a constant.
        truth = game.log_choices(plain, size)[:, 1:].sum(1) + log_survival(size)
        return cls(
            games=len(games),
            illegal=bootstrap(1 - seen.legal.mean(1)),
            legal_mass=bootstrap(seen.legal_mass.mean(1)),
            loss=bootstrap(seen.nll.mean(1)),
            excess=bootstrap((seen.nll.sum(1) - truth) / seen.nll.shape[1]),
            illegal_by_ply=wilson((~seen.legal).sum(0), len(games)),
            legal_mass_by_ply=bootstrap(seen.legal_mass),
            excess_by_ply=bootstrap(seen.nll - game.surprise(plain, seed, size)[:, 1:]),
        )

    def __str__(self) -> str:
        return (
            f"{self.games:,} held-out games, 95% intervals over games\n"
            f"illegal top-1   {self.illegal:.3%}\n"
            f"legal mass      {self.legal_mass:.5f}\n"
            f"loss            {self.loss:.5f} nats a move\n"
            f"excess loss     {self.excess:.5f} nats a move over the entropy floor"
        )


def evaluate(model: GPT, n_games: int = 20_000, seed: int = REPORT_SEED) -> Evaluation:
    """Return legality and loss of a model on freshly sampled games that training never sees.

    They are random games without passes on the board that the vocabulary tells, from the
    tournament's start on 8x8. Raises what ``board_of`` raises.
    """
    size, _ = board_of(model.config)
    standard = _standard(size)
    moves = game.sample_moves(n_games, seed, size=size, standard=standard)
    games = Games(moves, size, standard)
    return Evaluation.of(predict(model, games), games, seed)

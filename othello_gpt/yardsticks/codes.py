"""Boards as codes in 128 dimensions: random ones and the best linear one."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn as nn
from jaxtyping import Float

from .. import game
from ..devices import device_of
from ..model import GPT
from ..types import Moves, Stream, Tokens

Matrix = Float[np.ndarray, "width width"]


class Directions(nn.Module):
    """Some directions of a network's residual stream at one site, the more the further.

    ``basis`` [width, width] has them as columns. Of this source a site has what the stream is along
    the first n, for each n of ``counts``, and zeros for the others.
    """

    basis: Float[torch.Tensor, "width width"]

    def __init__(self, model: GPT, site: str, basis: Matrix, counts: Sequence[int]):
        super().__init__()
        self.model, self.site, self.counts = model, site, counts
        self.sites = tuple(f"{n} directions" for n in counts)
        directions = torch.from_numpy(np.ascontiguousarray(basis, np.float32))
        self.register_buffer("basis", directions.to(device_of(model)))

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield the stream along the first n directions, for each n of ``counts``."""
        at = self.model.sites.index(self.site)
        stream = self.model.residual_stream(tokens)
        along = next(x for i, x in enumerate(stream) if i == at) @ self.basis
        for n in self.counts:
            yield _first(along, n)


def principal_components(covariance: Matrix) -> Matrix:
    """Return the directions of a covariance, columns [width, width], largest variance first."""
    return np.linalg.eigh(covariance)[1][:, ::-1]


def random_directions(width: int, seed: int = 0) -> Matrix:
    """Return orthogonal directions, columns [width, width], uniformly at random."""
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((width, width)))[0]


class Code(nn.Module):
    """The true board, squeezed into fewer dimensions by a linear map.

    What a linear probe reads from it is what d dimensions can hold of a board. ``matrix`` [72, most
    dimensions] says where each of ``Code.indicators`` is put; a site has the first d dimensions
    of the code, for each d of ``widths``, and zeros for the others.
    """

    code: Float[torch.Tensor, "72 most"]

    def __init__(self, matrix: Float[np.ndarray, "72 most"], widths: Sequence[int]):
        super().__init__()
        self.widths = tuple(widths)
        self.sites = tuple(f"{w} dimensions" for w in widths)
        self.register_buffer("code", torch.from_numpy(np.ascontiguousarray(matrix, np.float32)))

    @staticmethod
    def indicators(tokens: Tokens) -> Float[torch.Tensor, "games positions 72"]:
        """Return which squares are mine, then which are theirs, 0 or 1.

        Raises ``IllegalMove`` for tokens that are no game's from its start.
        """
        replay = game.replay(game.square_of_token()[tokens.cpu().numpy()])
        discs = replay.boards() * replay.player[..., None, None]  # 1 theirs, who have just moved
        discs = discs.reshape(*replay.moves.shape, 36)
        sides = np.concatenate([discs < 0, discs > 0], -1).astype(np.float32)
        return torch.from_numpy(sides).to(tokens.device)

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield the code's first dimensions, zeros for the others, for each of the widths."""
        code = self.indicators(tokens) @ self.code
        for width in self.widths:
            yield _first(code, width)


def random_code(most: int, seed: int = 0) -> Float[np.ndarray, "72 most"]:
    """Return a Gaussian map [72, most] for ``Code``: it knows nothing of the game."""
    return np.random.default_rng(seed).standard_normal((72, most))


def principal_code(moves: Moves) -> Float[np.ndarray, "72 72"]:
    """Return the map [72, 72] for ``Code`` that keeps, in each number of dimensions, most variance.

    The principal components of boards in games ``moves``: of all linear codes of d dimensions the
    one from which a linear map restores the indicators with the least squared error. Raises
    ``ValueError`` on padding.
    """
    tokens = torch.from_numpy(game.tokens_of(moves[:, :-1]))
    return principal_components(np.cov(Code.indicators(tokens).flatten(0, 1).T.numpy()))


def _first(x: torch.Tensor, n: int) -> torch.Tensor:
    return x * (torch.arange(x.shape[-1], device=x.device) < n)

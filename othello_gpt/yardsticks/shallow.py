"""The shallow rival: one trained hidden layer on who has played where, and when.

It knows all that the network is told, and it is trained towards more: at every position, towards
all legal moves. What it can't do is compute in steps. It is what the network's numbers are held
against where an untrained reader would be too weak a rival.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from jaxtyping import Float, Int
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from .. import game
from ..game.jit import njit
from ..model import GPTConfig
from ..types import Logits, Stream, Tokens

EMBEDDED = Path(__file__).parent / "shallow.safetensors"
"""The rival that comes with the package; its metadata name the command that made it."""


class Shallow(nn.Module):
    """One hidden layer: ``relu(bias[t] + sum over i <= t of played[i, move i])``, and a linear map.

    Games without passes alternate, so the ply says who has played and whose turn it is. All that
    is known beforehand is built in. Half of the units work when the one side is to move, half when
    the other is (a bias per ply can switch them off). They come in eights, one for each side and
    each of the start's four symmetries, and share their weights: ``filters`` times eight is the
    width. Each vector is the sum of one for square and side and one for square and ply.
    """

    sites = ("hidden layer",)
    side: Int[torch.Tensor, "2 plies"]

    def __init__(self, filters: int, seed: int = 0, plies: int = 31, vocabulary: int = 33):
        super().__init__()
        self.filters, self.width = filters, 8 * filters
        self.config = GPTConfig(plies, vocabulary, n_layer=1, n_head=1, n_embd=self.width)
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape, fan_in):
            return nn.Parameter(torch.randn(*shape, generator=generator) / fan_in**0.5)

        self.by_side = normal(2, vocabulary, filters, fan_in=plies)
        self.by_ply = nn.Parameter(torch.zeros(2, plies, vocabulary, filters))
        self.bias = nn.Parameter(torch.zeros(plies, filters))
        self.out = normal(filters, vocabulary, fan_in=4 * filters)
        self.out_bias = nn.Parameter(torch.zeros(vocabulary))
        second = torch.arange(plies) % 2  # who made each move, seen by who is to move: 1 the other
        self.register_buffer("side", torch.stack([1 - second, second]), persistent=False)

    def weights(
        self, parity: int
    ) -> tuple[
        Float[torch.Tensor, "plies vocabulary half"],
        Float[torch.Tensor, "plies half"],
        Float[torch.Tensor, "half vocabulary"],
    ]:
        """Return vectors, biases and outputs of the half that works at plies of a parity.

        [plies, vocabulary, width / 2], [plies, width / 2] and [width / 2, vocabulary].
        """
        played = self.by_side[self.side[parity]] + self.by_ply[parity]
        turned = _SYMMETRIES[parity].to(self.out.device)
        played = torch.cat([played.index_select(1, tokens) for tokens in turned], -1)
        return played, self.bias.repeat(1, 4), torch.cat([self.out[:, t] for t in turned])

    def halves(
        self, tokens: Tokens
    ) -> Iterator[
        tuple[Float[torch.Tensor, "games plies half"], Float[torch.Tensor, "half vocabulary"]]
    ]:
        """Yield what each half has at the plies where it works, and its map to the logits.

        Raises ``ValueError`` for tokens or for a length that the rival doesn't have.
        """
        plies, vocabulary = self.config.block_size, self.config.vocab_size
        if tokens.shape[1] > plies:
            raise ValueError(f"{tokens.shape[1]} tokens in a game: the rival has {plies} plies")
        if tokens.numel() and not 0 <= int(tokens.min()) <= int(tokens.max()) < vocabulary:
            raise ValueError(
                f"tokens {int(tokens.min())} to {int(tokens.max())}: the rival has 0 to "
                f"{vocabulary - 1}"
            )
        length = torch.arange(tokens.shape[1], device=tokens.device)
        for parity in range(2):
            played, bias, out = self.weights(parity)
            if played.device.type == "cpu" and not played.requires_grad:  # 12 times as fast
                hidden = played.new_empty(*tokens[:, parity::2].shape, len(out))
                vectors, less, moves = (x.numpy() for x in (played, bias, tokens))
                hidden_into(vectors, less, moves, parity, hidden.numpy())
            else:
                sums = played[length, tokens].cumsum(1) + bias[: len(length)]
                hidden = sums[:, parity::2].relu()
            yield hidden, out

    def residual_stream(self, tokens: Tokens) -> Iterator[Stream]:
        """Yield the hidden layer, [games, T, width]."""
        stream = self.out.new_zeros(*tokens.shape, 2, self.width // 2)
        for parity, (hidden, _) in enumerate(self.halves(tokens)):
            stream[:, parity::2, parity] = hidden
        yield stream.flatten(2)

    def unembed(
        self, hidden: Float[torch.Tensor, "... width"]
    ) -> Float[torch.Tensor, "... vocabulary"]:
        """Return the logits that follow from the hidden layer."""
        return hidden @ torch.cat([self.weights(parity)[2] for parity in range(2)]) + self.out_bias

    def forward(self, tokens: Tokens) -> Logits:
        """Return the logits of the move after each position."""
        logits = self.out.new_empty(*tokens.shape, self.config.vocab_size)
        for parity, (hidden, out) in enumerate(self.halves(tokens)):
            logits[:, parity::2] = hidden @ out + self.out_bias
        return logits


@njit(nogil=True)
def hidden_into(played, bias, tokens, parity, hidden):
    """Fill ``hidden`` [games, plies of a parity, half]: without a gradient, much faster."""
    for g in range(tokens.shape[0]):
        total = np.zeros_like(bias[0])
        for t in range(tokens.shape[1]):
            total += played[t, tokens[g, t]]
            if t % 2 == parity:
                out, less = hidden[g, t // 2], bias[t]
                for w in range(len(total)):
                    out[w] = max(total[w] + less[w], np.float32(0))


def _symmetries() -> torch.Tensor:
    """Return what the start's symmetries make of tokens, for either side: [2, 4, 33].

    A quarter turn exchanges the two players' discs at the start. So all is turned by it where the
    second player is about to move, and the side to move begins on the same two squares.
    """
    board = np.arange(36).reshape(6, 6)
    same = (board, board.T, board[::-1, ::-1], board[::-1, ::-1].T)
    turns = [[np.rot90(one, quarter).ravel() for one in same] for quarter in range(2)]
    tokens = game.token_of_square()[np.array(turns)]
    outer = game.square_of_token()[1:]
    return torch.from_numpy(np.pad(tokens[..., outer], [(0, 0), (0, 0), (1, 0)]).astype(np.int64))


_SYMMETRIES = _symmetries()


def save_shallow(model: Shallow, path: str | Path, about: dict) -> None:
    """Write a rival in half precision, and what is known of it, whole or not at all."""
    path = Path(path)
    part = path.with_name(path.name + ".part")
    tensors = {name: t.half().contiguous() for name, t in model.state_dict().items()}
    save_file(tensors, part, {"shallow": json.dumps(about)})
    os.replace(part, path)


def load_shallow(path: str | Path = EMBEDDED) -> tuple[Shallow, dict]:
    """Return a rival for evaluation, and what is known of it.

    That is how it was made and how good it was on its way: see ``train_shallow``.

    Raises ``ValueError``, in one sentence, for a file that is truncated or holds something else.
    """
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("shallow", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path}: truncated or not a safetensors file ({error})") from error
    if not isinstance(about, dict) or "filters" not in about:
        raise ValueError(f"{path}: no shallow rival, its metadata don't tell of one")
    model = Shallow(about["filters"])
    want = {name: tuple(t.shape) for name, t in model.state_dict().items()}
    have = {name: tuple(t.shape) for name, t in tensors.items()}
    if want != have:
        raise ValueError(
            f"{path}: a rival of {about['filters']} filters has tensors {want}, not {have}"
        )
    if not all(t.isfinite().all() for t in tensors.values()):
        raise ValueError(f"{path}: the rival's weights hold NaN or infinite values")
    model.load_state_dict({name: t.float() for name, t in tensors.items()})
    return model.eval().requires_grad_(False), about

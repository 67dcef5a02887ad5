"""What doesn't depend on the machine: operations, and bytes of float32."""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from .. import game
from ..model import GPT, GPTConfig
from ..training import TrainConfig, optimisers


@dataclass(frozen=True)
class Size:
    """A network for a board of ``board`` x ``board`` squares: so many layers, so wide.

    Raises ``ValueError`` for boards that games can't be drawn on, and for sizes that no network
    can have.
    """

    board: int = 6
    layers: int = 8
    width: int = 128

    def __post_init__(self):
        if self.board not in game.SIZES:
            known = ", ".join(map(str, game.SIZES))
            raise ValueError(f"no games can be drawn on a board of {self.board}: choose of {known}")
        _ = self.config  # which checks the rest

    @property
    def moves(self) -> int:
        """How many moves go in: all of a game but its last."""
        return self.board**2 - 5

    @property
    def config(self) -> GPTConfig:
        """The network's configuration, with the book's eight heads: a token a square, and a pad."""
        tokens = self.board**2 - 3
        return GPTConfig(self.moves, tokens, self.layers, n_embd=self.width)

    @cached_property
    def parameters(self) -> int:
        """How many numbers are trained."""
        with FakeTensorMode():
            return sum(p.numel() for p in GPT(self.config).parameters())


def loss_of(model: GPT, games: Int[torch.Tensor, "games plies"]) -> Float[torch.Tensor, ""]:
    """Return the mean loss of a move, in nats, of games as tokens: one target a position."""
    return F.cross_entropy(model(games[:, :-1]).flatten(0, 1).float(), games[:, 1:].flatten())


def flops(size: Size) -> int:
    """Return the floating-point operations of matrix products for one game, there and back."""
    with FakeTensorMode(), FlopCounterMode(display=False) as counter:
        loss_of(GPT(size.config), torch.zeros(1, size.moves + 1, dtype=torch.long)).backward()
    return counter.get_total_flops()


def state_bytes(size: Size) -> int:
    """Return the bytes of the weights, their gradients and what the optimisers remember."""
    with FakeTensorMode():
        model = GPT(size.config)
        makers = optimisers(model, TrainConfig())
        loss_of(model, torch.zeros(1, size.moves + 1, dtype=torch.long)).backward()
        for one in makers:
            one.step()
        kept = [t for p in model.parameters() for t in (p, p.grad)]
        kept += [t for one in makers for of in one.state.values() for t in of.values()]
    return sum(t.numel() * t.element_size() for t in kept if isinstance(t, torch.Tensor))


def activation_bytes(size: Size) -> int:
    """Return the bytes that one game more keeps from the way there for the way back, uncompiled."""
    return _saved(size, 3) - _saved(size, 2)


def _saved(size: Size, games: int) -> int:
    """Return the bytes that are kept for the way back, each storage once."""
    seen: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        # The tensor itself is held, so that no other storage takes its address.
        seen.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    model = GPT(size.config)
    with saved_tensors_hooks(keep, lambda tensor: tensor):
        loss_of(model, torch.zeros(games, size.moves + 1, dtype=torch.long))
    return sum(tensor.untyped_storage().nbytes() for tensor in seen.values())

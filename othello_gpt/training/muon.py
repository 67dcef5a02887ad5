"""Muon: momentum, orthogonalised, for hidden matrices."""

from collections import defaultdict

import torch
from jaxtyping import Float

from .ranks import gathered, rank, world

Matrices = Float[torch.Tensor, "n rows cols"]


@torch.no_grad()
def orthogonalise(x: Matrices, steps: int = 5) -> Matrices:
    """Return matrices [n, rows, cols], rows <= cols, with their singular values pulled close to 1.

    Newton-Schulz iteration with Jordan's coefficients, in the matrices' own precision.
    """
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + torch.baddbmm(gram, gram, gram, beta=-4.7750, alpha=2.0315) @ x
    return x


class Muon(torch.optim.Optimizer):
    """Momentum whose updates are orthogonalised, for a network's hidden matrices.

    ``torch.optim.Muon`` with ``adjust_lr_fn="match_rms_adamw"``, but batched over all matrices of a
    shape and in float32 (the library's goes matrix by matrix in bfloat16, which processors without
    bfloat16 instructions emulate), with the packed q, k and v orthogonalised one by one, and with
    the work shared out when several processes train together.
    """

    def __init__(self, parameters, lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(
            list(parameters), dict(lr=lr, momentum=momentum, weight_decay=weight_decay)
        )

    @torch.no_grad()
    def step(self):
        """Move each matrix by its momentum, orthogonalised; every process has to take part."""
        for group in self.param_groups:
            by_shape = defaultdict(list)
            for p in group["params"]:
                buffer = self.state[p].setdefault("momentum", torch.zeros_like(p))
                buffer.lerp_(p.grad, 1 - group["momentum"])
                nesterov = p.grad.lerp(buffer, group["momentum"])
                for matrix, target in zip(_matrices(nesterov), _matrices(p), strict=True):
                    by_shape[matrix.shape].append((matrix, target))
            for (rows, cols), pairs in by_shape.items():
                updates = _shared_orthogonalise(torch.stack([m for m, _ in pairs]))
                scale = group["lr"] * 0.2 * max(rows, cols) ** 0.5
                targets = [t for _, t in pairs]
                decay, steps = 1 - group["lr"] * group["weight_decay"], list(updates.unbind())
                # Torch has no public names for these.
                torch._foreach_mul_(targets, decay)  # pyright: ignore[reportPrivateImportUsage]
                torch._foreach_add_(  # pyright: ignore[reportPrivateImportUsage]
                    targets, steps, alpha=-scale
                )


def _matrices(p: torch.Tensor) -> list[torch.Tensor]:
    """Return views of a weight as matrices with rows <= cols; q, k and v come out separately."""
    rows, cols = p.shape
    parts = p.split(cols) if rows == 3 * cols else [p]
    return [part if part.shape[0] <= part.shape[1] else part.mT for part in parts]


def _shared_orthogonalise(stack: torch.Tensor) -> torch.Tensor:
    if world() == 1:
        return orthogonalise(stack)
    per = -(-len(stack) // world())
    padded = stack.new_zeros(per * world(), *stack.shape[1:])
    padded[: len(stack)] = stack
    mine = orthogonalise(padded[rank() * per : (rank() + 1) * per])
    return gathered(mine)[: len(stack)]

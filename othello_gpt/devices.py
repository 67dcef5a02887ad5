"""Where a network is, and numbers of 64 bits beside it."""

import torch
from jaxtyping import Float
from torch import nn


def device_of(network: object) -> torch.device:
    """Return where a network's parameters or buffers are; for what has none, the CPU.

    That is what a bag of moves has, and what is a function only.
    """
    tensors = (*network.parameters(), *network.buffers()) if isinstance(network, nn.Module) else ()
    return next((tensor.device for tensor in tensors), torch.device("cpu"))


def doubled(x: Float[torch.Tensor, "*any"]) -> Float[torch.Tensor, "*any"]:
    """Return a tensor in float64: on its own device, or on the CPU if that has none (mps)."""
    return x.cpu().double() if x.device.type == "mps" else x.double()

"""Where a network is, and numbers of 64 bits beside it."""

import torch
from torch import nn


def device_of(network: nn.Module) -> torch.device:
    """Return the device of a network's parameters; the CPU for what has none, as a bag of moves."""
    tensors = (*network.parameters(), *network.buffers())
    return next((tensor.device for tensor in tensors), torch.device("cpu"))


def doubled(x: torch.Tensor) -> torch.Tensor:
    """Return a tensor in float64: on its own device, or on the CPU if that has none (mps)."""
    return x.cpu().double() if x.device.type == "mps" else x.double()

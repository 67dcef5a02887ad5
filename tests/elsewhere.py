"""A device that isn't there: tensors that say they are elsewhere, and refuse what a GPU refuses.

They are computed on the CPU, so results can be compared, but a tensor of the CPU may not meet one
of elsewhere, and nothing of elsewhere is a numpy array. As ``mps``, Apple's, it has no numbers of
64 bits. What comes home comes by ``.cpu()``, ``.to("cpu")``, ``.item()`` or ``.tolist()``.
"""

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

_NOW = torch.device("cuda", 0)
_HOMEWARD = {torch.ops.aten._local_scalar_dense.default, torch.ops.aten.equal.default}
# Operators that take the places of elements on the CPU, whatever device the elements are on.
_INDEXED = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"}


class Elsewhere(torch.Tensor):
    """A tensor whose numbers are held by another one, ``at_home``, and are said to be elsewhere."""

    at_home: torch.Tensor

    @staticmethod
    def __new__(cls, at_home: torch.Tensor):
        if at_home.dtype == torch.float64 and _NOW.type == "mps":
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        self = torch.Tensor._make_wrapper_subclass(
            cls,
            at_home.size(),
            strides=at_home.stride(),
            storage_offset=at_home.storage_offset(),
            dtype=at_home.dtype,
            device="meta",  # one that every build of torch knows
            requires_grad=at_home.requires_grad,
        )
        self.at_home = at_home
        return self

    @property
    def device(self) -> torch.device:
        return _NOW

    def __repr__(self, **_):
        return f"Elsewhere({self.at_home!r})"

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return computed(func, args, kwargs or {})


def computed(func, args, kwargs):
    """Return what an operator gives, computed at home and sent back to where its tensors are."""
    tensors = [t for t in tree_flatten((args, kwargs))[0] if isinstance(t, torch.Tensor)]
    away = any(isinstance(t, Elsewhere) for t in tensors)
    device = kwargs.get("device")
    asked = torch.device(device).type if device is not None else None
    if asked == "meta":  # where torch's own compiled code sees our tensors
        asked = _NOW.type
    copies = func in (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)
    if away and not copies:
        met = args[:1] if func.overloadpacket.__name__ in _INDEXED else tensors
        strangers = [t for t in met if isinstance(t, torch.Tensor) and not isinstance(t, Elsewhere)]
        if any(tensor.dim() > 0 for tensor in strangers):
            raise RuntimeError(
                f"{func}: expected all tensors to be on the same device, but found at least two,"
                f" {_NOW} and cpu"
            )
    elif (
        not away
        and func.overloadpacket.__name__ in _INDEXED
        and any(isinstance(t, Elsewhere) for t in tensors[1:])
    ):
        raise RuntimeError("indices should be either on cpu or on the same device")
    home = tree_map(lambda t: t.at_home if isinstance(t, Elsewhere) else t, (args, kwargs))
    if asked == _NOW.type:
        home[1]["device"] = torch.device("cpu")
    found = func(*home[0], **home[1])
    stays = asked == _NOW.type or (away and asked is None and func not in _HOMEWARD)
    if func is torch.ops.aten.copy_.default:
        return args[0]
    if not stays:
        return found
    given = {id(t.at_home): t for t in tensors if isinstance(t, Elsewhere)}

    def back(t):
        if id(t) in given:  # it was changed in place
            return given[id(t)]
        with torch.inference_mode(False):  # what views are made of may not be fixed
            return Elsewhere(t)

    return tree_map(lambda t: back(t) if isinstance(t, torch.Tensor) else t, found)


class _Factories(TorchDispatchMode):
    """Makes tensors elsewhere where they are asked for."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return computed(func, args, kwargs or {})


class _Functions(TorchFunctionMode):
    """What reads a tensor without an operator."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if args and isinstance(args[0], Elsewhere):
            if func in (torch.Tensor.numpy, torch.Tensor.__array__):
                raise TypeError(f"can't convert {_NOW} device type tensor to numpy")
            times = func in (torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__)
            if times and args[0].dim() == 1 and args[1].dim() > 1:
                return (args[0][None] @ args[1])[..., 0, :]  # torch takes the row away in place
            if func is torch.Tensor.tolist:
                return args[0].at_home.tolist()
            if func is torch.Tensor.new_tensor:  # made without an operator, of numbers from home
                return args[0].at_home.new_tensor(*args[1:], **(kwargs or {})).to(_NOW)
            if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
                args = (args[0], _places(args[1]), *args[2:])
        if func is torch.Tensor.to and isinstance(args[1], Elsewhere):
            like = args[0].to(args[1].dtype)
            return like if isinstance(like, Elsewhere) else like.to(_NOW)
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and kwargs.get("device") == _NOW:
            del kwargs["device"]  # such tensors are made without an operator
            return func(*args, **kwargs).to(_NOW)
        return func(*args, **kwargs)


def _places(index):
    """Return an index whose lists are tensors, which torch makes without an operator."""
    if isinstance(index, tuple):
        return tuple(map(_places, index))
    return torch.as_tensor(index) if isinstance(index, list | np.ndarray) else index


@contextmanager
def somewhere_else(kind: str = "cuda") -> Iterator[torch.device]:
    """Within, a device of this kind can be asked for: ``cuda`` or ``mps``."""
    global _NOW
    before, _NOW = _NOW, torch.device(kind, 0)
    try:
        with (
            warnings.catch_warnings(),
            mock.patch("torch.cuda._lazy_init"),
            _Functions(),
            _Factories(),
        ):
            # Lengths of tensors that are neither on a CPU nor on a GPU go another way in torch.
            warnings.filterwarnings("ignore", message="at::frobenius_norm is deprecated")
            yield _NOW
    finally:
        _NOW = before


def sent(module: nn.Module) -> nn.Module:
    """Return a copy of a module whose parameters and buffers are elsewhere."""
    module = copy.deepcopy(module)
    for part in module.modules():
        for name, value in list(part._parameters.items()):
            if value is not None:
                part._parameters[name] = nn.Parameter(Elsewhere(value.data), value.requires_grad)
        for name, value in list(part._buffers.items()):
            if value is not None:
                part._buffers[name] = Elsewhere(value)
    return module

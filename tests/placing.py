"""What the tests of devices share: who has to follow a network's device, and whether they do.

A package has a table {name in ``__all__``: what to call}, each called with the same things twice:
on the CPU, and somewhere else.
"""

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from othello_gpt.figures import Table
from tests.elsewhere import somewhere_else


def follows_a_device(package) -> set[str]:
    """Return the names in a package's ``__all__`` of what takes a network, a probe or a tensor.

    Of classes those that hold one, or have a method that takes one.
    """
    return {name for name in package.__all__ if _takes(getattr(package, name))}


def _takes(what: object, seen: tuple = ()) -> bool:
    """Return whether a type can stand for something on a device, or a function takes one."""
    if what in seen:
        return False
    seen = (*seen, what)
    if getattr(what, "array_type", None) is torch.Tensor:  # jaxtyping's
        return True
    if inspect.isclass(what) and not hasattr(what, "array_type"):
        if issubclass(what, torch.Tensor | nn.Module) or what.__name__ in ("Source", "Edit"):
            return True
        if not what.__module__.startswith("othello_gpt"):
            return False
        held = typing.get_type_hints(what) if dataclasses.is_dataclass(what) else {}
        methods = [getattr(what, name) for name in vars(what) if name in ("__init__", "__call__")]
        methods += [getattr(what, name) for name in vars(what) if not name.startswith("_")]
        parts = (*held.values(), *filter(_written, methods))
        return any(_takes(part, seen) for part in parts)
    if _written(what):
        hints = inspect.get_annotations(inspect.unwrap(what))  # not those that are told as text
        hints.pop("return", None)
        return any(_takes(hint, seen) for hint in hints.values())
    return any(_takes(part, seen) for part in typing.get_args(what))


def _written(what: object) -> bool:
    return inspect.isfunction(inspect.unwrap(what)) or inspect.ismethod(what)


def home(x: object) -> object:
    """Return numbers and words, without the classes they came in, as numpy's arrays, at home."""
    if isinstance(x, torch.Tensor):
        return x.detach().cpu().numpy()
    if isinstance(x, np.ma.MaskedArray):
        return {"data": x.filled(0), "mask": np.ma.getmaskarray(x)}
    if isinstance(x, np.ndarray | str | int | float | bool | np.generic | None):
        return x
    if isinstance(x, nn.Module):
        return {name: home(tensor) for name, tensor in x.state_dict().items()}
    if dataclasses.is_dataclass(x):
        return {f.name: home(getattr(x, f.name)) for f in dataclasses.fields(x)}
    if isinstance(x, pd.DataFrame):
        return x.to_dict("list")
    if isinstance(x, Table):
        return home(x.content)
    if isinstance(x, Mapping):
        return {key: home(value) for key, value in x.items()}
    if isinstance(x, Sequence | Iterator):
        return [home(part) for part in x]
    if isinstance(x, Set):
        return sorted(x)
    if hasattr(x, "to_plotly_json"):
        return home(x.to_plotly_json())
    raise TypeError(f"what to compare of a {type(x).__name__}?")


class Worlds:
    """What calls are made with, by kind of device; each is made once, as no call changes it."""

    def __init__(self, make: Callable[[str], Any], calls: Mapping[str, Callable]):
        self.make, self.calls = make, calls
        self.made: dict[str, Any] = {}
        self.wanted: dict[str, object] = {}

    def ask(self, name: str, kind: str) -> object:
        """Return what a call says on a kind of device."""
        if kind not in self.made:
            self.made[kind] = self.make(kind)
        return home(self.calls[name](self.made[kind]))

    def compare(self, name: str, kind: str):
        """Refuse a call that says something else on another kind of device than at home."""
        if name not in self.wanted:
            self.wanted[name] = self.ask(name, "cpu")
        with somewhere_else(kind):
            assert_same(self.ask(name, kind), self.wanted[name])


def assert_same(found: object, wanted: object, at: str = "", rtol=1e-3, atol=1e-4) -> None:
    """Refuse results of ``home`` whose numbers aren't close, or that differ in anything else."""
    assert type(found) is type(wanted), at
    if isinstance(wanted, dict):
        assert isinstance(found, dict)
        assert list(found) == list(wanted), at
        for key, part in wanted.items():
            assert_same(found[key], part, f"{at}[{key!r}]", rtol, atol)
    elif isinstance(wanted, list):
        assert isinstance(found, list)
        assert len(found) == len(wanted), at
        for k, part in enumerate(wanted):
            assert_same(found[k], part, f"{at}[{k}]", rtol, atol)
    elif isinstance(wanted, np.ndarray) and wanted.dtype.kind not in "fc":
        np.testing.assert_array_equal(found, wanted, at)
    elif isinstance(wanted, np.ndarray | float | np.floating):
        np.testing.assert_allclose(found, wanted, rtol, atol, err_msg=at)
    else:
        assert found == wanted, at

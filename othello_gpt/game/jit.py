"""Compiled functions: numba's decorators, with and without a cache or a compiler."""

from collections.abc import Callable
from functools import wraps
from typing import cast

import numba
import numpy as np
from numba import types
from numba.core import config, sigutils
from numba.extending import intrinsic
from numba.np import numpy_support

DISABLED = bool(vars(config)["DISABLE_JIT"])  # numba sets it from the environment


def njit(*signature: str, **options) -> Callable:
    """Return ``numba.njit`` with a cache, or without one where none can be written."""
    if DISABLED:
        return lambda function: _plain(function, *signature)
    return _cached_if_possible(numba.njit, *signature, **options)


def vectorize(signature: str) -> Callable:
    """Return ``numba.vectorize`` with a cache, or without one where none can be written.

    What it decorates may be a function that ``njit`` has compiled: its source is compiled again.
    """
    if DISABLED:
        return lambda function: _plain_ufunc(function, signature)
    compiled = _cached_if_possible(numba.vectorize, [signature])
    return lambda function: compiled(getattr(function, "py_func", function))


def _cached_if_possible(compiler, *signature, **options):
    def compiled(function):
        try:
            return compiler(*signature, cache=True, **options)(function)
        except OSError:  # such as a full disk
            pass
        except RuntimeError as error:  # as for a read-only package and a user without a home
            if "cannot cache" not in str(error):
                raise
        return compiler(*signature, **options)(function)

    return compiled


def _types(signature: str) -> list[np.dtype | None]:
    """Return the types of ``"result(argument, argument)"``, None for an array."""
    arguments, result = cast(tuple, sigutils.normalize_signature(signature))
    return [
        None if isinstance(kind, types.Array) else numpy_support.as_dtype(kind)
        for kind in (result, *arguments)
    ]


def _plain(function: Callable, signature: str = "") -> Callable:
    kinds = _types(signature)[1:] if signature else []

    def as_declared(argument, kind):
        return argument if kind is None else np.asarray(argument).astype(kind)[()]

    @wraps(function)
    def call(*args):
        if kinds:
            args = [as_declared(a, kind) for a, kind in zip(args, kinds, strict=True)]
        else:  # whole numbers are 64 bits wide; arrays and everything else stay what they are
            args = [np.asarray(a)[()] if isinstance(a, int) else a for a in args]
        with np.errstate(over="ignore"):  # compiled code wraps without a word
            return function(*args)

    return call


def _plain_ufunc(function: Callable, signature: str) -> Callable:
    result, *kinds = _types(signature)
    of_objects = np.frompyfunc(_plain(function, signature), len(kinds), 1)
    # [()] makes a number of an array without dimensions, as ufuncs do.
    return lambda *args: np.asarray(of_objects(*args)).astype(result)[()]


def _instruction(codegen: Callable) -> Callable[[np.uint64], np.uint64]:
    """Return the instruction of the processor, on one word, that numba makes of its code."""
    return intrinsic(codegen)


@_instruction
def _ctpop(typingctx, x):
    def codegen(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


@_instruction
def _cttz(typingctx, x):
    def codegen(context, builder, signature, args):
        return builder.cttz(args[0], context.get_constant(types.boolean, 0))

    return types.uint64(types.uint64), codegen


def _count_ones(x):
    return np.uint64(int(x).bit_count())


def _count_trailing_zeros(x):
    x = int(x)
    return np.uint64((x & -x).bit_length() - 1 if x else 64)


popcount = _count_ones if DISABLED else _ctpop
trailing_zeros = _count_trailing_zeros if DISABLED else _cttz

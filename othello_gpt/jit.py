"""numba's compilers, whose cache on disk is a convenience and never a condition."""

import numba


def njit(*signature, **options):
    """Return ``numba.njit`` with a cache, or without one where none can be written."""
    return _cached_if_possible(numba.njit, *signature, **options)


def vectorize(signatures: list[str]):
    """Return ``numba.vectorize`` with a cache, or without one where none can be written."""
    return _cached_if_possible(numba.vectorize, signatures)


def _cached_if_possible(compiler, *signature, **options):
    def compiled(function):
        try:
            return compiler(*signature, cache=True, **options)(function)
        except RuntimeError as error:  # as for a read-only package and a user without a home
            if "cannot cache" not in str(error):
                raise
            return compiler(*signature, **options)(function)

    return compiled

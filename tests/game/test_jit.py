"""Proof of ``othello_gpt.game``: jit."""

import os
import subprocess
import sys

import numpy as np
import pytest

from othello_gpt.game import jit

# What the compiled functions return, brought down to one number.
EVERYTHING = """
import hashlib
import numpy as np
from othello_gpt import game

digest = hashlib.sha256()
def add(*values):
    for value in values:
        value = np.asarray(value)
        digest.update(f"{value.dtype} {value.shape}".encode() + value.tobytes())

for size in game.SIZES:
    moves = game.sample_moves(3, seed=5, first=2, size=size)
    replay = game.sample_replay(3, seed=-5, size=size)
    add(moves, replay.mine, replay.theirs, replay.legal, replay.after_first, replay.player)
    again = game.replay(moves, size)
    add(again.mine, again.legal, again.after_second, game.count(again.legal))
    add(game.legal_moves(again.mine[:, :1], again.theirs[0], size))
    add(game.legal_moves(*game.start(size), size), game.count(7), game.count(np.zeros(0, int)))
    add(*game.play(again.mine, again.theirs, moves, size))
    add(game.survival(5, size=size), game.first_pass(5, size=size))
moves = game.sample_moves(2, seed=1)
add(game.sample_continuations(moves, 2, begin=20), game.sample_siblings(moves, 2, 20, seed=3))
add(game.surprise(moves[:1]), game.entropy_floor(2))
late = game.replay(moves)
add(game.next_move_probabilities(late.mine[:, -6], late.theirs[:, -6]))
try:
    game.replay([[0]])
except game.IllegalMove as error:
    digest.update(str(error).encode())
print(digest.hexdigest())
"""


def run(code=EVERYTHING, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def usual():
    return run()


@pytest.fixture
def nowhere(tmp_path):
    """The environment of a process that finds no folder for a cache."""
    (tmp_path / "file").touch()
    return dict(
        NUMBA_CACHE_LOCATOR_CLASSES="UserProvidedCacheLocator",
        NUMBA_CACHE_DIR=str(tmp_path / "file" / "cache"),
    )


def test_a_cache_that_cant_be_written_is_done_without(usual, nowhere):
    code = "import numba\n@numba.njit(cache=True)\ndef f(): pass"
    with pytest.raises(AssertionError, match="no locator available"):
        run(code, **nowhere)
    assert run(**nowhere) == usual


def test_a_full_disk_is_done_without(tmp_path):
    code = """
from numba.core.caching import IndexDataCacheFile
def save(self, key, data):
    raise OSError(28, "No space left on device")
IndexDataCacheFile.save = save
from othello_gpt import game
print(game.count(7))
"""
    assert run(code, NUMBA_CACHE_DIR=str(tmp_path)) == "3"


def test_without_compiler_all_results_are_the_same(usual):
    assert run(NUMBA_DISABLE_JIT="1") == usual


@pytest.mark.parametrize("bits", [0, 1, 6, 1 << 63, 2**64 - 1])
def test_bits_are_counted_without_compiler_as_with_it(bits):
    ones = jit.njit("uint64(uint64)")(lambda x: jit.popcount(x))
    zeros = jit.njit("uint64(uint64)")(lambda x: jit.trailing_zeros(x))
    assert ones(np.uint64(bits)) == jit._count_ones(bits)
    assert zeros(np.uint64(bits)) == jit._count_trailing_zeros(bits)


def test_arrays_are_passed_on_as_they_are_without_compiler():
    def fill(value, out):
        out[0] = value
        return value

    out = np.zeros(1, np.uint64)
    plain = jit._plain(fill, "uint64(uint64, uint64[:])")
    assert plain(-1, out) == out[0] == np.uint64(2**64 - 1)

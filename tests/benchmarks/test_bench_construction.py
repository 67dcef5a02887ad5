"""Is the hand-built network exact on a million held-out positions, and how long does that take?

Run with ``pytest -s tests/benchmarks/test_bench_construction.py``. Every stream of every layer is
computed in float32 and compared with the rules' boards.
"""

import time

from othello_gpt import construction, game
from othello_gpt.model import HELD_OUT_SEED

POSITIONS = 1_000_000


def test_a_million_positions_without_an_error():
    network = construction.Construction()
    moves = game.sample_moves(-(-POSITIONS // 31), HELD_OUT_SEED)
    begun, worked = time.perf_counter(), time.process_time()
    seen = construction.check_exactness(network, moves)
    elapsed, work = time.perf_counter() - begun, time.process_time() - worked
    print(f"\n{seen}\n{elapsed:.0f} s, {work:.0f} s of processor time")
    assert seen.positions >= POSITIONS
    assert (seen.illegal, seen.wrong) == (0, 0)
    assert seen.illegal_mass < 1e-6
    assert seen.unevenness < 1e-3

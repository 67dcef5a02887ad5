"""How fast complete games are made, against one game at a time in numpy; and in how much memory.

Run with ``pytest tests/benchmarks/test_bench_games.py``; both sides of a ratio use one core.
"""

import subprocess
import sys
import time

import numpy as np

from othello_gpt import game

GIB = 2**30
DIRECTIONS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


# --- the straightforward generator ----------------------------------------------------------------


def turned_by(board, player, row, column):
    size = len(board)
    turned = []
    for down, right in DIRECTIONS:
        run = []
        r, c = row + down, column + right
        while 0 <= r < size and 0 <= c < size and board[r, c] == -player:
            run.append((r, c))
            r, c = r + down, c + right
        if 0 <= r < size and 0 <= c < size and board[r, c] == player:
            turned += run
    return turned


def one_game(rng):
    """A random 6x6 game without passes: moves, boards after them, legal squares before them."""
    while True:
        board, player = np.zeros((6, 6), int), 1
        board[[2, 3], [2, 3]], board[[2, 3], [3, 2]] = 1, -1
        moves, boards, legalities = [], [], []
        while len(moves) < 32:
            legal = [
                square
                for square in range(36)
                if board[divmod(square, 6)] == 0 and turned_by(board, player, *divmod(square, 6))
            ]
            if not legal:
                break
            legality = np.zeros((6, 6), bool)
            for square in legal:
                legality[divmod(square, 6)] = True
            move = rng.choice(legal)
            board = board.copy()
            for square in [divmod(move, 6), *turned_by(board, player, *divmod(move, 6))]:
                board[square] = player
            moves.append(move)
            boards.append(board)
            legalities.append(legality)
            player = -player
        if len(moves) == 32:
            return np.array(moves), np.array(boards), np.array(legalities)


def test_the_straightforward_generator_makes_the_same_kind_of_games():
    moves, boards, legalities = one_game(np.random.default_rng(0))
    replay = game.replay(moves[None])
    assert (replay.boards()[0] == boards).all()
    assert (replay.legalities()[0] == legalities).all()


# --- speed ----------------------------------------------------------------------------------------


def rate_of(make, count):
    # Processor time: what else runs on the machine doesn't count.
    begun = time.process_time()
    make(count)
    return count / (time.process_time() - begun)


def test_games_per_second(benchmark):
    def slow(count):
        rng = np.random.default_rng(0)
        for _ in range(count):
            one_game(rng)

    game.sample_replay(1)
    rates = {"one by one": [], "ours": []}
    for _ in range(5):
        rates["one by one"].append(rate_of(slow, 60))
        rates["ours"].append(rate_of(game.sample_replay, 20_000))
    benchmark.pedantic(game.sample_replay, args=(20_000,), rounds=3)
    ours, slow_rate = max(rates["ours"]), max(rates["one by one"])
    benchmark.extra_info |= {
        "games per second": round(ours),
        "one by one": round(slow_rate),
        "ratio": round(ours / slow_rate),
    }
    print(f"\n{ours:,.0f} games/s against {slow_rate:,.0f}: {ours / slow_rate:.0f}x")
    assert ours >= 500 * slow_rate


# --- memory ---------------------------------------------------------------------------------------


def peak_memory(call, tmp_path):
    """The most memory that a fresh process takes for a call, imports included, in bytes."""
    code = (
        "import resource; from othello_gpt import games; kept = "
        + call
        + "; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    return int(run.stdout)


def test_memory_of_a_million_games(tmp_path):
    peak = peak_memory("games.sample_moves(1_000_000)", tmp_path)
    print(f"\na million games' moves: {peak / GIB:.2f} GiB")
    assert peak < GIB


def test_memory_of_writing_games(tmp_path):
    # The memory that writing takes doesn't depend on the number of games; see the second assertion.
    peaks = [
        peak_memory(f"games.write_games('{n}', {n}, threads=2)", tmp_path)
        for n in (10**5, 2 * 10**5)
    ]
    print(f"\nwriting: {peaks[0] / GIB:.2f} and {peaks[1] / GIB:.2f} GiB for twice the games")
    assert max(peaks) < GIB
    assert peaks[1] < 1.2 * peaks[0]

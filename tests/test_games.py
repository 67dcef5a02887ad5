"""Proof of ``othello_gpt.games``: what is drawn, its distribution, the data set, and its files."""

import math
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import datasets
import numpy as np
import oracle
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from othello_gpt import games, rules

settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")

# The first game of seed 0, on every machine and in every version.
GOLDEN = (
    "C5 B5 D2 C6 B4 E2 F2 A4 E3 E4 E5 F4 F5 B2 D5 F3 "
    "A5 D6 C2 B6 F6 B3 A6 D1 A3 E6 C1 B1 F1 E1 A2 A1"
)


@pytest.fixture(autouse=True)
def no_shared_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


# --- sampling -------------------------------------------------------------------------------------


def test_golden_game():
    assert " ".join(rules.square_name(s) for s in games.sample_moves(1)[0]) == GOLDEN


@given(
    st.sampled_from([4, 6, 8]),
    st.booleans(),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**40),
)
@settings(max_examples=40)
def test_sampled_games_agree_with_the_oracle(size, standard, seed, first):
    replay = games.sample_replay(1, seed, first, size, standard)
    steps = oracle.replay(replay.moves[0].tolist(), size, standard)
    assert len(steps) == size**2 - 4
    assert [player for player, *_ in steps] == [1, -1] * (len(steps) // 2)
    assert replay.boards()[0].tolist() == [after for *_, after in steps]
    for ply, (player, can, before, _) in enumerate(steps):
        assert rules.squares(replay.legal[0, ply]) == can
        own = np.array(before) == player
        assert (rules.to_array(replay.mine[0, ply], size) == own).all()
    again = rules.replay(replay.moves, size, standard)
    for name in ("player", "mine", "theirs", "legal", "after_first", "after_second"):
        assert (getattr(again, name) == getattr(replay, name)).all()


@given(st.integers(0, 2**32), st.lists(st.integers(1, 40), min_size=1, max_size=6))
@settings(max_examples=30)
def test_batches_dont_matter(seed, batches):
    whole = games.sample_moves(sum(batches), seed)
    firsts = np.cumsum([0, *batches[:-1]]).tolist()
    parts = [games.sample_moves(n, seed, first) for n, first in zip(batches, firsts, strict=True)]
    assert (np.concatenate(parts) == whole).all()
    assert (games.sample_replay(sum(batches), seed).moves == whole).all()


def test_threads_and_processes_dont_matter():
    whole = games.sample_moves(400, 3)
    parts = ([100] * 4, [3] * 4, [0, 100, 200, 300])
    with ThreadPoolExecutor(4) as pool:
        assert (np.concatenate([*pool.map(games.sample_moves, *parts)]) == whole).all()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert (np.concatenate([*pool.map(games.sample_moves, *parts)]) == whole).all()


def test_seeds_and_games_differ():
    many = np.concatenate([games.sample_moves(2000, seed) for seed in range(3)])
    assert len(np.unique(many, axis=0)) == len(many)


# --- the distribution -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny():
    """Every game on 4x4 that never needs a pass, and the probability that random play draws it."""
    drawn = oracle.games_without_pass(4)
    return np.array([*drawn]), np.array([*drawn.values()])


def test_whole_games_have_their_exact_probabilities(tiny):
    paths, drawn = tiny
    sample = 500_000
    key = 16 ** np.arange(12, dtype=np.int64)
    order = np.argsort(paths @ key)
    place = np.searchsorted((paths @ key)[order], games.sample_moves(sample, 1, size=4) @ key)
    counts = np.bincount(place, minlength=len(paths))
    probability = (drawn / drawn.sum())[order]
    assert chisquare(counts, probability * sample).pvalue > 1e-3
    # The test has power: it would notice all of these games being equally probable, or the moves
    # being uniform among those that lead to no pass.
    assert chisquare(counts, np.full(len(paths), sample / len(paths))).pvalue < 1e-9
    greedy = probability_of_avoiding_passes(paths)[order]
    assert greedy.sum() == pytest.approx(1)
    assert chisquare(counts, greedy * sample).pvalue < 1e-9


def test_continuations_are_the_next_moves_of_games_that_begin_alike(tiny):
    paths, drawn = tiny
    game = games.sample_moves(1, 5, size=4)
    n = 20_000
    sampled = games.sample_continuations(game, n, 1, size=4)[0]
    powerful = False
    for ply in range(12):
        alike = (paths[:, :ply] == game[0, :ply]).all(1)
        exact = np.bincount(paths[alike, ply], drawn[alike], minlength=16) / drawn[alike].sum()
        counts = np.bincount(sampled[ply], minlength=16)
        possible = exact > 0
        assert not counts[~possible].any()
        if possible.sum() > 1:
            assert chisquare(counts[possible], exact[possible] * n).pvalue > 1e-3
            powerful |= chisquare(counts[possible]).pvalue < 1e-9  # not just any legal move
    assert powerful


@given(st.integers(0, 2**32), st.integers(0, 5))
@settings(max_examples=10)
def test_continuations_depend_on_seed_and_index_only(seed, count):
    moves = games.sample_moves(6, seed)
    whole = games.sample_continuations(moves, count, seed)
    parts = [games.sample_continuations(moves[a:b], count, seed, a) for a, b in ((0, 2), (2, 6))]
    assert whole.shape == (6, 32, count)
    assert (np.concatenate(parts) == whole).all()


def test_continuations_of_some_plies_are_drawn_by_the_same_rule():
    game = np.repeat(games.sample_moves(1, 5, size=4), 4000, 0)
    whole = games.sample_continuations(game, 1, 1, size=4)[..., 0]
    assert (games.sample_continuations(game, 1, 1, size=4, end=5)[..., 0] == whole[:, :5]).all()
    late = games.sample_continuations(game, 1, 1, size=4, begin=5)[..., 0]
    assert late.shape == (4000, 7)
    for ply in range(5, 12):
        counts = [np.bincount(x, minlength=16) for x in (whole[:, ply], late[:, ply - 5])]
        possible = counts[0] + counts[1] > 0
        if possible.sum() > 1:
            assert chi2_contingency(np.array(counts)[:, possible]).pvalue > 1e-3


def test_siblings_are_the_games_that_share_an_opening(tiny):
    paths, drawn = tiny
    game = games.sample_moves(1, 5, size=4)
    for opening in (0, 3, 6):
        siblings = games.sample_siblings(game, 20_000, opening, 1, size=4)[0]
        alike = (paths[:, :opening] == game[0, :opening]).all(1)
        kinds, counts = np.unique(siblings, axis=0, return_counts=True)
        possible = {tuple(path): p for path, p in zip(paths[alike], drawn[alike], strict=True)}
        assert {tuple(kind) for kind in kinds} <= possible.keys()
        exact = np.array([possible[tuple(kind)] for kind in kinds]) / drawn[alike].sum()
        often = exact * 20_000 >= 20
        assert often.sum() >= 2
        seen = [*counts[often], counts[~often].sum() + 1e-9]
        expected = [*exact[often], 1 - exact[often].sum() + 1e-9 / 20_000]
        assert chisquare(seen, np.array(expected) * sum(seen)).pvalue > 1e-3


@given(st.integers(0, 2**32), st.integers(0, 5), st.integers(0, 32))
@settings(max_examples=10)
def test_siblings_depend_on_seed_and_index_only(seed, count, opening):
    moves = games.sample_moves(6, seed)
    whole = games.sample_siblings(moves, count, opening, seed)
    ends = ((0, 2), (2, 6))
    parts = [games.sample_siblings(moves[a:b], count, opening, seed, a) for a, b in ends]
    assert whole.shape == (6, count, 32)
    assert (np.concatenate(parts) == whole).all()
    assert (whole[..., :opening] == moves[:, None, :opening]).all()
    if count:
        assert not (rules.replay(whole.reshape(-1, 32)).player[:, ::2] != rules.FIRST).any()


def test_siblings_need_an_opening_within_the_game():
    with pytest.raises(games.GamesError, match="can't share 33 moves; choose 0 to 32"):
        games.sample_siblings(games.sample_moves(1), 2, 33)


def test_continuations_need_whole_games_without_passes():
    moves = games.sample_moves(2)
    with pytest.raises(ValueError, match="-1 further games"):
        games.sample_continuations(moves, -1)
    with pytest.raises(games.GamesError, match="whole games of 32 moves are needed, not 20"):
        games.sample_continuations(moves[:, :20], 2)
    passed = next(m for m in random_games_with_a_pass() if len(m) == 32)
    with pytest.raises(games.GamesError, match="game 0 has a pass"):
        games.sample_continuations(np.array([passed]), 2)


def random_games_with_a_pass():
    """Games that fill the board although a side had to pass, as an oracle plays them."""
    rng = np.random.default_rng(0)
    while True:
        own, opp = rules.start()
        moves, passes = [], 0
        while passes < 2:
            can = rules.squares(rules.legal_moves(own, opp))
            if not can:
                own, opp, passes = opp, own, passes + 1
                continue
            passes = 0
            moves.append(int(rng.choice(can)))
            own, opp = rules.play(own, opp, moves[-1])
        if (np.diff(rules.replay([moves]).player[0]) == 0).any():
            yield moves


def probability_of_avoiding_passes(paths):
    """The probability of each game if every move is uniform among those that can still be kept."""
    result = np.ones(len(paths))
    for ply in range(paths.shape[1]):
        prefixes, prefix = np.unique(paths[:, :ply], axis=0, return_inverse=True)
        longer = np.unique(paths[:, : ply + 1], axis=0)
        children = np.zeros(len(prefixes))
        before = np.unique(longer[:, :ply], axis=0, return_inverse=True)[1].ravel()
        np.add.at(children, before, 1)
        result /= children[prefix.ravel()]
    return result


def test_survival_is_exact_on_a_small_board(tiny):
    share, error = games.survival(100_000, 2, size=4)
    assert error < 0.002
    assert abs(share - tiny[1].sum()) < 4 * error


def test_each_choice_is_uniform():
    # Before they are thrown away games are uniform; at the first moves none has been.
    replay = games.sample_replay(20_000, 5, size=8, standard=True)
    below = (replay.legal & ((np.uint64(1) << replay.moves.astype(np.uint64)) - np.uint64(1)))[
        :, :6
    ]
    rank, choices = rules.count(below), rules.count(replay.legal[:, :6])
    for n in np.unique(choices):
        if (choices == n).sum() > 2000:
            counts = np.bincount(rank[choices == n], minlength=n)
            assert chisquare(counts).pvalue > 1e-3


def test_first_pass():
    plies = games.first_pass(50_000, 4, size=4)
    left = oracle_share_without_pass(4)
    for ply, exact in enumerate(left, start=1):
        share = (plies >= ply).mean()
        assert abs(share - exact) <= 4 * math.sqrt(exact * max(0, 1 - exact) / len(plies)) + 1e-9
    assert plies.max() == 12


def oracle_share_without_pass(size):
    """The share of random games whose first 1, 2, ... moves need no pass."""
    level, shares = {str(oracle.start(size)): (oracle.start(size), 1.0)}, []
    for ply in range(size**2 - 4):
        after = {}
        for board, weight in level.values():
            can = oracle.legal(board, 1 - 2 * (ply % 2))
            for square in can:
                board_after = oracle.play(board, 1 - 2 * (ply % 2), square)
                _, before = after.get(str(board_after), (None, 0.0))
                after[str(board_after)] = (board_after, before + weight / len(can))
        level = after
        shares.append(sum(weight for _, weight in level.values()))
    return shares


# --- the entropy floor ----------------------------------------------------------------------------


def exact_entropies(paths, drawn):
    """The entropy of each move given those before it, from a list of all games."""
    probability, total, plies = drawn / drawn.sum(), [0.0], paths.shape[1]
    for ply in range(1, plies + 1):
        _, prefix = np.unique(paths[:, :ply], axis=0, return_inverse=True)
        mass = np.bincount(prefix.ravel(), probability)
        total.append(-(mass * np.log(mass)).sum())
    return np.diff(total)


def test_entropy_floor_is_exact_on_a_small_board(tiny):
    exact = exact_entropies(*tiny)
    floor, error = games.entropy_floor(100_000, 1, size=4)
    assert error < 0.002
    assert abs(floor - exact[1:].mean()) < 4 * error
    # It isn't the mean log of the number of legal moves: conditioning takes information away.
    uniform = games.log_choices(games.sample_moves(100_000, 1, size=4), 4)[:, 1:].mean()
    assert uniform - floor > 20 * error


def entropy_by_ply(n, seed, size=6):
    values = games.surprise(games.sample_moves(n, seed, size=size), seed, size)
    return values.mean(0), values.std(0, ddof=1) / n**0.5


def test_entropy_by_ply_is_exact_on_a_small_board(tiny):
    exact = exact_entropies(*tiny)
    entropy, error = entropy_by_ply(100_000, 1, size=4)
    assert error.max() < 0.01
    assert (np.abs(entropy - exact) < 4 * error + 1e-12).all()


def test_the_two_floors_agree():
    floor, error = games.entropy_floor(50_000, 1)
    entropy, errors = entropy_by_ply(20_000, 2)
    # Terms of neighbouring plies cancel in the mean, so its error is below that of one ply.
    assert abs(entropy[1:].mean() - floor) < 4 * math.hypot(error, errors.max() / 31**0.5)


def test_next_move_probabilities(tiny):
    paths, drawn = tiny
    replay = rules.replay(paths, 4)
    for ply in (0, 3, 7, 11):
        _, one, prefix = np.unique(paths[:, :ply], axis=0, return_index=True, return_inverse=True)
        mass = np.zeros((len(one), 16))
        np.add.at(mass, (prefix.ravel(), paths[:, ply]), drawn)
        exact = mass / mass.sum(1, keepdims=True)
        found = games.next_move_probabilities(replay.mine[one, ply], replay.theirs[one, ply], 4)
        np.testing.assert_allclose(found, exact, atol=1e-12)


def test_next_move_probabilities_of_early_positions_are_refused():
    with pytest.raises(ValueError, match="32 squares are empty; at most 12 may be"):
        games.next_move_probabilities(*rules.start())


# --- tokens ---------------------------------------------------------------------------------------


def test_tokens():
    token, square = games.token_of_square(), games.square_of_token()
    assert token[[14, 15, 20, 21]].tolist() == [games.PAD] * 4
    assert token[[0, 13, 16, 19, 22, 35]].tolist() == [1, 14, 15, 18, 19, 32]
    assert (token[square[1:]] == np.arange(1, 33)).all()
    assert square[games.PAD] == rules.NO_MOVE


def test_legal_tokens_and_log_choices():
    moves = games.sample_moves(20, 9)
    legal, log_choices = games.legal_tokens(moves), games.log_choices(moves)
    for g, row in enumerate(moves.tolist()):
        for ply, (_, can, _, _) in enumerate(oracle.replay(row, 6)):
            assert np.flatnonzero(legal[g, ply]).tolist() == games.token_of_square()[can].tolist()
            assert log_choices[g, ply] == pytest.approx(math.log(len(can)))


# --- the data set ---------------------------------------------------------------------------------


def test_columns_agree_with_the_oracle():
    rows = games.sample_games(12, seed=4, first=100)
    assert rows.column_names == ["moves", "boards", "legalities", "input_ids"]
    for row in rows:
        steps = oracle.replay(row["moves"], 6)
        assert row["boards"] == [after for *_, after in steps]
        legal = np.array(row["legalities"]).reshape(32, 36)
        assert [np.flatnonzero(x).tolist() for x in legal] == [can for _, can, *_ in steps]
        assert row["input_ids"] == games.token_of_square()[row["moves"]].tolist()
    assert (np.array(rows["moves"][:]) == games.sample_moves(12, 4, 100)).all()


def test_formats():
    rows = games.sample_games(5)
    for name in ("numpy", "torch"):
        batch = rows.with_format(name)[:4]
        shapes = {k: tuple(v.shape) for k, v in batch.items()}
        cube = (4, 32, 6, 6)
        assert shapes == dict(moves=(4, 32), boards=cube, legalities=cube, input_ids=(4, 32))
        assert "bool" in str(batch["legalities"].dtype)
        assert "int" in str(batch["boards"].dtype)
    assert rows.features == games.FEATURES


def test_chunks_dont_matter(monkeypatch):
    whole = games.sample_games(50, seed=2)
    monkeypatch.setattr(games, "_CHUNK", 7)
    assert_same(games.sample_games(50, seed=2), whole)


def test_load_games_samples():
    assert_same(games.load_games(7, seed=3), games.sample_games(7, seed=3))
    assert len(games.load_games()) == 10_000
    assert_same(games.load_games(games=7, seed=3), games.sample_games(7, seed=3))
    assert_same(games.load_games(20, games=7, seed=3), games.sample_games(7, seed=3))
    for asked in (dict(source=0), dict(games=0), dict(source=5, games=0), dict(games=-1)):
        with pytest.raises(games.GamesError, match=r"(0|-1) games were asked for; ask for one"):
            games.load_games(**asked)
    with pytest.raises(games.GamesError, match="6 games were asked for, but the sample has 5"):
        games.load_games(5, games=6)


def assert_same(one, other):
    assert one.features == other.features
    assert one.to_dict() == other.to_dict()


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    return games.write_games(tmp_path / "games", 50, seed=6, shard=20)


def contents(folder):
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != ".lock")
    return {p.name: p.read_bytes() for p in files}


def test_written_games_are_read(folder):
    names = ["README.md", "train-00000.parquet", "train-00001.parquet", "train-00002.parquet"]
    assert sorted(contents(folder)) == names
    expected = games.sample_games(50, seed=6)
    assert_same(games.load_games(folder), expected)
    assert_same(games.load_games(str(folder)), expected)
    assert_same(datasets.load_dataset(str(folder), split="train"), expected)
    assert_same(games.load_games(folder, games=30), games.sample_games(30, seed=6))
    for asked, why in ((51, "51 games were asked for, but .*games has 50"), (0, "ask for one")):
        with pytest.raises(games.GamesError, match=why):
            games.load_games(folder, games=asked)


def test_number_of_threads_doesnt_matter(folder, tmp_path):
    other = games.write_games(tmp_path / "other", 50, seed=6, shard=20, threads=1)
    assert contents(other) == contents(folder)


def test_a_second_run_writes_nothing_and_a_longer_one_adds(folder, tmp_path):
    before = {p: p.stat().st_mtime_ns for p in folder.glob("data/*")}
    games.write_games(folder, 50, seed=6, shard=20)
    assert {p: p.stat().st_mtime_ns for p in folder.glob("data/*")} == before
    games.write_games(folder, 90, seed=6, shard=20)
    assert contents(folder) == contents(games.write_games(tmp_path / "all", 90, 6, shard=20))
    assert sum(p.stat().st_mtime_ns == before.get(p) for p in folder.glob("data/*")) == 2


def test_a_failed_run_is_resumed(folder, tmp_path, monkeypatch):
    other, write_table = tmp_path / "other", pq.ParquetWriter.write_table

    def fail_in_the_second_file(self, table, *args, **kwargs):
        if (other / "data" / "train-00000.parquet").exists():
            raise OSError("disk full")
        write_table(self, table, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetWriter, "write_table", fail_in_the_second_file)
        with pytest.raises(OSError, match="disk full"):
            games.write_games(other, 50, seed=6, shard=20, threads=1)
    assert [p.name for p in other.rglob("*.parquet")] == ["train-00000.parquet"]
    games.write_games(other, 50, seed=6, shard=20)
    assert contents(other) == contents(folder)


def test_two_writers_of_a_folder_are_one_too_many(folder):
    before = contents(folder)
    with (
        games.only_writer(folder),
        pytest.raises(BlockingIOError, match=r"games is being written to by another process"),
    ):
        games.write_games(folder, 90, seed=6, shard=20)
    assert contents(folder) == before


def test_a_killed_run_is_resumed(tmp_path):
    out = tmp_path / "killed"
    call = f"from othello_gpt.games import write_games; write_games({str(out)!r}, 6_000, 8, 1, 100)"
    run = subprocess.Popen([sys.executable, "-c", call], stderr=subprocess.DEVNULL)
    while len(done := [*out.glob("data/*.parquet")]) < 3:
        assert run.poll() is None, "the run ended before it was killed"
        time.sleep(0.01)
    run.kill()
    run.wait()
    kept = {p: p.stat().st_mtime_ns for p in done}
    assert not (out / "README.md").exists()
    games.write_games(out, 6_000, 8, shard=100)
    assert {p: p.stat().st_mtime_ns for p in done} == kept
    assert not [*out.rglob("*.unfinished")]
    moves = games.load_games(out).with_format("numpy")["moves"][:]
    assert (moves == games.sample_moves(6_000, 8)).all()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (dict(seed=7), r"train-00000\.parquet holds games 0\.\. of seed 6"),
        (dict(games=30), r"already holds more than the 30 games|train-00002\.parquet holds games"),
        (dict(shard=25), "choose another folder"),
        (dict(games=0), "0 games in files of 20 were asked for"),
    ],
)
def test_another_folder_is_wanted(folder, change, why):
    before = contents(folder)
    with pytest.raises(games.GamesError, match=why):
        games.write_games(folder, **{"games": 50, "seed": 6, "shard": 20, **change})
    assert contents(folder) == before


def test_foreign_files_are_not_overwritten(tmp_path):
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "data" / "train-00000.parquet")
    with pytest.raises(games.GamesError, match="holds other data"):
        games.write_games(tmp_path, 10)


def test_an_incomplete_folder_is_refused(folder):
    (folder / "data" / "train-00002.parquet").unlink()
    with pytest.raises(games.GamesError, match=r"should hold 50 games but holds 40: run .* again"):
        games.load_games(folder)
    games.write_games(folder, 50, seed=6, shard=20)
    assert len(games.load_games(folder)) == 50


@pytest.mark.parametrize("keep", [0, 100, 0.5, -1])
def test_a_truncated_file_is_named(folder, keep):
    path = folder / "data" / "train-00001.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(
        games.GamesError, match=r"train-00001\.parquet.* delete it and write it anew"
    ):
        games.load_games(folder)
    with pytest.raises(games.GamesError, match=r"train-00001\.parquet is damaged"):
        games.write_games(folder, 50, seed=6, shard=20)
    path.unlink()
    games.write_games(folder, 50, seed=6, shard=20)
    assert_same(games.load_games(folder), games.sample_games(50, seed=6))


def test_a_flipped_byte_is_found(folder):
    path = folder / "data" / "train-00001.parquet"
    whole = bytearray(path.read_bytes())
    pages = pq.ParquetFile(path).metadata.row_group(0)
    for column in range(pages.num_columns):
        spoiled = bytearray(whole)
        part = pages.column(column)
        spoiled[part.data_page_offset + part.total_compressed_size // 2] ^= 1
        path.write_bytes(spoiled)
        with pytest.raises(games.GamesError, match=r"train-00001\.parquet"):
            games.load_games(folder)


# --- bad rows -------------------------------------------------------------------------------------


def plain(rows):
    """The columns as the Hub stores them: nested lists without fixed lengths."""
    return {name: rows[name][:] for name in rows.column_names}


def pretend_hub(monkeypatch, rows):
    monkeypatch.setattr(games.HfApi, "dataset_info", lambda self, name: None)
    monkeypatch.setattr(datasets, "load_dataset", lambda name, split: rows)


def illegal_move(row):
    row["moves"][4] = row["moves"][3]


def off_the_board(row):
    row["moves"][31] = 36


def cut_short(row):
    for name in games.COLUMNS:
        row[name] = row[name][:-1]


def missing_entry(row):
    row["input_ids"][3] = None


def wrong_token(row):
    row["input_ids"][7] = row["input_ids"][7] % 32 + 1


def disc_of_the_other_colour(row):
    row["boards"][9][2][2] *= -1


def wrong_legality(row):
    row["legalities"][31][0][0] ^= True


def ragged_board(row):
    row["boards"][0][5] = [0, 0]


def after_a_pass(row):
    seed = next(
        s
        for s in range(1000)
        if len(moves := oracle.random_game(s, 6)) == 32
        and [p for p, *_ in oracle.replay(moves, 6)] != [1, -1] * 16
    )
    replay = rules.replay([oracle.random_game(seed, 6)])
    row["moves"] = replay.moves[0].tolist()
    row["boards"] = replay.boards()[0].tolist()
    row["legalities"] = replay.legalities()[0].tolist()
    row["input_ids"] = games.token_of_square()[replay.moves[0]].tolist()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (illegal_move, r"move 4: .* is illegal; legal: [A-F][1-6]"),
        (off_the_board, r"move 31: square 36 is not on a 6x6 board"),
        (cut_short, r"moves has 31 moves where 32 belong"),
        (missing_entry, r"input_ids has an empty entry"),
        (wrong_token, r"input_ids is not what the moves give, first at move 7"),
        (disc_of_the_other_colour, r"boards is not what the moves give, first at move 9"),
        (wrong_legality, r"legalities is not what the moves give, first at move 31"),
        (ragged_board, r"boards has 2 items where 6 belong"),
        (after_a_pass, r"move \d+ comes after a pass"),
    ],
)
def test_a_bad_row_is_named(tmp_path, monkeypatch, spoil, why):
    monkeypatch.setattr(games, "_CHUNK", 4)
    rows = [dict(row) for row in games.sample_games(10, seed=1)]
    spoil(rows[6])
    data = datasets.Dataset.from_list(rows)
    data.to_parquet(tmp_path / "part.parquet")
    with pytest.raises(games.GamesError, match=rf"part\.parquet, row 6: {why}.*; delete it and"):
        games.load_games(tmp_path)
    pretend_hub(monkeypatch, data)
    with pytest.raises(games.GamesError, match=rf"^'some/one', row 6: {why}.*; tell its owner"):
        games.load_games("some/one")


def test_plain_columns_as_on_the_hub_are_read(monkeypatch, tmp_path):
    ours = games.sample_games(9, seed=1)
    hub = datasets.Dataset.from_dict(plain(ours) | {"flips": [0] * 9})
    assert hub.features != games.FEATURES
    pretend_hub(monkeypatch, hub)
    assert_same(games.load_games("awonga/othello-gpt"), ours)
    assert len(games.load_games("awonga/othello-gpt", games=3)) == 3
    with pytest.raises(games.GamesError, match="31 games were asked for, but 'awonga/othello-gpt'"):
        games.load_games("awonga/othello-gpt", games=31)
    hub.to_parquet(tmp_path / "test-0.parquet")
    assert_same(games.load_games(tmp_path, split="test"), ours)
    with pytest.raises(games.GamesError, match="no split 'train': choose from test"):
        games.load_games(tmp_path)


@pytest.mark.parametrize("name", games.COLUMNS)
def test_a_missing_column_is_named(tmp_path, name):
    games.sample_games(3).remove_columns(name).to_parquet(tmp_path / "part.parquet")
    with pytest.raises(games.GamesError, match=f"part.parquet has no column {name!r}"):
        games.load_games(tmp_path)


def test_a_column_of_another_kind_is_refused(tmp_path):
    rows = plain(games.sample_games(3))
    rows["moves"] = [[rules.square_name(s) for s in moves] for moves in rows["moves"]]
    datasets.Dataset.from_dict(rows).to_parquet(tmp_path / "part.parquet")
    with pytest.raises(games.GamesError, match=r"row 0: moves holds .* where"):
        games.load_games(tmp_path)


# --- what can't be reached ------------------------------------------------------------------------


def test_sources_that_are_nothing_are_refused(tmp_path):
    for source in (tmp_path / "nowhere", "nowhere", "a/b/c", "/no/such", "user/"):
        with pytest.raises(games.GamesError, match="neither a folder nor a name on the Hub"):
            games.load_games(source)
    with pytest.raises(games.GamesError, match="has no parquet files"):
        games.load_games(tmp_path)


def test_a_hub_that_cant_be_reached_is_one_sentence(tmp_path):
    call = "from othello_gpt.games import load_games; load_games('nobody/nothing')"
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path), "HF_TOKEN": ""}
    run = subprocess.run(
        [sys.executable, "-c", call],
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    last = run.stderr.strip().splitlines()[-1]
    assert run.returncode == 1
    assert re.fullmatch(
        r"othello_gpt\.games\.GamesError: 'nobody/nothing' is no folder here and can't be had from"
        r" the Hugging Face Hub \(.+\): check the name and the connection, or sample games with"
        r" load_games\(\)",
        last,
    )


def test_an_incomplete_folder_is_not_pushed(folder, monkeypatch):
    monkeypatch.setattr(games, "HfApi", lambda: pytest.fail("the Hub was called"))
    (folder / "data" / "train-00000.parquet").unlink()
    with pytest.raises(games.GamesError, match="should hold 50 games"):
        games.push_games(folder, "some/one")
    (folder / "README.md").unlink()
    with pytest.raises(games.GamesError, match="is not complete"):
        games.push_games(folder, "some/one")


def test_push_uploads_what_was_written(folder, monkeypatch):
    class Hub:
        def create_repo(self, repo, **options):
            assert options == dict(repo_type="dataset", private=True, exist_ok=True)
            if repo == "some/where else":
                raise OSError("no such name")
            return f"https://huggingface.co/datasets/{repo}"

        def upload_folder(self, **options):
            uploads.append(options)

    uploads = []
    monkeypatch.setattr(games, "HfApi", Hub)
    assert games.push_games(folder, "some/one", private=True).endswith("/datasets/some/one")
    (options,) = uploads
    assert (options["folder_path"], options["repo_id"]) == (folder, "some/one")
    assert options["repo_type"] == "dataset"
    assert options["allow_patterns"] == ["README.md", "data/*.parquet"]
    with pytest.raises(ConnectionError, match=r"as 'some/where else' \(no such name\): check"):
        games.push_games(folder, "some/where else", private=True)

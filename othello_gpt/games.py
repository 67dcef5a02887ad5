"""Uniformly random games that never need a pass: sampling, tokens, the data set, the entropy floor.

A game is drawn by playing uniformly random legal moves; as soon as a side has no legal move before
the board is full, the game is thrown away and started anew. What is left is uniform random play
*conditioned on never needing a pass*, as in the ``awonga/othello-gpt`` data set.

Chapter: ``book/games.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout
from huggingface_hub import DatasetCardData, HfApi, is_offline_mode
from tqdm import tqdm

from . import rules
from .jit import njit, popcount, trailing_zeros
from .rules import _U64, _0, _1, _flips, _legal

PAD = 0
PLIES = 32
CONTEXT = PLIES - 1  # what a network sees of a game: all moves but the last
COLUMNS = ("moves", "boards", "legalities", "input_ids")
FEATURES = datasets.Features(
    moves=datasets.List(datasets.Value("int64"), length=PLIES),
    boards=datasets.Array3D((PLIES, 6, 6), "int8"),
    legalities=datasets.Array3D((PLIES, 6, 6), "bool"),
    input_ids=datasets.List(datasets.Value("int64"), length=PLIES),
)

# Games that each thread expands to boards at a time: some 20 kB a game on the way to a file.
_CHUNK = 2_000
_SHARD = 50_000
_RECORD = b"othello_gpt"


class GamesError(ValueError):
    """Games that can't be had as asked for; the message says what is wrong, where and the cure."""


# --- sampling -----------------------------------------------------------------------------------


@njit("uint64(uint64)")
def _mix(x):
    # The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
    x = (x ^ (x >> _U64(30))) * _U64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> _U64(27))) * _U64(0x94D049BB133111EB)
    return x ^ (x >> _U64(31))


@njit(nogil=True)
def _stream(seed, index):
    # One stream of random numbers per (seed, index): neither batch size nor process can matter.
    return _mix(_mix(_U64(seed)) ^ _U64(index))


@njit(nogil=True)
def _draw(own, opp, can, choices, size, state):
    """Play one of the legal squares ``can``: return it, the position after it and the new state."""
    state += _U64(0x9E3779B97F4A7C15)
    skip = ((_mix(state) >> _U64(32)) * choices) >> _U64(32)
    for _ in range(skip):
        can &= can - _1
    square = trailing_zeros(can)
    turned = _flips(own, opp, square, size)
    return square, opp & ~turned, own | turned | (_1 << square), state


@njit(nogil=True)
def _sample(seed, first_index, size, first, second, moves, words):
    """Fill moves [games, plies] and, unless they are empty, words [5, games, plies].

    The words are legal, mine and theirs before the move and the first and the second player's discs
    after it. Returns the number of games that were started.
    """
    games, plies = moves.shape
    keep_words = words.shape[1] == games
    started = 0
    for g in range(games):
        state = _stream(seed, first_index + g)
        ply = 0
        while ply < plies:
            if ply == 0:
                own, opp = first, second
                started += 1
            can = _legal(own, opp, size)
            choices = popcount(can)
            if choices == _0:
                ply = 0
                continue
            if keep_words:
                words[0, g, ply], words[1, g, ply], words[2, g, ply] = can, own, opp
            square, own, opp, state = _draw(own, opp, can, choices, size, state)
            moves[g, ply] = square
            if keep_words:
                words[3 + ply % 2, g, ply], words[4 - ply % 2, g, ply] = opp, own
            ply += 1
    return started


def _sampled(games: int, seed: int, first: int, size: int, standard: bool, keep_words: bool):
    plies = size * size - 4
    moves = np.empty((games, plies), np.uint8)
    words = np.empty((5, games, plies) if keep_words else (5, 0, 0), _U64)
    a, b = (_U64(x) for x in rules.start(size, standard))
    started = _sample(seed, first, size, a, b, moves, words)
    return moves, words, started


def sample_moves(
    games: int, seed: int = 0, first: int = 0, size: int = 6, standard: bool = False
) -> np.ndarray:
    """Return the squares played in games ``first .. first + games - 1``: uint8 [games, plies].

    The same seed and index give the same game on every machine, in batches of any size.
    """
    return _sampled(games, seed, first, size, standard, keep_words=False)[0]


def sample_replay(
    games: int, seed: int = 0, first: int = 0, size: int = 6, standard: bool = False
) -> rules.Replay:
    """Return the games of ``sample_moves`` with all positions and legal squares, as bitboards."""
    moves, words, _ = _sampled(games, seed, first, size, standard, keep_words=True)
    legal, mine, theirs, after_first, after_second = words
    turns = np.where(np.arange(moves.shape[1]) % 2, rules.SECOND, rules.FIRST).astype(np.int8)
    player = np.broadcast_to(turns, moves.shape)
    return rules.Replay(moves, mine, theirs, legal, player, after_first, after_second, size)


@njit(nogil=True)
def _play_on(own, opp, plies, size, state):
    """Play random moves: return how many go before a pass (``plies`` if none) and the state."""
    for ply in range(plies):
        can = _legal(own, opp, size)
        choices = popcount(can)
        if choices == _0:
            return ply, state
        _, own, opp, state = _draw(own, opp, can, choices, size, state)
    return plies, state


@njit(nogil=True)
def _continuations(seed, first_index, moves, begin, size, first, second, out):
    """Fill out [games, plies from begin, count] with next moves of games of the same beginnings."""
    games, plies, count = out.shape
    for g in range(games):
        state = _stream(seed, first_index + g)
        own, opp = first, second
        for p in range(begin + plies):
            can = _legal(own, opp, size)
            choices = popcount(can)
            for k in range(count if p >= begin else 0):
                while True:
                    square, mine, theirs, state = _draw(own, opp, can, choices, size, state)
                    left = moves.shape[1] - p - 1
                    played, state = _play_on(mine, theirs, left, size, state)
                    if played == left:
                        out[g, p - begin, k] = square
                        break
            turned = _flips(own, opp, moves[g, p], size)
            own, opp = opp & ~turned, own | turned | (_1 << _U64(moves[g, p]))


def sample_continuations(
    moves,
    count: int,
    seed: int = 0,
    first: int = 0,
    size: int = 6,
    begin: int = 0,
    end: int | None = None,
) -> np.ndarray:
    """Return moves that other games make after the same beginnings: uint8 [games, plies, count].

    ``out[g, p]`` are the moves at ply ``begin + p`` (all plies unless told) of ``count`` more games
    that begin with the same moves as ``moves[g]``, each drawn like any other: played on at random,
    thrown away if it ever needs a pass. ``moves`` are whole games, ``first`` is the index of the
    first, so that the same seed and index give the same moves in batches of any size.

    Raises ``GamesError`` for games that are not whole or have a pass: no such games begin alike.
    """
    moves = _whole_games(moves, count, size)
    plies = (moves.shape[1] if end is None else end) - begin
    out = np.empty((len(moves), plies, count), np.uint8)
    own, opp = (_U64(x) for x in rules.start(size))
    # Not the numbers that the games themselves were drawn with.
    other = int(_mix(_U64(seed) ^ _U64(0xD1B54A32D192ED03))) + begin
    _continuations(_U64(other % 2**64), first, moves, begin, size, own, opp, out)
    return out


@njit(nogil=True)
def _siblings(seed, first_index, moves, opening, size, first, second, out):
    """Fill out [games, siblings, plies] from ply ``opening`` on with other ways to go on."""
    games, siblings, plies = out.shape
    for g in range(games):
        state = _stream(seed, first_index + g)
        start_own, start_opp = first, second
        for p in range(opening):
            turned = _flips(start_own, start_opp, moves[g, p], size)
            start_own, start_opp = (
                start_opp & ~turned,
                start_own | turned | (_1 << _U64(moves[g, p])),
            )
        for k in range(siblings):
            ply, own, opp = opening, start_own, start_opp
            while ply < plies:
                can = _legal(own, opp, size)
                choices = popcount(can)
                if choices == _0:
                    ply, own, opp = opening, start_own, start_opp
                    continue
                out[g, k, ply], own, opp, state = _draw(own, opp, can, choices, size, state)
                ply += 1


def sample_siblings(
    moves, count: int, opening: int, seed: int = 0, first: int = 0, size: int = 6
) -> np.ndarray:
    """Return whole games that share an opening with given ones: uint8 [games, count, plies].

    ``out[g]`` are ``count`` games whose first ``opening`` moves are those of ``moves[g]``, each
    drawn like any other game that begins so; the rest as in ``sample_continuations``.
    """
    moves = _whole_games(moves, count, size)
    if not 0 <= opening <= moves.shape[1]:
        raise GamesError(f"games can't share {opening} moves; choose 0 to {moves.shape[1]}")
    out = np.repeat(moves[:, None], count, 1)
    own, opp = (_U64(x) for x in rules.start(size))
    other = _U64(_mix(_U64(seed) ^ _U64(0x8CB92BA72F3D8DD7)))
    _siblings(other, first, moves, opening, size, own, opp, out)
    return out


def _whole_games(moves, count: int, size: int) -> np.ndarray:
    replay = rules.replay(moves, size)
    moves, plies = replay.moves, size * size - 4
    if count < 0:
        raise GamesError(f"{count} further games were asked for; ask for none or more")
    if moves.shape[1] != plies:
        raise GamesError(f"whole games of {plies} moves are needed, not {moves.shape[1]}")
    if (passed := (replay.player[:, 1:] == replay.player[:, :-1]).any(1)).any():
        raise GamesError(f"game {passed.argmax()} has a pass: leave such games out")
    return moves


# --- tokens -------------------------------------------------------------------------------------


def token_of_square(size: int = 6) -> np.ndarray:
    """Return int64 [size * size]: the token of each square; the four central ones get ``PAD``."""
    table = np.zeros(size * size, np.int64)
    playable = np.setdiff1d(np.arange(size * size), rules.centre(size))
    table[playable] = np.arange(1, len(playable) + 1)
    return table


def square_of_token(size: int = 6) -> np.ndarray:
    """Return int64 [vocabulary]: the square of each token; ``PAD`` gets ``rules.NO_MOVE``."""
    playable = np.setdiff1d(np.arange(size * size), rules.centre(size))
    return np.concatenate([[rules.NO_MOVE], playable])


def tokens_of(moves, size: int = 6) -> np.ndarray:
    """Return the tokens of moves, squares of any shape.

    Raises ``ValueError`` on padding (-1) and on squares off the board: as an index, -1 would
    silently become the last square.
    """
    moves = np.asarray(moves)
    wrong = moves[(moves < 0) | (moves >= size * size)]
    if wrong.size:
        raise ValueError(
            f"{wrong[0]} among the moves is no square of a {size}x{size} board: slice padded games "
            "to a length that all have, moves[:, :length], or leave the short ones out"
        )
    return token_of_square(size)[moves]


def legal_tokens(moves, size: int = 6, standard: bool = False) -> np.ndarray:
    """Return which tokens are legal before each move of games, bool [games, plies, vocabulary]."""
    legal = rules.replay(moves, size, standard).legalities()
    flat = legal.reshape(*legal.shape[:2], size * size)
    none = np.zeros((*flat.shape[:2], 1), bool)
    return np.concatenate([none, flat[..., square_of_token(size)[1:]]], -1)


# --- the data set --------------------------------------------------------------------------------


def sample_games(games: int, seed: int = 0, first: int = 0) -> datasets.Dataset:
    """Return games ``first .. first + games - 1`` of a seed as a data set in memory, 4 kB a game.

    Its columns are those of ``awonga/othello-gpt``: ``moves`` (32 squares), ``boards`` (32x6x6,
    after each move, +1 the first player, -1 the second, 0 empty), ``legalities`` (32x6x6, before
    each move) and ``input_ids`` (32 tokens). ``write_games`` is for more than memory holds.
    """
    if games < 1:
        raise GamesError(f"{games} games were asked for; ask for one or more")
    return datasets.Dataset(pa.concat_tables(_tables(games, seed, first)))


def _tables(games: int, seed: int, first: int) -> Iterator[pa.Table]:
    for start in range(0, games, _CHUNK):
        yield _table(sample_replay(min(_CHUNK, games - start), seed, first + start))


def _table(replay: rules.Replay) -> pa.Table:
    moves = replay.moves.astype(np.int64)
    columns = [
        pa.FixedSizeListArray.from_arrays(moves.reshape(-1), PLIES),
        _cube(replay.boards(), "int8"),
        _cube(replay.legalities(), "bool"),
        pa.FixedSizeListArray.from_arrays(token_of_square()[moves].reshape(-1), PLIES),
    ]
    return pa.Table.from_arrays(columns, schema=FEATURES.arrow_schema)


def _cube(cells: np.ndarray, dtype: str) -> pa.ExtensionArray:
    # What datasets builds from such an array, some fifty times faster.
    nested = pa.array(cells.reshape(-1))
    for length in cells.shape[:0:-1]:
        offsets = np.arange(0, len(nested) + 1, length, dtype=np.int32)
        nested = pa.ListArray.from_arrays(offsets, nested)
    kind = datasets.features.features.Array3DExtensionType(cells.shape[1:], dtype)
    return pa.ExtensionArray.from_storage(kind, nested)


def write_games(
    out: str | os.PathLike,
    games: int = 1_000_000,
    seed: int = 0,
    threads: int | None = None,
    shard: int = _SHARD,
) -> Path:
    """Write games ``0 .. games - 1`` of a seed to the folder ``out`` and return its path.

    The folder is a data set that ``load_games(out)`` and ``datasets.load_dataset(out)`` read:
    parquet files of ``shard`` games each, written by ``threads`` threads (one per processor unless
    told), and a README.md. A file appears only when it is complete, so a run that was interrupted
    is taken up where it was left by the same call; asking for more games later adds to the folder.

    Raises ``GamesError`` if the folder holds something else: games of another seed, more games than
    asked for, or a damaged file; ``BlockingIOError`` if another process is writing to it.
    """
    out, games = Path(out), int(games)
    if games < 1 or shard < 1:
        raise GamesError(
            f"{games} games in files of {shard} were asked for; both must be 1 or more"
        )
    (out / "data").mkdir(parents=True, exist_ok=True)
    with only_writer(out):
        todo = _shards_to_write(out, games, seed, shard)
        _write_shards(todo, games, seed, threads)
        _write_readme(out, games, seed)
    return out


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to a folder, as long as they ask for it in the same way.

    Raises ``BlockingIOError`` if one of them was first.
    """
    lock = FileLock(folder / ".lock", blocking=False)  # the system frees it if the process dies
    try:
        lock.acquire()
    except Timeout as error:
        raise BlockingIOError(
            f"{folder} is being written to by another process: let it end, or choose another folder"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _write_shards(todo: list[tuple[Path, int, int]], games: int, seed: int, threads: int | None):
    missing = sum(count for _, _, count in todo)
    with (
        tqdm(total=games, initial=games - missing, unit=" games", unit_scale=True) as bar,
        ThreadPoolExecutor(threads or os.cpu_count()) as pool,
    ):
        jobs = [pool.submit(_write_shard, *job, seed, bar) for job in todo]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            # Files that are under way are finished, the others are left for the next call.
            pool.shutdown(cancel_futures=True)
            raise


def _shards_to_write(out: Path, games: int, seed: int, shard: int) -> list[tuple[Path, int, int]]:
    wanted = {}
    for first in range(0, games, shard):
        path = out / "data" / f"train-{first // shard:05d}.parquet"
        wanted[path] = {"seed": seed, "first": first, "games": min(shard, games - first)}
    for path in sorted(out.glob("**/*.parquet")):
        record = _read_record(path)
        asked = wanted.get(path)
        if asked is None or record is None or {**record, "games": 0} != {**asked, "games": 0}:
            held = f"games {record['first']}.. of seed {record['seed']}" if record else "other data"
            raise GamesError(
                f"{path} holds {held}, which is no part of the {games} games of seed {seed} in"
                f" files of {shard} that were asked for: choose another folder"
            )
        if record["games"] == asked["games"]:
            del wanted[path]
        elif record["games"] > asked["games"]:
            raise GamesError(
                f"{path} already holds more than the {games} games that were asked for: choose"
                " another folder"
            )
    return [(path, asked["first"], asked["games"]) for path, asked in wanted.items()]


def _read_record(path: Path) -> dict | None:
    """Return what ``_write_shard`` noted in a file, or None if that is not where it comes from."""
    with _open_parquet(path) as file:
        record = (file.metadata.metadata or {}).get(_RECORD)
        return json.loads(record) if record else None


def _open_parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> GamesError:
    return GamesError(f"{path} is damaged ({_first_line(error)}): {_REWRITE}")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def _write_shard(path: Path, first: int, games: int, seed: int, bar: tqdm) -> None:
    record = json.dumps({"seed": seed, "first": first, "games": games}).encode()
    schema = FEATURES.arrow_schema
    schema = schema.with_metadata({**schema.metadata, _RECORD: record})
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(
        unfinished, schema, compression="zstd", write_page_checksum=True
    ) as writer:
        for table in _tables(games, seed, first):
            writer.write_table(table)
            with tqdm.get_lock():
                bar.update(len(table))
    os.replace(unfinished, path)


_README = """\
# {games:,} games of 6x6 Othello

Uniformly random play, conditioned on never needing a pass: games 0 to {last:,} of seed {seed},
written by `othello-gpt games --games {games} --seed {seed}`.

| column | what |
|---|---|
| `moves` | the 32 squares played, row by row from A1 = 0 to F6 = 35 |
| `boards` | 32x6x6, the board after each move: 1 the first player, -1 the second, 0 empty |
| `legalities` | 32x6x6, the legal squares before each move |
| `input_ids` | the moves as tokens: 1 to 32 for the squares that start empty, ascending |

`datasets.load_dataset` reads this folder; `othello_gpt.games.load_games` also checks every game.
"""


def _write_readme(out: Path, games: int, seed: int) -> None:
    size = sum(path.stat().st_size for path in out.glob("data/*.parquet"))
    card = DatasetCardData(
        license="mit",
        pretty_name="Random games of 6x6 Othello without passes",
        configs=[
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
            }
        ],
        dataset_info={
            "splits": [{"name": "train", "num_examples": games, "num_bytes": size}],
            "download_size": size,
            "dataset_size": size,
        },
    )
    text = _README.format(games=games, last=games - 1, seed=seed)
    unfinished = out / "README.unfinished"
    unfinished.write_text(f"---\n{card.to_yaml()}\n---\n\n{text}", encoding="utf-8")
    os.replace(unfinished, out / "README.md")


def load_games(
    source: int | str | os.PathLike | None = None,
    games: int | None = None,
    seed: int = 0,
    split: str = "train",
) -> datasets.Dataset:
    """Return a data set of games with the columns of ``sample_games``, every one of them checked.

    ``source`` is a number of games to sample on the spot, a folder such as ``write_games`` leaves,
    or the name of a data set on the Hugging Face Hub, ``user/repo``; ``split`` names a part of the
    last two. ``games`` takes the first so many of any of them. Without a source so many are
    sampled, 10,000 unless told.

    Raises ``GamesError`` if the source can't be read or has fewer games than asked for, or names
    the first row that is no complete and consistent game without passes. Nothing is ever replaced
    by something else.
    """
    if games is not None and games < 1:
        raise GamesError(f"{games} games were asked for; ask for one or more")
    if source is None:
        return sample_games(10_000 if games is None else games, seed)
    if isinstance(source, int | np.integer):
        return sample_games(_asked_for(games, int(source), "the sample"), seed)
    if Path(source).is_dir():
        return _load_folder(Path(source), games, split)
    if isinstance(source, str) and source.count("/") == 1 and all(source.split("/")):
        return _load_hub(source, games, split)
    raise GamesError(
        f"{str(source)!r} is neither a folder nor a name on the Hub (user/repo): correct it, write"
        " the folder with `othello-gpt games`, or sample with load_games()"
    )


_REWRITE = "delete it and write it anew with `othello-gpt games`, or sample games with load_games()"


def _load_folder(folder: Path, games: int | None, split: str) -> datasets.Dataset:
    if not any(folder.glob("**/*.parquet")):
        raise GamesError(f"{folder} has no parquet files: write some with `othello-gpt games`")
    try:
        builder = datasets.load_dataset_builder(str(folder))
        files = builder.config.data_files.get(split)
    except Exception as error:
        raise GamesError(f"{folder} can't be read ({_first_line(error)}): {_REWRITE}") from error
    if not files:
        parts = ", ".join(map(str, builder.config.data_files))
        raise GamesError(f"{folder} has no split {split!r}: choose from {parts}")
    rows = sum(_check_file(Path(file)) for file in files)
    info = (builder.info.splits or {}).get(split)
    if info and info.num_examples not in (None, rows):
        raise GamesError(
            f"{folder} should hold {info.num_examples} games but holds {rows}: run the `othello-gpt"
            " games` that wrote it again to complete it"
        )
    games = _asked_for(games, rows, folder)
    builder.download_and_prepare()
    return _as_ours(builder.as_dataset(f"{split}[:{games}]"))


def _load_hub(name: str, games: int | None, split: str) -> datasets.Dataset:
    try:
        if not is_offline_mode():
            # Says at once what load_dataset says after half a minute of trying again.
            HfApi().dataset_info(name)
        rows = datasets.load_dataset(name, split=split)
    except Exception as error:
        raise GamesError(
            f"{name!r} is no folder here and can't be had from the Hugging Face Hub"
            f" ({_first_line(error)}): check the name and the connection, or sample games with"
            " load_games()"
        ) from error
    rows = rows.take(_asked_for(games, len(rows), repr(name)))
    way_out = "tell its owner, or sample games with load_games()"
    for start, batch in _batches(rows):
        _check_batch(batch, start, repr(name), way_out)
    return _as_ours(rows)


def _asked_for(games: int | None, there: int, where) -> int:
    """Return how many games to take of those that are there: all of them unless told."""
    if games is not None and games > there:
        raise GamesError(f"{games} games were asked for, but {where} has {there}: ask for no more")
    return there if games is None else games


def _batches(rows: datasets.Dataset) -> Iterator[tuple[int, pa.Table]]:
    kept = rows.select_columns([c for c in COLUMNS if c in rows.column_names])
    for i, batch in enumerate(kept.with_format("arrow").iter(_CHUNK)):
        yield i * _CHUNK, batch


def _as_ours(rows: datasets.Dataset) -> datasets.Dataset:
    rows = rows.select_columns(list(COLUMNS))
    return rows if rows.features == FEATURES else rows.cast(FEATURES)


def push_games(folder: str | os.PathLike, repo: str, private: bool = False) -> str:
    """Upload a folder of ``write_games`` to the Hub as data set ``user/repo``; return its address.

    Raises ``GamesError`` for a folder that ``load_games`` would refuse (nothing is uploaded then),
    ``ConnectionError`` if the Hub doesn't take it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise GamesError(f"{folder}: no such folder; name one that `othello-gpt games` wrote")
    _load_folder(folder, games=None, split="train")
    if not (folder / "README.md").is_file():
        raise GamesError(
            f"{folder} is not complete: run `othello-gpt games` on it again to finish it"
        )
    return publish(folder, repo, "dataset", ["README.md", "data/*.parquet"], private)


def publish(folder: Path, repo: str, kind: str, files: Sequence[str], private: bool = False) -> str:
    """Upload those of a folder's files that match to the Hub as ``user/repo``; return its address.

    Needs a login (``hf auth login`` or ``HF_TOKEN``). Raises ``ConnectionError`` if the Hub can't
    be reached or refuses.
    """
    api = HfApi()
    try:
        url = api.create_repo(repo, repo_type=kind, private=private, exist_ok=True)
        api.upload_folder(
            folder_path=folder, repo_id=repo, repo_type=kind, allow_patterns=list(files)
        )
    except Exception as error:
        raise ConnectionError(
            f"{folder} can't be published as {repo!r} ({_first_line(error)}): check the name, the"
            " connection and the login (`hf auth login`)"
        ) from error
    return str(url)


# --- refusing bad rows ---------------------------------------------------------------------------


class _BadRow(Exception):
    def __init__(self, row: int, why: str):
        self.row, self.why = int(row), why


def _check_file(path: Path) -> int:
    """Return the number of games in a parquet file, all of them checked."""
    row = 0
    with _open_parquet(path) as file:
        columns = [c for c in COLUMNS if c in file.schema_arrow.names]
        try:
            for batch in file.iter_batches(_CHUNK, columns=columns):
                _check_batch(batch, row, str(path), _REWRITE)
                row += len(batch)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from error
    return row


def _check_batch(
    batch: pa.RecordBatch | pa.Table, first_row: int, where: str, way_out: str
) -> None:
    for name in COLUMNS:
        if name not in batch.schema.names:
            raise GamesError(f"{where} has no column {name!r}: {way_out}")
    try:
        _check_games(batch)
    except _BadRow as bad:
        raise GamesError(f"{where}, row {first_row + bad.row}: {bad.why}; {way_out}") from None


def _check_games(batch: pa.RecordBatch | pa.Table) -> None:
    given = {
        "moves": _dense(batch, "moves", "iu", PLIES),
        "boards": _dense(batch, "boards", "iuf", PLIES, 6, 6),
        "legalities": _dense(batch, "legalities", "b", PLIES, 6, 6),
        "input_ids": _dense(batch, "input_ids", "iu", PLIES),
    }
    try:
        truth = rules.replay(given["moves"])
    except rules.IllegalMove as error:
        raise _BadRow(error.game, f"move {error.ply}: {error.why}") from None
    turns = np.where(np.arange(PLIES) % 2, rules.SECOND, rules.FIRST)
    if (passed := truth.player != turns).any():
        row, ply = np.argwhere(passed)[0]
        raise _BadRow(row, f"move {ply} comes after a pass, and games with passes are left out")
    expected = {
        "boards": truth.boards(),
        "legalities": truth.legalities(),
        "input_ids": token_of_square()[given["moves"]],
    }
    for name, right in expected.items():
        if (wrong := given[name] != right).any():
            row, ply = np.argwhere(wrong)[0, :2]
            raise _BadRow(row, f"{name} is not what the moves give, first at move {ply}")


def _dense(batch: pa.RecordBatch | pa.Table, name: str, kinds: str, *shape: int) -> np.ndarray:
    """Return a column of nested lists as an array [rows, *shape]."""
    column = batch.column(name)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    per_row = 1
    for length in shape:
        kind = column.type
        if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or _is_fixed(kind)):
            raise _BadRow(0, f"{name} is not a list of shape {shape}")
        lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        if (wrong := lengths != length).any():
            bad = np.argmax(wrong)
            what = "items" if len(shape) > 1 else name
            raise _BadRow(bad // per_row, f"{name} has {lengths[bad]} {what} where {length} belong")
        column = column.flatten()
        per_row *= length
    if column.null_count:
        missing = column.is_null().to_numpy(zero_copy_only=False)
        raise _BadRow(np.argmax(missing) // per_row, f"{name} has an empty entry")
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype.kind not in kinds:
        raise _BadRow(0, f"{name} holds {values.dtype} where {FEATURES[name].feature} belongs")
    return values.reshape(len(batch), *shape)


def _is_fixed(kind: pa.DataType) -> bool:
    return pa.types.is_fixed_size_list(kind)


# --- the entropy floor ---------------------------------------------------------------------------


def log_choices(moves, size: int = 6, standard: bool = False) -> np.ndarray:
    """Return the log of the number of legal moves before each move, [games, plies], in nats."""
    return np.log(rules.count(rules.replay(moves, size, standard).legal))


def survival(games: int = 200_000, seed: int = 0, size: int = 6) -> tuple[float, float]:
    """Return the share of uniformly random games that never need a pass, and its standard error."""
    share = games / _sampled(games, seed, 0, size, False, keep_words=False)[2]
    # `games` successes in a negative binomial: relative variance (1 - share) / games.
    return share, share * ((1 - share) / games) ** 0.5


def entropy_floor(games: int = 200_000, seed: int = 0, size: int = 6) -> tuple[float, float]:
    """Return the lowest mean loss that a predictor of moves can have, and its standard error.

    In nats per move, over all moves but the first. Random play draws a game g with probability
    ``prod_i 1 / n_i(g)``, where ``n_i`` is the number of legal moves at ply i. The games that are
    kept have the total probability S (``survival``), so ``p(g) = prod_i 1 / n_i(g) / S`` and the
    entropy of a game is ``E[sum_i log n_i] + log S``. Of this the first move has ``log n_0``, as
    the start has a symmetry that takes any first move to any other. The rest is shared by the
    other moves.
    """
    moves, _, started = _sampled(games, seed, 0, size, False, keep_words=False)
    # In parts, as replayed games take 1.5 kB each.
    parts = np.array_split(moves, -(-games // _CHUNK))
    per_game = np.concatenate([log_choices(part, size)[:, 1:].sum(1) for part in parts])
    share = games / started
    total = per_game.mean() + np.log(share)
    # How often a game is started anew says nothing about the game that is kept: the variances add.
    variance = per_game.var(ddof=1) / games + (1 - share) / games
    predicted = moves.shape[1] - 1
    return float(total / predicted), float(variance**0.5 / predicted)


def surprise(moves, seed: int = 0, size: int = 6) -> np.ndarray:
    """Return how improbable each move was given those before it, in nats: [games, plies].

    Unbiased estimates of minus the log-probability under the process that made the games. Let ``s``
    be the probability that random play needs no pass from a position on. The next move leads from
    h to h' with probability ``s(h') / (n(h) s(h))``. ``log s`` is estimated by playing on until
    a game needs no pass: if that is the K-th, by ``-(1 + 1/2 + ... + 1/(K - 1))`` (inverse binomial
    sampling; van Opheusden, Acerbi & Ma 2020, https://doi.org/10.1371/journal.pcbi.1008483).
    """
    replay = rules.replay(moves, size)
    log_survival = np.zeros((len(replay.moves), replay.moves.shape[1] + 1))
    _log_survival(seed, replay.mine, replay.theirs, size, log_survival)
    return np.log(rules.count(replay.legal)) - np.diff(log_survival)


def first_pass(games: int = 100_000, seed: int = 0, size: int = 6) -> np.ndarray:
    """Return the ply at which each of some uniformly random games first needs a pass, [games].

    Ply ``size * size - 4`` stands for the end of the board: a game that never needs one.
    """
    plies = np.empty(games, np.int64)
    own, opp = (_U64(x) for x in rules.start(size))
    _first_pass(seed, own, opp, size, plies)
    return plies


def next_move_probabilities(mine, theirs, size: int = 6) -> np.ndarray:
    """Return the exact probability of each next move in games without passes, [..., size * size].

    ``mine`` and ``theirs`` are positions of a late stage, as bitboards: all ways to go on are
    played through, so at most 12 squares may be empty. A position from which a pass can't be
    avoided gets zeros. Raises ``ValueError`` for earlier positions.
    """
    mine, theirs = np.broadcast_arrays(np.asarray(mine, _U64), np.asarray(theirs, _U64))
    empty = size * size - rules.count(mine | theirs)
    if np.any(empty > 12):
        raise ValueError(f"{empty.max()} squares are empty; at most 12 may be")
    out = np.zeros((mine.size, size * size))
    _survival_of_moves(mine.ravel(), theirs.ravel(), empty.ravel(), size, out)
    total = out.sum(1, keepdims=True)
    return np.divide(out, total, where=total > 0, out=out).reshape(*mine.shape, -1)


@njit(nogil=True)
def _first_pass(seed, own, opp, size, out):
    for g in range(out.shape[0]):
        out[g], _ = _play_on(own, opp, size * size - 4, size, _stream(seed, g))


@njit(nogil=True)
def _log_survival(seed, mine, theirs, size, out):
    games, plies = mine.shape
    for g in range(games):
        # Not the numbers that the game itself was drawn with.
        state = _stream(~seed, g)
        for p in range(plies):
            left = plies - p
            failures = 0
            while True:
                played, state = _play_on(mine[g, p], theirs[g, p], left, size, state)
                if played == left:
                    break
                failures += 1
                out[g, p] -= 1.0 / failures


@njit("float64(uint64, uint64, int64, int64)", nogil=True)
def _survival_from(own, opp, left, size):
    if left == 0:
        return 1.0
    can = _legal(own, opp, size)
    total = 0.0
    rest = can
    while rest != _0:
        square = trailing_zeros(rest)
        turned = _flips(own, opp, square, size)
        total += _survival_from(opp & ~turned, own | turned | (_1 << square), left - 1, size)
        rest &= rest - _1
    return total / popcount(can) if can != _0 else 0.0


@njit(nogil=True)
def _survival_of_moves(mine, theirs, empty, size, out):
    for i in range(mine.shape[0]):
        rest = _legal(mine[i], theirs[i], size)
        while rest != _0:
            square = trailing_zeros(rest)
            turned = _flips(mine[i], theirs[i], square, size)
            own, opp = theirs[i] & ~turned, mine[i] | turned | (_1 << square)
            out[i, square] = _survival_from(own, opp, empty[i] - 1, size)
            rest &= rest - _1

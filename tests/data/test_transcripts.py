"""Proof of ``othello_gpt.data``: games as people write them down."""

import re

import datasets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import data, game
from tests import oracle
from tests.game.common import padded

# The last game of the 31st world championship, Athens 2007: Nicolet 35, Tominaga 29.
ATHENS = (
    "F5D6C5F4E3C6D3F6E6D7G4G3G6H3G5H4E7F7H5H6E8F3C4C7D8C8B8B4B6B5"
    "A4A5A6E2A3D2D1C1B1C2C3B2F2F1A1B3E1A2G1G2H1H2H7G7H8B7A8A7F8G8"
)


def wthor(*games, board=8):
    rows = []
    for moves in games:
        pairs = [moves[i : i + 2].lower() for i in range(0, len(moves), 2)]
        codes = bytes(10 * int(row) + "abcdefgh".index(column) + 1 for column, row in pairs)
        rows.append(bytes(8) + codes.ljust(60, b"\0"))
    header = bytes(4) + len(rows).to_bytes(4, "little") + bytes(4) + bytes([board, 0, 0, 0])
    return header + b"".join(rows)


def names_of(moves, size):
    return "".join(game.square_name(square, size) for square in moves)


@pytest.fixture(params=["txt", "pgn", "wtb"])
def tournament(request, tmp_path):
    """The game of Athens and the first six moves of it, in each form."""
    file = tmp_path / f"games.{request.param}"
    if request.param == "wtb":
        file.write_bytes(wthor(ATHENS, ATHENS[:12]))
    elif request.param == "txt":
        file.write_text(f"{ATHENS}\n\n{ATHENS[:12].lower()}\n", encoding="utf-8-sig")
    else:
        pairs = [ATHENS[i : i + 4] for i in range(0, len(ATHENS), 4)]
        turns = [f"{i}. {one[:2]} {one[2:].lower()}" for i, one in enumerate(pairs, 1)]
        turns[1] += " {a remark [%clk 0:10]} (2. c3 (2. b2 h8) d3)"
        turns[2] += "! -- ; a pass that nobody had to make\n"
        tags = '[Event "Athens"]\n[Result "35-29"]\n\n'
        text = f"{tags}{' '.join(turns)} 35-29\n\n{tags}{' '.join(turns[:3])} *\n"
        file.write_text(text)
    return file


def test_a_tournament_game_ends_as_recorded(tournament):
    found = data.read_transcripts(tournament)
    games = found.games
    assert (games.size, games.standard, len(games), found.left_out) == (8, True, 2, ())
    assert (games.replay.boards()[0, -1] == 1).sum() == 35
    assert (games.moves[1, :6] == games.moves[0, :6]).all()
    assert (games.moves[1, 6:] == game.NO_MOVE).all()
    rows = data.load_games(tournament)
    assert [len(moves) for moves in rows["moves"]] == [60, 6]
    assert np.array_equal(rows[1]["boards"], games.replay.boards()[1, :6])
    assert np.array_equal(rows[1]["legalities"], games.replay.legalities()[1, :6])
    assert rows[0]["input_ids"] == game.tokens_of(games.moves[0], 8).tolist()


@given(st.lists(st.integers(0, 200), min_size=1, max_size=5), st.sampled_from([4, 6, 8]))
@settings(max_examples=25)
def test_any_games_written_down_are_read(tmp_path_factory, seeds, size):
    listed = [oracle.random_game(seed, size) for seed in seeds]
    file = tmp_path_factory.mktemp("lists") / "games.txt"
    file.write_text("\n".join(names_of(moves, size) for moves in listed))
    found = data.read_transcripts(file, size, standard=False)
    assert np.array_equal(found.games.moves, padded(listed))


def test_whole_games_of_6x6_are_rows_like_sampled_ones(tmp_path):
    moves = game.sample_moves(5, seed=3)
    file = tmp_path / "games.csv"
    file.write_text("\n".join(", ".join(map(game.square_name, one)) for one in moves))
    rows = data.load_games(file)
    assert rows.features == data.FEATURES
    assert rows.to_dict() == data.sample_games(5, seed=3).to_dict()
    assert len(data.load_games(file, games=2)) == 2


BAD = ["f5d6c3", "f5f5", "zz", "f5d6c", "c4"]
WHY = [
    ("line 2", r"move 2: F5 \(square 37\) is illegal"),
    ("line 3", "'zz' is not a square"),
    ("line 4", "'c' is not a square"),
]


def test_bad_games_are_named_or_left_out_and_counted(tmp_path):
    file = tmp_path / "games.txt"
    file.write_text("\n".join(BAD))
    for name, why in WHY:
        with pytest.raises(game.GamesError, match=f"{name}: .*{why}|line [23]: "):
            data.read_transcripts(file)
    found = data.read_transcripts(file, skip_bad=True)
    assert found.names == ("line 1", "line 5")
    for name, why in WHY:
        assert any(re.match(f"{name}: {why}", left) for left in found.left_out)
    with pytest.warns(data.GamesLeftOut, match="3 games are left out"):
        assert len(data.load_games(file, skip_bad=True)) == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (wthor(ATHENS)[:-3], "no complete WTHOR file: 1 games .* 84 bytes, and it has 81"),
        (wthor(ATHENS, board=10), "holds games of 10x10"),
        (b"", "no complete WTHOR file"),
    ],
)
def test_a_damaged_wthor_file_is_refused(tmp_path, content, why):
    (tmp_path / "a.wtb").write_bytes(content)
    with pytest.raises(game.GamesError, match=why):
        data.read_transcripts(tmp_path / "a.wtb")


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\n\n", "holds no games"), (b"\xff\xfe\xff", "is no text"), (b"a1", "a1.txt, line 1: move")],
)
def test_a_file_without_games_is_refused(tmp_path, content, why):
    (tmp_path / "a1.txt").write_bytes(content)
    with pytest.raises(game.GamesError, match=why):
        data.load_games(tmp_path / "a1.txt")


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(game.GamesError, match=r"can't be read .*: check the name"):
        data.load_games(tmp_path / "none.pgn")


def from_zero(rows):
    """Rows as the author's other convention has them: tokens count from 0."""
    columns = {name: rows[name][:] for name in data.COLUMNS}
    columns["input_ids"] = [[token - 1 for token in ids] for ids in columns["input_ids"]]
    return datasets.Dataset.from_dict(columns)


def test_both_conventions_saved_to_disk_are_read_and_joined(tmp_path):
    ours = data.sample_games(6, seed=2)
    parts = datasets.DatasetDict(train=from_zero(ours), test=ours)
    parts.save_to_disk(tmp_path / "parts")
    ours.save_to_disk(tmp_path / "one")
    read = [
        data.load_games(tmp_path / "parts"),
        data.load_games(tmp_path / "parts", split="test"),
        data.load_games(tmp_path / "one"),
    ]
    for rows in read:
        assert rows.to_dict() == ours.to_dict()
    assert len(datasets.concatenate_datasets(read)) == 18
    with pytest.raises(game.GamesError, match="no split 'valid': choose from train, test"):
        data.load_games(tmp_path / "parts", split="valid")


def test_mixed_conventions_are_refused(tmp_path):
    ours, columns = data.sample_games(4), from_zero(data.sample_games(4)).to_dict()
    columns["input_ids"][2] = ours[2]["input_ids"]
    datasets.Dataset.from_dict(columns).save_to_disk(tmp_path / "mixed")
    with pytest.raises(game.GamesError, match=r"row 2: input_ids is not what the moves give"):
        data.load_games(tmp_path / "mixed")


def test_bad_rows_are_left_out_and_counted(tmp_path):
    columns = data.sample_games(9, seed=4).to_dict()
    columns["boards"][3][5][0][0] += 1
    columns["moves"][7][4] = columns["moves"][7][3]
    datasets.Dataset.from_dict(columns).save_to_disk(tmp_path / "bad")
    with pytest.raises(game.GamesError, match=r"row 7: move 4: .* is illegal"):
        data.load_games(tmp_path / "bad")
    with pytest.warns(data.GamesLeftOut, match=r"2 games are left out: row 3: .*; row 7: move 4"):
        rows = data.load_games(tmp_path / "bad", skip_bad=True)
    kept = [row for row in range(9) if row not in (3, 7)]
    assert rows.to_dict() == data.sample_games(9, seed=4).select(kept).to_dict()

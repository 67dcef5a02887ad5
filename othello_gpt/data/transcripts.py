"""Games as people write them down: move lists, PGN, WTHOR; every one of them is replayed."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from ..game import NO_MOVE, Games, GamesError, IllegalMove, replay, square_id, square_name
from .schema import first_line

WTHOR_HEADER, WTHOR_GAME = 16, 68  # bytes
SUFFIXES = (".txt", ".csv", ".pgn", ".wtb")
"""The files that are read as transcripts, by the end of their names."""

_COMMENTS = re.compile(r"\{[^}]*\}|;[^\n]*|^%[^\n]*$", re.MULTILINE)
_BESIDES = re.compile(r"\d+\.+|\$\d+|\d+-\d+|1/2-1/2|\*|--|[!?]+|\b(?:pass|pa|ps)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Transcripts:
    """Games from a file. ``names`` says where each stands; ``left_out`` why others don't count."""

    games: Games
    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def read_transcripts(
    file: str | os.PathLike,
    size: int | None = None,
    standard: bool | None = None,
    skip_bad: bool = False,
) -> Transcripts:
    """Return the games of a text file (one a line: ``f5d6c3...``), a PGN or a WTHOR file.

    Passes are left out in them, or written ``--`` or ``pass``. What the file doesn't say is taken
    from it: of 6x6 and 8x8 and of both starting positions (``standard`` as in ``game.start``) those
    with which most of the first 1,000 games are legal.
    Games of several lengths are padded with -1. ``skip_bad`` leaves out the games that can't be
    replayed and says so in ``left_out``.

    WTHOR: a header of 16 bytes and 68 bytes a game, moves as 10 * row + column (Fédération
    Française d'Othello).

    Raises ``GamesError`` if the file can't be read, holds no games, or holds one that the rules
    don't allow, which is named by its place and move.
    """
    file = Path(file)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise GamesError(f"{file} can't be read ({first_line(error)}): check the name") from error
    rows = list(_games_of_wthor(file, raw) if file.suffix == ".wtb" else _games_of_text(file, raw))
    if not rows:
        raise GamesError(f"{file} holds no games: give one a line, such as f5d6c3d3c4, PGN or .wtb")
    named, left_out = [], []
    for name, squares in rows:
        try:
            named.append((name, [_on_eight(square) for square in squares]))
        except ValueError as error:
            _refuse(file, name, str(error), skip_bad, left_out)
    return _replayed(file, named, size, standard, skip_bad, left_out)


def _games_of_wthor(file: Path, raw: bytes) -> Iterator[tuple[str, list[str]]]:
    count = int.from_bytes(raw[4:8], "little")
    if len(raw) < WTHOR_HEADER or len(raw) != WTHOR_HEADER + WTHOR_GAME * count:
        raise GamesError(
            f"{file} is no complete WTHOR file: {count} games belong in it, which would be"
            f" {WTHOR_HEADER + WTHOR_GAME * count} bytes, and it has {len(raw)}; get it again"
        )
    if raw[12] not in (0, 8):
        raise GamesError(f"{file} holds games of {raw[12]}x{raw[12]}: only those of 8x8 are read")
    table = np.frombuffer(raw, np.uint8, offset=WTHOR_HEADER).reshape(count, WTHOR_GAME)
    for i, moves in enumerate(table[:, 8:]):
        played = moves[: np.argmin(moves)] if (moves == 0).any() else moves
        yield f"game {i + 1}", [f"{chr(96 + move % 10)}{move // 10}" for move in played]


def _games_of_text(file: Path, raw: bytes) -> Iterator[tuple[str, list[str]]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GamesError(f"{file} is no text ({error.reason} at byte {error.start})") from error
    text = _main_line(_COMMENTS.sub(" ", text))
    tagged = re.split(r"(?:^[ \t]*\[[^\n]*\n)+", text, flags=re.MULTILINE)
    if len(tagged) > 1:  # PGN: tags in brackets before each game
        named = [(f"game {i}", part) for i, part in enumerate(tagged) if i]
    else:
        named = [(f"line {i}", line) for i, line in enumerate(text.splitlines(), 1)]
    for name, part in named:
        words = re.split(r"[\s,]+", _BESIDES.sub(" ", part).strip())
        if moves := "".join(words):
            yield name, [moves[i : i + 2] for i in range(0, len(moves), 2)]


def _main_line(text: str) -> str:
    """Return PGN text without its variations in parentheses, however deep."""
    while (shorter := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = shorter
    return text


def _on_eight(name: str) -> int:
    """Return the square of a name on the largest board, 8 x 8."""
    return square_id(name, 8)


def _replayed(file, named, size, standard, skip_bad, left_out) -> Transcripts:
    size, standard = _board_and_start(named, size, standard)
    kept = []
    for name, squares in named:
        if why := _why_bad(squares, size, standard):
            _refuse(file, name, why, skip_bad, left_out)
        else:
            kept.append((name, _on_board(squares, size)))
    if not kept:
        raise GamesError(f"{file} holds no game that can be replayed; the first: {left_out[0]}")
    names, rows = zip(*kept, strict=True)
    padded = np.array(list(zip_longest(*rows, fillvalue=NO_MOVE)), np.int64).T
    return Transcripts(Games(padded, size, standard), names, tuple(left_out))


def _board_and_start(named, size: int | None, standard: bool | None) -> tuple[int, bool]:
    """Return the board and the start that most games fit, of those not given."""
    longest = max((len(squares) for _, squares in named), default=0)
    boards = [n for n in (6, 8) if longest <= n * n - 4] or [8] if size is None else [size]
    # In this order where several fit: this book's start on 6x6, a tournament's on 8x8.
    asked = [(n, first) for n in boards for first in ((False, True) if n < 8 else (True, False))]
    asked = [(n, first) for n, first in asked if standard in (None, first)]
    return max(asked, key=lambda way: sum(not _why_bad(s, *way) for _, s in named[:1000]))


def _on_board(squares: list[int], size: int) -> list[int]:
    return [s // 8 * size + s % 8 for s in squares]


def _why_bad(squares: list[int], size: int, standard: bool) -> str | None:
    """Return why squares of the largest board are no game on this one, None if they are."""
    if off := [s for s in squares if max(s % 8, s // 8) >= size]:
        return f"{square_name(off[0], 8)} is not on a {size}x{size} board"
    try:
        replay([_on_board(squares, size)], size, standard)
    except IllegalMove as error:
        return f"move {(error.ply or 0) + 1}: {error.why}"
    return None


def _refuse(file: Path, name: str, why: str, skip_bad: bool, left_out: list[str]) -> None:
    """Note a bad game, or raise ``GamesError`` unless such games are to be left out."""
    if not skip_bad:
        raise GamesError(
            f"{file}, {name}: {why}; correct it, or leave such games out with skip_bad=True"
        )
    left_out.append(f"{name}: {why}")

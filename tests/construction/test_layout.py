"""Proof of ``othello_gpt.construction``: layout."""

from collections import Counter

import pytest

from othello_gpt import construction
from tests import oracle
from tests.construction.common import SIZES


@pytest.mark.parametrize("size", SIZES)
def test_patterns_are_what_the_rules_turn_over(size):
    found = construction.lines_through(size)
    assert len(found) == len({(p.square, p.end) for p in found})
    # A line of length m + 1 fits n - m times into a row, and there are n rows; 8 directions.
    n = size
    assert len(found) == sum(4 * (n - m) * n + 4 * (n - m) ** 2 for m in range(2, n))
    for p in found:
        board = [[0] * n for _ in range(n)]
        board[p.end // n][p.end % n] = 1
        for s in p.run:
            board[s // n][s % n] = -1
        assert oracle.turned(board, 1, p.square) == list(p.run)


@pytest.mark.parametrize(
    ("size", "lines", "of_playable", "width"),
    [(4, 68, 56, 67), (6, 360, 316, 167), (8, 1036, 960, 307)],
)
def test_unit_counts(size, lines, of_playable, width):
    # 3n^2 - 4 moves at each of three places, less one position; two players' cells.
    playable, cells = size**2 - 4, size**2
    assert len(construction.lines_through(size)) == lines
    # From a central square: half - 1 and half - 2 along either line, half - 1 and thrice half - 2
    # along the diagonals.
    assert of_playable == lines - 4 * (4 * size - 13)
    assert construction.Layout(size).width == width == 3 * playable - 1 + 2 * cells
    counts = [Counter(unit.kind for unit in layer) for layer in construction.layers(size)]
    play = {"place": playable, "spend": playable, "flip": of_playable}
    last = [{"turn": 2 * cells}, {"count": of_playable}, {"cut": playable}]
    assert counts == [play] * (playable - 1) + last


def test_coordinates_do_not_overlap(network):
    at = network.layout
    parts = [at.move, at.position, at.first, at.second, at.fetched]
    assert [i for p in parts for i in range(p.start, p.stop)] == list(range(at.width))
    assert (at.discs.start, at.discs.stop) == (at.first.start, at.second.stop)

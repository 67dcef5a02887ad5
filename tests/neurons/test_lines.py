"""Proof of ``othello_gpt.neurons``: lines."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from othello_gpt import game, neurons, probes
from othello_gpt.neurons import Line
from tests.neurons.common import MOVES

SQUARES = [s for s in range(36) if s not in game.centre()]


def test_a_square_is_legal_exactly_where_one_of_its_patterns_holds(asked):
    hold, index = neurons.line_holds(asked), {p: i for i, p in enumerate(neurons.lines_through())}
    legal = probes.legal_next(game.replay(MOVES)).reshape(-1, 36).astype(bool)
    assert set(index) == set(neurons.lines_through())
    assert len(index) == hold.shape[1]
    assert all(neurons.column(p) == i for p, i in index.items())
    for square in SQUARES:
        runs = [i for p, i in index.items() if p.square == square and p.run]
        assert np.array_equal(hold[:, runs].any(1), legal[:, square])
        assert np.array_equal(hold[:, index[Line(square)]], legal[:, square])
        towards = [i for p, i in index.items() if p.square == square and p.towards and not p.run]
        assert np.array_equal(hold[:, towards].any(1), legal[:, square])


def test_patterns_in_words():
    names = game.square_id
    assert str(Line(names("C1"), "south", 1)) == "C1 empty, C2 theirs, C3 mine"
    assert str(Line(names("F6"), "northwest", 2)) == "F6 empty, E5 theirs, D4 theirs, C3 mine"
    assert str(Line(names("C1"), "south")) == "C1 turns discs to its south"
    assert str(Line(names("C1"))) == "C1 is legal"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(neurons.lines_through()), st.integers(0, 7))
def test_a_symmetry_moves_a_pattern_with_its_squares(pattern, symmetry):
    image = pattern.image(symmetry)
    assert image in neurons.lines_through()
    assert (image.run, bool(image.towards)) == (pattern.run, bool(pattern.towards))
    assert pattern.image(0) == pattern
    if pattern.run:
        board = np.arange(36).reshape(6, 6)
        turned = board.T if symmetry & 1 else board
        turned = turned[::-1] if symmetry & 2 else turned
        turned = turned[:, ::-1] if symmetry & 4 else turned
        goes_to = {int(s): k for k, s in enumerate(turned.ravel())}
        moved = [goes_to[s] for s in (pattern.square, *neurons.line_squares(pattern))]
        assert moved == [image.square, *neurons.line_squares(image)]


def test_eight_images_of_an_asymmetric_pattern_differ():
    pattern = Line(game.square_id("B1"), "south", 1)
    assert len({pattern.image(s) for s in range(8)}) == 8

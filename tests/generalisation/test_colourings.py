"""Proof of ``othello_gpt.generalisation``: games from every colouring of the middle."""

import numpy as np
import pytest

from othello_gpt import game, generalisation
from othello_gpt.generalisation.sifting import COLOURINGS
from othello_gpt.model import load_model

KINDS = generalisation.colourings()


def test_each_colouring_of_two_colours_is_of_one_kind():
    assert {kind: len(rows) for kind, rows in KINDS.items()} == {
        "home": 1,
        "the other diagonal": 1,
        "parallel": 4,
        "three against one": 8,
    }
    assert sorted(row for rows in KINDS.values() for row in rows) == [
        row for row, first in enumerate(COLOURINGS) if 0 < first.sum() < 4
    ]


@pytest.mark.parametrize(("kind", "standard"), [("home", False), ("the other diagonal", True)])
def test_games_of_the_two_starts_are_those_of_the_rules(kind, standard):
    moves, legal = generalisation.games_from(KINDS[kind][0], 60, seed=3)
    replay = game.replay(moves, standard=standard)
    assert 20 < len(moves) < 60
    assert not replay.passed().any()
    assert np.array_equal(legal, game.on_squares(replay.legal[:, 1:]))


@pytest.mark.parametrize("row", [KINDS["parallel"][0], KINDS["three against one"][3]])
def test_games_of_other_starts_are_legal_on_a_colouring_and_repeat(row):
    moves, legal = generalisation.games_from(row, 40, seed=3)
    assert np.array_equal(moves, generalisation.games_from(row, 40, seed=3)[0])
    assert (np.sort(moves, 1) == game.playable()).all()
    chosen = np.take_along_axis(legal, moves[:, 1:, None], 2)
    assert chosen.all()
    generalisation.sift(moves)  # raises where no colouring allows a move
    with pytest.raises(game.IllegalMove):
        game.replay(moves)


def test_what_is_said_in_them_is_what_is_said_in_games():
    moves, legal = generalisation.games_from(KINDS["home"][0], 20, seed=3)
    said = generalisation.said_in(load_model(), moves, legal, batch=7)
    assert said.illegal.mean() < 0.01
    assert said.probabilities.sum(-1) == pytest.approx(1, abs=1e-4)


def test_one_colour_alone_is_refused():
    with pytest.raises(ValueError, match="four discs of one colour"):
        generalisation.games_from(0, 5)

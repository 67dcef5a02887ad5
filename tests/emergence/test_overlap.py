"""Proof of ``othello_gpt.emergence.met``: games are recognised in all that keep the start."""

import numpy as np
import pytest

from othello_gpt import emergence, game


@pytest.fixture(scope="module")
def moves():
    return game.sample_moves(300, seed=4)


def test_an_image_is_a_game_from_the_same_start(moves):
    for image in emergence.images(moves):
        game.replay(image)  # refuses what is illegal
    assert len({image.tobytes() for image in emergence.images(moves)}) == 4


def test_other_symmetries_are_from_the_other_start(moves):
    row, column = np.divmod(moves.astype(int), 6)
    for turned in (6 * column + 5 - row, 6 * row + 5 - column):
        with pytest.raises(game.IllegalMove):
            game.replay(turned)
        game.replay(turned, standard=True)


@pytest.mark.parametrize("image", range(4))
def test_what_was_met_is_found(moves, image):
    strange = game.sample_moves(20, seed=77)
    planted = np.concatenate([strange, emergence.images(moves[[7, 250]])[image]])
    assert emergence.met(planted, seed=4, games=300, batch=64) == 2
    assert emergence.met(planted, seed=4, games=250, batch=64) == 1
    assert emergence.met(strange, seed=4, games=300) == 0

"""Proof of ``othello_gpt.game``: orbits of squares."""

import numpy as np
import pytest

from othello_gpt import game


@pytest.mark.parametrize("size", [4, 6, 8])
def test_squares_of_one_orbit_are_legal_equally_often_at_first(size):
    orbits = game.orbits(size)
    legal = game.on_squares(game.legal_moves(*game.start(size)), size).ravel()
    assert len(set(orbits[legal].tolist())) == 1
    rows, columns = np.divmod(np.arange(size**2), size)
    for image in (columns * size + rows, size**2 - 1 - np.arange(size**2)):
        assert np.array_equal(orbits[image], orbits)
    counts = np.unique(orbits, return_counts=True)[1]
    assert set(counts.tolist()) <= {2, 4}


def test_an_interval_over_orbits_takes_squares_of_one_for_one():
    outer = game.playable()
    values = (game.orbits()[outer] % 3 == 0) * 1.0  # alike within orbits
    found = game.over_orbits(values, outer)
    assert found.mean == pytest.approx(values.mean())
    n = len(set(game.orbits()[outer].tolist()))
    assert (
        found.high - found.low > 2.5 * values.std() / n**0.5 > values.std() / 32**0.5
    )  # not over squares

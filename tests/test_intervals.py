import numpy as np
import pytest

from othello_gpt.intervals import Interval, bootstrap, difference, wilson


def test_bootstrap_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    draws = rng.exponential(2.0, (200, 150))
    found = [bootstrap(sample, resamples=300, seed=i) for i, sample in enumerate(draws)]
    covered = np.mean([i.low <= 2.0 <= i.high for i in found])
    assert 0.88 <= covered <= 0.99


def test_bootstrap_resamples_games_not_positions():
    # All positions of a game are equal here: a hundred of them say no more than one.
    per_game = np.random.default_rng(1).normal(size=(60, 1))
    many = bootstrap(per_game.repeat(100, 1).mean(1))
    one = bootstrap(per_game[:, 0])
    assert (many.low, many.high) == pytest.approx((one.low, one.high))
    by_ply = bootstrap(per_game.repeat(3, 1))
    assert by_ply.low == pytest.approx(np.full(3, one.low))


def test_wilson_against_known_values_and_at_zero():
    # Newcombe 1998, table I, method 3.
    known = wilson(np.array([81, 15, 0]), 263)
    assert known.low[0] == pytest.approx(0.2553, abs=5e-5)
    assert known.high[0] == pytest.approx(0.3662, abs=5e-5)
    assert known.low[2] == 0
    assert 0 < known.high[2] < 0.02


def test_a_difference_against_known_values():
    # Newcombe 1998 (differences), table II, method 10: 56/70 less 48/80.
    found = difference(wilson(56, 70), wilson(48, 80))
    assert (found.mean, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_single_numbers_are_plain_and_print_with_their_interval():
    interval = bootstrap([0.0, 1.0] * 50)
    assert type(interval.low) is float
    assert f"{interval:.1f}" == "0.5 [0.4, 0.6]"


def test_too_few_games_or_nan_are_refused():
    with pytest.raises(ValueError, match="can't resample 1 games"):
        bootstrap([0.3])
    with pytest.raises(ValueError, match="NaN"):
        bootstrap([0.3, np.nan])


def test_several_as_one_and_back():
    several = [bootstrap(x) for x in np.random.default_rng(0).random((3, 20, 4))]
    joined = Interval.of(several)
    assert joined.mean.shape == (3, 4)
    assert joined.at((2, 1)) == several[2].at(1)
    assert Interval.of([i.at(0) for i in several]).high.tolist() == joined.high[:, 0].tolist()


def test_one_of_several_is_made_of_plain_numbers():
    several = bootstrap(np.random.default_rng(0).random((50, 3)))
    one = several.at(1)
    assert (one.mean, one.low, one.high) == (several.mean[1], several.low[1], several.high[1])
    assert type(one.low) is float

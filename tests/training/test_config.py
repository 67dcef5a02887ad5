"""Proof of ``othello_gpt.training``: config."""

import math
from dataclasses import replace

import pytest

from othello_gpt.training import TrainConfig


def test_settings_that_make_no_families_are_refused():
    for siblings in (0, 3):
        with pytest.raises(ValueError, match=f"512 games can't be made of families of {siblings}"):
            TrainConfig(siblings=siblings)
    for average in (-1, 8):
        with pytest.raises(ValueError, match=f"averaged over {average} games: choose 0"):
            TrainConfig(average=average)
    for opening in (0, 32):
        with pytest.raises(ValueError, match=rf"opening of {opening} moves: choose 1 to 31"):
            TrainConfig(opening=opening)
    for name, value in (("games", 0), ("batch", 0), ("muon_lr", math.nan), ("adam_lr", -1.0)):
        with pytest.raises(ValueError, match=f"can't train with {name}={value}: choose"):
            TrainConfig(**{name: value})


def test_rate_warms_up_stays_and_decays_to_zero():
    config = TrainConfig(games=1000, batch=10, siblings=1, warmup=100, decay=200)
    assert config.rate(0) == pytest.approx(0.1)
    assert config.rate(90) == config.rate(500) == config.rate(800) == 1
    assert config.rate(900) == pytest.approx(0.5)
    assert config.rate(1000) == 0
    assert replace(config, decay=0).rate(999) == 1

"""Proof of ``othello_gpt.training``: state."""

from dataclasses import replace

import pytest
import torch

from othello_gpt import training
from othello_gpt.model import load_model
from othello_gpt.training import card
from othello_gpt.training import run as run_room
from tests.training.common import CONFIG, EAGER, QUICK, TINY


def test_a_run_stays_tied_or_untied_as_it_began(tmp_path, monkeypatch):
    def tiny(tied=True):
        return replace(TINY, tied=tied)

    short, longer = (replace(CONFIG, games=games, decay=0) for games in (16, 32))
    start = training.train(tmp_path / "start", short, **QUICK | {"model_config": tiny(False)})
    model = training.export(start, tmp_path / "model", n_games=10)
    assert "a matrix of its own (untied)" in (model / "README.md").read_text()
    monkeypatch.setattr(run_room, "GPTConfig", tiny)
    unsaid = QUICK | {"model_config": None}
    new = training.train(tmp_path / "new", short, **unsaid)
    assert load_model(new).config.tied
    branch = training.train(tmp_path / "branch", longer, branch_from=model, **unsaid)
    for run in (training.train(start, longer, **unsaid), branch):
        assert not load_model(run).config.tied
        first, *others = card.commands_of(torch.load(run / "state.pt"))
        assert "--untied" in first
        assert "--untied" not in " ".join(others)
    with pytest.raises(ValueError, match="has a model of tied=False, not True"):
        training.train(start, longer, **QUICK)


def test_other_settings_in_the_same_folder_are_refused(whole):
    with pytest.raises(ValueError, match=r"trained with batch=16, not 32.*another folder"):
        training.train(whole, replace(CONFIG, batch=32), **QUICK)


def test_another_architecture_is_refused_by_name(whole, tmp_path):
    wider = QUICK | {"model_config": replace(TINY, n_embd=32)}
    with pytest.raises(ValueError, match=r"has a model of n_embd=16, not 32"):
        training.train(whole, CONFIG, **wider)
    with pytest.raises(ValueError, match=r"has a model of n_embd=16, not 32"):
        training.train(tmp_path, CONFIG, branch_from=whole, **wider)


def test_corrupted_state_is_refused_by_name(tmp_path):
    (tmp_path / "state.pt").write_bytes(b"PK\x03\x04 but not really")
    with pytest.raises(ValueError, match=r"state\.pt: truncated or not a run's state"):
        training.train(tmp_path, CONFIG, **QUICK)
    assert (tmp_path / "state.pt").read_bytes().startswith(b"PK")


def test_missing_trunk_and_odd_split_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no run to branch from"):
        training.train(tmp_path / "b", CONFIG, branch_from=tmp_path / "nothing", **QUICK)
    with pytest.raises(ValueError, match="16 games in families of 2 can't be split over 3"):
        training.train(tmp_path, CONFIG, **QUICK | {"machine": replace(EAGER, processes=3)})
    with pytest.raises(ValueError, match="0 held-out games can't be split over 1"):
        training.train(tmp_path, CONFIG, **QUICK | {"eval_games": 0})

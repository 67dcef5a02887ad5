"""Proof of ``othello_gpt.training``: branches."""

import json
import shutil
from dataclasses import replace

import pytest
import torch

from othello_gpt import training
from othello_gpt.model import GPT
from othello_gpt.training import card
from othello_gpt.training import run as run_room
from tests.training.common import CONFIG, QUICK, TINY, assert_same_weights, weights


def test_branch_of_a_trunk_equals_one_decayed_run(whole, tmp_path):
    trunk = training.train(tmp_path / "trunk", replace(CONFIG, games=48, decay=0), **QUICK)
    before = (trunk / "state.pt").read_bytes()
    branch = training.train(tmp_path / "branch", CONFIG, branch_from=trunk, **QUICK)
    assert_same_weights(whole, branch)
    assert (trunk / "state.pt").read_bytes() == before
    rows = [json.loads(row) for row in (branch / "metrics.jsonl").read_text().splitlines()]
    assert [row["games"] for row in rows] == [32, 48, 64, 96]


def test_a_branch_killed_before_its_first_checkpoint_starts_where_its_trunk_was(
    whole, tmp_path, monkeypatch
):
    short = replace(CONFIG, games=48, decay=0)
    trunk = training.train(tmp_path / "trunk", short, **QUICK)
    with monkeypatch.context() as patch:
        patch.setattr(run_room, "work", lambda *_: None)
        training.train(tmp_path / "branch", CONFIG, branch_from=trunk, **QUICK)
    training.train(trunk, replace(short, games=64), **QUICK)
    branch = training.train(tmp_path / "branch", CONFIG, branch_from=trunk, **QUICK)
    assert_same_weights(whole, branch)
    assert [stage["stopped"] for stage in torch.load(branch / "state.pt")["lineage"]] == [48]
    with pytest.raises(ValueError, match="trunk has already seen 64 games: a branch needs more"):
        training.train(tmp_path / "x", short, branch_from=trunk, **QUICK)


def test_a_branch_has_its_own_rates_and_not_those_of_its_trunk(tmp_path):
    trunk = training.train(tmp_path / "trunk", replace(CONFIG, games=32, decay=0), **QUICK)
    still = replace(CONFIG, muon_lr=0.0, adam_lr=0.0, weight_decay=0.0)
    branch = training.train(tmp_path / "branch", still, branch_from=trunk, **QUICK)
    assert_same_weights(trunk, branch)


def test_a_run_stopped_in_its_decay_is_reproduced_by_the_commands_of_the_card(whole, tmp_path):
    early = training.train(tmp_path / "early", CONFIG, stop_at=64, **QUICK)
    assert torch.load(early / "state.pt")["games"] == 64
    last = replace(CONFIG, games=96, decay=32)
    branch = training.train(tmp_path / "branch", last, branch_from=early, **QUICK)
    state = torch.load(branch / "state.pt")
    first, second = card.commands_of(state)
    assert "--games 96 --decay 48 --stop-at 64" in first
    assert "--games 96 --branch-from run0 --decay 32 --continuations 2 --siblings 2" in second
    assert card.continuations_of(state) == 96 / 2 * (11 + 2 * 20) * 2
    training.train(early, CONFIG, **QUICK)
    assert_same_weights(whole, early)


def test_card_of_a_branch_names_every_command_in_order(tmp_path):
    plain = replace(CONFIG, games=32, decay=0, continuations=0, siblings=1)
    trunk = training.train(tmp_path / "trunk", plain, **QUICK)
    with pytest.raises(ValueError, match="trained with continuations=0, not 2"):
        training.train(trunk, replace(plain, games=64, continuations=2), **QUICK)
    branch = training.train(tmp_path / "branch", CONFIG, branch_from=trunk, **QUICK)
    facts = json.loads((training.export(branch, tmp_path / "x", 30) / "training.json").read_text())
    assert facts["continuations"] == (96 - 32) / 2 * (11 + 2 * 20) * 2
    first, second = facts["commands"]
    assert "--out run0 --games 32 --continuations 0 --siblings 1 --batch" in first
    assert "--out run1 --games 96 --branch-from run0 --decay 48 --continuations 2" in second
    assert second.endswith("--siblings 2 --opening 12 --batch 16 --seed 0 --muon-lr 0.005")


def test_the_shipped_weights_are_an_average_over_the_last_games(whole, tmp_path):
    config = replace(CONFIG, average=64)
    average = None
    for games_seen in range(16, 97, 16):
        run = training.train(tmp_path / "bit by bit", config, stop_at=games_seen, **QUICK)
        now = torch.load(run / "state.pt")["model"]
        if average is None:
            torch.manual_seed(config.seed)
            average = {name: x.clone() for name, x in GPT(TINY).state_dict().items()}
        average = {name: x + 16 / 64 * (now[name] - x) for name, x in average.items()}
    for name, x in weights(run).items():
        torch.testing.assert_close(x, average[name], msg=name)
        assert torch.equal(now[name], weights(whole)[name])
    at_once = training.train(tmp_path / "at once", config, **QUICK)
    assert_same_weights(at_once, run)
    assert "--average 64" in card.commands_of(torch.load(run / "state.pt"))[0]
    # A branch goes on with the average of its trunk, or starts one with its weights.
    for trunk, wanted in ((run, average), (whole, weights(whole))):
        branch = replace(config, games=112, decay=16, muon_lr=0.0, adam_lr=0.0, weight_decay=0.0)
        found = training.train(tmp_path / f"from {trunk.name}", branch, branch_from=trunk, **QUICK)
        raw = torch.load(found / "state.pt")["model"]
        for name, x in weights(found).items():
            torch.testing.assert_close(x, wanted[name] + 0.25 * (raw[name] - wanted[name]))


def test_a_branch_off_an_exported_model_has_its_weights_and_its_history(whole, tmp_path):
    early = training.train(tmp_path / "early", CONFIG, stop_at=64, **QUICK)
    model = training.export(early, tmp_path / "model", n_games=10)
    with pytest.raises(FileNotFoundError, match=r"neither state\.pt nor training\.json"):
        training.train(tmp_path / "x", CONFIG, branch_from=tmp_path, **QUICK)
    still = replace(CONFIG, games=80, decay=0, muon_lr=0.0, adam_lr=0.0, weight_decay=0.0)
    assert_same_weights(
        early, training.train(tmp_path / "still", still, branch_from=model, **QUICK)
    )
    shutil.move(early, tmp_path / "lost")
    branch = training.train(tmp_path / "branch", CONFIG, branch_from=model, **QUICK)
    state, kept = torch.load(branch / "state.pt"), torch.load(tmp_path / "lost" / "state.pt")
    assert state["games"] == 96
    # The optimisers' momentum, and nothing else, tells it from a run that was never interrupted.
    assert any(not torch.equal(x, weights(whole)[name]) for name, x in weights(branch).items())
    first, export, second = card.commands_of(state)
    assert "--out run0" in first and "--stop-at 64" in first  # noqa: PT018
    assert export == "othello-gpt export run0 --out model0"
    assert "--out run1 --games 96 --branch-from model0 --decay 48" in second
    assert card.continuations_of(state) == 96 / 2 * (11 + 2 * 20) * 2
    assert state["seconds"] >= 3600 * round(kept["seconds"] / 3600, 2)
    rows = [json.loads(row) for row in (branch / "metrics.jsonl").read_text().splitlines()]
    assert [row["games"] for row in rows] == [32, 64, 96]

"""Proof of ``othello_gpt.training``: metrics."""

from dataclasses import replace

import wandb

from othello_gpt import training
from othello_gpt.training import machine
from tests.training.common import CONFIG, QUICK


def test_logs_to_wandb_when_asked(tmp_path, monkeypatch):
    wandb.teardown()  # it reads the environment once, which another test may have made it do
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    config = replace(CONFIG, games=32, decay=0)
    training.train(tmp_path / "run", config, wandb_project="othello-gpt-test", **QUICK)
    (first,) = tmp_path.glob("wandb/offline-run-*/*.wandb")
    longer = replace(config, games=64)
    training.train(tmp_path / "run", longer, wandb_project="othello-gpt-test", **QUICK)
    runs = list(tmp_path.glob("wandb/offline-run-*/*.wandb"))
    assert len(runs) == 2
    assert {file.name for file in runs} == {first.name}
    training.train(tmp_path / "quiet", config, **QUICK)
    assert len(list(tmp_path.glob("wandb/offline-run-*"))) == 2


def test_says_so_when_there_is_no_compiler(monkeypatch, capsys):
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    monkeypatch.setattr(machine.torch.cuda, "is_available", lambda: False)
    assert not training.this_machine().compiled
    assert "compiler" in capsys.readouterr().out

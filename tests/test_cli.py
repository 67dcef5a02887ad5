import re
import subprocess
import sys

import pytest
import torch
import wandb

from othello_gpt import cli, data, training
from othello_gpt.model import GPT, GPTConfig
from othello_gpt.training import TrainConfig, loop


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    for command in ("games", "train", "check", "report", "rival", "export", "push"):
        assert command in out
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        assert "default" in capsys.readouterr().out or command == "push"


def test_games_check_and_errors(tmp_path, capsys):
    out = tmp_path / "games"
    assert cli.main(["games", "--games", "3e2", "--seed", "5", "--out", str(out)]) == 0
    assert "300 games" in capsys.readouterr().out
    assert len(data.load_games(out, split="test")) == 2000
    assert cli.main(["games", "--games", "300", "--seed", "6", "--out", str(out)]) == 1
    assert "seed" in capsys.readouterr().err
    assert cli.main(["check", "--games", "50"]) == 0
    assert "illegal top-1" in capsys.readouterr().out
    assert cli.main(["check", str(tmp_path / "nothing")]) == 1
    assert "no such file" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["games", "--games", "1.5", "--out", str(out)])
    assert "1.5 is not a whole number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("vocabulary", "context", "code"),
    [(61, 59, 0), (60, 59, 0), (32, 31, 0), (13, 11, 0), (12, 12, 0), (40, 31, 1), (61, 31, 1)],
)
def test_check_finds_the_board_or_says_why_not(vocabulary, context, code, tmp_path, capsys):
    config = GPTConfig(context, vocabulary, n_layer=1, n_head=1, n_embd=8)
    GPT(config).save_pretrained(tmp_path)
    assert cli.main(["check", str(tmp_path), "--games", "20"]) == code
    said = capsys.readouterr()
    if code:
        assert f"vocabulary of {vocabulary} and a context of {context} are those of no" in said.err
        assert said.err.count("\n") == 1
    else:
        assert "illegal top-1" in said.out


def test_train_and_export(tmp_path, capsys):
    run = str(tmp_path / "run")
    quick = ["train", "--out", run, "--batch", "8", "--processes", "1", "--no-compile"]
    quick += ["--eval-games", "10"]
    assert cli.main([*quick, "--games", "16"]) == 0
    assert "load_model" in capsys.readouterr().out
    assert cli.main([*quick, "--games", "16", "--seed", "1"]) == 1
    assert "trained with seed=0, not 1" in capsys.readouterr().err
    assert cli.main(["export", run, "--out", str(tmp_path / "model"), "--games", "20"]) == 0
    assert (tmp_path / "model" / "model.safetensors").exists()
    assert cli.main(["export", str(tmp_path), "--out", str(tmp_path / "other")]) == 1
    assert "no state.pt" in capsys.readouterr().err


def test_train_is_told_what_its_dataclasses_have(monkeypatch, tmp_path):
    told = {}
    monkeypatch.setattr(training, "train", lambda *a, **k: told.update(given=a) or tmp_path)
    words = "train --games 1e6 --batch 256 --siblings 1 --continuations 0 --muon-lr 0.02 --seed 9"
    words += " --decay 1000 --opening 7 --average 512 --adam-lr 3e-3 --processes 1 --no-compile"
    assert cli.main([*words.split(), "--out", str(tmp_path)]) == 0
    numbers = dict(games=10**6, batch=256, siblings=1, continuations=0, muon_lr=0.02, seed=9)
    numbers |= dict(decay=1000, opening=7, average=512, adam_lr=3e-3)
    assert told["given"] == (tmp_path, TrainConfig(**numbers), None)
    assert cli.main(["train", "--untied", "--no-compile", "--out", str(tmp_path)]) == 0
    assert told["given"] == (tmp_path, TrainConfig(), GPTConfig(tied=False))


def test_help_waits_for_nothing_heavy():
    code = "import sys, othello_gpt.cli; print('torch' in sys.modules, 'numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("games --games inf --out {0}", "inf is not a whole number from 1 to 1000000000000"),
        ("games --games nan --out {0}", "nan is not a whole number from 1 to"),
        ("games --games abc --out {0}", "abc is not a whole number from 1 to"),
        ("games --games 1e99999999 --out {0}", "1e99999999 is not a whole number from 1 to"),
        ("games --games 0 --out {0}", "0 is not a whole number from 1 to"),
        ("games --seed -1 --out {0}", "-1 is not a whole number from 0 to 9223372036854775807"),
        ("games --seed 18446744073709551616 --out {0}", "18446744073709551616 is not a whole"),
        ("games --threads 0 --out {0}", "0 is not a whole number from 1 to 1000"),
        ("train --seed -1 --out {0}", "-1 is not a whole number from 0 to"),
        ("train --games 0 --out {0}", "0 is not a whole number from 1 to"),
        ("train --batch 0 --out {0}", "0 is not a whole number from 1 to"),
        ("train --processes -1 --out {0}", "-1 is not a whole number from 1 to"),
        ("train --eval-games 0 --out {0}", "0 is not a whole number from 1 to"),
        ("check --games 1", "1 is not a whole number from 2 to"),
        ("check --heads 0", "0 is not a whole number from 1 to"),
    ],
)
def test_what_isnt_a_number_of_its_kind_is_refused_by_name(arguments, says, tmp_path, capsys):
    with pytest.raises(SystemExit):
        cli.main(arguments.format(tmp_path).split())
    assert says in capsys.readouterr().err


def a_run(folder):
    """Leave a run of a network that isn't the command line's."""
    config = GPTConfig(n_layer=1, n_head=1, n_embd=8)
    run = loop.Run(TrainConfig(), config, training.Machine(1, 1, "cpu", False, False, 512))
    run.save(folder)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("train --seed 4294967295", "can't train on the games of seed 4294967295"),
        ("train --muon-lr nan", "can't train with muon_lr=nan"),
        ("train --processes 2 --eval-games 1", "1 held-out games can't be split over 2 processes"),
        ("train --branch-from {0}/nothing", "no run to branch from"),
        ("train --branch-from {0}/other", "has a model of n_layer=1, not 8"),
        ("train --wandb some --processes 1", "W&B: .*log in with `wandb login`"),
        ("check {0}/text.pt", r"text\.pt: truncated or not a checkpoint"),
        ("check --heads 4", "its configuration says n_head=8, not 4"),
        ("export {0}/other --out {0}", "isn't an exported model"),
        ("export {0}/other --out {0}/text.pt", "isn't an exported model"),
        ("push {0}/nothing a/b", "nothing: no such folder"),
        ("push {0}/text.pt --repo a/b", "text.pt: truncated or not a safetensors file"),
        ("push {0}/other", "name one repository: --repo user/repo"),
        ("push {0}/other a/b --repo a/c", "name one repository: --repo user/repo"),
        ("push {0} a/b", "has no parquet files"),
        ("push {0}/other a/b", r"can't be published as 'a/b' \(.+\): check the name"),
    ],
)
def test_what_cant_be_done_is_one_sentence(arguments, says, tmp_path, capfd, monkeypatch):
    wandb.teardown()  # it reads the environment once, which another test may have made it do
    monkeypatch.setenv("WANDB_API_KEY", "")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", "http://127.0.0.1:9")
    a_run(tmp_path / "other")
    (tmp_path / "text.pt").write_text("Dear reader,")
    words = arguments.format(tmp_path).split()
    if words[0] == "train":
        words += ["--out", str(tmp_path / "run"), "--no-compile"]
    assert cli.main(words) == 1
    err = capfd.readouterr().err
    assert re.search(says, err)
    assert "Traceback" not in err


def test_errors_of_several_processes_are_one_sentence(tmp_path, capfd):
    (tmp_path / "state.pt").write_text("not a state at all")
    train = ["train", "--out", str(tmp_path), "--processes", "2", "--no-compile", "--games", "16"]
    assert cli.main([*train, "--batch", "16"]) == 1
    err = capfd.readouterr().err
    assert "state.pt: truncated or not a run's state" in err
    assert "Traceback" not in err
    torch.save({"weights": 1}, tmp_path / "state.pt")
    assert cli.main([*train, "--batch", "16"]) == 1
    assert "no run's state" in capfd.readouterr().err

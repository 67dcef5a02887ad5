import subprocess
import sys

import pytest
import torch

from othello_gpt import cli


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    for command in ("games", "train", "check", "export", "push"):
        assert command in out
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        assert "default" in capsys.readouterr().out or command == "push"


def test_games_check_and_errors(tmp_path, capsys):
    out = tmp_path / "games"
    assert cli.main(["games", "--games", "3e2", "--seed", "5", "--out", str(out)]) == 0
    assert "300 games" in capsys.readouterr().out
    assert cli.main(["games", "--games", "300", "--seed", "6", "--out", str(out)]) == 1
    assert "seed" in capsys.readouterr().err
    assert cli.main(["check", "--games", "50"]) == 0
    assert "illegal top-1" in capsys.readouterr().out
    assert cli.main(["check", str(tmp_path / "nothing")]) == 1
    assert "no such file" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["games", "--games", "1.5", "--out", str(out)])
    assert "not a whole number" in capsys.readouterr().err


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


def test_help_waits_for_nothing_heavy():
    code = "import sys, othello_gpt.cli; print('torch' in sys.modules, 'numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("games --games inf --out {0}", "inf is not a whole number of games"),
        ("games --games abc --out {0}", "abc is not a whole number of games"),
        ("games --seed 18446744073709551616 --out {0}", "18446744073709551616 is no seed"),
        ("train --seed -1 --out {0}", "-1 is no seed"),
        ("train --batch 0 --out {0}", "0 is not a whole number of at least 1"),
        ("train --processes -1 --out {0}", "-1 is not a whole number of at least 1"),
        ("check --heads 0", "0 is not a whole number of at least 1"),
    ],
)
def test_what_isnt_a_number_of_its_kind_is_refused_by_name(arguments, says, tmp_path, capsys):
    with pytest.raises(SystemExit):
        cli.main(arguments.format(tmp_path).split())
    assert says in capsys.readouterr().err


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

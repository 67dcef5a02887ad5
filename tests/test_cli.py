import subprocess
import sys

import pytest

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

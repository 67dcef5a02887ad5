"""Proof of ``othello_gpt.training``: several processes, by ``train`` itself or by ``torchrun``."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from othello_gpt import training
from tests.training.common import CONFIG, EAGER, QUICK, weights

pytestmark = pytest.mark.slow
PAIR = QUICK | {"machine": replace(EAGER, processes=2)}
ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node"]
SCRIPT = """
from dataclasses import replace
from othello_gpt import training
from tests.training.common import CONFIG, EAGER, QUICK
pair = QUICK | {"machine": replace(EAGER, processes=2)}
"""


def rows(folder):
    return [json.loads(row) for row in (folder / "metrics.jsonl").read_text().splitlines()]


def assert_same_run(a, b):
    """The same curve and the same weights, up to the rounding of sums in another order."""
    for x, y in zip(rows(a), rows(b), strict=True):
        assert x["games"] == y["games"]
        for name in ("rate", "loss", "held_out_loss", "excess", "legal_mass"):
            assert x[name] == pytest.approx(y[name], abs=2e-4), (x["games"], name)
    for (name, x), y in zip(weights(a).items(), weights(b).values(), strict=True):
        torch.testing.assert_close(x, y, atol=2e-4, rtol=1e-3, msg=name)


@pytest.mark.parametrize("first", [1, 2])
def test_a_run_goes_on_with_another_number_of_processes(first, whole, tmp_path):
    one_and_two = {1: QUICK, 2: PAIR}
    training.train(tmp_path, CONFIG, **one_and_two[first], stop_at=64)
    training.train(tmp_path, CONFIG, **one_and_two[3 - first])
    assert_same_run(whole, tmp_path)


def test_a_script_without_a_main_guard_or_standard_input_can_train(whole, tmp_path):
    # What lies beside a script isn't to come before Python's own modules.
    (tmp_path / "enum.py").write_text("raise ImportError('not me')")
    for name in ("script", "input"):
        code = f"import enum\n{SCRIPT}\ntraining.train({str(tmp_path / name)!r}, CONFIG, **pair)\n"
        (tmp_path / "main.py").write_text(code)
        given = {"script": "main.py", "input": "-"}[name]
        done = subprocess.run(
            [sys.executable, given],
            input=code if name == "input" else None,
            cwd=tmp_path,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert_same_run(whole, tmp_path / name)


def ranks_of(caller):
    """Return the processes of a launcher's ranks: those with a RANK, and a rank's grandparent."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            environment = (stat.parent / "environ").read_bytes().split(b"\0")
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            grandparent = int(
                Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1]
            )
        except OSError:  # gone, or not ours
            continue
        if grandparent == caller:
            found |= {int(e[5:]): int(stat.parent.name) for e in environment if e[:5] == b"RANK="}
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds ranks by Linux's /proc")
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_rank_ends_a_run_with_a_sentence(rank, tmp_path):
    words = ["train", "--out", tmp_path, "--processes", "2", "--no-compile", "--eval-games", "2"]
    run = subprocess.Popen(
        [sys.executable, "-m", "othello_gpt", *words, "--batch", "8"],
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stderr is not None
    seen = ""
    while " games/s" not in seen:  # the bar is there: it trains
        seen += run.stderr.read(1)
        assert run.poll() is None, seen
    os.kill(ranks_of(run.pid)[rank], signal.SIGKILL)
    began = time.monotonic()
    _, said = run.communicate(timeout=120)
    assert time.monotonic() - began < 30
    assert run.returncode == 1
    last = said.strip().splitlines()[-1]
    assert re.match(
        rf"othello-gpt train: the process of rank {rank} was killed by SIGKILL: .+ keeps its last "
        "checkpoint, if it has one; run the same command again to go on$",
        last,
    ), said
    assert "Traceback" not in said


def test_torchrun_gives_the_curve_of_one_process_and_takes_a_second_run(whole, tmp_path):
    # Only the first rank's folder counts: the other's is one that can't be.
    (tmp_path / "file").touch()
    code = f"""{SCRIPT}
import os, pathlib
folders = [{str(tmp_path / "run")!r}, {str(tmp_path / "file" / "run")!r}]
folder = folders[int(os.environ["RANK"])]
for end in (64, None):  # EAGER's number of processes is torchrun's to say
    training.train(folder, CONFIG, **QUICK, stop_at=end)
try:
    training.train(folder, replace(CONFIG, batch=32), **QUICK)
except ValueError as error:
    pathlib.Path({str(tmp_path)!r}, f"said.{{os.environ['RANK']}}").write_text(str(error))
"""
    (tmp_path / "main.py").write_text(code)
    done = subprocess.run(
        [*TORCHRUN, "2", "--standalone", "--log-dir", tmp_path / "logs", tmp_path / "main.py"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert_same_run(whole, tmp_path / "run")
    said = [(tmp_path / f"said.{rank}").read_text() for rank in (0, 1)]
    assert "trained with batch=16, not 32" in said[0] == said[1]
    assert torch.load(tmp_path / "run" / "state.pt")["machines"] == [
        "2 x 1 CPU cores (processes x cores of each)"
    ]


def test_the_number_of_processes_is_torchruns_to_say(monkeypatch):
    told = dict(RANK=1, WORLD_SIZE=6, LOCAL_WORLD_SIZE=2, MASTER_ADDR="host0", MASTER_PORT=29500)
    for name, value in told.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(8), raising=False)
    machine = training.this_machine(compiled=False)
    assert (machine.processes, machine.threads) == (6, 4)
    with pytest.raises(ValueError, match="torchrun started 6 processes, not 3"):
        training.this_machine(3)


def test_two_hosts_train_together_and_stop_together(tmp_path, unused_port):
    meeting = ["--nnodes", "2", "--rdzv-backend", "c10d", "--rdzv-id", "othello"]
    meeting += ["--rdzv-endpoint", f"127.0.0.1:{unused_port}", "--local-addr", "127.0.0.1"]
    meeting += ["--log-dir", tmp_path / "logs"]
    words = ["train", "--out", tmp_path / "run", "--no-compile", "--eval-games", "2"]
    with (tmp_path / "said").open("a") as said:
        pair = [
            subprocess.Popen(
                [*TORCHRUN, "1", *meeting, "-m", "othello_gpt", *words, "--batch", "8"],
                env=ENVIRONMENT,
                stderr=said,
            )
            for _ in range(2)
        ]
    text = (tmp_path / "said").read_text
    while not re.search(r" [1-9]\d*/8000000", text()):
        assert [host.poll() for host in pair] == [None, None], text()
        time.sleep(0.1)
    pair[1].send_signal(signal.SIGINT)
    for host in pair:
        host.wait(timeout=120)
    stopped = re.findall(r"stopped at ([\d,]+) of 8,000,000 games; run the", text())
    assert len(stopped) == 1, text()
    games = int(stopped[0].replace(",", ""))
    assert torch.load(tmp_path / "run" / "state.pt")["games"] == games > 0

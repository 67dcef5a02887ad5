"""Proof of ``othello_gpt.training``: run."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from othello_gpt import data, training
from othello_gpt.training import loop
from tests.training.common import CONFIG, QUICK, assert_same_weights


def interrupt_after(monkeypatch, steps):
    """Send this process Ctrl-C during the given step."""
    calls = iter(range(1, 10_000))
    real = loop.batch_of

    def batch_of(*args):
        if next(calls) == steps:
            signal.raise_signal(signal.SIGINT)
        return real(*args)

    monkeypatch.setattr(loop, "batch_of", batch_of)


def test_interrupted_and_resumed_equals_uninterrupted(whole, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 3)
        with pytest.raises(KeyboardInterrupt, match="stopped at 48 of 96 games; run the same"):
            training.train(tmp_path, CONFIG, **QUICK)
    assert torch.load(tmp_path / "state.pt")["games"] == 3 * CONFIG.batch
    with (tmp_path / "metrics.jsonl").open("a") as log:  # killed later, in the middle of a row
        log.write('{"games": 1000000, "illegal": 0.5}\n{"games": 10000')
    training.train(tmp_path, CONFIG, **QUICK)
    assert_same_weights(whole, tmp_path)
    logged = [[json.loads(r)["games"] for r in (f / "metrics.jsonl").read_text().splitlines()]
              for f in (whole, tmp_path)]  # fmt: skip
    assert logged[1] == sorted({*logged[0], 3 * CONFIG.batch})
    first, second = (
        {k: v for k, v in json.loads(row).items() if k != "seconds"}
        for row in ((f / "metrics.jsonl").read_text().splitlines()[-1] for f in (whole, tmp_path))
    )
    first.pop("loss"), second.pop("loss")  # its mean spans the steps since the run was resumed
    assert first == second


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_is_not_waited_for_and_handlers_are_restored(tmp_path, monkeypatch, kind):
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]

    def batch_of(*args):
        signal.raise_signal(kind)
        signal.raise_signal(kind)

    monkeypatch.setattr(loop, "batch_of", batch_of)
    with pytest.raises(KeyboardInterrupt):
        training.train(tmp_path, CONFIG, **QUICK)
    assert not (tmp_path / "state.pt").exists()
    assert [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)] == before


def test_ctrl_c_stops_two_processes_with_a_checkpoint(tmp_path):
    code = f"""
from dataclasses import replace
from othello_gpt import training
from tests.training.common import CONFIG, EAGER, QUICK
if __name__ == "__main__":
    pair = QUICK | {{"machine": replace(EAGER, processes=2), "checkpoint_minutes": 0}}
    training.train({str(tmp_path)!r}, replace(CONFIG, games=10**9, decay=0), **pair)
"""
    (tmp_path / "main.py").write_text(code)
    run = subprocess.Popen(
        [sys.executable, tmp_path / "main.py"],
        env=os.environ
        | {"PYTHONPATH": str(Path(__file__).parent.parent.parent), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "state.pt").exists():
        assert run.poll() is None, run.stderr.read()
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the helper, too
    _, said = run.communicate(timeout=60)
    assert said.count("Traceback") == 1, said
    assert re.search(r"KeyboardInterrupt: stopped at [\d,]+ of 1,000,000,000 games", said)
    assert torch.load(tmp_path / "state.pt")["games"] > 0


def test_a_folder_has_one_run_at_a_time(tmp_path):
    with (
        data.only_writer(tmp_path),
        pytest.raises(BlockingIOError, match="being written to by another process"),
    ):
        training.train(tmp_path, CONFIG, **QUICK)
    assert not (tmp_path / "state.pt").exists()

"""Proof of ``othello_gpt.launching``: what becomes of ranks comes back as it was."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from othello_gpt.launching import launch

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
DIES = "os.kill(os.getpid(), signal.SIGKILL)"
WAITS = "time.sleep(600)"
NOTICES = "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(2); raise LostError('lost')"


def test_ranks_get_their_task_and_find_what_the_caller_finds(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "beside.py").write_text("ANSWER = 42")
    monkeypatch.syspath_prepend(tmp_path / "elsewhere")
    code = f"import beside; Path({str(tmp_path)!r}, os.environ['RANK']).write_text("
    code += "json.dumps([beside.ANSWER, os.environ['WORLD_SIZE']]))"
    launch("tests.launched", [code, code], 2)
    assert [(tmp_path / rank).read_text() for rank in "01"] == ['[42, "2"]'] * 2


@pytest.mark.parametrize(
    ("ranks", "kind", "says"),
    [
        ([WAITS, "raise ValueError('it is no number')"], ValueError, "^it is no number$"),
        ([NOTICES, "raise ConnectionError('W&B')"], ConnectionError, "^W&B$"),
        (["raise json.JSONDecodeError('odd', 'x', 0)", WAITS], ValueError, "^odd: line 1"),
        (["b'\\xff'.decode()", WAITS], RuntimeError, "^UnicodeDecodeError: 'utf-8' codec can't"),
        ([WAITS, DIES], ChildProcessError, "^the process of rank 1 was killed by SIGKILL$"),
        ([NOTICES, DIES], ChildProcessError, "rank 1 was killed by SIGKILL$"),
        ([WAITS, "os._exit(3)"], ChildProcessError, "rank 1 ended with exit code 3$"),
    ],
)
def test_what_a_rank_raises_is_raised_and_how_it_died_is_said(ranks, kind, says, capfd):
    began = time.monotonic()
    with pytest.raises(kind, match=says):
        launch("tests.launched", ranks, 2)
    assert time.monotonic() - began < 60  # torch itself waits for half an hour
    assert capfd.readouterr() == ("", "")


def test_a_rank_that_cannot_begin_is_named(capfd):
    with pytest.raises(ChildProcessError, match=r"^the process of rank \d ended with exit code 1"):
        launch("tests.no_such_module", None, 2)
    assert "No module named tests.no_such_module" in capfd.readouterr().err


def test_a_fault_comes_with_its_trace():
    with pytest.raises(ZeroDivisionError) as caught:
        launch("tests.launched", ["1 / 0", WAITS], 2)
    assert 'File "<string>", line 1' in caught.value.__notes__[0]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_rank_0_is_asked_to_stop(kind, tmp_path):
    ready = tmp_path / "ready"
    code = f"Path({str(ready)!r}).touch(); asked.wait(); raise KeyboardInterrupt('at 16 games')"

    def ask():
        while not ready.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), kind)

    threading.Thread(target=ask).start()
    with pytest.raises(KeyboardInterrupt, match=r"^at 16 games$"):
        launch("tests.launched", [code, WAITS], 2)


@pytest.mark.parametrize("kind", ["once killed", "twice asked"])
def test_no_rank_outlives_its_caller(kind, tmp_path):
    ready = [tmp_path / "0", tmp_path / "1"]
    code = [f"Path({str(file)!r}).write_text(str(os.getpid())); {WAITS}" for file in ready]
    caller = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import tests.test_launching as t; t.launch('tests.launched', {code}, 2)",
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not all(file.exists() and file.read_text() for file in ready):
        assert caller.poll() is None, caller.communicate()
        time.sleep(0.05)
    if kind == "once killed":
        caller.kill()
    else:
        caller.send_signal(signal.SIGINT)
        time.sleep(0.5)
        caller.send_signal(signal.SIGINT)
    _, said = caller.communicate(timeout=60)
    assert len(re.findall("^KeyboardInterrupt", said, re.MULTILINE)) == (kind == "twice asked")
    for pid in [int(file.read_text()) for file in ready]:
        until = time.monotonic() + 40
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < until, f"rank {pid} is still there"
            time.sleep(0.05)

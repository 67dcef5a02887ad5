"""Several processes of a module, started by torch's own launcher, ``torchrun``, on this machine.

The caller starts an agent, ``python -m othello_gpt.launching``, which is torch's launcher with its
reports in a file instead of on the screen. The agent starts the ranks, which are fresh interpreters
and so import nothing of the caller's: it may be a script without a main guard, or standard input.
A pipe leads from the caller to their standard input: a line asks them to stop, and its end says
that the caller is gone, whether it ended or was killed. A folder holds the task and what became of
each rank.
"""

import builtins
import json
import logging
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .stopping import Stop, handling

_TASK, _FAILED = "task.pickle", "failed.json"
_ONE_SENTENCE = (ValueError, OSError, KeyboardInterrupt)


class LostError(ConnectionError):
    """Another process is gone: its own end says more than what the ones left behind notice."""


def launch(module: str, task: object, processes: int) -> None:
    """Run ``python -m MODULE FOLDER`` in some processes, and return when all have ended well.

    In each, ``working(FOLDER)`` gives the ``task``, which is pickled. What it raises in one of them
    is raised here, as the built-in type nearest to its own, with the same text; of several the
    lowest rank's. The first Ctrl-C or SIGTERM asks rank 0 to stop, the second isn't waited for.

    Raises ``ChildProcessError`` if one ended without a word, be it killed or unable to begin, and
    ``KeyboardInterrupt`` at the second signal, or if a process ended so after the first one.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / _TASK).write_bytes(pickle.dumps(task))
        caller = _Caller()
        with handling(caller):
            code = caller.run(_running(__spec__.name, str(processes), module, name))
        _raise_what_became(folder, code, caller.raised)


def _running(module: str, *arguments: str) -> list[str]:
    """Return what has Python run a module, which finds others where this process does.

    Not by PYTHONPATH: what lies beside a script would come before Python's own modules.
    """
    path = [entry or os.getcwd() for entry in sys.path]
    code = f"import sys; sys.path[:] = {path}; from runpy import run_module; "
    code += f"run_module({module!r}, run_name='__main__', alter_sys=True)"
    return ["-c", code, *arguments]


class _Caller(Stop):
    """Starts the agent, waits for it, and passes on to rank 0 that it is to stop."""

    agent: subprocess.Popen | None = None

    def __call__(self, *signal_and_frame):
        super().__call__(*signal_and_frame)
        self._ask()

    def _ask(self):
        if self.agent is not None and self.agent.stdin is not None:
            with suppress(OSError):  # it may have just ended
                os.write(self.agent.stdin.fileno(), b"stop\n")

    def run(self, words: list[str]) -> int:
        # A session of its own: Ctrl-C in a terminal comes to this process alone.
        self.agent = subprocess.Popen(
            [sys.executable, *words], stdin=subprocess.PIPE, start_new_session=True
        )
        if self.raised:  # before there was an agent
            self._ask()
        try:
            return self.agent.wait()
        finally:
            try:
                assert self.agent.stdin is not None
                self.agent.stdin.close()  # so that ranks end, and after them the agent
                with suppress(subprocess.TimeoutExpired):
                    self.agent.wait(5)
            finally:
                self.agent.kill()
                self.agent.wait()


def _raise_what_became(folder: Path, code: int, stopped: bool) -> None:
    """Raise what a rank raised, or say of the first that ended without a word how it ended."""
    told = {int(file.suffix[1:]): json.loads(file.read_text()) for file in folder.glob("told.*")}
    said = [told[rank] for rank in sorted(told) if told[rank]]
    for one in sorted(said, key=lambda one: one["lost"]):
        if not one["lost"]:
            raise _error(one)
    failed = folder / _FAILED
    codes = json.loads(failed.read_text()) if failed.exists() else {}
    mute = {int(rank): code for rank, code in codes.items() if int(rank) not in told}
    if stopped and (mute or code):
        raise KeyboardInterrupt("stopped at once; run the same command again to go on")
    if mute:
        # The agent ends the others by SIGTERM.
        rank = min(mute, key=lambda rank: (mute[rank] == -signal.SIGTERM, rank))
        raise ChildProcessError(f"the process of rank {rank} {_end(mute[rank])}")
    if said:
        raise _error(said[0])
    if code:
        raise ChildProcessError(f"torch's launcher {_end(code)}")


def _end(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _error(told: dict) -> BaseException:
    kind = getattr(builtins, told["kind"])
    try:
        error = kind(told["said"])
    except TypeError:  # some need more than a text
        error = RuntimeError(f"{told['kind']}: {told['said']}")
    if told["trace"]:
        error.add_note(told["trace"])
    return error


@contextmanager
def working(folder: Path, stop: Callable[[], object]) -> Iterator:
    """Give a rank its task and write down what became of it; raises ``SystemExit`` if it failed.

    One that was stopped hasn't failed: the agent is to wait for the others, which are ending too.
    ``stop`` is called, in a thread, when the caller asks rank 0 to stop.
    """
    rank = int(os.environ["RANK"])
    threading.Thread(target=_obey if rank == 0 else _watch, args=(stop,), daemon=True).start()
    told = None
    try:
        yield pickle.loads((folder / _TASK).read_bytes())
    except BaseException as error:
        kind = next(k for k in type(error).__mro__ if getattr(builtins, k.__name__, None) is k)
        trace = "" if isinstance(error, _ONE_SENTENCE) else traceback.format_exc()
        lost = isinstance(error, LostError)
        told = dict(kind=kind.__name__, said=str(error), trace=trace, lost=lost)
    part = folder / f"part.{rank}"
    part.write_text(json.dumps(told))
    part.replace(folder / f"told.{rank}")
    if told and told["kind"] != "KeyboardInterrupt":
        sys.exit(1)


def _obey(stop: Callable[[], object]) -> None:
    """Read the caller's orders; without a caller nobody is left to work for."""
    while os.read(0, 16):
        stop()
    os._exit(1)


def _watch(_) -> None:
    """End with the caller, and leave its orders for rank 0 to read."""
    if hasattr(select, "poll"):  # elsewhere the agent ends this rank after rank 0
        pipe = select.poll()
        pipe.register(0, 0)
        while not any(event & select.POLLHUP for _, event in pipe.poll()):
            pass
        os._exit(1)


def _agent(processes: str, module: str, folder: str) -> int:
    """Let torch's launcher start the ranks; write down which of them failed, and how."""
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.disable()  # the caller says in a sentence what there is to say
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=int(processes),
        logs_specs=DefaultLogsSpecs(log_dir=folder),
        run_id=Path(folder).name,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="127.0.0.1",
        max_restarts=0,
    )
    try:
        elastic_launch(config, sys.executable)(*_running(module, folder))
    except ChildFailedError as error:
        codes = {rank: failure.exitcode for rank, failure in error.failures.items()}
        Path(folder, _FAILED).write_text(json.dumps(codes))
        return 1
    except SignalException:  # which it has passed on to the ranks
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_agent(*sys.argv[1:]))

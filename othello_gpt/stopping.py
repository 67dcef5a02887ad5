"""Stopping in time for a state to be written."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stop:
    """Raised by the first Ctrl-C or SIGTERM, so that a run ends with a checkpoint.

    The second doesn't wait for it, unless it is ``patient``.
    """

    raised = False

    def __init__(self, patient: bool = False):
        self.patient = patient

    def __call__(self, *_):
        if self.raised and not self.patient:
            raise KeyboardInterrupt
        self.raised = True


@contextmanager
def handling(handler: Callable | int) -> Iterator[None]:
    """Let a handler have Ctrl-C and SIGTERM for a while, if this is a program's main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {kind: signal.signal(kind, handler) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for kind, old in before.items():
            signal.signal(kind, old)

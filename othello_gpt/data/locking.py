"""One writer to a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to a folder, as long as they ask for it in the same way.

    Raises ``BlockingIOError`` if one of them was first.
    """
    lock = FileLock(folder / ".lock", blocking=False)  # the system frees it if the process dies
    try:
        lock.acquire()
    except Timeout as error:
        raise BlockingIOError(
            f"{folder} is being written to by another process: let it end, or choose another folder"
        ) from error
    try:
        yield
    finally:
        lock.release()

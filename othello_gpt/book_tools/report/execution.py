"""A chapter executed for a report: its outputs, or why there are none."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL
from time import monotonic

import jupytext
import nbformat

from .asserts import NOT_SO_MIME

PATIENCE = 3600  # seconds that a cell may take
_FIRST = """import importlib as _lib
_lib.import_module("othello_gpt.book_tools.report.asserts").soften(get_ipython())"""
# Linux counts kilobytes, macOS bytes.
_LAST = """import resource as _res, sys as _sys
print(_res.getrusage(_res.RUSAGE_SELF).ru_maxrss / (2**30 if _sys.platform == "darwin" else 2**20))
"""


@dataclass
class Outcome:
    """What came of a chapter.

    ``key``: a hash of all that it depends on, "" where it wasn't asked for. ``why``: why it doesn't
    apply to the network, one sentence, "" if it does; ``cell``, ``line``: the source of the cell
    where it ended, and of the line; ``not_so``: its assertions that fail on this network.
    ``seconds`` and ``gigabytes`` (the most memory) are what it took; ``again``: whether it may come
    out otherwise the next time.
    """

    key: str = ""
    why: str = ""
    cell: str = ""
    line: str = ""
    not_so: list[str] = field(default_factory=list)
    seconds: float = 0.0
    gigabytes: float = 0.0
    again: bool = False


def read_chapter(path: Path) -> nbformat.NotebookNode:
    """Return a chapter's text as a notebook without outputs."""
    return jupytext.read(path, fmt="py:percent")


def code_of(path: Path) -> str:
    """Return all code of a chapter."""
    cells = (cell.source for cell in read_chapter(path).cells if cell.cell_type == "code")
    return "\n\n".join(cells)


def execute(
    path: Path,
    executed: Path,
    environment: dict[str, str],
    sites: Sequence[str],
    after_cell: Callable[[int, int], object] = lambda done, total: None,
) -> Outcome:
    """Execute a chapter in a process of its own, and write what came out to ``executed``.

    ``sites`` are those of the network, ``after_cell`` is told how many cells of how many are done.
    A chapter that ends with an error leaves no file: the outcome says in which cell, and why.
    Raises ``OSError`` where no chapter could be executed.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = read_chapter(path)
    first, last = (nbformat.v4.new_code_cell(source) for source in (_FIRST, _LAST))
    notebook.cells = [first, *notebook.cells, last]
    todo = [k for k, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    outcome, begun, reached = Outcome(), monotonic(), [first]

    client = NotebookClient(
        notebook,
        timeout=PATIENCE,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: reached.append(cell),
        on_cell_executed=lambda cell, cell_index, execute_reply: after_cell(
            todo.index(cell_index), len(todo) - 2
        ),
    )
    try:
        _run(client, environment)
        outcome.gigabytes = float(last.outputs[-1].text)
    except CellExecutionError as error:
        if reached[-1] is first:  # no fault of the chapter
            raise OSError(
                f"chapters can't be executed here: {error.ename}: {error.evalue}"
            ) from error
        outcome.why = reason(error.ename, error.evalue, code_of(path), sites)
        outcome.line = failing_line(error.traceback, str(reached[-1].source))
    except CellTimeoutError:
        outcome.why, outcome.again = f"A cell took longer than {PATIENCE // 60} minutes.", True
    except DeadKernelError:
        outcome.why = "The process that executed it died, most likely for want of memory."
        outcome.again = True
    outcome.seconds = monotonic() - begun
    if outcome.why:
        outcome.cell = str(reached[-1].source)
        return outcome
    notebook.cells = notebook.cells[1:-1]
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = number
            if found := output.get("data", {}).get(NOT_SO_MIME):
                outcome.not_so.append(found)
    executed.parent.mkdir(parents=True, exist_ok=True)
    unfinished = executed.with_suffix(".part")
    nbformat.write(notebook, unfinished)
    unfinished.replace(executed)
    return outcome


def _run(client, environment: dict[str, str]) -> None:
    """Execute a client's notebook; Ctrl-C, which the client takes for itself, is Ctrl-C again."""
    try:
        client.execute(env=environment, stderr=DEVNULL)  # what a cell writes there comes as output
    except Exception:
        if "_async_cleanup_kernel_future" in vars(client):  # what its handler of signals leaves
            raise KeyboardInterrupt from None
        raise


def reason(kind: str, said: str, code: str, sites: Sequence[str]) -> str:
    """Return in one sentence why a chapter ended with an error.

    Where the chapter names a site of the stream that the network hasn't, the sentence says so.
    """
    said = re.sub(r"\x1b\[[0-9;]*m", "", said).strip()
    line = said.splitlines()[0][:200].rstrip(".") if said else ""
    words = f"A cell ends with {kind}: {line}" if line else f"A cell ends with {kind}"
    named = sorted(set(re.findall(r"resid_(?:pre|mid|post) \d+", code)) - set(sites))
    if named:
        words += f"; the chapter names {named[0]}, and this network's last site is {sites[-1]}"
    return f"{words}."


def failing_line(traceback: str, cell: str) -> str:
    """Return the line of a cell where an error came up, by IPython's traceback; "" if unknown."""
    bare = re.sub(r"\x1b\[[0-9;]*m", "", traceback)
    lines, found = cell.splitlines(), re.findall(r"Cell In\s?\[\d+\], line (\d+)", bare)
    number = int(found[0]) if found else 0
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""

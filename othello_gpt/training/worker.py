"""``python -m othello_gpt.training.worker FOLDER``: a rank of a run, as ``train`` starts it."""

import sys
from pathlib import Path

from ..launching import working
from ..stopping import Stop
from .loop import work
from .ranks import join


def main() -> None:
    """Do the task that a folder holds, in the process of the rank that the environment tells."""
    stop = Stop(patient=True)
    with working(Path(sys.argv[1]), stop) as job:
        join()
        work(job, stop)


if __name__ == "__main__":
    main()

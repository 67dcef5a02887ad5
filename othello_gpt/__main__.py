"""``python -m othello_gpt``: the ``othello-gpt`` command, for launchers that take a module."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())

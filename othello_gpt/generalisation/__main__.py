"""``python -m othello_gpt.generalisation 9 out.json``: ask after every beginning of so many moves.

It can be stopped and started again: what is done stays in ``out.json.partial``.
"""

import argparse
from pathlib import Path

from ..model import load_model
from .certificate import certify, save


def main() -> None:
    """Read the command line, ask, and write what was found."""
    ask = argparse.ArgumentParser(prog="python -m othello_gpt.generalisation", description=__doc__)
    ask.add_argument("moves", type=int, help="ask up to so many moves, such as 9")
    ask.add_argument("out", type=Path, help="the JSON file of what was found")
    args = ask.parse_args()
    partial = args.out.with_name(args.out.name + ".partial")
    save(certify(load_model(), args.moves, partial), args.out)


if __name__ == "__main__":
    main()

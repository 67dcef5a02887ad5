"""``python -m othello_gpt.yardsticks FOLDER``: compare shallow rivals of several widths.

FOLDER holds what ``othello-gpt rival --width WIDTH --out FOLDER/WIDTH.safetensors`` wrote, of each
width one.
"""

import argparse
from pathlib import Path

from .widths import WIDTHS, by_width, save_widths


def main() -> None:
    """Read the command line, measure, and write what was found."""
    ask = argparse.ArgumentParser(prog="python -m othello_gpt.yardsticks", description=__doc__)
    ask.add_argument("folder", type=Path, help="of the rivals")
    ask.add_argument("--out", type=Path, default=WIDTHS, help="the JSON file of what was found")
    ask.add_argument("--games", type=int, default=1000, help="held-out games")
    args = ask.parse_args()
    paths = sorted(args.folder.glob("*.safetensors"))
    if not paths:
        ask.error(f"{args.folder} has no *.safetensors: othello-gpt rival makes them")
    save_widths(by_width(paths, args.games), args.out)


if __name__ == "__main__":
    main()

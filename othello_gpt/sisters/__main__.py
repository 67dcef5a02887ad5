"""``python -m othello_gpt.sisters FOLDER``: measure networks of several seeds and keep them.

FOLDER holds the weights of runs that differ in ``--seed`` only, each named by it, such as
101.safetensors. What ``othello-gpt report 101.safetensors`` wrote about one can stand beside it, as
101.claims.json.
"""

import argparse
from pathlib import Path

from ..emergence import save_half
from .kept import RECORD, load_sister, measured, save


def main() -> None:
    """Read the command line, measure, and write what was found."""
    ask = argparse.ArgumentParser(prog="python -m othello_gpt.sisters", description=__doc__)
    ask.add_argument("folder", type=Path, help="of the sisters' weights")
    ask.add_argument("--trained", default="", help="the command that trained them, to be kept")
    ask.add_argument("--games", type=int, default=0, help="that each has seen, to be kept")
    ask.add_argument("--out", type=Path, default=RECORD, help="the JSON file of what was found")
    ask.add_argument("--scale", type=int, default=6, help="the larger, the more games")
    args = ask.parse_args()
    found = measured(args.folder, args.scale)
    command = f"python -m othello_gpt.sisters FOLDER --scale {args.scale}"
    about = dict(command=command, scale=args.scale, trained=args.trained, games=args.games)
    save(found, args.out, about)
    for one in found:
        path = args.out.parent / f"{one.seed}.safetensors"
        save_half(load_sister(one.seed, args.folder), path, {"seed": str(one.seed)})


if __name__ == "__main__":
    main()

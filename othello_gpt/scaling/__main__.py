"""``python -m othello_gpt.scaling``: measure how fast networks of several sizes learn, and keep it.

On one core, in float32 and uncompiled. Let nothing else run. Takes some minutes.
"""

import argparse
import platform
from dataclasses import astuple
from pathlib import Path

from tqdm import tqdm

from .counting import Size
from .record import RECORD, Record, save_record
from .timing import Times, timed

SIZES = list(
    dict.fromkeys(
        [
            *(Size(width=width) for width in (64, 128, 256, 512)),
            *(Size(layers=layers) for layers in (2, 4, 8, 16)),
            *(Size(board=board) for board in (4, 6, 8)),
            Size(8, 8, 512),
        ]
    )
)


def processor() -> str:
    """Return the processor's name as the system has it, or else its kind."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), platform.processor() or platform.machine())


def main() -> None:
    """Read the command line, measure, and write what was found."""
    ask = argparse.ArgumentParser(prog="python -m othello_gpt.scaling", description=__doc__)
    ask.add_argument("--seconds", type=float, default=1.0, help="for each part of each network")
    ask.add_argument("--rounds", type=int, default=5, help="over all networks; the fastest counts")
    ask.add_argument("--out", type=Path, default=RECORD, help="the JSON file of what was found")
    args = ask.parse_args()
    if args.rounds < 1:
        ask.error(f"{args.rounds} rounds measure nothing: take one or more")
    # A machine is slower at some times than at others: so nobody's share of it is in one piece.
    found = [(size, timed(size, args.seconds)) for size in tqdm(SIZES * args.rounds)]
    times = {
        size: Times(
            *(min(part) for part in zip(*(astuple(t) for s, t in found if s == size), strict=True))
        )
        for size in SIZES
    }
    save_record(Record(processor(), times), args.out)


if __name__ == "__main__":
    main()

"""``python -m othello_gpt.emergence FOLDER``: measure a run's stages and keep some of them.

FOLDER holds weights named by their games, such as 10240.safetensors, each copied from a run that
``othello-gpt train --continuations 0 --siblings 1 --stop-at 10240`` stopped there.
"""

import argparse
from pathlib import Path

from ..game import sample_moves
from ..model import HELD_OUT_SEED
from .overlap import met
from .stages import RECORD, keep, save, stages_of


def main() -> None:
    """Read the command line, measure, and write what was found."""
    ask = argparse.ArgumentParser(prog="python -m othello_gpt.emergence", description=__doc__)
    ask.add_argument("folder", type=Path, help="of the stages' weights")
    ask.add_argument("--out", type=Path, default=RECORD, help="the JSON file of what was found")
    ask.add_argument("--scale", type=int, default=6, help="the larger, the more games")
    ask.add_argument("--seed", type=int, default=0, help="of the run's games")
    ask.add_argument(
        "--continued",
        nargs="*",
        type=int,
        default=[],
        help="stages, by their games, that go on from kept weights of the one before",
    )
    ask.add_argument("--keep", nargs="*", default=[], help="stages to copy beside it, by name")
    args = ask.parse_args()
    stages = stages_of(args.folder, args.scale)
    held_out = sample_moves(20_000, HELD_OUT_SEED)
    games = max(stage.games for stage in stages)
    about = dict(
        command=f"python -m othello_gpt.emergence FOLDER --scale {args.scale} --seed {args.seed}",
        scale=args.scale,
        continued=args.continued,
        met={"games": games, "of": len(held_out), "found": met(held_out, args.seed, games)},
    )
    save(stages, args.out, about)
    for name in args.keep:
        keep(name, args.folder, args.out.parent)


if __name__ == "__main__":
    main()

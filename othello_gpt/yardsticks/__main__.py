"""What takes too long for a chapter: rivals of several widths, and the probe of the widest.

``widths FOLDER`` measures what ``othello-gpt rival --width WIDTH --out FOLDER/WIDTH.safetensors``
wrote, one a file. ``probe`` fits the probe of the rival that comes with the package.
"""

import argparse
from pathlib import Path

from .rival_probe import RIVAL_PROBE, fit_rival_probe, save_rival_probe
from .shallow import EMBEDDED, load_shallow
from .widths import WIDTHS, by_width, in_order, save_widths
from .widths import widths as read_widths


def main() -> None:
    """Read the command line, measure or fit, and write what was found."""
    ask = argparse.ArgumentParser(prog="python -m othello_gpt.yardsticks", description=__doc__)
    commands = ask.add_subparsers(dest="command", required=True)
    widths = commands.add_parser("widths", help="measure rivals of several widths")
    widths.add_argument("folder", type=Path, help="of the rivals")
    widths.add_argument("--out", type=Path, default=WIDTHS, help="the JSON file of what was found")
    widths.add_argument("--games", type=int, default=1000, help="held-out games")
    widths.add_argument("--add", action="store_true", help="keep what OUT has of others")
    probe = commands.add_parser("probe", help="fit the probe of a rival (15 minutes on one core)")
    probe.add_argument("--rival", type=Path, default=EMBEDDED, help="the rival's file")
    probe.add_argument("--out", type=Path, default=RIVAL_PROBE, help="the file of the probe")
    probe.add_argument("--games", type=int, default=40_000, help="games to fit it to")
    args = ask.parse_args()
    if args.command == "probe":
        try:
            rival, _ = load_shallow(args.rival)
            save_rival_probe(fit_rival_probe(rival, args.games), args.out)
        except (OSError, ValueError) as error:
            ask.error(str(error))
        return
    paths = sorted(args.folder.glob("*.safetensors"))
    if not paths:
        ask.error(f"{args.folder} has no *.safetensors: othello-gpt rival makes them")
    try:
        known = read_widths(args.out) if args.add else []
        save_widths(in_order([*known, *by_width(paths, args.games)]), args.out)
    except (OSError, ValueError) as error:
        ask.error(str(error))


if __name__ == "__main__":
    main()

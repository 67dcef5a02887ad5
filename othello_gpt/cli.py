"""The ``othello-gpt`` command: sample games, train, check a model, publish either on the Hub."""

import argparse
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; errors are one sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        options.act(options)
    except (ValueError, OSError) as error:
        print(f"othello-gpt {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        print(stop or "stopped; run the same command again to go on", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="othello-gpt", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    games = _command(
        commands, "games", _games, "sample random games into a folder of parquet files"
    )
    games.add_argument("--games", type=_whole(1), default=100_000, help="how many (1e6 is fine)")
    games.add_argument("--seed", type=_SEED, default=0)
    games.add_argument(
        "--out", type=Path, required=True, help="folder; an unfinished one is resumed"
    )
    games.add_argument("--threads", type=_whole(1, 1000), help="default: one per core")

    train = _command(commands, "train", _train, "train a model from scratch, or go on with one")
    train.add_argument("--out", type=Path, default=Path("runs/trunk"), help="resumed if it exists")
    train.add_argument("--games", type=_whole(1), default=8_000_000, help="total, decay included")
    train.add_argument("--decay", type=_whole(0), default=0, help="last games with a falling rate")
    train.add_argument(
        "--stop-at", type=_whole(1), help="games to stop after, the schedule unchanged"
    )
    train.add_argument("--branch-from", type=Path, help="folder of a run to start from")
    train.add_argument("--seed", type=_SEED, default=0)
    train.add_argument("--batch", type=_whole(1), default=512, help="games a step")
    train.add_argument(
        "--continuations",
        type=_whole(0),
        default=8,
        help="further games per position to learn from",
    )
    train.add_argument(
        "--siblings", type=_whole(1), default=4, help="games of a family, which share an opening"
    )
    train.add_argument("--opening", type=_whole(1), default=20, help="moves that siblings share")
    train.add_argument(
        "--untied", action="store_true", help="an unembedding of its own, which nanoGPT hasn't"
    )
    train.add_argument(
        "--average", type=_whole(0), default=0, help="games to average the shipped weights over"
    )
    train.add_argument("--muon-lr", type=float, default=1e-2, help="peak rate, hidden matrices")
    train.add_argument("--adam-lr", type=float, default=2e-3, help="peak rate, everything else")
    train.add_argument("--processes", type=_whole(1, 1000), help="default: one per core")
    train.add_argument(
        "--eval-games", type=_whole(1), default=2000, help="held-out games for the log"
    )
    train.add_argument("--no-compile", action="store_true", help="don't use torch.compile")
    train.add_argument("--wandb", metavar="PROJECT", help="log to Weights & Biases as well")

    check = _command(commands, "check", _check, "print a model's legality and loss on fresh games")
    check.add_argument("model", nargs="?", help="folder, file or user/repo; default: the embedded")
    check.add_argument("--games", type=_whole(2), default=20_000)
    check.add_argument("--heads", type=_whole(1), help="for checkpoints without a configuration")

    export = _command(
        commands, "export", _export, "make a run's model the embedded one, with a card"
    )
    export.add_argument("run", type=Path, help="folder that `othello-gpt train` wrote")
    export.add_argument("--out", type=Path, help="default: the package's own pretrained folder")
    export.add_argument(
        "--games", type=_whole(2), default=20_000, help="held-out games of the card"
    )

    push = _command(commands, "push", _push, "publish a folder of games, or a model, on the Hub")
    push.add_argument("folder", type=Path, help="what `games` or `export` wrote")
    push.add_argument("repo", help="user/repo")
    return parser


def _command(commands, name, act, summary):
    parser = commands.add_parser(
        name,
        help=summary,
        description=summary,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.set_defaults(act=act)
    return parser


def _whole(low: int, high: int = 10**12):
    """Return what reads whole numbers of a range from text, 1e6 as well as 1000000."""

    def read(text: str) -> int:
        try:
            value = Decimal(text)
            if low <= value <= high and value == int(value):
                return int(value)
        except InvalidOperation:
            pass
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from {low} to {high}")

    return read


_SEED = _whole(0, 2**63 - 1)


# Each command imports what it needs: `--help` and `games` shouldn't wait for torch.


def _games(options):
    from .data import write_games

    folder = write_games(options.out, options.games, options.seed, options.threads)
    print(f"{folder}: {options.games:,} games; read them with load_games({str(folder)!r})")


def _train(options):
    from .model import GPTConfig
    from .training import TrainConfig, this_machine, train

    config = TrainConfig(
        games=options.games,
        seed=options.seed,
        batch=options.batch,
        decay=options.decay,
        continuations=options.continuations,
        siblings=options.siblings,
        opening=options.opening,
        average=options.average,
        muon_lr=options.muon_lr,
        adam_lr=options.adam_lr,
    )
    machine = this_machine(options.processes, False if options.no_compile else None)
    folder = train(
        options.out,
        config,
        GPTConfig(tied=False) if options.untied else None,
        machine=machine,
        branch_from=options.branch_from,
        stop_at=options.stop_at,
        wandb_project=options.wandb,
        eval_games=options.eval_games,
    )
    print(f"{folder}: load it with load_model({str(folder)!r})")


def _check(options):
    from .model import evaluate, load_model

    print(evaluate(load_model(options.model, n_head=options.heads), options.games))


def _export(options):
    from .training import export

    print(f"{export(options.run, options.out, options.games)}: config, weights, log and card")


def _push(options):
    from .data import push_games
    from .model import push_model

    is_model = (options.folder / "model.safetensors").exists()
    print((push_model if is_model else push_games)(options.folder, options.repo))


if __name__ == "__main__":
    sys.exit(main())

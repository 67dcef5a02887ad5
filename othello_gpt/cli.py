"""The ``othello-gpt`` command: games, training, checks and reports of a model, the Hub."""

import argparse
import sys
from dataclasses import Field, fields
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; errors are one sentence on stderr."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser(arguments[0] if arguments else None).parse_args(arguments)
    try:
        options.act(options)
    except (ValueError, OSError) as error:
        _complain(options.command, f"othello-gpt {options.command}: {error}")
        return 1
    except KeyboardInterrupt as stop:
        _complain(options.command, str(stop) or "stopped; run the same command again to go on")
        return 130
    return 0


def _complain(command: str, sentence: str) -> None:
    """Say why a command ended; of several processes that train, the first says it for all."""
    if command == "train":
        from .training.ranks import first_has_ended

        if first_has_ended():
            return
    print(sentence, file=sys.stderr)


def _parser(command: str | None) -> argparse.ArgumentParser:
    """Return what reads the arguments; only the ``command`` that is asked for needs its options."""
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
    games.add_argument("--test-games", type=_whole(0), default=2000, help="a split of their own")
    games.add_argument(
        "--player",
        choices=("greedy", "cautious", "mobility"),
        help="who plays against itself, one move in ten at random; default: uniformly random moves",
    )

    train = _command(commands, "train", _train, "train a model from scratch, or go on with one")
    if command == "train":
        _add_training(train)

    check = _command(commands, "check", _check, "print a model's legality and loss on fresh games")
    check.add_argument("model", nargs="?", help="folder, file or user/repo; default: the embedded")
    check.add_argument("--games", type=_whole(2), default=20_000)
    check.add_argument("--heads", type=_whole(1), help="for checkpoints without a configuration")

    report = _command(
        commands,
        "report",
        _report,
        "execute the book's chapters on a network of yours, and build the book of it",
    )
    _add_report(report)

    rival = _command(
        commands, "rival", _rival, "train one hidden layer on the moves, the network's rival"
    )
    rival.add_argument("--width", type=_whole(8), default=1024, help="a multiple of 8")
    rival.add_argument("--games", type=_whole(1), default=500_000)
    rival.add_argument("--seed", type=_SEED, default=0)
    rival.add_argument(
        "--out", type=Path, required=True, help=".safetensors file; an unfinished run is resumed"
    )

    export = _command(
        commands, "export", _export, "make a run's model the embedded one, with a card"
    )
    export.add_argument("run", type=Path, help="folder that `othello-gpt train` wrote")
    export.add_argument("--out", type=Path, help="default: the package's own pretrained folder")
    export.add_argument(
        "--games", type=_whole(2), default=20_000, help="held-out games of the card"
    )

    push = _command(commands, "push", _push, "publish a model, probes or games on the Hub")
    push.add_argument(
        "folder",
        type=Path,
        nargs="?",
        help="what `games` or `export` wrote, or probes: a file, or a folder of them; default: the"
        " embedded model",
    )
    push.add_argument("repo", nargs="?", metavar="user/repo", help="or --repo")
    push.add_argument("--repo", dest="named", metavar="user/repo", help="where it goes")
    return parser


def _add_report(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", help="folder, file or user/repo")
    add("--board", type=int, choices=(4, 6, 8), help="default: what the vocabulary tells")
    add("--out", type=Path, required=True, help="folder; an unfinished report is resumed")
    add("--heads", type=_whole(1), help="for checkpoints without a configuration")
    add(
        "--chapters",
        type=lambda names: [name.strip() for name in names.split(",")],
        help="those to execute, such as model,probes; default: all that aren't yet",
    )
    add("--games", type=_whole(2), default=2000, help="of the first page; default: 2000")
    parser.formatter_class = argparse.HelpFormatter  # most defaults are no values
    parser.epilog = (
        "Needs a copy of the repository. A claim may be refuted, and a chapter that can't apply is "
        "replaced by a page that says why: chapters are written for 6x6 boards. Open "
        "OUT/html/index.html at the end; OUT/claims.json has the claims for programs."
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    """Give ``train`` its options: those of a run, and the dataclasses' fields with a help text."""
    from .model import GPTConfig  # comes with torch
    from .training import TrainConfig

    add = parser.add_argument
    add("--out", type=Path, default=Path("runs/trunk"), help="resumed if it exists")
    for one in (one for kind in (TrainConfig, GPTConfig) for one in fields(kind)):
        if "help" in one.metadata:
            _add_field(parser, one)
    add("--stop-at", type=_whole(1), help="games to stop after, the schedule unchanged")
    add("--branch-from", type=Path, help="folder of a run to start from")
    add("--processes", type=_whole(1, 1000), help="default: one per core, or torchrun's")
    add("--eval-games", type=_whole(1), default=2000, help="held-out games for the log")
    add("--no-compile", action="store_true", help="don't use torch.compile")
    add("--wandb", metavar="PROJECT", help="log to Weights & Biases as well")
    parser.epilog = (
        "Takes the GPU if there is one. On several hosts, or GPUs, the same command on each host: "
        "torchrun --nnodes HOSTS --nproc-per-node PROCESSES --rdzv-backend c10d --rdzv-endpoint "
        "HOST:PORT --rdzv-id ANY -m othello_gpt train ... Rank 0 alone reads and writes, and which "
        "host has it may change: let them share the folder. A run goes on with another number of "
        "processes, too."
    )


def _add_field(parser: argparse.ArgumentParser, one: Field) -> None:
    """Add a dataclass's field as an option: its type, default, lowest value and help text."""
    name = one.metadata.get("option", f"--{one.name.replace('_', '-')}")
    add = partial(parser.add_argument, name, dest=one.name, help=one.metadata["help"])
    if one.type is bool:
        add(action="store_const", const=not one.default, default=argparse.SUPPRESS)
    else:
        low, high = (one.metadata[end] for end in ("least", "most"))
        add(type=_whole(low, high) if one.type is int else one.type, default=one.default)


def _filled(kind: type, options: argparse.Namespace):
    """Return a dataclass whose fields are those that the command line knows, the others usual."""
    given = vars(options)
    return kind(**{one.name: given[one.name] for one in fields(kind) if one.name in given})


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

    folder = write_games(
        options.out,
        options.games,
        options.seed,
        options.threads,
        test_games=options.test_games,
        player=options.player,
    )
    print(f"{folder}: {options.games:,} games; read them with load_games({str(folder)!r})")


def _train(options):
    from .model import GPTConfig
    from .training import TrainConfig, this_machine, train
    from .training.ranks import join, rank

    join()  # before anything can be wrong: the first process tells it
    config, network = (_filled(kind, options) for kind in (TrainConfig, GPTConfig))
    machine = this_machine(options.processes, False if options.no_compile else None)
    folder = train(
        options.out,
        config,
        None if network == GPTConfig() else network,
        machine=machine,
        branch_from=options.branch_from,
        stop_at=options.stop_at,
        wandb_project=options.wandb,
        eval_games=options.eval_games,
    )
    if rank() == 0:
        print(f"{folder}: load it with load_model({str(folder)!r})")


def _check(options):
    from .model import evaluate, load_model

    print(evaluate(load_model(options.model, n_head=options.heads), options.games))


def _report(options):
    from .book_tools.report.making import report

    told = partial(print, flush=True)
    given = [vars(options)[one] for one in ("model", "out", "board", "heads", "chapters", "games")]
    print(f"Open {report(*given, say=told)} in a browser.")


def _rival(options):
    from .yardsticks import ShallowConfig, load_shallow, train_shallow

    config = ShallowConfig.of_width(options.width, games=options.games, seed=options.seed)
    out = train_shallow(options.out, config)
    _, about = load_shallow(out)
    print(f"{out}: {about['curve'][-1][1]:.2%} illegal; read it with load_shallow({str(out)!r})")


def _export(options):
    from .training import export

    print(f"{export(options.run, options.out, options.games)}: config, weights, log and card")


def _push(options):
    from .data import push_games
    from .model import PRETRAINED, push_model
    from .probes.publishing import are_probes, push_probes

    repo = options.named or options.repo
    if not repo or (options.named and options.repo):
        raise ValueError("name one repository: --repo user/repo")
    folder = options.folder or PRETRAINED
    if (folder / "model.safetensors").exists():
        print(push_model(folder, repo))
    else:
        print((push_probes if are_probes(folder) else push_games)(folder, repo))


if __name__ == "__main__":
    sys.exit(main())

"""A model's card: how it was trained, in words and commands."""

from .config import TrainConfig


def _stages(state: dict) -> list[dict]:
    """Return the settings of each run on the way, and the games after which it was ``stopped``.

    A stage is ``exported`` if the next one goes on from what ``export`` wrote of it.
    """
    return [*state["lineage"], {**state["config"], "stopped": state["games"]}]


def commands_of(state: dict) -> list[str]:
    """Return the commands that lead to a run's model, each branched off the one before."""
    commands, usual, source = [], TrainConfig(), None
    for i, config in enumerate(_stages(state)):
        # Without a decay, what was planned makes no difference to what was done.
        planned = config["games"] if config["decay"] else config["stopped"]
        words = [f"othello-gpt train --out run{i} --games {planned}"]
        words += [f"--branch-from {source}"] if source else []
        # A branch has this from its trunk.
        words += ["--untied"] if not source and not state["model_config"]["tied"] else []
        words += [f"--decay {config['decay']}"] if config["decay"] else []
        words += [f"--stop-at {config['stopped']}"] if config["stopped"] < planned else []
        names = ["continuations", "siblings", *["opening"][: config["siblings"] > 1]]
        words += [f"--{name} {config[name]}" for name in (*names, "batch", "seed")]
        words += [f"--average {config['average']}"] if config["average"] else []
        rates = (name for name in ("muon_lr", "adam_lr") if config[name] != getattr(usual, name))
        words += [f"--{name.replace('_', '-')} {config[name]}" for name in rates]
        commands.append(" ".join(words))
        source = f"run{i}"
        if config.get("exported"):
            commands.append(f"othello-gpt export {source} --out model{i}")
            source = f"model{i}"
    return commands


def continuations_of(state: dict) -> int:
    """Return how many next moves of further games a run has trained on."""
    total = start = 0
    for config in _stages(state):
        settings = {k: v for k, v in config.items() if k not in ("stopped", "exported")}
        positions = TrainConfig(**settings).family
        games = config["stopped"] - start
        total += games // config["siblings"] * positions * config["continuations"]
        start = config["stopped"]
    return total


UNEMBEDDING = {
    True: "The unembedding is the embedding's own matrix (tied), as in nanoGPT.",
    False: "The unembedding is a matrix of its own (untied), so nanoGPT's own GPT, which ties the\n"
    "two, can't hold this network; `othello_gpt.model.load_model` can.",
}
CARD = """---
library_name: othello-gpt
license: mit
tags: [othello, othello-gpt, mechanistic-interpretability]
---

# A small GPT that plays 6x6 Othello

{model_config[n_layer]} layers, {model_config[n_head]} heads, d_model {model_config[n_embd]},
context {model_config[block_size]}, vocabulary {model_config[vocab_size]}, in nanoGPT's layout.
{unembedding}
It was trained to predict the next move of uniformly random games that never need a pass, each game
seen once. Where a command says `--continuations n`, the target at each position is the move of the
game and the moves of n further games that begin with the same moves: close to the position's set of
legal moves.
Where it says `--siblings n --opening m`, games come in families of n with the same first m moves;
where it says `--average n`, the weights are averages over about n games of training.
A run that goes on from an exported model has its weights; its optimisers begin afresh.

```
{command}
```

{games:,} games and {continuations:,} single moves of further games, {hours} hours on
{on}, torch {torch}.

```
{seen}
```

Load it with `othello_gpt.model.load_model()`. Tokens: 0 is padding, 1..32 are the 32 squares that
are not occupied at the start, row by row. Inputs are a game's first 31 moves.
"""

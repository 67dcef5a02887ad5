# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How well does a small GPT play a game whose board it was never shown?
#
# **It nearly always plays by the rules.** Its first choice is illegal in {glue:text}`illegal_mean:.3%` of the positions of games that it has never seen. The best guesser that turns no disc errs in {glue:text}`counted_mean:.1%`. It isn't perfect: its loss is above the lowest possible one.
#
# On the left is a held-out game. On the right is what the model says after the same moves: the brighter a square, the more probable a move there. The dots are the squares that the rules allow. Drag the slider, or tap a square for its numbers.

# %%
import json

import numpy as np
import torch
from myst_nb import glue

from othello_gpt import game, probes
from othello_gpt.book_tools import claim, glue_interval
from othello_gpt.figures import CONTROL, MODEL, Panel, Series, curves, game_boards
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import (
    HELD_OUT_SEED,
    PRETRAINED,
    evaluate,
    load_model,
    next_moves,
    to_transformer_lens,
)

# %%
model = load_model()
held_out = game.sample_moves(games=1, seed=2026)[0]
game_boards(
    held_out,
    [
        Panel("the game"),
        Panel("the model's next move", values=next_moves(model, held_out[None, :-1])[0]),
    ],
    at=12,
    alt="A held-out game beside the model's next-move probabilities after each move: squares light up where the rules allow a move.",
)


# %% [markdown]
# The model is given nothing but move tokens.
#
# ## What it is
#
# A GPT in the layout of [nanoGPT](https://github.com/karpathy/nanoGPT). Each position carries a list of {glue:text}`width` numbers, its *residual stream*. It begins as the sum of two learned vectors, one for the move and one for its place in the game (the *embeddings*). Then {glue:text}`layers` layers add to it in turn: in each, *attention heads* fetch something from earlier positions, and an *MLP*, whose hidden units are the *neurons*, works on what is there. Each half of a layer, and the unembedding, reads the stream through a *LayerNorm*, which takes out the mean of the numbers and brings them to a common scale. At the end the *unembedding* makes one score of it for every token, the *logits*, and the softmax turns these into probabilities. Attention only looks back, so the {glue:text}`context` outputs of one pass are as many predictions, one after every move but the last.

# %%
config = model.config
glue("layers", config.n_layer, display=False)
glue("heads", config.n_head, display=False)
glue("width", config.n_embd, display=False)
glue("context", config.block_size, display=False)
glue("vocabulary", config.vocab_size, display=False)
glue("parameters", sum(p.numel() for p in model.parameters()), display=False)
model

# %% [markdown]
# It has {glue:text}`layers` layers, {glue:text}`heads` heads, a residual stream of {glue:text}`width` dimensions, a context of {glue:text}`context` tokens, a vocabulary of {glue:text}`vocabulary` and {glue:text}`parameters:,` parameters.
#
# ## How it was trained
#
# On next-move prediction: the loss is the cross-entropy of moves that were played. The network is shown no board. Every step draws new games, so there is nothing to overfit to.
#
# A single played move says little about where one *could* have played, and most of the noise in a gradient is of this kind. So where a command below says `--continuations n`, the network is shown, at every position, the next moves of n more random games that happen to begin with the same moves. The expected loss, and so what an ideal learner would make of it, is that of single moves. But its gradient is less noisy, and a target of n + 1 moves is close to the *set* of legal moves, which no data set of games shows after the first few moves: take it as a help that a network trained on transcripts doesn't have. The commands, the seed and the log come with the weights.
#
# The first moves of a game are soon learned, and the mistakes that are left are made late (below). So where a command says `--siblings n --opening m`, games come in families of n which share their first m moves. What the n games have in common goes through the network once for all of them, and a step sees more of what is hard. The loss and its gradient are those of the n games one by one; each of them is a uniformly random game, only not independent of its siblings. And where it says `--average n`, the weights that come out are averages over about n games of training, which evens out the chance in the last steps. A run that goes on from what `export` wrote has its weights only, so that its optimisers begin afresh.

# %%
facts = json.loads((PRETRAINED / "training.json").read_text())
log = [json.loads(row) for row in (PRETRAINED / "metrics.jsonl").read_text().splitlines()]
for name in ("games", "continuations", "hours"):
    glue(name, facts[name], display=False)
print(*facts["commands"], sep="\n")

# %%
choices = game.legal_tokens(game.sample_moves(2000, seed=6))[:, 1:].sum(-1)
drawn = 1 + facts["config"]["continuations"]
glue("targets", drawn, display=False)
glue("coverage", float((1 - (1 - 1 / choices) ** drawn).mean()), display=False)
glue("worth", facts["games"] + facts["continuations"] / config.block_size, display=False)

# %% [markdown]
# That makes {glue:text}`games:,` games (siblings counted one by one) and {glue:text}`continuations:,` single moves of others (as many moves as {glue:text}`worth:,.0f` games have), in {glue:text}`hours:.1f` hours of two CPU cores. In the last run each position has {glue:text}`targets` moves as its target; as many random ones show {glue:text}`coverage:.1%` of the legal squares.
#
# The [entropy floor](games.py) is the loss of a predictor that knows the process that makes the games. What the model's loss has on top, its *excess*, is the mean Kullback-Leibler divergence from the true next-move distribution. The curves jump where one command takes over from another, since batches, continuations and learning rates change there; where the rate is lowered to zero they bend down.

# %%
seen = [row["games"] for row in log]
curves(
    seen,
    {
        "excess loss (nats)": Series([row["excess"] for row in log], colour=MODEL),
        "illegal top-1": Series([row["illegal"] for row in log], colour=CONTROL),
    },
    x_title="games seen in training",
    y_title="on held-out games",
    log_x=True,
    log_y=True,
    alt="Excess loss and illegal top-1 share against games seen, both on logarithmic axes, falling.",
)

# %% [markdown]
# ## How well it plays
#
# *Top-1 legality* asks whether the most probable move is legal. *Legal mass* is the probability that all legal moves get together. Both are measured on games that training never sees (another seed of the sampler). Intervals are 95% bootstrap intervals over games.

# %% tags=["experiment"]
trained = evaluate(model, 20_000)
print(trained)

# %%
for name in ("illegal", "legal_mass", "loss", "excess"):
    glue_interval(name, getattr(trained, name))
glue("held_out", trained.games, display=False)
glue("positions_examined", trained.games * config.block_size, display=False)

# %% [markdown]
# Of the model's first choices, {glue:text}`illegal_mean:.3%` are illegal ({glue:text}`illegal_low:.3%` to {glue:text}`illegal_high:.3%`, {glue:text}`held_out:,` games). Legal moves get {glue:text}`legal_mass_mean:.4f` of the probability ({glue:text}`legal_mass_low:.4f` to {glue:text}`legal_mass_high:.4f`). The loss is {glue:text}`loss_mean:.4f` nats a move ({glue:text}`loss_low:.4f` to {glue:text}`loss_high:.4f`), {glue:text}`excess_mean:.4f` ({glue:text}`excess_low:.4f` to {glue:text}`excess_high:.4f`) above the floor.
#
# ### When does it err?
#
# Move 2 is easy: few positions can have arisen. Later, every disc may have been turned many times. At the very end a single square is left.

# %%
ply = np.arange(2, 33)
by_ply = trained.illegal_by_ply
curves(
    ply,
    {"the model": Series.of(by_ply, colour=MODEL)},
    x_title="move that is predicted",
    y_title="illegal top-1",
    y_format=".1%",
    alt="Share of illegal first choices by move, with 95% Wilson intervals: zero at first, rising towards the last quarter of the game, zero at the last move.",
)

# %%
excess = trained.excess_by_ply
mass = trained.legal_mass_by_ply
curves(
    ply,
    {
        "excess loss (nats)": Series.of(excess, colour=MODEL),
        "illegal mass": Series(1 - mass.mean, 1 - mass.high, 1 - mass.low, colour=CONTROL),
    },
    x_title="move that is predicted",
    y_title="nats, probability",
    alt="Excess loss over the entropy of each move and the probability given to illegal moves, by move: both grow with the length of the game.",
)

# %% [markdown]
# ### The control
#
# Is a low error worth anything? On average there are many legal squares among few empty ones, so guessing might do. Seven guessers that never turn a disc. Three know no board: the same network before training; a random empty square; and the best square for each move number, whatever was played. Two follow every move on a board on which discs are put down but never turned. One plays a random square that is legal there (any empty one if none is). The other has counted, in as many other games, how probable each square is at each move number if it is taken, empty, or legal on that board, and plays the most probable one. The last two are trained, on the legal moves of 20,000 other games, from who has played where and when it is: by softmax regression, and with one hidden layer of 512.


# %%
def without_flips(moves):
    """Which squares are legal, and 0, 1, 2 for taken, empty, legal if no disc is ever turned."""
    real = game.replay(moves)
    unturned = probes.flips_ignored(real)
    empty = ~(real.mine | real.theirs)
    legal, empty, seen = (game.to_array(b[:, 1:]) for b in (real.legal, empty, unturned.legal))
    return legal.reshape(-1, 31, 36), (empty + seen.astype(np.uint8)).reshape(-1, 31, 36)


# %%
def counted(moves):
    """How probable each square is as move 2 to 32, given its state without flips: [3, 31, 36]."""
    legal, state = without_flips(moves)
    chance = legal / legal.sum(-1, keepdims=True, dtype=np.float32)
    found = [state == s for s in range(3)]
    return np.stack([(chance * f).sum(0) / np.maximum(f.sum(0), 1) for f in found])


# %%
played = game.sample_moves(trained.games, HELD_OUT_SEED)  # those that the model is examined on
legal, state = without_flips(played)
table = counted(game.sample_moves(trained.games, seed=3))
chances = np.choose(state, table)
chances /= chances.sum(-1, keepdims=True)


def errs(choice):
    """How often a guesser errs whose choices are squares, or equally likely squares of a mask."""
    chosen = choice if choice.ndim == 3 else np.arange(36) == choice[..., None]
    return bootstrap(1 - ((legal & chosen).sum(-1) / chosen.sum(-1)).mean(1))


# %%
unturned = np.where((state == 2).any(-1, keepdims=True), state == 2, state > 0)
favourite = legal.mean(0).argmax(-1)  # chosen on these very games, in its favour
guesses = {
    "untrained": evaluate(probes.untrained(model), 250).illegal,
    "random_empty": errs(state > 0),
    "blind": errs(np.broadcast_to(favourite, state.shape[:2])),
    "unturned": errs(unturned),
    "counted": errs(chances.argmax(-1)),
}
for name, hidden in (("bag_softmax", 0), ("bag_hidden", 512)):
    player = probes.fit_bag(hidden, seed=3)
    guesses[name] = errs(probes.bag_choices(player, played))

# %%
for name, guess in guesses.items():
    glue_interval(name, guess)
best = min(guesses.values(), key=lambda guess: guess.low)
assert trained.illegal.high < 0.1 * best.low

# %%
claim(
    "plays_by_the_rules",
    "The model's first choice is rarely illegal",
    trained.illegal,
    control=best,
    against="the best of seven guessers that turn no disc, two of them trained on the bag of moves",
    form=".3%",
    higher=False,
    aim=0.001,
    published=[
        (0.0003, "Wong 2025, 6M parameters, 6x6"),
        (0.0001, "Li 2023, 25M parameters, 8x8"),
    ],
)

# %% [markdown]
# The guessers err in {glue:text}`untrained_mean:.0%`, {glue:text}`random_empty_mean:.0%`, {glue:text}`blind_mean:.0%`, {glue:text}`unturned_mean:.0%`, {glue:text}`counted_mean:.1%` ({glue:text}`counted_low:.1%` to {glue:text}`counted_high:.1%`), {glue:text}`bag_softmax_mean:.1%` ({glue:text}`bag_softmax_low:.1%` to {glue:text}`bag_softmax_high:.1%`) and {glue:text}`bag_hidden_mean:.1%` ({glue:text}`bag_hidden_low:.1%` to {glue:text}`bag_hidden_high:.1%`) of the positions. The model errs less than a tenth as often as the best of them (the cell asserts it): it must know more than these guessers make of which squares are empty, when, and who has played where. Whether that is a *board* is the question of the next chapters.
#
# The same for the loss. The control's is that of the counted probabilities. And there is a yardstick that is harder to beat: a player who knows the rules and nothing else, and gives every legal square the same probability. It misses the [floor](games.py) only for not looking ahead to passes. Its excess is what the claim aims at.

# %%
rules_only = float(-np.log(game.survival()[0]) / config.block_size)
hit = np.take_along_axis(chances, played[:, 1:, None].astype(int), -1)[..., 0]
claim(
    "knows_chance",
    "Its loss, in nats a move above the entropy floor, is small (the aim: no more than that of a "
    "player who knows just the rules)",
    trained.excess,
    control=bootstrap((-np.log(hit) - game.surprise(played, HELD_OUT_SEED)[:, 1:]).mean(1)),
    against="probabilities counted on a board on which no disc is turned",
    form=".4f",
    higher=False,
    aim=rules_only,
)

# %%
# In each game the player's excess and the model's differ by what their losses differ by: the floor
# and the player's distance from it are constants, so the interval is that of the paired difference.
ends = (trained.excess.mean, trained.excess.low, trained.excess.high)
gap = Interval(*(end - rules_only for end in ends))
word = "more than" if gap.low > 0 else "less than" if gap.high < 0 else "about as much as"
glue("rules_only", rules_only, display=False)
glue("loses", word, display=False)
glue_interval("rules_gap", gap)

# %% [markdown]
# The model is {glue:text}`excess_mean:.4f` nats above the floor; a player that knows the rules and no more is {glue:text}`rules_only:.4f` above it. On the same games, game by game, the difference is {glue:text}`rules_gap_mean:+.4f` ({glue:text}`rules_gap_low:+.4f` to {glue:text}`rules_gap_high:+.4f`): by this measure the model loses {glue:text}`loses` such a player does. (The [yardsticks](yardsticks.py) say how much of it is probability on illegal moves.)
#
# ## The same network in TransformerLens
#
# Whoever wants to look inside with [TransformerLens](https://github.com/TransformerLensOrg/TransformerLens) can; the chapters use lighter code of their own, which the tests hold against it. `to_transformer_lens` takes any nanoGPT checkpoint: embeddings tied or not, with biases or without, compiled or not. Is the converted network the same one? Its logits must agree on every position; after LayerNorm has been folded into the weights, its log-probabilities.

# %% tags=["experiment", "remove-output"]
tokens = torch.from_numpy(game.token_of_square()[game.sample_moves(200, seed=4)])[:, :-1]
logits = model(tokens)
raw, folded = to_transformer_lens(model), to_transformer_lens(model, folded=True)
parity = (raw(tokens) - logits).abs().max().item()
folded_parity = (folded(tokens).log_softmax(-1) - logits.log_softmax(-1)).abs().max().item()
exact = load_model().double()(tokens)
rounding = (logits - exact).abs().max().item()
double_parity = (raw.to(torch.float64)(tokens) - exact).abs().max().item()
assert double_parity < 1e-12
assert max(parity, folded_parity) < 4 * rounding  # a mistake is off by far more, see below

# %%
glue("positions", tokens.numel(), display=False)
glue("largest_logit", logits.abs().max().item(), display=False)
for name in ("parity", "folded_parity", "double_parity", "rounding"):
    glue(name, globals()[name], display=False)

# %% [markdown]
# Over {glue:text}`positions:,` positions the largest difference between logits, which reach {glue:text}`largest_logit:.0f`, is {glue:text}`parity:.1e`, and between log-probabilities after folding {glue:text}`folded_parity:.1e`. Is that rounding or a small mistake? In double precision the difference is {glue:text}`double_parity:.0e`: the two are the same function. Single precision alone moves the model's own logits by up to {glue:text}`rounding:.1e`.
#
# A check of the check: had the conversion mixed up two heads, would we have noticed?

# %%
state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
packed = state["transformer.h.0.attn.c_attn.weight"].view(3, config.n_head, -1, config.n_embd)
packed[0] = packed[0].roll(1, dims=0)  # every head of layer 0 gets its neighbour's queries
mixed = to_transformer_lens(state, n_head=config.n_head)
mixed_up = (mixed(tokens) - logits).abs().max().item()
glue("mixed_up", mixed_up, display=False)
assert mixed_up > 1000 * parity

# %% [markdown]
# Yes: the logits would have been off by {glue:text}`mixed_up:.1f`.
#
# ## What we learned
#
# - After {glue:text}`games:,` games the model's first choice is legal in all but {glue:text}`illegal_mean:.3%` of the positions ({glue:text}`illegal_low:.3%` to {glue:text}`illegal_high:.3%`). One hidden layer over the bag of moves errs in {glue:text}`bag_hidden_mean:.1%` ({glue:text}`bag_hidden_low:.1%` to {glue:text}`bag_hidden_high:.1%`). It was told the rules only by examples, {glue:text}`targets` for each position in the last run.
# - Its loss is {glue:text}`excess_mean:.4f` nats a move above the entropy floor ({glue:text}`excess_low:.4f` to {glue:text}`excess_high:.4f`). It loses {glue:text}`loses` a player that knows just the rules, who is {glue:text}`rules_only:.4f` above.
# - TransformerLens computes the same function: in double precision no two logits differ by more than {glue:text}`double_parity:.0e`.
#
# *Machinery: [`othello_gpt/model.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/model.py), [`othello_gpt/training.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/training.py). Before: [the games](games.py). Next: [probes](probes.py).*

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
# **It nearly always plays by the rules.** Its first choice is illegal in {num}`illegal:.3%` of the positions of games that it has never seen. The best of eight guessers without its depth errs in {num}`plays_by_the_rules_control:.1%`.

# %%
import itertools
import json

import numpy as np
import torch

from othello_gpt import game, probes, yardsticks
from othello_gpt.book_tools import claim, say
from othello_gpt.figures import CONTROL, MODEL, Panel, Series, bars, curves, game_boards
from othello_gpt.game import Games
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import (
    PRETRAINED,
    REPORT_SEED,
    Evaluation,
    evaluate,
    inputs_of,
    load_model,
    log_survival,
    next_moves,
    predict,
    to_transformer_lens,
)

# %% alt="A held-out game beside the model's next-move probabilities after each move: squares light up where the rules allow a move." mystnb={"figure": {"name": "fig-model-game", "caption": "**It moves where the rules allow it.** Left: a game that training never saw. Right: what the model says comes next; the brighter a square, the more probable. Dots are the legal squares. Drag the slider, or tap a square for its numbers."}}
model = load_model()
held_out = game.sample_moves(games=1, seed=2026)[0]
said_next = next_moves(model, held_out[None, :-1])[0]
game_boards(
    held_out,
    [Panel("the game"), Panel("the model's next move", values=said_next)],
    at=12,
    alt="A held-out game beside the model's next moves.",
)

# %% [markdown]
# ## The idea
#
# Write a game of Othello down as a list of squares. Leave out the discs, the colours and who is to move. Then ask a network: which square comes next? Who wants to answer well has to work out what the moves did to the board. Nobody tells the network that there is one.
#
# The network is a GPT, as in language models, only smaller. Each move is a *token*, as a word is one there. The network reads the tokens of the moves so far. Then it gives every square a probability of being played next.
#
# **How it was trained matters for everything in this book.** The games are random: at each turn, all legal moves are equally likely. Every step of training draws new games. At each position, the network's loss saw the move that was played. In most of its training it also saw the next moves of {num}`others` other games that begin with the same moves. Together they are close to the *set* of legal moves. No collection of played games shows that much. So this network was helped, and a network that is trained on transcripts alone isn't.
#
# It still saw no board, no disc and no rule. But it was told, nearly outright, which squares are legal in the positions that it met. What it had to find is a way to know this in new ones.

# %%
facts = json.loads((PRETRAINED / "training.json").read_text())
say(others=facts["config"]["continuations"], games=facts["games"], hours=facts["hours"])

# %% [markdown]
# ## The experiment
#
# We draw new random games, from a seed on which nothing was ever chosen. Training refuses it. After every move we take the square that the model finds most probable. Is a move there legal? The share of squares that aren't is the *error* of the first choice.

# %% tags=["experiment"]
games = Games.sample(12_000, seed=REPORT_SEED)
legal = games.replay.legalities()[:, 1:].reshape(-1, 31, 36)  # for moves 2 to 32
said = predict(model, games)  # the top square at every position, and more
allowed = np.take_along_axis(legal, said.top[..., None], -1)[..., 0]
illegal = bootstrap(1 - allowed.mean(1))  # over games: their moves hang together
late = bootstrap(1 - allowed[:, 11:].mean(1))  # after twelve moves and more
print(f"illegal first choices: {illegal:.3%}")

# %%
trained = Evaluation.of(said, games)
assert np.array_equal(allowed, said.legal)  # the same, found by replaying tokens
say(f"{len(games):,} games", illegal=trained.illegal, n_games=trained.games, late=late)
options = games.replay.legalities()[:, :31].sum((-1, -2))
chance = np.cumprod(1 / options, 1)  # of the same beginning in another game
met = -np.expm1(facts["games"] * np.log1p(-chance))
say(met=met.mean(), met_late=met[:, 11:].mean())

# %% [markdown]
# The first choice is illegal in {num}`illegal:.3%` of the positions. When does it err? Move 2 is easy, since few positions can have arisen. Late in a game, every disc may have been turned many times. At the very end a single square is left.
#
# At most {num}`met:.0%` of these positions have a beginning that stood in its training games, move for move. After twelve moves and more it is {num}`met_late:.1%`, though more of the boards will have arisen in other orders. There {num}`late:.3%` of the first choices are illegal.

# %% alt="Share of illegal first choices by move, with 95% intervals: zero at first, rising towards the last quarter of the game, zero at the last move." mystnb={"figure": {"name": "fig-model-plies", "caption": "**It errs late, and not at the end.** The share of illegal first choices, by the move that is predicted. The band is the 95% Wilson interval."}}
curves(
    np.arange(2, 33),
    {"the model": Series.of(trained.illegal_by_ply, colour=MODEL)},
    x_title="move that is predicted",
    y_title="illegal first choices",
    y_format=".1%",
    alt="Share of illegal first choices by move.",
)

# %% [markdown]
# ## The control
#
# Is a low error worth anything? Perhaps one can guess legal squares without keeping track of the discs. We let eight guessers try. None of them can turn discs move by move.
#
# Three know no board at all. One is the same network before training. One plays any empty square. One plays the best square for each move number, whatever happened before.
#
# Two put discs down on a board but never turn them. The first plays a square that is legal there. The second has counted how often such squares are really legal at each move number.
#
# The last three are trained on the legal moves of whole games. Two see which side has played where, and not in which order: a softmax regression, and one with a hidden layer. The third is the *shallow rival*: it has one hidden layer, and also sees when each move was played. It saw about as many games as the network, the other two fewer.
#
# We set the bar beforehand. The model must err at most half as often as the best of them.


# %%
def without_flips(games):
    """Which squares are legal; 0, 1, 2: taken, empty, legal if no disc is ever turned."""
    real = games.replay
    boards = (real.legal, ~(real.mine | real.theirs), probes.flips_ignored(real).legal)
    legal, empty, seen = (game.to_array(b[:, 1:]).reshape(-1, 31, 36) for b in boards)
    return legal, empty + seen.astype(np.uint8)


def counted(games):
    """How probable each square is as move 2 to 32, given its state: [3, 31, 36]."""
    legal, state = without_flips(games)
    chance = legal / legal.sum(-1, keepdims=True, dtype=np.float32)
    found = [state == s for s in range(3)]
    return np.stack([(chance * f).sum(0) / np.maximum(f.sum(0), 1) for f in found])


# %%
def errs(choice):
    """How often a guesser errs that plays squares, or any square of a mask."""
    chosen = choice if choice.ndim == 3 else np.arange(36) == choice[..., None]
    return bootstrap(1 - ((legal & chosen).sum(-1) / chosen.sum(-1)).mean(1))


_, state = without_flips(games)
chances = np.choose(state, counted(Games.sample(trained.games, seed=3)))
chances += 1e-9  # nothing is impossible because a few games don't have it
chances /= chances.sum(-1, keepdims=True)
unturned = np.where((state == 2).any(-1, keepdims=True), state == 2, state > 0)
favourite = legal.mean(0).argmax(-1)  # chosen on these very games, in its favour

# %%
guess = {
    "untrained network": evaluate(probes.untrained(model), 250).illegal,
    "best square of the move": errs(np.broadcast_to(favourite, state.shape[:2])),
    "any empty square": errs(state > 0),
    "legal without flips": errs(unturned),
    "counted without flips": errs(chances.argmax(-1)),
}
for name, hidden in (("softmax regression", 0), ("one hidden layer", 512)):
    player = probes.fit_bag(hidden, seed=3)
    guess[name] = errs(probes.bag_choices(player, games.moves))
shallow, made = yardsticks.load_shallow()
of_shallow = predict(shallow, games)
guess["shallow rival"] = errs(of_shallow.top)
late_guess = bootstrap(1 - of_shallow.legal[:, 11:].mean(1))
best_name = min(guess, key=lambda name: guess[name].low)
best = guess[best_name]
assert best_name == "shallow rival"  # who is asked about late moves, too
tenfold = trained.illegal.high < 0.1 * best.low
say("games", guess=guess, best_name=best_name, tenfold=tenfold, times=best.mean / illegal.mean)
say(shallow_width=shallow.width, shallow_games=made["games"])

# %% alt="Bars of the share of illegal first choices: most for the untrained network, less for guessers with a board without flips, a few per cent for the trained guessers, next to nothing for the model." mystnb={"figure": {"name": "fig-model-guessers", "caption": "**Who can't turn discs move by move can't guess as well.** The share of first choices that are illegal: the model, and eight guessers."}}
errors = {"the model": trained.illegal, **dict(sorted(guess.items(), key=lambda one: one[1].mean))}
bars(
    list(errors),
    {"illegal": Series.of(Interval.of(list(errors.values())), colour=MODEL)},
    x_title="illegal first choices",
    x_format=".1%",
    alt="Bars of the share of illegal first choices of the model and of eight guessers.",
)

# %% [markdown]
# The best among them ({num}`best_name`) errs in {num}`plays_by_the_rules_control:.1%` of the positions. The model errs {when}`tenfold ? less than a tenth as often : less often, but not ten times`. So it must know more than these guessers make of what they see. Whether that is a *board* is the question of the next chapters.
#
# (claim-plays_by_the_rules)=

# %%
claim(
    "plays_by_the_rules",
    "The model's first choice is rarely illegal",
    trained.illegal,
    control=best,
    against=f"the best of eight guessers, three of them trained: {best_name}",
    form=".3%",
    higher=False,
    ratio=2,
    aim=0.001,
    published=[
        (0.0003, "Wong 2025, 6M parameters, 6x6", "on which positions isn't said"),
        (0.0001, "Li 2023, 25M parameters", "8x8, other positions"),
    ],
    unseen=(late, late_guess),
)

# %% [markdown]
# ## What this doesn't show
#
# **It isn't a network that learned from transcripts.** Its loss saw, at each position, the next moves of {num}`others` further games that begin alike. [Another chapter](emergence.py) trains one that saw only the moves that were played. It learns more slowly, and keeps a board, too.
#
# **It isn't perfect.** It still makes mistakes, and it gives illegal moves a little probability. A player who knows the rules and nothing else {when}`rules_worse ? has a loss that is closer to the lowest possible one : has no loss that is clearly lower`. The details are below.
#
# **It isn't proof of a board.** Eight guessers fail, and a ninth might not. A low error says that the network knows *something* that the guessers don't. It doesn't say in which form.
#
# **It is one network, on one kind of game.** All games are random and none needs a pass. Nothing here says how well it would play to win, or what it does in other games.
#
# ## What we learned
#
# - A small GPT that was never shown a board plays by the rules. It was told generously: each position came with nearly all its legal moves.
# - Who can't turn discs move by move can't guess as well. The best of eight such guessers errs {num}`times:.0f` times as often.
# - The mistakes that are left are made late in the game, where every disc may have been turned often.
#
# ## Try it yourself
#
# 1. When its first choice is illegal, is the model sure of it? Is its second choice better?
# 2. Let the model play against itself, each move drawn from what it says. How many games stay legal to the end?
#
# ### Answer: how sure is it when it errs?
#
# We look at the probabilities of its first two choices in some of the same games.

# %%
few = games[:2000]
p = np.concatenate([next_moves(model, some.moves[:, :-1]) for some in few.batches(500)])
order = np.argsort(-p, -1)[..., :2]
right = np.take_along_axis(legal[:2000], order, -1)
first = np.take_along_axis(p, order, -1)[..., 0]
slips = ~right[..., 0]
say(
    slips=int(slips.sum()),
    sure_wrong=first[slips].mean(),
    sure_right=first[~slips].mean(),
    second=right[..., 1][slips].mean(),
)

# %% [markdown]
# It isn't sure. In {num}`slips` mistakes its first choice has a mean probability of {num}`sure_wrong:.0%`, and otherwise {num}`sure_right:.0%`. In {num}`second:.0%` of the mistakes its second choice is legal.
#
# ### Answer: games against itself
#
# We start from random first moves and draw every other move from the model's probabilities.

# %%
drawn = game.sample_moves(250, seed=11)[:, :1]
chance = np.random.default_rng(0)
for _ in range(31):
    p = next_moves(model, drawn)[:, -1].cumsum(-1)
    move = (p < chance.random((250, 1)) * p[:, -1:]).sum(-1)
    drawn = np.concatenate([drawn, move[:, None].astype(drawn.dtype)], 1)


# %%
def legal_length(moves):
    """How many moves of a game are legal before the first that isn't."""
    for n in range(1, len(moves) + 1):
        try:
            game.replay(moves[None, :n])
        except game.IllegalMove:
            return n - 1
    return len(moves)


lengths = np.array([legal_length(one) for one in drawn])
say(whole=bootstrap((lengths == 32).astype(float)))

# %% [markdown]
# {num}`whole:.0%` of the games are legal from the first to the last move. This is harder than the first choice alone: a game has many moves, and a drawn move may be an improbable one.
#
# ## Details: the network
#
# The network has the layout of [nanoGPT](https://github.com/karpathy/nanoGPT). Each position carries a list of {num}`width` numbers, its *residual stream*. It begins as the sum of two learned vectors, one for the move and one for its place in the game. These are the *embeddings*. Then {num}`layers` layers add to the stream in turn. In each, *attention heads* fetch something from earlier positions, and an *MLP* works on what is there. The MLP's hidden units are the *neurons*.
#
# Each half of a layer, and the unembedding, reads the stream through a *LayerNorm*. It takes out the mean of the numbers and brings them to a common scale. At the end the *unembedding* makes one score of the stream for every token, the *logits*. The softmax turns these into probabilities. Attention only looks back, so the {num}`context` outputs of one pass are as many predictions, one after every move but the last.

# %%
config = model.config
say(
    layers=config.n_layer,
    heads=config.n_head,
    width=config.n_embd,
    context=config.block_size,
    vocabulary=config.vocab_size,
    parameters=sum(p.numel() for p in model.parameters()),
)
model

# %% [markdown]
# It has {num}`layers` layers, {num}`heads` heads, a context of {num}`context` tokens, a vocabulary of {num}`vocabulary` and {num}`parameters` parameters.
#
# ## Details: how it was trained
#
# On next-move prediction: the loss is the cross-entropy of moves that were played. Every step draws new games, so there is nothing to overfit to.
#
# A single played move says little about where one *could* have played, and most of the noise in a gradient is of this kind. So where a command below says `--continuations n`, the loss sees, at every position, the next moves of n more random games that happen to begin with the same moves. The expected loss, and so what an ideal learner would make of it, is that of single moves. But its gradient is less noisy, and a target of n + 1 moves is close to the *set* of legal moves, which no data set of games shows after the first few moves.
#
# The first moves of a game are soon learned, and the mistakes that are left are made late. So where a command says `--siblings n --opening m`, games come in families of n which share their first m moves. What they have in common goes through the network once, and a step sees more of what is hard. The loss and its gradient are those of the n games one by one; each is a uniformly random game, only not independent of its siblings. Where it says `--average n`, the weights that come out are averages over about n games of training. A run that goes on from what `export` wrote has its weights only, so its optimisers begin afresh.

# %%
print(*facts["commands"], sep="\n")
choices = game.legal_tokens(game.sample_moves(2000, seed=6))[:, 1:].sum(-1)
targets = 1 + facts["config"]["continuations"]
stages = [{"stopped": 0}, *facts["lineage"], facts["config"] | {"stopped": facts["games"]}]
with_all = sum(
    now["stopped"] - before["stopped"]
    for before, now in itertools.pairwise(stages)
    if now["continuations"] == targets - 1
)
assert with_all > facts["games"] / 2  # "in most of its training"

# %%
say(
    with_all=with_all / facts["games"],
    targets=targets,
    coverage=(1 - (1 - 1 / choices) ** targets).mean(),
    continuations=facts["continuations"],
    worth=facts["games"] + facts["continuations"] / config.block_size,
)

# %% [markdown]
# That makes {num}`games` games (siblings counted one by one) and {num}`continuations` single moves of others, as many moves as {num}`worth:,.0f` games have, in {num}`hours:.1f` hours of two CPU cores. In the last run each position has {num}`targets` moves as its target; as many random ones show {num}`coverage:.1%` of the legal squares. It was so for {num}`with_all:.0%` of the games; before, the further games were fewer, and at first there were none.
#
# The [entropy floor](games.py) is the loss of a predictor that knows the process that makes the games. What the model's loss has on top, its *excess*, is the mean Kullback-Leibler divergence from the true next-move distribution.

# %% alt="Excess loss and illegal top-1 share against games seen, both on logarithmic axes, falling." mystnb={"figure": {"name": "fig-model-training", "caption": "**Both fall together.** The curves jump where one command takes over from another, since batches, continuations and rates change there. They bend down where the rate is lowered to zero."}}
log = [json.loads(row) for row in (PRETRAINED / "metrics.jsonl").read_text().splitlines()]
curves(
    [row["games"] for row in log],
    {
        "excess loss (nats)": Series([row["excess"] for row in log], colour=MODEL),
        "illegal top-1": Series([row["illegal"] for row in log], colour=CONTROL),
    },
    x_title="games seen in training",
    y_title="on held-out games",
    log_x=True,
    log_y=True,
    alt="Excess loss and illegal top-1 share against games seen.",
)

# %% [markdown]
# ## Details: loss and legal mass
#
# *Top-1 legality* asks whether the most probable move is legal. *Legal mass* is the probability that all legal moves get together. Intervals are 95% bootstrap intervals over games.

# %%
say(
    f"{trained.games:,} games",
    legal_mass=trained.legal_mass,
    loss=trained.loss,
    excess=trained.excess,
)
print(trained)

# %% [markdown]
# Legal moves get {num}`legal_mass:.4f` of the probability. The loss is {num}`loss:.4f` nats a move, {num}`excess:.4f` above the floor.

# %% alt="Excess loss over the entropy of each move and the probability given to illegal moves, by move: both grow with the length of the game." mystnb={"figure": {"name": "fig-model-excess", "caption": "**Both grow with the length of the game.** Excess loss, and the probability given to illegal moves, by move."}}
mass = trained.legal_mass_by_ply
curves(
    np.arange(2, 33),
    {
        "excess loss (nats)": Series.of(trained.excess_by_ply, colour=MODEL),
        "illegal mass": Series(1 - mass.mean, 1 - mass.high, 1 - mass.low, colour=CONTROL),
    },
    x_title="move that is predicted",
    y_title="nats, probability",
    alt="Excess loss and the probability given to illegal moves, by move.",
)

# %% [markdown]
# ## Details: the eight guessers
#
# Who plays a square that is legal without flips takes any empty one if none is. The counted one has learned, in as many other games, how probable each square is at each move number if it is taken, empty, or legal on the board without flips; it plays the most probable one. The two that see the bag of moves learn from the legal moves of 20,000 other games, from who has played where and when it is. The hidden layer has 512 units. The shallow rival has {num}`shallow_width` units and learned from the legal moves of {num}`shallow_games:,.0f` games; [yardsticks](yardsticks.py) tells how, and tries it on all else that the network is tried on.
#
# The errors are {num}`guess[untrained network]:.0%` for the network before training, {num}`guess[best square of the move]:.0%` for the best square of each move number, {num}`guess[any empty square]:.0%` for an empty square, {num}`guess[legal without flips]:.0%` and {num}`guess[counted without flips]:.1%` without flips, {num}`guess[softmax regression]:.1%` for the regression, {num}`guess[one hidden layer]:.1%` for the hidden layer and {num}`guess[shallow rival]:.2%` for the shallow rival.
#
# ## Details: the loss and its control
#
# Two of the guessers give every square a probability, so they have a loss, too: the counted one and the shallow rival. The control is the lower of the two. And there is a yardstick that is harder to beat: a player who knows the rules and nothing else, and gives every legal square the same probability. It misses the [floor](games.py) only for not looking ahead to passes. Its excess is what the claim aims at.
#
# (claim-knows_chance)=

# %%
rules_only = -log_survival() / config.block_size
hit = np.take_along_axis(chances, games.moves[:, 1:, None].astype(int), -1)[..., 0]
surprise = game.surprise(games.moves, REPORT_SEED)[:, 1:]
losses = {"counted on a board on which no disc is turned": -np.log(hit)}
losses["the shallow rival"] = of_shallow.nll
above = {name: bootstrap((loss - surprise).mean(1)) for name, loss in losses.items()}
nearest = min(above, key=lambda name: above[name].low)
late_above, *late_rivals = (
    bootstrap((loss - surprise)[:, 11:].mean(1)) for loss in (said.nll, *losses.values())
)
claim(
    "knows_chance",
    "Its loss, in nats a move above the entropy floor, is small (the aim: no more than "
    "that of a player who knows just the rules)",
    trained.excess,
    control=above[nearest],
    against=f"the lower of two guessers' losses: {nearest}",
    form=".4f",
    higher=False,
    aim=rules_only,
    ratio=2,
    unseen=(late_above, min(late_rivals, key=lambda one: one.low)),
)

# %% [markdown]
# In each game the player's excess and the model's differ by what their losses differ by: the floor and the player's distance from it are constants. So the interval of the difference is that of the paired difference.

# %%
ends = (trained.excess.mean, trained.excess.low, trained.excess.high)
gap = Interval(*(end - rules_only for end in ends))
say(
    f"{trained.games:,} games",
    rules_only=rules_only,
    gap=gap,
    rules_worse=bool(gap.low > 0),
)

# %% [markdown]
# The model is {num}`excess:.4f` nats above the floor; a player that knows the rules and no more is {num}`rules_only:.4f` above it. On the same games, game by game, the difference is {num}`gap:+.4f`: by this measure the model loses {when}`rules_worse ? more than : not clearly more than` such a player does. (The [controls](yardsticks.py) say how much of it is probability on illegal moves.)
#
# (own-network)=
# ## Details: a network of your own
#
# A network trained elsewhere can be looked at in the same way. `load_model` takes a folder, a file or a name on the Hub: nanoGPT's checkpoints, minGPT's state dicts, safetensors and `.bin` folders. It says in one sentence what it can't take. On the command line:
#
# ```bash
# othello-gpt check runs/mine           # what it is, how often its first choice is illegal, its loss
# othello-gpt report runs/mine --board 6 --out my-book   # this book, executed on it
# ```
#
# And whether a board can be read off its stream:
#
# ```python
# from othello_gpt import game, probes
# from othello_gpt.model import load_model
#
# mine, board = load_model("runs/mine"), [probes.TARGETS["board"]]
# probe = probes.fit_ridge(mine, game.sample_moves(1000, seed=1), board)
# found = probes.accuracy(probe, mine, game.sample_moves(500, seed=2))["board"]
# dict(zip(probe.sites, found.right.mean((1, 2)) / found.cells))
# ```
#
# Games of your own are read by `data.load_games`, see [the games](games.py). The chapters' other functions take the network in the same place.
#
# ## Details: the same network in TransformerLens
#
# Whoever wants to look inside with [TransformerLens](https://github.com/TransformerLensOrg/TransformerLens) can; the chapters use lighter code of their own, which the tests hold against it. `to_transformer_lens` takes any nanoGPT checkpoint: embeddings tied or not, with biases or without, compiled, or wrapped for several devices. Is the converted network the same one? Its logits must agree on every position; after LayerNorm has been folded into the weights, its log-probabilities.

# %%
tokens = inputs_of(game.sample_moves(100, seed=4))
logits = model(tokens)
raw, folded = to_transformer_lens(model), to_transformer_lens(model, folded=True)
parity = (raw(tokens) - logits).abs().max().item()
folded_logp = folded(tokens).log_softmax(-1)
folded_parity = (folded_logp - logits.log_softmax(-1)).abs().max().item()
exact = load_model().double()(tokens)
rounding = (logits - exact).abs().max().item()
double_parity = (raw.to(torch.float64)(tokens) - exact).abs().max().item()
assert double_parity < 1e-12
assert max(parity, folded_parity) < 4 * rounding  # a mistake is off by far more, see below

# %%
say(
    positions=tokens.numel(),
    largest_logit=logits.abs().max().item(),
    parity=parity,
    folded_parity=folded_parity,
    double_parity=double_parity,
    rounding=rounding,
)

# %% [markdown]
# Over {num}`positions` positions the largest difference between logits, which reach {num}`largest_logit:.0f`, is {num}`parity:.1e`, and between log-probabilities after folding {num}`folded_parity:.1e`. Is that rounding or a small mistake? In double precision the difference is {num}`double_parity:.0e`: the two are the same function. Single precision alone moves the model's own logits by up to {num}`rounding:.1e`.
#
# A check of the check: had the conversion mixed up two heads, would we have noticed?

# %%
weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
packed = weights["transformer.h.0.attn.c_attn.weight"]
packed = packed.view(3, config.n_head, -1, config.n_embd)
packed[0] = packed[0].roll(1, dims=0)  # every head of layer 0 gets its neighbour's queries
mixed = to_transformer_lens(weights, n_head=config.n_head)
mixed_up = (mixed(tokens) - logits).abs().max().item()
say(mixed_up=mixed_up, noticed=mixed_up > 1000 * parity)

# %% [markdown]
# {when}`noticed ? Yes : No`: the logits would have been off by {num}`mixed_up:.1f`.
#
# One thing is different from earlier versions. In TransformerLens 4 an edit of `hook_resid_mid` reaches only the MLP of that block, not the stream after it. Whoever wants to edit the stream after a block's attention adds the change at `hook_attn_out`, as `interventions.hooks` does. `hook_resid_pre` and `hook_resid_post` edit the stream as before, and what is read at any of them is the same.
#
# *Machinery: [`othello_gpt.model`](api/model.md) and [`othello_gpt.training`](api/training.md). Before: [the games](games.py). Next: [probes](probes.py).*

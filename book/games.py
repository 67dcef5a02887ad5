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
# # How much of a random game of Othello can be predicted?
#
# **Not the moves themselves: they are drawn by chance. What can be learned is which moves the rules allow.** Even a perfect predictor is left with {num}`floor:.2f` nats (a unit of surprise) at every move. Who knows just the rules is only {num}`uniform:.3f` nats worse. The rest takes looking ahead, because games that need a pass are thrown away.

# %%
import numpy as np

from othello_gpt import data, game
from othello_gpt.book_tools import claim, say
from othello_gpt.figures import (
    CONTROL,
    EMPTY,
    LEGAL,
    TRUTH,
    Panel,
    Series,
    curves,
    game_boards,
    heatboard,
)
from othello_gpt.game import Games
from othello_gpt.intervals import bootstrap, wilson

# %%
one = Games.sample(1, seed=0, first=4)
legal = game.on_squares(one.replay.legal[0])
drawn = game.sample_continuations(one.moves, 2_000)[0]  # what other games played here
perfect = (drawn[:, :, None] == np.arange(36)).mean(1)
shown = 29
say(allowed=legal[shown].sum(), possible=(perfect[shown] > 0).sum())

# %% alt="A random game of Othello on two 6x6 boards with one slider. On the left all legal squares are equally likely. On the right the probabilities of a perfect predictor: near the end some legal squares are never played." mystnb={"figure": {"name": "fig-games-one", "caption": "**The rules tell nearly all, but not all.** One random game. Left: the next move for who knows the rules and nothing else. Right: for a perfect predictor. At this late moment {num}`allowed` squares are legal, and only {num}`possible` can be played: each of the others would lead to a pass. Drag the slider back, and the two boards soon agree."}}
rules = legal / legal.sum(1, keepdims=True)
game_boards(
    one.moves[0],
    [Panel("the rules", values=rules[1:]), Panel("a perfect predictor", values=perfect[1:])],
    at=shown,
)

# %% [markdown]
# ## The idea
#
# Two players put discs on a board, black and white. A move must *flank*: between the new disc and another of the same colour lies a straight run of the opponent's discs. The run may go along a row, a column or a diagonal, and it has no gap. All discs that are flanked turn over. The centre holds four discs from the start, and discs are never removed.
#
# In our games nobody tries to win. At each turn, one of the legal squares is drawn, all with the same probability.
#
# That makes a good test for a network that only ever sees the *names* of the squares that were played. Whether a move is legal depends on the colours of discs. A disc that was put down long ago may have turned over many times since {cite}`li2023`.
#
# Now let a network guess the next move. How good can a guess be? We measure it by *surprise*: minus the logarithm of the probability that the guesser gave to the move that was played. With the natural logarithm its unit is the *nat*. The mean surprise is the *loss* that a network is trained on.
#
# Somebody who knows the rules gives each of $n$ legal squares the probability $1/n$. The surprise is then $\log n$, whichever of them is played. One would think that nobody can do better.
#
# One can, by a little. A side that has no legal move must pass. Our games have no passes: a game that comes to need one is thrown away, and another one is started. The public data set of such games, [`awonga/othello-gpt`](https://huggingface.co/datasets/awonga/othello-gpt), does the same. So a move that leads to a pass is never seen. Who looks ahead knows that.
#
# ## The experiment
#
# How much is there to gain? Random play draws a game $g$ with probability $\prod_i 1/n_i(g)$, where $n_i$ is the number of legal squares at move $i$. Let $S$ be the share of games that need no pass. Then a game that is kept has the probability
#
# $$p(g) = \frac{1}{S} \prod_i \frac{1}{n_i(g)} .$$
#
# The surprise about a whole game is minus its logarithm: the sum of all $\log n_i$, plus $\log S$. Since $S$ is below one, its logarithm is negative. That is what looking ahead gains. The first move isn't asked for, and by symmetry all first moves are alike. We divide by the number of moves that are.

# %% tags=["experiment"]
played = game.first_pass(200_000, seed=1)  # moves before random play needs a pass
kept = wilson((played == 32).sum(), len(played))  # the share S that never needs one
many = Games.sample(50_000, seed=2)  # games without a pass
log_n = game.log_choices(many.moves)[:, 1:]  # who knows the rules
by_hand = log_n.mean() + np.log(kept.mean) / 31  # who also looks ahead

floor, error = game.entropy_floor(300_000, seed=3)  # the same from more games
print(f"by hand {by_hand:.4f}, from more games {floor:.4f} nats a move")

# %%
say(
    "300,000 games",
    floor=game.within(floor, error),
    zeros=np.log10(4 * np.exp(31 * floor)),
)
# The mean loss of a player who knows just the rules is the floor without the term log S.
share, share_error = game.survival()
say(
    "200,000 games without a pass",
    uniform=game.within(-np.log(share) / 31, share_error / share / 31),
)
say("200,000 random games", kept=kept)

# %% [markdown]
# We call the result the **entropy floor**: {num}`floor:.4f` nats per move. A network's loss minus the floor, its *excess*, is what the network has yet to learn. A player who knows just the rules has an excess of {num}`uniform:.4f`. No more than that can be gained by looking ahead.
#
# ## Could it be wrong?
#
# A floor that is too high would make any network look good. A slip in the derivation is easy. So we look at the floor move by move, and check it by two other means.
#
# At the start there are few ways to go. There we *count* how often each opening is played in a large number of games, with no theory at all. Near the end few squares are left. There we *solve*: we play through all ways to go on, and get each probability exactly.

# %%
surprise = game.surprise(many.moves, seed=4)
entropy = surprise.mean(0)
errors = surprise.std(0, ddof=1) / len(surprise) ** 0.5

# %%
first_moves = game.sample_moves(500_000, seed=5)[:, :5].astype(np.int64)
counted = np.zeros(6)
for n in range(1, 6):
    counts = np.unique(first_moves[:, :n] @ 36 ** np.arange(n), return_counts=True)[1]
    share = counts / counts.sum()
    # The mean of -log(share) is too low by about (ways - 1) / 2N (Miller & Madow).
    counted[n] = -(share * np.log(share)).sum() + (len(counts) - 1) / 2 / counts.sum()

# %%
late = game.sample_replay(3_000, seed=6)
exact = game.next_move_probabilities(late.mine[:, 24:], late.theirs[:, 24:])
hit = np.take_along_axis(exact, late.moves[:, 24:, None].astype(int), -1)[..., 0]
solved = bootstrap(-np.log(hit))

# %% alt="Entropy of the next move, by move: it climbs towards the middle of the game and falls to 0 at the last move. Values that were counted early and solved late lie on the same line; the curve for equally likely legal moves leaves it upwards in the endgame." mystnb={"figure": {"name": "fig-games-entropy", "caption": "**Three ways to one curve.** The mean surprise of a perfect predictor, by move. What was counted and what was solved lie on the line that was derived. The dotted line knows the rules but doesn't look ahead: it leaves the others in the endgame."}}
moves = np.arange(1, 33)
choices = game.count(many.replay.legal)
ends = (entropy - 2 * errors, entropy + 2 * errors)
curves(
    moves,
    {
        "derived": Series(entropy, *ends, colour=TRUTH),
        "all legal moves alike": Series(np.log(choices).mean(0), colour=CONTROL, dash="dot"),
        "counted": Series(np.diff(counted), x=moves[:5], colour=EMPTY, dash="dash"),
        "solved": Series.of(solved, x=moves[24:], colour=LEGAL, dash="dash"),
    },
    x_title="move",
    y_title="nats",
)

# %% [markdown]
# All three agree. There is one more check. The surprises by move must add up to the floor. They come from playing on at random from each position, and the floor from how many games were thrown away. The likeliest slip is to forget the games that were thrown away, so that is the control.

# %%
summed = bootstrap(surprise[:, 1:].mean(1))
summed_error = surprise[:, 1:].mean(1).std() / len(surprise) ** 0.5
forgetful = bootstrap((np.log(choices) - surprise)[:, 1:].mean(1))
apart = game.within(floor - summed.mean, np.hypot(error, summed_error))
say("50,000 games", summed=summed, agree=apart.low <= 0 <= apart.high)
claim(
    "two_ways_to_the_floor",
    "Two ways to compute the entropy floor agree (their difference, nats a move)",
    apart,
    control=forgetful,
    against="the games that need a pass forgotten in one of them",
    form=".4f",
    higher=False,
    check=True,
)

# %% [markdown]
# The two ways {when}`agree ? agree within their error : differ by more than their error`: their difference is {num}`two_ways_to_the_floor:.4f` nats. Forget the games that were thrown away, and it would be {num}`two_ways_to_the_floor_control:.4f`. The check would have noticed.
#
# ## What this doesn't show
#
# - **How a network gets there.** A loss near the floor says that the guesses are good. It doesn't say that there is a board inside. That is for [later chapters](probes.py).
# - **Anything about good play.** People choose their moves, so theirs are easier to predict in one way and harder in another.
# - **Other sets of games.** The floor belongs to these random games on this board. Keep the games with passes, or change the board, and it is another number.
# - **The exact floor.** It is an estimate from random games. Its interval is small beside the differences that this book speaks of.
#
# ## What we learned
#
# - Games that never need a pass aren't plain random play: only {num}`kept:.1%` of random games are kept. Nearly all others are lost in the endgame.
# - The best possible loss is the entropy floor, {num}`floor:.4f` nats per move. The rules alone come very near to it.
# - By the exponential of their entropy there are about as many different games as a one with {num}`zeros:.0f` zeros. A network that trains on millions has not seen the whole games that it is tested on. Their first eight moves it has, almost always.
#
# ## Try it yourself
#
# 1. Is a smaller board easier to predict? Give `game.entropy_floor` a `size` of 4.
# 2. At which move does looking ahead gain the most? Compare `log_n` with `surprise`.
# 3. How often does looking ahead settle the next move, though the rules leave a choice? `exact` has the probabilities of the last eight moves.
#
# ### Answer: a smaller board

# %%
say("100,000 games", small=game.within(*game.entropy_floor(100_000, 3, 4)))

# %% [markdown]
# On 4x4 the floor is {num}`small:.3f` nats per move. There are fewer squares, and so fewer legal ones.
#
# ### Answer: where looking ahead gains the most

# %%
most = int((log_n - surprise[:, 1:])[::2].mean(0).argmax())  # the other half tells how much
gain = bootstrap((log_n - surprise[:, 1:])[1::2])
say("25,000 games", gain=gain.at(most), gain_move=most + 2)

# %% [markdown]
# At move {num}`gain_move`, where it gains {num}`gain:.3f` nats.
#
# ### Answer: where looking ahead settles the move

# %%
several = game.count(late.legal[:, 24:]) > 1
settled = several & (exact.max(-1) == 1)
say("3,000 games", settled=wilson(settled.sum(), int(several.sum())))

# %% [markdown]
# In {num}`settled:.1%` of the late positions that have more than one legal move. All the other moves there lead to a pass sooner or later.
#
# ## Details: what the data holds
#
# A data set has four columns, the same as the public [`awonga/othello-gpt`](https://huggingface.co/datasets/awonga/othello-gpt).

# %%
rows = data.sample_games(1_000, seed=0)
arrays = rows.with_format("numpy")[:]
{name: (array.shape, str(array.dtype)) for name, array in arrays.items()}

# %% [markdown]
# - `moves`: the squares that are played, counted row by row from A1 = 0 to F6 = 35.
# - `boards`: the board *after* each move. 1 is the side that began, -1 the other, 0 empty.
# - `legalities`: the squares that are legal *before* each move.
# - `input_ids`: the moves as tokens.
#
# Here are the first moves of one game, and the board and the legal squares around the third of them.

# %%
print("moves     ", *[game.square_name(square) for square in arrays["moves"][0, :8]])
print("input_ids ", *arrays["input_ids"][0, :8])
print("board after move 3:\n", arrays["boards"][0, 2])
print("legal before move 3:\n", arrays["legalities"][0, 2].astype(int))

# %% [markdown]
# The network reads tokens, one for each square that can be played on: 32 of them, in the order of the squares, with the four squares of the centre left out. Token 0 is padding and stands for no square.

# %% alt="The token of each square: 1 to 6 in the top row, on to 32 at F6 in the lower right corner; the four squares of the centre hold the discs of the start and have none." mystnb={"figure": {"name": "fig-games-tokens", "caption": "**Tokens are names.** The token of each square. The number says nothing to the network about where its square is: that A1 and A2 are neighbours it has to find out."}}
tokens = np.ma.masked_equal(game.token_of_square().astype(float), game.PAD).reshape(6, 6)
start = np.subtract(*game.to_array(np.array(game.start(), np.uint64)).astype(int))
heatboard(tokens, discs=start, quantity="token")

# %% [markdown]
# ## Details: when games are lost
#
# A game that comes to need a pass is dropped and another one is started. How many games are lost, and when?

# %%
ply = np.arange(33)
left = wilson((played[:, None] >= ply).sum(0), len(played))
lost = played[played < 32]
say(drawn=len(played), late=(lost >= 27).mean())

# %% alt="Share of random games that have needed no pass, by number of moves played: all until about move 15, then a fall that gets steeper towards the end of the board." mystnb={"figure": {"name": "fig-games-kept", "caption": "**A pass is a matter of the endgame.** The share of {num}`drawn:,` random games that have needed no pass so far."}}
curves(
    ply,
    {"games that needed no pass so far": Series.of(left, colour=EMPTY)},
    x_title="moves played",
    y_title="share of random games",
    y_format=".0%",
)

# %% [markdown]
# In the end {num}`kept:.1%` are left. Of the others, {num}`late:.0%` get stuck only when 27 moves or more have been played, with at most five squares left.
#
# ## Details: how many moves to choose from

# %%
widest = int(choices.mean(0).argmax())
say(widest_move=widest + 1, widest=choices[:, widest].mean())
say(most=choices.max(), replayed=len(choices))

# %% alt="Number of legal squares by move, mean and the range of the middle 80% of games: it rises until about the middle of the game and falls to one at the end." mystnb={"figure": {"name": "fig-games-choices", "caption": "**The choice is widest in the middle.** Legal squares by move: the mean, and the middle 80% of {num}`replayed:,` games."}}
middle = np.quantile(choices, [0.1, 0.9], axis=0)
curves(
    np.arange(1, 33),
    {"mean": Series(choices.mean(0), *middle, colour=LEGAL)},
    x_title="move",
    y_title="legal squares",
)

# %% [markdown]
# On average move {num}`widest_move` has the widest choice, {num}`widest:.1f` squares; the widest of all had {num}`most`.
#
# ## Details: the entropy by move
#
# The entropy of a kept game is
#
# $$H = \mathbb{E}\,[-\log p(g)] = \mathbb{E}\Big[\sum_i \log n_i\Big] + \log S ,$$
#
# and what is left of it after the first move is spread over 31 predictions.
#
# Let $s(h)$ be the probability that random play needs no pass from position $h$ on. The next move leads to $h'$ with probability $s(h') / (n(h)\, s(h))$, so its entropy is the mean of $\log n(h) + \log s(h) - \log s(h')$. There is no need to know $s$: if one plays on from $h$ until a game needs no pass, and that is the $K$-th, then $-(1 + \frac12 + \dots + \frac{1}{K-1})$ is an unbiased estimate of $\log s(h)$ {cite}`vanopheusden2020`.
#
# ## Details: the checks in numbers
#
# **Counting.** At the start of the game there are few ways to go, so that probabilities can be counted in a large number of games. How many nats do the first five moves of a game have?

# %%
share = counts / counts.sum()
ours = surprise[:, :5].sum(1)
spread = (share @ np.log(share) ** 2 - counted[5] ** 2) / counts.sum() + ours.var() / len(ours)
counting = (counted[5] - ours.mean()) / spread**0.5
say(ways=len(counts), counted=counted[5], derived=ours.mean(), counting=counting)
assert abs(counting) < 3

# %% [markdown]
# The first five moves can be played in {num}`ways:,` ways. Counted, they have {num}`counted:.4f` nats, derived {num}`derived:.4f`: {num}`counting:+.1f` standard errors apart.
#
# **Solving.** Near the end all continuations can be played through, so that the next move's probabilities are exact numbers. Their loss on the moves that were really played must be the entropy.

# %%
gap = (-np.log(hit)).sum(1)
solving = gap.mean() - entropy[24:].sum()
deviations = [(gap, len(gap)), (surprise[:, 24:].sum(1), len(many))]
solving /= np.hypot(*[values.std() / n**0.5 for values, n in deviations])
say(solved=len(late.moves), solving=solving)
assert abs(solving) < 3

# %% [markdown]
# On {num}`solved:,` games the loss of the solved probabilities over the last eight moves is {num}`solving:+.1f` standard errors from the entropy that was derived.
#
# **Adding up.** The entropies of the 31 moves must have the floor as their mean: {num}`summed:.4f` against {num}`floor:.4f`. On 4x4, where all games can be listed, the package's tests compare the sampler's games, the survival and both floors with exact numbers.
#
# ## Details: more games
#
# `data.sample_games(n, seed)` gives the same games on every machine, whatever the size of a batch. For millions of them there is a folder of parquet files:
#
# ```bash
# othello-gpt games --games 1e6 --seed 0 --out million
# ```
#
# `data.load_games("million")` reads it, `data.load_games("awonga/othello-gpt")` takes a data set of the Hub instead. Either way every game is replayed, and a row that breaks the rules is refused by name.
#
# *Machinery: [`othello_gpt.game`](api/game.md), [`othello_gpt.data`](api/data.md). Next: [the model](model.py).*

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
# **Not the moves themselves: they are drawn by chance. What can be learned is which moves the rules allow.** Even a perfect predictor is left with {glue:text}`floor:.2f` nats of surprise at every move. Who knows the rules gets close to that. The rest takes looking ahead, because games that need a pass are thrown away.
#
# Below is one of the games. A small dot marks each square where the side to move may play. Drag the slider, or tap a square for its name.

# %%
import numpy as np
from myst_nb import glue

from othello_gpt import data, game
from othello_gpt.book_tools import claim, glue_interval
from othello_gpt.figures import CONTROL, EMPTY, LEGAL, TRUTH, Series, curves, game_boards, heatboard
from othello_gpt.intervals import Interval, bootstrap, wilson

# %%
one = data.sample_games(1, seed=0)
game_boards(
    one[0]["moves"],
    at=9,
    alt="A game of Othello on a 6x6 board, to step through: a slider over its moves; small dots show where the side to move may play, a bright one the last move.",
)

# %% [markdown]
# Black has the first move. Each of the dotted squares is equally likely to be chosen.
#
# ## The rules, on a small board
#
# Two players, black and white, put discs of their colour on a board. A move must *flank*: between the new disc and another one of the same colour there must be a straight run of the opponent's discs, along a row, a column or a diagonal, with no gap. All discs that are flanked, in any direction, turn over. Four discs in the centre are there from the start, and discs are never removed, so on 6x6 a full game has 32 moves.
#
# That makes a good test for a network that only ever sees the *names* of the squares that were played. Whether a move is legal depends on the colour of discs, and a disc that was put down twenty moves ago may have turned over many times since {cite}`li2023`.
#
# ## What the data holds
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
# Here are the first moves of the game above, and the board and the legal squares around the third of them.

# %%
print("moves     ", *[game.square_name(square) for square in arrays["moves"][0, :8]])
print("input_ids ", *arrays["input_ids"][0, :8])
print("board after move 3:\n", arrays["boards"][0, 2])
print("legal before move 3:\n", arrays["legalities"][0, 2].astype(int))

# %% [markdown]
# The network reads tokens, one for each square that can be played on: 32 of them, in the order of the squares, with the four squares of the centre left out. Token 0 is padding and stands for no square.

# %%
tokens = np.ma.masked_equal(game.token_of_square(), game.PAD).reshape(6, 6)
start = np.subtract(*game.to_array(np.array(game.start(), np.uint64)).astype(int))
heatboard(
    tokens,
    discs=start,
    quantity="token",
    alt="The token of each square: 1 to 6 in the top row, on to 32 at F6 in the lower right corner; the four squares of the centre hold the discs of the start and have none.",
)

# %% [markdown]
# The number of a token says nothing to the network about where its square is: that A1 and A2 are neighbours it has to find out.
#
# ## Games that need a pass are thrown away
#
# A side that has no legal move must pass. As in the public data set, no game here has a pass: a game that comes to need one is dropped and another one is started. So the games are not simply random play but random play *conditioned on never needing a pass*, and that shapes all that follows. How many games are lost, and when?

# %% tags=["experiment"]
played = game.first_pass(200_000, seed=1)
ply = np.arange(33)
left = wilson((played[:, None] >= ply).sum(0), len(played))
kept = wilson((played == 32).sum(), len(played))
for name, value in dict(kept=kept.mean, kept_low=kept.low, kept_high=kept.high).items():
    glue(name, float(value), display=False)
glue("drawn", len(played), display=False)
glue("late", float((played[played < 32] >= 27).mean()), display=False)

# %%
curves(
    ply,
    {"games that needed no pass so far": Series.of(left, colour=EMPTY)},
    x_title="moves played",
    y_title="share of random games",
    y_format=".0%",
    alt="Share of random games that have needed no pass, by number of moves played: all until about move 15, then a fall that gets steeper towards the end of the board.",
)

# %% [markdown]
# A pass is a matter of the endgame. Of {glue:text}`drawn:,` random games {glue:text}`kept:.1%` never need one ({glue:text}`kept_low:.1%` to {glue:text}`kept_high:.1%`, a 95% interval). Of the others, {glue:text}`late:.0%` get stuck only when 27 moves or more have been played, with at most five squares left.
#
# ## How many moves to choose from

# %%
many = game.sample_replay(50_000, seed=2)
choices = game.count(many.legal)
widest = int(choices.mean(0).argmax())
glue("widest_move", widest + 1, display=False)
glue("widest", float(choices[:, widest].mean()), display=False)
glue("most", int(choices.max()), display=False)
glue("replayed", len(choices), display=False)
curves(
    np.arange(1, 33),
    {"mean": Series(choices.mean(0), *np.quantile(choices, [0.1, 0.9], axis=0), colour=LEGAL)},
    x_title="move",
    y_title="legal squares",
    alt="Number of legal squares by move, mean and the range of the middle 80% of games: "
    f"{choices[0, 0]} at first, {choices[:, widest].mean():.1f} where it is widest, "
    f"{choices[0, -1]} at the end.",
)

# %% [markdown]
# The band holds the middle 80% of {glue:text}`replayed:,` games. On average move {glue:text}`widest_move` has the widest choice, {glue:text}`widest:.1f` squares; the widest of all had {glue:text}`most`.
#
# ## The floor: what nobody can predict
#
# No network can do better than to know the process that makes the games. Random play draws a game $g$ with probability $\prod_i 1/n_i(g)$, where $n_i$ is the number of legal squares at move $i$. The games that are kept have, together, the probability $S$ (the share in the figure above), so a kept game has
#
# $$p(g) = \frac{1}{S} \prod_i \frac{1}{n_i(g)}, \qquad H = \mathbb{E}\,[-\log p(g)] = \mathbb{E}\Big[\sum_i \log n_i\Big] + \log S .$$
#
# By symmetry all first moves are equally likely, and the network isn't asked for them. The rest of the entropy $H$ is spread over 31 predictions: divided by 31 it is the lowest mean loss there is.


# %% tags=["experiment"]
def normal(mean, error):
    """An estimate with its interval of 95%, from its standard error."""
    return Interval(float(mean), float(mean - 1.96 * error), float(mean + 1.96 * error))


floor, error = game.entropy_floor(300_000, seed=3)
glue("floor", floor, display=False)
glue_interval("floor", normal(floor, error))
# The mean loss of a player who knows just the rules is the floor without the term log S.
share, share_error = game.survival()
glue_interval("uniform", normal(-np.log(share) / 31, share_error / share / 31))
glue("magnitude", float(4 * np.exp(31 * floor)), display=False)

# %% [markdown]
# The **entropy floor** is {glue:text}`floor:.4f` nats per move (95% interval {glue:text}`floor_low:.4f` to {glue:text}`floor_high:.4f`). A network's loss minus this number, its *excess*, is what it has yet to learn.
#
# Knowing the rules is not quite enough to get there. Who gives all legal squares the same probability lacks the term $\log S$ and is {glue:text}`uniform_mean:.4f` nats per move above the floor ({glue:text}`uniform_low:.4f` to {glue:text}`uniform_high:.4f`): a game without passes avoids positions that lead to one, so a perfect predictor has to look ahead.
#
# ### By move
#
# Let $s(h)$ be the probability that random play needs no pass from position $h$ on. The next move leads to $h'$ with probability $s(h') / (n(h)\, s(h))$, so its entropy is the mean of $\log n(h) + \log s(h) - \log s(h')$. There is no need to know $s$: if one plays on from $h$ until a game needs no pass, and that is the $K$-th, then $-(1 + \frac12 + \dots + \frac{1}{K-1})$ is an unbiased estimate of $\log s(h)$ ([van Opheusden, Acerbi & Ma 2020](https://doi.org/10.1371/journal.pcbi.1008483)).

# %%
surprise = game.surprise(many.moves, seed=4)
entropy = surprise.mean(0)
errors = surprise.std(0, ddof=1) / len(surprise) ** 0.5

# %% [markdown]
# ## Could it be wrong?
#
# A floor that is too high would make any network look good, and a slip in the derivation is easy. So here are three checks that use other means.
#
# **Counting.** At the start of the game there are few ways to go, so that probabilities can be counted in a large number of games, with no theory at all. How many nats do the first moves of a game have?

# %%
first_moves = game.sample_moves(500_000, seed=5)[:, :5].astype(np.int64)
counted = np.zeros(6)
for n in range(1, 6):
    counts = np.unique(first_moves[:, :n] @ 36 ** np.arange(n), return_counts=True)[1]
    share = counts / counts.sum()
    # The mean of -log(share) is too low by about (ways - 1) / 2N (Miller & Madow).
    counted[n] = -(share * np.log(share)).sum() + (len(counts) - 1) / 2 / counts.sum()

# %%
ours = surprise[:, :5].sum(1)
spread = (share @ np.log(share) ** 2 - counted[5] ** 2) / counts.sum() + ours.var() / len(ours)
counting = (counted[5] - ours.mean()) / spread**0.5
glue("ways", len(counts), display=False)
glue("counted", float(counted[5]), display=False)
glue("derived", float(ours.mean()), display=False)
glue("counting", float(counting), display=False)
assert abs(counting) < 4

# %% [markdown]
# The first five moves can be played in {glue:text}`ways:,` ways. Counted, they have {glue:text}`counted:.4f` nats, derived {glue:text}`derived:.4f`: {glue:text}`counting:+.1f` standard errors apart.
#
# **Solving.** Near the end all continuations can be played through, so that the next move's probabilities are exact numbers. Their loss on the moves that were really played must be the entropy.

# %%
late = game.sample_replay(3_000, seed=6)
exact = game.next_move_probabilities(late.mine[:, 24:], late.theirs[:, 24:])
hit = np.take_along_axis(exact, late.moves[:, 24:, None].astype(int), -1)[..., 0]
solved = bootstrap(-np.log(hit))
gap = (-np.log(hit)).sum(1)
solving = gap.mean() - entropy[24:].sum()
solving /= np.hypot(
    gap.std() / len(gap) ** 0.5, surprise[:, 24:].sum(1).std() / len(many.moves) ** 0.5
)
glue("solved", len(late.moves), display=False)
glue("solving", float(solving), display=False)
assert abs(solving) < 4

# %%
moves = np.arange(1, 33)
curves(
    moves,
    {
        "entropy": Series(entropy, entropy - 2 * errors, entropy + 2 * errors, colour=TRUTH),
        "all legal moves alike": Series(np.log(choices).mean(0), colour=CONTROL, dash="dot"),
        "counted": Series(np.diff(counted), x=moves[:5], colour=EMPTY, dash="dash"),
        "solved": Series(
            solved.mean, solved.low, solved.high, x=moves[24:], colour=LEGAL, dash="dash"
        ),
    },
    x_title="move",
    y_title="nats",
    alt="Entropy of the next move, by move: it climbs towards the middle of the game and falls to 0 at the last move. Values that were counted early and solved late lie on the same line; the curve for equally likely legal moves leaves it upwards in the endgame.",
)

# %% [markdown]
# See how the counted and the solved values lie on the line that was derived, and how the dotted line, which knows the rules but doesn't look ahead, leaves it in the endgame. On {glue:text}`solved:,` games the loss of the solved probabilities over the last eight moves is {glue:text}`solving:+.1f` standard errors from the entropy that was derived.
#
# **Adding up.** The entropies of the 31 moves must have the floor as their mean, though the one is made from continuations of other games and the other from the number of games that were thrown away. The control is the likeliest slip, to forget the games that were thrown away: the check must notice it.

# %%
summed = bootstrap(surprise[:, 1:].mean(1))
summed_error = surprise[:, 1:].mean(1).std() / len(surprise) ** 0.5
forgetful = bootstrap((np.log(choices) - surprise)[:, 1:].mean(1))
glue_interval("summed", summed)
apart = normal(floor - summed.mean, np.hypot(error, summed_error))
agree = "They do" if apart.low <= 0 <= apart.high else "They don't, by their interval"
glue("adding_up", agree, display=False)
claim(
    "two_ways_to_the_floor",
    "Two ways to compute the entropy floor agree (their difference, nats a move)",
    apart,
    control=forgetful,
    against="the games that need a pass forgotten in one of them",
    form=".4f",
    higher=False,
)

# %% [markdown]
# {glue:text}`adding_up`: {glue:text}`summed_mean:.4f` ({glue:text}`summed_low:.4f` to {glue:text}`summed_high:.4f`) against {glue:text}`floor:.4f`. On 4x4, where all games can be listed, the package's tests compare the sampler's games, the survival and both floors with exact numbers.
#
# ## More games
#
# `games.sample_games(n, seed)` gives the same games on every machine, whatever the size of a batch. For millions of them there is a folder of parquet files:
#
# ```bash
# othello-gpt games --games 1e6 --seed 0 --out million
# ```
#
# `games.load_games("million")` reads it, `games.load_games("awonga/othello-gpt")` takes a data set of the Hub instead. Either way every game is replayed, and a row that breaks the rules is refused by name.
#
# ## What we learned
#
# - A data set of games that never need a pass is not plain random play: only {glue:text}`kept:.1%` of random games are kept ({glue:text}`kept_low:.1%` to {glue:text}`kept_high:.1%`), and nearly all others are lost in the endgame.
# - The best possible loss is {glue:text}`floor:.4f` nats per move ({glue:text}`floor_low:.4f` to {glue:text}`floor_high:.4f`). Knowing the rules alone leaves one {glue:text}`uniform_mean:.4f` nats above it ({glue:text}`uniform_low:.4f` to {glue:text}`uniform_high:.4f`).
# - There are effectively some {glue:text}`magnitude:.0e` different games (the exponential of their entropy), so a network that trains on millions of them has not seen the whole games that it is tested on (their first eight moves it has, almost always).
#
# *Machinery: [`othello_gpt/games.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/games.py), [`othello_gpt/rules.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/rules.py). Next: [the model](model.py).*

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
# # What does a larger network cost?
#
# **About what its arithmetic costs.** On one core a network like this book's learns from {num}`rates[book]:.0f` games a second. One of the size that the literature trained on the usual, larger board gets through {num}`rates[large]:.1f`. Twenty million of its games would take this core {num}`core_days:.0f` days, and a good card less than an hour ([the sum](#scaling-sum)).

# %%
import pandas as pd

from othello_gpt import scaling
from othello_gpt.book_tools import say
from othello_gpt.figures import LEGAL, Series, curves
from othello_gpt.scaling import Size

kept = scaling.load_record()
book, large = Size(), Size(board=8, layers=8, width=512)
operations = {size: scaling.flops(size) for size in kept.times}
lines = {
    "wider: 64 to 512": [Size(width=width) for width in (64, 128, 256, 512)],
    "deeper: 2 to 16 layers": [Size(layers=layers) for layers in (2, 4, 8, 16)],
    "a larger board: 4 to 8": [Size(board=board) for board in (4, 6, 8)],
    "all of it": [book, large],
}

# %% alt="Games a second on one core against arithmetic for a game, both on logarithmic axes, for networks of other widths, depths and boards: all lie near one falling line, narrow ones below it." mystnb={"figure": {"name": "fig-scaling-games", "caption": "**Nearly one line for all of them.** How many games a second one core learns from, by the arithmetic that a game takes, in billions of operations. Where the lines cross is the book's network. Dashed: what arithmetic alone predicts from it."}}
at = {name: [operations[size] / 1e9 for size in sizes] for name, sizes in lines.items()}
rate = {size: times.games_per_second() for size, times in kept.times.items()}
series = {name: Series([rate[size] for size in sizes], x=at[name]) for name, sizes in lines.items()}
ends = [min(operations.values()) / 1e9, max(operations.values()) / 1e9]
alone = [rate[book] * operations[book] / 1e9 / end for end in ends]
series["predicted"] = Series(alone, x=ends, dash="dash", colour=LEGAL)
axes = {"x_title": "billion operations a game", "y_title": "games a second on one core"}
curves(ends, series, **axes, log_x=True, log_y=True, markers=True)

# %% [markdown]
# ## The idea
#
# Nearly all that training does is to multiply matrices. How many operations that takes follows from the network's sizes alone. So does the memory: for the weights, for what the optimisers remember, and for what each game leaves behind until the way back. Both are counted on this page, by a library that watches the network's products, and they are the same on every machine.
#
# What a machine makes of them can only be measured. That was done on one core, for networks that are wider, deeper or for another board, with nothing else running.
#
# ## The experiment


# %% tags=["experiment"]
def cost(size):
    times = kept.times[size]
    return {
        "million parameters": size.parameters / 1e6,
        "billion operations a game": operations[size] / 1e9,
        "billion a second": operations[size] / times.game / 1e9,
        "games a second": times.games_per_second(),
        "MB, once": scaling.state_bytes(size) / 1e6,
        "MB a game": scaling.activation_bytes(size) / 1e6,
    }


costs = pd.DataFrame({size: cost(size) for size in kept.times}).T

# %%
predicted = {size: rate[book] * operations[book] / operations[size] for size in rate}
off = {size: rate[size] / predicted[size] for size in rate}
games, useful = 20e6, 100.0  # trillion operations a second, of which a card does a multiple
run = operations[large] * games
card_seconds = run / (useful * 1e12)
core_weeks = games / rate[large] / (7 * 86_400)
assert card_seconds < 3600  # as the words have it
assert 2 < core_weeks < 52  # and these
say(
    f"one core, {kept.machine}",
    rates={"book": rate[book], "large": rate[large]},
    millions=large.parameters / 1e6,
    times=operations[large] / operations[book],
    core_days=7 * core_weeks,
    useful=useful,
    card_minutes=card_seconds / 60,
    small_minutes=operations[book] * games / (useful * 1e12) / 60,
    small_days=games / rate[book] / 86_400,
    run=run / 1e15,
    slowest=min(off.values()),
    fastest=max(off.values()),
    within=max(max(off.values()), 1 / min(off.values())),
    once=costs["MB, once"][large],
    each=costs["MB a game"][large],
    fit=(80e3 - costs["MB, once"][large]) / costs["MB a game"][large],
    drawn=1 / kept.times[large].draw,
    needed=games / card_seconds,
    drawing_cores=games / card_seconds * kept.times[large].draw,
    step_share=kept.times[large].step / 512 / (1 / rate[large]),
)

# %% [markdown]
# ## The control that could have killed it
#
# Time need not follow arithmetic. A machine also moves numbers to and fro, and calls one small routine after another. If that were most of its work, a network with a quarter of the products would be no faster, and nothing could be told beforehand. So we take the pace of the book's network, in operations a second, and predict all others by their operations alone.
#
# What was measured is {num}`slowest:.2f` to {num}`fastest:.2f` times what is predicted. That is good enough for a plan, and too coarse for a price. Small matrices are slow for their size, large ones fast. A deeper network costs about what its layers cost. A larger board costs in two ways: games are longer, and each position looks back on more of them.
#
# ## The large run
#
# So a run can be planned on paper. The network that the literature opened up first has {num}`millions:.0f` million parameters and saw twenty million games ({cite:t}`li2023`). Nobody should train it on one core, but on one card it is a matter of minutes. Memory limits how many games go through at a time. Drawing the games doesn't limit anything.
#
# ## What this doesn't show
#
# - **A card.** None was measured here. What it does usefully is an assumption, and matrices as small as the book's won't reach it.
# - **More cores or hosts.** Processes share nothing but the gradients, but memory is shared by cores, and networks have their own pace.
# - **How well it plays.** That twenty million games are enough for the larger board is others' experience. What they bring here is in [the chapter on training](emergence.py).
# - **This book's own training.** `othello-gpt train` is for the small board. It compiles the network and lets games share openings, so that it is faster than these numbers ([the model](model.py)).
#
# ## What we learned
#
# - Time goes with arithmetic, within a factor of {num}`within:.1f`.
# - The large run is a matter of minutes on a card and of weeks without.
# - Drawing games costs next to nothing, even beside a card.
#
# ## Try it yourself
#
# 1. How fast is your machine?
# 2. What would a network cost that is twice as wide and half as deep as the book's?
#
# ### Answer: your machine

# %%
now = scaling.timed(book, seconds=1.0)
print(f"{now.games_per_second():.0f} games a second on one core; kept: {rate[book]:.0f}")

# %% [markdown]
# ### Answer: wide and shallow

# %%
print(f"{scaling.flops(Size(layers=4, width=256)) / operations[book]:.2f} times the arithmetic")

# %% [markdown]
# (scaling-sum)=
# ## Details: the large run
#
# Take the network that the literature opened up first: {num}`millions:.0f` million parameters, on 8x8, and twenty million games. For a game it needs {num}`times:.0f` times the arithmetic of this book's, and for all of them {num}`run:.0f` quadrillion operations.
#
# - **Time.** On one core like this one {num}`core_days:.0f` days; nobody should. A card with {num}`useful:.0f` trillion useful operations a second, which is a fraction of what their makers promise, takes {num}`card_minutes:.0f` minutes. For the small network of this book, as many games are {num}`small_days:.1f` days on one core, or about {num}`small_minutes:.0f` minute on that card.
# - **Memory.** {num}`once:.0f` MB for weights, gradients and optimisers, and {num}`each:.0f` MB for each game of a step. So a card of 80 GB has room for {num}`fit:,.0f` games at a time, in float32 and uncompiled.
# - **Games.** The card would want {num}`needed:,.0f` games a second. One core draws {num}`drawn:,.0f`. So {num}`drawing_cores:.0%` of a core has to draw beside it.
# - **Steps.** To move the weights once for 512 games is {num}`step_share:.1%` of the time. Larger steps save no more than that.

# %% [markdown]
# ## Details: all sizes
#
# Times are those of `python -m othello_gpt.scaling`, on one core of *{num}`machine`*, in float32 and uncompiled: the fastest of many repetitions, which what else runs disturbs least. *Once*: weights, gradients and optimisers. *A game*: what is kept for the way back. Operations are those of matrix products, there and back.

# %%
say("kept", machine=kept.machine)
names = [
    f"{size.board}x{size.board}, {size.layers} layers, {size.width} wide" for size in costs.index
]
costs.set_index(pd.Index(names, name="network")).style.format("{:,.1f}")

# %% [markdown]
# *Machinery: [`othello_gpt/scaling`](https://github.com/othello-gpt/othello_gpt/tree/main/othello_gpt/scaling). How training goes: [`othello_gpt/training`](https://github.com/othello-gpt/othello_gpt/tree/main/othello_gpt/training).*

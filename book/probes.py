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
# # Is there a board inside a network that was never shown one?
#
# **Yes. A weighted sum for each square reads it.** Such sums tell mine, theirs and empty apart in {num}`reads_the_board:.1%` of the squares. Its best rival is a trained network of one layer; from that they read {num}`reads_the_board_control:.1%`.

# %%
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from othello_gpt import figures, game, probes, yardsticks
from othello_gpt.book_tools import claim, say
from othello_gpt.construction import Crowded
from othello_gpt.figures import Panel, curves
from othello_gpt.game import Games
from othello_gpt.model import REPORT_SEED, load_model
from othello_gpt.probes import MLP, TARGETS, AdamW, ClassMeans, Logistic, Tally, Target, displays

# %%
model = load_model()
train, choose = Games.sample(1500, seed=1), Games.sample(300, seed=3)
held_out = Games.sample(800, REPORT_SEED)
names = ["board", *(name for name in TARGETS if name not in ("board", *probes.SINGLE))]
ridge = probes.fit(model, train, probes.compared(tuple(TARGETS)))

# %% alt="A held-out game in five boards: the true discs, the network's probabilities for the next move, and what probes read after each layer: theirs or mine, empty, legal next." mystnb={"figure": {"name": "fig-probes-read", "caption": "**A board nobody showed it.** What the sums read in a game that neither they nor the network have seen: mine in blue, theirs in red, the true discs on top. The upper slider steps through the game, the lower one through the layers."}}
shown = game.sample_moves(1, REPORT_SEED, first=100_000)
displays.game_as_read(model, ridge, shown)

# %% [markdown]
# ## The idea
#
# After every move the network holds a list of numbers, its *residual stream*. Each layer reads the stream and adds to it. So there is a stream before the first layer, and one after every half of a layer. We call these places *sites*, and there are {num}`n_sites` of them.
#
# Suppose that a weighted sum of the stream says what lies on a square. Then the answer is there for the next layer to use, since layers take weighted sums too. Such a set of sums is called a *linear probe*. We don't ask for anything cleverer. A clever reader could work out the board by itself, and we would learn about the reader.
#
# Whose disc is it? *Mine* are the discs of the side about to move, *theirs* those of the other side. So the two swap at every move. The network sees the board in this way too {cite}`nanda2023`. Asked for black and white instead, a probe at the same place gets only {num}`colour_best:.0%`.
#
# ## The experiment
#
# Fit the sums on some games. Find the best site on a few others. Then count how many squares are read rightly in games that nobody has seen. Do the same with a source that knows no order of moves, and with a rival that was trained. That is all:

# %% tags=["experiment"]
games = Games.sample(4000, seed=2)
asked = [TARGETS[name] for name in ("empty", "board", "legal_next")]


def read(source):
    """What a linear probe of a source gets right, each target at its best site."""
    probe = probes.fit(source, games, asked, how=Logistic())
    tried, right = (probes.accuracy(probe, source, g) for g in (choose, held_out))
    return probe, {name: right[name].at(tried[name].best()) for name in right}, tried


logistic, of_model, tried = read(model)
_, of_bag, _ = read(probes.BagOfMoves())
shallow, made = yardsticks.load_shallow()
of_rival = probes.accuracy(yardsticks.load_rival_probe(shallow), shallow, held_out)

# %% [markdown]
# One position is worth a count of its own: the last, at which a single square is left.

# %%
site = logistic.sites[tried["board"].best()]
last = of_model["board"].during(slice(-1, None)).accuracy().at(0)
early = of_model["board"].during(slice(-1))
early = {"cells": early.accuracy().at(0), "boards": early.whole_board().at(0)}
sizes = dict(n_sites=len(model.sites), fitted=len(train), classified=len(games))
sizes |= dict(chosen=len(choose), tested=len(held_out), log_site=site)
sizes["rival_fitted"] = yardsticks.load_rival_probe(shallow).games
say(f"{len(held_out):,} held-out games", last_cells=last, early=early, **sizes)

# %% [markdown]
# `Logistic()` chooses the weights that make the right classes most probable (*logistic regression*). It reads the board best in the middle of the network, at {num}`log_site`.
#
# ## The control that could have killed it
#
# Most squares can be guessed, so a high number proves little by itself. The stream might hold no more than the list of moves, and the probe might do the rest. So the same fit gets less to read from, or something else to say:
#
# - *Majority*: only how many moves were played.
# - *Bag of moves*: who has played on which squares, not in which order.
# - *Untrained*: the same network before training.
# - *Shallow rival*: a network with one hidden layer that was trained on as many games. It is told who has played where, and when. Its layer is wide and asks for many games, so its logistic regression was fitted to {num}`rival_fitted`, beforehand (see [yardsticks](yardsticks.py)).
# - *Flips ignored*: the board on which no disc is ever turned.
# - *Control labels*: the true stream, but nonsense to learn by heart {cite}`hewitt2019`. Every pair of a last move and its number gets the board of some random game.

# %%
found = probes.scores_by_source(model, ridge, train, held_out, tuple(TARGETS))
scores = found["the probe"]
before = probes.accuracy(ridge, model, choose, [*TARGETS.values()])
best = {name: tally.best() for name, tally in before.items()}
tallies = probes.at_best(found, best)
tallies["shallow rival"] = {name: tally.at(0) for name, tally in of_rival.items()}

# %% [markdown]
# Here they all are, each at the site where it is best:

# %% alt="Points with intervals: the share of squares that the ridge probe reads correctly, far to the right, and those of its controls, with the shallow rival nearest." mystnb={"figure": {"name": "fig-probes-controls", "caption": "**The controls stay far behind.** The share of squares read correctly by the probe and by each control, all fitted by least squares to the same games. Only the shallow rival has the better logistic regression, and more games. The menu has other things that one can ask of a position."}}
displays.readers_menu(tallies, names)

# %% [markdown]
# How far away is the nearest of them?

# %%
controls = {reader: of["board"] for reader, of in tallies.items() if reader != "the probe"}
gains = {r: probes.advantage(tallies["the probe"]["board"], t).at(0) for r, t in controls.items()}
strongest = min(gains, key=lambda reader: gains[reader].mean)
assert all(gain.low > 0 for gain in gains.values()), gains
say(
    f"{len(held_out):,} held-out games",
    gain=gains,
    strongest=strongest,
    strongest_gain=gains[strongest],
)
say(colour_best=tallies["the probe"]["colour"].accuracy().at(0), n_controls=len(controls))

# %% [markdown]
# So this is the claim, with its control beside it. The mark of {num}`aim[board]:.1%` is so near that other games may decide it otherwise.


# %%
after_twelve = slice(11, None)  # positions that hardly any game of training went through


def strongest_rival(name, measure):
    """The better of the two rivals that can be read, in words which one that is, and both late."""
    sources = {"the bag of moves, by the same fit": of_bag, "the shallow rival": of_rival}
    read = {source: measure(of[name]).at(0) for source, of in sources.items()}
    nearest = max(read, key=lambda source: read[source].mean)
    late = [measure(of[name].during(after_twelve)).at(0) for of in sources.values()]
    ours = measure(of_model[name].during(after_twelve)).at(0)
    return dict(
        control=read[nearest],
        against=f"the better of two rivals: {nearest}",
        unseen=(ours, max(late, key=lambda one: one.high)),
    )


aims = {"empty": 0.9999, "board": 0.985, "legal_next": 0.995}
seen = of_model["board"].accuracy().at(0)
claim(
    "reads_the_board",
    "A linear map reads mine, theirs and empty off the residual stream",
    seen,
    **strongest_rival("board", Tally.accuracy),
    form=".3%",
    aim=aims["board"],
    published=[
        (0.996, "Nanda 2023, the upper end of 99.2-99.6% by cell", "8x8, other positions"),
        (0.98, "Wong 2025, more than 98%", "a lower bound, without the last position"),
    ],
    ratio=2,
)
say(aim=aims, aim_met=bool(seen.mean >= aims["board"]))

# %% [markdown]
# The strongest control is "{num}`strongest`". In the picture the probe, though by least squares only, is ahead of it by {num}`strongest_gain:.1%` of the squares. If any control had come up to the probe, this chapter would stop with an error.
#
# ## What this doesn't show
#
# *That the network uses the board.* Something may be there to be read and never looked at. The [next chapter](interventions.py) overwrites the board and watches the moves.
#
# *That the number is all we wished for.* We aimed at {num}`aim[board]:.1%` of the squares, and the probe {when}`aim_met ? gets there : falls just short`. After the last but one move the reading is even poor: {num}`last_cells:.1%`. A single square is left then, so the network needs no board to name it.
#
# *Anything about what is as easy to read elsewhere.* The bag of moves knows the empty squares, too. So a probe that finds them shows nothing.
#
# *Where the network writes the board.* A probe finds directions in which one can read. They turn from layer to layer, and in a [network built by hand](construction.py) they point elsewhere than what was written.
#
# ## What we learned
#
# - A board is there, and a linear map reads it, from a network that was shown moves and no board.
# - It isn't made by the probe: the same fit reads far less from the moves, from an untrained network, or where labels mean nothing.
# - The board is kept as mine, theirs and empty, rather than as black and white.
#
# That a map *can* read the board doesn't mean that the network *does*. The [next question](interventions.py) is what happens if one overwrites it.
#
# ## Try it yourself
#
# 1. *How many games does a probe need?* Give `probes.fit` the first 3, 10, 30 and 100 games.
# 2. *Does the network also keep the board on which no disc was turned?* Write a `Target` for it. Read it from the bag of moves, from an early site and from a late one.
#
# ### Answer: how many games does a probe need?

# %%
few = {n: probes.fit(model, train[:n], [TARGETS["board"]], [site]) for n in (3, 10, 30, 100)}
right = {n: probes.accuracy(p, model, held_out)["board"].accuracy().at(0) for n, p in few.items()}
say(f"{len(held_out):,} held-out games", few=right)
pd.Series({f"{n} games": f"{i:.1%}" for n, i in right.items()}, name="squares right")

# %% [markdown]
# Hardly any. Thirty games give {num}`few[30]:.1%` of the squares, since each of them has many positions and the stream has few dimensions. A probe that had to work the board out for itself would need far more.
#
# ### Answer: the board on which no disc was turned


# %%
def unturned_board(replay):
    """What a position would be if no disc were ever turned."""
    return probes.board(probes.flips_ignored(replay))


unturned = Target("unturned", TARGETS["board"].classes, unturned_board)
sources = {"bag": (probes.BagOfMoves(), "bag of moves")}
sources |= {"early": (model, "resid_mid 0"), "late": (model, site)}
kept = {}
for name, (source, at) in sources.items():
    probe = probes.fit(source, train[:500], [unturned], [at])
    kept[name] = probes.accuracy(probe, source, held_out, [unturned])["unturned"]
say(
    f"{len(held_out):,} held-out games",
    unturned={name: t.accuracy().at(0) for name, t in kept.items()},
)

# %% [markdown]
# It does at first, and less and less. In the bag of moves it lies open ({num}`unturned[bag]:.1%` of the squares). After the first attention the network has nearly as much of it, {num}`unturned[early]:.1%`. Where the true board is read best, {num}`unturned[late]:.1%` are left.
#
# ## Details: every site and every target
#
# *Ridge regression* makes the squared error over many games least. Its weights can be computed directly, without training, from sums that fit in memory. A game goes through the network once. At each site only the activations' Gram matrix and their products with the labels are added up, one matrix for all targets. `resid_pre 0` is the stream before the first layer, `resid_mid 5` that after the attention of layer 5, `resid_post 5` that after its MLP; layers count from 0. All numbers are about other games than those that were fitted, with 95% bootstrap intervals over games. Which site is best is decided on {num}`chosen` further games.

# %% alt="Curves over the sites of the share of cells that ridge probes read correctly, one for each target; a menu has three other measures." mystnb={"figure": {"name": "fig-probes-sites", "caption": "**Empty squares first, then whose they are, then what is legal.** Ridge probes of each target, at each site. The menu has the mean over the classes, whole boards, and selectivity, the distance to the control labels."}}
drawn = [name for name in names if name != "just_moved"]
measured = {
    "cells read correctly": {n: scores[n].accuracy() for n in drawn},
    "mean over the classes": {n: scores[n].macro() for n in drawn},
    "all 36 squares at once": {n: scores[n].whole_board() for n in drawn},
    "selectivity": {n: probes.advantage(scores[n], found["control labels"][n]) for n in drawn},
}
displays.sites_menu(ridge.sites, measured)

# %% [markdown]
# Where is each target read best, and how well?

# %%
task, colour = (scores[name].at(best[name]) for name in ("board", "colour"))
assert probes.advantage(task, colour).low[0] > 0
assert scores["empty"].accuracy().mean[2] > 0.99
assert best["board"] < best["legal_next"]
at_sites = {name: ridge.sites[at] for name, at in best.items()}
ridge_at_best = dict(cells=task.accuracy().at(0), boards=task.whole_board().at(0))
trivial = min(scores[n].accuracy().low[0] for n in probes.SINGLE)
empty = tallies["the probe"]["empty"].accuracy().at(0)
say(
    f"{len(held_out):,} held-out games",
    best_site=at_sites,
    ridge=ridge_at_best,
    trivial=trivial,
    empty=empty,
)

# %% [markdown]
# The embedding (first site) knows only the last move and the time. One layer later the *empty* squares are nearly all there. Mine and theirs come with the next layers. *Legal next*, which needs the board first, is best near the end, where the model must answer. The *absolute* colour of the discs is read in {num}`colour_best:.1%` of the cells at best, mine and theirs in {num}`ridge[cells]:.1%`.
#
# At {num}`best_site[board]`, where it is best, the ridge probe is right about {num}`ridge[cells]:.2%` of the cells, and about all 36 at once in {num}`ridge[boards]:.1%` of the positions. Empty squares are right in {num}`empty:.3%` of the cells at {num}`best_site[empty]`.
#
# What was just played, the parity of the position and whether it is the first are read at the first site already, in at least {num}`trivial:.2%` of the positions, and not drawn. Nor is `just_moved`, the discs of the side that has *just moved*: it is the *theirs* of `board`, and what the original notebook calls "mine".
#
# ## Details: is a linear map the limit?
#
# Least squares aren't meant for classes. *Logistic regression* has the same directions to choose from, a better loss, and here {num}`classified:,` games instead of {num}`fitted:,`. It is fitted at all sites in one pass, by Adam on whitened activations, starting from the ridge. A hidden layer on top of it (an *MLP*) tells how much more a non-linear reader would get. The logistic regression of the bag of moves tells how much needs no network.

# %%
mlp = probes.fit(model, games, [TARGETS["board"]], [site], how=MLP(logistic))
fits = {"ridge": scores["board"].at(tried["board"].best()), "logistic": of_model["board"]}
fits |= probes.accuracy(mlp, model, held_out) | {"bag of moves": of_bag["board"]}
fits["MLP"] = fits.pop("board")
assert np.all(fits["logistic"].accuracy().low > fits["ridge"].accuracy().high)
assert np.all(probes.advantage(fits["MLP"], fits["logistic"]).high < 0.02)
say(
    f"{len(held_out):,} held-out games",
    boards={name: t.whole_board().at(0) for name, t in fits.items()},
)
say(
    f"{len(held_out):,} held-out games",
    cells={name: t.accuracy().at(0) for name, t in fits.items()},
)
displays.fits_table({name: fits[name] for name in ("ridge", "logistic", "MLP", "bag of moves")})

# %% [markdown]
# *Cells* is the share of right cells, *classes* the mean over the three classes of the share of a class that is recognised, *boards* the share of positions with no cell wrong, all at {num}`log_site`. Logistic regression reads {num}`cells[logistic]:.2%` of the cells and {num}`boards[logistic]:.1%` of the boards. The MLP, which starts from it, gets to {num}`cells[MLP]:.2%` and {num}`boards[MLP]:.1%`. A larger reader or more games might get more. But that this one gains so little (less than two points, or the cell fails) says that what can be had is nearly all linear: the limit is rather the model than the probe. Such a reader does find a board that a linear one misses: in a [network by hand](construction-crowded) whose boards are complete it reads {num}`construction.py::held[hidden layer]:.0%` of them without an error, and the regression {num}`construction.py::held[linear]:.0%`.
#
# One position stands apart. After 31 moves a single square is left, the last move is certain without any board, and {num}`last_cells:.1%` of the cells are read. In the positions before it, it is {num}`early[cells]:.2%`, and all 36 at once in {num}`early[boards]:.1%`.
#
# Each target's best site, beside what this book aims at; it moves with the model:

# %%
rows = {}
for name, aim in aims.items():
    model_right, bag_right = (of[name].accuracy().at(0) for of in (of_model, of_bag))
    row = {"cells right": f"{model_right:.3%}", "at": logistic.sites[tried[name].best()]}
    row |= {"aim": f"{aim:.2%}", "bag of moves": f"{bag_right:.2%}"}
    row["shallow rival"] = f"{of_rival[name].accuracy().at(0):.2%}" if name in of_rival else ""
    rows[displays.words(name)] = row
pd.DataFrame(rows).T

# %% [markdown]
# Two claims more, each beside its control:

# %%
claim(
    "reads_whole_boards",
    "All 36 squares at once",
    of_model["board"].whole_board().at(0),
    **strongest_rival("board", Tally.whole_board),
    aim=0.75,
    ratio=2,
)

# %%
claim(
    "knows_legal_next",
    "A linear map reads which moves are legal next",
    of_model["legal_next"].accuracy().at(0),
    **strongest_rival("legal_next", Tally.accuracy),
    aim=aims["legal_next"],
    published=[
        (
            0.9655,
            "Wong, the original notebook, 6x6",
            "a squared-error probe at one layer; ours is logistic, at the best site",
        )
    ],
    ratio=2,
)

# %% [markdown]
# ## Details: where are the errors?

# %% alt="A board: the share of positions in which the logistic probe misreads each square." mystnb={"figure": {"name": "fig-probes-misread", "caption": "**No square is hopeless.** In how many positions the logistic probe misreads each square. Touch a square for its interval."}}
displays.misread_boards({"board": of_model["board"]})

# %% [markdown]
# The same for what the ridge reads, each target at its best site:

# %% alt="A board for each target: the share of positions in which the ridge probe misreads each square." mystnb={"figure": {"name": "fig-probes-misread-all", "caption": "**What was legal a move ago fades.** In how many positions the ridge probe misreads each square, for each target."}}
displays.misread_boards({name: tallies["the probe"][name] for name in names})

# %% [markdown]
# A disc is easy to follow if it can't be turned. So does it matter how often it was?

# %% alt="Share of discs read correctly against how often the disc has been turned: it falls slowly for the probe; a reader that ignores flips is right at even numbers only." mystnb={"figure": {"name": "fig-probes-flips", "caption": "**Turns cost a little.** The share of discs read rightly, by how often each has been turned. A reader that ignores flips is right exactly when their number is even."}}
replay, board = held_out.replay, TARGETS["board"]
truth, blindly = board.labels(replay), board.labels(probes.flips_ignored(replay))
said = {"the probe": probes.read(logistic, model, held_out, "board", site)}
said["flips ignored"] = blindly
by_flips = {reader: probes.by_flips(replay, s == truth) for reader, s in said.items()}
displays.readers_by_flips(by_flips)

# %% [markdown]
# What do the turns cost?

# %%
many = 5
never = by_flips["the probe"].at(0)
often = probes.by_flips(replay, said["the probe"] == truth, many).at(many)
assert by_flips["flips ignored"].high[1] < often.low < often.high < never.low
say(f"{len(held_out):,} held-out games", turned={"never": never, "often": often}, many=many)

# %% [markdown]
# Discs that were never turned are read in {num}`turned[never]:.1%` of the cases, those that were turned {num}`many` times or more in {num}`turned[often]:.1%`. Turns cost the model some accuracy, but it keeps counting. A network that plays chess holds such a board, too {cite}`karvonen2024chess`.
#
# A harder question {cite}`nothello2026`: fit a probe to discs that were *never* turned, and ask it about others. If it reads who *placed* a disc, it is wrong wherever a disc was turned an odd number of times.

# %%
asked_about = held_out[:300]
carried = {"the network": probes.carried_over(model, site, games[:1500], asked_about)}
# The rival's units work after every other move, and here a third of the squares has to do.
carried["the shallow rival"] = probes.carried_over(
    shallow, *shallow.sites, games[:1000], asked_about, np.arange(0, 36, 3), slice(0, None, 2)
)
say(
    "300 held-out games",
    carried={
        who: dict(zip(("never", "odd", "even"), map(of.at, range(3)), strict=True))
        for who, of in carried.items()
    },
)
assert carried["the network"].low[1] > 0.5 > carried["the shallow rival"].high[1]
pd.DataFrame(
    {who: [f"{of.at(k):.1%}" for k in range(3)] for who, of in carried.items()},
    index=pd.Index(probes.TURNED, name="discs that were turned"),
)

# %% [markdown]
# Fitted so, the probe reads {num}`carried[the network][odd]:.0%` of the discs that were turned an odd number of times, and {num}`carried[the network][even]:.0%` of those turned back. From the shallow rival it is {num}`carried[the shallow rival][odd]:.0%` and {num}`carried[the shallow rival][even]:.0%`: what it reads there is rather who placed a disc. So in the network there is a direction for whose disc it *is*. But it isn't the only one that goes with discs that were never turned. In a [network by hand](construction-crowded), which has one direction for each disc, such a probe reads {num}`construction.py::hand_carried[turned]:.0%`. On 8x8 the network's share was higher than here: 0.945 of all turned discs.
#
# ## Details: every control
#
# - *Majority*: the most frequent class of each square at each ply (number of moves played).
# - *Bag of moves*: which squares either side has played, and when it is, but not in which order.
# - *Untrained*: the same network before training, at the best of its sites between layers.
# - *Embedding*: the first site, which holds the last move and the ply.
# - *Flips ignored*: what follows from the moves if no disc is ever turned; legal is what the rules allow on that board.
# - *Control labels* {cite}`hewitt2019`: every pair of a ply and a last move is given the labels of one random game. What a probe gets right here beyond the majority, it has memorised.
# - *Absolute colour*: the same site and probe, asked about black and white instead of mine and theirs (first / empty / second; where white could play, whoever's turn it is). Which squares are empty and which discs were captured doesn't depend on the side.

# %%
learned = probes.advantage(controls["control labels"], controls["majority"])
shares = {r: t.accuracy().at(0) for r, t in controls.items()}
say(f"{len(held_out):,} held-out games", control=shares, memorised=learned.at(0))

# %% [markdown]
# For the board, guessing the majority is right in {num}`control[majority]:.1%` of the cells, and the untrained network allows {num}`control[untrained]:.1%`. The strongest of {num}`n_controls` controls is "{num}`strongest`"; the probe is {num}`strongest_gain:.1%` of the cells above it. Its *selectivity*, the distance to the control labels, is {num}`gain[control labels]:.1%`. Most of what it gets right of those it owes to the majority, and {num}`memorised:.1%` to memory.
#
# That rules out that the probe keeps a table by last move and ply, and no more than that: a probe of the bag of moves keeps none either. Against readers that know more there are the other controls. (For the claims the bag of moves gets the logistic regression too.) Every site:

# %% alt="Curves over the sites of the share of cells read correctly by the probe and by each control; a menu chooses the target." mystnb={"figure": {"name": "fig-probes-controls-sites", "caption": "**The board is made layer by layer.** The share of cells read correctly at each site, by the probe and by its controls. The menu has every target."}}
displays.readers_by_site(found, ridge.sites, names)

# %% [markdown]
# All of it in one table, with the half-width of the 95% interval, and a dash where a control would have no meaning:

# %%
displays.readers_table(tallies, {name: ridge.sites[best[name]] for name in TARGETS})

# %% [markdown]
# With which targets does a control do as well as the probe?

# %%
right = {r: {n: t.accuracy().at(0) for n, t in of.items()} for r, of in tallies.items()}
others = [of for reader, of in right.items() if reader != "the probe"]
strong = {n: max(of[n].high for of in others if n in of) for n in names}
unclear = [n for n in names if strong[n] >= right["the probe"][n].low]
assert not {"board", "just_moved", "legal_next"} & set(unclear)
say(unclear=" and ".join(map(displays.words, unclear)), n_targets=len(names))

# %% [markdown]
# Among the {num}`n_targets` targets that have one, the probe isn't clearly better than each control with "{num}`unclear`": there its number shows nothing. (Which squares are empty, for one, the moves alone say.)
#
# And over the game. Early on, the bag of moves nearly suffices; the difference is made late. Over the first {num}`some` moves the probe of the board is right about {num}`ahead[early]:.1%` more of the cells, over the last {num}`some` before the end about {num}`ahead[late]:.1%` more. (After 31 moves the last one is certain, and no board is needed for it.)

# %% alt="Curves over the moves played of the share of cells read correctly, by the probe and four controls; a menu chooses the target." mystnb={"figure": {"name": "fig-probes-moves", "caption": "**The longer the game, the more the order matters.** The share of cells read correctly after each move, by the probe and four of its controls."}}
drawn = ("the probe", "untrained", "bag of moves", "flips ignored", "majority")
displays.readers_by_move(tallies, names, drawn)

# %% [markdown]
# How far is the probe ahead at either end of the game?

# %%
some = 5
periods = {"early": slice(some), "late": slice(-some - 1, -1)}
two = [tallies[reader]["board"] for reader in ("the probe", "bag of moves")]
ahead = {w: probes.advantage(*(t.during(p) for t in two)).at(0) for w, p in periods.items()}
assert ahead["early"].high < ahead["late"].low
say(f"{len(held_out):,} held-out games", ahead=ahead, some=some)

# %% [markdown]
# ## Details: fitted again, to other games
#
# Intervals in this chapter are over the games that are *read*. What of those that the probe is *fitted* to? Here the ridge of the first cell is fitted again and again, at its best site, each time to {num}`fitted` games that no other had. All read the same held-out games.

# %%
again = []
for k in range(1, 4):
    others = Games.sample(len(train), seed=1, first=k * len(train))
    one = probes.fit_ridge(model, others, asked[1:2], [ridge.sites[best["board"]]])
    again.append(probes.accuracy(one, model, held_out, asked[1:2])["board"].accuracy().at(0))
means_of = [of.mean for of in again]
by_fit = max(means_of) - min(means_of)
by_games = again[0].high - again[0].low
assert by_fit < by_games / 2  # as the words have it
say(n_fits=len(again), least_read=min(means_of), most_read=max(means_of))
say(by_fit=by_fit, by_games=by_games)

# %% [markdown]
# The {num}`n_fits` probes read between {num}`least_read:.3%` and {num}`most_read:.3%` of the squares. That is a range of {num}`by_fit:.3%`, where the interval over games is {num}`by_games:.3%` wide. So our intervals leave little out by keeping the fit. They do leave out the *network*: another one, trained from another seed, may differ by more ([four of them](sisters.py)).
#
# ## Details: the original notebook's numbers and its recipe
#
# This book grew out of a notebook by the author of {cite:t}`wong2025`. Its recipe is AdamW for 1500 steps of 512 games, at layer 5, a reading being "yes" above 0.5. It goes down the very squared error that the ridge minimises exactly. On the author's own model it reported these; ours, on the model of this book:

# %%
published = dict(empty=0.9968, just_moved=0.9520, legal_prev=0.9125, legal_next=0.9655)
layer_5 = ridge.sites.index("resid_post 5")
at_5 = {name: scores[name].accuracy().at(layer_5) for name in published}
rows = {}
for name, theirs in published.items():
    ours = {"ours, layer 5": at_5[name], "ours, best site": right["the probe"][name]}
    ours |= {other: right[other][name] for other in ("untrained", "bag of moves", "majority")}
    rows[name] = {"published, layer 5": f"{theirs:.2%}", "best site": ridge.sites[best[name]]}
    rows[name] |= {column: f"{i:.2%}" for column, i in ours.items()}
pd.DataFrame(rows)

# %% [markdown]
# That is another network, and ours are read at other sites, so that no verdict follows.
#
# So here is the recipe itself, on our network and our budget: one pass over {num}`recipe_games:,` games in {num}`recipe_steps` steps, once at the notebook's learning rate and once at ten times that.

# %%
some_games, batch = train[:700], 4
rates = {"the notebook's": 5e-4, "ten times that": 5e-3}
at = [ridge.sites[layer_5]]
recipes = {
    name: probes.fit(model, some_games, probes.ORIGINAL, at, AdamW(batch=batch, lr=lr))
    for name, lr in rates.items()
}
recipes["ridge"] = probes.fit(model, some_games, probes.ORIGINAL, at)

# %%
came_out = {
    name: {t: tally.accuracy().at(0) for t, tally in probes.accuracy(p, model, held_out).items()}
    for name, p in recipes.items()
}
for name in rates:
    assert all(came_out["ridge"][t].low > came_out[name][t].high for t in published)
say(f"{len(held_out):,} held-out games", came_out=came_out)
say(recipe_games=len(some_games), recipe_steps=len(some_games) // batch)
pd.DataFrame({n: {t: f"{i:.2%}" for t, i in of.items()} for n, of in came_out.items()})

# %% [markdown]
# On so few games descent doesn't arrive. At the notebook's rate *just moved* is read in {num}`came_out[the notebook's][just_moved]:.1%` of the cells, at ten times the rate in {num}`came_out[ten times that][just_moved]:.1%`. The ridge gets {num}`came_out[ridge][just_moved]:.1%` out of the same games, and at every site at once. The notebook's own budget was 768 times ours.
#
# ## Details: directions to read in, directions to write in
#
# Each direction belongs to a square. Two kinds have to be told apart. A probe's is the one in which one best *reads*; it also turns away from whatever else varies. The difference between the means of two classes shows where the network *writes*, but only up to what goes together in games (the [construction](construction.py), where what was written is known, tells how well). Here are the latter, compared with the network's own directions for the same square: its embedding and its unembedding.

# %% alt="Boards of the cosine between the directions of every pair of families, square by square, with a slider over the sites." mystnb={"figure": {"name": "fig-probes-families", "caption": "**Legal next becomes the output.** Cosines between families of directions, square by square: blue is positive, red negative. The slider steps through the sites."}}
families = ("empty", "mine - theirs", "legal next", "embedding", "unembedding")
means = probes.fit(model, train[:1000], asked, how=ClassMeans())
bases = [probes.families(model, means, s) for s in means.sites]
outer = np.setdiff1d(np.arange(36), game.centre())
cosines = {pair: np.ma.masked_all((len(bases), 36)) for pair in combinations(families, 2)}
for (a, b), cosine in cosines.items():
    cosine[:, outer] = np.stack([(f[a] * f[b]).sum(-1)[outer] for f in bases])
panels = [
    Panel(f"{a}, {b}".replace(" - ", "-"), values=cosine, scale="signed", limit=1)
    for (a, b), cosine in cosines.items()
]
figures.stepper(panels, means.sites, at=best["board"], columns=4)

# %% alt="Mean cosine over the squares between four pairs of families of directions, by site." mystnb={"figure": {"name": "fig-probes-families-mean", "caption": "**From not empty to legal.** The mean cosine over the squares of four pairs of families, by site."}}
average = {pair: cosine.mean(1).data for pair, cosine in cosines.items()}
pairs = [("empty", "embedding"), ("empty", "unembedding"), ("legal next", "unembedding")]
pairs += [("empty", "mine - theirs")]
lines = {", ".join(pair): average[pair] for pair in pairs}
curves(means.sites, lines, x_title="site", y_title="mean cosine")

# %%
chance = 1 / np.sqrt(model.config.n_embd)
starts, ends = average["empty", "embedding"][0], average["legal next", "unembedding"][-1]
assert ends > 5 * chance > -5 * chance > starts
say(chance=chance, starts=starts, ends=ends)
say(apart=average["empty", "mine - theirs"][best["board"]])

# %% [markdown]
# Two random directions would have a cosine of about {num}`chance:.2f` in size. Where the stream begins, *empty* is the opposite of the square's embedding (cosine {num}`starts:.2f`). That is no finding but a check of the method: there, the stream *is* the embedding of the last move, which says "not empty". Where it ends, *legal next* is the unembedding ({num}`ends:.2f`): to be legal is to be predicted. *Mine - theirs* and *empty* have {num}`apart:.2f` at {num}`best_site[board]`.
#
# Do directions stay the same from layer to layer? Each entry is the cosine between a direction at one site and at another, mean over the squares.

# %% alt="Matrices of the cosine between the directions of one thing at any two sites: empty, mine - theirs and legal next, as read and as written." mystnb={"figure": {"name": "fig-probes-persistence", "caption": "**Directions turn on their way.** Cosine between a direction at one site and at another. The slider chooses the direction, and whether it is the one to read in (ridge) or the one that is written in (means)."}}
questions = {
    "empty": ("empty", "yes", "no"),
    "mine - theirs": ("board", "mine", "theirs"),
    "legal next": ("legal_next", "yes", "no"),
}
persist = {name: probes.persistence(ridge, *q) for name, q in questions.items()}
written = {name: probes.persistence(means, *q) for name, q in questions.items()}
labels = [f"{kind}: {name}" for kind in ("read", "written") for name in questions]
both = np.clip([*persist.values(), *written.values()], -1, 1)
look = dict(scale="signed", quantity="cosine", x_title="site", y_title="site", at=1)
look["names"] = [name.removeprefix("resid_") for name in ridge.sites]
figures.matrix(both, labels, **look, alt="Cosines between sites.")

# %%
half = len(ridge.sites) // 2
far = {"read": persist["mine - theirs"], "written": written["mine - theirs"]}
far = {kind: np.diagonal(cosine, half).mean() for kind, cosine in far.items()}
say(persist={name: np.diagonal(c, 1)[1:].mean() for name, c in persist.items()})
say(far_mine=far["read"], far_written=far["written"])

# %% [markdown]
# From one site to the next the cosine is {num}`persist[mine - theirs]:.2f` for *mine - theirs*, {num}`persist[empty]:.2f` for *empty* and {num}`persist[legal next]:.2f` for *legal next*: directions turn from site to site. Half the network further it is {num}`far_mine:.2f` for *mine - theirs* as read, {num}`far_written:.2f` as written.
#
# ## Details: what the network knows of time
#
# Each position of the context has a vector of its own. Do these say anything of the squares? Here are their cosines with each square's directions, those of the stream at {num}`best_site[board]`.

# %% alt="Boards of the cosine between a position's vector and each square's directions, five families, with a slider over the positions." mystnb={"figure": {"name": "fig-probes-positions", "caption": "**Time says nothing of squares.** Cosine between the vector of a position in the game and each square's directions. The slider steps through the positions."}}
basis = bases[best["board"]]
position, panels = basis["position"], []
for name in families:
    values = np.ma.masked_all((len(position), 36))
    values[:, outer] = (position @ basis[name][outer].T).numpy()
    panels.append(Panel(name, values=values, scale="signed", limit=0.5))
labels = [f"position of move {move}" for move in range(1, 32)]
figures.stepper(panels, labels, columns=5)

# %%
of_squares = max(np.abs(panel.values).mean() for panel in panels)
assert of_squares < 2 * chance
say(of_squares=of_squares)

# %% [markdown]
# They hardly do: the mean size of the cosine is at most {num}`of_squares:.2f` in any family. Are they a list of labels then, or do they have an order?

# %% alt="Mean cosine between the position vectors of two moves against the distance between the moves: a zigzag, higher at even distances." mystnb={"figure": {"name": "fig-probes-turns", "caption": "**Whose turn it is.** Mean cosine between the position vectors of two moves, by how far the moves are apart. Moves an even distance apart are made by the same player."}}
cosine = (position @ position.T).numpy()
lags = np.arange(1, 16)
by_lag = np.array([np.diagonal(cosine, lag).mean() for lag in lags])
look = dict(x_title="moves apart", y_title="mean cosine", markers=True)
curves(lags, {"cosine": by_lag}, **look)

# %% [markdown]
# Are the even distances the higher ones?

# %%
turning = by_lag[1:8:2].mean() - by_lag[0:7:2].mean()
assert turning > 0
say(turning=turning, lags=8)

# %% [markdown]
# Over the first {num}`lags` distances the mean cosine at even ones exceeds that at odd ones by {num}`turning:.2f`: the positions tell the network whose turn it is, which it needs to turn *black and white* into *mine and theirs*.
#
# ## Details: do the directions factorise?
#
# {cite:t}`lee2026` write the probes of a network of the larger board as a *tensor product*: numbers of the square, times numbers of the kind (theirs, empty, mine), times one matrix for all squares. The commands that they publish give each of 64 squares 52 numbers. Is there such a product in our probes? Here the ridge at {num}`best_site[board]` is cut down to the best product of each rank, best in the squared error of its outputs. Three controls say what that is worth:
#
# - *Mispaired*: *empty* comes from one square, *mine - theirs* from another. If squares have numbers of their own, this must be worse.
# - *Random*: the same directions, turned at random among all squares and kinds.
# - *No factors*: the best directions in fewer dimensions, with as many free numbers.

# %% alt="Curves over the numbers kept for each square of the share of cells read, by the product of squares and kinds and by three controls: they lie close together; a menu has the variance explained." mystnb={"figure": {"name": "fig-probes-factors", "caption": "**Hardly better than with squares mixed up.** The share of cells that are read when each square keeps only so many numbers, by the product and by its controls (means of three draws). The menu has the share of the variance of the probe's outputs."}}
factor_ranks, board_site = (1, 4, 9, 18, 29, 36), ridge.sites[best["board"]]
moments = probes.Moments.of(model, train, [board_site])
of_board = probes.Outputs.of(ridge, TARGETS["board"], board_site, moments)
factored = of_board.scores(model, held_out, factor_ranks, seeds=2)
probes.factors_menu(factor_ranks, factored)

# %% [markdown]
# What does the product gain?

# %%
at_share = factor_ranks.index(29)  # of 36, as 52 of 64
kept = {reader: i.at(at_share) for reader, i in factored["read"].items()}
shares = {reader: i.mean for reader, i in factored["explained"].items()}
lead = (shares["factors"] - shares["mispaired"]).max()
assert (shares["factors"] > shares["rotated"])[:-1].all()
say(
    f"{len(held_out):,} held-out games",
    factors_read=kept,
    all_read=factored["read"]["factors"].at(-1),
)
say(factors_lead=lead, factors_rank=factor_ranks[at_share])
say(factors_pay=bool(kept["factors"].low > max(kept[r].high for r in ("mispaired", "rotated"))))

# %% [markdown]
# With {num}`factors_rank` of 36 numbers a square, about their share, the product reads {num}`factors_read[factors]:.1%` of the cells, where the whole probe reads {num}`all_read:.1%`; with squares mispaired it is {num}`factors_read[mispaired]:.1%`, with random directions {num}`factors_read[rotated]:.1%`. So {when}`factors_pay ? the product is worth something at that rank : such a number alone shows no product`: at no rank here does it explain more than {num}`factors_lead:.1%` more of the outputs' variance than the mispaired one.
#
# *Limits.* One network, one site, and a narrower stream than theirs. They train their probe with another loss. Two numbers for a kind restrict nothing, since only differences between three kinds matter. And a fit wouldn't say that the network multiplies anything.
#
# What would it show where nothing factorises? In the [crowded network](construction-crowded) every square has a dimension of its own, mixed with all others by a random matrix. So there is no product, and the method should find none. It doesn't: at the same rank the product reads {num}`hand_factors[factors]:.1%` of the cells, with squares mispaired {num}`hand_factors[mispaired]:.1%`, with random directions {num}`hand_factors[rotated]:.1%`. At no rank does it explain more than {num}`hand_lead:.1%` more than the mispaired one.

# %%
crowd = Crowded()
last_turn, of_hand = f"resid_post {crowd.layout.context}", train[:600]
hand_ridge = probes.fit_ridge(crowd, of_hand, [TARGETS["board"]], [last_turn])
hand_outputs = probes.Outputs.of(
    hand_ridge, TARGETS["board"], last_turn, probes.Moments.of(crowd, of_hand, [last_turn])
)
of_hand = hand_outputs.scores(crowd, held_out[:100], factor_ranks, seeds=2)
hand_shares = {reader: i.mean for reader, i in of_hand["explained"].items()}
hand_lead = (hand_shares["factors"] - hand_shares["mispaired"]).max()
hand_kept = {reader: i.at(at_share) for reader, i in of_hand["read"].items()}
say("100 games", hand_factors=hand_kept, hand_lead=hand_lead)
assert hand_kept["factors"].low < hand_kept["mispaired"].high  # none is found, as the words have it
assert hand_lead < 0.05

# %% [markdown]
# ## Details: where the methods fail
#
# How far may directions be trusted? There is a network in which they are known, since we wrote it [by hand](construction.py). There a probe may read nearly every cell and yet point elsewhere. What is *not yet computed* there, *legal next*, is already "read" in {num}`construction.py::reads[legal_next][turned]:.1%` of the cells. And where features share directions, as in a [crowded version](construction-crowded) of that network, a ridge reads only {num}`construction.py::crowded_right[ridge]:.0%` of the cells of a board that is there without an error. A reading alone shows neither where a network writes nor that it has computed something; hence the controls above and the [interventions](interventions.py).
#
# ## Details: keeping a probe
#
# A probe's file says which network it was fitted to, where, and how well it did. Loading it for another network is refused.

# %%
with TemporaryDirectory() as folder:
    file = Path(folder) / "probe.safetensors"
    probes.save_probe(probes.scored(ridge, scores), file)
    again = probes.load_probe(file, model)
    try:
        probes.load_probe(file, probes.untrained(model))
    except ValueError as error:
        print("refused:", str(error).removeprefix(f"{file}: "))
print("kept:", again.fit, "on", again.games, "games, at", len(again.sites), "sites")

# %% [markdown]
# *Machinery: [`othello_gpt.probes`](api/probes.md). Before: [the model](model.py). Next: [interventions](interventions.py).*

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
# # Is there a board inside a network that was only told moves?
#
# **Yes: a weighted sum for each square reads it.** It tells mine, theirs and empty apart in {glue:text}`reads_the_board_mean:.1%` of the squares. The same kind of sum over who has played where, without the order, gets {glue:text}`reads_the_board_control_mean:.1%`. That the board can be read doesn't yet show that the network uses it. The [next chapter](interventions.py) asks that.
#
# Here is what such maps read in a game that neither the network nor the maps have seen. The upper slider steps through the game, the lower one through the layers.

# %%
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from myst_nb import glue

from othello_gpt import figures, game, probes
from othello_gpt.book_tools import claim, glue_interval
from othello_gpt.figures import READERS, Panel, Series, choice, curves, points
from othello_gpt.intervals import Interval
from othello_gpt.model import HELD_OUT_SEED, load_model, next_moves
from othello_gpt.probes import TARGETS

# %%
np.set_printoptions(legacy="1.25")  # glue formats what a number prints as
model = load_model()
train = game.sample_moves(2000, seed=1)
names = ["board", *(name for name in TARGETS if name not in ("board", *probes.SINGLE))]
ridge = probes.fit_ridge(model, train, probes.compared(tuple(TARGETS)))

# %%
shown = game.sample_moves(1, HELD_OUT_SEED, first=100_000)
layers = [site for site in ridge.sites if "mid" not in site]
rows = [ridge.sites.index(site) for site in layers]
out = {t: probes.outputs(ridge, model, shown, t)[rows, 0] for t in ridge.weight}
mine_theirs = (out["board"][:, :, 2] - out["board"][:, :, 0]).clip(-1, 1)
empty, legal = (out[t][:, :, 1].clip(0, 1) for t in ("empty", "legal_next"))
panels = [
    Panel("the game"),
    Panel("the model's next move", values=next_moves(model, shown[:, :-1])[0]),
    Panel("probe: theirs or mine", values=mine_theirs, scale="signed", limit=1, legal=False),
    Panel("probe: empty", values=empty, discs=False, legal=False),
    Panel("probe: legal next", values=legal, discs=False),
]
alt = "A held-out game, the model's next-move probabilities, and what probes read at each layer: mine or theirs, empty, legal next."
figures.game_boards(shown[0], panels, layers=layers, at=14, layer=5, alt=alt)

# %% [markdown]
# After every move the network holds a vector, its *residual stream*, at each of {glue:text}`n_sites` places between its input and its output. If a *linear* map reads the board from that vector, the board is there to be used by whatever comes next.
#
# *Mine* (blue) are the discs of the side about to move, *theirs* (orange) those of the side that has just moved, so the colours swap at every move. The discs on top are the truth. (The original notebook's "mine" is the side that has *just moved*. That is our target `just_moved`.)
#
# ## How it was obtained
#
# A probe is a formula: for each square and class a weighted sum of the stream's numbers, with the weights that make the squared error over many games least (*ridge regression*). They can be computed directly, without training, from sums that fit in memory: a game goes through the network once, and at each site (the residual stream before, between and after the halves of each layer; `resid_pre 0` is the stream before the first layer, `resid_mid 5` that after the attention of layer 5, `resid_post 5` that after its MLP; layers count from 0) only the activations' Gram matrix and their products with the labels are added up. All numbers below are about other games than those that were fitted, with 95% bootstrap intervals over games; which site is best is decided on {glue:text}`chosen` further games.

# %%
test, chosen = game.sample_moves(1000, HELD_OUT_SEED), game.sample_moves(300, seed=3)
found = probes.scores_by_source(model, ridge, train, test, tuple(TARGETS))
scores = found["the probe"]  # the others are its controls, see below
before = probes.accuracy(ridge, model, chosen, [*TARGETS.values()])
best = {name: tally.best() for name, tally in before.items()}
glue("chosen", len(chosen), display=False)
glue("fitted", len(train), display=False)
glue("tested", len(test), display=False)
glue("n_sites", len(ridge.sites), display=False)

# %%
measures = {
    "cells read correctly": lambda n: scores[n].accuracy(),
    "mean over the classes": lambda n: scores[n].macro(),
    "all 36 squares at once": lambda n: scores[n].whole_board(),
    "selectivity": lambda n: probes.advantage(scores[n], found["control labels"][n]),
}
axes = dict(x_title="site", y_title="share", y_format=".0%")
charts = {}
for measure, of in measures.items():
    seen = {n.replace("_", " "): of(n) for n in names if n != "just_moved"}
    lines = {name: Series.of(i) for name, i in seen.items()}
    alt = f"Ridge probes against the site, for {len(seen)} targets: {measure}."
    charts[measure] = curves(ridge.sites, lines, alt=alt, **axes)
choice(charts)

# %%
glue("trivial", min(scores[n].accuracy().low[0] for n in probes.SINGLE), display=False)
site = ridge.sites[best["board"]]
task, colour = (scores[name].at(best[name]) for name in ("board", "colour"))
glue("site", site, display=False)
glue("empty_best", scores["empty"].accuracy().mean[best["empty"]], display=False)
glue_interval("cell", task.accuracy().at(0), 100)
glue_interval("whole", task.whole_board().at(0), 100)
glue_interval("colour_best", colour.accuracy().at(0), 100)
assert probes.advantage(task, colour).low[0] > 0
assert scores["empty"].accuracy().mean[2] > 0.99
assert best["board"] < best["legal_next"]
glue("empty_site", ridge.sites[best["empty"]], display=False)

# %% [markdown]
# (The menu has the same for other measures: the mean over a target's classes of the share of a class that is recognised, the share of positions in which all 36 squares are right, and the *selectivity*, which is the distance to the control labels explained further down. What was just played, the parity of the position and whether it is the first are read at the first site already, in at least {glue:text}`trivial:.2%` of the positions, and not drawn; nor is `just_moved`, which is the *theirs* of `board`.) The embedding (first site) knows only the last move and the time. One layer later the *empty* squares are nearly all there. Mine and theirs come with the next layers, and *legal next*, which needs the board first, is best near the end, where the model must answer. The *absolute* colour of the discs is read in {glue:text}`colour_best_mean:.1f`% of the cells at best ({glue:text}`colour_best_low:.1f` to {glue:text}`colour_best_high:.1f`), mine and theirs in {glue:text}`cell_mean:.1f`%: the model's board is seen from the side that is to move {cite}`nanda2023`.
#
# At {glue:text}`site`, where it is best, the ridge probe is right about {glue:text}`cell_mean:.2f`% of the cells ({glue:text}`cell_low:.2f` to {glue:text}`cell_high:.2f`), and about all 36 at once in {glue:text}`whole_mean:.1f`% of the positions ({glue:text}`whole_low:.1f` to {glue:text}`whole_high:.1f`). Empty squares are right in {glue:text}`empty_best:.3%` of the cells at {glue:text}`empty_site`.
#
# ## Is a linear map the limit?
#
# Least squares aren't meant for classes. *Logistic regression* (same directions to choose from, a better loss, {glue:text}`classified:,` games instead of {glue:text}`fitted:,`) is fitted at all sites in one pass, by Adam on whitened activations that starts from the ridge. A hidden layer on top of it (an *MLP*) tells how much more a non-linear reader would get; the same logistic regression on the *bag of moves* (which squares either side has played, and when it is, but not in which order) how much needs no network.

# %% tags=["experiment"]
board = TARGETS["board"]
more = game.sample_moves(4000, seed=2)
classified = [TARGETS[name] for name in ("empty", "board", "legal_next")]
logistic = probes.fit_logistic(model, more, classified)
log_scores = probes.accuracy(logistic, model, test)
log_best = {name: t.best() for name, t in probes.accuracy(logistic, model, chosen).items()}
at = log_best["board"]
log_site = logistic.sites[at]
glue("classified", len(more), display=False)

# %% tags=["experiment"]
mlp = probes.fit_mlp(model, more, logistic, board, log_site)
mlp_scores = probes.accuracy(mlp, model, test)
moves_only = probes.BagOfMoves()
bag = probes.accuracy(probes.fit_logistic(moves_only, more, classified), moves_only, test)

# %%
fits = {"ridge": scores["board"].at(at), "logistic": log_scores["board"].at(at)}
fits |= {"MLP": mlp_scores["board"], "bag of moves": bag["board"]}
table = {}
for name, tally in fits.items():
    parts = {"cells": tally.accuracy(), "classes": tally.macro(), "boards": tally.whole_board()}
    for k, v in parts.items():
        table.setdefault(k, {})[name] = f"{v.at(0):.2%}"
        glue(f"{name}_{k}", v.mean[0], display=False)
        glue_interval(f"{name}_{k}", v.at(0))
glue("log_site", log_site, display=False)
by_bag = bag["board"].whole_board().at(0)
glue("moves_only_boards", by_bag.mean, display=False)
glue_interval("moves_only_boards", by_bag)
pd.DataFrame(table)

# %%
bars = {"empty": 0.9999, "board": 0.985, "legal_next": 0.995}
assert np.all(fits["logistic"].accuracy().low > fits["ridge"].accuracy().high)
assert np.all(probes.advantage(fits["MLP"], fits["logistic"]).high < 0.02)
table = {}
for name, bar in bars.items():
    seen = log_scores[name].at(log_best[name]).accuracy()
    row = {"cells right": f"{seen.at(0):.3%}", "at": logistic.sites[log_best[name]]}
    row |= {"aim": f"{bar:.2%}", "bag of moves": f"{bag[name].accuracy().at(0):.2%}"}
    table[name.replace("_", " ")] = row
pd.DataFrame(table).T

# %%
tally = fits["logistic"]
early = replace(tally, right=tally.right[..., :-1])
glue("last_cells", float(tally.right[..., -1].mean() / tally.cells), display=False)
glue_interval("early_cells", early.accuracy().at(0), 100)
glue_interval("early_boards", early.whole_board().at(0), 100)

# %% [markdown]
# The first table is of theirs / empty / mine at {glue:text}`log_site`: *cells* is the share of right cells, *classes* the mean over the three classes of the share of a class that is recognised, *boards* the share of positions with no cell wrong. Logistic regression reads {glue:text}`logistic_cells:.2%` ({glue:text}`logistic_cells_low:.2%` to {glue:text}`logistic_cells_high:.2%`) of the cells and {glue:text}`logistic_boards:.1%` ({glue:text}`logistic_boards_low:.1%` to {glue:text}`logistic_boards_high:.1%`) of the boards. The MLP, which starts from it, gets to {glue:text}`MLP_cells:.2%` ({glue:text}`MLP_cells_low:.2%` to {glue:text}`MLP_cells_high:.2%`) and {glue:text}`MLP_boards:.1%` ({glue:text}`MLP_boards_low:.1%` to {glue:text}`MLP_boards_high:.1%`). A larger reader or more games might get more. But that this one gains so little (less than two points, or the cell fails) says that what can be had is nearly all linear: the limit is rather the model than the probe. One position stands apart: after 31 moves a single square is left, the last move is certain without any board, and {glue:text}`last_cells:.1%` of the cells are read; in the positions before it {glue:text}`early_cells_mean:.2f`% ({glue:text}`early_cells_low:.2f` to {glue:text}`early_cells_high:.2f`), all 36 at once in {glue:text}`early_boards_mean:.1f`% ({glue:text}`early_boards_low:.1f` to {glue:text}`early_boards_high:.1f`). The second table has each target's best site beside what this book aims at; it moves with the model.
#
# ## Where are the errors?


# %%
def misread(tally):
    """The share of positions in which a square is misread, and half its interval."""
    seen = tally.by_square()
    return 1 - seen.mean[0], (seen.high - seen.low)[0] / 2


wrong, margins = misread(fits["logistic"])
about = dict(quantity="positions misread", value_format=".2%")
figures.heatboard(wrong, margins=margins, **about)

# %% [markdown]
# (Touch a square for the interval.) The same for what the ridge reads, each target at its best site:

# %%
wrong, margins = np.stack([misread(scores[n].at(best[n])) for n in names], 1)
titles = [f"{n}: {w.mean():.2%}".replace("_", " ") for n, w in zip(names, wrong, strict=True)]
about |= dict(scale="probability", limit=wrong.max(), columns=4)
figures.grid(wrong, titles, margins=margins, **about)

# %% [markdown]
# A disc is easy to follow if it can't be turned. So does it matter how often it was?

# %%
replay, read = game.replay(test), probes.read(logistic, model, test, "board", log_site)
truth, blindly = board.labels(replay), board.labels(probes.flips_ignored(replay))
reading = {"the probe": read == truth, "flips ignored": blindly == truth}
by_flips = {reader: probes.by_flips(replay, right) for reader, right in reading.items()}
lines = {reader: Series.of(i, **READERS[reader]) for reader, i in by_flips.items()}
alt = "Share of discs read correctly against how often the disc has been turned, for the probe and for a reader that ignores flips."
turns = ["never", "once", *(f"{n} times" for n in range(2, 8)), "more"]
curves(turns, lines, x_title="times turned so far", y_title="discs right", y_format=".0%", alt=alt)

# %%
many = 5
never, often = by_flips["the probe"].at(0), probes.by_flips(replay, reading["the probe"], many)
often = often.at(many)
assert by_flips["flips ignored"].high[1] < often.low < often.high < never.low
glue_interval("turned_never", never, 100)
glue_interval("turned_often", often, 100)
glue("many", many, display=False)

# %% [markdown]
# Discs that were never turned are read in {glue:text}`turned_never_mean:.1f`% of the cases ({glue:text}`turned_never_low:.1f` to {glue:text}`turned_never_high:.1f`), those that were turned {glue:text}`many` times or more in {glue:text}`turned_often_mean:.1f`% ({glue:text}`turned_often_low:.1f` to {glue:text}`turned_often_high:.1f`): turns cost the model some accuracy, but it keeps counting. A reader that ignores flips is right exactly when their number is even.
#
# ## The controls
#
# A high number proves little by itself: most cells can be guessed. So the same fit is given less to read from, or something else to read.
#
# - *Majority*: the most frequent class of each square at each ply (number of moves played).
# - *Bag of moves*: which squares either side has played, and when it is, but not in which order.
# - *Untrained*: the same network before training, at the best of its sites between layers.
# - *Embedding*: the first site, which holds the last move and the ply.
# - *Flips ignored*: what follows from the moves if no disc is ever turned; legal is what the rules allow on that board.
# - *Control labels* {cite}`hewitt2019`: every pair of a ply and a last move is given the labels of one random game. What a probe gets right here beyond the majority, it has memorised.
# - *Absolute colour*: the same site and probe, asked about black and white instead of mine and theirs (first / empty / second; where white could play, whoever's turn it is). Which squares are empty and which discs were captured doesn't depend on the side.

# %%
tallies = probes.at_best(found, best)
seen = {r: {n: t.accuracy().at(0) for n, t in of.items()} for r, of in tallies.items()}
charts = {}
for name in names:
    marks = {reader: of[name] for reader, of in seen.items() if name in of}
    alt = f"Share of cells read correctly by the ridge probe of {name} and by its controls."
    lines = {"cells right": Series.of(Interval.of([*marks.values()]))}
    look = dict(x_title="cells read correctly", x_format=".1%", alt=alt)
    charts[name.replace("_", " ")] = points(list(marks), lines, **look)
choice(charts)

# %%
controls = {reader: of["board"] for reader, of in tallies.items() if reader != "the probe"}
gains = {reader: probes.advantage(task, tally) for reader, tally in controls.items()}
strongest = min(gains, key=lambda reader: gains[reader].mean)
for reader, gain in gains.items():
    assert gain.low > 0, reader
    glue("control_" + reader.replace(" ", "_"), seen[reader]["board"].mean, display=False)
glue("strongest", strongest, display=False)
glue("n_controls", len(controls), display=False)
learned = probes.advantage(controls["control labels"], controls["majority"])
glue_interval("memorised", learned.at(0), 100)
glue_interval("gain", gains[strongest].at(0), 100)
glue_interval("selectivity", gains["control labels"].at(0), 100)

# %%
fitted = log_scores["board"].at(log_best["board"])
claim(
    "reads_the_board",
    "A linear map reads mine, theirs and empty off the residual stream",
    fitted.accuracy().at(0),
    control=bag["board"].accuracy().at(0),
    against="the same fit to the bag of moves",
    aim=bars["board"],
    published=[
        (0.996, "Nanda 2023, the upper end of 99.2-99.6% by cell", "8x8, other positions"),
        (0.98, "Wong 2025, more than 98%", "a lower bound, without the last position"),
    ],
)

# %%
claim(
    "reads_whole_boards",
    "All 36 squares at once",
    fitted.whole_board().at(0),
    control=bag["board"].whole_board().at(0),
    against="the same fit to the bag of moves",
    aim=0.75,
)

# %%
claim(
    "not_memorised",
    "The ridge probe keeps no table: it reads boards, not labels drawn for each last move and ply",
    seen["the probe"]["board"],
    control=seen["control labels"]["board"],
    against="random boards as labels",
)

# %%
claim(
    "knows_legal_next",
    "A linear map reads which moves are legal next",
    log_scores["legal_next"].at(log_best["legal_next"]).accuracy().at(0),
    control=bag["legal_next"].accuracy().at(0),
    against="the same fit to the bag of moves",
    aim=bars["legal_next"],
    published=(0.9655, "Wong, the original notebook: a squared-error probe, at layer 5, 6x6"),
)

# %% [markdown]
# For the board, guessing the majority is right in {glue:text}`control_majority:.1%` of the cells, the untrained network allows {glue:text}`control_untrained:.1%`. The strongest control is "{glue:text}`strongest`"; the probe is {glue:text}`gain_mean:.1f` points ({glue:text}`gain_low:.1f` to {glue:text}`gain_high:.1f`) above it. Its *selectivity*, the distance to the control labels, is {glue:text}`selectivity_mean:.1f` points ({glue:text}`selectivity_low:.1f` to {glue:text}`selectivity_high:.1f`); most of what it gets right of those, it owes to the majority, {glue:text}`memorised_mean:.1f` points ({glue:text}`memorised_low:.1f` to {glue:text}`memorised_high:.1f`) to memory. That rules out that the probe keeps a table by last move and ply, and no more than that: a probe of the bag of moves keeps none either. Against readers that know more there are the other controls. No interval of any of these differences touches zero, or the chapter doesn't execute. (For the claims the bag of moves gets the logistic regression too.)
#
# The menu has the same for every target, each at its best site. (Of *empty*, to ignore the flips is to know everything.) And here is every site:


# %%
def over_sites(reader, tally):
    """Accuracy at the sites that a reader has; level if it has only one."""
    i = tally.accuracy()
    at = ridge.sites[:: (len(ridge.sites) - 1) // max(len(i.mean) - 1, 1)]
    return Series(
        *(np.resize(x, len(at)) for x in (i.mean, i.low, i.high)), x=at, **READERS[reader]
    )


axes["y_title"] = "cells read correctly"
charts = {}
for name in names:
    of = {reader: tallies[name] for reader, tallies in found.items() if name in tallies}
    lines = {reader: over_sites(reader, t) for reader, t in of.items() if reader != "embedding"}
    alt = f"Share of cells of {name} read correctly by site, by the probe and its controls."
    charts[name.replace("_", " ")] = curves(ridge.sites, lines, alt=alt, **axes)
choice(charts)

# %% [markdown]
# All of it in one table, in per cent of the cells, with the half-width of the 95% interval, and a dash where a control would have no meaning:

# %%
rows = {}
for name in TARGETS:
    of = {reader: intervals[name] for reader, intervals in seen.items() if name in intervals}
    texts = {r: f"{100 * i.mean:.2f} ± {50 * (i.high - i.low):.2f}" for r, i in of.items()}
    rows[name.replace("_", " ")] = {"at": ridge.sites[best[name]]} | texts
pd.DataFrame(rows).T.fillna("-")

# %%
others = {reader: of for reader, of in seen.items() if reader != "the probe"}
unclear = []
for name in names:
    high = max(of[name].high for of in others.values() if name in of)
    unclear += [name] * (high >= seen["the probe"][name].low)
assert not {"board", "just_moved", "legal_next"} & set(unclear)
glue("unclear", " and ".join(unclear).replace("_", " "), display=False)
glue("n_targets", len(names), display=False)

# %% [markdown]
# Among the {glue:text}`n_targets` targets that have one, a control does as well as the probe, or better, with "{glue:text}`unclear`": there the probe's number shows nothing. (Which squares are empty, for one, the moves alone say.)
#
# And over the game. Early on, the bag of moves nearly suffices; the difference is made late. Over the first {glue:text}`few` moves the probe of the board is {glue:text}`ahead_early_mean:.1f` points ({glue:text}`ahead_early_low:.1f` to {glue:text}`ahead_early_high:.1f`) ahead of it, over the last {glue:text}`few` before the end {glue:text}`ahead_late_mean:.1f` ({glue:text}`ahead_late_low:.1f` to {glue:text}`ahead_late_high:.1f`). (After 31 moves the last one is certain, and no board is needed for it.)

# %%
drawn = ("the probe", "untrained", "bag of moves", "flips ignored", "majority")
charts = {}
for name in names:
    of = {r: tallies[r][name] for r in drawn}
    lines = {r: Series.of(t.by_ply().at(0), **READERS[r]) for r, t in of.items()}
    alt = f"Share of cells of {name} read correctly against the number of moves played, for the probe and four controls."
    look = dict(x_title="moves played", y_title="cells right", y_format=".0%", alt=alt)
    charts[name.replace("_", " ")] = curves(np.arange(1, 32), lines, **look)
choice(charts)

# %%
few, ahead = 5, {}
for when, moves in (("early", slice(few)), ("late", slice(-few - 1, -1))):
    two = (tallies[reader]["board"] for reader in ("the probe", "bag of moves"))
    ahead[when] = probes.advantage(*(replace(t, right=t.right[..., moves]) for t in two)).at(0)
    glue_interval(f"ahead_{when}", ahead[when], 100)
glue("few", few, display=False)
assert ahead["early"].high < ahead["late"].low

# %% [markdown]
# ## The original notebook's numbers
#
# This book grew out of a notebook by the author of {cite:t}`wong2025`. Its recipe (AdamW for 1500 steps of 512 games, at layer 5, a reading being "yes" above 0.5) minimises the squared error that the ridge minimises exactly. On the author's own model it reported these; ours, on the model of this book:

# %%
published = dict(empty=0.9968, just_moved=0.9520, legal_prev=0.9125, legal_next=0.9655)
layer_5 = ridge.sites.index("resid_post 5")
at_5 = {name: scores[name].accuracy().at(layer_5) for name in published}
rows = {}
for name, theirs in published.items():
    ours = {"ours, layer 5": at_5[name], "ours, best site": seen["the probe"][name]}
    ours |= {other: seen[other][name] for other in ("untrained", "bag of moves", "majority")}
    rows[name] = {"published, layer 5": f"{theirs:.2%}", "best site": ridge.sites[best[name]]}
    rows[name] |= {column: f"{i:.2%}" for column, i in ours.items()}
pd.DataFrame(rows)

# %%
beaten = sum(seen["the probe"][name].low > theirs for name, theirs in published.items())
glue("beaten", beaten, display=False)
glue("beaten_at_5", sum(at_5[n].low > theirs for n, theirs in published.items()), display=False)
assert beaten == len(published)

# %% [markdown]
# At the best of {glue:text}`n_sites` sites ours are higher in all {glue:text}`beaten`, by the whole interval, at layer 5 itself in {glue:text}`beaten_at_5`. It is another model too, so this compares networks more than probes.
#
# ## Geometry
#
# Each direction belongs to a square. Two kinds have to be told apart. A probe's is the one in which one best *reads*; it also turns away from whatever else varies. The difference between the means of two classes shows where the network *writes*, but only up to what goes together in games (the [construction](construction.py), where what was written is known, tells how well). Here are the latter, compared with the network's own directions for the same square: its embedding and its unembedding.

# %%
families = ("empty", "mine - theirs", "legal next", "embedding", "unembedding")
means = probes.fit_means(model, train[:1000], classified)
bases = [probes.families(model, means, s) for s in means.sites]
outer = np.setdiff1d(np.arange(36), game.centre())
cosines = {}
for a, b in combinations(families, 2):
    cosines[a, b] = np.ma.masked_all((len(bases), 36))
    cosines[a, b][:, outer] = np.stack([(f[a] * f[b]).sum(-1)[outer] for f in bases])
panels = [
    Panel(f"{a}, {b}".replace(" - ", "-"), values=cosine, scale="signed", limit=1)
    for (a, b), cosine in cosines.items()
]
alt = "Cosine between the directions of every pair of families, square by square, with a slider over the sites."
at = best["board"]
figures.stepper(panels, means.sites, at=at, columns=4, alt=alt)

# %%
average = {pair: cosine.mean(1).data for pair, cosine in cosines.items()}
chance = 1 / np.sqrt(model.config.n_embd)
glue("chance", chance, display=False)
starts, ends = average["empty", "embedding"][0], average["legal next", "unembedding"][-1]
glue("starts", starts, display=False)
glue("ends", ends, display=False)
glue("apart", average["empty", "mine - theirs"][at], display=False)
assert ends > 5 * chance > -5 * chance > starts
shown = [("empty", "embedding"), ("empty", "unembedding"), ("legal next", "unembedding")]
shown += [("empty", "mine - theirs")]
lines = {", ".join(pair): average[pair] for pair in shown}
alt = "Mean cosine over the squares between pairs of families of directions, by site."
curves(means.sites, lines, x_title="site", y_title="mean cosine", alt=alt)

# %% [markdown]
# (Blue is a positive cosine, red a negative one; two random directions would have one of about {glue:text}`chance:.2f` in size. The curves are the means over the squares of four of the pairs.) Where the stream begins, *empty* is the opposite of the square's embedding (cosine {glue:text}`starts:.2f`). That is no finding but a check of the method: there, the stream *is* the embedding of the last move, which says "not empty". Where it ends, *legal next* is the unembedding ({glue:text}`ends:.2f`): to be legal is to be predicted. *Mine - theirs* and *empty* have {glue:text}`apart:.2f` at {glue:text}`site`.
#
# Do directions stay the same from layer to layer? Each entry is the cosine between a direction at one site and at another, mean over the squares; the slider chooses the direction, and whether it is the one to read in (ridge) or the one that is written in (means).

# %%
asked = {
    "empty": ("empty", "yes", "no"),
    "mine - theirs": ("board", "mine", "theirs"),
    "legal next": ("legal_next", "yes", "no"),
}
persist = {name: probes.persistence(ridge, *question) for name, question in asked.items()}
written = {name: probes.persistence(means, *question) for name, question in asked.items()}

# %%
labels = [f"{kind}: {name}" for kind in ("read", "written") for name in asked]
alt = "Cosine between the directions of one thing at any two sites: empty, mine - theirs and legal next, as read and as written."
figures.matrix(
    np.clip([*persist.values(), *written.values()], -1, 1),
    labels,
    names=[name.removeprefix("resid_") for name in ridge.sites],
    scale="signed",
    quantity="cosine",
    x_title="site",
    y_title="site",
    at=1,
    alt=alt,
)

# %%
neighbours = {name: np.diagonal(c, 1)[1:].mean() for name, c in persist.items()}
for name, value in neighbours.items():
    glue("persist_" + name.split()[0], value, display=False)
half = len(ridge.sites) // 2
glue("far_mine", np.diagonal(persist["mine - theirs"], half).mean(), display=False)
glue("far_written", np.diagonal(written["mine - theirs"], half).mean(), display=False)

# %% [markdown]
# From one site to the next the cosine is {glue:text}`persist_mine:.2f` for *mine - theirs*, {glue:text}`persist_empty:.2f` for *empty* and {glue:text}`persist_legal:.2f` for *legal next*: directions turn from site to site. Half the network further it is {glue:text}`far_mine:.2f` for *mine - theirs* as read, {glue:text}`far_written:.2f` as written.
#
# And time? Each position of the context has a vector of its own. Do these say anything of the squares? Here are their cosines with each square's directions, those of the stream at {glue:text}`site`.

# %%
position = bases[at]["position"]
panels = []
for name in families:
    values = np.ma.masked_all((len(position), 36))
    values[:, outer] = (position @ bases[at][name][outer].T).numpy()
    panels.append(Panel(name, values=values, scale="signed", limit=0.5))
of_squares = max(np.abs(panel.values).mean() for panel in panels)
glue("of_squares", of_squares, display=False)
assert of_squares < 2 * chance
labels = [f"position of move {move}" for move in range(1, 32)]
alt = "Cosine between a position's vector and each square's directions, five families, with a slider over the positions."
figures.stepper(panels, labels, columns=5, alt=alt)

# %% [markdown]
# They hardly do: the mean size of the cosine is at most {glue:text}`of_squares:.2f` in any family. Are they a list of labels then, or do they have an order?

# %%
cosine = (position @ position.T).numpy()
lags = np.arange(1, 16)
by_lag = np.array([np.diagonal(cosine, lag).mean() for lag in lags])
turning = by_lag[1:8:2].mean() - by_lag[0:7:2].mean()
glue("turning", turning, display=False)
glue("lags", 8, display=False)
assert turning > 0
alt = (
    "Mean cosine between the position vectors of two moves against the distance between the moves."
)
curves(
    lags, {"cosine": by_lag}, x_title="moves apart", y_title="mean cosine", markers=True, alt=alt
)

# %% [markdown]
# Moves an even distance apart are made by the same player. Over the first {glue:text}`lags` distances the mean cosine at even ones exceeds that at odd ones by {glue:text}`turning:.2f`: the positions tell the network whose turn it is, which it needs to turn *black and white* into *mine and theirs*.
#
# ## Where the methods fail
#
# How far may directions be trusted? There is a network in which they are known, since we wrote it [by hand](construction.py). There a probe may read nearly every cell and yet point elsewhere, and what is *not yet computed*, *legal next*, is already "read" in {glue:text}`construction.py::legal_turned:.1%` of the cells. A reading alone shows neither where a network writes nor that it has computed something; hence the controls above and the [interventions](interventions.py).
#
# ## Keeping a probe
#
# A probe's file says which network it was fitted to, where, and how well it did. Loading it for another network is refused.

# %%
with TemporaryDirectory() as folder:
    file = Path(folder) / "probe.safetensors"
    probes.save_probe(probes.scored(ridge, {n: scores[n] for n in TARGETS}), file)
    again = probes.load_probe(file, model)
    try:
        probes.load_probe(file, probes.untrained(model))
    except ValueError as error:
        print("refused:", str(error).removeprefix(f"{file}: "))
assert again.scores["board"][at] == scores["board"].accuracy().mean[at]

# %% [markdown]
# ## What we learned
#
# - A board is there, and a linear map reads it: {glue:text}`logistic_cells_mean:.2%` of the cells ({glue:text}`logistic_cells_low:.2%` to {glue:text}`logistic_cells_high:.2%`) and {glue:text}`logistic_boards_mean:.1%` of whole boards ({glue:text}`logistic_boards_low:.1%` to {glue:text}`logistic_boards_high:.1%`) at {glue:text}`log_site`, from a network that was trained on moves and on random continuations of them, and shown no board.
# - It isn't an artefact of probing: the ridge probe is {glue:text}`gain_mean:.1f` points ({glue:text}`gain_low:.1f` to {glue:text}`gain_high:.1f`) above the strongest of {glue:text}`n_controls` controls, of which all that are fitted get the same fit and the same games.
# - The board is kept as *empty*, *mine* and *theirs*, rather than as black and white.
#
# That a map *can* read the board doesn't mean that the network *does*: the [next question](interventions.py) is what happens if one overwrites it.
#
# *Machinery: [`othello_gpt/probes.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/probes.py). Before: [the model](model.py). Next: [interventions](interventions.py).*

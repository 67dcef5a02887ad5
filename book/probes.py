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
# # Probes
#
# **Is there a board inside, though the model was only ever shown moves?**
#
# After every move the network holds a vector, its *residual stream*, at each of {glue:text}`n_sites` places between its input and its output. If a *linear* map reads the board from that vector, the board is there to be used by whatever comes next. Here is what such maps read in a game that neither the model nor the maps have seen. The upper slider steps through the game, the lower one through the layers.

# %%
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from myst_nb import glue

from othello_gpt import boards, games, probes, rules
from othello_gpt.boards import Panel, Series, choice, curves, points
from othello_gpt.claims import claim, glue_interval
from othello_gpt.intervals import Interval
from othello_gpt.model import HELD_OUT_SEED, load_model, next_moves
from othello_gpt.probes import TARGETS

np.set_printoptions(legacy="1.25")  # glue formats what a number prints as
model = load_model()
train = games.sample_moves(2000, seed=1)
names = ["board", *(name for name in TARGETS if name not in ("board", *probes.SINGLE))]
targets = [*TARGETS.values(), *map(probes.absolute, probes.SIDED)]
targets += [probes.control(TARGETS[name]) for name in names]
ridge = probes.fit_ridge(model, train, targets)

# %%
shown = games.sample_moves(1, HELD_OUT_SEED, first=100_000)
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
boards.game(shown[0], panels, layers=layers, at=14, layer=5, alt=alt)

# %% [markdown]
# *Mine* (blue) are the discs of the side about to move, *theirs* (orange) those of the side that has just moved, so the colours swap at every move. The discs on top are the truth. (The original notebook's "mine" is the side that has *just moved*. That is our target `just_moved`.)
#
# ## How it was obtained
#
# A probe is a formula: for each square and class a weighted sum of the stream's numbers, with the weights that make the squared error over many games least (*ridge regression*). They can be computed directly, without training, from sums that fit in memory: a game goes through the network once, and at each site (the residual stream before, between and after the halves of each layer; `resid_pre 0` is the stream before the first layer, `resid_mid 5` that after the attention of layer 5, `resid_post 5` that after its MLP; layers count from 0) only the activations' Gram matrix and their products with the labels are added up. All numbers below are about other games than those that were fitted, with 95% bootstrap intervals over games; which site is best is decided on {glue:text}`chosen` further games.

# %%
test, chosen = games.sample_moves(1000, HELD_OUT_SEED), games.sample_moves(300, seed=3)
scores = probes.accuracy(ridge, model, test, targets)
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
    "selectivity": lambda n: probes.advantage(scores[n], scores[f"control of {n}"]),
}
axes = dict(x_title="site", y_title="share", y_format=".0%")
charts = {}
for measure, of in measures.items():
    seen = {n.replace("_", " "): of(n) for n in names if n != "just_moved"}
    lines = {name: Series.of(i) for name, i in seen.items()}
    alt = f"Ridge probes against the site, for seven targets: {measure}."
    charts[measure] = curves(ridge.sites, lines, alt=alt, **axes)
choice(charts)

# %%
trivial = [scores[n].accuracy().mean[0] for n in probes.SINGLE]
glue("trivial", min(trivial), display=False)
site = ridge.sites[best["board"]]
whole = scores["board"].whole_board()
glue("site", site, display=False)
glue("cell", scores["board"].accuracy().mean[best["board"]], display=False)
glue("whole", whole.mean[best["board"]], display=False)
glue("empty_best", scores["empty"].accuracy().mean[best["empty"]], display=False)
colour = scores["colour"].at(best["colour"])
glue("colour_best", colour.accuracy().mean[0], display=False)
assert probes.advantage(scores["board"].at(best["board"]), colour).low[0] > 0
assert scores["empty"].accuracy().mean[2] > 0.99
assert best["board"] < best["legal_next"]
glue("empty_site", ridge.sites[best["empty"]], display=False)

# %% [markdown]
# (The menu has the same for other measures: the mean over a target's classes of the share of a class that is recognised, the share of positions in which all 36 squares are right, and the *selectivity*, which is the distance to the control labels explained further down. What was just played, the parity of the position and whether it is the first are read without error at the first site, {glue:text}`trivial:.2%`, and not drawn; `just_moved` runs along `board`.) The embedding (first site) knows only the last move and the time. One layer later the *empty* squares are nearly all there. Mine and theirs come with the next layers, and *legal next*, which needs the board first, is best near the end, where the model must answer. The *absolute* colour of the discs is read in {glue:text}`colour_best:.1%` of the cells at best, mine and theirs in {glue:text}`cell:.1%`: the model's board is seen from the side that is to move {cite}`nanda2023`.
#
# At {glue:text}`site`, where it is best, the ridge probe is right about {glue:text}`cell:.2%` of the cells, and about all 36 at once in {glue:text}`whole:.1%` of the positions. Empty squares are right in {glue:text}`empty_best:.3%` of the cells at {glue:text}`empty_site`.
#
# ## Is a linear map the limit?
#
# Least squares aren't meant for classes. *Logistic regression* (same directions to choose from, a better loss, twice as many games) is fitted at all sites in one pass, by Adam on whitened activations that starts from the ridge. A hidden layer on top of it (an *MLP*) tells how much more a non-linear reader would get; the same logistic regression on the *bag of moves* (which squares either side has played, and when it is, but not in which order) how much needs no network.

# %%
board = TARGETS["board"]
more = games.sample_moves(4000, seed=2)
classified = [TARGETS[name] for name in ("empty", "board", "legal_next")]
logistic = probes.fit_logistic(model, more, classified)
log_scores = probes.accuracy(logistic, model, test)
log_best = {name: t.best() for name, t in probes.accuracy(logistic, model, chosen).items()}
at = log_best["board"]
log_site = logistic.sites[at]

# %%
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
glue("log_site", log_site, display=False)
glue("moves_only_boards", bag["board"].whole_board().mean[0], display=False)
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
# The first table is of theirs / empty / mine at {glue:text}`log_site`: *cells* is the share of right cells, *classes* the mean over the three classes of the share of a class that is recognised, *boards* the share of positions with no cell wrong. Logistic regression reads {glue:text}`logistic_cells:.2%` of the cells and {glue:text}`logistic_boards:.1%` of the boards. The MLP, which starts from it, gets to {glue:text}`MLP_cells:.2%` and {glue:text}`MLP_boards:.1%`. A larger reader or more games might get more. But that this one gains so little (less than two points, or the cell fails) says that what can be had is nearly all linear: the limit is rather the model than the probe. One position stands apart: after 31 moves a single square is left, the last move is certain without any board, and {glue:text}`last_cells:.1%` of the cells are read; in the positions before it {glue:text}`early_cells_mean:.2f`% ({glue:text}`early_cells_low:.2f` to {glue:text}`early_cells_high:.2f`), all 36 at once in {glue:text}`early_boards_mean:.1f`% ({glue:text}`early_boards_low:.1f` to {glue:text}`early_boards_high:.1f`). The second table has each target's best site beside what this book aims at; it moves with the model.
#
# ## Where are the errors?


# %%
def misread(tally):
    """The share of positions in which a square is misread, and half its interval."""
    seen = tally.by_square()
    return 1 - seen.mean[0], (seen.high - seen.low)[0] / 2


wrong, margins = misread(fits["logistic"])
about = dict(quantity="positions misread", value_format=".2%")
boards.heatboard(wrong, margins=margins, **about)

# %% [markdown]
# (Touch a square for the interval.) The same for what the ridge reads, each target at its best site:

# %%
wrong, margins = np.stack([misread(scores[n].at(best[n])) for n in names], 1)
titles = [f"{n}: {w.mean():.2%}".replace("_", " ") for n, w in zip(names, wrong, strict=True)]
about |= dict(scale="probability", limit=wrong.max(), columns=4)
boards.grid(wrong, titles, margins=margins, **about)

# %% [markdown]
# A disc is easy to follow if it can't be turned. So does it matter how often it was?

# %%
replay = rules.replay(test)
unflipped = probes.flips_ignored(replay)
truth, read = board.labels(replay), probes.read(logistic, model, test, "board", log_site)
right, blindly = read == truth, board.labels(unflipped) == truth
flips = probes.flips_so_far(replay).clip(max=8)
counts = np.stack([(flips == n) & (truth != 1) for n in range(9)], -1)
hits, blind, total = (
    (counts * x[..., None]).sum((1, 2)) for x in (right, blindly, np.ones_like(right))
)
by_flips, no_flips = (probes.bootstrap_shares(h, total) for h in (hits, blind))
lines = {
    "probe": Series.of(by_flips, colour=boards.MODEL),
    "flips ignored": Series.of(no_flips, colour=boards.CONTROL),
}
alt = "Share of discs read correctly against how often the disc has been turned, for the probe and for a reader that ignores flips."
often = hits[:, 5:].sum() / total[:, 5:].sum()
glue("turned_never", float(by_flips.mean[0]), display=False)
glue("turned_often", float(often), display=False)
assert no_flips.high[1] < often < by_flips.low[0]
turns = ["never", "once", *(f"{n} times" for n in range(2, 8)), "more"]
curves(turns, lines, x_title="times turned so far", y_title="discs right", y_format=".0%", alt=alt)

# %% [markdown]
# Discs that were never turned are read in {glue:text}`turned_never:.1%` of the cases, those that were turned five times or more in {glue:text}`turned_often:.1%`: turns cost the model some accuracy, but it keeps counting. A reader that ignores flips is right exactly when their number is even.
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
blank = probes.untrained(model)
sources = {"majority": probes.Ply(), "bag of moves": moves_only, "untrained": blank}
base = {}
for name, source in sources.items():
    fit = probes.fit_ridge(source, train, sites=source.sites[::2])
    base[name] = probes.accuracy(fit, source, test)


# %%
def readers(name):
    """The tallies of the probe of a target and of all that it is compared with."""
    target, absolute = TARGETS[name], {"board": "colour"}.get(name, f"absolute {name}")
    found = {"the probe": scores[name]} | {other: of[name] for other, of in base.items()}
    found["embedding"] = scores[name].at(0)
    found["flips ignored"] = probes.ignoring_flips(target, replay)
    others = {"control labels": f"control of {name}", "absolute colour": absolute}
    return found | {other: scores[key] for other, key in others.items() if key in scores}


tallies = {name: readers(name) for name in TARGETS}
for name, of in tallies.items():  # a control at the best site of the probe, or else at its own
    alike = {other: len(tally.right) == len(ridge.sites) for other, tally in of.items()}
    tallies[name] = {o: (t, best[name] if alike[o] else t.best()) for o, t in of.items()}
seen = {n: {o: t.accuracy() for o, (t, _) in of.items()} for n, of in tallies.items()}

# %%
charts = {}
for name in names:
    marks = [seen[name][other].at(at) for other, (_, at) in tallies[name].items()]
    alt = f"Share of cells read correctly by the ridge probe of {name} and by its controls."
    lines = {"cells right": Series.of(Interval.of(marks))}
    look = dict(x_title="cells read correctly", x_format=".1%", alt=alt)
    charts[name.replace("_", " ")] = points(list(tallies[name]), lines, **look)
choice(charts)

# %%
at = best["board"]
controls = {other: t.at(k) for other, (t, k) in tallies["board"].items()}
task = controls.pop("the probe")
gains = {name: probes.advantage(task, tally) for name, tally in controls.items()}
strongest = min(gains, key=lambda name: gains[name].mean)
for name, gain in gains.items():
    assert gain.low > 0, name
    glue("control_" + name.replace(" ", "_"), controls[name].accuracy().mean[0], display=False)
glue("strongest", strongest, display=False)
learned = probes.advantage(controls["control labels"], controls["majority"])
glue("memorised", 100 * learned.mean[0], display=False)
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
    published=(0.992, "Nanda 2023, 25M parameters, 8x8"),
)
claim(
    "reads_whole_boards",
    "All 36 squares at once",
    fitted.whole_board().at(0),
    control=bag["board"].whole_board().at(0),
    against="the same fit to the bag of moves",
    aim=0.75,
)
claim(
    "not_memorised",
    "The ridge probe reads and doesn't memorise",
    task.accuracy().at(0),
    control=controls["control labels"].accuracy().at(0),
    against="random boards as labels",
)

# %%
top = {name: log_scores[name].at(log_best[name]).accuracy().at(0) for name in bars}
claim(
    "knows_legal_next",
    "A linear map reads which moves are legal next",
    top["legal_next"],
    control=bag["legal_next"].accuracy().at(0),
    against="the same fit to the bag of moves",
    aim=bars["legal_next"],
    published=(0.9655, "Wong, the original notebook, 6x6"),
)

# %% [markdown]
# For the board, guessing the majority is right in {glue:text}`control_majority:.1%` of the cells, the untrained network allows {glue:text}`control_untrained:.1%`. The strongest control is "{glue:text}`strongest`"; the probe is {glue:text}`gain_mean:.1f` points ({glue:text}`gain_low:.1f` to {glue:text}`gain_high:.1f`) above it. Its *selectivity*, the distance to the control labels, is {glue:text}`selectivity_mean:.1f` points ({glue:text}`selectivity_low:.1f` to {glue:text}`selectivity_high:.1f`); most of what it gets right of those, it owes to the majority, {glue:text}`memorised:.1f` points to memory. No interval of any of these differences touches zero, or the chapter doesn't execute. (For the claims the bag of moves gets the logistic regression too.)
#
# The menu has the same for every target, each at its best site. (Of *empty*, to ignore the flips is to know everything.) And here is every site:

# %%
tints = {"the probe": boards.MODEL, "untrained": boards.THEIRS, "bag of moves": boards.MINE}
tints |= {"majority": boards.CONTROL, "flips ignored": boards.EMPTY}
tints |= {"absolute colour": boards.LEGAL, "control labels": boards.TRUTH}


def line(interval, tint):
    """Accuracy at the sites that a reader has; level if it has only one."""
    parts = [np.resize(p, max(len(p), 9)) for p in (interval.mean, interval.low, interval.high)]
    step = (len(ridge.sites) - 1) // (len(parts[0]) - 1)
    return Series(*parts, x=ridge.sites[::step], colour=tint)


axes["y_title"] = "cells read correctly"
charts = {}
for name in names:
    lines = {other: line(seen[name][other], tints[other]) for other in tints if other in seen[name]}
    alt = (
        f"Share of cells of {name} read correctly against the site, by the probe and its controls."
    )
    charts[name.replace("_", " ")] = curves(ridge.sites, lines, alt=alt, **axes)
choice(charts)

# %% [markdown]
# All of it in one table, in per cent of the cells, with the half-width of the 95% interval, and a dash where a control would have no meaning:

# %%
rows = {}
for name, of in tallies.items():
    marks = {other: seen[name][other].at(at) for other, (_, at) in of.items()}
    rows[name.replace("_", " ")] = {"at": ridge.sites[best[name]]} | {
        other: f"{100 * i.mean:.2f} ± {50 * (i.high - i.low):.2f}" for other, i in marks.items()
    }
unclear = []
for name in names:
    probe, *others = (seen[name][other].at(at) for other, (_, at) in tallies[name].items())
    unclear += [name] * any(other.high >= probe.low for other in others)
assert "empty" in unclear
assert not {"board", "just_moved", "legal_next"} & set(unclear)
glue("unclear", " and ".join(unclear).replace("_", " "), display=False)
pd.DataFrame(rows).T.fillna("-")

# %% [markdown]
# Among the eight targets, a control does as well as the probe, or better, with "{glue:text}`unclear`": there the probe's number shows nothing. (Which squares are empty, for one, the moves alone say.)
#
# And over the game. Early on, everyone can follow; the difference is made late. (After 31 moves the last one is certain, and no board is needed for it.)

# %%
charts = {}
for name in names:
    lines = {}
    for other in ("the probe", "untrained", "bag of moves", "flips ignored", "majority"):
        tally, at_site = tallies[name][other]
        i = tally.at(at_site).by_ply()
        lines[other] = Series.of(i.at(0), colour=tints[other])
    alt = f"Share of cells of {name} read correctly against the number of moves played, for the probe and four controls."
    look = dict(x_title="moves played", y_title="cells right", y_format=".0%", alt=alt)
    charts[name.replace("_", " ")] = curves(np.arange(1, 32), lines, **look)
choice(charts)

# %% [markdown]
# ## The original notebook's numbers
#
# This book grew out of a notebook by the author of {cite:t}`wong2025`. Its recipe (AdamW for 1500 steps of 512 games, at layer 5, a reading being "yes" above 0.5) minimises the squared error that the ridge minimises exactly. On the author's own model it reported these; ours, on the model of this book:

# %%
published = dict(empty=0.9968, just_moved=0.9520, legal_prev=0.9125, legal_next=0.9655)
layer_5 = ridge.sites.index("resid_post 5")
rows = {}
for name, theirs in published.items():
    ours, top = seen[name]["the probe"].mean, best[name]
    rows[name] = {"published, layer 5": theirs, "ours, layer 5": ours[layer_5]}
    rows[name] |= {"ours, best site": ours[top], "which": ridge.sites[top]}
    for other in ("untrained", "bag of moves", "majority"):
        rows[name][other] = seen[name][other].at(tallies[name][other][1]).mean
beaten = sum(row["ours, best site"] > row["published, layer 5"] for row in rows.values())
at_5 = sum(row["ours, layer 5"] > row["published, layer 5"] for row in rows.values())
glue("beaten", beaten, display=False)
glue("beaten_at_5", at_5, display=False)
assert beaten == len(published)
table = pd.DataFrame(rows).T
table.style.format("{:.2%}", subset=[name for name in table.columns if name != "which"])

# %% [markdown]
# At the best of {glue:text}`n_sites` sites ours are higher in all {glue:text}`beaten`, at layer 5 itself in {glue:text}`beaten_at_5`. It is another model too, so this compares networks more than probes.
#
# ## Geometry
#
# Each direction belongs to a square. Two kinds have to be told apart. A probe's is the one in which one best *reads*; it also turns away from whatever else varies. The difference between the means of two classes shows where the network *writes*, but only up to what goes together in games (the [construction](construction.py), where what was written is known, tells how well). Here are the latter, compared with the network's own directions for the same square: its embedding and its unembedding.

# %%
families = ("empty", "mine - theirs", "legal next", "embedding", "unembedding")
means = probes.fit_means(model, train[:1000], classified)
found = [probes.families(model, means, s) for s in means.sites]
outer = np.setdiff1d(np.arange(36), rules.centre())
cosines = {}
for a, b in combinations(families, 2):
    cosines[a, b] = np.ma.masked_all((len(found), 36))
    cosines[a, b][:, outer] = np.stack([(f[a] * f[b]).sum(-1)[outer] for f in found])
panels = [
    Panel(f"{a}, {b}".replace(" - ", "-"), values=cosine, scale="signed", limit=1)
    for (a, b), cosine in cosines.items()
]
alt = "Cosine between the directions of every pair of families, square by square, with a slider over the sites."
boards.stepper(panels, means.sites, at=at, columns=4, alt=alt)

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
labels = [f"{kind}: {name}" for kind in ("read", "written") for name in asked]
alt = "Cosine between the directions of one thing at any two sites: empty, mine - theirs and legal next, as read and as written."
boards.matrix(
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
position = found[at]["position"]
panels = []
for name in families:
    values = np.ma.masked_all((len(position), 36))
    values[:, outer] = (position @ found[at][name][outer].T).numpy()
    panels.append(Panel(name, values=values, scale="signed", limit=0.5))
of_squares = max(np.abs(panel.values).mean() for panel in panels)
glue("of_squares", of_squares, display=False)
assert of_squares < 2 * chance
labels = [f"position of move {move}" for move in range(1, 32)]
alt = "Cosine between a position's vector and each square's directions, five families, with a slider over the positions."
boards.stepper(panels, labels, columns=5, alt=alt)

# %% [markdown]
# They hardly do: the mean size of the cosine is at most {glue:text}`of_squares:.2f` in any family. Are they a list of labels then, or do they have an order?

# %%
cosine = (position @ position.T).numpy()
lags = np.arange(1, 16)
by_lag = np.array([np.diagonal(cosine, lag).mean() for lag in lags])
turning = by_lag[1:8:2].mean() - by_lag[0:7:2].mean()
glue("turning", turning, display=False)
assert turning > 0
alt = (
    "Mean cosine between the position vectors of two moves against the distance between the moves."
)
curves(
    lags, {"cosine": by_lag}, x_title="moves apart", y_title="mean cosine", markers=True, alt=alt
)

# %% [markdown]
# Moves an even distance apart are made by the same player. Over the first eight distances the mean cosine at even ones exceeds that at odd ones by {glue:text}`turning:.2f`: the positions tell the network whose turn it is, which it needs to turn *black and white* into *mine and theirs*.
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
        probes.load_probe(file, blank)
    except ValueError as error:
        print("refused:", str(error).removeprefix(f"{file}: "))
assert again.scores["board"][at] == scores["board"].accuracy().mean[at]

# %% [markdown]
# ## What we learned
#
# - A board is there, and a linear map reads it: {glue:text}`logistic_cells:.1%` of the cells and {glue:text}`logistic_boards:.0%` of whole boards at {glue:text}`log_site`, from a network that has only ever seen moves.
# - It isn't an artefact of probing: the ridge probe is {glue:text}`gain_mean:.1f` points above the strongest of seven controls, of which all that are fitted get the same fit and the same games.
# - The board is kept as *empty*, *mine* and *theirs*, rather than as black and white.
#
# That a map *can* read the board doesn't mean that the network *does*: the [next question](interventions.py) is what happens if one overwrites it.
#
# *Machinery: [`othello_gpt/probes.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/probes.py). Before: [the model](model.py). Next: [interventions](interventions.py).*

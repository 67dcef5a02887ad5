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
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from myst_nb import glue

from othello_gpt import boards, games, probes, rules
from othello_gpt.boards import Panel, Series, choice, curves, game, grid, heatboard, points
from othello_gpt.claims import claim
from othello_gpt.intervals import Interval
from othello_gpt.model import HELD_OUT_SEED, load_model, next_moves
from othello_gpt.probes import TARGETS

np.set_printoptions(legacy="1.25")  # glue formats what a number prints as
model = load_model()
train = games.sample_moves(2000, seed=1)
targets = [*TARGETS.values(), probes.control(TARGETS["board"])]
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
game(shown[0], panels, layers=layers, at=14, layer=5, alt=alt)

# %% [markdown]
# *Mine* (blue) are the discs of the side about to move, *theirs* (orange) those of the side that has just moved, so the colours swap at every move. The discs on top are the truth. (The original notebook's "mine" is the side that has *just moved*. That is our target `just_moved`.)
#
# ## How it was obtained
#
# A probe is a formula: for each square and class a weighted sum of the stream's numbers, with the weights that make the squared error over many games least (*ridge regression*). They can be computed directly, without training, from sums that fit in memory: a game goes through the network once, and at each site (the residual stream before, between and after the halves of each layer) only the activations' Gram matrix and their products with the labels are added up. All numbers below are about other games than those that were fitted, with 95% bootstrap intervals over games; which site is best is decided on {glue:text}`chosen` further games.

# %%
test, chosen = games.sample_moves(1000, HELD_OUT_SEED), games.sample_moves(300, seed=3)
scores = probes.accuracy(ridge, model, test, targets)
best = {name: t.best() for name, t in probes.accuracy(ridge, model, chosen, targets).items()}
glue("chosen", len(chosen), display=False)
glue("fitted", len(train), display=False)
glue("tested", len(test), display=False)
glue("n_sites", len(ridge.sites), display=False)

# %%
lines = {}
for name in ("empty", "board", "legal_prev", "legal_next", "colour", "previous_board", "captured"):
    seen = scores[name].accuracy()
    lines[name.replace("_", " ")] = Series(seen.mean, seen.low, seen.high)
alt = "Share of cells that the ridge probes read correctly against the site, for seven targets."
trivial = [scores[n].accuracy().mean[0] for n in ("last_move", "parity", "first_position")]
glue("trivial", min(trivial), display=False)
curves(ridge.sites, lines, x_title="site", y_title="cells read correctly", y_format=".0%", alt=alt)

# %% [markdown]
# (What was just played, the parity of the position and whether it is the first are read without error at the first site: {glue:text}`trivial:.2%`.) The embedding (first site) knows only the last move and the time. One layer later the *empty* squares are nearly all there. Mine and theirs come with the next layers, and *legal next*, which needs the board first, is best near the end, where the model must answer. The *absolute* colour of the discs is read in {glue:text}`colour_best:.1%` of the cells at best, mine and theirs in {glue:text}`cell:.1%`: the model's board is seen from the side that is to move {cite}`nanda2023`.

# %%
site = ridge.sites[best["board"]]
whole = scores["board"].whole_board()
glue("site", site, display=False)
glue("cell", scores["board"].accuracy().mean[best["board"]], display=False)
glue("whole", whole.mean[best["board"]], display=False)
glue("empty_best", scores["empty"].accuracy().mean[best["empty"]], display=False)
colour = scores["colour"].at(best["colour"])
glue("colour_best", colour.accuracy().mean[0], display=False)
assert probes.advantage(scores["board"].at(best["board"]), colour).low[0] > 0
glue("empty_site", ridge.sites[best["empty"]], display=False)

# %% [markdown]
# At {glue:text}`site`, where it is best, the ridge probe is right about {glue:text}`cell:.2%` of the cells, and about all 36 at once in {glue:text}`whole:.1%` of the positions. Empty squares are right in {glue:text}`empty_best:.3%` of the cells at {glue:text}`empty_site`.
#
# ## Is a linear map the limit?
#
# Least squares aren't meant for classes. *Logistic regression* (same directions to choose from, a better loss, twice as many games) is fitted at all sites in one pass, by Adam on whitened activations that starts from the ridge. A hidden layer on top of it (an *MLP*) tells how much more a non-linear reader would get.

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

# %%
fits = {"ridge": scores["board"].at(at), "logistic": log_scores["board"].at(at)}
fits["MLP"] = mlp_scores["board"]
table = {}
for name, tally in fits.items():
    parts = {"cells": tally.accuracy(), "classes": tally.macro(), "boards": tally.whole_board()}
    for k, v in parts.items():
        table.setdefault(k, {})[name] = f"{v.mean[0]:.2%} [{v.low[0]:.2%}, {v.high[0]:.2%}]"
        glue(f"{name}_{k}", v.mean[0], display=False)
glue("log_site", log_site, display=False)
pd.DataFrame(table)

# %%
bars = {"empty": 0.9999, "board": 0.985, "legal_next": 0.995}
assert np.all(fits["logistic"].accuracy().low > fits["ridge"].accuracy().high)
assert np.all(probes.advantage(fits["MLP"], fits["logistic"]).high < 0.02)
table = {}
for name, bar in bars.items():
    seen = log_scores[name].at(log_best[name]).accuracy()
    measured = f"{seen.mean[0]:.3%} [{seen.low[0]:.3%}, {seen.high[0]:.3%}]"
    where = logistic.sites[log_best[name]]
    table[name.replace("_", " ")] = {"cells right": measured, "aim": f"{bar:.2%}", "site": where}
pd.DataFrame(table).T

# %% [markdown]
# The first table is of theirs / empty / mine at {glue:text}`log_site`: *cells* is the share of right cells, *classes* the mean over the three classes of the share of a class that is recognised, *boards* the share of positions with no cell wrong. Logistic regression reads {glue:text}`logistic_cells:.2%` of the cells and {glue:text}`logistic_boards:.1%` of the boards. The MLP, which starts from it, gets to {glue:text}`MLP_cells:.2%` and {glue:text}`MLP_boards:.1%`. A larger reader or more games might get more. But that this one gains so little (less than two points, or the cell fails) says that what can be had is nearly all linear: the limit is rather the model than the probe. The second table has each target's best site beside what this book aims at; it moves with the model.
#
# ## Where are the errors?

# %%
replay = rules.replay(test)
truth, read = board.labels(replay), probes.read(logistic, model, test, "board", log_site)
right = read == truth
wrong = np.ma.masked_equal(1 - right.mean((0, 1)).reshape(6, 6), 2)
heatboard(100 * wrong, quantity="% of positions misread")

# %% [markdown]
# A disc is easy to follow if it can't be turned. So does it matter how often it was?

# %%
flips = probes.flips_so_far(replay).clip(max=8)
unflipped = probes.unflipped_board(replay)
counts = np.stack([(flips == n) & (truth != 1) for n in range(9)], -1)
hits, blind, total = (
    (counts * x[..., None]).sum((1, 2)) for x in (right, unflipped == truth, np.ones_like(right))
)
by_flips, no_flips = (probes.bootstrap_shares(h, total) for h in (hits, blind))
lines = {
    "probe": Series(by_flips.mean, by_flips.low, by_flips.high, colour=boards.MODEL),
    "flips ignored": Series(no_flips.mean, no_flips.low, no_flips.high, colour=boards.CONTROL),
}
alt = "Share of discs read correctly against how often the disc has been turned, for the probe and for a reader that ignores flips."
often = hits[:, 5:].sum() / total[:, 5:].sum()
glue("turned_never", float(by_flips.mean[0]), display=False)
glue("turned_often", float(often), display=False)
assert no_flips.high[1] < often < by_flips.low[0]
names = ["never", "once", *(f"{n} times" for n in range(2, 8)), "more"]
curves(names, lines, x_title="times turned so far", y_title="discs right", y_format=".0%", alt=alt)

# %% [markdown]
# Discs that were never turned are read in {glue:text}`turned_never:.1%` of the cases, those that were turned five times or more in {glue:text}`turned_often:.1%`: turns cost the model some accuracy, but it keeps counting. A reader that ignores flips is right exactly when their number is even.
#
# ## The controls
#
# A high number proves little by itself: most cells can be guessed. So the same fit is given less to read from.
#
# - *Majority*: the most frequent class of each square at each ply.
# - *Bag of moves*: which squares either side has played, and when it is, but not in which order.
# - *Embedding*: the first site, which holds the last move and the ply.
# - *Untrained*: the same network before training, at the best of its sites between layers.
# - *Flips ignored*: the board on which no disc is ever turned.
# - *Absolute colour*: the same site and probe, asked for first / empty / second.
# - *Control labels* {cite}`hewitt2019`: every pair of a ply and a last move is given the board of one random game. What a probe gets right here beyond the majority, it has memorised.

# %%
blank = probes.untrained(model)
sources = {"majority": probes.Ply(), "bag of moves": probes.BagOfMoves(), "untrained": blank}
base = {}
for name, source in sources.items():
    fit = probes.fit_ridge(source, train, sites=source.sites[::2])
    base[name] = probes.accuracy(fit, source, test)

# %%
at = best["board"]
task = scores["board"].at(at)
controls = {name: tallies["board"].at(tallies["board"].best()) for name, tallies in base.items()}
controls["embedding"] = scores["board"].at(0)
controls["flips ignored"] = probes.tally(unflipped[None], truth, 3)
controls["absolute colour"] = scores["colour"].at(at)
controls["control labels"] = scores["control of board"].at(at)
seen = [tally.accuracy() for tally in [task, *controls.values()]]
mean, low, high = (np.concatenate([getattr(i, k) for i in seen]) for k in ("mean", "low", "high"))
alt = "Share of cells read correctly by the ridge probe and by its controls, with intervals."
points(
    ["the probe", *controls],
    {"cells right": Series(mean, low, high)},
    x_title="cells read correctly",
    x_format=".1%",
    alt=alt,
)

# %%
gains = {name: probes.advantage(task, tally) for name, tally in controls.items()}
strongest = min(gains, key=lambda name: gains[name].mean)
for name, gain in gains.items():
    assert gain.low > 0, name
    glue("control_" + name.replace(" ", "_"), controls[name].accuracy().mean[0], display=False)
glue("strongest", strongest, display=False)
learned = probes.advantage(controls["control labels"], controls["majority"])
glue("memorised", 100 * learned.mean[0], display=False)
for end in ("mean", "low", "high"):
    glue(f"gain_{end}", 100 * getattr(gains[strongest], end)[0], display=False)
    glue(f"selectivity_{end}", 100 * getattr(gains["control labels"], end)[0], display=False)

# %%
fitted = log_scores["board"].at(log_best["board"])
moves_only = probes.BagOfMoves()
bag = probes.accuracy(probes.fit_logistic(moves_only, more, classified), moves_only, test)
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
    "knows_empty",
    "A linear map reads which squares are empty",
    top["empty"],
    control=base["untrained"]["empty"].accuracy().at(base["untrained"]["empty"].best()),
    against="the network before training",
    form=".2%",
    aim=bars["empty"],
    published=(0.9999, "6M parameters, 6x6"),
)
claim(
    "knows_legal_next",
    "A linear map reads which moves are legal next",
    top["legal_next"],
    control=bag["legal_next"].accuracy().at(0),
    against="the same fit to the bag of moves",
    aim=bars["legal_next"],
    published=(0.9655, "the original notebook"),
)

# %% [markdown]
# Guessing the majority is right in {glue:text}`control_majority:.1%` of the cells, the untrained network allows {glue:text}`control_untrained:.1%`. The strongest control is "{glue:text}`strongest`"; the probe is {glue:text}`gain_mean:.1f` points ({glue:text}`gain_low:.1f` to {glue:text}`gain_high:.1f`) above it. Its *selectivity*, the distance to the control labels, is {glue:text}`selectivity_mean:.1f` points ({glue:text}`selectivity_low:.1f` to {glue:text}`selectivity_high:.1f`); most of what it gets right of those, it owes to the majority, {glue:text}`memorised:.1f` points to memory. No interval of any of these differences touches zero, or the chapter doesn't execute. (For the claims the bag of moves gets the logistic regression too.)
#
# The same for every target, each at its best site:

# %%
names = [n for n in TARGETS if n not in ("last_move", "parity", "first_position")]
readers = {"trained": (scores, boards.MODEL), "untrained": (base["untrained"], boards.THEIRS)}
readers["bag of moves"] = (base["bag of moves"], boards.MINE)
readers["majority"] = (base["majority"], boards.CONTROL)
series = {}
for reader, (tallies, tint) in readers.items():
    seen = [tallies[n].at(tallies[n].best()).accuracy() for n in names]
    parts = [np.concatenate([getattr(i, k) for i in seen]) for k in ("mean", "low", "high")]
    series[reader] = Series(*parts, colour=tint)
alt = "Share of cells read correctly for each target: trained network, untrained network, bag of moves, majority."
points(
    [n.replace("_", " ") for n in names],
    series,
    x_title="cells read correctly",
    x_format=".1%",
    alt=alt,
)


# %%
def lines_of(target):
    """Accuracy by site of one target, beside what the same fit gets from less."""
    lines = {}
    for reader, (tallies, tint) in readers.items():
        seen = tallies[target].accuracy()
        at_sites = ridge.sites if reader == "trained" else ridge.sites[::2]
        if len(seen.mean) == 1:  # no sites: a level line
            seen = Interval(
                *(np.repeat(v, len(at_sites)) for v in (seen.mean, seen.low, seen.high))
            )
        lines[reader] = Series(seen.mean, seen.low, seen.high, x=at_sites, colour=tint)
    return lines


axes = dict(x_title="site", y_title="cells read correctly", y_format=".0%")
choice({n.replace("_", " "): curves(ridge.sites, lines_of(n), **axes) for n in names})

# %% [markdown]
# All of it in one table, in per cent of the cells, with the half-width of the 95% interval:

# %%
rows = {}
for n in names:
    columns = {reader: tallies[n].at(tallies[n].best()) for reader, (tallies, _) in readers.items()}
    columns |= {"embedding": scores[n].at(0)}
    seen = {reader: tally.accuracy() for reader, tally in columns.items()}
    rows[n.replace("_", " ")] = {"at": ridge.sites[best[n]]} | {
        k: f"{100 * i.mean[0]:.2f} ± {50 * (i.high - i.low)[0]:.2f}" for k, i in seen.items()
    }
pd.DataFrame(rows).T

# %% [markdown]
# And over the game. Early on, everyone can follow; the difference is made late.

# %%
tallies = {"the probe": task} | {
    name: controls[name] for name in ("untrained", "bag of moves", "flips ignored", "majority")
}
lines = {}
for name, tally in tallies.items():
    seen = tally.by_ply()
    lines[name] = Series(seen.mean[0], seen.low[0], seen.high[0])
alt = "Share of cells read correctly against the number of moves played, for the probe and four controls."
curves(
    np.arange(1, 32), lines, x_title="moves played", y_title="cells right", y_format=".0%", alt=alt
)

# %% [markdown]
# ## The original notebook's numbers
#
# Its recipe (AdamW for 1500 steps of 512 games, at layer 5, a reading being "yes" above 0.5) minimises the squared error that the ridge minimises exactly. On the author's own model it reported these; ours, on the model of this book:

# %%
published = dict(empty=0.9968, just_moved=0.9520, legal_prev=0.9125, legal_next=0.9655)
layer_5 = ridge.sites.index("resid_post 5")
rows = {}
for name, theirs in published.items():
    seen, top = scores[name].accuracy(), best[name]
    ours = {"ours, layer 5": seen.mean[layer_5], "ours, best site": seen.mean[top]}
    rows[name] = {"published, layer 5": theirs} | ours | {"which": ridge.sites[top]}
beaten = sum(row["ours, best site"] > row["published, layer 5"] for row in rows.values())
glue("beaten", beaten, display=False)
assert beaten == len(published)
table = pd.DataFrame(rows).T
table.style.format("{:.2%}", subset=list(table.columns[:3]))

# %% [markdown]
# All {glue:text}`beaten` of its numbers are beaten at the best site.
#
# ## Geometry
#
# Each direction belongs to a square. Two kinds have to be told apart. A probe's is the one in which one best *reads*; it also turns away from whatever else varies. The difference between the means of two classes is the one in which the network *writes*. Here are the latter, compared with the network's own directions for the same square: its embedding and its unembedding.

# %%
compared = {
    "empty, embedding": ("empty", "embedding"),
    "empty, unembedding": ("empty", "unembedding"),
    "legal next, unembedding": ("legal next", "unembedding"),
    "mine - theirs, empty": ("mine - theirs", "empty"),
}
means = probes.fit_means(model, train[:1000], classified)
found = [probes.families(model, means, s) for s in means.sites]
cosines = {n: np.stack([(f[a] * f[b]).sum(-1) for f in found]) for n, (a, b) in compared.items()}
outer = np.setdiff1d(np.arange(36), rules.centre())
average = {name: c[:, outer].mean(1) for name, c in cosines.items()}
alt = "Mean cosine over the squares between pairs of families of directions, by site."
curves(means.sites, average, x_title="site", y_title="mean cosine", alt=alt)

# %%
ends = ("empty, embedding", 0), ("legal next, unembedding", -1)
ends += ("empty, unembedding", -1), ("mine - theirs, empty", at)
cells = np.ma.masked_all((len(ends), 36))
for n, (name, s) in enumerate(ends):
    cells[n, outer] = cosines[name][s, outer]
    glue(f"cosine_{n}", average[name][s], display=False)
titles = [f"{name} ({means.sites[s]})" for name, s in ends]
chance = 1 / np.sqrt(model.config.n_embd)
glue("chance", chance, display=False)
assert average["legal next, unembedding"][-1] > 5 * chance > -5 * chance > average[ends[0][0]][0]
grid(cells.reshape(-1, 6, 6), titles, quantity="cosine", limit=1, columns=2)

# %% [markdown]
# (Two random directions would have a cosine of about {glue:text}`chance:.2f` in size.) Where the stream begins, *empty* is the opposite of the square's embedding (cosine {glue:text}`cosine_0:.2f`). That is no finding but a check of the method: there, the stream *is* the embedding of the last move, which says "not empty". Where it ends, *legal next* is the unembedding ({glue:text}`cosine_1:.2f`): to be legal is to be predicted. *Mine - theirs* and *empty* have {glue:text}`cosine_3:.2f` at {glue:text}`site`.
#
# Do directions stay the same from layer to layer?

# %%
persist = {
    "empty": probes.persistence(ridge, "empty", "yes", "no"),
    "mine - theirs": probes.persistence(ridge, "board", "mine", "theirs"),
    "legal next": probes.persistence(ridge, "legal_next", "yes", "no"),
}
alt = "Cosine between a probe's direction at each site and its direction at the best site for the board."
curves(
    ridge.sites,
    {name: Series(c[at]) for name, c in persist.items()},
    x_title="site",
    y_title=f"cosine with the direction at {site}",
    alt=alt,
)

# %%
neighbours = {name: np.diagonal(c, 1)[1:].mean() for name, c in persist.items()}
for name, value in neighbours.items():
    glue("persist_" + name.split()[0], value, display=False)
glue("far_mine", np.diagonal(persist["mine - theirs"], len(ridge.sites) // 2).mean(), display=False)

# %% [markdown]
# From one site to the next the cosine is {glue:text}`persist_mine:.2f` for *mine - theirs*, {glue:text}`persist_empty:.2f` for *empty* and {glue:text}`persist_legal:.2f` for *legal next*: directions turn from site to site. Half the network further it is {glue:text}`far_mine:.2f` for *mine - theirs*.
#
# And time? Each position of the context has a vector of its own. Are they a list of labels, or do they have an order?

# %%
position = found[0]["position"]
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
# - It isn't an artefact of probing: the ridge probe is {glue:text}`gain_mean:.1f` points above the strongest of seven controls, which get the same fit and the same games.
# - The board is kept as *empty*, *mine* and *theirs*, rather than as black and white.
#
# That a map *can* read the board doesn't mean that the network *does*: the [next question](interventions.py) is what happens if one overwrites it.
#
# *Machinery: [`othello_gpt/probes.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/probes.py). Before: [the model](model.py). Next: [interventions](interventions.py).*

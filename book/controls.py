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
# # Is it impressive?
#
# **Is mapping a {glue:text}`width`-dimensional space to a 6x6 board impressive, or would anything of that size do?**
#
# Two answers are needed. *How much of a probe's accuracy comes without any model of the game?* For that, other things are put in the network's place. And *how far is the network from perfect?* 6x6 is small enough for that to be computed, not estimated. First the answer to the first question: everything that we could think of in the network's place, read by the same probe. The menu chooses what is read.

# %%
import numpy as np
import pandas as pd
from myst_nb import glue

from othello_gpt import boards, controls, games, probes, rules
from othello_gpt.boards import CONTROL, MODEL, Series, choice, curves, points
from othello_gpt.claims import claim
from othello_gpt.intervals import bootstrap
from othello_gpt.model import HELD_OUT_SEED, load_model

np.set_printoptions(legacy="1.25")
model = load_model()
train, test = games.sample_moves(1200, seed=1), games.sample_moves(500, HELD_OUT_SEED)
board = probes.TARGETS["board"]
targets = [probes.TARGETS[n] for n in ("board", "empty", "legal_next", "captured", "colour")]
readers = {"the network": model, "untrained network": probes.untrained(model)}
readers |= {"random features": controls.RandomFeatures(1024), "bag of moves": probes.BagOfMoves()}
readers |= {"majority": probes.Ply()}


# %%
def read(source, targets=targets, sites=None):
    """Fit every target to a source, and return what is right on the test games."""
    return probes.accuracy(probes.fit_ridge(source, train, targets, sites), source, test, targets)


tallies = {name: read(s, sites=s.sites[::2]) for name, s in readers.items()}
meaningless = read(model, [probes.control(t) for t in targets], model.sites[::2])
tallies["control labels"] = {t.name: meaningless[f"control of {t.name}"] for t in targets}
colours = (MODEL, boards.THEIRS, boards.LEGAL, boards.MINE, CONTROL, boards.TRUTH)
tints = dict(zip(tallies, colours, strict=True))


# %%
def over_the_game(target):
    """What is right after each move, for every reader at its best site."""
    seen = {name: t[target].at(t[target].best()).by_ply() for name, t in tallies.items()}
    return {
        name: Series(i.mean[0], i.low[0], i.high[0], colour=tints[name]) for name, i in seen.items()
    }


plies = np.arange(1, 32)
axes = dict(x_title="moves played", y_title="cells read correctly", y_format=".0%")
choice({t.name.replace("_", " "): curves(plies, over_the_game(t.name), **axes) for t in targets})

# %% [markdown]
# *Random features* are a network of one wide hidden layer that nobody trained, fed with every move and its place in the game. *Bag of moves* knows who played which squares, *majority* only the number of moves. *Control labels* are not another reader but another task for the network's stream {cite}`hewitt2019`: labels that look like the target's and depend on nothing but the last move and its place in the game, by a table drawn at random. All are fitted on the same {glue:text}`fitted` games and scored on the same {glue:text}`tested` others.
#
# Some targets are cheap. Which squares are *empty* follows from the moves by adding up. What the last move *captured* is mostly nothing, so that everybody is right. *Mine and theirs* is the target that tells readers apart, and it does so late in the game: after {glue:text}`late_move` moves {glue:text}`turned:.0%` of the discs have been turned at least once, {glue:text}`turned_twice:.0%` more than once.

# %%
replay = rules.replay(test)
flips, discs = probes.flips_so_far(replay)[:, 25], probes.board(replay)[:, 25] != 1
glue("late_move", 26, display=False)
glue("turned", float((flips > 0)[discs].mean()), display=False)
glue("turned_twice", float((flips > 1)[discs].mean()), display=False)
glue("fitted", len(train), display=False)
glue("tested", len(test), display=False)
table = {}
for name, tally in tallies.items():
    best = {t.name: tally[t.name].at(tally[t.name].best()).accuracy().at(0) for t in targets}
    table[name] = {t: f"{i:.1%}" for t, i in best.items()}
    glue("read_" + name.replace(" ", "_"), best["board"].mean, display=False)
pd.DataFrame(table).T

# %%
gains = {}
for target in targets:
    task, other = (tallies[name][target.name] for name in ("the network", "control labels"))
    gains[target.name] = probes.advantage(task.at(task.best()), other.at(task.best())).at(0)
    glue(f"selectivity_{target.name}", 100 * gains[target.name].mean, display=False)
    assert gains[target.name].low > 0
low_high = [[100 * getattr(i, end) for i in gains.values()] for end in ("mean", "low", "high")]
labels = [name.replace("_", " ") for name in gains]
alt = "Selectivity of the probe of each target, in points, with intervals."
x_title = "selectivity: right beyond control labels (points)"
points(labels, {"selectivity": Series(*low_high)}, x_title=x_title, x_format=".1f", alt=alt)

# %% [markdown]
# *Selectivity* is what a probe gets right beyond the control labels of its target, at the same site: {glue:text}`selectivity_board:.1f` points for the board and {glue:text}`selectivity_captured:.1f` for what was captured. It is no verdict by itself: where most labels are alike, as there, a table of the frequent ones is nearly right too.
#
# ## How wide would an untrained network have to be?
#
# Random features approximate any function if there are enough of them. So: how many for the accuracy of {glue:text}`width` trained dimensions?

# %%
widths = [64, 128, 256, 512, 1024, 2048]
seen = [read(controls.RandomFeatures(w), [board])["board"].accuracy().at(0) for w in widths]
mine = tallies["the network"]["board"]
site = readers["the network"].sites[::2][mine.best()]
ours = mine.at(mine.best()).accuracy().at(0)
glue("width", model.config.n_embd, display=False)
glue("widest", widths[-1], display=False)
glue("widest_read", seen[-1].mean, display=False)
glue("ours", ours.mean, display=False)

# %%
means, lows, highs = ([getattr(i, k) for i in seen] for k in ("mean", "low", "high"))
needed = controls.width_to_reach(widths, means, ours.mean)
glue("needed", f"10^{np.log10(needed):.0f}" if needed < 1e30 else "no number", display=False)
axes = dict(x_title="random features", y_title="cells read correctly", y_format=".0%", log_x=True)
curves(
    widths,
    {"random features": Series(means, lows, highs, colour=boards.LEGAL)},
    reference={f"{model.config.n_embd} trained dimensions": ours.mean},
    **axes,
)

# %%
claim(
    "beats_random_features",
    f"{model.config.n_embd} trained dimensions hold more of the board than {widths[-1]} random ones",
    ours,
    control=seen[-1],
    against=f"{widths[-1]} random features",
)

# %% [markdown]
# With {glue:text}`widest` features one reads {glue:text}`widest_read:.1%` of the cells, against the network's {glue:text}`ours:.1%`. If accuracy kept growing with the logarithm of the width as it does at the end of the curve, {glue:text}`needed` features would be needed: an extrapolation far beyond the data, to be taken as "not in this way".
#
# ## How much fits into {glue:text}`width` dimensions?
#
# The opposite worry: {glue:text}`width` dimensions are *more* than the 36 squares. Could a board not simply be laid down there? It could, if one had a board to lay down. A random linear map of the true board into d dimensions is read all but perfectly from 64 dimensions and without error from {glue:text}`freedoms`, as many as a board's pattern of mine, theirs and empty has freedoms (two for each of 32 squares, one for each of the four central ones, which are never empty). So room is not what is scarce. The network has to *compute* the board first, and keeps much else beside it. How is it spread over the directions of the residual stream?

# %%
freedoms = 2 * 32 + 4
counts = [2, 4, 8, 16, 32, 48, 64, freedoms, 96, 128]
top = controls.PrincipalComponents(model, site, train[:500], counts)
code = controls.RandomCode(counts)
lines = {}
for name, source, colour in (
    ("top components of the network", top, MODEL),
    ("true board, random code", code, boards.TRUTH),
):
    i = read(source, [board])["board"].accuracy()
    lines[name] = Series(i.mean, i.low, i.high, colour=colour)
    glue("from_" + name.split()[0], i.mean[counts.index(64)], display=False)
glue("freedoms", freedoms, display=False)
assert i.mean[counts.index(freedoms)] == 1
axes = dict(x_title="dimensions", y_title="cells read correctly", y_format=".0%", log_x=True)
curves(counts, lines, **axes)

# %%
replay_sites = model.sites
_, trained_cov = controls.covariances(model, train[:500])
_, blank_cov = controls.covariances(readers["untrained network"], train[:500])
ratios = {
    "trained": Series(controls.participation_ratio(trained_cov), colour=MODEL),
    "untrained": Series(controls.participation_ratio(blank_cov), colour=CONTROL),
}
at = model.sites.index(site)
glue("site", site, display=False)
glue("ratio", float(ratios["trained"].y[at]), display=False)
glue("blank_ratio", float(ratios["untrained"].y[at]), display=False)
curves(model.sites, ratios, x_title="site", y_title="participation ratio")

# %% [markdown]
# The participation ratio counts the directions that carry the variance. At {glue:text}`site` it is {glue:text}`ratio:.0f` of {glue:text}`width` (untrained {glue:text}`blank_ratio:.0f`). The 64 directions of largest variance let a probe read {glue:text}`from_top:.1%` of the cells; from 64 dimensions of an ideal code it would be {glue:text}`from_true:.1%`.
#
# ## Yardstick 1: late positions, solved exactly
#
# With few squares left, every way to finish the game can be played through. That gives the exact distribution of the next move: not quite uniform over the legal moves, since games that need a pass are left out. How far is the network's?

# %%
late = controls.late_positions(model, games.sample_moves(400, HELD_OUT_SEED, first=20_000))
distance, uniform = bootstrap(late.divergence()), bootstrap(late.uniform_divergence())
lines = {
    "the network": Series(distance.mean, distance.low, distance.high, colour=MODEL),
    "uniform over legal moves": Series(uniform.mean, uniform.low, uniform.high, colour=CONTROL),
}
parts = {"late": late.divergence(), "late_uniform": late.uniform_divergence()}
parts |= {"late_illegal": late.illegal_part(), "late_rest": late.divergence() - late.illegal_part()}
for name, part in parts.items():
    glue(name, float(part.mean()), display=False)
curves(
    late.ply + 1,
    lines,
    x_title="move that is predicted",
    y_title="divergence from the exact distribution (nats)",
)

# %% [markdown]
# On average it diverges by {glue:text}`late:.3f` nats. A player that knows the rules and gives all legal moves the same probability diverges by {glue:text}`late_uniform:.4f`. The network's divergence has two parts: {glue:text}`late_illegal:.3f` for the probability that it gives to illegal moves, {glue:text}`late_rest:.3f` for how it divides the rest among the legal ones. Are its probabilities to be trusted, at least?

# %%
said, true, entries = late.calibration()
filled = entries > 50
glue("off", float(np.abs(said - true)[filled].max()), display=False)
curves(
    said[filled],
    {
        "exact probability": Series(true[filled], colour=MODEL),
        "perfectly calibrated": Series(said[filled], colour=CONTROL, dash="dot"),
    },
    x_title="what the network says",
    y_title="exact probability",
    markers=True,
)

# %% [markdown]
# In no tenth of the scale is the mean exact probability further than {glue:text}`off:.3f` from what the network says.
#
# ## Yardstick 2: transpositions
#
# Exchange two moves of the same player. Often both orders are legal and lead to the *same position*: then exactly the same can follow. A network that keeps a board should say the same; one that keeps a list of moves has no reason to. The control, *decoys*: the same kind of exchange, after which the squares played are the same but the discs are not.

# %%
many = games.sample_moves(6000, HELD_OUT_SEED, first=40_000)
lengths = np.arange(6, 31, 4)
differ = {"transpositions": [], "decoys": []}
for length in lengths:
    for name, pairs in zip(differ, controls.swapped(many, int(length)), strict=True):
        pairs = controls.Pairs(pairs.one[:200], pairs.other[:200])
        differ[name].append(controls.disagreement(model, pairs))

# %%
lines, overall = {}, {}
for (name, found), colour in zip(differ.items(), (MODEL, CONTROL), strict=True):
    parts = [bootstrap(d.total_variation) for d in found]
    lines[name] = Series(*([getattr(p, k) for p in parts] for k in ("mean", "low", "high")))
    lines[name] = Series(lines[name].y, lines[name].lo, lines[name].hi, colour=colour)
    overall[name] = bootstrap(np.concatenate([d.total_variation for d in found]))
    top_1 = float(np.concatenate([d.top_1 for d in found]).mean())
    glue(f"{name}_tv", overall[name].mean, display=False)
    glue(f"{name}_top", top_1, display=False)
axes = dict(x_title="moves played", y_title="total variation between predictions")
curves(lengths, lines, **axes)

# %%
claim(
    "sees_transpositions",
    "Two orders of moves that lead to one position get nearly the same predictions "
    "(total variation)",
    overall["transpositions"],
    control=overall["decoys"],
    against="orders that lead to different positions",
    form=".3f",
    higher=False,
)

# %% [markdown]
# After transpositions the predictions differ by a total variation of {glue:text}`transpositions_tv:.3f`, after decoys by {glue:text}`decoys_tv:.3f`; the first choice differs in {glue:text}`transpositions_top:.0%` and {glue:text}`decoys_top:.0%`.
#
# ## Yardstick 3: the boundary between positions
#
# {cite:t}`vafa2024` ask for more: two beginnings that reach the same position must accept exactly the same *continuations* (compression), and two that don't must be told apart by the right ones (distinction). They have to sample; with four squares left all 64 continuations and their beginnings can be tried. The network *accepts* a continuation if it gives each of its moves a probability of at least 5%; with four squares left, a legal move has far more. The control: pairs of positions that the rules do tell apart.

# %%
kinds = dict(zip(("same", "different"), controls.swapped(many, 28), strict=True))
kinds = {k: controls.Pairs(p.one[:100], p.other[:100]) for k, p in kinds.items()}
found = {k: controls.boundaries(model, p, threshold=0.05) for k, p in kinds.items()}
compression = bootstrap(found["same"].compression().astype(float))
told_apart = found["different"].true.any((1, 2))
blind = bootstrap(found["different"].compression()[told_apart].astype(float))
recall, precision = (
    probes.bootstrap_shares(x[:, 0], x[:, 1])
    for x in (found["different"].recall(), found["different"].precision())
)
rows = {"compression": compression, "distinction: recall": recall}
rows |= {"distinction: precision": precision, "compression of different positions": blind}
for name, i in rows.items():
    glue("vafa_" + name.split()[-1], float(i.mean), display=False)
pd.Series(
    {
        name: f"{float(i.mean):.1%} [{float(i.low):.1%}, {float(i.high):.1%}]"
        for name, i in rows.items()
    }
)

# %%
claim(
    "compresses",
    "Beginnings that reach one position accept the same continuations",
    compression,
    control=blind,
    against="beginnings that reach positions with different continuations",
    form=".0%",
)

# %% [markdown]
# Of the pairs that reach the same position, {glue:text}`vafa_compression:.0%` accept exactly the same continuations, against {glue:text}`vafa_positions:.0%` of the pairs that shouldn't. Of the continuations that tell different positions apart the network knows {glue:text}`vafa_recall:.0%`, and {glue:text}`vafa_precision:.0%` of those that it goes by are right.
#
# ## The verdict
#
# - *Reading* a board off {glue:text}`width` numbers is not impressive as such: a linear map gets {glue:text}`read_majority:.0%` of the cells right from the number of moves alone, {glue:text}`read_bag_of_moves:.0%` from a bag of moves, and anything that has a board can lay it down in half the room. What is, is that {glue:text}`ours:.0%` can be read where nobody asked for a board, and that {glue:text}`widest` untrained features stop at {glue:text}`widest_read:.0%`.
# - The network behaves as if it kept a position: {glue:text}`transpositions_tv:.3f` against {glue:text}`decoys_tv:.3f` is the distance between its predictions where two histories lead to one position, or to two.
# - It isn't perfect, and by exact yardsticks one can say how far it is: {glue:text}`late:.3f` nats in late positions, and {glue:text}`vafa_compression:.0%` of the transpositions treated as one. It has learned a good, not an exact model of the game.
#
# *Machinery: [`othello_gpt/controls.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/controls.py). Before: [attention](attention.py). Next: [construction](construction.py).*

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
from dataclasses import replace

import numpy as np
import pandas as pd
from myst_nb import glue

from othello_gpt import boards, controls, games, probes, rules
from othello_gpt.boards import CONTROL, MODEL, Series, choice, curves, points
from othello_gpt.claims import claim, glue_interval
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import HELD_OUT_SEED, load_model, predict

np.set_printoptions(legacy="1.25")
model = load_model()
train, test = games.sample_moves(1200, seed=1), games.sample_moves(400, HELD_OUT_SEED)
board = probes.TARGETS["board"]
names = ["board", *(n for n in probes.TARGETS if n not in ("board", *probes.SINGLE))]
targets, sided = [probes.TARGETS[n] for n in names], probes.SIDED
sites = model.sites[::2]
probe = probes.fit_ridge(model, train, [*targets, *map(probes.absolute, sided)], sites)
chosen = probes.accuracy(probe, model, games.sample_moves(200, seed=3), targets)
best = {name: tally.best() for name, tally in chosen.items()}


# %%
def read(source, targets=targets, sites=None):
    """Fit every target to a source, and return what is right on the test games."""
    return probes.accuracy(probes.fit_ridge(source, train, targets, sites), source, test, targets)


blank = probes.untrained(model)
features, bag = controls.RandomFeatures(1024), probes.BagOfMoves()
others = {"untrained network": read(blank, sites=sites[::2]), "random features": read(features)}
others |= {"bag of moves": read(bag), "majority": read(probes.Ply())}

# %%
seen = probes.accuracy(probe, model, test, [*targets, *map(probes.absolute, sided)])
tallies = {"the network": {n: seen[n].at(best[n]) for n in names}}
tallies["embedding only"] = {n: seen[n].at(0) for n in names}
absolute = {"board": "colour"} | {t.name: f"absolute {t.name}" for t in sided}
tallies["absolute colour"] = {n: seen[other].at(best[n]) for n, other in absolute.items()}
for reader, found in others.items():  # each at the site that is best for it on the test games
    tallies[reader] = {n: found[n].at(found[n].best()) for n in names}
replay = rules.replay(test)
tallies["flips ignored"] = {t.name: probes.ignoring_flips(t, replay) for t in targets}
at = sorted(set(best.values()))
meaningless = read(model, [probes.control(t) for t in targets], [sites[i] for i in at])
tallies["control labels"] = {n: meaningless[f"control of {n}"].at(at.index(best[n])) for n in names}

# %%
tints = dict.fromkeys(("the network", "embedding only", "absolute colour"), MODEL)
tints |= {"untrained network": boards.THEIRS, "random features": boards.LEGAL}
tints |= {"bag of moves": boards.MINE, "majority": CONTROL}
tints |= {"flips ignored": boards.EMPTY, "control labels": boards.TRUTH}
dashes = {"embedding only": "dot", "absolute colour": "dash", "control labels": "dash"}


def over_the_game(target):
    """What is right after each move, for every reader."""
    lines = {}
    for name, i in ((n, t[target].by_ply()) for n, t in tallies.items() if target in t):
        dash = dashes.get(name, "solid")
        lines[name] = Series.of(i.at(0), colour=tints[name], dash=dash)
    return lines


plies = np.arange(1, 32)
axes = dict(x_title="moves played", y_title="cells read correctly", y_format=".0%")
choice({n.replace("_", " "): curves(plies, over_the_game(n), **axes) for n in names})

# %% [markdown]
# *Random features* are a network of one wide hidden layer that nobody trained, fed with every move and its place in the game. *Bag of moves* knows who played which squares, *majority* only the number of moves, *embedding only* (the network's first site) that and the last move. *Flips ignored* follows all moves on a board on which no disc is ever turned. *Absolute colour* asks the network's stream, at the same site, for first and second player instead of mine and theirs, where a target has sides. *Control labels* are not another reader but another task for the network's stream {cite}`hewitt2019`: labels that look like the target's and depend on nothing but the last move and its place in the game, by a table drawn at random. All are fitted on the same {glue:text}`fitted` games and scored on the same {glue:text}`tested` others. The network's site is chosen on further games; the untrained network's on the test games themselves, in its favour. (The last move, the parity of the position and whether it is the first, one cell each, aren't in the menu.)
#
# Some targets are cheap. Which squares are *empty* follows from the moves by adding up. On most squares the last move *captured* nothing, so that everybody is right about nearly all of them. *Mine and theirs* is the target that tells readers apart, and it does so late in the game: after {glue:text}`late_move` moves {glue:text}`turned:.0%` of the discs have been turned at least once, {glue:text}`turned_twice:.0%` more than once.

# %%
flips, discs = probes.flips_so_far(replay)[:, 25], probes.board(replay)[:, 25] != 1
glue("late_move", 26, display=False)
glue("turned", float((flips > 0)[discs].mean()), display=False)
glue("turned_twice", float((flips > 1)[discs].mean()), display=False)
glue("fitted", len(train), display=False)
glue("tested", len(test), display=False)
table = {}
for name, tally in tallies.items():
    cells = {n: t.accuracy().at(0) for n, t in tally.items()}
    table[name] = {n.replace("_", " "): f"{i:.1%}" for n, i in cells.items()}
    glue("read_" + name.replace(" ", "_"), cells["board"].mean, display=False)
pd.DataFrame(table).fillna("").T


# %%
def beyond(reader, target):
    """How much more of a target's cells the network gets right than another reader."""
    return probes.advantage(tallies["the network"][target], tallies[reader][target]).at(0)


gains = [beyond("control labels", name) for name in names]
for name, gain in zip(names, gains, strict=True):
    glue_interval(f"selectivity_{name}", gain, 100)
    assert gain.low > 0
assert all(beyond(name, "board").low > 0 for name in tallies if name != "the network")
labels = [name.replace("_", " ") for name in names]
alt = "Selectivity of the probe of each target, with intervals."
x_title = "selectivity: cells right beyond control labels"
lines = {"selectivity": Series.of(Interval.of(gains))}
points(labels, lines, x_title=x_title, x_format=".1%", alt=alt)

# %% [markdown]
# *Selectivity* is what a probe gets right beyond the control labels of its target, at the same site: {glue:text}`selectivity_board_mean:.1f` points ({glue:text}`selectivity_board_low:.1f` to {glue:text}`selectivity_board_high:.1f`) for the board and {glue:text}`selectivity_captured_mean:.1f` ({glue:text}`selectivity_captured_low:.1f` to {glue:text}`selectivity_captured_high:.1f`) for what was captured. It is no verdict by itself: where most labels are alike, as there, a table of the frequent ones is nearly right too.
#
# ## How wide would an untrained network have to be?
#
# Random features approximate any function if there are enough of them. So: how many for the accuracy of {glue:text}`width` trained dimensions?

# %%
widths = [64, 128, 256, 512, 1024, 2048]
seen = [read(controls.RandomFeatures(w), [board])["board"].accuracy().at(0) for w in widths]
seen_wide = seen[-1]
site = sites[best["board"]]
ours = tallies["the network"]["board"].accuracy().at(0)
glue("width", model.config.n_embd, display=False)
glue("widest", widths[-1], display=False)
glue("widest_read", seen[-1].mean, display=False)
glue("ours", ours.mean, display=False)

# %%
needed = controls.width_to_reach(widths, [i.mean for i in seen], ours.mean)
glue("needed", f"10^{np.log10(needed):.0f}" if needed < 1e30 else "no number", display=False)
axes = dict(x_title="random features", y_title="cells read correctly", y_format=".0%", log_x=True)
curves(
    widths,
    {"random features": Series.of(Interval.of(seen), colour=boards.LEGAL)},
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
    lines[name] = Series.of(i, colour=colour)
    glue("from_" + name.split()[0], i.mean[counts.index(64)], display=False)
glue("freedoms", freedoms, display=False)
assert i.mean[counts.index(freedoms)] == 1
axes = dict(x_title="dimensions", y_title="cells read correctly", y_format=".0%", log_x=True)
curves(counts, lines, **axes)

# %% [markdown]
# The same in *bits*. A logistic probe gives each square's three states probabilities. What it tells about a square is the square's entropy, {glue:text}`square_bits:.2f` bits on average, minus the probe's cross-entropy on other games: usable information {cite}`xu2020`, a lower bound of what the square and the stream share. Added up over the 36 squares this counts twice what squares have in common, so it says nothing certain about the information on the board as a whole.

# %%
more = games.sample_moves(1600, seed=2)
bits, lines = {}, {}
sources = {"top components of the network": top, "true board, random code": code}
for name, source in (sources | {"the number of moves": probes.Ply()}).items():
    told = controls.information(probes.fit_logistic(source, more, warm_up=700), source, test)
    bits[name] = i = told.read()
    if name in sources:
        tint = MODEL if source is top else boards.TRUTH
        lines[name] = Series.of(i, colour=tint)
entropy, (ply_bits,) = float(told.entropy.mean()), bits["the number of moves"].mean
levels = {"entropy of the squares": entropy, "the number of moves": float(ply_bits)}
axes = dict(x_title="dimensions", y_title="bits about the squares", y_format=".1f", log_x=True)
curves(counts, lines, reference=levels, **axes)

# %%
by_code, by_network = (
    bits[name].at(counts.index(k)) for name, k in zip(reversed(sources), (64, 128), strict=True)
)
for name, i in (("code_bits", by_code), ("network_bits", by_network)):
    glue_interval(name, i)
glue("entropy", entropy, display=False)
glue("square_bits", entropy / 36, display=False)
glue("ply_bits", float(ply_bits), display=False)
claim(
    "room_to_spare",
    "64 dimensions of a random code tell more about the squares than all of the network's (bits)",
    by_code,
    control=by_network,
    against=f"the network's {model.config.n_embd} dimensions",
    form=".1f",
)

# %% [markdown]
# The squares' entropies add up to {glue:text}`entropy:.1f` bits, of which the number of moves alone tells {glue:text}`ply_bits:.1f`. From 64 dimensions of a random code one reads {glue:text}`code_bits_mean:.2f` bits ({glue:text}`code_bits_low:.2f` to {glue:text}`code_bits_high:.2f`), from all {glue:text}`width` of the network {glue:text}`network_bits_mean:.2f` ({glue:text}`network_bits_low:.2f` to {glue:text}`network_bits_high:.2f`).
#
# And how much of its room does the network use? First its *spectrum* at {glue:text}`site`, the variance along each principal component, then one number for it at every site.

# %%
_, trained_cov = controls.covariances(model, train[:500])
_, blank_cov = controls.covariances(blank, train[:500])
lines, at = {}, model.sites.index(site)
for name, cov, tint in (("trained", trained_cov, MODEL), ("untrained", blank_cov, CONTROL)):
    shares = controls.spectrum(cov[at])
    sums = shares.cumsum()
    glue(f"most_{name}", int((sums < 0.9).sum() + 1), display=False)
    lines[f"{name}, up to here"] = Series(sums, colour=tint, dash="dot")
    kept = np.where(shares > 1e-6, shares, np.nan)
    kept = kept[: np.isfinite(kept).sum()]
    lines[name] = Series(kept, colour=tint, x=np.arange(1, 1 + len(kept)))
axes = dict(x_title="principal component", y_title="share of the variance", y_format=".2%")
curves(np.arange(1, 1 + model.config.n_embd), lines, log_x=True, log_y=True, **axes)

# %%
ratios = {
    "trained": Series(controls.participation_ratio(trained_cov), colour=MODEL),
    "untrained": Series(controls.participation_ratio(blank_cov), colour=CONTROL),
}
fifths = [controls.covariances(model, part, [site])[1] for part in np.split(train[:500], 5)]
by_fifth = [float(controls.participation_ratio(cov)[0]) for cov in fifths]
glue("site", site, display=False)
glue("ratio", float(ratios["trained"].y[at]), display=False)
glue("ratio_least", min(by_fifth), display=False)
glue("ratio_most", max(by_fifth), display=False)
glue("blank_ratio", float(ratios["untrained"].y[at]), display=False)
curves(model.sites, ratios, x_title="site", y_title="participation ratio")

# %% [markdown]
# Nine tenths of the variance lie in {glue:text}`most_trained` components (untrained {glue:text}`most_untrained`). The participation ratio counts the directions that carry the variance. At {glue:text}`site` it is {glue:text}`ratio:.1f` of {glue:text}`width` ({glue:text}`ratio_least:.1f` to {glue:text}`ratio_most:.1f` in fifths of the games; untrained {glue:text}`blank_ratio:.1f`). The 64 directions of largest variance let a probe read {glue:text}`from_top:.1%` of the cells; from 64 dimensions of an ideal code it would be {glue:text}`from_true:.1%`.
#
# ## Yardstick 1: the loss, move by move, and late positions, solved exactly
#
# No predictor can have a smaller loss than the [entropy](games.py) of each move. Here is the *excess* of the network over it, and that of a player who knows the rules and nothing else, who gives all legal moves the same probability.

# %%
held_out = games.sample_moves(1500, HELD_OUT_SEED, first=60_000)
floor = games.surprise(held_out, HELD_OUT_SEED)[:, 1:]
losses = {
    "the network": predict(model, held_out).nll,
    "rules only": games.log_choices(held_out)[:, 1:],
}
excess = {name: bootstrap((loss - floor).mean(1)) for name, loss in losses.items()}
lines = {}
for (name, loss), tint in zip(losses.items(), (MODEL, CONTROL), strict=True):
    i = bootstrap(loss - floor)
    lines[name] = Series.of(i, colour=tint)
    glue_interval(f"excess_{name.split()[-1]}", excess[name])
gap = bootstrap((losses["the network"] - losses["rules only"]).mean(1))
word = "more than" if gap.low > 0 else "less than" if gap.high < 0 else "about as much as"
glue("loses", word, display=False)
curves(np.arange(2, 33), lines, x_title="move that is predicted", y_title="excess loss (nats)")

# %% [markdown]
# Over all moves the network's excess is {glue:text}`excess_network_mean:.4f` nats a move ({glue:text}`excess_network_low:.4f` to {glue:text}`excess_network_high:.4f`), that of the player {glue:text}`excess_only_mean:.4f` ({glue:text}`excess_only_low:.4f` to {glue:text}`excess_only_high:.4f`): on the same games, compared move by move, the network loses {glue:text}`loses` the player does.
#
# With few squares left, every way to finish the game can be played through. That gives the exact distribution of the next move: not quite uniform over the legal moves, since games that need a pass are left out. How far is the network's?

# %%
late = controls.late_positions(model, games.sample_moves(300, HELD_OUT_SEED, first=20_000))
distance, uniform = bootstrap(late.divergence()), bootstrap(late.uniform_divergence())
lines = {
    "the network": Series.of(distance, colour=MODEL),
    "uniform over legal moves": Series.of(uniform, colour=CONTROL),
}
parts = {"late": late.divergence(), "late_uniform": late.uniform_divergence()}
parts |= {"late_illegal": late.illegal_part(), "late_rest": late.divergence() - late.illegal_part()}
parts_late = {name: bootstrap(part.mean(1)) for name, part in parts.items()}
for name, i in parts_late.items():
    glue_interval(name, i)
illegal, tint = bootstrap(late.illegal_part()), boards.THEIRS
lines["of it, illegal moves"] = Series.of(illegal, colour=tint)
curves(
    late.ply + 1,
    lines,
    x_title="move that is predicted",
    y_title="divergence from the exact distribution (nats)",
)

# %% [markdown]
# On average it diverges by {glue:text}`late_mean:.3f` nats ({glue:text}`late_low:.3f` to {glue:text}`late_high:.3f`). A player that knows the rules and gives all legal moves the same probability diverges by {glue:text}`late_uniform_mean:.4f` ({glue:text}`late_uniform_low:.4f` to {glue:text}`late_uniform_high:.4f`). The network's divergence has two parts: {glue:text}`late_illegal_mean:.3f` ({glue:text}`late_illegal_low:.3f` to {glue:text}`late_illegal_high:.3f`) for the probability that it gives to illegal moves, {glue:text}`late_rest_mean:.3f` ({glue:text}`late_rest_low:.3f` to {glue:text}`late_rest_high:.3f`) for how it divides the rest among the legal ones. Are its probabilities to be trusted, at least?

# %%
said, gap, entries = late.calibration()
filled = entries > 50
gap = gap.at(filled)
glue("off", float(np.abs(gap.mean).max()), display=False)
glue("off_high", float(np.maximum(-gap.low, gap.high).max()), display=False)
axes = dict(x_title="what the network says", y_title="exact probability minus that")
series = {"the network": Series.of(gap, colour=MODEL)}
curves(said[filled], series, reference={"perfectly calibrated": 0.0}, markers=True, **axes)

# %% [markdown]
# In no tenth of the scale is the mean exact probability further than {glue:text}`off:.3f` from what the network says; the intervals end within {glue:text}`off_high:.3f`.
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
        pairs = controls.Pairs(pairs.one[:150], pairs.other[:150])
        differ[name].append(controls.disagreement(model, pairs))

# %%
lines, overall = {}, {}
for (name, found), colour in zip(differ.items(), (MODEL, CONTROL), strict=True):
    parts = Interval.of([bootstrap(d.total_variation) for d in found])
    lines[name] = Series.of(parts, colour=colour)
    overall[name] = bootstrap(np.concatenate([d.total_variation for d in found]))
    top_1 = bootstrap(np.concatenate([d.top_1 for d in found]))
    for what, i in (("tv", overall[name]), ("top", top_1)):
        glue_interval(f"{name}_{what}", i)
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
# After transpositions the predictions differ by a total variation of {glue:text}`transpositions_tv_mean:.3f` ({glue:text}`transpositions_tv_low:.3f` to {glue:text}`transpositions_tv_high:.3f`), after decoys by {glue:text}`decoys_tv_mean:.3f` ({glue:text}`decoys_tv_low:.3f` to {glue:text}`decoys_tv_high:.3f`); the first choice differs in {glue:text}`transpositions_top_mean:.0%` ({glue:text}`transpositions_top_low:.0%` to {glue:text}`transpositions_top_high:.0%`) and {glue:text}`decoys_top_mean:.0%` ({glue:text}`decoys_top_low:.0%` to {glue:text}`decoys_top_high:.0%`).
#
# ## Yardstick 3: the boundary between positions
#
# {cite:t}`vafa2024` ask for more: two beginnings that reach the same position must accept exactly the same *continuations* (compression), and two that don't must be told apart by the right ones (distinction). They have to sample; with four squares left all 24 ways to fill them and their beginnings, 64 continuations, can be tried. The network *accepts* a continuation if it gives each of its moves a probability of at least 5%; with four squares left, a legal move has far more. The control: pairs of positions that the rules do tell apart.

# %%
kinds = dict(zip(("same", "different"), controls.swapped(many, 28), strict=True))
kinds = {k: controls.Pairs(p.one[:60], p.other[:60]) for k, p in kinds.items()}
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
    glue_interval("vafa_" + name.split()[-1], i)
pd.Series({name: f"{i:.1%}" for name, i in rows.items()})

# %%
claim(
    "compresses",
    "Beginnings that reach one position accept the same continuations",
    compression,
    control=blind,
    against="beginnings that reach positions with different continuations",
    form=".0%",
)
turned = replace(found["different"], model=found["different"].model[:, ::-1]).recall()
swapped_recall = probes.bootstrap_shares(turned[:, 0], turned[:, 1])
claim(
    "tells_apart",
    "Of the continuations that tell two positions apart, the network has those that do (recall)",
    recall,
    control=swapped_recall,
    against="the two positions exchanged",
    form=".0%",
)

# %% [markdown]
# Of the pairs that reach the same position, {glue:text}`vafa_compression_mean:.0%` ({glue:text}`vafa_compression_low:.0%` to {glue:text}`vafa_compression_high:.0%`) accept exactly the same continuations, against {glue:text}`vafa_positions_mean:.0%` ({glue:text}`vafa_positions_low:.0%` to {glue:text}`vafa_positions_high:.0%`) of the pairs that shouldn't. Of the continuations that tell different positions apart the network knows {glue:text}`vafa_recall_mean:.0%` ({glue:text}`vafa_recall_low:.0%` to {glue:text}`vafa_recall_high:.0%`), and {glue:text}`vafa_precision_mean:.0%` ({glue:text}`vafa_precision_low:.0%` to {glue:text}`vafa_precision_high:.0%`) of those that it goes by are right.
#
# ## The verdict
#
# The whole chapter in one table. A cell that follows asserts each comparison that the words below it make; if the numbers turned one of them round, the chapter would not execute.

# %%
verdict = {
    "cells read": (f"{ours:.1%}", f"{seen_wide:.1%}", f"{widths[-1]} random features"),
    "bits about the squares": (f"{by_network:.1f}", f"{by_code:.1f}", "64 dimensions of a code"),
    "excess loss": (f"{excess['the network']:.4f}", f"{excess['rules only']:.4f}", "rules only"),
    "late divergence": (
        f"{parts_late['late']:.3f}",
        f"{parts_late['late_uniform']:.3f}",
        "rules only",
    ),
    "one position, two orders": (
        f"{overall['transpositions']:.3f}",
        f"{overall['decoys']:.3f}",
        "two positions",
    ),
    "same continuations": (f"{compression:.0%}", f"{blind:.0%}", "different positions"),
    "telling continuations, known": (f"{recall:.0%}", f"{swapped_recall:.0%}", "exchanged"),
    "telling continuations, right": (f"{precision:.0%}", "100%", "the rules"),
}
pd.DataFrame(verdict, index=["the network", "beside it", "what that is"]).T

# %%
readings = {name: t["board"].accuracy().at(0) for name, t in tallies.items()}
assert readings["bag of moves"].low > readings["majority"].high > 0.5  # much comes without a model
assert by_code.low > by_network.high  # half the room is enough for who has a board
assert ours.low > seen_wide.high  # untrained features stop below
assert overall["transpositions"].high < overall["decoys"].low  # two histories, one position
assert parts_late["late"].low > 0 < excess["the network"].low  # not perfect
assert compression.low > blind.high  # transpositions treated as one, other pairs not

# %% [markdown]
# - *Reading* a board off {glue:text}`width` numbers is not impressive as such: a linear map gets {glue:text}`read_majority:.0%` of the cells right from the number of moves alone, {glue:text}`read_bag_of_moves:.0%` from a bag of moves, and anything that has a board can lay it down in half the room. What is, is that {glue:text}`ours:.0%` can be read where nobody asked for a board, and that {glue:text}`widest` untrained features stop at {glue:text}`widest_read:.0%`.
# - The network behaves as if it kept a position: {glue:text}`transpositions_tv_mean:.3f` against {glue:text}`decoys_tv_mean:.3f` is the distance between its predictions where two histories lead to one position, or to two.
# - It isn't perfect, and by exact yardsticks one can say how far it is: {glue:text}`late_mean:.3f` nats in late positions, {glue:text}`vafa_compression_mean:.0%` of the transpositions treated as one, {glue:text}`vafa_recall_mean:.0%` of the continuations that tell two positions apart known ({glue:text}`vafa_precision_mean:.0%` of those it goes by are right). Its model of the game isn't exact.
#
# *Machinery: [`othello_gpt/controls.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/controls.py). Before: [attention](attention.py). Next: [construction](construction.py).*

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
# # Is it impressive, or would anything of that size do?
#
# **It is impressive, but not because of the size.** A probe reads {glue:text}`beats_what_has_no_model_mean:.1%` of the squares from the network. From the best reader that has no model of the game it reads {glue:text}`beats_what_has_no_model_control_mean:.1%`. The network isn't perfect: its loss is above what can be computed to be the lowest.
#
# Here is everything that we could think of in the network's place, read by the same probe. The menu chooses what is read.

# %%
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from myst_nb import glue

from othello_gpt import figures, game, probes, yardsticks
from othello_gpt.book_tools import claim, glue_interval
from othello_gpt.figures import CONTROL, MODEL, READERS, Series, choice, curves, points
from othello_gpt.intervals import Interval, bootstrap, wilson
from othello_gpt.model import GPT, HELD_OUT_SEED, load_model, predict
from othello_gpt.probes import TARGETS

np.set_printoptions(legacy="1.25")  # glue formats what a number prints as
model = load_model()
train, test = game.sample_moves(1200, seed=1), game.sample_moves(400, HELD_OUT_SEED)

# %%
names = ["board", *(n for n in TARGETS if n not in ("board", *probes.SINGLE))]
targets = [TARGETS[name] for name in names]
sites = model.sites[::2]
probe = probes.fit_ridge(model, train, probes.compared(names), sites)
chosen = probes.accuracy(probe, model, game.sample_moves(200, seed=3), targets)
best = {name: tally.best() for name, tally in chosen.items()}


def read(source, targets=targets, sites=None, train=train):
    """Fit every target to a source, and return what is right on the test games."""
    return probes.accuracy(probes.fit_ridge(source, train, targets, sites), source, test, targets)


# %%
found = probes.scores_by_source(model, probe, train, test, names)
found["random features"] = read(probes.RandomFeatures(1024))
tallies = probes.at_best(found, best)
plies = np.arange(1, 32)
axes = dict(x_title="moves played", y_title="cells read correctly", y_format=".0%")
charts = {}
for name in names:
    of = {reader: t[name].by_ply().at(0) for reader, t in tallies.items() if name in t}
    lines = {reader: Series.of(i, **READERS[reader]) for reader, i in of.items()}
    charts[name.replace("_", " ")] = curves(plies, lines, **axes)
choice(charts)

# %% [markdown]
# Is mapping a {glue:text}`width`-dimensional space to a 6x6 board impressive? Two answers are needed. *How much of a probe's accuracy comes without any model of the game?* For that, other things are put in the network's place. And *how far is the network from perfect?* 6x6 is small enough for that to be computed, not estimated.
#
# *Random features* are a network of one wide hidden layer that nobody trained, fed with every move and its place in the game. *Bag of moves* knows who played which squares, *majority* only the number of moves, *embedding* (the network's first site) that and the last move. *Flips ignored* follows all moves on a board on which no disc is ever turned. *Absolute colour* asks the network's stream, at the same site, for first and second player instead of mine and theirs, where a target has sides. *Control labels* are not another reader but another task for the network's stream {cite}`hewitt2019`: labels that look like the target's and depend on nothing but the last move and its place in the game, by a table drawn at random. All are fitted on the same {glue:text}`fitted:,` games and scored on the same {glue:text}`tested` others. The network's site is chosen on further games; the untrained network's on the test games themselves, in its favour. (The last move, the parity of the position and whether it is the first, one cell each, aren't in the menu.)
#
# Some targets are cheap. Which squares are *empty* follows from the moves by adding up. On most squares the last move *captured* nothing, so that everybody is right about nearly all of them. For *mine and theirs* one has to know what was turned, and there is more of that late in the game: after {glue:text}`late_move` moves {glue:text}`turned:.0%` of the discs have been turned at least once, {glue:text}`turned_twice:.0%` more than once.

# %%
replay = game.replay(test)
flips, discs = probes.flips_so_far(replay)[:, 25], probes.board(replay)[:, 25] != 1
glue("late_move", 26, display=False)
glue("turned", float((flips > 0)[discs].mean()), display=False)
glue("turned_twice", float((flips > 1)[discs].mean()), display=False)
glue("fitted", len(train), display=False)
glue("tested", len(test), display=False)
cells = {r: {n: t[n].accuracy().at(0) for n in names if n in t} for r, t in tallies.items()}
for reader, of in cells.items():
    glue_interval("read_" + reader.replace(" ", "_"), of["board"])
table = {
    r: {n.replace("_", " "): f"{i.mean:.1%}" for n, i in of.items()} for r, of in cells.items()
}
pd.DataFrame(table).fillna("").T


# %%
def beyond(reader, name):
    """How much more of a target's cells the network gets right than another reader."""
    return probes.advantage(tallies["the probe"][name], tallies[reader][name]).at(0)


gains = [beyond("control labels", name) for name in names]
for name, gain in zip(names, gains, strict=True):
    glue_interval(f"selectivity_{name}", gain, 100)
    assert gain.low > 0
others = [reader for reader in tallies if reader != "the probe"]
assert all(beyond(reader, "board").low > 0 for reader in others)
lines = {"selectivity": Series.of(Interval.of(gains))}
alt = "Selectivity of the probe of each target, with intervals."
x_title = "selectivity: cells right beyond control labels"
points(list(charts), lines, x_title=x_title, x_format=".1%", alt=alt)

# %% [markdown]
# *Selectivity* is what a probe gets right beyond the control labels of its target, at the same site: {glue:text}`selectivity_board_mean:.1f` points ({glue:text}`selectivity_board_low:.1f` to {glue:text}`selectivity_board_high:.1f`) for the board and {glue:text}`selectivity_captured_mean:.1f` ({glue:text}`selectivity_captured_low:.1f` to {glue:text}`selectivity_captured_high:.1f`) for what was captured. It is no verdict by itself: where most labels are alike, as there, a table of the frequent ones is nearly right too.
#
# ## How wide would an untrained network have to be?
#
# Random features approximate any function if there are enough of them. So: how many for the accuracy of {glue:text}`width` trained dimensions? Three kinds, the board as the target: features of the whole *list* of moves (the *random features* above); features of the *bag* of moves, which has done some of the work already; and *untrained transformers* of the network's own shape, only wider or narrower, each at the best of its first sites.

# %%
board = [TARGETS["board"]]
widths = np.array([128, 256, 512, 1024, 2048])
bag = probes.BagOfMoves()
wide = {
    "features of the list": [probes.RandomFeatures(w) for w in widths],
    "features of the bag": [probes.RandomLayer(bag, w, inputs=97) for w in widths],
}
shapes = [replace(model.config, n_embd=int(w)) for w in (64, 128, 256)]
wide["untrained transformers"] = [probes.untrained(GPT(shape)) for shape in shapes]
early = ["resid_mid 0", "resid_post 0", "resid_post 1"]

# %% tags=["experiment"]
right = {}
for name, sources in wide.items():
    at = early if name.startswith("untrained") else None
    seen = (read(source, board, at)["board"] for source in sources)
    right[name] = np.stack([t.at(t.best()).right[0].mean(1) / t.cells for t in seen], 1)

# %%
ours = cells["the probe"]["board"]
by_game = tallies["the probe"]["board"].right[0].mean(1) / 36
doubled = read(wide["features of the bag"][-1], board, train=game.sample_moves(2400, seed=1))
doubled = doubled["board"].accuracy().at(0)
lines, needed = {}, {}
tints = figures.LEGAL, figures.MINE, figures.THEIRS
for (name, shares), tint in zip(right.items(), tints, strict=True):
    x = [shape.n_embd for shape in shapes] if name.startswith("untrained") else widths
    lines[name] = Series.of(bootstrap(shares), x=x, colour=tint)
    needed[name] = yardsticks.magnitude_to_reach(x, shares, by_game)
axes = dict(x_title="width", y_title="cells read correctly", y_format=".0%", log_x=True)
level = {f"{model.config.n_embd} trained dimensions": ours.mean}
curves(widths, lines, reference=level, **axes)

# %%
strongest = max(right, key=lambda name: bootstrap(right[name][:, -1]).mean)
widest = bootstrap(right[strongest][:, -1])
least = min(needed, key=lambda name: needed[name].low)
glue("width", model.config.n_embd, display=False)
glue("widest", int(widths[-1]), display=False)
glue("widest_untrained", shapes[-1].n_embd, display=False)
glue("strongest", strongest, display=False)
glue("doubled", 2400, display=False)
glue("least", least, display=False)
for name, i in (("widest_read", widest), ("ours", ours), ("doubled_read", doubled)):
    glue_interval(name, i)
glue_interval("needed", needed[least])
glue("times", 10 ** needed[least].mean / model.config.n_embd, display=False)
pd.DataFrame({"width needed, as a power of ten": {n: f"{i:.1f}" for n, i in needed.items()}})

# %%
rivals = {name: i["board"] for name, i in cells.items() if name not in probes.AT_ITS_SITES}
rivals |= {name: bootstrap(shares[:, -1]) for name, shares in right.items()}
rivals["features of the bag, more games"] = doubled
rival = max(rivals, key=lambda name: rivals[name].high)
glue("n_rivals", len(rivals), display=False)
glue_interval("rival", rivals[rival])
claim(
    "beats_what_has_no_model",
    f"{model.config.n_embd} trained dimensions hold more of the board than any reader without a model of the game",
    ours,
    control=rivals[rival],
    against=f"the best of {len(rivals)} readers without a model of the game: {rival}",
)

# %% [markdown]
# The best of the widest, {glue:text}`strongest`, let one read {glue:text}`widest_read_mean:.1%` of the cells ({glue:text}`widest_read_low:.1%` to {glue:text}`widest_read_high:.1%`), against the network's {glue:text}`ours_mean:.1%` ({glue:text}`ours_low:.1%` to {glue:text}`ours_high:.1%`). More games to fit them on don't change that: with {glue:text}`doubled:,` games {glue:text}`widest` features of the bag give {glue:text}`doubled_read_mean:.1%`. Would more features? The table goes on along each curve's last two points, as if accuracy kept growing with the logarithm of the width (99 where it would never get there). Even {glue:text}`least` would need 10 to the power of {glue:text}`needed_mean:.1f` ({glue:text}`needed_low:.1f` to {glue:text}`needed_high:.1f`), {glue:text}`times:,.0f` times the network's width. That is an extrapolation far beyond the data: a curve that starts low may well flatten as the higher ones do. (Transformers wider than {glue:text}`widest_untrained` weren't tried.)
#
# ## How much fits into {glue:text}`width` dimensions?
#
# The opposite worry: {glue:text}`width` dimensions are *more* than the 36 squares. Could a board not simply be laid down there? It could, if one had a board to lay down. Below, the true board is squeezed into d dimensions by two linear codes, and read by the same probe: a *random* code, which knows nothing of the game, and the *principal* code, which keeps what varies most. Both are read without error from {glue:text}`freedoms` dimensions on, as many as a board's pattern of mine, theirs and empty has freedoms (two for each of 32 squares, one for each of the four central ones, which are never empty). Beside them the network's own stream, along its principal components and, as a control of these, along random directions.

# %%
freedoms = 2 * 32 + 4
counts = [4, 8, 16, 24, 32, 48, 64, freedoms, 128]
site = sites[best["board"]]
_, trained_cov = yardsticks.covariances(model, train[:500])
at_site = trained_cov[model.sites.index(site)]
top = yardsticks.Directions(model, site, yardsticks.principal_components(at_site), counts)
any_other = yardsticks.Directions(model, site, yardsticks.random_directions(len(at_site)), counts)
code = yardsticks.Code(yardsticks.random_code(max(counts)), counts)
ideal = yardsticks.Code(yardsticks.principal_code(train[:500]), counts[:8])
room = {
    "network, top components": (top, dict(colour=MODEL)),
    "network, random directions": (any_other, dict(colour=MODEL, dash="dot")),
    "true board, principal code": (ideal, dict(colour=figures.TRUTH)),
    "true board, random code": (code, dict(colour=figures.TRUTH, dash="dot")),
}

# %%
kept = {name: read(source, board)["board"].accuracy() for name, (source, _) in room.items()}
lines = {}
for name, (source, look) in room.items():
    lines[name] = Series.of(kept[name], x=counts[: len(source.sites)], **look)
    glue_interval("from_" + "_".join(name.split()[-2:]), kept[name].at(counts.index(64)))
    if name.startswith("true"):
        assert kept[name].mean[counts.index(freedoms)] == 1
glue("freedoms", freedoms, display=False)
assert kept["true board, random code"].low[counts.index(64)] > ours.high
axes = dict(x_title="dimensions", y_title="cells read correctly", y_format=".0%", log_x=True)
curves(counts, lines, **axes)

# %% [markdown]
# From {glue:text}`half` dimensions of the random code one reads {glue:text}`from_random_code_mean:.2%` of the cells, more than from all {glue:text}`width` of the network. So room is not what is scarce: what is, is a board to put there. Of the network's own stream, the {glue:text}`half` directions of largest variance give {glue:text}`from_top_components_mean:.1%` ({glue:text}`from_top_components_low:.1%` to {glue:text}`from_top_components_high:.1%`), {glue:text}`half` random ones {glue:text}`from_random_directions_mean:.1%` ({glue:text}`from_random_directions_low:.1%` to {glue:text}`from_random_directions_high:.1%`): the board is in many directions, {glue:text}`where_it_lies`.
#
# The same in *bits*. A logistic probe gives each square's three states probabilities. What it tells about a square is the square's entropy, {glue:text}`square_bits:.2f` bits on average, minus the probe's cross-entropy on other games: usable information {cite}`xu2020`, a lower bound of what the square and the stream share. Added up over the 36 squares this counts twice what squares have in common, so it says nothing certain about the information on the board as a whole.

# %%
halves = [
    kept[f"network, {name}"].at(counts.index(64))
    for name in ("top components", "random directions")
]
where = "no more in those that vary most than in others"
if halves[0].low > halves[1].high:
    where = "more in those that vary most than in others"
glue("where_it_lies", where, display=False)
glue("half", 64, display=False)

# %%
more = game.sample_moves(1600, seed=2)
bits, entropy = {}, 0.0
asked = {name: source for name, (source, _) in room.items() if "directions" not in name}
for name, source in (asked | {"the number of moves": probes.Ply()}).items():
    fit = probes.fit_logistic(source, more, sites=source.sites[::2], warm_up=700)
    told = yardsticks.information(fit, source, test)
    bits[name], entropy = told.read(), float(told.entropy.mean())

# %%
some = counts[::2]
lines = {n: Series.of(bits[n], x=some[: len(bits[n].mean)], **room[n][1]) for n in asked}
levels = {"entropy of the squares": entropy}
levels["the number of moves"] = float(bits["the number of moves"].mean[0])
axes = dict(x_title="dimensions", y_title="bits about the squares", y_format=".1f", log_x=True)
curves(some, lines, reference=levels, **axes)

# %%
by_network = bits["network, top components"].at(some.index(128))
by_code = bits["true board, random code"].at(some.index(64))
by_ideal = bits["true board, principal code"].at(some.index(64))
for name, i in (("code", by_code), ("ideal", by_ideal), ("network", by_network)):
    glue_interval(f"{name}_bits", i)
glue_interval("ply_bits", bits["the number of moves"].at(0))
glue("entropy", entropy, display=False)
glue("square_bits", entropy / 36, display=False)
enough = bits["true board, principal code"].low > by_network.high
glue("enough", some[int(enough.argmax())], display=False)
assert enough.any()

# %% [markdown]
# The squares' entropies add up to {glue:text}`entropy:.1f` bits, of which the number of moves alone tells {glue:text}`ply_bits_mean:.1f`. From {glue:text}`half` dimensions of the random code one reads {glue:text}`code_bits_mean:.2f` bits ({glue:text}`code_bits_low:.2f` to {glue:text}`code_bits_high:.2f`), of the principal one {glue:text}`ideal_bits_mean:.2f` ({glue:text}`ideal_bits_low:.2f` to {glue:text}`ideal_bits_high:.2f`), from all {glue:text}`width` of the network {glue:text}`network_bits_mean:.2f` ({glue:text}`network_bits_low:.2f` to {glue:text}`network_bits_high:.2f`). Who has the board can say more than that in {glue:text}`enough` dimensions. All these are lower bounds: probes that are fitted longer, on more games, read a little more.
#
# And how much of its room does the network use? First its *spectrum* at {glue:text}`site`, the variance along each principal component, then one number for it at every site.

# %%
blank = probes.untrained(model)
_, blank_cov = yardsticks.covariances(blank, train[:500])
lines, at = {}, model.sites.index(site)
for name, cov, tint in (("trained", trained_cov, MODEL), ("untrained", blank_cov, CONTROL)):
    shares = yardsticks.spectrum(cov[at])
    lines[f"{name}, up to here"] = Series(shares.cumsum(), colour=tint, dash="dot")
    shares = shares[: (shares > 1e-6).sum()]
    lines[name] = Series(shares, colour=tint, x=np.arange(1, 1 + len(shares)))
axes = dict(x_title="principal component", y_title="share of the variance", y_format=".2%")
curves(np.arange(1, 1 + model.config.n_embd), lines, log_x=True, log_y=True, **axes)

# %%
ratios = {
    "trained": Series(yardsticks.participation_ratio(trained_cov), colour=MODEL),
    "untrained": Series(yardsticks.participation_ratio(blank_cov), colour=CONTROL),
}
glue("site", site, display=False)
glue("most_share", 0.9, display=False)
for name, source in (("trained", model), ("untrained", blank)):
    cov = yardsticks.resampled_covariances(source, train[:500], site)
    measures = dict(
        ratio=yardsticks.participation_ratio, most=partial(yardsticks.components_of, 0.9)
    )
    for what, of in measures.items():
        value = of(cov)
        low, high = np.quantile(value[1:], [0.025, 0.975])
        glue_interval(f"{what}_{name}", Interval(value[0], low, high))
curves(model.sites, ratios, x_title="site", y_title="participation ratio")

# %% [markdown]
# A share of {glue:text}`most_share:.0%` of the variance lies in {glue:text}`most_trained_mean:.0f` components ({glue:text}`most_trained_low:.0f` to {glue:text}`most_trained_high:.0f`; untrained {glue:text}`most_untrained_mean:.0f`). The participation ratio counts the directions that carry the variance. At {glue:text}`site` it is {glue:text}`ratio_trained_mean:.1f` of {glue:text}`width` ({glue:text}`ratio_trained_low:.1f` to {glue:text}`ratio_trained_high:.1f`; untrained {glue:text}`ratio_untrained_mean:.1f`, {glue:text}`ratio_untrained_low:.1f` to {glue:text}`ratio_untrained_high:.1f`).
#
# ## Yardstick 1: the loss, move by move, and late positions, solved exactly
#
# No predictor can have a smaller loss than the [entropy](games.py) of each move. Here is the *excess* of the network over it, and that of a player who knows the rules and nothing else, who gives all legal moves the same probability.

# %% tags=["experiment"]
held_out = game.sample_moves(1500, HELD_OUT_SEED, first=60_000)
floor = game.surprise(held_out, HELD_OUT_SEED)[:, 1:]
losses = {
    "the network": predict(model, held_out).nll,
    "rules only": game.log_choices(held_out)[:, 1:],
}
excess = {name: bootstrap((loss - floor).mean(1)) for name, loss in losses.items()}
lines = {}
for (name, loss), tint in zip(losses.items(), (MODEL, CONTROL), strict=True):
    lines[name] = Series.of(bootstrap(loss - floor), colour=tint)
    glue_interval(f"excess_{name.split()[-1]}", excess[name])
curves(np.arange(2, 33), lines, x_title="move that is predicted", y_title="excess loss (nats)")


# %%
def compared(difference):
    """Return a difference by game, network minus other, with its interval, and in words."""
    i = bootstrap(difference)
    word = "more than" if i.low > 0 else "less than" if i.high < 0 else "about as much as"
    return i, word


gap, word = compared((losses["the network"] - losses["rules only"]).mean(1))
glue("loses", word, display=False)
glue_interval("gap", gap)

# %% [markdown]
# Over all moves the network's excess is {glue:text}`excess_network_mean:.4f` nats a move ({glue:text}`excess_network_low:.4f` to {glue:text}`excess_network_high:.4f`), that of the player {glue:text}`excess_only_mean:.4f` ({glue:text}`excess_only_low:.4f` to {glue:text}`excess_only_high:.4f`): on the same games, compared move by move, the network loses {glue:text}`loses` the player does (by {glue:text}`gap_mean:+.4f`, {glue:text}`gap_low:+.4f` to {glue:text}`gap_high:+.4f`).
#
# With few squares left, every way to finish the game can be played through. That gives the exact distribution of the next move: not quite uniform over the legal moves, since games that need a pass are left out. How far is the network's?

# %%
late = yardsticks.endgames(model, game.sample_moves(3000, HELD_OUT_SEED, first=20_000))
alike = late.rules_only()
parts = {"the network": late.divergence(), "of it, illegal moves": late.illegal_part()}
parts["uniform over legal moves"] = alike.divergence()
lines = {
    name: Series.of(bootstrap(part), colour=tint)
    for (name, part), tint in zip(parts.items(), (MODEL, figures.THEIRS, CONTROL), strict=True)
}
axes = dict(y_title="divergence from the exact distribution (nats)")
curves(late.ply + 1, lines, x_title="move that is predicted", **axes)

# %%
network, illegal, uniform = (part.mean(1) for part in parts.values())
late_of = {"late": network, "late_illegal": illegal, "late_rest": network - illegal}
late_of = {name: bootstrap(part) for name, part in (late_of | {"late_uniform": uniform}).items()}
for name, i in late_of.items():
    glue_interval(name, i)
late_gap, word = compared(network - uniform)
glue_interval("late_gap", late_gap)
glue("late_word", word, display=False)

# %% [markdown]
# On average it diverges by {glue:text}`late_mean:.3f` nats ({glue:text}`late_low:.3f` to {glue:text}`late_high:.3f`), {glue:text}`late_word` a player that knows the rules and gives all legal moves the same probability, {glue:text}`late_uniform_mean:.4f` ({glue:text}`late_uniform_low:.4f` to {glue:text}`late_uniform_high:.4f`; paired by game, the difference is {glue:text}`late_gap_mean:+.4f`, {glue:text}`late_gap_low:+.4f` to {glue:text}`late_gap_high:+.4f`). The network's divergence has two parts: {glue:text}`late_illegal_mean:.3f` ({glue:text}`late_illegal_low:.3f` to {glue:text}`late_illegal_high:.3f`) for the probability that it gives to illegal moves, {glue:text}`late_rest_mean:.3f` ({glue:text}`late_rest_low:.3f` to {glue:text}`late_rest_high:.3f`) for how it divides the rest among the legal ones. Are its probabilities to be trusted, at least? Of all squares to which it gives about the same probability: how probable are they in truth, as a multiple of what it says?

# %%
edges = np.logspace(-4, 0, 13)
lines = {}
for name, one, tint in (("the network", late, MODEL), ("rules only", alike, CONTROL)):
    said, ratio, entries = one.calibration(edges)
    filled = entries > 50
    lines[name] = Series.of(ratio.at(filled), x=said[filled], colour=tint)
    if one is late:
        network_said, network_ratio = said[filled], ratio.at(filled)
axes = dict(x_title="what the player says", y_title="exact probability / that", log_x=True)
curves(network_said, lines, reference={"calibrated": 1.0}, markers=True, **axes)

# %%
sure = network_said > 0.05
off = np.abs(network_ratio.mean - 1)[sure]
glue("off", float(off.max()), display=False)
glue_interval("off_least", network_ratio.at(0))
glue("said_least", float(network_said[0]), display=False)
glue("sure", 0.05, display=False)
glue("n_bins", int(sure.sum()), display=False)
glue("entries", 50, display=False)

# %% [markdown]
# Bins with {glue:text}`entries` squares or fewer aren't shown. In the {glue:text}`n_bins` bins above {glue:text}`sure:.0%` the exact probability is within {glue:text}`off:.0%` of what the network says. Below lie squares that it isn't sure are illegal. In the lowest bin, where it says {glue:text}`said_least:.5f` on average, the truth is {glue:text}`off_least_mean:.2f` times that ({glue:text}`off_least_low:.2f` to {glue:text}`off_least_high:.2f`).
#
# ## Yardstick 2: transpositions
#
# Exchange two moves of the same player. Often both orders are legal and lead to the *same position*: then exactly the same can follow. A network that keeps a board should say the same. The control, *decoys*: an exchange at the same two plies, after which the squares played are the same but the discs, and the legal moves, are not. Two other players go through the same: one who knows *the rules only*, which is what the two kinds of pairs should look like; and one who remembers *the last move only*, when it was made and which squares are taken, which is what they look like without a board. The menu has the total variation between the two predictions, and how often the first choice differs.

# %%
many = game.sample_moves(70_000, HELD_OUT_SEED, first=40_000)
lengths = np.arange(6, 31, 4)
kinds = {"transpositions": [], "decoys": []}
for k, length in enumerate(lengths):  # other games for each length
    for name, pairs in zip(kinds, yardsticks.swapped(many[k :: len(lengths)], length), strict=True):
        kinds[name].append(pairs[:110])

# %%
last_move = yardsticks.LastMove(game.sample_moves(100_000, seed=8))
players = {
    "the network": partial(yardsticks.next_move_distribution, model),
    "the rules only": yardsticks.legal_alike,
    "the last move only": partial(yardsticks.next_move_distribution, last_move),
}
differ = {
    (who, kind): [yardsticks.disagreement(say, pairs) for pairs in of]
    for who, say in players.items()
    for kind, of in kinds.items()
}

# %%
measures = {"total variation": "total_variation", "other first choice": "top_1"}
tints = dict(zip(players, (MODEL, figures.TRUTH, CONTROL), strict=True))
charts, overall = {}, {}
for measure, field in measures.items():
    lines = {}
    for (who, kind), parts in differ.items():
        of = [getattr(d, field) for d in parts]
        overall[who, kind, field] = bootstrap(np.concatenate(of))
        look = dict(colour=tints[who], dash="solid" if kind == "decoys" else "dot")
        lines[f"{who}, {kind}"] = Series.of(Interval.of(list(map(bootstrap, of))), **look)
    axes = dict(x_title="moves played", y_title="difference between predictions")
    charts[measure] = curves(lengths, lines, **axes)
choice(charts)

# %%
for (who, kind, field), i in overall.items():
    short = {"total_variation": "tv", "top_1": "top"}[field]
    glue_interval(f"{who.split()[1]}_{kind}_{short}", i)
same, decoys = (overall["the network", kind, "total_variation"] for kind in kinds)
parts = zip(*(differ["the last move only", kind] for kind in kinds), strict=True)
blindly = np.concatenate([b.total_variation - a.total_variation for a, b in parts])
glue_interval("last_gap", bootstrap(blindly))
assert bootstrap(blindly).high < 0.1 * (decoys.low - same.high)  # the pairs are a fair test

# %%
claim(
    "sees_transpositions",
    "Two orders of moves that lead to one position get nearly the same predictions (total variation)",
    same,
    control=decoys,
    against="orders that lead to positions with other legal moves",
    form=".3f",
    higher=False,
)

# %% [markdown]
# After transpositions the network's predictions differ by a total variation of {glue:text}`network_transpositions_tv_mean:.3f` ({glue:text}`network_transpositions_tv_low:.3f` to {glue:text}`network_transpositions_tv_high:.3f`), after decoys by {glue:text}`network_decoys_tv_mean:.3f` ({glue:text}`network_decoys_tv_low:.3f` to {glue:text}`network_decoys_tv_high:.3f`), where the rules alone make it {glue:text}`rules_decoys_tv_mean:.3f`. Its first choice differs in {glue:text}`network_transpositions_top_mean:.0%` ({glue:text}`network_transpositions_top_low:.0%` to {glue:text}`network_transpositions_top_high:.0%`) and {glue:text}`network_decoys_top_mean:.0%` ({glue:text}`network_decoys_top_low:.0%` to {glue:text}`network_decoys_top_high:.0%`): the former is no small number, since among equally probable moves a little decides which comes first. The player without a board takes hardly any notice of which kind a pair is (the two differ by {glue:text}`last_gap_mean:.3f`, {glue:text}`last_gap_low:.3f` to {glue:text}`last_gap_high:.3f`): what tells them apart is the position.
#
# Nothing has to be sampled where the tree of games is small. Here are *all* beginnings of {glue:text}`opening_first` to {glue:text}`opening_moves` moves and all pairs of them that lead to one position, however different their orders; beside them all pairs with the same squares taken and other legal moves. The network *accepts* a next move if it gives it at least {glue:text}`threshold:.0%`.

# %%
threshold, rows = 0.01, {}
depths = (4, 5, 6)
for length in depths:
    row = {}
    for kind, (agree, apart) in yardsticks.openings_compared(model, length, threshold).items():
        row |= {kind: len(agree), f"{kind}: same moves accepted": agree.mean()}
        row |= {f"{kind}: smallest difference": apart.min(), f"{kind}: largest": apart.max()}
    rows[f"{length} moves"] = row
opened = pd.DataFrame(rows)
opened.style.format("{:.3g}")

# %%
most = opened.loc["transpositions: largest"].max()
least = opened.loc["decoys: smallest difference"].min()
glue("threshold", threshold, display=False)
glue("opening_first", depths[0], display=False)
glue("opening_moves", depths[-1], display=False)
glue("opening_pairs", int(opened.loc["transpositions"].sum()), display=False)
glue("opening_same", opened.loc["transpositions: same moves accepted"].iloc[-1], display=False)
glue("opening_most", most, display=False)
glue("opening_least", least, display=False)
assert most < least

# %% [markdown]
# Without exception: over all {glue:text}`opening_pairs:,` pairs of beginnings that lead to one position, no two predictions differ by more than {glue:text}`opening_most:.3f`, and of the pairs with other legal moves no two by less than {glue:text}`opening_least:.3f` (total variation; the cell asserts it). In openings of {glue:text}`opening_moves` moves {glue:text}`opening_same:.1%` of the former accept the same next moves.
#
# ## Yardstick 3: the boundary between positions
#
# {cite:t}`vafa2024` ask for more than one move: two beginnings that reach the same position must accept exactly the same *continuations* (compression), and two that don't must be told apart by the right ones (distinction). They have to sample; with {glue:text}`left` squares left all {glue:text}`orders` ways to fill them and their beginnings, {glue:text}`nodes` continuations, can be tried, and the rules' side is exact. The network accepts a continuation if it gives each of its moves at least {glue:text}`threshold:.0%`, as there (no move that the rules allow is rarer than {glue:text}`rarest:.1%`). Continuations on which two beginnings part are their *boundary*. Pairs: transpositions and decoys of the kind above, which makes distinction harder than in the paper, where any two positions are to be told apart; and such pairs too.

# %%
n_pairs, length = 100, 28
pairs = dict(zip(kinds, yardsticks.swapped(many, length), strict=True))
pairs = {kind: p[:n_pairs] for kind, p in pairs.items()}
two = game.sample_moves(2 * n_pairs, HELD_OUT_SEED, first=110_000)[:, :length]
pairs["any two"] = yardsticks.Transpositions(*np.split(two, 2))[: n_pairs // 2]
tried = {kind: yardsticks.continuations(model, p) for kind, p in pairs.items()}
blindly = {kind: yardsticks.continuations(last_move, pairs[kind]) for kind in kinds}
exact = tried["decoys"].exact
rarest = float(exact[exact > 0].min())
assert rarest > 5 * threshold
glue("rarest", rarest, display=False)
glue("left", 32 - length, display=False)
glue("orders", exact.shape[-2], display=False)
glue("nodes", tried["decoys"].boundary().true.shape[-1], display=False)


# %%
def scored(tried, threshold=threshold):
    """Compression of the same position and of different ones, recall and precision."""
    same, other = (tried[kind].boundary(threshold) for kind in kinds)
    blind = other.compression()[other.true.any((1, 2))]
    return {
        "compression": wilson(same.compression().sum(), len(same.true)),
        "compression of different positions": wilson(blind.sum(), len(blind)),
        "recall": yardsticks.shares_of(*other.recall().T),
        "precision": yardsticks.shares_of(*other.precision().T),
    }


vafa = {"the network": scored(tried), "the last move only": scored(blindly)}
for title, i in vafa["the network"].items():
    glue_interval("vafa_" + title.split()[-1], i)
apart = tried["any two"].boundary(threshold)
glue_interval("any_recall", yardsticks.per_pair(apart.recall()))
glue_interval("any_precision", yardsticks.per_pair(apart.precision()))
pd.DataFrame({who: {t: f"{i:.0%}" for t, i in of.items()} for who, of in vafa.items()})

# %%
thresholds = np.array([0.001, 0.003, 0.01, 0.03, 0.05])
by_threshold = [scored(tried, t) for t in thresholds]
lines = {
    title: Series.of(Interval.of([of[title] for of in by_threshold]))
    for title in vafa["the network"]
}
axes = dict(x_title="least probability that is accepted", y_title="share", y_format=".0%")
curves(thresholds, lines, log_x=True, **axes)

# %%
turned = replace(tried["decoys"], model=tried["decoys"].model[:, :, ::-1]).boundary(threshold)
exchanged = yardsticks.shares_of(*turned.recall().T)
compression, blind, recall, precision = vafa["the network"].values()
claim(
    "compresses",
    "Beginnings that reach one position accept the same continuations",
    compression,
    control=blind,
    against="beginnings that reach positions with other continuations, exchanged at the same plies",
    form=".0%",
)

# %%
claim(
    "tells_apart",
    "Of the continuations that tell two positions apart, this share tells the network (recall)",
    recall,
    control=max(exchanged, vafa["the last move only"]["recall"], key=lambda i: i.high),
    against="the stronger of: the two positions exchanged; a player who knows the last move only",
    form=".0%",
)

# %% [markdown]
# Of the pairs that reach the same position, {glue:text}`vafa_compression_mean:.0%` ({glue:text}`vafa_compression_low:.0%` to {glue:text}`vafa_compression_high:.0%`) accept exactly the same continuations, against {glue:text}`vafa_positions_mean:.0%` ({glue:text}`vafa_positions_low:.0%` to {glue:text}`vafa_positions_high:.0%`) of the pairs that shouldn't. By itself a high compression says nothing: the player who knows the last move only compresses everything, the right pairs and the wrong ones. Of the continuations that tell different positions apart the network knows {glue:text}`vafa_recall_mean:.0%` ({glue:text}`vafa_recall_low:.0%` to {glue:text}`vafa_recall_high:.0%`), and {glue:text}`vafa_precision_mean:.0%` ({glue:text}`vafa_precision_low:.0%` to {glue:text}`vafa_precision_high:.0%`) of those that it goes by are right. Much of this hangs on the threshold, as the figure shows: it is about moves to which the network gives a little, though they are illegal. For any two positions after as many moves, averaged over pairs as in the paper, recall is {glue:text}`any_recall_mean:.0%` ({glue:text}`any_recall_low:.0%` to {glue:text}`any_recall_high:.0%`) and precision {glue:text}`any_precision_mean:.0%` ({glue:text}`any_precision_low:.0%` to {glue:text}`any_precision_high:.0%`): most such pairs part at which squares are empty.
#
# ## The verdict
#
# The whole chapter in one table. A cell that follows asserts each comparison that the words below it make; if the numbers turned one of them round, the chapter would not execute.

# %%
forms = {"cells read": (ours, rivals[rival], rival, ".1%")}
forms["bits about the squares"] = by_network, by_code, "64 dimensions of a random code", ".1f"
forms["excess loss (nats)"] = excess["the network"], excess["rules only"], "rules only", ".4f"
forms["late divergence (nats)"] = late_of["late"], late_of["late_uniform"], "rules only", ".3f"
forms["one position, two orders"] = same, decoys, "two positions", ".3f"
forms["same continuations"] = compression, blind, "two positions", ".0%"
forms["telling continuations known"] = recall, exchanged, "positions exchanged", ".0%"
verdict = {k: (f"{a:{form}}", f"{b:{form}}", what) for k, (a, b, what, form) in forms.items()}
pd.DataFrame(verdict, index=["the network", "beside it", "what that is"]).T

# %%
reader = {name: of["board"] for name, of in cells.items()}
assert reader["bag of moves"].low > reader["majority"].high > 0.5  # much comes without a model
assert by_code.low > by_network.high  # half the room is enough for who has a board
assert ours.low > max(i.high for i in rivals.values())  # and nobody else has
assert same.high < 0.2 * decoys.low  # two histories, one position
assert compression.low > blind.high  # transpositions treated as one more often than other pairs
assert max(i.high for i in (compression, recall, precision)) < 1  # not exact
assert excess["the network"].low > 0

# %% [markdown]
# - *Reading* a board off {glue:text}`width` numbers is not impressive as such: a linear map gets {glue:text}`read_majority_mean:.0%` of the cells right from the number of moves alone, {glue:text}`read_bag_of_moves_mean:.0%` from a bag of moves, and whoever has a board can lay it down in {glue:text}`half` dimensions. What is, is that {glue:text}`ours_mean:.1%` ({glue:text}`ours_low:.1%` to {glue:text}`ours_high:.1%`) can be read where nobody asked for a board, and that the best of {glue:text}`n_rivals` readers without a model of the game gets {glue:text}`rival_mean:.1%` ({glue:text}`rival_low:.1%` to {glue:text}`rival_high:.1%`).
# - The network behaves as if it kept a position: {glue:text}`network_transpositions_tv_mean:.3f` against {glue:text}`network_decoys_tv_mean:.3f` is the distance between its predictions where two histories lead to one position, or to two. In openings, where all pairs can be tried, that holds without exception; nearly all of these openings occur in training.
# - It isn't perfect, and by exact yardsticks one can say how far it is: {glue:text}`late_mean:.3f` nats in late positions ({glue:text}`late_word` a player who knows just the rules), {glue:text}`vafa_compression_mean:.0%` ({glue:text}`vafa_compression_low:.0%` to {glue:text}`vafa_compression_high:.0%`) of the transpositions treated as one, {glue:text}`vafa_recall_mean:.0%` ({glue:text}`vafa_recall_low:.0%` to {glue:text}`vafa_recall_high:.0%`) of the continuations that tell two positions apart known. Its model of the game isn't exact.
#
# *Machinery: [`othello_gpt/controls.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/controls.py). Before: [attention](attention.py). Next: [construction](construction.py).*

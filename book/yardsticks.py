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
# # Is it impressive to map 128 dimensions to a board?
#
# **Yes, but not because of the size.** A linear map reads {num}`beats_what_has_no_model:.1%` of the squares from the network, and {num}`beats_what_has_no_model_control:.1%` from the best of its rivals. Nor is the network perfect: it doesn't treat all orders of moves alike that lead to one position, though [nor does a network by hand](yardsticks-by-hand) whose board is exact.

# %%
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from othello_gpt import figures, game, probes, yardsticks
from othello_gpt.book_tools import claim, say
from othello_gpt.construction import Crowded
from othello_gpt.figures import CONTROL, MODEL, READERS, Series, choice, curves, points
from othello_gpt.intervals import Interval, bootstrap, difference
from othello_gpt.model import GPT, REPORT_SEED, evaluate, load_model, predict
from othello_gpt.probes import TARGETS

# %%
model = load_model()
train, test = game.sample_moves(1000, seed=1), game.sample_moves(300, REPORT_SEED)
names = ["board", *(n for n in TARGETS if n not in ("board", *probes.SINGLE))]
targets = [TARGETS[name] for name in names]
sites = model.sites[::2]
probe = probes.fit_ridge(model, train, probes.compared(names), sites)
chosen = probes.accuracy(probe, model, game.sample_moves(200, seed=3), targets)
best = {name: tally.best() for name, tally in chosen.items()}
site = sites[best["board"]]

# %%
found = probes.scores_by_source(model, probe, train, test, names)
features = probes.RandomFeatures(1024)
of_features = probes.fit_ridge(features, train, targets)
found["random features"] = probes.accuracy(of_features, features, test, targets)
shallow, made = yardsticks.load_shallow()
of_shallow = yardsticks.load_rival_probe(shallow)
found["shallow rival"] = probes.accuracy(of_shallow, shallow, test)
tallies = probes.at_best(found, best)
cells = {r: {n: t.accuracy().at(0) for n, t in of.items()} for r, of in tallies.items()}
ours = cells["the probe"]["board"]
say(f"{len(test)} games", read=cells, width=model.config.n_embd, tested=len(test))
say(rival_fitted=of_shallow.games)

# %% alt="Curves of the share of squares that is read rightly after each move, for the network and everything that is put in its place. The network's stays near the top; all others fall as the game goes on." mystnb={"figure": {"name": "fig-yardsticks-readers", "caption": "**For the board, the network's curve stays up and all others fall.** The share of squares that a linear probe reads, by the number of moves. The menu chooses what else is read."}}
plies, charts = np.arange(1, 32), {}
axes = dict(x_title="moves played", y_title="cells read correctly", y_format=".0%")
for name in names:
    of = {reader: t[name].by_ply().at(0) for reader, t in tallies.items() if name in t}
    lines = {reader: Series.of(i, **READERS[reader]) for reader, i in of.items()}
    charts[name.replace("_", " ")] = curves(plies, lines, **axes)
choice(charts)

# %% [markdown]
# ## The idea
#
# A *linear probe* is a linear map that is fitted to read something off a list of numbers. For the network, the list is its *residual stream*: {num}`width` numbers that it holds after each move. A probe reads the board from them.
#
# But a probe is itself a learner. Give it enough numbers about a game and it may work the board out alone. Then it would tell us about the probe, and nothing about the network. A board also has fewer squares than the stream has numbers. So there are two ways to be unimpressed. *Anything of that size would do.* And: *there is room for a board, so of course there is one.*
#
# Both can be tried. For the first, we put something else in the network's place. It is told the same moves and it is read by the same kind of probe, fitted to the same games. But nobody has trained it. Whatever the probe reads there, it gets without a model of the game. One rival is trained all the same, so that we don't only beat what is weak.
#
# Some readers are simple. *Majority* knows only how many moves were played. The *bag of moves* knows who has played where, but not when. It misses what makes the game hard: which discs were turned. Some are large. *Random features* are one wide layer of random weights, fed with the whole list of moves. They could in principle approximate anything, if there were enough of them.
#
# The trained rival is the *shallow rival*. It has one hidden layer and is told who has played where, and when. At every position it learned towards all the legal moves, which is more than the network was told. What it can't do is to work a board out move by move. Its layer is wide, and a probe of it needs many games: it was fitted to {num}`rival_fitted`, beforehand, by logistic regression. All others were fitted to {num}`fitted`, by least squares, which read a little less.
#
# We set the bar beforehand. Beating a rival by a hair shows little. Where we count mistakes, the network has to make at most half as many as its strongest rival.
#
# ## The experiment
#
# How wide must something untrained be to match the network? We try three kinds, each in growing widths. The last kind is a transformer like ours, with random weights.

# %%
board, bag = [TARGETS["board"]], probes.BagOfMoves()
widths, shapes = np.array([128, 256, 512, 1024, 2048]), np.array([64, 128, 256])
like_ours = [replace(model.config, n_embd=int(w)) for w in shapes]
early = ["resid_mid 0", "resid_post 0", "resid_post 1"]

# %% tags=["experiment"]
in_its_place = {
    "features of the list": [probes.RandomFeatures(w) for w in widths],
    "features of the bag": [probes.RandomLayer(bag, w, inputs=97) for w in widths],
    "untrained transformers": [probes.untrained(GPT(shape)) for shape in like_ours],
}
right = {name: [] for name in in_its_place}
for name, sources in in_its_place.items():
    for source in sources:
        at = early if name == "untrained transformers" else source.sites
        probe = probes.fit_ridge(source, train, board, at)
        seen = probes.accuracy(probe, source, test, board)["board"]
        right[name].append(yardsticks.share_by_game(seen))

# %% [markdown]
# ## The control that could have killed it
#
# If width were what counts, one of these curves would reach the network's line. None comes near it, though some are many times as wide.

# %% alt="Share of squares read against width for three kinds of untrained readers; all stay far below a line that marks the trained network." mystnb={"figure": {"name": "fig-yardsticks-widths", "caption": "**Width doesn't make up for training.** Squares that are read from untrained readers of growing width. The dotted line is the network."}}
right = {name: np.stack(shares, 1) for name, shares in right.items()}
x = {name: shapes if "transformers" in name else widths for name in right}
tints = dict(zip(right, (figures.LEGAL, figures.MINE, figures.THEIRS), strict=True))
lines = {n: Series.of(bootstrap(y), x=x[n], colour=tints[n]) for n, y in right.items()}
axes = dict(x_title="width", y_title="cells read correctly", y_format=".0%", log_x=True)
level = {f"{model.config.n_embd} trained dimensions": ours.mean}
curves(widths, lines, reference=level, **axes)

# %% [markdown]
# More games to fit the probe on don't close the gap either. With twice as many, the widest features of the bag give {num}`doubled_read:.1%`. Of all rivals the strongest was: {num}`rival`. Its number stands in the answer above. The shallow rival gives {num}`read[shallow rival][board]:.1%`. So training alone doesn't do it. The rest may ask for more than one layer, or for many more units.
#
# Now the second doubt. Is there simply room for a board? There is. We laid the *true* board down in {num}`half` numbers by a random linear map, and read it with the same probe. It found {num}`from[true board, random code]:.2%` of the squares. So room isn't scarce. What is scarce is a board to put there. The network has to work it out, since it is told only moves.
#
# There is one more thing to ask of somebody who keeps a board: two games that lead to one position should be treated as one. We exchange two moves of a game such that the position stays the same. The network's predictions then differ by {num}`sees_transpositions:.3f`, where nought means not at all and one wholly. If the same kind of exchange leads to another position, with other legal moves, they differ by {num}`differ[the network][decoys][total variation]:.3f`. The shallow rival's differ by {num}`differ[the shallow rival][transpositions][total variation]:.3f` and {num}`differ[the shallow rival][decoys][total variation]:.3f`. It {when}`shallow_notices ? notices less : doesn't notice` which kind an exchange is.
#
# ## What this doesn't show
#
# - **Not that nothing untrained could do it.** We tried some kinds of readers, and finite widths. A curve that is drawn on beyond its data may bend.
# - **Not that only this network could.** No smaller transformer was trained here. The rival that was has a single layer and {num}`shallow_width` units. It saw {num}`shallow_games:,.0f` games, which is as many as the network. Two or three layers might do better.
# - **Not that the network uses what we read.** A probe finds what is there. For its use, see [interventions](interventions.py).
# - **Not that its model is exact.** Late positions can be solved. {when}`late_crosses ? With some squares left the network strays from the truth more than a player who knows just the rules and takes all legal moves for equally likely. Only near the end it strays less : There the network strays from the truth, too`. And another order of the same moves changes its first choice in {num}`differ[the network][transpositions][other first choice]:.0%` of the pairs, no less often than the shallow rival's. So it does where [many moves](yardsticks-many-orders) stand elsewhere.
# - **Not that it never saw such positions.** In short openings every pair of move orders can be tried, and the network passes. Nearly all these openings occur in its training.
#
# ## What we learned
#
# - Reading a board off so many numbers is not impressive as such. Much of it comes cheap: a bag of moves alone gives {num}`read[bag of moves][board]:.0%` of the squares.
# - Neither wider untrained readers nor twice the games for the probe gave the rest, and one trained layer gives only some of it. It needs the flips, and those the network has learned to follow.
# - The network behaves as if it kept a position, but not exactly. In late positions it treats {num}`vafa[compression]:.0%` of the pairs that meet as one, where a perfect player would treat all so. There the shallow rival {when}`rival_beats ? beats it, with : isn't clearly ahead, with` {num}`shallow_same:.0%`, though for a bad reason: it also takes {num}`shallow_confused:.0%` of the pairs for one that should be told apart.
#
# ## Try it yourself
#
# 1. Fit the network's probe to a quarter of the games. Does it then fall to the level of its rivals?
# 2. Give each square one number: plus one for mine, minus one for theirs, nought for empty. That is a whole board, in as many numbers as it has squares. Can a linear probe read it?
# 3. Where do the squares lie that the bag of moves gets wrong, early or late in a game?

# %% [markdown]
# ### Answer: a quarter of the games

# %%
quarter = yardsticks.board_read(model, train[:250], test, [site]).accuracy().at(0)
say(f"{len(test)} games", quarter=quarter)

# %% [markdown]
# With a quarter of the games the probe reads {num}`quarter:.1%` of the squares, {when}`quarter_beats ? still more than : no more than` from the best of its rivals.
#
# ### Answer: one number a square

# %%
signed = yardsticks.Code(np.concatenate([np.eye(36), -np.eye(36)]), [36])
one_number = yardsticks.board_read(signed, train, test).accuracy().at(0)
say(f"{len(test)} games", one_number=one_number)

# %% [markdown]
# It reads {num}`one_number:.1%`. All of the board is there, but *empty* lies between *mine* and *theirs*. Least squares fits a line to each state, and for the one in the middle the best line is flat. What is there, and what this probe can read, are two things.
#
# ### Answer: early or late

# %%
by_ply = tallies["bag of moves"]["board"].by_ply().at(0)
say(f"{len(test)} games", bag_after={n: by_ply.at(n - 1) for n in (5, 15, 25)})

# %% [markdown]
# After 5 moves the bag's reader gets {num}`bag_after[5]:.1%` of the squares, after 15 {num}`bag_after[15]:.1%`, after 25 {num}`bag_after[25]:.1%`. The more has been turned, the less it helps to know who played where.
#
# ## Details: who is asked, and what they read
#
# *Random features* {cite}`rahimi2008`, *bag of moves* and *majority* are as above. *Embedding* is the network's first site: the last move and its place. *Untrained* is the network with random weights. *Flips ignored* follows all moves on a board on which no disc is ever turned. *Absolute colour* asks the network's stream, at the same site, for first and second player instead of mine and theirs, where a target has sides. The *shallow rival* was trained; see below. *Control labels* are not another reader but another task for the network's stream {cite}`hewitt2019`: labels that look like the target's and depend on nothing but the last move and its place in the game, by a table drawn at random. All are fitted to the same {num}`fitted` games and scored on {num}`tested` others. The network's site is chosen on further games, the untrained network's on the test games themselves, in its favour. (The last move, the parity of the position and whether it is the first, one cell each, aren't in the menu.)
#
# Some targets are cheap. Which squares are *empty* follows from the moves by adding up. On most squares the last move *captured* nothing, so that everybody is right about nearly all of them. For *mine and theirs* one has to know what was turned, and there is more of that late in the game: after 26 moves {num}`turned:.0%` of the discs have been turned at least once, {num}`turned_twice:.0%` more than once.

# %%
replay = game.replay(test)
flips, discs = probes.flips_so_far(replay)[:, 25], probes.board(replay)[:, 25] != 1
say(turned=(flips > 0)[discs].mean(), turned_twice=(flips > 1)[discs].mean(), fitted=len(train))
pd.DataFrame(cells).map(lambda i: f"{i.mean:.1%}", na_action="ignore").fillna("").T


# %%
def beyond(reader, name):
    """How much more of a target's cells the network gets right than another reader."""
    return probes.advantage(tallies["the probe"][name], tallies[reader][name]).at(0)


selectivity = {name: beyond("control labels", name) for name in names}
say(f"{len(test)} games", selectivity=selectivity)
assert all(gain.low > 0 for gain in selectivity.values())
assert all(beyond(reader, "board").low > 0 for reader in tallies if reader != "the probe")

# %% [markdown]
# How much more does the probe get right than its control labels? Nought would be no gain.

# %% alt="Selectivity of the probe of each target, with intervals." mystnb={"figure": {"name": "fig-yardsticks-selectivity", "caption": "**Every target is read better than labels drawn at random.** What the probe gets right beyond control labels, by target."}}
lines = {"selectivity": Series.of(Interval.of(list(selectivity.values())))}
x_title = "selectivity: cells right beyond control labels"
points(list(charts), lines, x_title=x_title, x_format=".1%")

# %% [markdown]
# *Selectivity* is what a probe gets right beyond the control labels of its target, at the same site: {num}`selectivity[board]:.1%` of the cells for the board and {num}`selectivity[captured]:.1%` for what was captured. It is no verdict by itself: where most labels are alike, as there, a table of the frequent ones is nearly right too.
#
# ## Details: how wide, and how many games
#
# Random features approximate any function if there are enough of them. The features of the *bag* of moves have some of the work done for them already. Untrained transformers are read at the best of their first sites. Transformers wider than {num}`widest_untrained` weren't tried.

# %%
more_games = game.sample_moves(2 * len(train), seed=1)
doubled = yardsticks.board_read(in_its_place["features of the bag"][-1], more_games, test)
doubled = doubled.accuracy().at(0)
by_game = yardsticks.share_by_game(tallies["the probe"]["board"])
needed = {n: yardsticks.magnitude_to_reach(x[n], y, by_game) for n, y in right.items()}
widest_read = {name: bootstrap(shares[:, -1]) for name, shares in right.items()}
strongest = max(widest_read, key=lambda name: widest_read[name].mean)
least = min(needed, key=lambda name: needed[name].low)
pd.DataFrame({"width needed, as a power of ten": {n: f"{i:.1f}" for n, i in needed.items()}})

# %% [markdown]
# Of all rivals, the widest and those with more games included: which is the strongest, by its interval's upper end?

# %%
rivals = {name: i["board"] for name, i in cells.items() if name not in probes.AT_ITS_SITES}
rivals |= widest_read | {"features of the bag, more games": doubled}
rival = max(rivals, key=lambda name: rivals[name].high)
assert ours.low > max(i.high for i in rivals.values())
names_of = dict(strongest=strongest, least=least, n_rivals=len(rivals), doubled=len(more_games))
say(**names_of, rival=rival, widest=widths[-1], widest_untrained=shapes[-1])
say(times=10 ** needed[least].mean / model.config.n_embd)
of = dict(widest_read=widest_read[strongest], doubled_read=doubled, needed=needed[least])
say(f"{len(test)} games", **of, quarter_beats=bool(quarter.low > rivals[rival].high))

# %% [markdown]
# Against that rival the claim at the top is tested: the network may make at most half as many mistakes.

# %%
claim(
    "beats_what_has_no_model",
    f"{model.config.n_embd} trained dimensions hold more of the board than any rival of theirs",
    ours,
    control=rivals[rival],
    against=f"the best of {len(rivals)} rivals, one of them trained: {rival}",
    ratio=2,
    unseen=tuple(
        tallies[who]["board"].during(slice(11, None)).accuracy().at(0)
        for who in ("the probe", rival)
    ),
)

# %% [markdown]
# The best of the widest, {num}`strongest`, let one read {num}`widest_read:.1%` of the cells, against the network's {num}`beats_what_has_no_model:.1%`. More games to fit them on don't change that: with {num}`doubled` games {num}`widest` features of the bag give {num}`doubled_read:.1%`. Would more features? The table goes on along each curve's last two points, as if accuracy kept growing with the logarithm of the width (99 where it would never get there). Even {num}`least` would need 10 to the power of {num}`needed:.1f`, {num}`times:,.0f` times the network's width. That is an extrapolation far beyond the data: a curve that starts low may well flatten as the higher ones do.
#
# (yardsticks-rival)=
# ## Details: the rival that was trained
#
# Others have such networks, too: those of {cite:t}`nothello2026` with one hidden layer don't read discs that were turned over, where Othello-GPT does.
#
# Its hidden layer is the rectified sum of one vector for each move, by square and ply. Games without passes alternate, so the ply tells who has played, and whose turn it is. From the layer, a linear map gives the logits. The targets are all legal moves alike. Some knowledge is built in: the start looks the same in four ways, and the same again with the players exchanged, so that units come in eights which share their weights. So it learns from far fewer games. It is read by a probe that is kept with the book (`python -m othello_gpt.yardsticks probe` makes it), and edited as the network is in [interventions](interventions.py).

# %% alt="Illegal first choices of the shallow rival against the games that it has seen, falling more and more slowly." mystnb={"figure": {"name": "fig-yardsticks-shallow", "caption": "**One layer learns to play, and stays far from the network.** Illegal first choices on other games, against games seen in training. The rate falls to nought at the end. The dotted line is the network."}}
print(made["command"])
seen, wrong, _ = np.array(made["curve"]).T
plays = {"the network": evaluate(model, 1000), "the shallow rival": evaluate(shallow, 1000)}
lines = {f"{shallow.width} units": Series(wrong, x=seen, colour=CONTROL)}
level = {"the network": plays["the network"].illegal.mean}
axes = dict(x_title="games seen", y_title="illegal first choices", y_format=".1%", log_y=True)
curves(seen, lines, reference=level, **axes)

# %% [markdown]
# In how many positions is every square read rightly? And did the second half of the rival's games still help?

# %%
whole = {
    name: tallies[who]["board"].whole_board().at(0)
    for name, who in {"the network": "the probe", "the shallow rival": "shallow rival"}.items()
}
say("1,000 games", plays_illegally={name: of.illegal for name, of in plays.items()})
say(f"{len(test)} games", reads_whole=whole)
last_half = 1 - wrong[-1] / wrong[np.searchsorted(seen, seen[-1] / 2)]
say(shallow_width=shallow.width, shallow_games=made["games"], last_half=last_half)
assert plays["the network"].illegal.high < 0.5 * plays["the shallow rival"].illegal.low
assert 1 - whole["the network"].low < 0.5 * (1 - whole["the shallow rival"].high)

# %% [markdown]
# It saw {num}`shallow_games:,.0f` games. In the second half of them its mistakes became fewer by {num}`last_half:.0%`, but there the rate fell, too. So compare whole runs, in which the rate falls in the same way. With {num}`width_games:,.0f` games such a run ends at {num}`short_run:.2%`, with {num}`middle_games:,.0f` at {num}`middle_run:.2%`, and this one at {num}`long_run:.2%`. Each doubling of the games took away {num}`doubling[first]:.0%` of the mistakes up to the middle one, and {num}`doubling[then]:.0%` from there on. If it went on like that, it would reach the network after {num}`doublings:.0f` doublings more. Its first choice is illegal in {num}`plays_illegally[the shallow rival]:.2%` of the positions, the network's in {num}`plays_illegally[the network]:.2%`. Whole boards are read rightly from it in {num}`reads_whole[the shallow rival]:.1%` of the positions, and from the network in {num}`reads_whole[the network]:.1%`.
#
# Would another seed be stronger? {num}`n_again` rivals were trained again, from other weights and on other games. The one of {num}`again_width:,` units that saw all games errs in {num}`again_error:.2%` of the positions, its twin in {num}`twin_error:.2%`. No rival and its twin are further apart than {num}`twins_apart:.0%` of their mistakes.
#
# Is it too narrow? Rivals of {num}`n_widths` widths were trained to the end, on {num}`width_games:,.0f` games each and on as many as the network. Wider ones play better: in the long runs each doubling takes away {num}`gain[least]:.0%` to {num}`gain[most]:.0%` of the illegal choices. So a still wider one would play better still. The widest is the rival of this book. In the table all are read by probes of 1,000 games. That few don't do a wide layer justice: by them at most {num}`most_read[cells]:.1%` of the squares are read, and {num}`most_read[boards]:.1%` of the whole boards. The probe that our claims are held against saw {num}`rival_fitted`, and reads more from the widest than any of these.

# %%
of_width = yardsticks.widths()
budgets = sorted({one.games for one in of_width})
seeds = {n: min(one.seed for one in of_width if one.games == n) for n in budgets}
brief, middle, long = (
    [one for one in of_width if (one.games, one.seed) == (games, seeds[games])] for games in budgets
)
again = [one for one in of_width if one.seed != seeds[one.games]]
twins = [
    next(a for a in (*brief, *long) if (a.games, a.width) == (b.games, b.width)) for b in again
]
gains = [1 - b.illegal.mean / a.illegal.mean for a, b in pairwise(long)]
(short,) = [one for one in brief if one.width == shallow.width]
(halfway,) = middle  # as wide as the rival
runs = short, halfway, long[-1]
fewer = [  # what a doubling of the games takes away
    1 - (b.illegal.mean / a.illegal.mean) ** (1 / np.log2(b.games / a.games))
    for a, b in pairwise(runs)
]
say(short_run=short.illegal, middle_run=halfway.illegal, long_run=long[-1].illegal)
say(middle_games=halfway.games, doubling=dict(zip(("first", "then"), fewer, strict=True)))
to_go = np.log(plays["the network"].illegal.mean / long[-1].illegal.mean)
say(doublings=to_go / np.log(1 - fewer[1]))
off = [abs(b.illegal.mean / a.illegal.mean - 1) for a, b in zip(twins, again, strict=True)]
((seen_all, twin),) = [(b, a) for a, b in zip(twins, again, strict=True) if b.games == budgets[-1]]
say(n_again=len(again), twins_apart=max(off), again_width=seen_all.width)
say(again_error=seen_all.illegal, twin_error=twin.illegal)
assert fewer[1] < 0.25
assert min(gains) > 0  # wider ones do better
assert (long[-1].width, long[-1].games) == (shallow.width, made["games"])
say(width_games=budgets[0], n_widths=len(long))
say(gain={"least": min(gains), "most": max(gains)})
most_read = {what: max(getattr(one, what).mean for one in of_width) for what in ("cells", "boards")}
say(most_read=most_read)
assert whole["the shallow rival"].low > most_read["boards"]  # as the words have it
assert cells["shallow rival"]["board"].low > most_read["cells"]
pd.DataFrame(
    {
        "games": [f"{one.games:,}" for one in of_width],
        "units": [f"{one.width:,}" for one in of_width],
        "seed": [one.seed for one in of_width],
        "illegal first choices": [f"{one.illegal:.2%}" for one in of_width],
        "squares read": [f"{one.cells:.1%}" for one in of_width],
        "whole boards read": [f"{one.boards:.1%}" for one in of_width],
    }
).style.hide(axis="index")

# %% [markdown]
# ## Details: boards as codes
#
# Could a board not simply be laid down in {num}`width` dimensions? It could, if one had a board to lay down. Below, the true board is squeezed into d dimensions by two linear codes, and read by the same probe: a *random* code, which knows nothing of the game, and the *principal* code, which keeps what varies most. By linear algebra both are read without error from {num}`freedoms` dimensions on, as many as a board's pattern of mine, theirs and empty has freedoms (two for each of 32 squares, one for each of the four central ones, which are never empty). Beside them the network's own stream, along its principal components and, as a control of these, along random directions.

# %%
freedoms = 2 * 32 + 4
counts = [4, 8, 16, 24, 32, 48, 64, freedoms, 128]
trained_cov = yardsticks.covariances(model, train[:500])
at_site = trained_cov[model.sites.index(site)]
top = yardsticks.Directions(model, site, yardsticks.principal_components(at_site), counts)
any_other = yardsticks.Directions(model, site, yardsticks.random_directions(len(at_site)), counts)
code = yardsticks.Code(yardsticks.random_code(max(counts)), counts)
ideal = yardsticks.Code(yardsticks.principal_code(train[:500]), counts[:8])

# %% [markdown]
# All are read by the same kind of probe, fitted to the same games, from more and more dimensions.

# %% alt="Share of squares read against the number of dimensions, for the network's stream and for two codes of the true board. The codes reach one at 68 dimensions." mystnb={"figure": {"name": "fig-yardsticks-room", "caption": "**A board needs little room.** Squares that are read from some dimensions of the network's stream, and from the true board squeezed into as many."}}
room = {
    "network, top components": (top, dict(colour=MODEL)),
    "network, random directions": (any_other, dict(colour=MODEL, dash="dot")),
    "true board, principal code": (ideal, dict(colour=figures.TRUTH)),
    "true board, random code": (code, dict(colour=figures.TRUTH, dash="dot")),
}
kept, lines = {}, {}
for name, (source, look) in room.items():
    kept[name] = yardsticks.board_read(source, train, test).accuracy()
    lines[name] = Series.of(kept[name], x=counts[: len(source.sites)], **look)
axes = dict(x_title="dimensions", y_title="cells read correctly", y_format=".0%", log_x=True)
curves(counts, lines, **axes)

# %% [markdown]
# In half as many dimensions, does a random code of the true board give more than the whole network?

# %%
half = {name: i.at(counts.index(64)) for name, i in kept.items()}
assert half["true board, random code"].low > ours.high
top_64, random_64 = (half[f"network, {n}"] for n in ("top components", "random directions"))
say(f"{len(test)} games", **{"from": half, "half": 64, "freedoms": freedoms, "site": site})
say(top_holds_more=bool(top_64.low > random_64.high))

# %% [markdown]
# From {num}`half` dimensions of the random code one reads {num}`from[true board, random code]:.2%` of the cells, more than from all {num}`width` of the network. So room is not what is scarce: what is, is a board to put there. Of the network's own stream, the {num}`half` directions of largest variance give {num}`from[network, top components]:.1%`, {num}`half` random ones {num}`from[network, random directions]:.1%`: the board is in many directions, {when}`top_holds_more ? more in those that vary most than in others : no more in those that vary most than in others`.
#
# ## Details: the same in bits
#
# A logistic probe gives each square's three states probabilities. What it tells about a square is the square's entropy, {num}`square_bits:.2f` bits on average, minus the probe's cross-entropy on other games: usable information {cite}`xu2020`, a lower bound of what the square and the stream share. Added up over the 36 squares this counts twice what squares have in common, so it says nothing certain about the information on the board as a whole.

# %%
more = game.sample_moves(1600, seed=2)
asked = {name: source for name, (source, _) in room.items() if "directions" not in name}
bits = {}
for name, source in (asked | {"the number of moves": probes.Ply()}).items():
    fit = probes.fit_logistic(source, more, sites=source.sites[::2], warm_up=700)
    told = yardsticks.information(fit, source, test)
    bits[name], entropy = told.read(), float(told.entropy.mean())

# %% [markdown]
# Two levels frame the curves: what the number of moves tells alone, and the entropy, all there is to tell.

# %% alt="Bits about the squares against the number of dimensions, for the network's top components and two codes of the true board, below a line that marks the entropy of the squares." mystnb={"figure": {"name": "fig-yardsticks-bits", "caption": "**In bits, too, half the room is enough for who has a board.** What a logistic probe tells about the squares."}}
some = counts[::2]
lines = {n: Series.of(bits[n], x=some[: len(bits[n].mean)], **room[n][1]) for n in asked}
levels = {"entropy of the squares": entropy}
levels["the number of moves"] = float(bits["the number of moves"].mean[0])
axes = dict(x_title="dimensions", y_title="bits about the squares", y_format=".1f", log_x=True)
curves(some, lines, reference=levels, **axes)

# %% [markdown]
# From how many dimensions on does the principal code tell more than all of the network's?

# %%
by_network = bits["network, top components"].at(some.index(128))
by_code = bits["true board, random code"].at(some.index(64))
by_ideal = bits["true board, principal code"].at(some.index(64))
by_ply = bits["the number of moves"].at(0)
enough = bits["true board, principal code"].low > by_network.high
assert enough.any()
of = {"random code": by_code, "principal code": by_ideal, "network": by_network, "ply": by_ply}
say(f"{len(test)} games", bits=of, entropy=entropy, square_bits=entropy / 36)
say(enough=some[int(enough.argmax())])

# %% [markdown]
# The squares' entropies add up to {num}`entropy:.1f` bits, of which the number of moves alone tells {num}`bits[ply]:.1f`. From {num}`half` dimensions of the random code one reads {num}`bits[random code]:.2f` bits, of the principal one {num}`bits[principal code]:.2f`, from all {num}`width` of the network {num}`bits[network]:.2f`. Who has the board can say more than that in {num}`enough` dimensions. All these are lower bounds: probes that are fitted longer, on more games, read a little more. And boards that are all there needn't be told in full: in a [network by hand](construction-crowded) a logistic probe tells {num}`construction.py::told[linear]:.0%` of the bits.
#
# ## Details: how much of its room the network uses
#
# First its *spectrum* at {num}`site`, the variance along each principal component, then one number for it at every site.

# %% alt="Share of the variance along each principal component, trained and untrained, falling on logarithmic axes." mystnb={"figure": {"name": "fig-yardsticks-spectrum", "caption": "**The trained stream spreads its variance.** The variance along each principal component, and up to it."}}
blank = probes.untrained(model)
blank_cov = yardsticks.covariances(blank, train[:500])
both = {"trained": (model, trained_cov, MODEL), "untrained": (blank, blank_cov, CONTROL)}
lines, at = {}, model.sites.index(site)
for name, (_, cov, tint) in both.items():
    shares = yardsticks.spectrum(cov[at])
    lines[f"{name}, up to here"] = Series(shares.cumsum(), colour=tint, dash="dot")
    shares = shares[: (shares > 1e-6).sum()]
    lines[name] = Series(shares, colour=tint, x=np.arange(1, 1 + len(shares)))
axes = dict(x_title="principal component", y_title="share of the variance", y_format=".2%")
curves(np.arange(1, 1 + model.config.n_embd), lines, log_x=True, log_y=True, **axes)

# %% [markdown]
# A spectrum in numbers: how many directions carry the variance, and how many components hold most of it.

# %%
in_use = {n: yardsticks.dimensions_in_use(s, train[:500], site) for n, (s, *_) in both.items()}
most = {n: yardsticks.components_of(0.9, cov[at]) for n, (_, cov, _) in both.items()}
say("500 games", in_use=in_use, components=most, most_share=0.9)

# %% [markdown]
# How many directions carry the variance at the other sites, with and without training?

# %% alt="Participation ratio of the trained and the untrained network's stream at every site." mystnb={"figure": {"name": "fig-yardsticks-ratios", "caption": "**How many directions carry the variance, site by site.**"}}
ratios = {
    name: Series(yardsticks.participation_ratio(cov), colour=tint)
    for name, (_, cov, tint) in both.items()
}
curves(model.sites, ratios, x_title="site", y_title="participation ratio")

# %% [markdown]
# A share of {num}`most_share:.0%` of the variance lies in {num}`components[trained]` components (untrained {num}`components[untrained]`). The participation ratio counts the directions that carry the variance. At {num}`site` it is {num}`in_use[trained]:.1f` of {num}`width` (untrained {num}`in_use[untrained]:.1f`). Such a ratio can be too low: in a [network by hand](construction-crowded) that writes a board along {num}`construction.py::squares` directions it is {num}`construction.py::ratio:.0f`.
#
# ## Details: the loss, move by move
#
# No predictor can have a smaller loss than the [entropy](games.py) of each move. Here is the *excess* of the network over it, and that of a player who knows the rules and nothing else, who gives all legal moves the same probability.

# %%
held_out = game.sample_moves(1500, REPORT_SEED, first=60_000)
floor = game.surprise(held_out, REPORT_SEED)[:, 1:]
beyond_floor = {
    "the network": predict(model, held_out).nll - floor,
    "rules only": game.log_choices(held_out)[:, 1:] - floor,
}
tints = {"the network": MODEL, "rules only": CONTROL}
excess = {name: bootstrap(loss.mean(1)) for name, loss in beyond_floor.items()}
gap = bootstrap((beyond_floor["the network"] - beyond_floor["rules only"]).mean(1))
say("1,500 games", excess=excess, gap=gap)

# %% [markdown]
# Does the excess arise early or late in a game? The average doesn't tell.

# %% alt="Excess loss of the network and of a player who knows the rules only, by move." mystnb={"figure": {"name": "fig-yardsticks-excess", "caption": "**How far from the least possible loss, move by move.**"}}
lines = {n: Series.of(bootstrap(loss), colour=tints[n]) for n, loss in beyond_floor.items()}
curves(np.arange(2, 33), lines, x_title="move that is predicted", y_title="excess loss (nats)")

# %% [markdown]
# Over all moves the network's excess is {num}`excess[the network]:.4f` nats a move, that of the player {num}`excess[rules only]:.4f`: on the same games, compared move by move, they differ by {num}`gap:+.4f`. Which is less is told on [more games](model.py).
#
# ## Details: late positions, solved exactly
#
# With nine squares left or fewer, every way to finish the game can be played through. That gives the exact distribution of the next move: not quite uniform over the legal moves, since games that need a pass are left out. How far is the network's?

# %% alt="Divergence from the exact distribution by move: the network's, the part of it owed to illegal moves, and that of a uniform choice among legal moves." mystnb={"figure": {"name": "fig-yardsticks-late", "caption": "**Late positions have an exact answer.** How far the network is from it, and how far a player who knows just the rules."}}
late = yardsticks.endgames(model, game.sample_moves(6000, REPORT_SEED, first=20_000), 23)
alike = late.rules_only()
parts = {"the network": late.divergence(), "of it, illegal moves": late.illegal_part()}
parts["uniform over legal moves"] = alike.divergence()
tints = (MODEL, figures.THEIRS, CONTROL)
lines = {
    name: Series.of(bootstrap(part), colour=tint)
    for (name, part), tint in zip(parts.items(), tints, strict=True)
}
axes = dict(y_title="divergence from the exact distribution (nats)")
curves(late.ply + 1, lines, x_title="move that is predicted", **axes)

# %% [markdown]
# How much of the divergence is owed to illegal moves? And does knowing just the rules do better on average?

# %%
network, illegal, uniform = (part.mean(1) for part in parts.values())
of = {"all": network, "illegal": illegal, "rest": network - illegal, "uniform": uniform}
late_of = {name: bootstrap(part) for name, part in of.items()}
late_gap = bootstrap(network - uniform)
more_or_less = {"more than": late_gap.low > 0, "less than": late_gap.high < 0}
late_how = next(
    (how for how, so in more_or_less.items() if so),
    "on these games neither clearly more nor clearly less than",
)
by_move = bootstrap((parts["the network"] - parts["uniform over legal moves"])[:, :-1])
before_last = late.ply[:-1] + 1  # the last move leaves no choice
further, nearer = before_last[by_move.low > 0], before_last[by_move.high < 0]
crosses = len(further) and len(nearer) and further.max() < nearer.min()
since = {"first": 0, "second": 1, "third": 2}  # the verdict hangs on where one begins
gaps = parts["the network"] - parts["uniform over legal moves"]
gap_from = {name: bootstrap(gaps[:, k:].mean(1)) for name, k in since.items()}
say("6,000 games", late=late_of, late_gap=late_gap, late_how=late_how, gap_from=gap_from)
say(late_crosses=bool(crosses), late_first=late.ply[0] + 1)

# %% [markdown]
# On average it diverges by {num}`late[all]:.3f` nats, {num}`late_how` a player that knows the rules and gives all legal moves the same probability, {num}`late[uniform]:.4f` (paired by game, the difference is {num}`late_gap:+.4f`). {when}`late_crosses ? That average hides a crossing. Early on the network strays further than this player, in the last moves less. So the verdict hangs on where one begins, here with move : That is from move` {num}`late_first`. A move later the difference is {num}`gap_from[second]:+.4f`, two moves later {num}`gap_from[third]:+.4f`. The network's divergence has two parts: {num}`late[illegal]:.3f` for the probability that it gives to illegal moves, {num}`late[rest]:.3f` for how it divides the rest among the legal ones. Are its probabilities to be trusted, at least? Of all squares to which it gives about the same probability: how probable are they in truth, as a multiple of what it says?

# %%
edges, lines = np.logspace(-4, 0, 13), {}
for name, one, tint in (("rules only", alike, CONTROL), ("the network", late, MODEL)):
    said, ratio, entries = one.calibration(edges)
    said, ratio = said[entries > 50], ratio.at(entries > 50)
    lines[name] = Series.of(ratio, x=said, colour=tint)
sure = said > 0.05
say("6,000 games", off=np.abs(ratio.mean - 1)[sure].max(), off_least=ratio.at(0))
say(said_least=said[0], sure=0.05, n_bins=sure.sum(), entries=50)

# %% [markdown]
# Where a curve is at one, the player is calibrated: moves are as probable as it says.

# %% alt="The exact probability as a multiple of what a player says, against what it says, near one where it is sure." mystnb={"figure": {"name": "fig-yardsticks-calibration", "caption": "**Where the network is sure, it is calibrated.** The exact probability as a multiple of what the player says."}}
axes = dict(x_title="what the player says", y_title="exact probability / that", log_x=True)
curves(said, lines, reference={"calibrated": 1.0}, markers=True, **axes)

# %% [markdown]
# Bins with {num}`entries` squares or fewer aren't shown. In the {num}`n_bins` bins above {num}`sure:.0%` the exact probability is within {num}`off:.0%` of what the network says. Below lie squares that it isn't sure are illegal. In the lowest bin, where it says {num}`said_least:.5f` on average, the truth is {num}`off_least:.2f` times that.
#
# ## Details: transpositions
#
# Exchange two moves of the same player. Often both orders are legal and lead to the *same position*: then exactly the same can follow. A network that keeps a board should say the same. The control, *decoys*: an exchange at the same two plies, after which the squares played are the same but the discs, and the legal moves, are not. Three other players go through the same: the *shallow rival*; one who knows *the rules only*, which is what the two kinds of pairs should look like; and one who remembers *the last move only*, when it was made and which squares are taken, which is what they look like without a board. (On championship games, {cite:t}`hravan2026` finds large differences after transpositions.) The menu has the total variation between the two predictions, and how often the first choice differs.

# %%
many = game.sample_moves(70_000, REPORT_SEED, first=40_000)
lengths = np.arange(6, 31, 4)
kinds = yardsticks.swapped_by_length(many, lengths, 300)
last_move = yardsticks.LastMove(game.sample_moves(100_000, seed=8))
players = {
    "the network": partial(yardsticks.next_move_distribution, model),
    "the shallow rival": partial(yardsticks.next_move_distribution, shallow),
    "the rules only": yardsticks.legal_alike,
    "the last move only": partial(yardsticks.next_move_distribution, last_move),
}
differ = {
    (who, kind): [yardsticks.disagreement(predicts, pairs) for pairs in of]
    for who, predicts in players.items()
    for kind, of in kinds.items()
}

# %% [markdown]
# A player who keeps a board should have a low dotted curve, for transpositions, and a high solid one.

# %% alt="Difference between predictions after transpositions and after decoys, for the network and three other players, by the number of moves." mystnb={"figure": {"name": "fig-yardsticks-transpositions", "caption": "**Two orders, one position: the network says nearly the same.** Dotted: pairs that lead to one position. Solid: pairs that don't."}}
measures = {"total variation": "total_variation", "other first choice": "top_1"}
tints = dict(zip(players, (MODEL, figures.THEIRS, figures.TRUTH, CONTROL), strict=True))
axes = dict(x_title="moves played", y_title="difference between predictions")
charts, overall = {}, {who: {kind: {} for kind in kinds} for who in players}
for measure, field in measures.items():
    lines = {}
    for (who, kind), parts in differ.items():
        of = [getattr(d, field) for d in parts]
        overall[who][kind][measure] = bootstrap(np.concatenate(of))
        look = dict(colour=tints[who], dash="solid" if kind == "decoys" else "dot")
        lines[f"{who}, {kind}"] = Series.of(Interval.of(list(map(bootstrap, of))), **look)
    charts[measure] = curves(lengths, lines, **axes)
choice(charts)

# %% [markdown]
# Are the pairs a fair test? A player without a board must hardly notice which kind a pair is.

# %%
same, decoys = (overall["the network"][kind]["total variation"] for kind in kinds)
parts = zip(*(differ["the last move only", kind] for kind in kinds), strict=True)
last_gap = bootstrap(np.concatenate([b.total_variation - a.total_variation for a, b in parts]))
say("pairs of beginnings", differ=overall, last_gap=last_gap)
by_size = np.concatenate([d.total_variation for d in differ["the network", "transpositions"]])
by_size[::-1].sort()
say(worst_pairs=by_size[: len(by_size) // 20].sum() / by_size.sum())
assert last_gap.high < 0.1 * (decoys.low - same.high)  # the pairs are a fair test
in_the_rival = [overall["the shallow rival"][kind]["total variation"] for kind in kinds]
beside = {"orders that lead to positions with other legal moves": decoys}
beside["the shallow rival's predictions for the same pairs"] = in_the_rival[0]
nearest = min(beside, key=lambda name: beside[name].low)
pairs_late = {
    who_kind: bootstrap(np.concatenate([d.total_variation for d in parts[2:]]))
    for who_kind, parts in differ.items()
}  # after 14 moves and more
late_same = pairs_late["the network", "transpositions"]
late_beside = pairs_late["the network", "decoys"], pairs_late["the shallow rival", "transpositions"]
assert lengths[2] >= 12 > lengths[1]
say(shallow_notices=bool(in_the_rival[1].low > in_the_rival[0].high))

# %% [markdown]
# The claim takes the nearer of its rivals: decoys, or the shallow rival's predictions for the same pairs.

# %%
claim(
    "sees_transpositions",
    "Two orders of moves that lead to one position get nearly the same predictions (total variation)",
    same,
    control=beside[nearest],
    against=f"the nearer of decoys and shallow rival: {nearest}; first choices differ in "
    f"{overall['the network']['transpositions']['other first choice'].mean:.0%} of the pairs, the rival's in "
    f"{overall['the shallow rival']['transpositions']['other first choice'].mean:.0%}",
    form=".3f",
    higher=False,
    ratio=2,
    unseen=(late_same, min(late_beside, key=lambda one: one.low)),
)

# %% [markdown]
# After transpositions the network's predictions differ by a total variation of {num}`differ[the network][transpositions][total variation]:.3f`, after decoys by {num}`differ[the network][decoys][total variation]:.3f`, where the rules alone make it {num}`differ[the rules only][decoys][total variation]:.3f`. Its first choice differs in {num}`differ[the network][transpositions][other first choice]:.0%` and {num}`differ[the network][decoys][other first choice]:.0%`: the former is no small number (the shallow rival's is {num}`differ[the shallow rival][transpositions][other first choice]:.0%`), since among equally probable moves a little decides which comes first. It isn't spread evenly: one pair in twenty makes {num}`worst_pairs:.0%` of the total variation after transpositions. Taken alone a small difference says nothing: who ignores the order of moves has none at all. The shallow rival's are {num}`differ[the shallow rival][transpositions][total variation]:.3f` and {num}`differ[the shallow rival][decoys][total variation]:.3f`: it takes little notice of order, and less of positions than the network. The player without a board takes hardly any notice of which kind a pair is (the two differ by {num}`last_gap:.3f`): what tells them apart is what may follow.
#
# (yardsticks-many-orders)=
# ## Details: orders in which many moves stand elsewhere
#
# So far pairs differ by one exchange. Here at least {num}`least_elsewhere` moves stand elsewhere: exchange after exchange, each such that the position after all moves stays the same. The decoys are made alike, but for a last exchange, after which other moves are legal. As many moves stand elsewhere in them, and in both or neither the last one does.

# %%
least_elsewhere, far_lengths = 8, (18, 22, 26, 30)
many_orders = yardsticks.swapped_by_length(
    game.sample_moves(12_000, REPORT_SEED, first=900_000), far_lengths, 200, yardsticks.reordered
)
far, far_by_length, far_pairs = {who: {} for who in players}, {}, {who: [] for who in players}
for who, predicts in players.items():
    for kind, of in many_orders.items():
        apart = [yardsticks.disagreement(predicts, pairs) for pairs in of]
        total = [one.total_variation for one in apart]
        far_by_length[f"{who}, {kind}"] = [bootstrap(one) for one in total]
        far_pairs[who].append(np.concatenate(total))
        far[who][kind] = {
            measure: bootstrap(np.concatenate([getattr(d, field) for d in apart]))
            for measure, field in measures.items()
        }


# %% [markdown]
# A small difference alone says nothing, since who ignores orders has none. So the claim is about a share: how large is the difference after orders that lead to one position, if that after decoys is one? Who can't tell the two kinds apart has one.

# %%
taken_for_one = {
    who: bootstrap(np.stack(of, 1), statistic=lambda means: means[:, 0] / means[:, 1])
    for who, of in far_pairs.items()
    if who != "the rules only"  # its difference is nought by definition
}
of_rivals = {who: one for who, one in taken_for_one.items() if who != "the network"}
far_nearest = min(of_rivals, key=lambda who: of_rivals[who].low)
shorter = {who: far_by_length[f"{who}, transpositions"] for who in players}
beaten = [
    ours.high <= rival.low / 2
    for ours, rival in zip(shorter["the network"], shorter["the shallow rival"], strict=True)
]
unbeaten = [str(n) for n, so in zip(far_lengths, beaten, strict=True) if not so]
choices_differ = [
    far[who]["transpositions"]["other first choice"].mean
    for who in ("the network", "the shallow rival")
]
claim(
    "sees_many_orders",
    f"Also where {least_elsewhere} moves or more stand elsewhere, two orders that lead to one "
    "position get more similar predictions than two after which other moves are legal: the "
    "difference, as a share of theirs",
    taken_for_one["the network"],
    control=of_rivals[far_nearest],
    against="the stronger of the shallow rival and who knows the last move only, on the same "
    f"pairs: {far_nearest}; the difference by itself is not at most half of the rival's after "
    f"{' and '.join(unbeaten) or 'no number of'} moves, and first choices differ in {choices_differ[0]:.0%} of the pairs, "
    f"the rival's in {choices_differ[1]:.0%}",
    form=".0%",
    higher=False,
    ratio=2,
    unseen=f"all its pairs are of {far_lengths[0]} moves and more",
)
assert of_rivals["the last move only"].high > 0.9  # the pairs are a fair test
say(unbeaten=" and ".join(unbeaten) or "none")
say("pairs of beginnings", far=far, taken_for_one=taken_for_one, least_elsewhere=least_elsewhere)
pd.DataFrame(
    {
        f"{kind}, {measure}": {
            who: f"{of[kind][measure]:{'.3f' if measure == 'total variation' else '.0%'}}"
            for who, of in far.items()
        }
        for kind in many_orders
        for measure in measures
    }
)

# %% [markdown]
# The network's predictions differ by {num}`far[the network][transpositions][total variation]:.3f`, after decoys by {num}`far[the network][decoys][total variation]:.3f`. The shallow rival's differ by {num}`far[the shallow rival][transpositions][total variation]:.3f` and {num}`far[the shallow rival][decoys][total variation]:.3f`; those of the player who knows the last move only by about the same in either case, so that the pairs are a fair test. Taken by itself, the network's difference isn't always at most half of the shallow rival's: not after {num}`unbeaten` moves. And its first choice differs no less often than the rival's: {num}`far[the network][transpositions][other first choice]:.0%` and {num}`far[the shallow rival][transpositions][other first choice]:.0%`.
#
# Decoys differ in what is legal next. Do predictions also tell two boards apart after which the *same* moves are legal? Hardly: after such decoys the difference is {num}`alike_decoys[the network][decoys]:.3f`, after transpositions that are matched to them {num}`alike_decoys[the network][transpositions]:.3f`. A player who knows the rules would say the same after either. So this is about what is legal, and a next move can't show more of a board than that; {cite:t}`vafa2025` find networks that extrapolate as if positions with the same legal moves were one. Edits [along none of the directions that read legality](interventions.py) show that more is held here than a linear map reads of it.

# %%
alike = yardsticks.swapped_by_length(
    game.sample_moves(12_000, REPORT_SEED, first=950_000),
    far_lengths,
    200,
    partial(yardsticks.reordered, same_moves=True),
)
alike_decoys = {
    who: {
        kind: bootstrap(
            np.concatenate([
                yardsticks.disagreement(players[who], pairs).total_variation for pairs in of
            ])
        )
        for kind, of in alike.items()
    }
    for who in ("the network", "the shallow rival")
}  # fmt: skip
say("pairs of beginnings", alike_decoys=alike_decoys)
assert (
    alike_decoys["the network"]["decoys"].high
    < far["the network"]["decoys"]["total variation"].low / 2
)

# %% [markdown]
# By length, total variation:

# %%
pd.DataFrame(
    {name: [f"{one:.3f}" for one in of] for name, of in far_by_length.items()},
    index=pd.Index(far_lengths, name="moves"),
)

# %% [markdown]
# (yardsticks-by-hand)=
# ## Details: the same on a network by hand
#
# What would an exact board bring? The [crowded network](construction-crowded) holds every board without an error. But its legal moves don't get quite the same chance, and which order they came in shifts that a little.

# %%
crowd = Crowded(size=6)
some_pairs = yardsticks.swapped_by_length(many[:8000], (14, 22, 26), 60)
some_orders = yardsticks.swapped_by_length(
    game.sample_moves(4000, REPORT_SEED, first=900_000), (18, 22, 26), 40, yardsticks.reordered
)
hand = {}
for way, of_way in (("one exchange", some_pairs), ("many", some_orders)):
    for kind, of in of_way.items():
        apart = [
            yardsticks.disagreement(partial(yardsticks.next_move_distribution, crowd), pairs)
            for pairs in of
        ]
        hand[f"{way}, {kind}"] = {
            measure: bootstrap(np.concatenate([getattr(d, field) for d in apart]))
            for measure, field in measures.items()
        }
hand_share = (
    hand["many, transpositions"]["total variation"].mean
    / hand["many, decoys"]["total variation"].mean
)
by_one = hand["one exchange, transpositions"]["total variation"]
say("pairs of beginnings", hand=hand)
say(hand_share=hand_share, hand_passes=bool(2 * by_one.high <= late_beside[1].low))
say(hand_passes_many=bool(2 * hand_share <= of_rivals[far_nearest].low))

# %% [markdown]
# After transpositions its predictions differ by {num}`hand[one exchange, transpositions][total variation]:.3f` and its first choices in {num}`hand[one exchange, transpositions][other first choice]:.0%` of the pairs; after decoys it is {num}`hand[one exchange, decoys][total variation]:.3f`. Where many moves stand elsewhere it is {num}`hand[many, transpositions][total variation]:.3f` and {num}`hand[many, decoys][total variation]:.3f`. That is {num}`hand_share:.0%` of the difference after decoys. So with the marks of our claims this network would {when}`hand_passes ? pass : not pass` the first test and {when}`hand_passes_many ? pass : not pass` the second, though its board is exact. They ask for more than a board: for even chances, too. Who fails them may lack either.
#
# ## Details: the whole tree of openings
#
# Nothing has to be sampled where the tree of games is small. Here are *all* beginnings of {num}`opening_first` to {num}`opening_moves` moves and all pairs of them that lead to one position, however different their orders; beside them all pairs with the same squares taken and other legal moves. The network *accepts* a next move if it gives it at least {num}`threshold:.0%`.

# %%
threshold, rows, depths = 0.01, {}, (4, 5, 6)
for length in depths:
    row = {}
    for kind, (agree, apart) in yardsticks.openings_compared(model, length, threshold).items():
        row |= {kind: len(agree), f"{kind}: same moves accepted": agree.mean()}
        row |= {f"{kind}: smallest difference": apart.min(), f"{kind}: largest": apart.max()}
    rows[f"{length} moves"] = row
opened = pd.DataFrame(rows)
opened.style.format("{:.3g}")

# %% [markdown]
# A single overlap would stop this page: the largest difference after transpositions against the smallest after decoys.

# %%
most = opened.loc["transpositions: largest"].max()
least = opened.loc["decoys: smallest difference"].min()
assert most < least
say(threshold=threshold, opening_first=depths[0], opening_moves=depths[-1])
say(opening_pairs=int(opened.loc["transpositions"].sum()), opening_most=most)
alike = opened.loc["transpositions: same moves accepted"].iloc[-1]
say(opening_same=alike, opening_least=least)

# %% [markdown]
# Without exception: over all {num}`opening_pairs` pairs of beginnings that lead to one position, no two predictions differ by more than {num}`opening_most:.3f`, and of the pairs with other legal moves no two by less than {num}`opening_least:.3f` (total variation; the cell asserts it). In openings of {num}`opening_moves` moves {num}`opening_same:.1%` of the former accept the same next moves. Nearly all these openings occur in training, so this is no test of what the network does with new ones.
#
# ## Details: compression and distinction
#
# {cite:t}`vafa2024` ask for more than one move: two beginnings that reach the same position must accept exactly the same *continuations* (compression), and two that don't must be told apart by the right ones (distinction). They have to sample; with {num}`left` squares left all {num}`orders` ways to fill them and their beginnings, {num}`nodes` continuations, can be tried, and the rules' side is exact. The network accepts a continuation if it gives each of its moves at least {num}`threshold:.0%`, as there (no move that the rules allow is rarer than {num}`rarest:.1%`). Continuations on which two beginnings part are their *boundary*. Pairs: transpositions and decoys of the kind above, which makes distinction harder than in the paper, where any two positions are to be told apart; and such pairs too.

# %%
n_pairs, length = 100, 28
pairs = dict(zip(kinds, yardsticks.swapped(many, length), strict=True))
pairs = {kind: p[:n_pairs] for kind, p in pairs.items()}
two = game.sample_moves(2 * n_pairs, REPORT_SEED, first=110_000)[:, :length]
pairs["any two"] = yardsticks.Transpositions(*np.split(two, 2))[: n_pairs // 2]
tried = {kind: yardsticks.continuations(model, p) for kind, p in pairs.items()}
blindly = {kind: yardsticks.continuations(last_move, pairs[kind]) for kind in kinds}
by_shallow = {kind: yardsticks.continuations(shallow, pairs[kind]) for kind in kinds}
exact = tried["decoys"].exact
assert exact[exact > 0].min() > 5 * threshold
say(rarest=exact[exact > 0].min(), left=32 - length, orders=exact.shape[-2])
say(nodes=tried["decoys"].boundary().true.shape[-1])

# %% [markdown]
# Who takes the right pairs for one, and tells the wrong ones apart? Rivals are asked about the same pairs.

# %%
vafa = {
    "the network": yardsticks.vafa_scores(*(tried[kind] for kind in kinds), threshold),
    "the shallow rival": yardsticks.vafa_scores(*by_shallow.values(), threshold),
    "the last move only": yardsticks.vafa_scores(*blindly.values(), threshold),
}
by_crowd = [yardsticks.continuations(crowd, pairs[kind][:40]) for kind in kinds]
say("pairs of beginnings", hand_vafa=yardsticks.vafa_scores(*by_crowd, threshold))
apart = tried["any two"].boundary(threshold)
any_two = {"recall": apart.recall(), "precision": apart.precision()}
any_two = {name: yardsticks.per_pair(counts) for name, counts in any_two.items()}
say("pairs of beginnings", vafa=vafa["the network"], any_two=any_two)
say("pairs of beginnings", shallow_vafa=vafa["the shallow rival"])
rival_same, confused, rival_gap, *_ = vafa["the shallow rival"].values()
say("pairs of beginnings", shallow_same=rival_same, shallow_confused=confused)
more_alike = difference(rival_same, vafa["the network"]["compression"])
say(rival_beats=more_alike.low > 0)
assert more_alike.mean > 0  # the words are about that
pd.DataFrame({who: {t: f"{i:.0%}" for t, i in of.items()} for who, of in vafa.items()})

# %% [markdown]
# What counts as accepted is a choice. How much do the scores depend on it?

# %% alt="Compression, recall and precision against the least probability that counts as accepted." mystnb={"figure": {"name": "fig-yardsticks-thresholds", "caption": "**Much hangs on what counts as accepted.** Compression, recall and precision, by the threshold."}}
thresholds = np.array([0.001, 0.003, 0.01, 0.03, 0.05])
ask = partial(yardsticks.vafa_scores, *(tried[kind] for kind in kinds))
by_threshold = [ask(t) for t in thresholds]
lines = {
    title: Series.of(Interval.of([of[title] for of in by_threshold]))
    for title in vafa["the network"]
}
axes = dict(x_title="least probability that is accepted", y_title="share", y_format=".0%")
curves(thresholds, lines, log_x=True, **axes)

# %% [markdown]
# Compression alone says nothing: who takes all pairs for one has all of it. So the claim is about the gap between right and wrong pairs.

# %%
turned = replace(tried["decoys"], model=tried["decoys"].model[:, :, ::-1])
exchanged = yardsticks.vafa_scores(tried["transpositions"], turned, threshold)["recall"]
compression, blind, gap, recall, precision = vafa["the network"].values()
rival_gaps = {who: of["gap"] for who, of in vafa.items() if who != "the network"}
nearest_gap = max(rival_gaps, key=lambda who: rival_gaps[who].high)
claim(
    "compresses",
    "Beginnings that reach one position accept the same continuations: the share that does,"
    " less the share among pairs that should be told apart",
    gap,
    control=rival_gaps[nearest_gap],
    against=f"the strongest of the shallow rival and who knows the last move only: {nearest_gap}; "
    f"by the right pairs alone the shallow rival is ahead, {rival_same.mean:.0%} against "
    f"{compression.mean:.0%}",
    form=".0%",
    ratio=2,
    effect=True,
    unseen=f"all its beginnings have {length} moves",
)

# %% [markdown]
# Recall is claimed against its strongest rival. Against the shallow one, is our bar of half the mistakes met?

# %%
others = ("the shallow rival", "the last move only")
missed_by_rival = 1 - vafa["the shallow rival"]["recall"].high
say(recall_half=bool(1 - recall.low <= missed_by_rival / 2))
claim(
    "tells_apart",
    "Of the continuations that tell two positions apart, this share tells the network (recall)",
    recall,
    control=max(exchanged, *(vafa[who]["recall"] for who in others), key=lambda i: i.high),
    against="the strongest of: the positions exchanged; the shallow rival; who knows the last move only",
    form=".0%",
    ratio=2,
    effect=True,
    unseen=f"all its beginnings have {length} moves",
)

# %% [markdown]
# Of the pairs that reach the same position, {num}`vafa[compression]:.0%` accept exactly the same continuations, against {num}`vafa[compression of different positions]:.0%` of the pairs that shouldn't. By itself a high compression says nothing: the player who knows the last move only compresses everything, the right pairs and the wrong ones. So does the shallow rival: it accepts the same after {num}`shallow_vafa[compression]:.0%` of the right pairs, more than the network, and after {num}`shallow_vafa[compression of different positions]:.0%` of the wrong ones. By compression alone it wins. What separates the two is the gap between right and wrong pairs ({num}`compresses:.0%` against {num}`shallow_vafa[gap]:.0%`), and recall: of the telling continuations it knows {num}`shallow_vafa[recall]:.0%`. Our bar of half the mistakes is {when}`recall_half ? met there, too : not met by the whole interval there`. Of the continuations that tell different positions apart the network knows {num}`vafa[recall]:.0%`, and {num}`vafa[precision]:.0%` of those that it goes by are right. Much of this hangs on the threshold, as the figure shows: it is about moves to which the network gives a little, though they are illegal. For any two positions after as many moves, averaged over pairs as in the paper, recall is {num}`any_two[recall]:.0%` and precision {num}`any_two[precision]:.0%`: most such pairs part at which squares are empty. The [network by hand](yardsticks-by-hand), whose board is exact, gets {num}`hand_vafa[compression]:.0%`, {num}`hand_vafa[recall]:.0%` and {num}`hand_vafa[precision]:.0%`: it plays by the rules, and doesn't know which moves lead to a pass, which these games never do. For a network trained on random games on 8x8 they found that it passes, too. Whether a network would *build on* the board when it learns something else is another question {cite}`vafa2025`, and isn't asked here.
#
# ## Details: the chapter in one table
#
# A cell that follows asserts each comparison that the words of this chapter make; if the numbers turned one of them round, the chapter would not execute (unless Python is told to skip assertions).

# %%
forms = {"cells read": (ours, rivals[rival], rival, ".1%")}
forms["bits about the squares"] = by_network, by_code, "64 dimensions of a random code", ".1f"
forms["excess loss (nats)"] = excess["the network"], excess["rules only"], "rules only", ".4f"
forms["one position, two orders"] = same, decoys, "two positions", ".3f"
forms["same continuations"] = compression, blind, "two positions", ".0%"
forms["same, against the shallow rival"] = compression, rival_same, "shallow rival", ".0%"
forms["same, less the wrong pairs"] = gap, rival_gaps[nearest_gap], nearest_gap, ".0%"
forms["telling continuations known"] = recall, exchanged, "positions exchanged", ".0%"
verdict = {k: (f"{a:{form}}", f"{b:{form}}", what) for k, (a, b, what, form) in forms.items()}
pd.DataFrame(verdict, index=["the network", "beside it", "what that is"]).T

# %% [markdown]
# What the words say, as assertions about intervals. The comments have the words.

# %%
reader = {name: of["board"] for name, of in cells.items()}
assert reader["bag of moves"].low > reader["majority"].high > 0.5  # much comes without a model
assert by_code.low > by_network.high  # half the room is enough for who has a board
assert same.high < 0.2 * decoys.low  # two histories, one position
assert compression.low > blind.high  # transpositions treated as one more often than other pairs
assert max(i.high for i in (compression, recall, precision)) < 1  # not exact

# %% [markdown]
# *Machinery: [`othello_gpt.yardsticks`](api/yardsticks.md). Before: [how discs are turned](mechanism.py). Next: [construction](construction.py).*

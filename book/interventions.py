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
# # Does the network use the board that a probe can read?
#
# **Yes. Write another board into it, and its next moves follow the rules on that board.** Unedited, it makes {num}`error[null]:.2f` mistakes about what the new board allows. Edited, it makes {num}`error[whole board]:.2f`. Equally long random steps leave {num}`error[random direction]:.2f`.

# %%
from dataclasses import replace

import numpy as np
from pandas import DataFrame

from othello_gpt import figures, game, interventions, probes
from othello_gpt.book_tools import claim, say
from othello_gpt.figures import Series, curves, points
from othello_gpt.intervals import Interval, bootstrap, bootstrap_shares
from othello_gpt.interventions import (
    ActivationAddition,
    CachedPrefixes,
    Descend,
    MinimumNormEdit,
    Rewrite,
    sample_cases,
)
from othello_gpt.model import HELD_OUT_SEED, load_model

# %%
model = load_model()
targets = [probes.TARGETS["board"], probes.control_task(probes.TARGETS["board"])]
train = game.sample_moves(1500, seed=1)
ridge = probes.fit_ridge(model, train, targets)

# %%
middle = [site for site in model.sites if "mid" in site]
means = probes.fit_means(model, train[:500], targets, middle)
choice = CachedPrefixes(model, sample_cases(400, seed=1, first=50_000))
ranges = [middle[1:6], middle[2:7], middle[1:]]
choices = {
    "push": [
        ActivationAddition(p, s, d)
        for p in (ridge, means)
        for s in ranges
        for d in (0.05, 0.1, 0.15, 0.2)
    ],
    "projection": [MinimumNormEdit(ridge, s, d) for s in ranges for d in (1.0, 1.5, 2.0, 2.5)],
    "whole board": [Rewrite(ridge, s, d) for s in ranges for d in (0.75, 1.0, 1.25, 1.5, 2.0)],
    "gradient": [Descend(ridge, s, d, scale=8.0) for s in ranges[:2] for d in (0.01, 0.03)],
}
edits = {name: interventions.least_error(choice, tried) for name, tried in choices.items()}

# %% alt="Three boards: a position as the network was told it, with its next-move probabilities; the same with one disc turned over; and the probabilities after that board was written in." mystnb={"figure": {"name": "fig-interventions-turned", "caption": "**Turn one disc, and other moves are legal.** Left, what the network was told, and what it would play next. In the middle, the board that we write in, the turned disc marked. Right, what it plays then. Dots are legal moves; the slider picks the disc."}}
shown = game.sample_moves(1, HELD_OUT_SEED, first=200_000)
interventions.disc_turned(model, edits["whole board"], shown, ply=16)

# %% [markdown]
# ## The idea
#
# A [probe](probes.py) reads the board off the network's *residual stream*, the list of numbers that each layer reads and adds to. That something can be read doesn't mean that it is used. A program may write a log that nothing ever looks at.
#
# So we do what one does with a debugger: stop the program, change a variable, and let it go on. The moves that the network was told stay as they are. Only the stream at the last move is changed, and as little as it takes for the probe to read another board. If the network uses that board, its next move must obey the rules there.
#
# A *case* is a position and a board to make of it. The same side is to move, but other moves are legal. Say the new board allows five moves. Then we take the network's five likeliest and count two kinds of mistakes: wrong moves among them, and right ones that are missing. This is the *top-N error* {cite}`li2023,nanda2023`.
#
# The unedited network makes mistakes about the new board too, for it knows only the old one. What it scores is the *null*. An edit shows something only if it leaves far less than that.
#
# ## The experiment
#
# Take positions from games that neither the network nor the probe has seen. Write in a board on which one disc is turned over. Count the mistakes, with and without the edit. The edits differ in how they find the new stream:
#
# - *Push*: a step along the probe's direction for the disc {cite}`nanda2023`.
# - *Projection*: the shortest way to where the probe reads this disc as wanted, and all others as before.
# - *Whole board*: the shortest way to where it reads every square as wanted.
# - *Gradient*: many small steps downhill on the probe's loss {cite}`li2023`.

# %% tags=["experiment"]
test = CachedPrefixes(model, sample_cases(2000, seed=HELD_OUT_SEED, first=50_000))
cases, best = test.cases, edits["whole board"]
runs = {"null": (None, None)} | {name: (edit, None) for name, edit in edits.items()}
runs |= interventions.controls(best, test) | interventions.comparisons(best, test)
logits = {name: test.run(*run) for name, run in runs.items()}
scores = {
    name: interventions.score(said, logits["null"], cases).intervals()
    for name, said in logits.items()
}
error = {name: found["error"] for name, found in scores.items()}

# %%
say("2,000 cases", error=error, n_cases=len(cases), width=model.config.n_embd)
say(layer_below=bool(error["wrong layer"].high < error["null"].low))

# %% [markdown]
# With a push of one disc {num}`error[push]:.2f` mistakes are left, with the projection {num}`error[projection]:.2f`. Beside each stands the same null, {num}`error[null]:.2f`.
#
# ## The control that could have killed it
#
# Perhaps any rough push makes a network play something else, and some of it is right by luck. So we take steps just as long as the edit's own:
#
# - *Random direction*: anywhere.
# - *Permuted signs*: the very same components, with each other's signs.
# - *Control labels*: the directions of a probe that was fitted to nonsense {cite}`hewitt2019`.
# - *Wrong square*: the edit itself, but towards a board with another disc turned.
#
# If one of them had done as well, the edit would show nothing about the board.

# %% alt="Points with intervals: three edits leave hardly any mistakes; the null and all controls about two or more; a wrong layer slightly less than the null." mystnb={"figure": {"name": "fig-interventions-controls", "caption": "**Only the right board helps.** Mistakes about the new board, without an edit (null), after four edits, and after what might have done as well. The line is the null."}}
points(
    list(error),
    {"top-N error": Series.of(Interval.of(list(error.values())))},
    x_title="top-N error on the edited board",
    x_format=".2f",
    reference={"null": error["null"].mean},
)

# %%
for name in ("push", "projection", "whole board"):
    assert error[name].high < 0.6 * error["null"].low, name
fair = list(interventions.controls(best, test))
for name in fair:
    assert error[name].low > 2 * error["whole board"].high, name
counts = {n: interventions.top_n_error(logits[n], cases.legal_after) for n in ("null", *fair)}
ratios = [bootstrap_shares(counts[name], counts["null"]) for name in fair]
weakest = min(ratios, key=lambda ratio: ratio.mean)
say("2,000 cases", weakest=weakest)

# %%
claim(
    "uses_the_board",
    "Write another board (36 squares) into the stream, and the legal moves follow: top-N error",
    error["whole board"],
    control=min((error[name] for name in fair), key=lambda i: i.low),
    against="the strongest of random direction, permuted signs, wrong square, control labels",
    form=".2f",
    higher=False,
    aim=0.2,
    published=[
        (0.12, "Li 2023, non-linear probes", "gradient edits of one disc, all edits, 8x8"),
        (0.10, "Nanda 2023, a push", "one disc, not the whole board, and over all edits, 8x8"),
    ],
)

# %%
span = (4, 20)  # positions with ten moves to come
early = CachedPrefixes(model, sample_cases(1200, "flip", HELD_OUT_SEED, 60_000, span))
again = {"null": (None, None)} | {name: (edit, None) for name, edit in edits.items()}
again |= interventions.controls(best, early) | interventions.comparisons(best, early)
counts = {name: early.play_on(*run) for name, run in again.items()}
counts["own board"] = early.play_on(board=early.cases.before)
later = {name: bootstrap_shares(*count) for name, count in counts.items()}
say("1,200 cases", later=later, n_early=len(early.cases))

# %% [markdown]
# The weakest of the four leaves {num}`weakest:.0%` of the null's mistakes. A step in a random direction leaves {num}`error[random direction]:.2f`, and one towards a wrong square {num}`error[wrong square]:.2f`.
#
# ## What this doesn't show
#
# *The edit doesn't last.* Let the network play on from the edited board, for both sides. Of its later moves {num}`later[whole board]:.1%` are illegal there. Without any edit it is {num}`later[null]:.1%`, hardly more. Later positions look back at all the moves that were really played, and the edit is one voice among many. So we change what the network is about to do, not what it remembers.
#
# *Directions of a wrong layer work in part.* Take the probe's directions from half the network away, and {num}`error[wrong layer]:.2f` mistakes are left. That is {when}`layer_below ? less than : not clearly less than` the null. They too are directions of the board, so this is no control. It says that an edit need not be exact to have some effect.
#
# *Nothing about all positions.* Every case was picked so that another set of moves is legal. Where an edit changes no legal move, it can't be caught out.
#
# *Not that the stream holds a board and nothing else.* The edit is as short as the probe allows, but it may move other things too. How much it disturbs moves that shouldn't change is in the [table](interventions-scoreboard).
#
# ## What we learned
#
# - The network uses the board: change it in the stream, and the next moves follow the new one.
# - Nothing of the same length does as well: not random steps, not shuffled ones, not a wrong square.
# - It is a change of the moment. When the network plays on, the moves it was told win.
#
# ## Try it yourself
#
# 1. Turn the dose up and down, in steps from nothing to twice the chosen one. Where is the error least, and does it ever fall for permuted signs?
# 2. Make boards that no game can lead to. Are they as easy to believe in?
# 3. Write the board at one site alone. Which one does most?
#
# ### Answer: the dose

# %%
strengths = np.array([0, 0.25, 0.5, 0.75, 1, 1.5, 2])
tried = {name: edits[name] for name in ("push", "projection", "whole board")}
by_dose = {}
for name, chosen in (tried | {"permuted signs": best}).items():
    doses = [replace(chosen, dose=chosen.dose * k) for k in strengths]
    if name == "permuted signs":
        doses = [
            interventions.LengthMatched(e, interventions.PermutedSigns(e), test.lengths(e))
            for e in doses
        ]
    found = [interventions.top_n_error(test.run(e), cases.legal_after) for e in doses]
    by_dose[name] = bootstrap(np.stack(found, 1))
assert all(by_dose["permuted signs"].low.min() > by_dose[name].high[4] for name in tried)

# %% alt="Lines: with the dose the error of three edits falls to near zero around the chosen dose; that of permuted signs doesn't fall." mystnb={"figure": {"name": "fig-interventions-dose", "caption": "**More helps, up to a point.** Mistakes against the dose, in units of the chosen one."}}
lines = {name: Series.of(found) for name, found in by_dose.items()}
curves(strengths, lines, x_title="dose (chosen = 1)", y_title="top-N error")

# %%
say("2,000 cases", signs_least=min(by_dose["permuted signs"].mean[1:]))

# %% [markdown]
# Without a dose nothing changes. Then the mistakes of the edits fall. With permuted signs they never fall below {num}`signs_least:.2f`.
#
# ### Answer: boards that occur and boards that can't
#
# *Reachable*: another legal order of the last four moves leads there. Several discs differ, and all are turned at once. *Unreachable*: one disc is turned so that no last move can have led there. *Erase*, *place*: one disc less or more. The number of discs tells whose turn it is, so no game without a pass leads there either. *Replace*: the board after another last move.

# %%
kinds = ("flip", "reachable", "unreachable", "erase", "place", "replace")
tints = {"null": figures.CONTROL, "projection": figures.LEGAL, "whole board": figures.MODEL}
errors = np.empty((1200, len(kinds), len(tints)))
for k, kind in enumerate(kinds):
    other = CachedPrefixes(model, sample_cases(len(errors), kind, HELD_OUT_SEED, first=70_000))
    for n, name in enumerate(tints):
        said = other.run(edits.get(name))
        errors[:, k, n] = interventions.top_n_error(said, other.cases.legal_after)
seen = bootstrap(errors)
by_kind = {k: {n: seen.at((i, j)) for j, n in enumerate(tints)} for i, k in enumerate(kinds)}
say("1,200 cases of each kind", kind=by_kind)
assert all(found["whole board"].high < 0.6 * found["null"].low for found in by_kind.values())

# %% alt="Points: for six kinds of changed boards the null leaves two or more mistakes, the projection and the whole board few." mystnb={"figure": {"name": "fig-interventions-kinds", "caption": "**It need not be a board that occurs.** Mistakes for six ways to change a board, without an edit and with two."}}
parts = zip(tints, seen.mean.T, seen.low.T, seen.high.T, strict=True)
series = {name: Series(*found, colour=tints[name]) for name, *found in parts}
points(kinds, series, x_title="top-N error", x_format=".2f")

# %% [markdown]
# Both work. On boards that occur {num}`kind[reachable][whole board]:.2f` mistakes are left, of {num}`kind[reachable][null]:.2f` without an edit. On boards that can't occur it is {num}`kind[unreachable][whole board]:.2f`, of {num}`kind[unreachable][null]:.2f`. No list of positions that occur holds the latter. What a nearest neighbour in such a list would say of them is not tested here.
#
# ### Answer: which site

# %%
sites = model.sites
spans = {
    "this site alone": [[site] for site in sites],
    "up to this site": [sites[: k + 1] for k in range(len(sites))],
    "from this site on": [sites[k:] for k in range(len(sites))],
}
found = {}
for name, tried in spans.items():
    runs = [test.run(replace(best, sites=span)) for span in tried]
    errors = [interventions.top_n_error(x, cases.legal_after) for x in runs]
    found[name] = bootstrap(np.stack(errors, 1))

# %% alt="Lines over the sites: written at one site alone, the error is least in the middle; up to a site it falls, from a site on it rises." mystnb={"figure": {"name": "fig-interventions-sites", "caption": "**The middle counts most.** Mistakes when the whole board is written at one site alone, at all sites up to it, or at all from it on."}}
lines = {name: Series.of(i) for name, i in found.items()}
marks = {"null": error["null"].mean}
curves(sites, lines, x_title="site", y_title="top-N error", reference=marks)

# %%
by_site = found["this site alone"]
alone = int(by_site.mean.argmin())
ends = {"first": by_site.at(0), "last": by_site.at(-1), "best": by_site.at(alone)}
assert 0 < alone < len(sites) - 1
say("2,000 cases", alone_site=sites[alone], alone=ends)

# %% [markdown]
# Written at the first site alone, the board leaves {num}`alone[first]:.2f` mistakes, at the last {num}`alone[last]:.2f`, with a null of {num}`error[null]:.2f`. In between, {num}`alone_site` by itself gets down to {num}`alone[best]:.2f`: one edit of one vector of {num}`width` numbers does that much. That site was picked on these very cases. A guess at why: too early, attention still brings in the old board. Too late, nothing reads it any more.
#
# ## Details: what was chosen, and on what
#
# All edits happen after the last move, at some sites. Which sites, which dose, and for the push which probe, is chosen on cases that nothing above is reported on. An edit that changes no legal move proves nothing and only flatters the mean, so there is none among the cases.

# %%
named = {id(ridge): "least squares", id(means): "class means"}
interventions.chosen(edits, choices, named)

# %% [markdown]
# An edit at the last position can't reach earlier ones. So their keys and values are computed once per case, and each further edit costs one position. The tests hold this path against TransformerLens hooks.
#
# (interventions-scoreboard)=
# ## Details: the scoreboard

# %%
interventions.scoreboard(scores, later)

# %% [markdown]
# *Newly legal in* and *newly illegal out* are shares of the moves that the edit has to promote and to suppress. *Drift* is what happens to moves that the edit doesn't concern: the total variation distance from the unedited network among them. *Illegal later* is over {num}`n_early:,d` cases with ten moves to come. The network plays on from the edited board, for both sides, and the edit is kept where it was made. The first move, which the other columns are about, isn't counted. On its own board the unedited network makes {num}`later[own board]:.1%` illegal moves.
#
# Permuted signs leave {num}`error[permuted signs]:.2f` mistakes, control labels {num}`error[control labels]:.2f`.

# %%
whole, null = error["whole board"], error["null"]
measured = {"whole board": whole, "null": null, "weakest control / null": weakest}
aims = ["at most 0.20", "at least 1.90", "at least 0.85"]
met = [whole.high <= 0.2, null.low >= 1.9, weakest.low >= 0.85]
DataFrame({"measured": [f"{i:.2f}" for i in measured.values()], "aim": aims, "met": met}, measured)

# %% [markdown]
# ## Details: how low can the error get?
#
# Does the method find what is there? On a network [written by hand](construction.py) the directions are known. There the shortest way by a ridge probe leaves no mistakes, but a push along the directions of a logistic probe leaves some, although that probe reads every cell right. So edits here use least squares or class means.
#
# ## Details: beside Nanda's number
#
# The cases above are those on which an edit changes what is legal. {cite:t}`nanda2023` report 0.10 for a push of one disc, for a network of 25M parameters on 8x8, over all edits. So here is the same push over all of them.

# %%
everything = sample_cases(2000, seed=HELD_OUT_SEED, first=80_000, telling=False)
anyhow = CachedPrefixes(model, everything)
said, untouched = anyhow.run(edits["push"]), anyhow.run()
pushed = interventions.score(said, untouched, everything).intervals()["error"]
unpushed = interventions.score(untouched, untouched, everything).intervals()["error"]
telling = (everything.legal_before != everything.legal_after).any(1).double().mean()
say("2,000 cases", push_all=pushed, null_all=unpushed, telling=telling)
say(nanda_better=bool(pushed.low > 0.1), nanda_worse=bool(pushed.high < 0.1))

# %% [markdown]
# Of these edits {num}`telling:.0%` change what is legal. The push leaves {num}`push_all:.3f` mistakes, the null is {num}`null_all:.2f`. Like for like, that is {when}`nanda_better ? worse than : no worse than` Nanda's 0.10.
#
# ## Details: writing the board as it is
#
# Writing the whole board also puts right what the network may have misread. So what does it do *without* a change? Write the board as it is, and score against the rules of that very board.

# %%
as_it_is = logits["the board as it is"]
own, helped = (interventions.top_n_error(x, cases.legal_before) for x in (logits["null"], as_it_is))
gain = bootstrap(own - helped)
say("2,000 cases", own=bootstrap(own), helped=bootstrap(helped), gain=gain)
say(helps=bool(gain.low > 0), harms=bool(gain.high < 0))

# %% [markdown]
# The unedited network makes {num}`own:.3f` mistakes on its own board; with that same board written into it, {num}`helped:.3f`. The difference, {num}`gain:.3f`, {when}`helps ? is clear of zero, so some of its mistakes are about the board : is not clearly a gain`. {when}`harms ? Writing does a little harm of its own. : Nor does writing do clear harm.` The projection of a single disc leaves all other misreadings in place.
#
# ## Details: every control for every edit

# %% alt="Points: for three edits, the error of the edit itself, of its four controls, of a wrong layer, and of writing the board as it is, with the null." mystnb={"figure": {"name": "fig-interventions-every", "caption": "**The same for each edit.** Mistakes after three edits, after the controls of each, and after what each is compared with. The line is the null."}}
tints = {"push": figures.MINE, "projection": figures.LEGAL, "whole board": figures.MODEL}
table = interventions.every_control({name: edits[name] for name in tints}, test)
lines = {
    name: Series.of(Interval.of(list(table[name].values())), colour=tint)
    for name, tint in tints.items()
}
points(list(table["push"]), lines, x_title="top-N error", x_format=".2f", reference=marks)

# %% [markdown]
# For the push and the projection, "the board as it is" changes no square and is the null by construction. Signs are permuted after the mean of the components was taken out. The directions have a large one, which LayerNorm takes no notice of. Left in, it would make that control half an edit.
#
# ## Details: where is the board computed? Activation patching
#
# The same question without a probe {cite}`meng2022`. Take two games that differ in one move, six moves before the position that is looked at. The moves after it are the same and legal in both. The *answer* there is the mean logit of the moves that only the second game's board allows, minus that of those that only the first's allows. Put the stream of the second game into the run of the first, at one site and position. How much of the difference between the two games' answers comes with it? 0 is the first game's answer, 1 the second's. There are {num}`n_pairs` pairs, and their differences are added up.

# %%
pairs, others = interventions.counterfactuals(150, back=6, seed=HELD_OUT_SEED)
named = {"the changed move": [0]} | {f"{k} after it": [k] for k in range(1, 6)}
named |= {"1 to 5 after it, together": [1, 2, 3, 4, 5], "the last position": [6]}
moved, all_of_it = interventions.patch(model, pairs, others, list(named.values()), back=6)
restored = {}
for k, name in enumerate(named):
    restored[name] = bootstrap_shares(
        moved[:, :, k], np.broadcast_to(all_of_it[:, None], moved.shape[:2])
    )

# %% alt="Lines over the sites: the changed move's own position falls from one to zero, the last position rises from zero to one, the positions in between stay low." mystnb={"figure": {"name": "fig-interventions-patching", "caption": "**From the changed move to the last position.** Share of the difference between two games that each place carries."}}
lines = {name: Series.of(i) for name, i in restored.items()}
look = dict(colour=figures.LAST_MOVE, dash="dash")
lines["the last position"] = replace(lines["the last position"], **look)
curves(sites, lines, x_title="site", y_title="difference restored")

# %%
last, between = restored["the last position"], restored["1 to 5 after it, together"]
half, most = int((last.mean > 0.5).argmax()), int(between.mean.argmax())
assert between.high[most] < 0.5
say("150 pairs", half_share=last.at(half), between_most=between.at(most))
say(n_pairs=len(pairs), half_site=sites[half])

# %% [markdown]
# At first all of the difference is in the changed move's own token, at the end all of it in the last position. Both hold by construction. By {num}`half_site` the last position holds {num}`half_share:.0%` of it. The five positions in between, changed together, never hold more than {num}`between_most:.0%`. This suggests that the last position fetches it from that move rather than take it over from them. Compare where a *board* that is written at the last position counts most: at {num}`alone_site`.
#
# *Machinery: [`othello_gpt/interventions/`](https://github.com/othello-gpt/othello_gpt/tree/main/othello_gpt/interventions). Before: [probes](probes.py). Next: [neurons](neurons.py).*

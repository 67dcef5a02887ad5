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
# **Yes. Write another board into it, and its next moves follow the rules on that board.** One disc is of the other colour there. Left alone, it makes {num}`error[null]:.2f` mistakes a position about what the new board allows. With the board written in, it makes {num}`error[whole board]:.2f`. Equally long steps in random directions leave {num}`error[random direction]:.2f`, and the new legal moves, written in outright, {num}`uses_the_board_control:.2f`. Even the board of another game can be written.

# %%
from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from othello_gpt import figures, game, interventions, probes, yardsticks
from othello_gpt.book_tools import claim, say
from othello_gpt.construction import Crowded, WriteCrowded, as_gpt
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
from othello_gpt.model import HELD_OUT_SEED, REPORT_SEED, load_model

# %%
model = load_model()
targets = [probes.TARGETS["board"], probes.control_task(probes.TARGETS["board"])]
train = game.sample_moves(1500, seed=1)
ridge = probes.fit_ridge(model, train, targets)
middle = [site for site in model.sites if "mid" in site]
means = probes.fit_means(model, train[:500], targets, middle)

# %%
choice = CachedPrefixes(model, sample_cases(400, seed=1, first=50_000))
ranges, small = [middle[:5], middle[1:6]], (0.05, 0.1, 0.15, 0.2)
choices = {
    "push": [ActivationAddition(p, s, d) for p in (ridge, means) for s in ranges for d in small],
    "projection": [MinimumNormEdit(ridge, s, d) for s in ranges for d in (1.0, 1.5, 2.0, 2.5)],
    "whole board": [Rewrite(ridge, s, d) for s in ranges for d in (0.75, 1.0, 1.25, 1.5, 2.0)],
    "gradient": [Descend(ridge, s, d, scale=8.0) for s in ranges for d in (0.01, 0.03)],
}
edits = {name: interventions.least_error(choice, tried) for name, tried in choices.items()}
best = edits["whole board"]

# %% alt="Three boards: the next-move probabilities before the edit, the board with one disc turned over and its legal moves, and the probabilities after the edit, for every disc whose turning changes what is legal." mystnb={"figure": {"name": "fig-interventions-boards", "caption": "**Turn a disc over in its mind.** Left: the game, and how likely the network plays where. Middle: the board that is written in; dots are its legal moves. Right: the same network after the edit. The light moves onto the new dots. The slider picks the disc, which has a red dot. (This position was picked: one disc here changes several moves.)"}}
shown = game.sample_moves(1, HELD_OUT_SEED, first=200_003)
interventions.disc_turned(model, best, shown, 13)

# %% [markdown]
# ## The idea
#
# A probe reads a board off the residual stream. That alone proves little: whoever reads a newspaper over somebody's shoulder doesn't know whether that person reads it too. So we write. Nothing in the list of moves is changed. Only the residual stream at the last position is moved, to where the probe reads another board. If the network uses what the probe reads, its next move has to change, and in the way that the rules say.
#
# We only use boards on which other moves are legal than before. Suppose N moves are legal on the new board. We take the network's N likeliest moves and count two kinds of mistakes: illegal ones among them, and legal ones that are missing. This is the *top-N error* of Li and Nanda {cite}`li2023,nanda2023`. What the network scores without an edit is the *null*.
#
# ## The experiment

# %% tags=["experiment"]
test = CachedPrefixes(model, sample_cases(1600, seed=REPORT_SEED, first=50_000))
cases, unedited = test.cases, test.run()
logits = {"null": unedited}
for name, edit in edits.items():
    logits[name] = test.run(edit)
rivals = interventions.controls(best, test) | interventions.comparisons(best, test)
for name, (edit, towards) in rivals.items():
    logits[name] = test.run(edit, towards)
scores = {
    name: interventions.score(found, unedited, cases).intervals() for name, found in logits.items()
}

# %% [markdown]
# What is an edit? Here is the simplest one, written out: it pushes the stream along the direction from *theirs* to *mine* (or back), at each of its sites.

# %% tags=["experiment"]
push, tokens = edits["push"], cases.tokens[:1, : cases.ply[0] + 1]
(square,) = np.flatnonzero(cases.before[0] != cases.after[0])
for site, x in zip(model.sites, model.residual_stream(tokens), strict=True):
    if site in push.sites:
        reads = push.probe.weight["board"][push.probe.sites.index(site)][:, square]
        way = reads[cases.after[0, square]] - reads[cases.before[0, square]]
        x[:, -1] += push.dose * x[:, -1].norm() * way / way.norm()
by_hand = model.unembed(x[:, -1])
torch.testing.assert_close(by_hand, logits["push"][:1], atol=1e-3, rtol=1e-3)

# %% [markdown]
# ## The controls that could have killed it
#
# Perhaps any push of that length would do. Or any board; or any probe. So each control takes steps exactly as long as the edit's. It goes in random directions, with the signs of the step permuted, towards a board where another disc is turned, or along a probe of meaningless labels.

# %% alt="Top-N error on the edited board for the unedited model, four edits and six controls of the best of them, with intervals." mystnb={"figure": {"name": "fig-interventions-errors", "caption": "**Edits work; equally long steps elsewhere don't.** Mistakes about what the edited board allows. The line is the network without an edit. A wrong layer's directions are still directions of the board, and they work in part."}}
errors = Interval.of([scores[name]["error"] for name in scores])
points(
    list(scores),
    {"top-N error": Series.of(errors)},
    x_title="top-N error on the edited board",
    x_format=".2f",
    reference={"null": scores["null"]["error"].mean},
)

# %%
null, whole = scores["null"]["error"], scores["whole board"]["error"]
fair = ("random direction", "permuted signs", "wrong square", "control labels")
lost = {
    name: interventions.top_n_error(logits[name], cases.legal_after) for name in ("null", *fair)
}
weakest = min((bootstrap_shares(lost[name], lost["null"]) for name in fair), key=lambda i: i.mean)
say(
    f"{len(cases):,} held-out positions",
    error={name: found["error"] for name, found in scores.items()},
    mass={name: found["mass"] for name, found in scores.items()},
    n_cases=len(cases),
    weakest=weakest,
    layer_helps=scores["wrong layer"]["error"].high < null.low,
)

# %% [markdown]
# Perhaps the same edits work in anything that was trained on these games. So we try them in a *shallow rival*, which has one hidden layer and is told who has played where, and when (see [yardsticks](yardsticks.py)). Discs can be read from its layer, too, by a probe that saw many more games than ours. Our bar, set beforehand: the edit has to leave at most half as many mistakes as its strongest rival.

# %%
shallow, _ = yardsticks.load_shallow()
its = yardsticks.load_rival_probe(shallow), shallow.sites
doses = {
    "push": [ActivationAddition(*its, d) for d in (0.01, 0.02, 0.05)],
    "projection": [MinimumNormEdit(*its, d) for d in (0.5, 1.0, 1.5, 2.0)],
    "whole board": [Rewrite(*its, d) for d in (0.1, 0.25, 0.5)],
    "gradient": [Descend(*its, 0.003, scale=8.0)],  # larger ones were tried: worse
}


def in_rival(edit, of):
    """How many mistakes the shallow rival makes after an edit, case by case."""
    return interventions.top_n_error(interventions.run_source(shallow, of, edit), of.legal_after)


of_rival = {"null": in_rival(None, cases)}
dosed = {}
for name, tried in doses.items():
    dosed[name] = min(tried, key=lambda edit: in_rival(edit, choice.cases[:200]).mean())
    of_rival[name] = in_rival(dosed[name], cases)
rival_error = {name: bootstrap(errors) for name, errors in of_rival.items()}
best_of_rival = min(rival_error, key=lambda name: rival_error[name].mean)  # in its favour
say(f"{len(cases):,} held-out positions", rival_error=rival_error)
say(best_left=rival_error[best_of_rival])
say(rival_keeps=rival_error[best_of_rival].mean / rival_error["null"].mean)


# %% [markdown]
# And perhaps the next moves can be written without a board. This rival writes in which moves are *legal*, along directions in which a probe reads that, and at right angles to all that reads the board.

# %%
legality = probes.fit_ridge(model, train, [probes.TARGETS["legal_next"]], middle)


def no_board(dose, of, sites=best.sites):
    """The edited board's legal moves written in, but for the directions of the board."""
    return interventions.WriteLegal(legality, ridge, sites, dose, interventions.legal_squares(of))


tried = [(dose, sites) for sites in ranges for dose in (0.5, 1.0, 1.5, 2.0)]
of_best_dose = interventions.error_at_best_dose(
    lambda how, of: no_board(how[0], of, how[1]), tried, choice, test
)
written_moves = bootstrap(of_best_dose)
outright = interventions.error_at_best_dose(
    lambda how, of: replace(no_board(how[0], of, how[1]), board=None), tried, choice, test
)
beside = interventions.error_at_best_dose(
    lambda dose, of: interventions.BesideLegal(replace(best, dose=dose), legality),
    (0.5, 1.0, 1.5, 2.0),
    choice,
    test,
)
say(f"{len(cases):,} held-out positions", outright=bootstrap(outright), beside=bootstrap(beside))

# %%
as_late = test.run(no_board(1.0, cases, middle[1:]))
late_moves = bootstrap(interventions.top_n_error(as_late, cases.legal_after))
say(f"{len(cases):,} held-out positions", written_moves=written_moves)
assert late_moves.high < 0.1  # as the words have it
held_against = {name: scores[name]["error"] for name in fair}
held_against["the next moves written in without a board"] = written_moves
held_against["the next moves written in outright"] = bootstrap(outright)
held_against["the shallow rival's best edit"] = rival_error[best_of_rival]
late = cases.ply >= 11  # after twelve moves and more
late_whole = bootstrap(interventions.top_n_error(logits["whole board"], cases.legal_after)[late])
late_rivals = [bootstrap(lost[name][late]) for name in fair]
late_rivals += [bootstrap(of[late]) for of in (of_best_dose, outright, of_rival[best_of_rival])]

# %% [markdown]
# Without an edit it makes {num}`rival_error[null]:.2f` mistakes about the new board. A whole board written in leaves {num}`rival_error[whole board]:.2f`, and no other edit less than {num}`best_left:.2f`. So being trained isn't enough: the board has to be in there to be written.

# %%
claim(
    "uses_the_board",
    "Write in a board on which one disc has turned (all 36 squares are written), and the legal "
    "moves follow: top-N error",
    whole,
    control=min(held_against.values(), key=lambda i: i.low),
    against="the strongest of random direction, permuted signs, wrong square, control labels, the "
    "next moves written in without a board or outright (at the same early sites: up to the last layers they leave hardly any), and any edit of a shallow rival; a wrong layer's directions, which are of the board, too, and "
    f"don't count, leave {scores['wrong layer']['error'].mean:.2f}",
    form=".2f",
    higher=False,
    ratio=2,
    aim=0.2,
    published=[
        (0.12, "Li 2023, non-linear probes", "gradient edits of one disc, all edits, 8x8"),
        (0.10, "Nanda 2023, a push", "one disc, too, but only that disc is pushed; all edits, 8x8"),
    ],
    unseen=(late_whole, min(late_rivals, key=lambda one: one.low)),
)

# %% [markdown]
# With the next moves written in, and no board, most mistakes are left. Along whatever directions, board or not, {num}`outright:.2f` are. That is at the same early sites. If it is done up to the last layers, hardly any are left: there the answer itself can be written, and no edit proves a board. So all our edits end at layer 5.
#
# Of the equally long steps, the strongest keeps {num}`weakest:.0%` of the null's mistakes. The shallow rival keeps {num}`rival_keeps:.0%` of its own. The edit of a whole board keeps almost none. An edit of a single disc, the shortest one that there is, leaves somewhat more.
#
# ## What this doesn't show
#
# - **The edit doesn't last.** Let the network play on from the edited board, with the edit kept in place. Of its next nine moves {num}`later[whole board]:.0%` are illegal on that board. Without an edit {num}`later[null]:.0%` are ({when}`later_helps ? hardly more : no clear difference`). It looks back at the moves that were really played. (The shallow rival plays on [as if nothing had been written](interventions-later), since its later positions see moves only.)
# - **Directions of a wrong layer work in part.** Taken half the network away, they leave {num}`error[wrong layer]:.2f` mistakes when a whole board is written, and far fewer when they are pushed along ({numref}`fig-interventions-controls`). They too are directions of the board, so they are not among the controls of the claim.
# - **Other networks.** In most chess networks of {cite:t}`balogh2026` the board that a probe reads has no causal role. In this one it has.
# - **One edit is not a mechanism.** It shows that what is read is used. It doesn't show how the network computes it.
# - **The network had help in training.** Its loss saw the next moves of other games that begin alike. Edits work in [a network without that help](emergence.py), too.
#
# ## What we learned
#
# - The board in the residual stream is used: whoever changes it changes the next move, by the rules.
# - It is used in the middle of the network. At the first or at the last site alone, writing hardly helps. In the middle, what a probe reads carries most of another game's legal moves, and all the rest hardly any ([how much](interventions-more); as many principal components carry more).
# - It isn't the only thing that later positions look at.
#
# ## Details: two discs that matter only together
#
# Could each direction stand for a list of moves that a disc favours, and no board? Then two edits would add up. So here are pairs of discs of which neither alone, turned over, changes what is legal, while both together do. Without an edit {num}`two_discs[nothing]:.2f` mistakes are left. The changes that the two single edits make to the scores, added up, leave {num}`two_discs[single edits added]:.2f`. Written in together, the discs leave {num}`two_discs[both written]:.2f`. So what is written is put together by the rules.
#
# And does the edit work only by what it says of legal moves? The whole board, written along none of the directions that read legality, leaves {num}`beside:.2f` mistakes. {cite:t}`vafa2025` find networks that extrapolate as if they grouped positions by their legal next moves. Here more is held, and used, than a linear map reads of these.

# %%
pairs_of_discs = interventions.sample_two_discs(600, REPORT_SEED, first=500_000)
both, *single = (CachedPrefixes(model, of) for of in pairs_of_discs)
own, written = both.run(), both.run(best)
added = own + sum(one.run(best) - own for one in single)
answers = {"nothing": own, "single edits added": added, "both written": written}
two_discs = {
    name: bootstrap(interventions.top_n_error(of, both.cases.legal_after))
    for name, of in answers.items()
}
say("600 positions", two_discs=two_discs)
assert two_discs["both written"].high < two_discs["single edits added"].low / 2

# %% [markdown]
# ## Details: the four edits
#
# All edits happen at the last position, after the last move, at some sites of the residual stream:
#
# - *push*, an activation addition (Nanda): add the probe's direction for the disc, times a dose, times the stream's own length;
# - *projection*, a minimum-norm edit: go the shortest way to where the probe reads the disc as wanted and *all other squares as before*;
# - *whole board*: go the shortest way to where the probe reads *every* square as on the edited board;
# - *gradient* (Li): descend the probe's loss on the whole edited board.
#
# Which sites, which dose, and for the push which probe (least squares or class means) is chosen on cases that nothing here is reported on. The projection can be made by hand: <a href="play.html#moves=D2E2C5C2D1B5F3E4D5E5C1F1&amp;ply=12&amp;layer=6&amp;edit=D5mine&amp;at=12&amp;dose=1">here one disc is turned in the network's mind</a>, and its first choices are those of the written board.

# %%
interventions.chosen(edits, choices, {id(ridge): "least squares", id(means): "class means"})

# %% [markdown]
# An edit at the last position can't reach earlier ones. So their keys and values are computed once per case, and each further edit costs one position. (The tests hold this path against TransformerLens hooks to 1e-4.)
#
# (interventions-later)=
# ## Details: all scores, and playing on
#
# The shallow rival plays on, too, from a board that is written into its layer. Later {num}`later_rival[whole board]:.0%` of its moves are illegal on that board, without an edit {num}`later_rival[null]:.0%`, and on its own board {num}`later_rival[unedited, own board]:.0%`.

# %%
ten_left = (4, 20)  # positions with ten moves to come
early = CachedPrefixes(model, sample_cases(500, seed=REPORT_SEED, first=60_000, plies=ten_left))
runs = {"null": (None, None)} | {name: (edit, None) for name, edit in edits.items()}
runs |= interventions.controls(best, early) | interventions.comparisons(best, early)
counts = {name: early.play_on(*run) for name, run in runs.items()}
counts["unedited, own board"] = early.play_on(board=early.cases.before)
later = {name: bootstrap_shares(*count) for name, count in counts.items()}
written, played_on = (hits / totals for hits, totals in (counts["whole board"], counts["null"]))
later_gap = bootstrap(written - played_on)  # in the same positions
say(f"{len(early.cases):,} positions", later=later, n_early=len(early.cases))
say(f"{len(early.cases):,} positions", later_gap=later_gap, later_helps=later_gap.high < 0)
assert -0.05 < later_gap.mean < 0.01  # hardly, as the words have it
rival_runs = {"null": (None, None), "whole board": (dosed["whole board"], None)}
rival_runs["unedited, own board"] = (None, early.cases.before)
later_rival = {
    name: bootstrap_shares(*interventions.play_on_source(shallow, early.cases, *run))
    for name, run in rival_runs.items()
}
say(f"{len(early.cases):,} positions", later_rival=later_rival)
assert (
    abs(later_rival["whole board"].mean - later_rival["null"].mean) < 0.02
)  # as the words have it
interventions.scoreboard(scores, later)

# %% [markdown]
# *Newly legal in* and *newly illegal out* are shares of the moves that the edit has to promote and to suppress. *Drift* is what happens to moves that the edit doesn't concern: the total variation distance from the unedited model among them. *Illegal later*: the model plays on from the edited board, for both sides, the edit being kept where it was made ({num}`n_early` cases with ten moves to come). On its own board, without an edit, {num}`later[unedited, own board]:.1%` of these moves are illegal. Position by position, the edit of a whole board changes the share of illegal moves on that board by {num}`later_gap:+.1%`. On 8x8, {cite:t}`hravan2026` reports the same of a push: it doesn't last.
#
# A wrong layer's directions leave {when}`layer_helps ? less than the null : not clearly less than the null`. They are still directions of the board (the [probes](probes.py) compare them), so this control is no stranger to it and not among those that the claim is held against.
#
# How low can the error get, and does the method find what is there? On a network [written by hand](construction.py), in which the directions are known, the same edits are tried on known directions. In a [crowded version](construction-crowded) of it, whose features share directions, the shortest way leaves {num}`construction.py::crowded_error[ridge, shortest way]:.2f` of {num}`construction.py::crowded_error[no edit]:.2f` mistakes and the best push {num}`construction.py::crowded_error[class means, push]:.2f`, though the board is there and used: an edit that fails proves nothing.

# %%
for name in ("push", "projection", "whole board"):
    assert scores[name]["error"].high < 0.5 * null.low, name  # the bar of the claim
pd.DataFrame(
    {
        "measured": [f"{i:.2f}" for i in (whole, null, weakest)],
        "aim": ["at most 0.20", "at least 1.90", "at least 0.85"],
        "met": [whole.high <= 0.2, null.low >= 1.9, weakest.low >= 0.85],
    },
    ["whole board", "null", "weakest control / null"],
)

# %% [markdown]
# Directions come from a probe, and the probe from games. Fitted to other games, does it write as well? Sites and dose stay as they were chosen.

# %%
refitted = []
for k in range(1, 3):
    others = game.sample_moves(len(train), seed=1, first=k * len(train))
    of = probes.fit_ridge(model, others, targets[:1], best.sites)
    edited = test.run(Rewrite(of, best.sites, best.dose))
    refitted.append(interventions.top_n_error(edited, cases.legal_after).mean())
say(n_refits=len(refitted), least_refit=min(refitted), most_refit=max(refitted))
assert max(refitted) < whole.high  # as the words have it

# %% [markdown]
# The whole board, written along {num}`n_refits` other probes, leaves {num}`least_refit:.2f` to {num}`most_refit:.2f` mistakes: within the interval over positions, or below it.
#
# (interventions-more)=
# ## Details: boards that differ in more than a disc
#
# So far one disc differs from the board as it is. How far can one go? Turn more discs over, all drawn anew and at random (so that one disc alone has another null than above), or write in the board of another game after as many moves. Sites and dose stay as they were chosen for one disc.

# %%
rng = np.random.default_rng(0)
drawn = np.where(cases.before == interventions.EMPTY, 2, rng.random(cases.before.shape))
rank = drawn.argsort(1).argsort(1)
boards = {
    f"{k} discs turned": np.where(
        rank < np.minimum(k, (drawn < 2).sum(1))[:, None], 2 - cases.before, cases.before
    )
    for k in (1, 2, 4, 8)
}
donor = np.arange(len(cases))  # of each case, the next one after as many moves
for ply in np.unique(cases.ply):
    same = np.flatnonzero(cases.ply == ply)
    donor[same] = np.roll(same, 1)
boards["another game's"] = cases.before[donor]

# %%
random_step = interventions.LengthMatched(best, interventions.RandomStep(best.sites))
more = {}
for name, board in boards.items():
    of = replace(cases, after=board)
    rows = (of.legal_after.any(1) & (of.legal_after != of.legal_before).any(1)).numpy()
    runs = unedited, test.run(random_step, board), test.run(best, board)
    more[name] = [
        bootstrap(interventions.top_n_error(run[rows], of.legal_after[rows])) for run in runs
    ]
say(
    f"{len(cases):,} positions",
    more_null={name: of[0] for name, of in more.items()},
    more_error={name: of[2] for name, of in more.items()},
    more_keeps=max(of[2].mean / of[0].mean for of in more.values()),
    more_differ=(boards["another game's"] != cases.before).sum(1).mean(),
)
assert all(of[2].high < 0.1 * of[0].low for of in more.values())  # as the words have it
pd.DataFrame(
    {name: [f"{one:.2f}" for one in of] for name, of in more.items()},
    ["nothing written", "a random step as long", "the board written in"],
).T

# %% [markdown]
# Even the board of another game, on which {num}`more_differ:.1f` squares differ, can be written in: {num}`more_error[another game's]:.2f` mistakes are left of {num}`more_null[another game's]:.2f`. At most {num}`more_keeps:.0%` of the mistakes stay, though the aim of 0.2 is for one disc only.
#
# Is it the board that does it? Take the stream of another game after as many moves, and put only a part of it in, at one site in the middle of the network: what lies along the directions that the probe reads, or all the rest. As a control, as many directions at random.

# %%
swap_at = "resid_mid 5"
reads = best.probe.weight["board"][best.probe.sites.index(swap_at)].flatten(0, 1)
span = interventions.span_of(reads)
generator = torch.Generator().manual_seed(0)
chance = interventions.span_of(torch.randn(len(span), reads.shape[1], generator=generator))
donors = interventions.streams_at(test, swap_at)[donor]
everything = torch.eye(reads.shape[1])
_, _, largest = torch.linalg.svd(donors - donors.mean(0), full_matrices=False)
parts = {
    "what a probe reads": (span, False),
    "all the rest": (span, True),
    "random directions": (chance, False),
    "the largest directions": (largest[: len(span)], False),
    "all of it": (everything, False),
}
told = replace(cases, after=boards["another game's"])
rows = told.legal_after.any(1).numpy()
swaps = {"nothing": None}
swaps |= {name: interventions.Swap(swap_at, donors, *part) for name, part in parts.items()}
swapped = {
    name: bootstrap(interventions.top_n_error(test.run(swap)[rows], told.legal_after[rows]))
    for name, swap in swaps.items()
}
say(f"{rows.sum():,} positions", swapped=swapped, n_span=len(span))
assert swapped["what a probe reads"].high < 0.5 * swapped["random directions"].low
assert swapped["all the rest"].low > swapped["random directions"].high  # as the words have it
pd.DataFrame({"mistakes left": {name: f"{of:.2f}" for name, of in swapped.items()}})

# %% [markdown]
# The {num}`n_span` directions bring {num}`swapped[what a probe reads]:.2f` mistakes about the other game's legal moves, where no swap brings {num}`swapped[nothing]:.2f` and the whole stream {num}`swapped[all of it]:.2f`. All the rest brings {num}`swapped[all the rest]:.2f`, and as many random directions {num}`swapped[random directions]:.2f`. But as many principal components of the stream bring {num}`swapped[the largest directions]:.2f`. So what tells the next move is in the large directions here, and most of it in those of the board.
#
# ## Details: beside Nanda's number
#
# The cases above are those on which an edit changes what is legal. Nanda's 0.10 is the mean over all edits of one disc. So here is the same push over all of them. {num}`telling_share:.0%` of these edits change what is legal. The push leaves {num}`push_all:.3f` errors: like for like, that is {when}`push_worse ? worse than : not clearly worse than` the 0.10 of {cite:t}`nanda2023`, on 8x8 and with 25M parameters.

# %%
everything = sample_cases(1000, seed=REPORT_SEED, first=80_000, telling=False)
anyhow = CachedPrefixes(model, everything)
every = interventions.score(anyhow.run(edits["push"]), anyhow.run(), everything).intervals()
changed = (everything.legal_before != everything.legal_after).any(1)
say(
    f"{len(everything):,} edits",
    push_all=every["error"],
    telling_share=float(changed.float().mean()),
    push_worse=every["error"].low > 0.10,
)

# %% [markdown]
# ## Details: what else does writing the whole board do?
#
# It also puts right what the model may have misread. So the fair question is what it does *without* an edit: write the board as it is, and score against the rules of that very board. The unedited model makes {num}`own_error:.3f` errors on its own board; with that same board written into it, {num}`helped_error:.3f` (fewer by {num}`gain:.3f`): {when}`gain_is_real ? so some of its mistakes are about the board, and shown the right one it knows what is legal : a difference that these cases can't tell from chance`. The projection of a single disc leaves all other misreadings in place.

# %%
as_it_is = test.run(best, cases.before)
own, helped = (interventions.top_n_error(x, cases.legal_before) for x in (unedited, as_it_is))
gain = bootstrap(own - helped)
say(
    f"{len(cases):,} held-out positions",
    own_error=bootstrap(own),
    helped_error=bootstrap(helped),
    gain=gain,
    gain_is_real=gain.low > 0,
)

# %% [markdown]
# ## Details: every control for every edit
#
# For the push and the projection, "the board as it is" changes no square and is the null by construction. Signs are permuted after the mean of the components was taken out: the directions have a large one, which LayerNorm takes no notice of, so that leaving it in would make that control half an edit.

# %% alt="Top-N error of three edits and of six controls of each, with intervals and the null." mystnb={"figure": {"name": "fig-interventions-controls", "caption": "**Each edit beside its own controls.** Steps are as long as those of the edit that they control."}}
tints = {"push": figures.MINE, "projection": figures.LEGAL, "whole board": figures.MODEL}
some = CachedPrefixes(model, cases[:800])  # enough for this, and for what follows
found = interventions.every_control({kind: edits[kind] for kind in tints}, some)
lines = {
    kind: Series.of(Interval.of([*of.values()]), colour=tints[kind]) for kind, of in found.items()
}
order = [*found["push"]]
reference = {"null": null.mean}
points(order, lines, x_title="top-N error", x_format=".2f", reference=reference)

# %%
misplaced = {kind: of["wrong layer"] for kind, of in found.items()}
say(f"{len(some.cases):,} held-out positions", misplaced=misplaced)

# %% [markdown]
# Along a wrong layer's directions the projection leaves {num}`misplaced[projection]:.2f` mistakes. For the push it is {num}`misplaced[push]:.2f`, less than twice the {num}`error[push]:.2f` that the push itself leaves: for a push it matters little from which of the middle layers the directions are.
#
# ## Details: boards that occur and boards that can't
#
# Is a board that no game leads to as easy to believe in? *Reachable*: another legal order of the last four moves leads there (several discs differ, all are turned at once). *Unreachable*: one disc is turned so that no last move can have led there. *Erase*, *place*: one disc less or more, and since the number of discs tells whose turn it is, no game without a pass leads there either. *Replace*: the board after another last move.

# %% alt="Top-N error of the null, the projection and the whole-board edit for six kinds of edit." mystnb={"figure": {"name": "fig-interventions-kinds", "caption": "**Boards that can't occur are believed, too.** Errors of the null and of two edits for six kinds of boards."}}
kinds = ("flip", "reachable", "unreachable", "erase", "place", "replace")
tints = {"null": figures.CONTROL, "projection": figures.LEGAL, "whole board": figures.MODEL}
errors = np.empty((500, len(kinds), len(tints)))
for k, kind in enumerate(kinds):
    other = CachedPrefixes(model, sample_cases(len(errors), kind, REPORT_SEED, first=70_000))
    for n, name in enumerate(tints):
        said = other.run(edits.get(name))
        errors[:, k, n] = interventions.top_n_error(said, other.cases.legal_after)
seen = bootstrap(errors)
parts = zip(tints, seen.mean.T, seen.low.T, seen.high.T, strict=True)
series = {name: Series(*found, colour=tints[name]) for name, *found in parts}
points(kinds, series, x_title="top-N error", x_format=".2f")

# %% [markdown]
# Both kinds work: {num}`kind[reachable][whole board]:.2f` errors (null {num}`kind[reachable][null]:.2f`) on boards that occur, {num}`kind[unreachable][whole board]:.2f` (null {num}`kind[unreachable][null]:.2f`) on boards that can't. No list of positions that occur holds the latter; what a nearest neighbour in such a list would say of them is not tested here.

# %%
kind_scores = {
    kind: {name: seen.at((k, n)) for n, name in enumerate(tints)} for k, kind in enumerate(kinds)
}
say(f"{len(errors):,} positions of each kind", kind=kind_scores)
for kind, found in kind_scores.items():
    assert found["whole board"].high < 0.5 * found["null"].low, kind

# %% [markdown]
# ## Details: how hard to push
#
# With no dose nothing changes, bit for bit. Then the errors of the edits fall; the control's doesn't.

# %% alt="Top-N error against the dose, in units of the chosen one, for three edits and a control." mystnb={"figure": {"name": "fig-interventions-dose", "caption": "**The dose.** Errors against the length of the step, in units of the chosen one."}}
strengths = np.array([0, 0.25, 0.5, 1, 1.5, 2])
tried = {name: edits[name] for name in ("push", "projection", "whole board")}
scaled = {n: [replace(e, dose=e.dose * k) for k in strengths] for n, e in tried.items()}
scaled["permuted signs"] = [
    interventions.LengthMatched(e, interventions.PermutedSigns(e), some.lengths(e))
    for e in scaled["whole board"]
]
lines = {}
for name, doses in scaled.items():
    errors = [interventions.top_n_error(some.run(e), some.cases.legal_after) for e in doses]
    lines[name] = Series.of(bootstrap(np.stack(errors, 1)))
curves(strengths, lines, x_title="dose (chosen = 1)", y_title="top-N error")

# %%
if not torch.equal(test.run(replace(best, dose=0.0)), unedited):
    raise RuntimeError("a dose of zero changes something")
for name in tried:
    if not lines[name].hi[strengths == 1] < lines[name].lo[0]:
        raise RuntimeError(f"the chosen dose of {name} does nothing")

# %% [markdown]
# ## Details: which layers matter
#
# Written at the first site alone, the board leaves {num}`first_alone:.2f` errors, at the last {num}`last_alone:.2f` (null {num}`error[null]:.2f`). In between, {num}`alone_site` by itself gets down to {num}`alone_error:.2f`: one edit of one vector of {num}`width` numbers does that much. A guess at why: too early, attention still brings in the old board; too late, nothing reads it any more. On 8x8, {cite:t}`hazineh2023` find that the layer matters, too.

# %% alt="Top-N error of the whole-board edit made at one site alone, at all sites up to it, and at all sites from it on." mystnb={"figure": {"name": "fig-interventions-sites", "caption": "**The middle counts.** Errors of the whole-board edit by where it is made."}}
sites = model.sites
spans = {
    "this site alone": [[site] for site in sites],
    "up to this site": [sites[: k + 1] for k in range(len(sites))],
    "from this site on": [sites[k:] for k in range(len(sites))],
}
errors = {}
for name, tried in spans.items():
    runs = [some.run(replace(best, sites=span)) for span in tried]
    errors[name] = np.stack([interventions.top_n_error(x, some.cases.legal_after) for x in runs], 1)
lines = {name: Series.of(bootstrap(of)) for name, of in errors.items()}
curves(sites, lines, x_title="site", y_title="top-N error", reference={"null": null.mean})

# %%
alone = int(errors["this site alone"][::2].mean(0).argmin())
by_site = bootstrap(errors["this site alone"][1::2])  # not the positions that it was chosen on
say(
    f"{len(some.cases) // 2:,} held-out positions",
    alone_site=sites[alone],
    alone_error=by_site.at(alone),
    first_alone=by_site.at(0),
    last_alone=by_site.at(-1),
    width=model.config.n_embd,
)

# %% [markdown]
# ## Details: where is the board computed? Activation patching
#
# The same question without a probe {cite}`meng2022`. Take two games that differ in one move, six moves before the position that is looked at, with the moves after it the same and legal in both. The *answer* there is the mean logit of the moves that only the second game's board allows, minus that of those that only the first's allows. Put the stream of the second game into the run of the first, at one site and position, and see how much of the difference between the two games' answers ({num}`n_pairs` pairs, differences added up) comes with it: 0 is the first game's answer, 1 the second's. (Positions before the changed move are the same in both.)

# %% alt="Share of the difference between two games that each site carries, at the changed move, after it, and at the last position." mystnb={"figure": {"name": "fig-interventions-patching", "caption": "**The last position fetches it.** Share of the difference between two games that comes along when one site of one position is put into the other game."}}
pairs, others = interventions.counterfactuals(100, back=6, seed=REPORT_SEED)
named = {"the changed move": [0]} | {f"{k} after it": [k] for k in range(1, 6)}
named |= {"1 to 5 after it, together": [1, 2, 3, 4, 5], "the last position": [6]}
moved, all_of_it = interventions.patch(model, pairs, others, list(named.values()), back=6)
restored = {
    name: bootstrap_shares(moved[:, :, k], all_of_it[:, None]) for k, name in enumerate(named)
}
lines = {name: Series.of(i) for name, i in restored.items()}
last_look = dict(colour=figures.LAST_MOVE, dash="dash")
lines["the last position"] = Series.of(restored["the last position"], **last_look)
curves(sites, lines, x_title="site", y_title="difference restored")

# %%
of_some, of_others = (  # sites are chosen on some pairs and told of others
    {
        name: bootstrap_shares(moved[of::2, :, k], all_of_it[of::2, None])
        for k, name in enumerate(named)
    }
    for of in (0, 1)
)
half = int((of_some["the last position"].mean > 0.5).argmax())
most = int(of_some["1 to 5 after it, together"].mean.argmax())
last, between = of_others["the last position"], of_others["1 to 5 after it, together"]
say(
    f"{len(pairs) // 2} pairs of games",
    half_site=sites[half],
    half_share=last.at(half),
    between_most=between.at(most),
    n_pairs=len(pairs),
)
if not (last.mean[-1] > 0.99 and abs(last.mean[0]) < 0.01):
    raise RuntimeError("what is true by construction isn't true here")

# %% [markdown]
# At first all of the difference is in the changed move's own token, at the end all of it in the last position (both by construction). By {num}`half_site` the last position holds {num}`half_share:.0%` of it; the five positions in between, changed together, never hold more than {num}`between_most:.0%`. That suggests that the last position fetches it from that move rather than take it over from them. Compare the map above: a *board* that is written at the last position counts most at {num}`alone_site`.
#
# Do patching and swapping tell the truth? In a [network written by hand](construction-crowded) it is known: the move of each position is copied to all later ones in one layer, its own, and the board stands complete after another. Patched like this, all of the difference is at the changed move before that layer (at least {num}`hand_patched[before]:.3f`), and at the last position after it ({num}`hand_patched[after]:.3f`). And the {num}`hand_span` directions that a ridge reads there, swapped, leave {num}`hand_swapped[what a probe reads]:.2f` mistakes about the other game's moves, all the rest {num}`hand_swapped[all the rest]:.2f`. Along the directions that were written it is {num}`hand_swapped[what was written]:.2f`. As in the trained network, what is written lasts for a single move ({num}`hand_later[written]:.0%` illegal later, without an edit {num}`hand_later[null]:.0%`): each position works the board out from the moves.

# %%
crowd = Crowded()
by_hand, at = as_gpt(crowd), crowd.layout
few_pairs, few_others = (of[:20] for of in (pairs, others))
patched, whole_way = interventions.patch(by_hand, few_pairs, few_others, [[0], [6]], back=6)
carries = patched.sum(0) / whole_way.sum()
fetched_at = by_hand.sites.index(f"resid_mid {few_pairs.ply[0] - 6}")
hand_patched = {"before": carries[:fetched_at, 0].min(), "after": carries[fetched_at:, 1].min()}

# %%
complete = f"resid_post {at.context}"
reads_there = probes.fit_ridge(crowd, train[:600], [probes.TARGETS["board"]], [complete])
alike = sample_cases(200, seed=REPORT_SEED, first=90_000, plies=(19, 19))
streams = list(by_hand.residual_stream(alike.tokens[:, :20]))
given = streams[by_hand.sites.index(complete)][:, -1].roll(1, 0)
of_others = alike.legal_before.roll(1, 0)
found_span = interventions.span_of(reads_there.weight["board"][0].flatten(0, 1))
ways = {
    "what a probe reads": (found_span, False),
    "all the rest": (found_span, True),
    "what was written": (interventions.span_of(at.directions[at.first].float()), False),
}
hand_swapped = {
    name: bootstrap(
        interventions.top_n_error(
            interventions.run_source(by_hand, alike, interventions.Swap(complete, given, *way)),
            of_others,
        )
    )
    for name, way in ways.items()
}
played_there = {
    name: bootstrap_shares(*interventions.play_on_source(crowd, early.cases[:100], how))
    for name, how in {"null": None, "written": WriteCrowded(at)}.items()
}
say("200 positions", hand_swapped=hand_swapped, hand_span=len(found_span))
say("100 positions", hand_later=played_there)
say(hand_patched={name: float(of) for name, of in hand_patched.items()})
if not abs(carries[[0, -1], [0, 1]] - 1).max() < 0.01:
    raise RuntimeError("what is true by construction isn't true here")

# %% [markdown]
# ## Try it yourself
#
# 1. Write the board only from `resid_mid 6` on. How many mistakes are left?
# 2. Double the dose. Does the edit get better or worse?
#
# ### Answer: too late to write

# %%
late = bootstrap(
    interventions.top_n_error(test.run(replace(best, sites=middle[6:])), cases.legal_after)
)
print(f"{late:.2f} mistakes, without an edit {null:.2f}")

# %% [markdown]
# ### Answer: twice the dose

# %%
twice = bootstrap(
    interventions.top_n_error(test.run(replace(best, dose=2 * best.dose)), cases.legal_after)
)
print(f"{twice:.2f} mistakes, with the chosen dose {whole:.2f}")

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
# # When does the board appear, and does it need help?
#
# **It comes without help.** The network of the other chapters was helped in training. Here is a second one, of the same shape, whose training saw nothing but the moves that were played. It keeps a board, too, and uses it. Another board, written in along none of the directions that read legal moves, leaves {num}`used_without_help:.2f` mistakes; with the next moves written in instead, and no board, {num}`used_without_help_control:.2f` are left. Along the board's directions, too, it is {num}`outright:.2f`.
#
# What comes first hangs on the mark. After {num}`legal_at:,.0f` thousand games it errs less often than a player that knows only who has moved where, after fewer games. Half of the mistakes vanish by an edit after {num}`used_at:,.0f` thousand. Less often than the shallow rival it errs only after {num}`finer_at:,.0f` thousand, at a high learning rate.

# %%
import json
from dataclasses import replace

import numpy as np
import pandas as pd

from othello_gpt import emergence, game, interventions, probes, yardsticks
from othello_gpt.book_tools import claim, say
from othello_gpt.figures import CONTROL, LEGAL, MODEL, TRUTH, Series, curves
from othello_gpt.game import Games
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import HELD_OUT_SEED, REPORT_SEED, evaluate, load_model

# %%
stages = emergence.record()
games = [stage.games for stage in stages]
last = stages[-1].measures


def of_stages(name):
    return Interval.of([stage.measures[name] for stage in stages])


def in_thousands(games):
    return Interval(games.mean / 1000, games.low / 1000, games.high / 1000)


def rest(values):
    return Interval(1 - values.mean, 1 - values.high, 1 - values.low)


# %% alt="Three curves against the games that training has seen: first choices that are legal rise early, whole boards that a probe reads and mistakes that an edit takes away rise late." mystnb={"figure": {"name": "fig-emergence-stages", "caption": "**Mostly legal moves come early, the board and its use later.** One run on plain games, measured again and again. At the last stage its learning rate has fallen to nothing, as at the end of any training."}}
lines = {
    "first choices that are legal": Series.of(rest(of_stages("illegal")), colour=LEGAL),
    "mistakes that an edit takes away": Series.of(rest(of_stages("mistakes left")), colour=MODEL),
    "whole boards that are read": Series.of(of_stages("boards"), colour=TRUTH),
}
curves(
    games, lines, x_title="games seen", y_title="share", y_format=".0%", log_x=True, markers=True
)

# %% [markdown]
# ## The idea
#
# In the training of the book's network, the loss saw beside each move the next moves of other games that begin alike ([the model](model.py)). That is close to the set of legal moves. A sceptic may say: no wonder that it keeps a board, it was all but told the rules.
#
# So we trained again, without. At each position there is one target, the move that was played. Every game is new. All that it can learn from is what a person sees who reads lists of moves.
#
# On the way we kept its weights and asked each time: does it play legally? Can a board be read? Is the board used? The questions are those of the other chapters, asked by the same functions.
#
# ## The experiment
#
# All stages were measured beforehand, since that takes longer than reading this page. The weights of {num}`n_weights` come with the book. We measure the last of these again, here and now, and the numbers have to agree.

# %% tags=["experiment"]
scale = 6
recent = emergence.kept()[-2:]
again = {name: emergence.measure(emergence.load_stage(name), scale) for name in recent[-1:]}
by_name = {stage.name: stage.measures for stage in stages}
for name, found in again.items():
    for what, value in found.items():
        np.testing.assert_allclose(value.mean, by_name[name][what].mean, atol=0.02, err_msg=what)

# %% [markdown]
# Stages are measured on games that were watched in training. What is claimed below of the last one is measured on the book's own seed, and so is the network of the other chapters, which was helped.

# %%
helped, final = (
    emergence.measure(one, scale, REPORT_SEED)
    for one in (load_model(), emergence.load_stage(recent[-1]))
)
say(
    f"{250 * scale:,} games and {100 * scale} edits",
    last_games=games[-1],
    boards=final["boards"],
    illegal=final["illegal"],
    helped_boards=helped["boards"],
    helped_left=helped["mistakes left"],
    n_weights=len(emergence.kept()),
    n_stages=len(stages),
)

# %% [markdown]
# ## The control that could have killed it
#
# What can be read without a board, by a network of one layer? The *shallow rival* of [yardsticks](yardsticks.py) is told who has played where, and when, and it learned from all legal moves. Our bar, as everywhere: at most half of its mistakes.

# %%
shallow, _ = yardsticks.load_shallow()
board = [probes.TARGETS["board"]]
held_out = Games.sample(125 * scale, REPORT_SEED)
of_shallow = yardsticks.load_rival_probe(shallow)
read = probes.accuracy(of_shallow, shallow, held_out, board)["board"]
its_cells = read.accuracy().at(0)
plain = emergence.load_stage(recent[-1])
sites = [f"resid_mid {layer}" for layer in range(1, 6)]
fitted = [
    probes.fit_ridge(plain, game.sample_moves(1500, seed=1), [probes.TARGETS[name]], sites)
    for name in ("board", "legal_next")
]
reads = probes.accuracy(fitted[0], plain, held_out, board)["board"].right[-1]
late_cells, late_of_rival = (  # after twelve moves and more
    bootstrap(right[:, 11:].mean(1) / 36) for right in (reads, read.right[0])
)

# %%
claim(
    "board_without_help",
    "Plain lists of moves suffice: squares that a linear map reads from a network that saw "
    "nothing else",
    final["cells"],
    control=its_cells,
    against="the shallow rival, which learned from all legal moves",
    ratio=2,
    unseen=(late_cells, late_of_rival),
)

# %% [markdown]
# And the edits? Steps of the same length go in random directions, or towards a board where another disc is turned. The same edit is tried in the shallow rival. And the next moves are written in without a board, as far as it can be done along other directions. In late layers that may do as well. So the claim is about edits up to layer 5.
#
# The reverse is asked, too: the board is written in, but along none of the directions that read which moves are legal. Else it might work by those alone.

# %%
cases = interventions.sample_cases(100 * scale, seed=REPORT_SEED, first=50_000)
to_choose = interventions.sample_cases(200, seed=1, first=50_000)
edits = [interventions.Rewrite(of_shallow, shallow.sites, dose) for dose in (0.1, 0.25, 0.5, 1.0)]
in_rival = [
    interventions.top_n_error(interventions.run_source(shallow, cases, e), cases.legal_after)
    for e in edits
]
its_edit = min(in_rival, key=np.mean)  # in its favour
test, choice = (interventions.CachedPrefixes(plain, some) for some in (cases, to_choose))


def write_board(dose, of):
    return interventions.Rewrite(fitted[0], sites, dose)


def write_moves(dose, of):
    legal = interventions.legal_squares(of)
    return interventions.WriteLegal(fitted[1], fitted[0], sites, dose, legal)


# %%
doses = (0.5, 0.75, 1.0, 1.5)
by_case = [
    interventions.error_at_best_dose(kind, doses, choice, test)
    for kind in (write_board, write_moves)
]
early_edit, no_board = map(bootstrap, by_case)
beside = interventions.error_at_best_dose(
    lambda dose, of: interventions.BesideLegal(write_board(dose, of), fitted[1]),
    doses,
    choice,
    test,
)
outright = interventions.error_at_best_dose(
    lambda dose, of: replace(write_moves(dose, of), board=None), doses, choice, test
)
say("positions", beside=bootstrap(beside), outright=bootstrap(outright), whole=early_edit)
rivals = {
    "a step as long as the whole edit, towards another disc": final["wrong square"],
    "a step as long as the whole edit, in a random direction": final["random direction"],
    "the same edit of the shallow rival": bootstrap(its_edit),
    "the next moves written in, and no board": no_board,
}
nearest = min(rivals, key=lambda name: rivals[name].low)
late_edit, late_no_board, late_in_rival, late_beside = (
    bootstrap(errors[cases.ply >= 11]) for errors in (*by_case, its_edit, beside)
)
claim(
    "used_without_help",
    "It uses that board, and not only what it says is legal: mistakes about an edited board, after "
    "an edit along none of the directions that read legal moves",
    bootstrap(beside),
    control=rivals[nearest],
    against=f"the best of four rivals: {nearest}; with the moves written in outright, along the "
    f"board's directions, too, {outright.mean():.2f} are left",
    form=".2f",
    higher=False,
    ratio=2,
    unseen=(late_beside, min(late_no_board, late_in_rival, key=lambda one: one.low)),
)

claim(
    "whole_board_without_help",
    "A whole board written in is followed better than anything else that is written: mistakes about "
    "an edited board",
    early_edit,
    control=bootstrap(outright),
    against="the next moves written in outright, along the board's directions, too",
    form=".2f",
    higher=False,
    ratio=2,
    unseen=(late_edit, bootstrap(outright[cases.ply >= 11])),
    stands=False,
)
assert bootstrap(outright[cases.ply >= 11]).mean < late_edit.mean  # as the words have it

# %% [markdown]
# One rival does nearly as well as a whole board: the next moves written in outright, along the board's directions, too. It leaves {num}`outright:.2f` mistakes, and on late positions fewer than the board does. So a board that is written in and followed wouldn't by itself show that it is used. The reverse does.
#
# ## What comes first
#
# To say *when* something comes, one needs a mark that means the same at every stage. Legality has two. One is a player that knows only who has moved where, in whatever order. It is trained in a moment on a few thousand games; for longer, it would play better, and its mark would come later. The other is the shallow rival, which also knows when. A board is used once an edit takes half of the mistakes away.

# %%
made_here = ("board_without_help", "used_without_help")
bag = probes.fit_bag(512, seed=3)
watched = Games.sample(125 * scale, HELD_OUT_SEED)  # on which the stages were measured
said = probes.bag_choices(bag, watched.moves)
legal = game.on_squares(watched.replay.legal[:, 1:])
its_boards = probes.accuracy(of_shallow, shallow, watched, board)["board"].whole_board().at(0)
of_bag = bootstrap(~np.take_along_axis(legal, said[..., None], -1)[..., 0] * 1.0).mean.mean()
marks = {
    "plays legally: errs less than who knows the bag of moves": ("illegal", of_bag),
    "is read: more whole boards than in the shallow rival": ("boards", its_boards.mean),
    "is used: an edit takes half of the mistakes away": ("mistakes left", 0.5),
    "plays legally: errs less than the shallow rival": (
        "illegal",
        evaluate(shallow, 250 * scale, HELD_OUT_SEED).illegal.mean,
    ),
}
when = {
    mark: emergence.passes(games, of_stages(what), level) for mark, (what, level) in marks.items()
}
legal_at, _, used_at, finer_at = when.values()
assert legal_at.high < used_at.low < used_at.high < finer_at.low  # as the words have it
say(
    legal_at=in_thousands(legal_at),
    used_at=in_thousands(used_at),
    finer_at=in_thousands(finer_at),
)
pd.DataFrame(
    {
        "after so many games": [
            f"{i.mean:,.0f} [{i.low:,.0f}, {i.high:,.0f}]" for i in when.values()
        ]
    },
    index=pd.Index(when, name="what"),
)

# %%
by_flips = [stage.measures["discs by flips"] for stage in stages]
early = by_flips[games.index(99_840)]
assert early.high[1] < early.low[2]  # as the words have it
assert by_flips[-1].low[1] > by_flips[-1].low[2]

# %% [markdown]
# So the order depends on what is called legal, and no claim rests on it. There is a time when the network plays mostly legal moves and hardly has a board. But better than the shallow rival it plays only once the board is used. Early on it goes by something else, which is right often enough. [Discs](#emergence-turned) show by what: those that were turned once are read worse than those that were turned twice, as by somebody who turns nothing. Later that is gone. [Orders](#emergence-others) of moves tell the same: at first it hardly notices whether two orders lead to one position.
#
# ## What this doesn't show
#
# - **That it ends where the helped network does.** It saw {num}`last_games:,.0f` games and errs in {num}`illegal:.1%` of its first choices. The helped one saw more games, and more of each. Where plain games lead in the end isn't known here.
# - **That every run goes this way.** This is one run from one seed. The intervals are over games and positions. The [sisters](sisters.py) come to a board as well, but weren't measured on their way.
# - **What the coarse player is.** It comes as far as one who knows only the bag of moves. Whether it works in the same way isn't tried.
# - That nothing is used before. A mark of a half is our choice; edits take some mistakes away earlier.
# - The stages but the last were measured at a high learning rate, which costs each of them something.
#
# ## What we learned
#
# - A board comes about from transcripts alone, and it is used. Of the {num}`n_claims` claims of other chapters that could be asked of this network, {num}`n_hold` [hold](#emergence-claims).
# - Mostly legal moves come early. Which comes first, good play or the board, hangs on the mark.
# - The help in training isn't why there is a board. Nor is it why lines have [neurons of their own](plain.py).
#
# ## Details: with help and without
#
# The same measures on three networks: one on its way (on games that were watched), the last stage, and the network of the other chapters.

# %%
halfway = recent[0]
columns = {
    f"plain, {int(halfway):,} games": by_name[halfway],
    f"plain, {games[-1]:,} games": final,
    "the other chapters' network": helped,
}
forms = {
    "illegal": ("illegal first choices", ".2%"),
    "excess": ("excess loss, nats a move", ".4f"),
    "cells": ("squares that are read", ".1%"),
    "boards": ("whole boards that are read", ".1%"),
    "null": ("mistakes about an edited board, unedited", ".2f"),
    "edited": ("the same after the edit", ".2f"),
    "wrong square": ("towards another disc", ".2f"),
    "random direction": ("in a random direction", ".2f"),
    "same": ("two orders, one position: total variation", ".3f"),
    "decoys": ("two orders, two positions", ".3f"),
    "other start": ("illegal from the other start", ".2%"),
}
pd.DataFrame(
    {
        name: [f"{found[what]:{form}}" for what, (_, form) in forms.items()]
        for name, found in columns.items()
    },
    index=pd.Index([words for words, _ in forms.values()], name="measure"),
)

# %% [markdown]
# Now positions after twelve moves and more, whose beginnings hardly stood in training. There a linear map reads {num}`late_cells:.1%` of the squares, in the shallow rival {num}`late_of_rival:.1%`. After an edit {num}`late_edit:.2f` mistakes are left, along no direction of legality {num}`late_beside:.2f`, with the next moves written in and no board {num}`late_no_board:.2f`.

# %%
say(f"{len(held_out)} games", late_cells=late_cells, late_of_rival=late_of_rival)
say("positions", late_edit=late_edit, late_no_board=late_no_board, late_beside=late_beside)

# %% [markdown]
# (emergence-claims)=
# ## Details: the book's claims on this network
#
# The chapters that look at a network were executed on the last stage, as anyone can do with [a network of their own](own-network): `othello-gpt report WEIGHTS --heads 8` does it, and the weights are in `othello_gpt/emergence` (in half precision). The claims of [rules or games](generalisation.py) are those of [its own page](plain.py), which asks them in the same games. Three of the numbers are compared with what was measured above. What is behind the claims on turned discs and on rules is shown [on a page of its own](plain.py). {num}`n_refuted` of the claims are refuted there, by the marks that the book sets itself.

# %%
headlines = [one for one in emergence.headlines() if one.name not in made_here]
falls = [one for one in headlines if one.refuted]
reported = {one.name: one.numbers[0][1] for one in headlines}
# The samples and the probes' games differ; those of the other network are further off.
for name, what, near in (
    ("plays_by_the_rules", "illegal", 0.001),
    ("reads_the_board", "cells", 0.005),
    ("uses_the_board", "edited", 0.05),
):
    assert abs(reported[name] - last[what].mean) < near
assert 2 * len(falls) < len(headlines)
say(n_claims=len(headlines), n_hold=len(headlines) - len(falls), n_refuted=len(falls))
pd.DataFrame(
    [(one.says, one.value, one.control, one.refuted or "holds") for one in headlines],
    columns=["claim", "here", "its control", "verdict"],
).style.hide(axis="index")

# %% [markdown]
# ## Details: legality by move
#
# Nobody errs in the last move: a single square is left.

# %% alt="Illegal first choices by move, one curve for each of five stages; all are low at the beginning and at the end of a game." mystnb={"figure": {"name": "fig-emergence-moves", "caption": "**Late moves are learned last.** Illegal first choices after each move, at some stages."}}
shades = np.linspace(0, len(stages) - 1, 5).astype(int)
lines = {f"{games[k]:,} games": Series.of(stages[k].measures["illegal by move"]) for k in shades}
moves = np.arange(1, 32)
curves(moves, lines, x_title="moves played", y_title="illegal", y_format=".0%")

# %% [markdown]
# (emergence-turned)=
# ## Details: discs that were turned
#
# A reader that never turns a disc is right where a disc was turned an even number of times. A network that begins like that should be better at even numbers than at odd ones, and lose that later.

# %% alt="Share of discs read rightly by how often they were turned, one curve for each of five stages: early ones go up and down, the last one falls slowly." mystnb={"figure": {"name": "fig-emergence-flips", "caption": "**Early it counts like somebody who turns nothing.** Discs that the probe reads rightly, by how often each was turned; 8 stands for 8 and more."}}
lines = {f"{games[k]:,} games": Series.of(stages[k].measures["discs by flips"]) for k in shades}
times = np.arange(9)
curves(
    times, lines, x_title="turned so often", y_title="read rightly", y_format=".0%", markers=True
)

# %% [markdown]
# (emergence-others)=
# ## Details: orders of moves, and the other start
#
# Two moves are exchanged. If both orders lead to one position, the predictions should be alike; if they don't, they should differ ([yardsticks](yardsticks.py)).

# %% alt="Total variation between predictions after two orders of moves, against games seen: for one position it stays low, for two it rises late." mystnb={"figure": {"name": "fig-emergence-orders", "caption": "**It begins to notice orders when it begins to use a board.** Dotted: two orders that lead to one position. Solid: to two."}}
lines = {
    "two positions": Series.of(of_stages("decoys"), colour=MODEL),
    "one position": Series.of(of_stages("same"), colour=MODEL, dash="dot"),
}
axes = dict(x_title="games seen", log_x=True, markers=True)
curves(games, lines, y_title="total variation", **axes)

# %% [markdown]
# Games from the other diagonal never occur in training ([rules or games](generalisation.py)). From the third move on:

# %% alt="Illegal first choices in games from the other start and from the one of training, against games seen; both fall." mystnb={"figure": {"name": "fig-emergence-start", "caption": "**The other start is learned along.** Illegal first choices, from the third move on (other start) and over all moves (start of training)."}}
lines = {
    "the other start": Series.of(of_stages("other start"), colour=CONTROL),
    "the start of training": Series.of(of_stages("illegal"), colour=MODEL),
}
curves(games, lines, y_title="illegal", y_format=".0%", **axes)

# %% [markdown]
# ## Details: how it was trained
#
# Each stage is where `othello-gpt train --continuations 0 --siblings 1 --batch 256` was stopped by `--stop-at`. The last was branched off the same run with `--decay`. Those of {num}`continued[first]:,.0f` and {num}`continued[second]:,.0f` games were trained afterwards: they go on from the stage before them, in half precision, whose games had been the same, with optimisers that began afresh. Held-out games come from a seed that training can't use; its games were looked at during the run, to see how it went. That isn't enough, since a game can be drawn twice, or come mirrored. So {num}`n_compared:,.0f` held-out games were looked for among all games of the run, also turned and mirrored as the start allows: {num}`n_met` were met. `python -m othello_gpt.emergence FOLDER` measures a folder of weights and keeps some of them in half precision. The loss is in nats above the entropy floor.

# %%
about = json.loads(emergence.RECORD.read_text())
looked, went_on = about["met"], about["continued"]
assert looked["games"] == games[-1]
few = game.sample_moves(2000, HELD_OUT_SEED)
assert emergence.met(few, seed=0, games=100_000) <= looked["found"]
say(
    n_compared=looked["of"],
    n_met=looked["found"],
    continued={"first": went_on[0], "second": went_on[1]},
)
table = pd.DataFrame(
    {
        "games": games,
        "rate": ["falls to nothing" if stage.decayed else "constant" for stage in stages],
        **{
            name: [f"{stage.measures[name]:{form}}" for stage in stages]
            for name, form in (
                ("illegal", ".2%"),
                ("excess", ".3f"),
                ("boards", ".1%"),
                ("edited", ".2f"),
            )
        },
    }
)
table.style.hide(axis="index").format({"games": "{:,}"})

# %% [markdown]
# ## Try it yourself
#
# 1. At which site are the boards of the earliest kept stage best read, and at which those of the last?
#
# ### Answer: where the board is

# %%
choose = Games.sample(200, seed=3)
for name in emergence.kept():
    network = emergence.load_stage(name)
    fitted = probes.fit_ridge(network, game.sample_moves(1000, seed=1), board)
    scored = probes.accuracy(fitted, network, choose, board)["board"]
    print(f"{name}: {fitted.sites[scored.best()]}")

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
# # Would another seed have found the same?
#
# **The same board, in another place.** {num}`n_sisters` more networks began with other weights and saw other, and fewer, games. From each a board can be read, {when}`reads_more ? better : though not better` than from the shallow rival. In each the next move goes by it. An edit that was fitted on one does nothing good in another: {num}`left[no rotation]:.0%` of the mistakes are left. Turn the one's space onto the other's, by a single rotation at each layer, and {num}`left[a rotation]:.0%` are left. With the network's own edit it is {num}`left[its own]:.0%`.

# %%
from functools import partial

import numpy as np
import pandas as pd
import torch

from othello_gpt import emergence, interventions, probes, sisters, yardsticks
from othello_gpt.book_tools import claim, say
from othello_gpt.construction import Crowded, as_gpt
from othello_gpt.figures import MODEL, Series, bars, points
from othello_gpt.game import Games
from othello_gpt.intervals import Interval, bootstrap, bootstrap_shares
from othello_gpt.model import REPORT_SEED, evaluate

torch.set_grad_enabled(False)
kin = sisters.sisters()
networks = {one.seed: sisters.load_sister(one.seed) for one in kin}
if [one.network for one in kin] != [probes.fingerprint(model) for model in networks.values()]:
    raise RuntimeError("the record is of other networks than those that come with it")


def rest(found):
    return Interval(1 - found.mean, 1 - found.high, 1 - found.low)


# %% alt="What networks of different seeds do: each row a measure, each dot a network. The dots of a row lie close together." mystnb={"figure": {"name": "fig-sisters-seeds", "caption": "**Other seeds, much the same numbers.** Each dot is a network; bars are intervals over games. All were trained alike, on fewer games than the book's network."}}
shown = {
    "first choices that are legal": lambda found: rest(found["illegal"]),
    "squares that are read": lambda found: found["cells"],
    "whole boards that are read": lambda found: found["boards"],
    "mistakes that an edit takes away": lambda found: rest(found["mistakes left"]),
    "legal from the other start": lambda found: rest(found["other start"]),
}
lines = {
    f"seed {one.seed}": Series.of(Interval.of([of(one.measures) for of in shown.values()]))
    for one in kin
}
points([*shown], lines, x_title="share", x_format=".0%")

# %% [markdown]
# ## The idea
#
# All that this book says rests on one network. Its intervals are over games: they say how the numbers vary if the same network plays other games. But a network also depends on the weights that it began with, and on the games that it happened to see. Another draw might have led to another solution.
#
# So we trained {num}`n_sisters` *sisters*. They differ in the seed alone, which decides both. Their budget is small, {num}`n_games:,.0f` games each, and they were helped as the book's network was. What they share, the recipe brings about. What differs, chance does.
#
# Where a network keeps its board is chance, too. Its stream has {num}`width` dimensions, and nothing prefers one direction over another but the network's habits. So the question isn't whether two boards lie along the same directions. It is whether one can be *turned* into the other.
#
# ## The experiment
#
# A probe is fitted on one sister. We carry it to another, along the rotation that takes the activations of both closest to each other in the same positions. Then we write boards in with it.

# %%
sites = [f"resid_mid {layer}" for layer in range(1, 6)]
fitted_on, aligned_on = Games.sample(1000, seed=1), Games.sample(400, seed=2)
cases = interventions.sample_cases(300, seed=REPORT_SEED, first=60_000)
seeds = [*networks]
own = {
    seed: probes.fit_ridge(model, fitted_on, [probes.TARGETS["board"]], sites)
    for seed, model in networks.items()
}
sources = networks | {"untrained": probes.untrained(networks[seeds[0]], seed=0)}
width = next(iter(networks.values())).config.n_embd
code = yardsticks.Code(yardsticks.random_code(width), [width] * len(sites))
code.sites = tuple(sites)  # the same at each of them
sources["code"] = code
for name in ("untrained", "code"):
    own[name] = probes.fit_ridge(sources[name], fitted_on, [probes.TARGETS["board"]], sites)
cached = {seed: interventions.CachedPrefixes(model, cases) for seed, model in networks.items()}
to_choose = interventions.sample_cases(100, seed=1, first=60_000)
others = {seed: interventions.CachedPrefixes(model, to_choose) for seed, model in networks.items()}


# %% tags=["experiment"]
def mistakes(seed, probe):
    tried = [interventions.Rewrite(probe, sites, dose) for dose in (0.25, 0.5, 1.0)]
    edit = interventions.least_error(others[seed], tried)  # chosen on other positions
    return interventions.top_n_error(cached[seed].run(edit), cases.legal_after)


def carried(source, seed, pairing):
    here, there = networks[seed], sources[source]
    turns = sisters.turns_between(here, there, sites, aligned_on, pairing)
    return sisters.carried(own[source], turns, here)


# %%
pairs = list(zip(seeds, seeds[1:] + seeds[:1], strict=True))
null = {seed: interventions.top_n_error(cached[seed].run(), cases.legal_after) for seed in seeds}
found = {"its own": {(b, b): mistakes(b, own[b]) for _, b in pairs}}
test = Games.sample(300, REPORT_SEED, first=9_000)
board = [probes.TARGETS["board"]]
read = {"its own": {}}
ways = {pairing: (pairing, pairs) for pairing in sisters.PAIRINGS}
nobody = "from an untrained network"
ways[nobody] = ("a rotation", [("untrained", b) for _, b in pairs])
no_network = "from a random code of the true board"
ways[no_network] = ("a rotation", [("code", b) for _, b in pairs])
for way, (pairing, between) in ways.items():
    found[way], read[way] = {}, {}
    for a, b in between:
        probe = carried(a, b, pairing)
        found[way][a, b] = mistakes(b, probe)
        read[way][a, b] = probes.accuracy(probe, networks[b], test, board)["board"]
for _, b in pairs:
    read["its own"][b, b] = probes.accuracy(own[b], networks[b], test, board)["board"]

# %%
together = np.concatenate([null[b] for _, b in pairs])
of_pairs = {way: np.concatenate([*of.values()]) for way, of in found.items()}
n_cases = len(cases.legal_after)


def share_left(way):
    """Mistakes that an edit leaves, of those without one: over seeds, and over positions."""
    over = sisters.over_seeds([of.sum() / null[b].sum() for (_, b), of in found[way].items()])
    hits, totals = (x.reshape(len(pairs), n_cases).sum(0) for x in (of_pairs[way], together))
    return over, bootstrap_shares(hits, totals)


left, over_positions = ({way: share_left(way)[k] for way in found} for k in (0, 1))
unseen = cases.ply >= 11  # hardly a beginning of these stood in training
late_left = {
    way: sisters.over_seeds(
        [errors[unseen].sum() / null[b][unseen].sum() for (_, b), errors in found[way].items()]
    )
    for way in found
}
at = sites.index("resid_mid 4")
seen = {
    way: float(np.mean([one.at(at).accuracy().at(0).mean for one in of.values()]))
    for way, of in read.items()
}

# %% alt="Mistakes that are left after an edit with seven probes: few with the network's own, hardly more with one carried along a rotation, two thirds with one from no network, nearly all with four other controls." mystnb={"figure": {"name": "fig-sisters-rotation", "caption": "**One rotation carries the board over.** Share of the mistakes about an edited board that an edit leaves, by where its directions come from: the network itself, or a sister. Intervals are over the sisters."}}
bars(
    [*left],
    {"mistakes left": Series.of(Interval.of([*left.values()]), colour=MODEL)},
    x_title="mistakes left",
    x_format=".0%",
)

# %%
controls = [*sisters.PAIRINGS[1:], nobody, no_network]
strongest = min(controls, key=lambda way: left[way].low)


def lost_on_the_way(way, among=slice(None)):
    """Of what a network's own edit takes away, the share that a carried one doesn't."""
    shares = []
    for (_, b), errors in found[way].items():
        of_own, none = found["its own"][b, b][among].sum(), null[b][among].sum()
        shares.append((errors[among].sum() - of_own) / (none - of_own))
    return sisters.over_seeds(shares)


lost = {way: lost_on_the_way(way) for way in ("a rotation", *controls)}
late_lost = {way: lost_on_the_way(way, unseen) for way in lost}
claim(
    "one_board_turned",
    "A sister's edit works after a rotation of its space: of what the network's own edit takes away, "
    "the share that is lost on the way",
    lost["a rotation"],
    control=lost[strongest],
    against=f"the strongest of five ways to carry directions over: {strongest}",
    higher=False,
    ratio=2,
    unseen=(
        late_lost["a rotation"],
        min((late_lost[way] for way in controls), key=lambda i: i.low),
    ),
)
half = {
    way: 2 * max(left[way].high, over_positions[way].high)
    <= min(left[strongest].low, over_positions[strongest].low)
    for way in ("its own", "a rotation")
}
assert over_positions["a rotation"].high < over_positions[strongest].low  # clear by positions, too

# %%
say(f"{len(kin)} seeds", late_left=late_left, late_strongest=late_left[strongest])
say(f"{n_cases} positions", over_positions=over_positions, strongest_over=over_positions[strongest])
sizes = {one.seed: one.measures for one in kin}
about = sisters.about()
say(
    f"{len(kin)} seeds",
    n_sisters=len(kin),
    n_games=about["games"],
    width=width,
    n_pairs=len(pairs),
    n_cases=n_cases,
    left=left,
    half=half,
    strongest=strongest,
    seen=seen,
    left_by_strongest=left[strongest],
    regained=(1 - left["a rotation"].mean) / (1 - left["its own"].mean),
    over={
        name: sisters.over_seeds([float(of[name].mean) for of in sizes.values()])
        for name in ("illegal", "excess", "cells", "boards", "mistakes left", "other start")
    },
)

# %% [markdown]
# ## The control that could have killed it
#
# Any two clouds of points can be turned onto each other somehow, and any edit that is written in hard enough changes something. So there are five rivals. *No rotation*: the directions are used as they are. *A random rotation*. *A rotation by other games*: fitted in the same way, but to positions of games that have nothing in common but the move number. And *from an untrained network*: squares can be read from random weights, too, less well, and a rotation fitted to those carries what any two networks share. *From a random code*: the true board, laid down by a random linear map, with no network at all. Each way may choose its own dose, on other positions. A dose of nearly nothing leaves what was there, and that is what the rivals choose.
#
# Is the book's mark met, half of the strongest rival's mistakes? {when}`half[a rotation] ? It is : Not by the whole interval over positions`. The networks' own edits {when}`half[its own] ? meet it, too : don't meet it either`: they saw few games ([with intervals](sisters-claims)). So by the mistakes that are left there would be no claim. It is about the share of an own edit's effect that is lost on the way.
#
# By reading it is the same. A carried probe reads {num}`seen[a rotation]:.1%` of the squares, the network's own {num}`seen[its own]:.1%`. Without a rotation it is {num}`seen[no rotation]:.0%`.
#
# A rotation keeps all angles and lengths. But it is fitted, and any board can be turned towards another to some degree: the random code leaves {num}`left[from a random code of the true board]:.0%` of the mistakes. What two sisters have in common is more than that. The squares lie to each other in a similar way.
#
# ## What this doesn't show
#
# - **That sisters of the full size agree.** These saw few games. They play less well than the book's network, and edits leave more mistakes.
# - **That it is the only board.** All were trained by one recipe, on one kind of games, with one architecture.
# - **That the parts are the same.** Rotations are of the stream. Which neuron or head does what isn't compared.
# - They are few. Intervals over seeds take them for independent, though each sister is the source of one pair and the target of another. They say nothing about seeds that fail: none did, and none was left out.
#
# ## What we learned
#
# - Another seed finds the same board, and uses it.
# - Where it lies in the stream is chance. One rotation brings back {num}`regained:.0%` of what an edit of the network's own does.
# - The numbers differ little from seed to seed ([side by side](#sisters-claims)).
#
# ## Try it yourself
#
# 1. Is the rotation between two sisters better fitted to more games?
# 2. Which of the sisters has the best board?
#
# ### Answer: more games

# %%
for n_games in (100, 1000):
    a, b = pairs[0]
    turns = sisters.turns_between(
        networks[b], networks[a], sites, Games.sample(n_games, seed=2), "a rotation"
    )
    error = mistakes(b, sisters.carried(own[a], turns, networks[b])).mean()
    print(f"{n_games:,} games: {error:.2f} mistakes are left of {null[b].mean():.2f}")

# %% [markdown]
# ### Answer: the best board

# %%
best = max(kin, key=lambda one: float(one.measures["boards"].mean))
print(f"seed {best.seed}: {best.measures['boards']:.1%} of its boards are read whole")

# %% [markdown]
# (sisters-claims)=
# ## Details: two networks written by hand
#
# Would a rotation find one board in two networks that surely hold the same? In two [crowded networks](construction-crowded) the same numbers are mixed by other random matrices. A probe carried over along the closest rotation reads {num}`hand_turned[a rotation]:.0%` of the squares, the network's own {num}`hand_turned[its own]:.0%`, and one carried along a random rotation {num}`hand_turned[a random rotation]:.0%`. So the method misses part of it: those matrices stretch, and a rotation can't. So a miss doesn't show two boards.

# %%
here, there = (as_gpt(Crowded(seed=seed)) for seed in (0, 1))
after_all = ["resid_post 31"]
hand_read = [
    probes.fit_ridge(one, Games.sample(600, seed=8), board, after_all) for one in (here, there)
]
hand_probes = {"its own": hand_read[0]}
for pairing in ("a rotation", "a random rotation"):
    turns = sisters.turns_between(here, there, after_all, Games.sample(200, seed=2), pairing)
    hand_probes[pairing] = sisters.carried(hand_read[1], turns, here)
hand_turned = {
    name: probes.accuracy(probe, here, Games.sample(100, REPORT_SEED), board)["board"]
    .accuracy()
    .at(0)
    for name, probe in hand_probes.items()
}
say("100 games", hand_turned=hand_turned)
assert hand_turned["a rotation"].high < hand_turned["its own"].low

# %% [markdown]
# ## Details: the headlines over seeds
#
# Over positions instead of sisters, {num}`over_positions[its own]:.0%` of the mistakes are left with a network's own edit, {num}`over_positions[a rotation]:.0%` after a rotation, and with the strongest rival ({num}`strongest`) {num}`strongest_over:.0%`. Over sisters, but on positions after twelve moves and more alone, whose beginnings hardly stood in training, it is {num}`late_left[its own]:.0%`, {num}`late_left[a rotation]:.0%` and {num}`late_strongest:.0%`.
#
# What is measured on each sister, beside what it has to be clear of. *Over seeds* is the mean with its interval by Student's t; the intervals of single seeds are over games. A headline holds in a sister if its interval is clear of its rival's. The mark of the book, half of the rival's mistakes, is in the last column. The rival is the shallow one with its {num}`rival_games:,.0f` games, but for edits: there it is a step towards another disc.

# %%
shallow, made = yardsticks.load_shallow()
of_shallow, test = yardsticks.load_rival_probe(shallow), Games.sample(750, REPORT_SEED)
rival_read = probes.accuracy(of_shallow, shallow, test)["board"]
rival_plays = evaluate(shallow, 1500).illegal
read_by_rival = rival_read.accuracy().at(0)
say(reads_more=bool(all(one.measures["cells"].mean > read_by_rival.mean for one in kin)))
many, lengths = Games.sample(24_000, REPORT_SEED, first=40_000).moves, np.arange(6, 31, 4)
same_position = yardsticks.swapped_by_length(many, lengths, 40)["transpositions"]
said_by_rival = partial(yardsticks.next_move_distribution, shallow)
rival_orders = bootstrap(
    np.concatenate(
        [yardsticks.disagreement(said_by_rival, some).total_variation for some in same_position]
    )
)
against = {
    "illegal": ("illegal first choices", ".2%", lambda of: rival_plays),
    "squares misread": (
        "squares that are misread",
        ".1%",
        lambda of: rest(rival_read.accuracy().at(0)),
    ),
    "boards misread": (
        "boards that aren't read whole",
        ".1%",
        lambda of: rest(rival_read.whole_board().at(0)),
    ),
    "edited": (
        "mistakes after an edit; rival: towards another disc",
        ".2f",
        lambda of: of["wrong square"],
    ),
    "same": (
        "two orders, one position; rival: the shallow one, same pairs",
        ".3f",
        lambda of: rival_orders,
    ),
}
rows = []
for what, (words, form, rival_of) in against.items():
    values = []
    for one in kin:
        of = one.measures
        misread = {"squares misread": "cells", "boards misread": "boards"}
        value = rest(of[misread[what]]) if what in misread else of[what]
        values.append((value, rival_of(of)))
    over = sisters.over_seeds([float(value.mean) for value, _ in values])
    rows.append(
        (
            words,
            *(f"{value.mean:{form}}" for value, _ in values),
            f"{over:{form}}",
            f"{np.mean([rival.mean for _, rival in values]):{form}}",
            sum(value.high < rival.low for value, rival in values),
            sum(2 * value.high <= rival.low for value, rival in values),
        )
    )
columns = [
    "measure",
    *(f"seed {one.seed}" for one in kin),
    "over seeds",
    "rival",
    "clear of it in",
    "half of it in",
]
table = pd.DataFrame(rows, columns=columns)
say(
    f"{len(kin)} seeds",
    rival_games=made["games"],
    n_headlines=len(rows),
    n_clear=sum(row[-2] == len(kin) for row in rows),
    n_half=sum(row[-1] == len(kin) for row in rows),
)
table.style.hide(axis="index")

# %% [markdown]
# {num}`n_clear` of the {num}`n_headlines` are clear of their rivals in all sisters, {num}`n_half` by the mark of a half. They saw few games, and the shallow rival many.
#
# ## Details: the book's claims on each
#
# Chapters that look at a network were executed on each sister, as `othello-gpt report` does it. Their claims are judged by the marks that the book sets itself. Of {num}`n_claims` claims {num}`n_everywhere` hold in every sister, {num}`n_nowhere` in none. Those that fall compare with rivals that learned from many more games, or ask for what comes late: so many legal moves, or that two orders of moves are told apart. Edits and lines fall by rivals that write the moves in outright, or are picked by what they write. Those that hold throughout are about parts: trees that describe neurons, and one direction that says whose turn it is. Under each seed stands what was found, with its interval over games, and after the semicolon its control.

# %%
by_name = [{one.name: one for one in sister.claims} for sister in kin]
if any(of.keys() != by_name[0].keys() for of in by_name):
    raise RuntimeError("the sisters' reports are of different claims")
holds = {name: sum(not of[name].refuted for of in by_name) for name in by_name[0]}
say(
    f"{len(kin)} seeds",
    n_claims=len(holds),
    n_everywhere=sum(count == len(kin) for count in holds.values()),
    n_nowhere=sum(count == 0 for count in holds.values()),
)
rows = [
    (
        by_name[0][name].says,
        *(f"{of[name].value}; {of[name].control}" for of in by_name),
        count,
    )
    for name, count in holds.items()
]
seeds_named = [f"seed {one.seed}" for one in kin]
pd.DataFrame(rows, columns=["claim", *seeds_named, "holds in"]).style.hide(axis="index")

# %% [markdown]
# ## Details: at the same loss
#
# Is a sister's board what any network has that plays as well? The [run without help](emergence.py) was measured at many stages. Here it is where its excess loss was that of the sisters, between its stages.

# %%
stages = [stage for stage in emergence.record() if not stage.decayed]
losses = [float(stage.measures["excess"].mean) for stage in stages]
compared = {
    "illegal": ("illegal first choices", ".2%"),
    "cells": ("squares that are read", ".1%"),
    "boards": ("whole boards that are read", ".1%"),
    "mistakes left": ("mistakes that an edit leaves", ".0%"),
    "decoys": ("two orders, two positions: total variation", ".3f"),
    "other start": ("illegal from the other start", ".2%"),
}
mean_excess = float(np.mean([one.measures["excess"].mean for one in kin]))
rows = {}
for what, (words, form) in compared.items():
    values = [float(stage.measures[what].mean) for stage in stages]
    over = sisters.over_seeds([float(one.measures[what].mean) for one in kin])
    rows[words] = (
        f"{over:{form}}",
        f"{sisters.at_the_same(mean_excess, losses, values):{form}}",
    )
say(excess=mean_excess)
pd.DataFrame.from_dict(
    rows, orient="index", columns=["the sisters, over seeds", "the run without help"]
)

# %% [markdown]
# All at an excess loss of {num}`excess:.3f` nats a move.
#
# ## Details: how they were trained
#
# Each by `othello-gpt train --games 204800 --decay 102400 --batch 256 --seed SEED`, with the seeds of the figure. In it, next moves of eight other games help at each position, and games come in families that share an opening. What was measured is kept by `python -m othello_gpt.sisters FOLDER`. Weights are rounded to half precision, and everything was measured on the rounded ones.
#
# *Machinery: [`othello_gpt/sisters`](https://github.com/othello-gpt/othello_gpt/tree/main/othello_gpt/sisters). Before: [without help](plain.py). Next: [a transformer by hand](construction.py).*

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
# # Can we construct a network that does the same job?
#
# **Yes, weight by weight.** We wrote a transformer by hand, and it made no illegal first choice in {num}`exact[positions]:,d` positions of random games. As we know what is in it, it also tests the methods of this book. On the plain network most of them find what was written. On a crowded one, whose features share directions, several don't.

# %%
from itertools import pairwise

import numpy as np
import pandas as pd
import torch

from othello_gpt import construction, figures, game, interventions, neurons, probes
from othello_gpt.book_tools import claim, say
from othello_gpt.figures import Panel, Series, bars, curves, game_boards, grid
from othello_gpt.intervals import Interval, bootstrap, bootstrap_shares, wilson
from othello_gpt.model import REPORT_SEED, load_model, next_moves, predict
from othello_gpt.probes import TARGETS
from othello_gpt.yardsticks import (
    components_of,
    covariances,
    information,
    load_rival_probe,
    load_shallow,
    participation_ratio,
)

# %%
model, network = load_model(), construction.Construction(size=6)
at, board = network.layout, TARGETS["board"]
ridge = probes.fit_ridge(model, game.sample_moves(800, seed=1), [board])
shown = game.Games.sample(1, REPORT_SEED, first=100_000)
steps = np.linspace(0, at.context, len(ridge.sites) // 2 + 1).astype(int)
by_hand = construction.boards_held(network, shown, [network.sites[2 * s] for s in steps])[:, 0]
read = probes.outputs(ridge, model, shown.moves, "board")[::2, 0]
trained = (read[:, :, 2] - read[:, :, 0]).clip(-1, 1)

# %% alt="A held-out game beside two boards. In the hand-built network the board is complete after as many layers as there were moves; in the trained one a probe reads it within eight layers. A fourth board has the moves that the hand-built network predicts." mystnb={"figure": {"name": "fig-construction-game", "caption": "**One game in two networks.** By hand, each layer plays one move, so the board grows as one goes up. In the trained network a probe tells *mine* (blue), the side about to move, from *theirs*. The discs on top are the truth. The upper slider steps through the game, the lower one through the layers."}}
panels = [
    Panel("the game"),
    Panel("by hand", values=by_hand, scale="signed", limit=1, legal=False),
    Panel("trained", values=trained, scale="signed", limit=1, legal=False),
    Panel("hand's moves", values=next_moves(network, shown.moves[:, :-1])[0], discs=False),
]
names = [
    f"layer {hand} of {len(network.blocks)} / {layer} of 8" for layer, hand in enumerate(steps)
]
game_boards(shown.moves[0], panels, layers=names, at=14, layer=4)

# %% [markdown]
# ## The idea
#
# A transformer carries a list of numbers for each position, the *residual stream*. Each layer reads from it and adds to it. *Attention* copies between positions, and the units of an *MLP* each test one condition. Usually training decides what the numbers mean. Here we decide.
#
# We give each number one meaning. Some say which move was made. Some say which squares have a disc of the first player, and some do so for the second. Then the network plays the game again, one move in each layer:
#
# - **Fetch.** Attention copies the move from the position where it was made to all later ones.
# - **Place.** One unit for each square puts the disc there.
# - **Turn.** One unit for each line of discs. Take a move on E2 that closes in D3 with C4. The unit fires if E2 was fetched, the other side has D3 and the mover has C4. Then it hands D3 over.
#
# So the network needs as many layers as there are moves. Three more layers answer. They ask whose turn it is, find the empty squares that would close in a line, and give all of these the same chance.
#
# That makes {num}`layers` layers and a stream of {num}`width` numbers. None of the weights was trained. The details below have [the stream](construction-stream) and [one unit](construction-unit).

# %%
say(layers=len(network.blocks), width=at.width)

# %% [markdown]
# ## The experiment
#
# An examination is worth something if one can fail it. So the network sits it twice: as it was written, and with a single unit silenced. Each time, every board in every layer is compared with the rules. Then we look at the likeliest next move and ask whether it is legal.

# %% tags=["experiment"]
network = construction.Construction(size=6)  # nothing in it is trained
held_out = game.Games.sample(800, REPORT_SEED)
exact = construction.check_exactness(network, held_out)

# One unit of layer 4 hands D3 over if a move on E2 closes it in with C4.
unit = construction.unit_of(network, 4, "E2 closes in D3 with C4")
with construction.without(network, layer=4, units=unit):
    broken = construction.check_exactness(network, held_out[:200])

for name, sat in {"as written": exact, "one unit silenced": broken}.items():
    print(f"{name}: {sat.wrong:,} wrong cells, {sat.illegal} illegal first choices")

# %% [markdown]
# As it was written, the network has {num}`exact[wrong]` wrong cells on any board on the way. One silenced unit is noticed at once.

# %%
say(exact=vars(exact), broken=vars(broken), even=exact.unevenness == 0)
assert exact.illegal == exact.wrong == 0 < broken.wrong

# %% [markdown]
# ## The control: a board on which nothing is turned
#
# Could it be that legal moves are easy to guess? Then a bad board would do. So the same last layers get a worse board: all discs are where they were put, but none was ever turned over. That is a board which a network could have without understanding the game.

# %%
test = game.Games.sample(1000, REPORT_SEED)
seen = predict(model, test.moves)
unturned = construction.unturned_choices(network, test)
spoilt = {
    "as written": wilson(exact.spoilt, exact.games),
    "trained network": wilson((~seen.legal).any(1).sum(), len(test)),
    "one unit silenced": wilson(broken.spoilt, broken.games),
    "nothing turned": wilson((~unturned).any(1).sum(), len(test)),
}
say("games", spoilt=spoilt)

# %% alt="Bars of the share of games with an illegal first choice: none for the network as written, a few per cent for the trained network and for the hand-built one without one unit, all of them where no disc is turned." mystnb={"figure": {"name": "fig-construction-control", "caption": "**Only a right board gives right moves.** Games in which at least one first choice is illegal, with 95% intervals. The last three bars are what the first one is to be compared with."}}
bars(
    list(spoilt),
    {"games": Series.of(Interval.of([*spoilt.values()]))},
    x_title="games with an illegal first choice",
    x_format=".1%",
)

# %% [markdown]
# Without turned discs, an illegal choice comes up in {num}`spoilt[nothing turned]:.0%` of the games.

# %%
claim(
    "exact_by_hand",
    "A transformer written by hand never chooses an illegal move: games in which it does",
    spoilt["as written"],
    control=spoilt["nothing turned"],
    against="the same answer from a board on which no disc is turned",
    form=".2%",
    higher=False,
    aim=0.0,
    check=True,
)

# %% [markdown]
# ## Would our methods recognise it?
#
# Now forget how the network was made, and open it up like the trained one. This time there is an answer sheet.
#
# Probes pass. They find the discs of each player where they are written, and *mine* and *theirs* only from the layer on that asks whose turn it is. Decision trees pass too, and name the line that each unit was written for. [All of that](construction-probes) is below.

# %%
few, more = game.sample_moves(400, seed=2), game.sample_moves(1000, seed=3)
every_sixth = [*range(0, at.context - 1, 6), *range(at.context - 1, len(network.blocks))]
sites = [f"resid_post {layer}" for layer in every_sixth]
before_turn, turned, counted, final = sites[-4:]
targets = [TARGETS[name] for name in ("colour", "board", "empty", "legal_next")]
fits = {
    "ridge": probes.fit_ridge(network, few, targets, sites),
    "logistic": probes.fit_logistic(
        network, more, [board, TARGETS["legal_next"]], [turned, counted], 500
    ),
    "class means": probes.fit_means(network, few, [board], [turned]),
}

# %% [markdown]
# Edits are the hardest test. We turn one disc over inside the network, so that other moves become legal, and count the mistakes in its next moves. Along the numbers that we wrote there must be none. A step as long in a random direction must not help. The interesting ones are in between: edits along what a probe has found.

# %%
cases, dose = interventions.sample_cases(150, "flip", seed=REPORT_SEED), 0.2
written = construction.WriteBoard(at)
random_step = interventions.RandomStep((turned,))
edits = {
    "no edit": None,
    "random direction": interventions.LengthMatched(written, random_step),
    "written coordinates": written,
    "ridge, shortest way": interventions.MinimumNormEdit(fits["ridge"], (turned,), 1.0),
}
for name, fit in fits.items():
    edits[f"{name}, push"] = interventions.ActivationAddition(fit, (turned,), dose)
runs = {name: interventions.run_source(network, cases, edit) for name, edit in edits.items()}
scores = {n: interventions.score(x, runs["no edit"], cases) for n, x in runs.items()}
error = {name: score.intervals()["error"] for name, score in scores.items()}
say("150 positions", error=error, dose=dose)

# %% alt="Bars of the mistakes that edits of the hand-built network leave: none along the written coordinates and along the ridge probe's shortest way, more for pushes, most for a random direction and without an edit." mystnb={"figure": {"name": "fig-construction-edits", "caption": "**What a probe reads and where it points are two things.** Mistakes about the next moves after one disc was turned inside the network, on average over positions, with 95% intervals."}}
bars(
    list(error),
    {"error": Series.of(Interval.of([*error.values()]))},
    x_title="mistakes about what is legal",
    x_format=".2f",
)

# %% [markdown]
# Writing leaves {num}`error[written coordinates]:.2f` mistakes, and a random direction leaves most. So our way of counting has no floor of its own.

# %%
claim(
    "edits_what_is_known",
    "Edits of the hand-built network along the directions that were written: top-N error",
    error["written coordinates"],
    control=error["random direction"],
    against="a random direction of the same length",
    form=".2f",
    higher=False,
    aim=0.0,
    check=True,
)

# %% [markdown]
# The surprise is the logistic probe. It reads {num}`right[logistic]:.1%` of the squares correctly, yet a push along its directions leaves {num}`error[logistic, push]:.2f` mistakes. Reading well isn't pointing right. A ridge probe points nearly where we wrote, so the [interventions](interventions.py) prefer it.

# %%
right = {}
for name, fit in fits.items():
    cells = probes.accuracy(fit, network, test.moves[:100], [board])["board"].accuracy()
    right[name] = cells.at(fit.sites.index(turned))
say("100 games", right=right)

# %% [markdown]
# ## A harder examination: features that share directions
#
# The network so far was tidy, so we wrote it again in a *crowded* stream: {num}`crowd[features]` features at random directions in {num}`crowd[width]` dimensions, with a LayerNorm before each sublayer. It still makes [no illegal first choice and no mistake about any disc](construction-crowded). Yet of the edits along what probes find only the ridge's shortest way takes back {when}`crowded_half ? more than half : about half` of the mistakes.

# %%
crowded = construction.Crowded(size=6)  # nothing in it is trained either
there = crowded.layout
crowd = {"features": there.features, "width": there.width}
packed = construction.check_exactness(crowded, held_out[:300])
say(crowd=crowd, packed=vars(packed))
assert packed.illegal == packed.wrong == 0
crowded_fits = {
    "ridge": probes.fit_ridge(crowded, few, targets, sites[-4:]),
    "logistic": probes.fit_logistic(
        crowded, more[:700], [board, TARGETS["legal_next"]], [turned, counted], 350
    ),
    "class means": probes.fit_means(crowded, few, [board], [turned]),
}

# %%
others = interventions.sample_cases(80, "flip", seed=7)  # doses are chosen on these
unedited = {len(some): interventions.run_source(crowded, some) for some in (others, cases)}


def mistakes(edit, some):
    edited = interventions.run_source(crowded, some, edit)
    return interventions.score(edited, unedited[len(some)], some).intervals()["error"]


def best(kind, fit, doses):
    tried = [kind(crowded_fits[fit], (turned,), dose) for dose in doses]
    return min(tried, key=lambda edit: mistakes(edit, others).mean)


# %%
rewritten = construction.WriteCrowded(there)
crowded_edits = {
    "no edit": None,
    "random direction": interventions.LengthMatched(rewritten, random_step),
    "written coordinates": rewritten,
    "ridge, shortest way": best(interventions.MinimumNormEdit, "ridge", (1, 1.5, 2, 2.5)),
}
fit = crowded_fits["ridge"]
crowded_edits["whole board"] = best(interventions.Rewrite, "ridge", (0.5, 1.0, 1.5, 2.0, 2.5, 3.0))
crowded_edits["gradient"] = min(
    (interventions.Descend(fit, (turned,), step, scale=8.0) for step in (0.003, 0.01, 0.03, 0.1)),
    key=lambda edit: mistakes(edit, others).mean,
)
crowded_edits["beside legality"] = min(
    (
        interventions.BesideLegal(interventions.Rewrite(fit, (turned,), step), fit)
        for step in (0.5, 0.75, 1.0, 1.5)
    ),
    key=lambda edit: mistakes(edit, others).mean,
)
for name in crowded_fits:
    crowded_edits[f"{name}, push"] = best(interventions.ActivationAddition, name, (0.02, 0.05, 0.1))
crowded_error = {name: mistakes(edit, cases) for name, edit in crowded_edits.items()}
works = crowded_error["ridge, shortest way"]
assert works.mean < 0.6 * crowded_error["no edit"].mean  # about half, as the words have it
assert crowded_error["beside legality"].high > 0.8 * crowded_error["no edit"].low  # nothing
assert all(crowded_error[f"{name}, push"].mean > works.mean for name in crowded_fits)
say("150 positions", crowded_error=crowded_error)
say(crowded_half=bool(works.high < crowded_error["no edit"].low / 2))
say(crowded_dose=crowded_edits["ridge, shortest way"].dose)
say(crowded_whole_dose=crowded_edits["whole board"].dose)
assert (
    crowded_error["gradient"].high > crowded_error["no edit"].mean
)  # nothing, as the words have it

# %% alt="Bars of the mistakes that edits leave in the plain and the crowded network. What was written leaves none in either. The shortest way by the ridge leaves none in the plain network and some in the crowded one. Pushes leave few or some in the plain network, and nearly all in the crowded one." mystnb={"figure": {"name": "fig-construction-crowded", "caption": "**The same edits in both networks.** Mistakes about the next moves after one disc was turned, with 95% intervals. In the crowded network the doses of the probes' edits were chosen on other positions."}}
bars(
    list(error),
    {
        "plain": Series.of(Interval.of([*error.values()])),
        "crowded": Series.of(Interval.of([crowded_error[name] for name in error])),
    },
    x_title="mistakes about what is legal",
    x_format=".2f",
)

# %% [markdown]
# ## Our answer on the trained network's board
#
# One more thing can be done with layers that answer exactly, given a board. We can graft them onto the trained network. A probe reads its board, and our layers answer in place of all its layers above.

# %%
chosen = game.sample_moves(300, seed=8)  # nothing is reported on these
site = ridge.sites[probes.accuracy(ridge, model, chosen)["board"].best()]
probe = probes.fit_logistic(model, game.sample_moves(3000, seed=1), [board], [site])
grafted = construction.graft(network, model, probe, site, test)
shallow, _ = load_shallow()
of_rival = construction.graft(network, shallow, load_rival_probe(shallow), *shallow.sites, test)
legality = {
    "trained layers": seen.legal,
    "hard": grafted.hard,
    "soft": grafted.soft,
    "unturned": unturned,
    "shallow rival": of_rival.hard,
    "soft shallow rival": of_rival.soft,
}
illegal = {name: bootstrap(1 - legal.mean(1)) for name, legal in legality.items()}
boards_of_rivals = [name for name in illegal if "rival" in name or name == "unturned"]
nearest = min(boards_of_rivals, key=lambda name: illegal[name].mean)
assert nearest != "unturned"  # as the words have it
say("1,000 games", illegal=illegal, site=site, rivals_board=illegal[nearest])
unseen = {name: bootstrap(1 - legal[:, 11:].mean(1)) for name, legal in legality.items()}
grafted_times = bootstrap(
    np.stack([1 - grafted.soft.mean(1), 1 - seen.legal.mean(1)], 1),
    statistic=lambda means: means[:, 0] / means[:, 1],
)
say("1,000 games", grafted_times=grafted_times)
unseen_rival = min((unseen[name] for name in boards_of_rivals), key=lambda one: one.low)

# %% [markdown]
# In the *soft* version a square may be partly mine and partly theirs, as far as the probe is in doubt. Its first choice is illegal in {num}`illegal[soft]:.2%` of the positions, against {num}`illegal[trained layers]:.2%` with the network's own layers. On the board that is read from a [shallow rival](yardsticks.py) it is {num}`rivals_board:.1%`. Cut to a plain board it errs in {num}`illegal[hard]:.2%`. So that board, with its doubts, is most of what is needed.

# %%
claim(
    "half_and_half",
    "Hand-written rules on the trained model's own board rarely choose an illegal move",
    illegal["soft"],
    control=illegal[nearest],
    against=f"the same rules on the best of three boards of rivals: {nearest}",
    form=".2%",
    higher=False,
    ratio=2,
    unseen=(unseen["soft"], unseen_rival),
)

# %% [markdown]
# ## What this doesn't show
#
# - **Not that the trained network works this way.** It has eight layers and can't play one move in each. What it does instead isn't known.
# - **Not that our methods are right about it.** In the crowded network they miss things that are there. A trained one may crowd its features in other ways.
# - **Not how few layers would do.** Guessing all moves at once and correcting the guesses [needs fewer rounds than moves](construction-depth).
# - **Not that it predicts best.** All legal moves get the same chance, which [these games](games.py) don't give them.
# - **Not exactness for all games.** That was sampled: by the interval, up to {num}`exact_by_hand.high:.1%` of games might have an illegal choice. On a board of 4x4 the tests go through every game.
#
# ## What we learned
#
# - A transformer can play Othello without an error. {num}`layers` layers of simple units are enough, one for each move and three to answer.
# - Our methods find what is there, if it is written plainly. They fail where reading is taken for writing, and miss much where features share directions.
# - The trained network's board and two written layers rarely choose an illegal move.
#
# ## Try it yourself
#
# 1. The last layer is called *cut*. Silence all of its units. Does the network now choose illegal moves?
# 2. Build the network for a board of 4x4. How many layers has it, and is it exact?
# 3. Silence a unit that plays into the corner. In which layers does it matter?
#
# ### Answer: without cut
#
# It doesn't. A square that closes in several lines is counted several times, and *cut* takes that back. Without it all first choices stay legal, but legal moves no longer have the same chance: the likeliest gets up to {num}`most_uneven:.0f` times its share.

# %%
with construction.without(network, layer=at.context + 2, units=slice(None)):
    uncut = construction.check_exactness(network, held_out[:50])
say(uncut=vars(uncut), most_uneven=1 + uncut.unevenness)

# %% [markdown]
# ### Answer: a smaller board
#
# It has {num}`small_layers` layers, one for each of the moves that it is told and three to answer. In {num}`small[positions]:,d` positions {num}`small[illegal]` choices are illegal and {num}`small[wrong]` cells wrong.

# %%
small = construction.Construction(size=4)
small_exact = construction.check_exactness(small, game.Games.sample(300, seed=1, size=4))
say(small=vars(small_exact), small_layers=len(small.blocks))

# %% [markdown]
# ### Answer: in the corner
#
# In later ones. Take a move on A1 that closes in B2 with C3. In layer 4 its unit is never used, as none of the {num}`corner[4][games]` games is there so early: without it {num}`corner[4][wrong]` cells are wrong. Without the one in layer 12, {num}`corner[12][wrong]:,d` are wrong and {num}`corner[12][illegal]` choices illegal.

# %%
corner = {}
for layer in (4, 12):
    unit = construction.unit_of(network, layer, "A1 closes in B2 with C3")
    with construction.without(network, layer=layer, units=unit):
        corner[layer] = construction.check_exactness(network, held_out[:200])
say(corner={layer: vars(sat) for layer, sat in corner.items()})

# %% [markdown]
# (construction-stream)=
# ## Details: what is where in the stream
#
# Attention, MLPs with ReLU and a residual stream, without LayerNorm: a family that [TransformerLens](https://github.com/TransformerLensOrg/TransformerLens) boots. The games have no passes, so the parity of a position says who moves. Every coordinate of the stream has one meaning, and the numbers in it are 0 and 1.

# %%
parts = {
    "move": "which move this position brings; at the end, the legal next moves",
    "position": "which position this is",
    "first": "squares with a disc of the first player; at the end, of mine",
    "second": "squares with a disc of the second player; at the end, of theirs",
    "fetched": "the move that is being played",
}
sizes = {name: getattr(at, name).stop - getattr(at, name).start for name in parts}
pd.DataFrame({"coordinates": sizes, "meaning": parts})

# %% [markdown]
# Layer t plays move t, at all positions that have seen it.
#
# - Its one *head* attends to position t, whatever the query. The key is the position's coordinate times 1000, so that the softmax is exactly 1 there and exactly 0 elsewhere. It copies `move` to `fetched`.
# - *Place* units put the disc and clear `fetched`.
# - *Flip* units, one for each square, direction and length of a run, test three things: this square was fetched, a run of the other side's discs lies beside it, a disc of the mover closes it. They turn the run over.
# - *Spend* units erase `move` at position t, now that it is played. So positions before t, which can't see t, fetch nothing: all that they can attend to has been erased.
#
# Three more layers answer. *Turn* swaps first and second where the second player moves next: mine and theirs. *Count* units, for the same lines again, find the runs that an empty square would close in. A square may close in several, and legal squares shall get equal logits, so *cut* units take away what is above 1.

# %%
kinds = pd.DataFrame([pd.Series([u.kind for u in us]).value_counts() for us in network.units])
kinds.index = [f"layer {i}" for i in range(len(network.units))]
kinds = kinds.fillna(0).astype(int)
parameters = sum(p.numel() for p in network.parameters())
say(lines=len(construction.lines_through()), flip=kinds["flip"].iloc[0], parameters=parameters)
kinds.iloc[[0, 1, *range(at.context - 1, len(kinds))]]

# %% [markdown]
# On 6x6 there are {num}`lines` ways to lay a line from a square over a run to the disc that closes it, {num}`flip` of them from a square that can be played. That makes {num}`parameters:,d` parameters, nearly all of them 0.
#
# (construction-unit)=
# ## Details: the wiring of one unit
#
# Rows of the weight matrices, laid out as boards.

# %%
diagonal = construction.unit_of(network, 0, "B1 closes in C2, D3, E4 with F5")
wiring = construction.wiring(network, 0, diagonal)
say(bias=network.units[0][diagonal].bias)

# %% alt="Weights of one unit on five boards: it reads the move B1, discs of the second player on C2, D3 and E4 and a disc of the first on F5, and writes the three discs from second to first." mystnb={"figure": {"name": "fig-construction-unit", "caption": "**One unit, one line.** It reads what is blue and is held back by what is red. It fires if all that it reads is there, and only then."}}
grid(np.ma.stack([*wiring.values()]), list(wiring), limit=1, quantity="weight", columns=2)

# %% [markdown]
# Five conditions and a bias of {num}`bias:.0f`: the unit gives 1 if all five hold, else 0. The tests try every state of the squares that a unit reads, for every unit.
#
# ## Details: the same network in TransformerLens
#
# TransformerLens runs this very network: logits of all positions and the stream at each of its sites are {when}`same ? equal to the last bit : not equal` over {num}`same_positions:,d` positions, and so are the next moves after an edit.

# %% tags=["remove-output"]
bridge = construction.to_transformer_lens(network)
some = torch.from_numpy(game.Games.sample(50, seed=4).tokens)
bridged = interventions.run_bridge(bridge, cases[:40], written)
same = not construction.differing(network, bridge, some)
same &= torch.equal(bridged, runs["written coordinates"][:40])
say(same=same, same_positions=some.numel())

# %% [markdown]
# ## Details: what exact means, and what would be better
#
# At position i, the stream after layer t must hold the board after the first t + 1 of the moves that it has seen. Over {num}`exact[positions]:,d` positions of {num}`exact[games]` games, compared with the rules on bitboards:
#
# - {num}`exact[illegal]` first choices are illegal. As far as sampling can tell, there is one in fewer than {num}`exact_by_hand.high:.2%` of all games, with 95% confidence. The games are counted and not the positions, as positions of one game aren't independent.
# - At most {num}`exact[illegal_mass]:.0e` of probability is on illegal moves.
# - The chances of legal moves are {when}`even ? equal to the last bit : not quite equal`.
# - {num}`exact[wrong]` cells are wrong among {num}`exact[cells]:,d` at all sites.
#
# A million positions are a benchmark among the tests. With one unit silenced, {num}`broken[games]` games show {num}`broken[wrong]:,d` wrong cells and {num}`broken[illegal]` illegal choices.
#
# Exactly uniform over legal moves is not the best that one can say. In these games [nobody ever passes](games.py), and who knows that can tell moves apart. A player who follows the rules and no more loses minus the log of the share of random games without a pass, spread over the predicted moves.

# %%
share = game.survival()[0]
floor = game.log_choices(test.moves)[:, 1:].sum(1) + np.log(share)
excess = {
    "hand-built": float(-np.log(share) / at.context),
    "trained": bootstrap((seen.nll.sum(1) - floor) / at.context),
}
say("1,000 games", excess=excess)

# %% [markdown]
# That is {num}`excess[hand-built]:.4f` nats a move above the entropy floor for the hand-built network, and {num}`excess[trained]:.4f` for the trained one, which may do better or worse than that.
#
# (construction-probes)=
# ## Details: do probes find the board?
#
# What must come out: *colour*, which player's disc it is, grows layer by layer until the last move has been played. Then it gives way to *mine and theirs* at the *turn*. *Legal next* is there after *count* and *cut*. Before the turn, mine and theirs are *not* linear in the stream: they are colour times parity.

# %%
tallies = probes.accuracy(fits["ridge"], network, test.moves[:200], targets)
found = {name: tally.accuracy() for name, tally in tallies.items()}
labels = ["before turn", "turned", "counted", "final"]
reads = {
    name: {label: one.at(i - 4) for i, label in enumerate(labels)} for name, one in found.items()
}
say("200 games", reads=reads)

# %% alt="Cells read correctly from the hand-built network by layer: colour rises to one at layer 30 and falls at the turn, mine and theirs jump to one there, legal next comes last." mystnb={"figure": {"name": "fig-construction-probes", "caption": "**Each is found where it was written.** Share of cells that ridge probes read correctly in the hand-built network, after each layer."}}
curves(
    every_sixth,
    {name.replace("_", " "): Series.of(one) for name, one in found.items()},
    x_title="layer",
    y_title="cells right",
    y_format=".0%",
    markers=True,
)

# %% [markdown]
# After the last move's layer, colour is read in {num}`reads[colour][before turn]:.2%` of the cells and mine and theirs in {num}`reads[board][before turn]:.1%`. One layer up mine and theirs are read in {num}`reads[board][turned]:.2%`. So the probes can tell a network that keeps black and white from one that keeps mine and theirs, which is what the [probes chapter](probes.py) concludes about the trained one.
#
# What is *not yet computed*, legal next at the turn, the probe still "reads" in {num}`reads[legal_next][turned]:.1%` of the cells. Most cells are not legal, and some of the rest can be guessed from the board. It is in that light that high numbers for legal moves must be seen.
#
# After *count* it is all there: legal is where the count isn't 0. Least squares aims at 1 there, though the count may be anything up to 8, and is thresholded at a half. It gets {num}`reads[legal_next][counted]:.3%`. Logistic regression gets {num}`logistic_counted:.3%`.

# %%
by_logistic = probes.accuracy(fits["logistic"], network, test.moves[:200])["legal_next"].accuracy()
say(logistic_counted=by_logistic.mean[1])
assert reads["board"]["before turn"].high < 0.9 < reads["board"]["turned"].low
assert by_logistic.mean[1] >= reads["legal_next"]["counted"].mean

# %% [markdown]
# ## Details: do probes find the directions?
#
# At the turn, the direction from theirs to mine is known for each square: one coordinate up, another one down. How close do three fits come to it?

# %%
known = construction.written_directions(at)
cosines = {
    name: (fit.directions("board", turned, "mine", "theirs") * known).sum(1).numpy()
    for name, fit in fits.items()
}
cosine = {name: game.over_orbits(by, np.arange(36)) for name, by in cosines.items()}
say("orbits of squares", cosine=cosine)
assert cosine["ridge"].low > max(cosine["class means"].high, cosine["logistic"].high)

# %% alt="Cosine for each square between the written direction and those of ridge, logistic regression and class means." mystnb={"figure": {"name": "fig-construction-cosines", "caption": "**The ridge points nearly where we wrote, the logistic probe doesn't.** Cosine between a probe's direction and the written one, for each square."}}
grid(
    np.stack(list(cosines.values())),
    list(cosines),
    limit=1,
    quantity="cosine",
    numbers=True,
    columns=3,
)

# %% [markdown]
# The mean cosine is {num}`cosine[ridge]:.3f` for the ridge, {num}`cosine[class means]:.3f` for the difference of class means and {num}`cosine[logistic]:.3f` for logistic regression. That is a failure worth knowing, for they read {num}`right[ridge]:.2%`, {num}`right[class means]:.2%` and {num}`right[logistic]:.2%` of the cells right. How well a probe reads says little about where it points.
#
# - The *logistic regression* finds classes that can be separated perfectly, and then any direction that does so is as good as another. Which one it ends with depends on its optimiser. Ours takes a few steps of Adam in whitened coordinates; run longer, it might end elsewhere.
# - *Class means*: the network writes its squares in orthogonal directions, but neighbouring discs go together in games, so the mean of a class carries its neighbours along. That they show where a network writes is true only up to the correlations of the game. The same goes for cosines between squares.
# - The *ridge*, which takes the shortest weights that do, comes closest.
#
# ## Details: every edit
#
# One disc is turned in the stream, at the turn, such that the legal set changes. What is counted are the errors among the top N moves. Without an edit there are {num}`error[no edit]:.2f`, for a step of the same length in a random direction {num}`error[random direction]:.2f`.
#
# Of the probes' edits, the ridge's shortest way to the wanted readings leaves {num}`error[ridge, shortest way]:.2f`. Pushes by {num}`dose:.0%` of the stream's length (one dose for all, not tuned) leave {num}`error[ridge, push]:.2f` along the ridge's directions, {num}`error[class means, push]:.2f` along the class means' and {num}`error[logistic, push]:.2f` along the logistic regression's. So what an edit of the trained model leaves as an error is due to the directions, the dose or the model.
#
# ## Details: do trees and rules find the units?
#
# The units of *count* are known: each is for one line. The trees of the [neurons chapter](neurons.py) are fitted to their outputs on the board's squares, and its search for rules has to name the line.

# %%
replay = test[:400].replay
((_, stream),) = probes.activations(network, replay, [f"resid_mid {at.context + 1}"])
units, mlp = network.units[at.context + 1], network.blocks[at.context + 1].mlp
outputs = mlp["in"](stream).relu()[:, : len(units)].numpy()
asked = neurons.features(replay)
asked = asked.reshape(-1, asked.shape[-1])
half = len(outputs) // 2
often = np.flatnonzero((outputs[:half] > 0).sum(0) >= 50)
trees = neurons.fit_trees(asked[:half], outputs[:half, often])
r_squared = neurons.r_squared(outputs[half:, often], trees.predict(asked[half:]))

# %% [markdown]
# A rule is right if it holds, on other games, in just those positions in which its unit fires.

# %%
hold = neurons.line_holds(asked)
rules = neurons.find_rules(outputs[:half, often], hold[:half], layer=at.context + 1)
column = {line: i for i, line in enumerate(neurons.lines_through())}
named = [
    np.array_equal(
        hold[half:, [column[line] for line in rule.lines]].any(1),
        outputs[half:, often[rule.neuron]] > 0,
    )
    for rule in rules
]
pd.Series([str(rule) for rule in rules[:4]], [str(units[often[r.neuron]].line) for r in rules[:4]])

# %% [markdown]
# Of the {num}`often` units that fire often enough to be learned about, {num}`trees_good:.1%` have a tree with an $R^2$ above 0.7 on other games (median {num}`tree_r2:.3f`). For {num}`rules_right:.1%` of them the search for rules gives a rule that holds in just those positions of other games in which the unit fires: the line that was written, in fewer words where only one length of run fits.

# %%
good = wilson((r_squared > 0.7).sum(), len(often))
named = wilson(np.sum(named), len(often))
say("units", trees_good=good, rules_right=named, tree_r2=np.median(r_squared), often=len(often))
assert good.low > 0.9 < named.low

# %% [markdown]
# *Direct attribution*, what a unit adds to each logit by its own weights, names the move of the unit's line, as that is what was written. It doesn't tell the whole story. Where a move closes in several lines, *cut* takes all but one of these contributions back. Only {num}`alone:.0%` of the times that a unit fires it is alone in naming its move; the other times, silencing it changes nothing at all.

# %%
names_square = np.eye(36)[[unit.line.square for unit in units]]
count = (outputs @ names_square) @ names_square.T  # how many units name the same move
say(alone=(count[outputs > 0] == 1).mean())

# %% [markdown]
# (construction-crowded)=
# ## Details: the crowded network
#
# The features are those of the plain stream, and three kinds more: legal moves, parity and *one*, which is always there. Each has a direction; how the dimensions are shared:
#
# - *A square has one dimension* in which the first player's disc points one way and the second's the other. Boards fill all {num}`squares` of these, so if every square is to be read by a linear readout without error, there can't be fewer.
# - *Positions, moves and fetched moves* are one-hot. Each kind has room for {num}`room` dimensions, less than half of what it has features. Their directions began at random and moved apart. Where one is there, another one of its kind is read as at most {num}`interference:.2f`.
# - *Legal moves* use these three rooms once they are empty.
# - A random matrix then mixes all of that. The cosine of two squares' directions is {num}`sharing[mean]:.2f` on average, and up to {num}`sharing[most]:.2f`. So what reads a square isn't what writes it: their cosine is {num}`sharing[read]:.2f`.
# - Along one more dimension nothing is ever written, so that the mean is 0. Along another one there is always the same.
#
# *LayerNorm* divides by a length that changes from board to board, by up to {num}`longest:.0%` at the final site. Therefore a unit is a pair of ReLUs whose difference is a step. Its threshold is a multiple of *one*, so it is scaled as all else is. What the unit writes is 0 or 1 whatever the scale and the interference, as long as the right side of the threshold is read. What attention copies does depend on the scale; it is used once and leaves a little behind.
#
# Over {num}`packed[positions]:,d` positions {num}`packed[illegal]` first choices are illegal and {num}`packed[wrong]` of {num}`packed[cells]:,d` cells are wrong. But legal moves no longer have the same chance: one has up to {num}`packed_uneven:.1f` times its share. With fewer dimensions, units can be misled:

# %%
trial = held_out[:100]
narrow = {room: construction.Crowded(6, room) for room in (5, 6, 7, 8, 9)}
sat = {room: construction.check_exactness(one, trial) for room, one in narrow.items()} | {
    there.room: packed
}
widths = pd.DataFrame(
    {
        "dimensions": {room: construction.CrowdedLayout(6, room).width for room in sat},
        "games": {room: one.games for room, one in sat.items()},
        "with an illegal choice": {room: one.spoilt for room, one in sat.items()},
        "wrong cells": {room: one.wrong for room, one in sat.items()},
    }
)
widths.index.name = "room"
widths

# %%
to = torch.nn.functional.normalize(there.directions[there.first], dim=1)
fro = torch.nn.functional.normalize(there.readings[there.first], dim=1)
shared = (to @ to.T)[~torch.eye(len(to), dtype=torch.bool)].abs()
sharing = {"mean": shared.mean(), "most": shared.max(), "read": (to * fro).sum(1).mean()}
((_, last_stream),) = probes.activations(crowded, trial.replay, [final])
lengths = last_stream.norm(dim=1)
say(sharing=sharing, squares=36, room=there.room, interference=max(there.interference.values()))
say(longest=lengths.max() / lengths.min() - 1, packed_uneven=1 + packed.unevenness)

# %% [markdown]
# **Probes.** At the turn the ridge reads {num}`crowded_right[ridge]:.1%` of the cells, class means {num}`crowded_right[class means]:.1%` and logistic regression {num}`crowded_right[logistic]:.1%`, though every disc is there and can be read off without error. Least squares has to say *empty* by a line through a dimension in which empty lies between mine and theirs: in {num}`about_empty:.1%` of the cells that the ridge misreads, the square is empty or is said to be. So a probe that reads a board badly doesn't show that the board is bad. What the probes say about *which* board is there still holds. Before the turn they read colour in {num}`crowded_reads[colour]:.1%` of the cells and mine and theirs in {num}`crowded_reads[board]:.1%`. *Legal next*, not yet computed at the turn, is "read" in {num}`crowded_reads[legal_next]:.1%`.
#
# The mean cosine with the written direction is {num}`crowded_cosine[ridge]:.2f` for the ridge, {num}`crowded_cosine[class means]:.2f` for class means and {num}`crowded_cosine[logistic]:.2f` for logistic regression. With the direction that *reads* without error, it is {num}`reading_cosine[ridge]:.2f` for the ridge and {num}`reading_cosine[class means]:.2f` for class means. So where features share directions, class means show better where is written and the ridge how to read.

# %%
crowded_tallies = probes.accuracy(crowded_fits["ridge"], crowded, test.moves[:100], targets)
crowded_reads = {
    name: tally.accuracy().at(1 if name == "legal_next" else 0)
    for name, tally in crowded_tallies.items()
}
crowded_right, crowded_cosine, reading_cosine = {}, {}, {}
for name, fit in crowded_fits.items():
    cells = probes.accuracy(fit, crowded, test.moves[:100], [board])["board"].accuracy()
    crowded_right[name] = cells.at(fit.sites.index(turned))
    points = fit.directions("board", turned, "mine", "theirs").double()
    by_way = ((points * way).sum(1).numpy() for way in (to, fro))
    crowded_cosine[name], reading_cosine[name] = (
        game.over_orbits(of, np.arange(36)) for of in by_way
    )
said = probes.outputs(crowded_fits["ridge"], crowded, test.moves[:100], "board")[1].argmax(2)
truly = board.labels(game.Games(test.moves[:100]).replay)
about_empty = ((said == 1) | (truly == 1))[said != truly].mean()
say("100 games", crowded_right=crowded_right, crowded_reads=crowded_reads)
say(about_empty=about_empty)
say("orbits of squares", crowded_cosine=crowded_cosine, reading_cosine=reading_cosine)
assert crowded_right["ridge"].high < right["ridge"].low
assert crowded_reads["board"].high < crowded_reads["colour"].low

# %% [markdown]
# **Edits.** Without an edit there are {num}`crowded_error[no edit]:.2f` mistakes. Along what was written none is left ({num}`crowded_error[written coordinates]:.2f`). The ridge's shortest way leaves {num}`crowded_error[ridge, shortest way]:.2f` at its best dose, {num}`crowded_dose:.1f` times the way that its readings ask for. The best push leaves {num}`crowded_error[class means, push]:.2f` (class means), {num}`crowded_error[ridge, push]:.2f` (ridge) or {num}`crowded_error[logistic, push]:.2f` (logistic). The whole board, which is the book's own edit, leaves {num}`crowded_error[whole board]:.2f`, at {num}`crowded_whole_dose:.1f` times the way; a gradient {num}`crowded_error[gradient]:.2f`, so it does nothing. Along none of the directions that the ridge has for legality, {num}`crowded_error[beside legality]:.2f` are left: next to no effect, though only the board is used here. A random direction of the same length leaves {num}`crowded_error[random direction]:.2f`, more than no edit at all: it pushes many units over their thresholds. So an edit that works is evidence; one that fails isn't evidence that the board isn't used.
#
# **Trees and rules.** Neurons are now read through LayerNorm. And no neuron can test for an empty square, so *count* says a line is there whether or not its square is empty, and two *veto* units take it back.

# %%
((_, stream),) = probes.activations(crowded, replay, [f"resid_mid {at.context + 1}"])
block, units = crowded.blocks[at.context + 1], crowded.units[at.context + 1]
lines = [unit.line for unit in units if unit.kind == "count"]
fires = block.mlp["in"](block.ln_2(stream)).relu()[:, : len(lines)].numpy()
seen_often = np.flatnonzero((fires[:half] > 0).sum(0) >= 50)
crowded_trees = neurons.fit_trees(asked[:half], fires[:half, seen_often])
crowded_r2 = neurons.r_squared(fires[half:, seen_often], crowded_trees.predict(asked[half:]))
crowded_rules = neurons.find_rules(fires[:half, seen_often], hold[:half], layer=at.context + 1)

# %%
same_line, exactly = [], []
for rule in crowded_rules:
    line, on = lines[seen_often[rule.neuron]], fires[half:, seen_often[rule.neuron]] > 0
    found_lines = [(one.square, *neurons.line_squares(one)) for one in rule.lines if one.run]
    same_line.append((line.square, *line.run, line.end) in found_lines)
    exactly.append(np.array_equal(hold[half:, [column[one] for one in rule.lines]].any(1), on))
say(
    "units",
    crowded_trees_good=wilson((crowded_r2 > 0.7).sum(), len(seen_often)),
    crowded_line=wilson(sum(same_line), len(seen_often)),
    crowded_rules_right=wilson(sum(exactly), len(seen_often)),
    crowded_f1=np.median([rule.f1 for rule in crowded_rules]),
)

# %% [markdown]
# Trees pass: {num}`crowded_trees_good:.1%` have an $R^2$ above 0.7 on other games. The search for rules names the line that was written for {num}`crowded_line:.1%` of the units, but its rule holds in just those positions in which the unit fires for only {num}`crowded_rules_right:.1%`. All rules that it knows say that a square is empty, and these units don't ask. The median F1 is {num}`crowded_f1:.2f`, which tells that something is amiss.
#
# **Direct effects.** What does a unit's output add to each square's logit, if no layer came after? The direction that it writes, times the unembedding, says so.

# %%
direct = (block.mlp["out"].weight[:, : len(lines)].T @ crowded.lm_head.weight.T).numpy()
own = game.token_of_square()[[line.square for line in lines]]
units_own = np.arange(len(lines)), own
aside = direct.copy()
aside[units_own] = 0
several = (fires[half:] > 0) @ (own[:, None] == np.unique(own)).astype(float)  # lines of a square
say(
    crowded_direct=(direct.argmax(1) == own).mean(),
    crowded_aside=np.abs(aside).max() / direct[units_own].min(),
    crowded_several=(several > 1).sum() / (several > 0).sum(),
)

# %% [markdown]
# For {num}`crowded_direct:.0%` of the *count* units it is their own square that gains most, and any other changes by at most {num}`crowded_aside:.1%` of that. So direct effects find what was written. They don't see what a later layer does with it: where several lines tell the same move, in {num}`crowded_several:.0%` of the squares for which there is one, their effects add up, and *cut* takes the rest back.
#
# **A hidden layer, and bits.** With a hidden layer on top of the logistic regression, as in [probes](probes.py), {num}`held[hidden layer]:.0%` of the boards at the turn are read without an error. The regression alone reads {num}`held[linear]:.0%`. All of them are there. Before the turn, where mine and theirs aren't computed yet, the hidden layer reads {num}`not_yet[hidden layer]:.0%` of the cells and the regression {num}`not_yet[linear]:.0%`. So such a reader finds most of what a linear one misses, and computes little by itself. Of the {num}`to_tell:.1f` bits that there are about the squares, the regression tells {num}`told[linear]:.0%` and the hidden layer {num}`told[hidden layer]:.0%`. Both are lower bounds, as they should be. And fitted to discs that were never turned, a probe reads {num}`hand_carried[turned]:.0%` of those turned an odd number of times, as it must where a disc has one direction. Before the turn, where only who placed it goes with mine and theirs, it reads {num}`hand_carried[before]:.0%`.

# %%
before = probes.fit_logistic(crowded, more[:700], [board], [before_turn], 350)
readers = {turned: crowded_fits["logistic"], before_turn: before}
held, not_yet, told = {}, {}, {}
for when, linear in readers.items():
    hidden = probes.fit_mlp(crowded, more[:700], linear, board, when)
    for name, fit in {"linear": linear, "hidden layer": hidden}.items():
        tally = probes.accuracy(fit, crowded, test.moves[:100], [board])["board"]
        spot = fit.sites.index(when)
        if when == turned:
            held[name] = tally.whole_board().at(spot)
            knows = information(fit, crowded, test.moves[:100])
            told[name] = knows.read().at(spot).mean / knows.entropy.mean()
        else:
            not_yet[name] = tally.accuracy().at(spot)
say("100 games", held=held, not_yet=not_yet)
hand_carried = {
    name: probes.carried_over(crowded, when, game.Games(more[:400]), test[:100]).at(1)
    for name, when in (("turned", turned), ("before", before_turn))
}
say("100 games", hand_carried=hand_carried)
assert hand_carried["before"].high < 0.5 < 0.99 < hand_carried["turned"].low
say(told=told, to_tell=knows.entropy.mean())
assert held["linear"].high < held["hidden layer"].low  # as the words have it

# %% [markdown]
# **Dimensions.** At the turn a board is written along {num}`squares` directions, and the parity along one. {num}`needed` principal components hold {num}`nearly_all:.1%` of the variance, which is right, and {num}`most_held` hold {num}`most_of_it:.0%`. The participation ratio is {num}`ratio:.1f`: it counts directions by how much varies along them, and squares don't vary alike. So it can be half of what is in use.

# %%
spread = covariances(crowded, more[:300], [turned])[0]
needed, most_held = (components_of(share, spread) for share in (0.999, 0.9))
say(needed=needed, most_held=most_held, ratio=participation_ratio(spread))
say(nearly_all=0.999, most_of_it=0.9)
assert abs(needed - (36 + 1)) <= 1  # as the words have it

# %% [markdown]
# **Trees in place of units.** All units of *count* and *veto* are replaced by trees that ask about the board, as in [neurons](neurons.py). Is the network still right, and is it wrong with trees that are shown another game's board, or with means?

# %%
as_gpt, counting = construction.as_gpt(crowded), at.context + 1


def steps_of(games):
    """What the units of *count* put out, each the difference of two ReLUs, and the boards."""
    pairs = [
        [*neurons.neuron_outputs(as_gpt, torch.from_numpy(some.tokens))][counting].flatten(0, 1)
        for some in games.batches(50)
    ]
    up, down = torch.cat(pairs).chunk(2, -1)
    said = neurons.features(games.replay)
    return (up - down).numpy(), said.reshape(-1, said.shape[-1])


learned, those_boards = steps_of(game.Games.sample(400, seed=5))
own_steps, new_boards = steps_of(test[:80])
by_tree = neurons.fit_trees(those_boards, learned).predict(new_boards)
stand_ins = {
    "trees": by_tree,
    "other boards": neurons.other_boards(by_tree),
    "means": np.broadcast_to(learned.mean(0), own_steps.shape),
}
own_choices, put_in = predict(as_gpt, test.moves[:80]), {}
for name, steps_put in stand_ins.items():
    whole = np.hstack([steps_put, np.zeros_like(steps_put)]).astype(np.float32)
    edit = {counting: neurons.replacement(whole)}
    costs = neurons.effect(as_gpt, test.moves[:80], edit, own_choices)
    put_in[name] = bootstrap(costs["illegal"])
say("80 games", put_in=put_in)
say(replaced_units=own_steps.shape[1])
assert put_in["trees"].high < min(put_in["other boards"].low, put_in["means"].low) / 10

# %% [markdown]
# With trees in place of all {num}`replaced_units` units, {num}`put_in[trees]:.1%` of the first choices become illegal. With trees that are shown another board it is {num}`put_in[other boards]:.0%`, with means {num}`put_in[means]:.0%`. So the test recognises a description that holds.
#
# **Silence.** The *count* units of half of the squares are set to their means, as the promoters are in [neurons](neurons.py). The log-probability of the moves that they name changes by {num}`hand_falls[named]:+.1f` nats, that of other legal moves by {num}`hand_falls[others]:+.1f`. Dampers of legal moves there are none.

# %%
up_means = torch.from_numpy(learned.mean(0)[: len(lines)])
named_square = np.array([line.square for line in lines])
half_of_squares = np.random.default_rng(0).permutation(36)[:18]
hushed = np.flatnonzero(np.isin(named_square, half_of_squares))


def hush(x):
    x, pairs_in_layer = x.clone(), x.shape[-1] // 2
    x[..., hushed], x[..., hushed + pairs_in_layer] = up_means[hushed], 0.0
    return x


now_legal = TARGETS["legal_next"].labels(test[:80].replay) == 1
is_named = np.isin(np.arange(36), half_of_squares) & now_legal
unhushed = next_moves(as_gpt, test.moves[:80, :-1])
with neurons.with_outputs(as_gpt, {counting: hush}):
    falls = neurons.change_of_named(
        unhushed, next_moves(as_gpt, test.moves[:80, :-1]), is_named, now_legal
    )
hand_falls = dict(zip(("named", "others", "gap"), map(falls.at, range(3)), strict=True))
say("80 games", hand_falls=hand_falls)
assert hand_falls["gap"].high < 0

# %% [markdown]
#
# ## Details: half and half
#
# On a board where no disc is ever turned, the same rules err in {num}`illegal[unturned]:.0%` of the positions. On the board that is read from the shallow rival they err in {num}`illegal[shallow rival]:.1%` if each square is what the probe thinks likeliest, and in {num}`illegal[soft shallow rival]:.1%` if the probe's doubts are kept.
#
# The hand-written *count* and *cut* are exact, given the board. A logistic probe at the trained model's best site, {num}`site`, gives the board, and the two hand-written layers give the moves, in place of all the trained layers above. In the *hard* version each cell is what the probe thinks likeliest. In the *soft* one it is as much mine or theirs as the probe thinks probable, through the very same weights.
#
# The probe reads {num}`boards_right:.1%` of the boards without an error. On the soft board there are {num}`grafted_times:.1f` times as many illegal choices as with the network's own layers. First choices are illegal in {num}`illegal[trained layers]:.2%` of the positions with the trained layers, {num}`illegal[hard]:.2%` with the hand-written ones on the hard board and {num}`illegal[soft]:.2%` on the soft board.

# %%
wrong = grafted.misread
bins = np.stack([wrong == n for n in range(6)] + [wrong > 5], -1)
tints = {"trained layers": figures.MODEL, "hard": figures.THEIRS, "soft": figures.MINE}
lines = {
    name: Series.of(
        bootstrap_shares((bins & ~legality[name][..., None]).sum(1), bins.sum(1)), colour=tint
    )
    for name, tint in tints.items()
}

# %% alt="Share of illegal first choices against the number of cells that the probe gets wrong, for the trained layers and the hand-written ones on hard and soft boards: on the hard board the hand-written ones are without error where no cell is misread." mystnb={"figure": {"name": "fig-construction-misread", "caption": "**All errors of the hand-written layers are misread cells.** Illegal first choices by how many cells the probe gets wrong."}}
curves(
    ["none", "1", "2", "3", "4", "5", "more"],
    lines,
    x_title="cells misread",
    y_title="illegal first choices",
    y_format=".1%",
    markers=True,
)

# %%
given = {
    name: {"wrong": 1 - legal[wrong > 0].mean(), "right": 1 - legal[wrong == 0].mean()}
    for name, legal in legality.items()
}
boards_right = bootstrap((wrong == 0).mean(1))
stumbles = given["trained layers"]["wrong"] > given["trained layers"]["right"]
say("1,000 games", given=given, boards_right=boards_right, stumbles=stumbles)

# %% [markdown]
# Where the probe's board is right, the hand-written layers choose an illegal move in {num}`given[hard][right]:.2%` of the positions, so all their errors are the probe's. The illegal share is the share of misread boards times {num}`given[hard][wrong]:.1%`, as a misread cell often doesn't matter for the first choice.
#
# On the same misread boards the trained layers are illegal in {num}`given[trained layers][wrong]:.2%`. That needn't mean that they know more than can be read here: on the soft board, from the same probe, the hand-written layers are illegal in {num}`given[soft][wrong]:.2%`. Where the probe is right, the trained layers are illegal in {num}`given[trained layers][right]:.2%`. So they err {when}`stumbles ? more : less` often where the probe errs: they {when}`stumbles ? stumble : don't stumble` over the same boards.
#
# (construction-depth)=
# ## Details: how few layers?
#
# The hand-built network needs a layer for each move since each move is played on the board that the last one left. The trained one makes do with eight. Must one go move by move? A guess can be refined everywhere at once. Pretend that no disc was ever turned, work out what each move turns on the boards that this gives, and again. Each round takes a fixed number of layers, and after r rounds at least the first r moves are right.

# %%
many = game.Games.sample(3000, seed=6)
truth = many.replay.after_first[:, :-1]
off = [game.count(guess[:, :-1] ^ truth) for guess in construction.guesses(many)]
cells_right = [1 - one.mean() / 36 for one in off]
late = [1 - one[:, -6:].mean() / 36 for one in off]
needed = construction.rounds(many)[:, :-1]
probe_right = 1 - wrong.mean() / 36
mean, last, most = needed.mean(), needed[:, -1].mean(), needed.max()
say(rounds={"mean": mean, "last": last, "most": most}, within_eight=(needed <= 8).mean())
say(cells_after_eight=cells_right[8], probe_cells=probe_right, less_than_half=mean < 16 / 2)

# %% alt="Cells right after each round of guessing, over all positions and over the last six, against what the probe reads in the trained model." mystnb={"figure": {"name": "fig-construction-rounds", "caption": "**Rounds of guessing get there before moves do.** Cells right after each round, beside what a probe reads in the trained model."}}
curves(
    np.arange(len(cells_right)),
    {"all positions": Series(cells_right), "the last six": Series(late, dash="dash")},
    x_title="rounds",
    y_title="cells right",
    y_format=".0%",
    reference={"trained model, probe": float(probe_right)},
)

# %% [markdown]
# A board hangs on a chain of {num}`rounds[mean]:.1f` moves on average ({num}`rounds[last]:.1f` before the last move, {num}`rounds[most]` at most in these games), {when}`less_than_half ? less : not less` than half of the moves made. Eight rounds get {num}`within_eight:.0%` of the boards and {num}`cells_after_eight:.1%` of the cells; a probe reads {num}`probe_cells:.1%` of the cells in the trained model.
#
# Does the trained model find those boards hard that take many rounds? Here are positions after 19 to 23 moves, so that it isn't just the time.

# %%
here = slice(18, 23)
of_test = construction.rounds(test)[:, here]
edges = [0, 6, 7, 8, 9, 10, 11, 99]
bins = np.stack([(of_test > a) & (of_test <= b) for a, b in pairwise(edges)], -1)
read_right = (wrong[:, here] == 0)[..., None]
by_rounds = bootstrap_shares((bins & read_right).sum(1), bins.sum(1))
shallow, deep = by_rounds.at(0), by_rounds.at(-1)
say("1,000 games", shallow=shallow, deep=deep, deep_is_harder=deep.high < shallow.low)

# %% alt="Share of whole boards that the probe reads correctly in the trained model against the rounds that the position takes, after 19 to 23 moves." mystnb={"figure": {"name": "fig-construction-deep", "caption": "**Are boards that take many rounds harder to read?** Whole boards read correctly in the trained model, after 19 to 23 moves."}}
curves(
    ["up to 6", "7", "8", "9", "10", "11", "more"],
    {"whole board read": Series.of(by_rounds, colour=figures.MODEL)},
    x_title="rounds of guessing that the board takes",
    y_title="boards right",
    y_format=".0%",
)

# %% [markdown]
# {num}`shallow:.0%` of the boards that take up to six rounds are read without an error, and {num}`deep:.0%` of those that take more than eleven. The deep ones are {when}`deep_is_harder ? harder : not clearly harder`. That doesn't prove that the model works in rounds: deep positions also have had more discs turned.
#
# **What is known.** {num}`layers` layers suffice, exactly: one for each move and three to answer. *Turn* could be saved by doubling *count*, and *cut* by one unit for every set of runs. Rounds of guessing would do with fewer rounds than moves, if with more units. With no bound on the width the question is empty: a few layers can hold a table of all games. In theory, what a transformer of fixed depth and moderate width and precision computes lies in the circuit class TC⁰ {cite}`merrill2023`, and shortcuts exist for many automata {cite}`liu2023`.
#
# **What isn't.** We know of no lower bound for Othello at a given width, of no proof that replaying it is outside TC⁰, and not what the eight trained layers do; only that they aren't exact.
#
# *Machinery: [`othello_gpt.construction`](api/construction.md). Before: [is it impressive?](yardsticks.py)*

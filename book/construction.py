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
# # Can one write such a network down, and would our methods recognise it?
#
# **Yes, weight by weight, and most methods do.** The network written by hand makes no illegal first choice in {glue:text}`positions:,` held-out positions. What is in it is known, so our methods can be tested on it. Writing along the known directions leaves {glue:text}`error_written_coordinates:.2f` mistakes. A push along those of a logistic probe leaves {glue:text}`error_logistic_push:.2f`: reading well isn't pointing right.
#
# Below, two networks follow the same game. The first was written by hand: each layer plays one move, so its board grows as one goes up. In the trained one, a probe says which discs are *mine* (blue) and *theirs*. The discs on top are the truth. The upper slider steps through the game, the lower one through the layers of both.

# %%
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from myst_nb import glue

from othello_gpt import construction, figures, game, interventions, neurons, probes
from othello_gpt.book_tools import claim, glue_interval
from othello_gpt.construction import Construction, to_transformer_lens
from othello_gpt.figures import Panel, Series, bars, curves, game_boards, grid
from othello_gpt.intervals import Interval, bootstrap, bootstrap_shares, wilson
from othello_gpt.model import HELD_OUT_SEED, load_model, next_moves, predict
from othello_gpt.probes import TARGETS

# %%
np.set_printoptions(legacy="1.25")  # glue formats what a number prints as
model, network = load_model(), Construction(size=6)
at, board = network.layout, TARGETS["board"]
train = game.sample_moves(800, seed=1)
ridge = probes.fit_ridge(model, train, [board])

# %%
shown = game.sample_moves(1, HELD_OUT_SEED, first=100_000)
tokens = torch.from_numpy(game.token_of_square()[shown[:, :-1]])
trained_sites = [s for s in ridge.sites if "mid" not in s]
steps = np.linspace(0, at.context, len(trained_sites)).astype(int)
streams = torch.stack(list(network.residual_stream(tokens)))[2 * steps, 0]
first_minus_second = (streams[..., at.first] - streams[..., at.second]).numpy()
by_hand = first_minus_second * np.where(np.arange(at.context) % 2, 1, -1)[:, None]
read = probes.outputs(ridge, model, shown, "board")[::2, 0]
trained = (read[:, :, 2] - read[:, :, 0]).clip(-1, 1)

# %%
names = [f"layer {h} of {len(network.blocks)} / {t} of 8" for t, h in enumerate(steps)]
panels = [
    Panel("the game"),
    Panel("by hand", values=by_hand, scale="signed", limit=1, legal=False),
    Panel("trained", values=trained, scale="signed", limit=1, legal=False),
    Panel("hand's moves", values=next_moves(network, shown[:, :-1])[0], discs=False),
]
alt = "A held-out game beside the board in the hand-built network, complete after as many layers as moves, the board that a probe reads in the trained one, and the moves that the hand-built one predicts."
game_boards(shown[0], panels, layers=names, at=14, layer=4, alt=alt)

# %% [markdown]
# *Mine* are the discs of the side about to move.
#
# ## How it is made
#
# Attention, MLPs and a residual stream, with ReLU, without LayerNorm: a family that [TransformerLens](https://github.com/TransformerLensOrg/TransformerLens) boots. The games have no passes, so the parity of a position says who moves. Every coordinate of the stream has one meaning, and the numbers in it are 0 and 1.

# %%
parts = {
    "move": "which move this position brings; at the end, the legal next moves",
    "position": "which position this is",
    "first": "squares with a disc of the first player; at the end, of mine",
    "second": "squares with a disc of the second player; at the end, of theirs",
    "fetched": "the move that is being played",
}
sizes = {name: getattr(at, name).stop - getattr(at, name).start for name in parts}
glue("width", at.width, display=False)
assert sum(sizes.values()) == at.width
pd.DataFrame({"coordinates": sizes, "meaning": parts})

# %% [markdown]
# Layer t plays move t, at all positions that have seen it.
#
# - Its one *head* attends to position t, whatever the query: the key is the position's coordinate, times 1000, so that the softmax is exactly 1 there and exactly 0 elsewhere. It copies `move` to `fetched`.
# - *Place* units put the disc and clear `fetched`.
# - *Flip* units, one per (square, direction, run length), test: this square fetched, a run of the other side's discs, closed by a disc of the mover. They turn the run over.
# - *Spend* units erase `move` at position t, now that it is played. So positions before t, which can't see t, fetch nothing: all that they can attend to has been erased.
#
# Three more layers answer. *Turn* swaps first and second where the second player moves next: mine and theirs. *Count* units, the same patterns again, find the runs that an empty square would close in. A square may close in several, and legal squares shall get equal logits, so *cut* units take away what is above 1.

# %%
every = construction.layers()
kinds = pd.DataFrame([pd.Series([u.kind for u in layer]).value_counts() for layer in every])
kinds.index = [f"layer {i}" for i in range(len(every))]
lines = construction.runs_through()
glue("layers", len(every), display=False)
glue("patterns", len(lines), display=False)
glue("flip_units", sum(u.kind == "flip" for u in every[0]), display=False)
glue("parameters", sum(p.numel() for p in network.parameters()), display=False)
kinds = kinds.fillna(0).astype(int)
kinds.iloc[[0, 1, at.context - 1, *range(at.context, len(every))]]

# %% [markdown]
# On 6x6 there are {glue:text}`patterns` ways to lay a line from a square over a run to the disc that closes it, {glue:text}`flip_units` of them from a square that can be played. That makes {glue:text}`layers` layers, a stream of {glue:text}`width` coordinates and {glue:text}`parameters:,` parameters, nearly all of them 0.
#
# ### The wiring of one unit
#
# Rows of the weight matrices, laid out as boards. The unit reads what is blue and is held back by what is red; it fires if all it reads is there, and only then.

# %%
pattern = next(
    p for p in lines if (p.square, p.end) == (game.square_id("B1"), game.square_id("F5"))
)
row = [unit.pattern for unit in every[0]].index(pattern)
into, out = network.blocks[0].mlp["in"], network.blocks[0].mlp["out"]
reads, writes = into.weight[row].numpy(), out.weight[:, row].numpy()
move = np.ma.masked_all(36)
move[at.playable] = reads[at.fetched]
wiring = [move, reads[at.first], reads[at.second], writes[at.first], writes[at.second]]
glue("bias", into.bias[row].item(), display=False)
titles = ["reads: fetched move", "reads: first", "reads: second", "writes: first", "writes: second"]
alt = "Weights of one unit on five boards: it reads the move B1, discs of the second player on C2, D3 and E4 and a disc of the first on F5, and writes the three discs from second to first."
grid(np.ma.stack(wiring), titles, limit=1, quantity="weight", columns=2, alt=alt)

# %% [markdown]
# Five conditions, a bias of {glue:text}`bias:.0f`: the unit gives 1 if all five hold, else 0. (The tests try every state of the squares that a unit reads, for every unit.)
#
# ## Is it exact?
#
# First, that TransformerLens runs this very network: logits of all positions and the stream at each of its sites must be *equal*, not merely close (the next cell asserts it over {glue:text}`same_positions:,` positions). Then held-out games, against the bitboards of `rules`. Counted are illegal first choices and wrong cells of any board on the way: at position i, the stream after layer t must hold the board after the first t + 1 of the moves that it has seen.

# %% tags=["remove-output"]
bridge = to_transformer_lens(network)
some = torch.from_numpy(game.token_of_square()[game.sample_moves(50, seed=4)])[:, :-1]
logits, cache = bridge.run_with_cache(some, names_filter=lambda name: "hook_resid" in name)
assert torch.equal(logits, network(some))
for site, x in zip(network.sites, network.residual_stream(some), strict=True):
    kind, layer = site.split()
    assert torch.equal(cache[f"blocks.{layer}.hook_{kind}"], x)
glue("same_positions", some.numel(), display=False)

# %%
held_out = game.sample_moves(800, HELD_OUT_SEED)
exact = construction.check_exactness(network, held_out)
assert exact.illegal == exact.wrong == 0
assert exact.illegal_mass < 1e-6
assert exact.unevenness < 1e-3
even = f"to within {exact.unevenness:.0e}" if exact.unevenness else "to the last bit"
glue("evenness", even, display=False)
for name in ("games", "positions", "illegal", "illegal_mass", "wrong", "cells"):
    glue(name, getattr(exact, name), display=False)
never_spoilt = wilson(exact.spoilt, exact.games)  # of games: positions of one aren't independent
glue("spoilt_high", never_spoilt.high, display=False)
exact

# %% [markdown]
# {glue:text}`positions:,` positions of {glue:text}`games` games: {glue:text}`illegal` illegal first choices (so, as far as sampling can tell, an illegal one in fewer than {glue:text}`spoilt_high:.2%` of all games, with 95% confidence), at most {glue:text}`illegal_mass:.0e` of probability on illegal moves, legal moves equal {glue:text}`evenness`, and {glue:text}`wrong` wrong ones among {glue:text}`cells:,` cells at all sites. (A million positions are a [benchmark](https://github.com/othello-gpt/othello_gpt/blob/main/tests/benchmarks/test_bench_construction.py); on 4x4 the tests go through every game.)
#
# Would the examination have noticed a mistake? Take away one unit of layer 4, the one that turns over D3 for a move on E2 closed in by C4:

# %% tags=["experiment"]
near = next(p for p in lines if (p.square, p.end) == (game.square_id("E2"), game.square_id("C4")))
row = [unit.pattern for unit in every[4]].index(near)
weight = network.blocks[4].mlp["out"].weight
kept, weight[:, row] = weight[:, row].clone(), 0
broken = construction.check_exactness(network, held_out[:200])
glue("broken_games", broken.games, display=False)
weight[:, row] = kept
glue("broken_cells", broken.wrong, display=False)
glue("broken_illegal", broken.illegal, display=False)
assert broken.wrong > 0

# %% [markdown]
# {glue:text}`broken_games` games then show {glue:text}`broken_cells:,` wrong cells and {glue:text}`broken_illegal:,` illegal moves.
#
# **It isn't perfect.** Exactly uniform over legal moves is not the best that one can say: in these games [nobody ever passes](games.py), and who knows that can tell moves apart. A player who follows the rules and no more loses minus the log of the share of random games without a pass, spread over the predicted moves. The trained model may do better, or not:

# %%
test = game.sample_moves(1000, HELD_OUT_SEED)
seen = predict(model, test)
share = game.survival()[0]
naive_excess = -np.log(share) / at.context
floor = game.log_choices(test)[:, 1:].sum(1) + np.log(share)
glue("naive_excess", float(naive_excess), display=False)
glue_interval("trained_excess", bootstrap((seen.nll.sum(1) - floor) / at.context))

# %% [markdown]
# {glue:text}`naive_excess:.4f` nats a move above the entropy floor for the hand-built network, {glue:text}`trained_excess_mean:.4f` ({glue:text}`trained_excess_low:.4f` to {glue:text}`trained_excess_high:.4f`) for the trained one.
#
# ## The positive control
#
# Now the other way round. Forget how the network was made, apply the methods of this book to it, and see whether they find what is known to be there.
#
# ### Do probes find the board?
#
# What must come out: *colour* (which player's disc) grows layer by layer until the last move has been played, then gives way to *mine and theirs* at the *turn*; *legal next* is there after *count* and *cut*. Before the turn, mine and theirs are *not* linear in the stream: they are colour times parity.

# %%
targets = [TARGETS[name] for name in ("colour", "board", "empty", "legal_next")]
few = game.sample_moves(400, seed=2)
sites = [
    f"resid_post {i}" for i in (*range(0, at.context - 1, 6), *range(at.context - 1, len(every)))
]
found = probes.fit_ridge(network, few, targets, sites)
tallies = probes.accuracy(found, network, test[:200], targets)
series = {}
for target in targets:
    share = tallies[target.name].accuracy()
    series[target.name.replace("_", " ")] = Series.of(share)
alt = "Cells read correctly from the hand-built network by layer: colour rises to one at layer 30 and falls at the turn, mine and theirs jump to one there, legal next comes last."
depth = [int(site.split()[1]) for site in sites]
curves(depth, series, x_title="layer", y_title="cells right", y_format=".0%", markers=True, alt=alt)

# %%
before_turn, turned, counted, final = sites[-4:]
score = {
    (name, site): tally.accuracy().at(i)
    for name, tally in tallies.items()
    for i, site in enumerate(sites)
}
done = ("colour", before_turn), ("board", turned), ("legal_next", final)
assert all(score[key].mean == 1 for key in done)
assert score["board", before_turn].high < 0.9

# %%
for name, key in {
    "colour_done": ("colour", before_turn),
    "board_before": ("board", before_turn),
    "board_turned": ("board", turned),
    "legal_turned": ("legal_next", turned),
    "legal_counted": ("legal_next", counted),
    "legal_final": ("legal_next", final),
}.items():
    glue(name, score[key].mean, display=False)
    glue_interval(name, score[key])

# %% [markdown]
# They come out so. After the last move's layer colour is read in {glue:text}`colour_done:.2%` of the cells and mine and theirs in {glue:text}`board_before:.1%` ({glue:text}`board_before_low:.1%` to {glue:text}`board_before_high:.1%`); one layer up mine and theirs in {glue:text}`board_turned:.2%`. So the probes can tell a network that keeps black and white from one that keeps mine and theirs, which is what the [probes chapter](probes.py) concludes about the trained one. What is *not yet computed*, legal next at the turn, the probe still "reads" in {glue:text}`legal_turned:.1%` ({glue:text}`legal_turned_low:.1%` to {glue:text}`legal_turned_high:.1%`) of the cells: most cells are not legal and some of the rest can be guessed from the board. It is in that light that high numbers for legal moves must be seen.
#
# After *count* it is all there: legal is where the count isn't 0. Least squares aims at 1 there, though the count may be anything up to 8, and is thresholded at a half; it gets {glue:text}`legal_counted:.3%`.

# %%
# One pass for this and for the directions below.
logistic = probes.fit_logistic(
    network,
    game.sample_moves(1000, seed=3),
    [board, TARGETS["legal_next"]],
    [turned, counted],
    500,
)
by_logistic = probes.accuracy(logistic, network, test[:200])["legal_next"].accuracy()
glue("logistic_counted", float(by_logistic.mean[1]), display=False)
assert by_logistic.mean[1] >= score["legal_next", counted].mean > 0.999

# %% [markdown]
# Logistic regression gets {glue:text}`logistic_counted:.3%`.
#
# ### Do probes find the directions?
#
# At the turn, the direction from theirs to mine is known for each square: one coordinate up, another one down. Cosines of what three fits say with what was written:

# %%
means = probes.fit_means(network, few, [board], [turned])
fits = {"ridge": found, "logistic": logistic, "class means": means}
written = torch.zeros(36, at.width)
cell = torch.arange(36)
written[cell, at.first.start + cell], written[cell, at.second.start + cell] = 0.5**0.5, -(0.5**0.5)
cosine = {
    name: (fit.directions("board", turned, "mine", "theirs") * written).sum(1).numpy()
    for name, fit in fits.items()
}
for name, c in cosine.items():
    seen_at = probes.accuracy(fits[name], network, test[:100], [board])["board"].accuracy()
    share, short = seen_at.at(fits[name].sites.index(turned)), name.split()[-1]
    glue_interval(f"cosine_{short}", bootstrap(c))  # over squares
    glue(f"right_{short}", share.mean, display=False)
    glue_interval(f"right_{short}", share)

# %%
assert cosine["ridge"].mean() > 0.95 > cosine["class means"].mean() > cosine["logistic"].mean()

# %%
alt = "Cosine per square between the written direction and those of ridge, logistic regression and class means."
grid(
    np.stack(list(cosine.values())),
    list(cosine),
    limit=1,
    quantity="cosine",
    numbers=True,
    columns=3,
    alt=alt,
)

# %% [markdown]
# On average {glue:text}`cosine_ridge_mean:.3f` for the ridge ({glue:text}`cosine_ridge_low:.3f` to {glue:text}`cosine_ridge_high:.3f`, over squares), {glue:text}`cosine_means_mean:.3f` ({glue:text}`cosine_means_low:.3f` to {glue:text}`cosine_means_high:.3f`) for the difference of class means, {glue:text}`cosine_logistic_mean:.3f` ({glue:text}`cosine_logistic_low:.3f` to {glue:text}`cosine_logistic_high:.3f`) for the logistic regression. That is a failure worth knowing, for they read {glue:text}`right_ridge:.2%`, {glue:text}`right_means:.2%` and {glue:text}`right_logistic:.2%` of the cells right: how well a probe reads says little about where it points.
#
# - The *logistic regression* finds classes that can be separated perfectly, and then any direction that does so is as good as another: which one it ends with depends on its optimiser. Ours takes a few steps of Adam in whitened coordinates; run longer, it might end elsewhere. A probe that reads well need not point where the network writes.
# - *Class means*: the network writes its squares in orthogonal directions, but neighbouring discs go together in games, so the mean of a class carries its neighbours along. That they show where a network writes is true only up to the correlations of the game; the same goes for cosines between squares.
# - The *ridge*, which takes the shortest weights that do, comes closest.
#
# ### Do interventions work?
#
# Flip one disc in the stream, at the turn, such that the legal set changes; count the errors among the top N moves. With the written coordinates the error must be 0. With the probes' directions it need not be.

# %%
cases = interventions.sample_cases(150, "flip", seed=5)


class Written:
    """Write the edited board into the very coordinates that hold it."""

    sites = (turned,)

    def __call__(self, site, x, before, after):
        x = x.clone()
        x[:, at.first], x[:, at.second] = (after == 2).float(), (after == 0).float()
        return x


# %% tags=["experiment"]
dose = 0.2
shortest = interventions.MinimumNormEdit(fits["ridge"], (turned,), 1.0)
edits = {"written coordinates": Written(), "ridge, shortest way": shortest}
edits |= {
    f"{n}, push": interventions.ActivationAddition(fit, (turned,), dose) for n, fit in fits.items()
}
glue("push_dose", dose, display=False)
edits["random direction"] = interventions.LengthMatched(
    Written(), interventions.RandomStep((turned,))
)
runs = {"no edit": interventions.run_source(network, cases)}
runs |= {name: interventions.run_source(network, cases, edit) for name, edit in edits.items()}
errors = {
    name: interventions.score(logits, runs["no edit"], cases).intervals()["error"]
    for name, logits in runs.items()
}

# %%
bridged = interventions.run_bridge(bridge, cases[:40], Written())
assert torch.equal(bridged, runs["written coordinates"][:40])
assert errors["written coordinates"].high == 0 < errors["random direction"].low
for name, error in errors.items():
    glue("error_" + name.replace(",", "").replace(" ", "_"), error.mean, display=False)
    glue_interval("error_" + name.replace(",", "").replace(" ", "_"), error)
alt = "Top-N error of edits of the hand-built network: zero for the written coordinates, with the unedited network and a random direction as controls."
bars(
    list(errors),
    {"error": Series.of(Interval.of([*errors.values()]))},
    x_title="top-N error",
    x_format=".2f",
    alt=alt,
)

# %%
claim(
    "edits_what_is_known",
    "Edits of the hand-built network along the directions that were written: top-N error",
    errors["written coordinates"],
    control=errors["random direction"],
    against="a random direction of the same length",
    form=".2f",
    higher=False,
    aim=0.0,
)

# %% [markdown]
# {glue:text}`error_written_coordinates:.2f`, against {glue:text}`error_no_edit_mean:.2f` ({glue:text}`error_no_edit_low:.2f` to {glue:text}`error_no_edit_high:.2f`) without an edit and {glue:text}`error_random_direction_mean:.2f` ({glue:text}`error_random_direction_low:.2f` to {glue:text}`error_random_direction_high:.2f`) for a step of the same length in a random direction. Of the probes' edits, the ridge's shortest way to the wanted readings leaves {glue:text}`error_ridge_shortest_way_mean:.2f` ({glue:text}`error_ridge_shortest_way_low:.2f` to {glue:text}`error_ridge_shortest_way_high:.2f`); pushes by {glue:text}`push_dose:.0%` of the stream's length (one dose for all, not tuned) leave {glue:text}`error_ridge_push_mean:.2f` ({glue:text}`error_ridge_push_low:.2f` to {glue:text}`error_ridge_push_high:.2f`) along the ridge's directions, {glue:text}`error_class_means_push_mean:.2f` ({glue:text}`error_class_means_push_low:.2f` to {glue:text}`error_class_means_push_high:.2f`) along the class means' and {glue:text}`error_logistic_push_mean:.2f` ({glue:text}`error_logistic_push_low:.2f` to {glue:text}`error_logistic_push_high:.2f`) along the logistic regression's. So the metric has no floor of its own: what an edit of the trained model leaves as an error is due to the directions, the dose or the model.
#
# ### Do trees and rules find the units?
#
# The units of *count* are known: each is one pattern. The trees of the neurons chapter are fitted to their outputs on the board's squares, and its search for rules has to name the pattern.

# %%
replay = game.replay(test[:400])
((_, stream),) = probes.activations(network, replay, [f"resid_mid {at.context + 1}"])
units = construction.count_units(at)
block = network.blocks[at.context + 1].mlp
outputs = block["in"](stream).relu()[:, : len(units)].numpy()
asked = neurons.features(replay)
half = len(outputs) // 2
asked = asked.reshape(-1, asked.shape[-1])
often = np.flatnonzero((outputs[:half] > 0).sum(0) >= 50)
trees = neurons.fit_trees(asked[:half], outputs[:half, often])
fit = neurons.r_squared(outputs[half:, often], trees.predict(asked[half:]))

# %%
hold = neurons.line_holds(asked)
named = neurons.find_rules(outputs[:half, often], hold[:half], layer=at.context + 1)
column = {pattern: i for i, pattern in enumerate(neurons.lines_through())}
right = [
    np.array_equal(
        hold[half:, [column[p] for p in rule.patterns]].any(1),
        outputs[half:, often[rule.neuron]] > 0,
    )
    for rule in named
]

# %%
glue("tree_units", len(often), display=False)
glue("tree_r2", float(np.median(fit)), display=False)
glue_interval("tree_good", wilson((fit > 0.7).sum(), len(often)))
glue_interval("rules_right", wilson(np.sum(right), len(often)))  # over units
assert np.median(fit) > 0.99
assert np.mean(right) > 0.9
pd.Series([str(rule) for rule in named[:4]], [f"unit {often[r.neuron]}" for r in named[:4]])

# %% [markdown]
# Of the {glue:text}`tree_units` units that fire often enough to be learned about, {glue:text}`tree_good_mean:.1%` ({glue:text}`tree_good_low:.1%` to {glue:text}`tree_good_high:.1%`) have a tree with an $R^2$ above 0.7 on other games (median {glue:text}`tree_r2:.3f`), and for {glue:text}`rules_right_mean:.1%` ({glue:text}`rules_right_low:.1%` to {glue:text}`rules_right_high:.1%`) of them the search for rules gives a rule that holds in just those positions of other games in which the unit fires: the pattern that was written, in fewer words where only one length of run fits.
#
# *Direct attribution*, what a unit adds to each logit by its own weights, must name the one move of the pattern:

# %%
direct = network.unembed.weight @ block["out"].weight[:, : len(units)]
tokens_of = game.token_of_square()[[unit.pattern.square for unit in units]]
assert (direct.argmax(0).numpy() == tokens_of).all()
assert ((direct != 0).sum(0) == 1).all()

# %% [markdown]
# It does, for every unit. It doesn't tell the whole story: where a move closes in several runs, *cut* takes all but one of these contributions back. A sum of direct effects over *count* alone overstates such moves.
#
# ## Half and half
#
# The hand-written *count* and *cut* are exact, given the board. So put them on the trained model: a logistic probe at its best site gives the board, the two hand-written layers the moves, in place of all the trained layers above. In the *hard* version each cell is what the probe thinks likeliest; in the *soft* one it is as much mine or theirs as the probe thinks probable, through the very same weights.

# %%
chosen = game.sample_moves(300, seed=8)  # nothing is reported on these
site = ridge.sites[probes.accuracy(ridge, model, chosen)["board"].best()]
glue("site", site, display=False)
probe = probes.fit_logistic(model, game.sample_moves(3000, seed=1), [board], [site])

# %%
truth = board.labels(game.replay(test))
can = torch.from_numpy(game.legal_tokens(test)[:, 1:])
hard, soft, wrong = [], [], []
for part in np.array_split(np.arange(len(test)), 6):
    replay = game.replay(test[part])
    ((_, x),) = probes.activations(model, replay, [site])
    p = probe.logits("board", site, x).softmax(1).unflatten(0, (len(part), -1))
    is_best = (p == p.max(2, keepdim=True).values).float()
    hard.append(network.moves_from_board(is_best[:, :, 2], is_best[:, :, 0]))
    soft.append(network.moves_from_board(p[:, :, 2], p[:, :, 0]))
    wrong.append((p.argmax(2).numpy() != truth[part]).sum(-1))
wrong = np.concatenate(wrong)
# The control: a board on which no disc is ever turned.
unflipped = torch.from_numpy(probes.board(probes.flips_ignored(game.replay(test))))
never = network.moves_from_board((unflipped == 2).float(), (unflipped == 0).float())

# %%
legality = {"trained layers": seen.legal}
for name, logits in (
    ("hand-written, hard", torch.cat(hard)),
    ("hand-written, soft", torch.cat(soft)),
    ("hand-written, unturned", never),
):
    legality[name] = can.gather(-1, logits.argmax(-1, keepdim=True))[..., 0].numpy()

# %%
first_choice = {
    name: bootstrap_shares((~x).sum(1), np.full(len(x), x.shape[1])) for name, x in legality.items()
}
for name, share in first_choice.items():
    glue("illegal_" + name.split()[-1], float(share.mean), display=False)
    glue_interval("illegal_" + name.split()[-1], share)
glue_interval("boards_right", bootstrap((wrong == 0).mean(1)))
assert legality["hand-written, hard"][wrong == 0].all()

# %%
unturned = first_choice["hand-written, unturned"]
assert first_choice["hand-written, hard"].high < unturned.low
claim(
    "exact_by_hand",
    "A transformer written by hand never chooses an illegal move: games in which it does",
    never_spoilt,
    control=wilson((~legality["hand-written, unturned"]).any(1).sum(), len(test)),
    against="the same answer from a board on which no disc is turned",
    form=".2%",
    higher=False,
    aim=0.0,
)

# %%
claim(
    "half_and_half",
    "Hand-written rules on the trained model's own board rarely choose an illegal move",
    first_choice["hand-written, soft"],
    control=unturned,
    against="the same rules on a board on which no disc is turned",
    form=".2%",
    higher=False,
)

# %% [markdown]
# At {glue:text}`site` the probe reads {glue:text}`boards_right_mean:.1%` ({glue:text}`boards_right_low:.1%` to {glue:text}`boards_right_high:.1%`) of the boards without an error. First choices are illegal in {glue:text}`illegal_layers:.2%` ({glue:text}`illegal_layers_low:.2%` to {glue:text}`illegal_layers_high:.2%`) of the positions with the trained layers, {glue:text}`illegal_hard:.2%` ({glue:text}`illegal_hard_low:.2%` to {glue:text}`illegal_hard_high:.2%`) with the hand-written ones on the hard board and {glue:text}`illegal_soft:.2%` ({glue:text}`illegal_soft_low:.2%` to {glue:text}`illegal_soft_high:.2%`) on the soft board. (The control: on a board on which no disc is ever turned over they are illegal in {glue:text}`illegal_unturned:.0%`.) How that goes with the number of cells that the probe gets wrong:

# %%
bins = np.stack([wrong == n for n in range(6)] + [wrong > 5], -1)
lines = {}
tints = {"layers": figures.MODEL, "hard": figures.THEIRS, "soft": figures.MINE}
for name, x in legality.items():
    if (which := name.split()[-1]) not in tints:
        continue
    share = bootstrap_shares((bins & ~x[..., None]).sum(1), bins.sum(1))
    lines[name] = Series.of(share, colour=tints[which])

# %%
labels = ["none", "1", "2", "3", "4", "5", "more"]
alt = "Share of illegal first choices against the number of cells that the probe gets wrong, for the trained layers and the hand-written ones on hard and soft boards: on the hard board the hand-written ones are without error where no cell is misread."
curves(
    labels,
    lines,
    x_title="cells misread",
    y_title="illegal first choices",
    y_format=".1%",
    markers=True,
    alt=alt,
)

# %%
per_wrong = 1 - legality["hand-written, hard"][wrong > 0].mean()
glue("hard_given_wrong", float(per_wrong), display=False)
glue("trained_given_wrong", float(1 - seen.legal[wrong > 0].mean()), display=False)
glue("trained_given_right", float(1 - seen.legal[wrong == 0].mean()), display=False)
assert seen.legal[wrong == 0].mean() > seen.legal[wrong > 0].mean() > 1 - per_wrong

# %% [markdown]
# Where the probe's board is right the hand-written layers are exact (the cell above asserts it), so all their errors are the probe's: the illegal share is the share of misread boards times {glue:text}`hard_given_wrong:.1%`, as a misread cell often doesn't matter for the first choice. On the same misread boards the trained layers are illegal in {glue:text}`trained_given_wrong:.2%`; where the probe is right, in {glue:text}`trained_given_right:.2%`. So where the probe errs the trained layers err less often than the hand-written ones do on the hard board. That needn't mean that they know more than can be read here: on the soft board, from the same probe, the hand-written layers are illegal in {glue:text}`illegal_soft:.2%` of all positions, the trained ones in {glue:text}`illegal_layers:.2%`. But they err more often there than where it is right: they stumble over the same boards.
#
# ## How few layers?
#
# The hand-built network needs a layer for each move since each move is played on the board that the last one left. The trained one makes do with eight. Must one go move by move? A guess can be refined everywhere at once: pretend that no disc was ever turned, work out what each move turns on the boards that this gives, and again. Each round takes a fixed number of layers, and after r rounds at least the first r moves are right.

# %%
moves = game.sample_moves(3000, seed=6)
truth_bits = game.replay(moves).after_first[:, :-1]
off = [game.count(guess[:, :-1] ^ truth_bits) for guess in construction.guesses(moves)]
cells_right = [1 - one.mean() / 36 for one in off]
late = [1 - one[:, -6:].mean() / 36 for one in off]
needed = construction.rounds(moves)[:, :-1]
probe_right = 1 - wrong.mean() / 36
glue("rounds_mean", float(needed.mean()), display=False)
assert needed.mean() < 16 / 2  # positions have seen 16 moves on average
glue("rounds_last", float(needed[:, -1].mean()), display=False)
glue("rounds_most", int(needed.max()), display=False)
glue("within_eight", float((needed <= 8).mean()), display=False)
glue("cells_after_eight", float(cells_right[8]), display=False)
glue("probe_cells", float(probe_right), display=False)

# %%
lines = {"all positions": Series(cells_right), "the last six": Series(late, dash="dash")}
alt = "Cells right after each round of guessing, over all positions and over the last six, against what the probe reads in the trained model."
curves(
    np.arange(len(cells_right)),
    lines,
    x_title="rounds",
    y_title="cells right",
    y_format=".0%",
    reference={"trained model, probe": float(probe_right)},
    alt=alt,
)

# %% [markdown]
# A board hangs on a chain of {glue:text}`rounds_mean:.1f` moves on average ({glue:text}`rounds_last:.1f` before the last move, {glue:text}`rounds_most` at most in these games), less than half of the moves made. Eight rounds get {glue:text}`within_eight:.0%` of the boards and {glue:text}`cells_after_eight:.1%` of the cells; a probe reads {glue:text}`probe_cells:.1%` of the cells in the trained model. Does the trained model find those boards hard that take many rounds? Positions after 19 to 23 moves, so that it isn't just the time:

# %%
here = slice(18, 23)
of_test = construction.rounds(test)[:, here]
edges = [0, 6, 7, 8, 9, 10, 11, 99]
bins = np.stack([(of_test > a) & (of_test <= b) for a, b in pairwise(edges)], -1)
read_right = (wrong[:, here] == 0)[..., None]
share = bootstrap_shares((bins & read_right).sum(1), bins.sum(1))

# %%
glue_interval("shallow", share.at(0))
glue_interval("deep", share.at(-1))
assert share.high[-1] < share.low[0]
alt = "Share of whole boards that the probe reads correctly in the trained model against the rounds that the position takes, after 19 to 23 moves."
curves(
    ["up to 6", "7", "8", "9", "10", "11", "more"],
    {"whole board read": Series.of(share, colour=figures.MODEL)},
    x_title="rounds of guessing that the board takes",
    y_title="boards right",
    y_format=".0%",
    alt=alt,
)

# %% [markdown]
# {glue:text}`shallow_mean:.0%` ({glue:text}`shallow_low:.0%` to {glue:text}`shallow_high:.0%`) of the boards that take up to six rounds are read without an error, {glue:text}`deep_mean:.0%` ({glue:text}`deep_low:.0%` to {glue:text}`deep_high:.0%`) of those that take more than eleven. (That the deep ones are harder doesn't prove that the model works in rounds: deep positions also have had more discs turned.)
#
# **What is known.** {glue:text}`layers` layers suffice, exactly: one for each move and three to answer. *Turn* could be saved by doubling *count*, and *cut* by one unit for every set of runs. Rounds of guessing would do with fewer rounds than moves, if with more units. With no bound on the width the question is empty: a few layers can hold a table of all games. In theory, what a transformer of fixed depth and moderate width and precision computes lies in the circuit class TC⁰ {cite}`merrill2023`, and shortcuts exist for many automata {cite}`liu2023`. **What isn't.** We know of no lower bound for Othello at a given width, of no proof that replaying it is outside TC⁰, and not what the eight trained layers do; only that they aren't exact.
#
# ## What we learned
#
# - A transformer can play Othello exactly: {glue:text}`layers` layers of {glue:text}`width` coordinates, {glue:text}`illegal` illegal first choices and {glue:text}`wrong` wrong cells over {glue:text}`positions:,` positions (95% interval: an illegal one in {glue:text}`illegal:.0%` to {glue:text}`spoilt_high:.2%` of all games).
# - Our methods find what is there: colour, board and moves in the layers where they were written, edits with an error of {glue:text}`error_written_coordinates:.2f`, rules for {glue:text}`rules_right_mean:.0%` ({glue:text}`rules_right_low:.0%` to {glue:text}`rules_right_high:.0%`) of the units that fire often. They fail where reading is taken for writing: a logistic probe that reads {glue:text}`right_logistic_mean:.2%` of the cells ({glue:text}`right_logistic_low:.2%` to {glue:text}`right_logistic_high:.2%`) points elsewhere (cosine {glue:text}`cosine_logistic_mean:.2f`, {glue:text}`cosine_logistic_low:.2f` to {glue:text}`cosine_logistic_high:.2f`).
# - On the trained model's own board the hand-written layers are illegal in {glue:text}`illegal_soft:.2%` of the first choices ({glue:text}`illegal_soft_low:.2%` to {glue:text}`illegal_soft_high:.2%`), the trained ones in {glue:text}`illegal_layers:.2%` ({glue:text}`illegal_layers_low:.2%` to {glue:text}`illegal_layers_high:.2%`); read as a hard board, each of their errors is a misread cell.
#
# *Machinery: [`othello_gpt/construction.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/construction.py). Before: [is it impressive?](yardsticks.py)*

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
# # Can one say in words what a single neuron does?
#
# **Of some neurons, yes, in words that could have been wrong.** A decision tree about the board, at most six questions deep, describes {glue:text}`trees_describe_neurons_mean:.0%` of the neurons of the layer that it describes best. Of random mixtures of these neurons it describes {glue:text}`trees_describe_neurons_control_mean:.0%`. The other neurons have no description as short as that.
#
# Below is a neuron that stands for a legal-move rule: {glue:text}`best_name`, "{glue:text}`best_rule`". Drag the slider through the positions in which it is most active. Blue discs are *mine*, of the side about to move, orange ones *theirs*. On the right is what its output does to the logit of each square.

# %%
import numpy as np
import pandas as pd
import torch
from myst_nb import glue

from othello_gpt import figures, game, neurons, probes
from othello_gpt.book_tools import claim, glue_interval
from othello_gpt.figures import Panel, Series, choice, curves, grid, measures, points, stepper
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import HELD_OUT_SEED, inputs_of, load_model, next_moves, predict

# %%
np.set_printoptions(legacy="1.25")  # glue formats what a number prints as
model = load_model()
n_layer, width = model.config.n_layer, 4 * model.config.n_embd
corpus = game.sample_moves(3300, seed=11)
found = neurons.survey(model, corpus)
glue("neurons", n_layer * width, display=False)
glue("surveyed", found.positions, display=False)

# %%
train = game.sample_moves(1100, seed=12)
test = game.sample_moves(700, HELD_OUT_SEED, first=200_000)
every = np.arange(31)  # positions of a game
outputs, asked = neurons.sample_outputs(model, train, np.tile(every, (len(train), 1)))
held_out, truths = neurons.sample_outputs(model, test, np.tile(every, (len(test), 1)))
glue("train_rows", len(asked), display=False)
glue("test_rows", len(truths), display=False)

# %%
hold, hold_out = neurons.line_holds(asked), neurons.line_holds(truths)
found_rules = [
    rule for layer in range(n_layer) for rule in neurons.find_rules(outputs[layer], hold, layer)
]
ranking = sorted(found_rules, key=lambda rule: -rule.f1)  # on the games it was found on
f1s = neurons.rules_f1(ranking, held_out, hold_out, len(test))
names = {(rule.layer, rule.neuron): f"L{rule.layer} N{rule.neuron}" for rule in ranking}

# %%
best = ranking[0]
replay = game.replay(corpus)
cells = probes.board(replay).reshape(-1, 36) - 1
where = found.where[best.layer, best.neuron]
direct = [neurons.direct_effects(model, layer) for layer in range(n_layer)]
effect, square = direct[best.layer][best.neuron], best.lines[0].square
glue("best_name", names[best.layer, best.neuron], display=False)
glue("best_rule", str(best), display=False)
glue("best_square", game.square_name(square), display=False)
glue("pushes", "raise" if effect[square] > 0 else "lower", display=False)

# %%
panels = [
    Panel("mine (blue), theirs (orange)", values=cells[where], scale="signed", limit=1),
    Panel("effect on the next move", values=np.ma.stack([effect] * len(where)), scale="signed"),
]
labels = [f"output {x:.2f}" for x in found.top[best.layer, best.neuron]]
alt = f"The positions that activate neuron L{best.layer} N{best.neuron} most: {best}. Beside them its effect on each square's logit."
stepper(panels, labels, last=corpus[:, :-1].ravel()[where], alt=alt)

# %% [markdown]
# The network has {glue:text}`neurons:,` neurons. The positions above are the most active ones out of {glue:text}`surveyed:,`. The neuron's output weights {glue:text}`pushes` the logit of {glue:text}`best_square`.
#
# ## Rules that can fail
#
# A square is legal if it is empty and, in some direction, a run of *theirs* ends in one of *mine*. Such a *pattern* says nothing about the network; but a neuron may stand for it. For every neuron the best pattern and the best threshold are searched on {glue:text}`train_rows:,` positions (the best single pattern first, then others of the same square as long as "or" helps). What counts is how the rule does on {glue:text}`test_rows:,` positions of other games: *precision*, how often the rule holds when the neuron is active; *recall*, how often the neuron is active when the rule holds; *F1*, their harmonic mean.

# %%
rows = []
for k, rule in enumerate(ranking[:12]):
    truth, active = neurons.confusion(rule, held_out[rule.layer], hold_out)
    row = {"neuron": names[rule.layer, rule.neuron], "active when": str(rule)}
    row |= {"F1": f"{f1s.at(k):.3f}", "precision": truth[active].mean()}
    rows.append(row | {"recall": active[truth].mean()})
pd.DataFrame(rows).style.hide().format("{:.3f}", subset=["precision", "recall"])

# %%
bars = (0.99, 0.95, 0.9, 0.8)
counted = neurons.rules_above(ranking, held_out, hold_out, len(test), bars)
for k, bar in enumerate(bars):
    glue(f"rules_{round(100 * bar)}", int(counted.mean[k]), display=False)
    glue_interval(f"rules_{round(100 * bar)}", counted.at(k))
assert counted.low[bars.index(0.9)] > 0

# %% [markdown]
# The aim was ten neurons with an F1 of at least 0.99. Measured: {glue:text}`rules_99` ({glue:text}`rules_99_low:.0f` to {glue:text}`rules_99_high:.0f`, over games) reach 0.99, {glue:text}`rules_95` ({glue:text}`rules_95_low:.0f` to {glue:text}`rules_95_high:.0f`) reach 0.95, {glue:text}`rules_90` ({glue:text}`rules_90_low:.0f` to {glue:text}`rules_90_high:.0f`) reach 0.9 and {glue:text}`rules_80` ({glue:text}`rules_80_low:.0f` to {glue:text}`rules_80_high:.0f`) reach 0.8. What would chance say? The same rules and thresholds, but each position gets the board of another game after the same number of moves:

# %%
top = ranking[:50]
other = neurons.rules_f1(top, held_out, neurons.other_boards(hold_out), len(test))
assert (f1s.low[: len(top)] > other.high).all()
strongest = other.at(int(other.mean.argmax()))
glue_interval("f1", f1s.at(0))
glue_interval("f1_other", strongest)
glue("n_top", len(top), display=False)

# %%
claim(
    "neurons_follow_rules",
    "Single neurons stand for legal-move rules: F1 of the tenth best one",
    f1s.at(9),
    control=strongest,
    against=f"the best of {len(top)} with the boards of other games",
    form=".3f",
    aim=0.99,
)

# %% [markdown]
# The best neuron's F1 is {glue:text}`f1_mean:.3f` ({glue:text}`f1_low:.3f` to {glue:text}`f1_high:.3f`, over games). With other games' boards none of the best {glue:text}`n_top` gets beyond {glue:text}`f1_other_mean:.2f` ({glue:text}`f1_other_low:.2f` to {glue:text}`f1_other_high:.2f`).
#
# *Specificity and sensitivity* can be seen in the spectrum of a neuron's activations: how often does it take which value, when the rule holds and when it doesn't?

# %%
charts = {}
for rule in ranking[:9]:  # more would hang out of the figure's menu
    truth, _ = neurons.confusion(rule, held_out[rule.layer], hold_out)
    middle, yes, no = neurons.output_distributions(held_out[rule.layer][:, rule.neuron], truth)
    lines = {
        "rule holds": Series(yes, colour=figures.LEGAL),
        "rule doesn't hold": Series(no, colour=figures.CONTROL),
    }
    name = names[rule.layer, rule.neuron]
    alt = (
        f"Distribution of the output of {name} where its rule holds ({rule}) and where it doesn't."
    )
    chart = curves(middle, lines, x_title="output", y_title="positions", y_format=".0%", alt=alt)
    charts[f"{name}: {game.square_name(rule.lines[0].square)}"] = chart
choice(charts)

# %%
truth, active = neurons.confusion(best, held_out[best.layer], hold_out)
glue("threshold", best.threshold, display=False)
glue("sensitivity", active[truth].mean(), display=False)
glue("specificity", (~active)[~truth].mean(), display=False)

# %% [markdown]
# Above {glue:text}`threshold:.2f` the first one is called active: in {glue:text}`sensitivity:.1%` of the positions where the rule holds (sensitivity), and it is silent in {glue:text}`specificity:.1%` of the others (specificity).
#
# ### Do the eight symmetries each have their neuron?
#
# The board looks the same after a quarter turn or in a mirror. The network wasn't told. For each of the best rules: which of its images under the eight symmetries has a neuron of its own, with a held-out F1 of at least 0.8? The control takes, for each image, the neuron's chance: how many of *all* patterns of that kind have a neuron.

# %%
by_rule = {}
for rule, score in zip(ranking, f1s.mean, strict=True):
    by_rule.setdefault(rule.lines, score)
covered = {p for p, score in by_rule.items() if score >= 0.8}
ruled = [rule for rule, score in zip(ranking, f1s.mean, strict=True) if score >= 0.8]
kinds = {}
for p in neurons.lines_through():
    kinds.setdefault((bool(p.towards), bool(p.run)), []).append((p,) in covered)

# %%
rows = []
for rule in ruled[:100]:
    images = {tuple(sorted(p.image(s) for p in rule.lines)) for s in range(1, 8)}
    images -= {tuple(sorted(rule.lines))}
    owned = {tuple(sorted(p)) for p in covered}
    chance = [np.mean(kinds[bool(p[0].towards), bool(p[0].run)]) for p in images]
    rows.append((len(images & owned) / len(images), np.mean(chance)) if images else (1.0, 1.0))
images = bootstrap(rows)  # over rules
glue_interval("images", images.at(0))
glue("images_chance", images.at(1).mean, display=False)
glue("images_rules", len(rows), display=False)

# %% [markdown]
# Of the {glue:text}`images_rules` best rules with F1 above 0.8, {glue:text}`images_mean:.0%` ({glue:text}`images_low:.0%` to {glue:text}`images_high:.0%`, over rules) of the other images have such a neuron; of all patterns of the same kinds, {glue:text}`images_chance:.0%`.
#
# ## Trees: what is every neuron about?
#
# Most neurons aren't about one legal move. So each of them gets a regression tree that asks at most six questions in a row (up to 64 cases in all): is a square mine, theirs or empty, was it just played, was it just turned? A tree is fitted on {glue:text}`tree_rows:,` positions and has to predict the neuron's output on {glue:text}`test_rows:,` held-out ones. $R^2$ is the share of the variance that it predicts. In an 8x8 model 913 of the 2048 neurons (45%) of the best layer are above 0.7 {cite}`rulebased2025`; the rules themselves go back to {cite}`heuristics2024`.
#
# Three controls. *Other board*: every tree is given the board of another game after the same number of moves. *Fitted to other boards*: trees that were grown on such boards (of every eighth neuron). *Rotated*: the outputs of the best layer, mixed by {glue:text}`rotations` random rotations ({glue:text}`mixes` mixes from each). These live in the same space and hold the same information, but no neuron of the network wrote them; were boards described just because anything in such a layer follows from the board, they would be described as well.

# %%
rng = np.random.default_rng(0)
order = rng.permutation(len(asked))
grown, spare = order[:7000], order[7000:9000]  # spare ones, to choose the best layer
glue("tree_rows", len(grown), display=False)
trees = [neurons.fit_trees(asked[grown], y[grown]) for y in outputs]
predicted = [t.predict(truths) for t in trees]
r2 = np.stack([neurons.r_squared(y, p) for y, p in zip(held_out, predicted, strict=True)])
fires = [t.predict_fires(truths) for t in trees]
tree_f1 = np.stack([neurons.f1(y > 0, p) for y, p in zip(held_out, fires, strict=True)])


def described_by(said, some=slice(None)):
    """The share of each layer's neurons that predictions describe, with intervals over games."""
    pairs = zip(held_out, said, strict=True)
    return Interval.of([neurons.share_described(y[:, some], p, len(test)) for y, p in pairs])


described = described_by(predicted)

# %%
other_game = neurons.other_boards(asked)
some = slice(0, width, 8)
blind = [neurons.fit_trees(other_game[grown], y[grown, some]) for y in outputs]
by_blind = [t.predict(truths) for t in blind]
blind_r2 = [neurons.r_squared(y[:, some], p) for y, p in zip(held_out, by_blind, strict=True)]
given = [neurons.other_boards(p) for p in predicted]
other_r2 = np.stack([neurons.r_squared(y, p) for y, p in zip(held_out, given, strict=True)])
other_described, blind_described = described_by(given), described_by(by_blind, some)
assert other_described.high.max() < described.low.min()

# %% tags=["experiment"]
chosen = [
    (neurons.r_squared(y[spare], t.predict(asked[spare])) > 0.7).mean()
    for y, t in zip(outputs, trees, strict=True)
]
at_best, rotations, mixes = int(np.argmax(chosen)), 4, 32
turns = neurons.rotated(width, mixes, rotations)
mixed = neurons.fit_trees(asked[grown], outputs[at_best][grown] @ turns)
mixed_y, mixed_said = held_out[at_best] @ turns, mixed.predict(truths)
mixed_described = neurons.share_described(mixed_y, mixed_said, len(test))
mixed_r2 = neurons.r_squared(mixed_y, mixed_said)

# %%
glue("best_layer", at_best, display=False)
glue("rotations", rotations, display=False)
glue("mixes", mixes, display=False)
glue_interval("described", described.at(at_best))
glue("described_all", int((r2 > 0.7).sum()), display=False)
glue_interval("mixed", mixed_described)
glue_interval("other", other_described.at(at_best))
glue_interval("blind", blind_described.at(at_best))
for name, of in (("mixed", mixed_r2), ("best", r2[at_best]), ("blind", blind_r2[at_best])):
    glue(f"{name}_median", float(np.median(of)), display=False)
other_f1 = neurons.f1(held_out[at_best] > 0, neurons.other_boards(fires[at_best]))
glue("median_f1", float(np.median(tree_f1[at_best])), display=False)
glue("other_f1", float(np.median(other_f1)), display=False)

# %%
claim(
    "trees_describe_neurons",
    "A tree about the board, at most six questions deep, describes a neuron of the best layer "
    "(R² above 0.7)",
    described.at(at_best),
    control=mixed_described,
    against=f"the same for {rotations} random rotations of the layer's outputs",
    aim=0.45,
    published=(913 / 2048, "Automatically Finding Rule-Based Neurons, 2025, 8x8, best layer"),
)

# %%
layers = [f"layer {layer}" for layer in range(n_layer)]
lines = {
    "trees": Series.of(described, colour=figures.MODEL),
    "given another board": Series.of(other_described, colour=figures.THEIRS),
    "fitted to other boards": Series.of(blind_described, colour=figures.CONTROL),
}
points(layers, lines, x_title="neurons with held-out R² above 0.7", x_format=".0%")

# %% [markdown]
# In layer {glue:text}`best_layer`, where trees do best on positions that are left out here, they describe {glue:text}`described_mean:.1%` of the neurons ({glue:text}`described_low:.1%` to {glue:text}`described_high:.1%`) with an $R^2$ above 0.7; in all layers together {glue:text}`described_all`. The published share is 45%. The median F1 of predicting whether a neuron's output is above zero is {glue:text}`median_f1:.2f` there. Given another game's board, the same trees describe {glue:text}`other_mean:.1%` ({glue:text}`other_low:.1%` to {glue:text}`other_high:.1%`; median F1 {glue:text}`other_f1:.2f`); trees that were fitted to such boards describe {glue:text}`blind_mean:.1%` ({glue:text}`blind_low:.1%` to {glue:text}`blind_high:.1%`), with a median $R^2$ of {glue:text}`blind_median:.2f`: what is predicted comes from the board, not from the clock. Of the rotated outputs trees describe {glue:text}`mixed_mean:.1%` ({glue:text}`mixed_low:.1%` to {glue:text}`mixed_high:.1%`; median $R^2$ {glue:text}`mixed_median:.2f`, of the neurons {glue:text}`best_median:.2f`): it is the single neurons that speak of the board in simple terms.
#
# And how does a share depend on where one draws the line?

# %%
lines = {}
bars_at = np.linspace(0.1, 0.95, 18)
for layer, name in enumerate(layers):
    lines[name] = [(r2[layer] > bar).mean() for bar in bars_at]
alt = "Share of each layer's neurons whose tree has a held-out R squared above a bar, against the bar."
curves(bars_at, lines, x_title="R² of at least", y_title="neurons", y_format=".0%", alt=alt)

# %% [markdown]
# ## Do the rules cause anything?
#
# A description may fit and yet miss what matters. So a whole layer's neurons are replaced by what their trees predict from the board, and the network has to go on with that. Two comparisons: trees that look at *another game's* board after the same number of moves, and every neuron at its *mean*. Effects are differences within games, on {glue:text}`causal_games` held-out ones, in nats a move.

# %% tags=["experiment"]
few = test[:80]
base = predict(model, few)
rows_of = slice(0, len(few) * 31)
effects = {"its tree": [], "tree, other board": [], "mean": []}
for layer in range(n_layer):
    tree = predicted[layer].astype(np.float32)
    values = {"its tree": tree[rows_of], "tree, other board": tree[-len(few) * 31 :]}
    edits = {name: neurons.replacement(v.copy()) for name, v in values.items()}
    edits["mean"] = neurons.mean_ablation(found.mean[layer], np.arange(width))
    for name, edit in edits.items():
        effects[name].append(neurons.effect(model, few, {layer: edit}, base))
glue("causal_games", len(few), display=False)


# %%
def by_measure(effects):
    """What each kind of edit costs by layer, in loss and in legality, with intervals over games."""
    return {
        key: {
            name: Interval.of([bootstrap(e[key]) for e in seen]) for name, seen in effects.items()
        }
        for key in ("loss", "illegal")
    }


x_title = "added loss (nats), or share of illegal first choices"
form = dict(x_title=x_title, x_format={"loss": ".3f", "illegal": ".1%"})
tints = dict(zip(effects, (figures.MODEL, figures.THEIRS, figures.CONTROL), strict=True))
form["looks"] = {name: dict(colour=tint) for name, tint in tints.items()}
what = "replacing a layer's neurons by their trees, by trees of another board, by their means"
costs = by_measure(effects)
measures(layers, costs, what=f"What is added by {what}", **form)

# %%
assert (costs["loss"]["its tree"].high < costs["loss"]["tree, other board"].low).all()
pairs = zip(effects["its tree"], effects["mean"], strict=True)
kept = Interval.of([neurons.loss_recovered(own["loss"], mean["loss"]) for own, mean in pairs])
glue_interval("kept_best", kept.at(int(kept.mean.argmax())))
glue_interval("kept_worst", kept.at(int(kept.mean.argmin())))
glue("kept_layer", int(kept.mean.argmax()), display=False)
glue_interval("tree_illegal", costs["illegal"]["its tree"].at(at_best), 100)
glue_interval("mean_illegal", costs["illegal"]["mean"].at(at_best), 100)

# %% [markdown]
# Of the loss that a layer's silence costs, trees save between {glue:text}`kept_worst_mean:.0%` ({glue:text}`kept_worst_low:.0%` to {glue:text}`kept_worst_high:.0%`) and {glue:text}`kept_best_mean:.0%` ({glue:text}`kept_best_low:.0%` to {glue:text}`kept_best_high:.0%`; in layer {glue:text}`kept_layer`; above 100% would be better than with its own neurons). In layer {glue:text}`best_layer` the trees make {glue:text}`tree_illegal_mean:.1f` points ({glue:text}`tree_illegal_low:.1f` to {glue:text}`tree_illegal_high:.1f`) more first choices illegal, silence {glue:text}`mean_illegal_mean:.1f` ({glue:text}`mean_illegal_low:.1f` to {glue:text}`mean_illegal_high:.1f`). In every layer the trees' cost lies below that of the same trees with another board (the cell asserts it): the network can go on with what the tree knows about *this* board.
#
# Now the other way round: silence the neurons that are described (set to their means; in a layer where they are more than half, the best half) and as many others of the same layer: random ones, or the nearest in *size*, which is the standard deviation of the output times the norm of the output weights. Sizes differ much, and a large neuron is missed whatever it does.

# %%
size = [s * neurons.output_weights(model, i).norm(dim=1).numpy() for i, s in enumerate(found.std)]
silenced = {"described": [], "random others": [], "others of the same size": []}
counts, sizes = [], []
for at in range(n_layer):
    order = np.argsort(-r2[at])[: width // 2]
    chosen = order[r2[at, order] > 0.7]
    others = np.setdiff1d(np.arange(width), np.flatnonzero(r2[at] > 0.7))
    chosen = chosen[: len(others)]
    drawn = rng.choice(others, len(chosen), False), neurons.matched_others(size[at], chosen, others)
    counts.append(len(chosen))
    sizes.append([size[at][who].sum() for who in (chosen, *drawn)])
    for name, who in zip(silenced, (chosen, *drawn), strict=True):
        edit = {at: neurons.mean_ablation(found.mean[at], who)}
        silenced[name].append(neurons.effect(model, few, edit, base))

# %%
labels = [f"{name}, {n} of {width}" for name, n in zip(layers, counts, strict=True)]
what = "silencing each layer's described neurons, random others, and others of the same size"
tints = dict(zip(silenced, (figures.MODEL, figures.CONTROL, figures.THEIRS), strict=True))
form["looks"] = {name: dict(colour=tint) for name, tint in tints.items()}
costs = by_measure(silenced)
measures(labels, costs, what=f"What is added by {what}", **form)

# %%
mean_sizes = dict(zip(silenced, np.sum(sizes, 0) / sum(counts), strict=True))
for name, short in zip(silenced, ("described", "random_others", "sized_others"), strict=True):
    for key, scale in (("loss", 1), ("illegal", 100)):
        total = np.sum([e[key] for e in silenced[name]], 0)
        glue_interval(f"{short}_silent_{key}", bootstrap(total), scale)
    glue(f"{short}_size", float(mean_sizes[name]), display=False)
apart = costs["loss"]["described"].low > costs["loss"]["others of the same size"].high
large = np.stack(size) > np.quantile(size, 0.9)
glue("large_described", float((r2 > 0.7)[large].mean()), display=False)
glue("all_described", float((r2 > 0.7).mean()), display=False)
glue("described_matter", int(apart.sum()), display=False)
glue("n_layers", n_layer, display=False)

# %% [markdown]
# Summed over the layers, each silenced by itself, the described neurons cost {glue:text}`described_silent_loss_mean:.2f` nats ({glue:text}`described_silent_loss_low:.2f` to {glue:text}`described_silent_loss_high:.2f`) and {glue:text}`described_silent_illegal_mean:.1f` points of legality ({glue:text}`described_silent_illegal_low:.1f` to {glue:text}`described_silent_illegal_high:.1f`); random others {glue:text}`random_others_silent_loss_mean:.2f` ({glue:text}`random_others_silent_loss_low:.2f` to {glue:text}`random_others_silent_loss_high:.2f`) and {glue:text}`random_others_silent_illegal_mean:.1f`, others of the same size {glue:text}`sized_others_silent_loss_mean:.2f` ({glue:text}`sized_others_silent_loss_low:.2f` to {glue:text}`sized_others_silent_loss_high:.2f`) and {glue:text}`sized_others_silent_illegal_mean:.1f`. In {glue:text}`described_matter` of the {glue:text}`n_layers` layers the described ones cost more than those of the same size, intervals apart. The match isn't perfect: of the largest tenth of all neurons {glue:text}`large_described:.0%` are described ones (of all {glue:text}`all_described:.0%`), so that there may be too few others as large. Their mean size is {glue:text}`described_size:.2f`, that of the nearest others {glue:text}`sized_others_size:.2f`, of random others {glue:text}`random_others_size:.2f`.
#
# The same for rules: the neurons that have a legal-move rule with F1 above 0.8 are set to their means, in all layers at once. Which way do they push? Those whose output weights raise the logit of their rule's own square are *promoters*, the others *dampers*.

# %%
squares = np.array([rule.lines[0].square for rule in ruled])
pairs = zip(ruled, squares, strict=True)
push = np.array([direct[rule.layer][rule.neuron, square] for rule, square in pairs])
# Of every neuron on every square's logit, for an output one standard deviation larger.
pushes = [d.data * s[:, None] for d, s in zip(direct, found.std, strict=True)]

# %%
table = {
    f"layer {layer}": {
        "promoters": sum(p > 0 for r, p in zip(ruled, push, strict=True) if r.layer == layer),
        "dampers": sum(p < 0 for r, p in zip(ruled, push, strict=True) if r.layer == layer),
    }
    for layer in range(n_layer)
}
glue("n_promoters", int((push > 0).sum()), display=False)
glue("n_dampers", int((push < 0).sum()), display=False)
pd.DataFrame(table).T

# %% [markdown]
# There are {glue:text}`n_promoters` promoters and {glue:text}`n_dampers` dampers. A damper is active where a square is legal and has weights that *lower* its logit. A guess at why: all legal moves are nearly equally probable, so that a network that has found one of them early has to even them out.
#
# The controls: as many random others from the same layers; since neurons differ much in how much they write, as many others of the same size; and for each neuron one without a rule that pushes the same square's logit *as much*, so that only when it is active differs.


# %%
def by_layer(neurons_of):
    layers_of = sorted({rule.layer for rule in neurons_of})
    return {at: np.array([r.neuron for r in neurons_of if r.layer == at]) for at in layers_of}


groups = {
    "promoters": [rule for rule, p in zip(ruled, push, strict=True) if p > 0],
    "dampers": [rule for rule, p in zip(ruled, push, strict=True) if p < 0],
}
choices = {name: by_layer(some) for name, some in groups.items()}

# %%
for name in groups:
    matched = {at: neurons.matched_others(size[at], who) for at, who in choices[name].items()}
    choices[f"same size as {name}"] = matched
    choices[f"same push as {name}"] = equals = {}
    for at, who in choices[name].items():
        own = [rule.lines[0].square for rule in groups[name] if rule.layer == at]
        free = np.setdiff1d(np.arange(width), by_layer(ruled)[at])
        equals[at] = neurons.matched_others(pushes[at][:, own].T, who, free)
for draw in range(2):
    rest = {at: np.setdiff1d(np.arange(width), who) for at, who in by_layer(ruled).items()}
    drawn = {at: rng.choice(rest[at], len(who), False) for at, who in by_layer(ruled).items()}
    choices[f"random, as many as both ({draw + 1})"] = drawn
choices["promoters and dampers"] = by_layer(ruled)

# %%
ablated, after = {}, {}
for name, silent in choices.items():
    edits = {at: neurons.mean_ablation(found.mean[at], who) for at, who in silent.items()}
    ablated[name] = neurons.effect(model, few, edits, base)
    with neurons.with_outputs(model, edits):
        after[name] = next_moves(model, few[:, :-1])
glue("n_ruled", len(ruled), display=False)
random_name = "random, as many as both (1)"
for name, short in (("promoters and dampers", "ruled"), (random_name, "random")):
    for key, spec in (("loss", ".4f"), ("illegal", ".2%")):
        glue(f"{short}_{key}", f"{bootstrap(ablated[name][key]):{spec}}", display=False)
what = "What is added by silencing neurons that have a rule, and as many others"
form["looks"] = {"added": dict(colour=figures.MODEL)}
costs = by_measure({"added": list(ablated.values())})
measures(list(ablated), costs, what=what, **form)

# %% [markdown]
# Without all {glue:text}`n_ruled` neurons that have a rule the loss rises by {glue:text}`ruled_loss` nats and the share of illegal first choices by {glue:text}`ruled_illegal`; without as many random others by {glue:text}`random_loss` and {glue:text}`random_illegal`. But a total says how much neurons matter, not whether they do what their rules say. So: when they are silent, what happens to the log-probability of the legal squares that a rule names, and what to that of the *other* legal squares?

# %%
before = next_moves(model, few[:, :-1])
index = {p: i for i, p in enumerate(neurons.lines_through())}
legal = probes.legal_next(game.replay(few)) == 1
falls = {}
for name, of_group in groups.items():
    named = np.zeros((len(few) * 31, 36), bool)
    for rule in of_group:
        holding = hold_out[: len(named), [index[p] for p in rule.lines]].any(1)
        named[:, rule.lines[0].square] |= holding
    named = named.reshape(before.shape) & legal
    for which in (name, f"same size as {name}", f"same push as {name}"):
        change = np.log(after[which].clip(1e-9)) - np.log(before.clip(1e-9))
        falls[which] = neurons.named_and_others(change, named, legal & ~named)

# %%
for name, sign in (("promoters", -1), ("dampers", 1)):
    prefixes = ("", "same size as ", "same push as ")
    gap, chance, equal = (falls[f"{prefix}{name}"].at(2) for prefix in prefixes)
    ends = [sorted((sign * i.low, sign * i.high)) for i in (gap, chance, equal)]
    clear = ends[0][0] > max(0, ends[1][1], ends[2][1])  # the intervals are apart
    verdict = "goes" if clear else "doesn't go"
    glue(f"{name}_causal", "holds" if clear else "is refuted", display=False)
    glue(f"{name}_verdict", verdict, display=False)
    for short, i in (("gap", gap), ("control", chance), ("equal", equal)):
        glue_interval(f"{name}_{short}", i)
    for k, short in enumerate(("named", "rest")):
        glue(f"{name}_{short}", f"{falls[name].at(k):+.3f}", display=False)

# %%
words = {
    "goes": "rise, as theirs say",
    "doesn't go": "don't rise beyond the controls, as theirs would say",
}
glue("dampers_words", words[verdict], display=False)

# %%
lines = {
    kind: Series.of(Interval.of([f.at(k) for f in falls.values()]))
    for k, kind in enumerate(("named by a rule", "other legal squares"))
}
x_title = "change of a legal square's log-probability"
points([f"silent: {name}" for name in falls], lines, x_title=x_title, x_format=".3f")

# %% [markdown]
# Without the promoters, the squares that their rules name change by {glue:text}`promoters_named`, other legal squares by {glue:text}`promoters_rest`; without the dampers by {glue:text}`dampers_named` and {glue:text}`dampers_rest`. The gap between named and other squares is {glue:text}`promoters_gap_mean:+.3f` ({glue:text}`promoters_gap_low:+.3f` to {glue:text}`promoters_gap_high:+.3f`) and {glue:text}`dampers_gap_mean:+.3f` ({glue:text}`dampers_gap_low:+.3f` to {glue:text}`dampers_gap_high:+.3f`); with neurons of the same size silent instead, {glue:text}`promoters_control_mean:+.3f` ({glue:text}`promoters_control_low:+.3f` to {glue:text}`promoters_control_high:+.3f`) and {glue:text}`dampers_control_mean:+.3f` ({glue:text}`dampers_control_low:+.3f` to {glue:text}`dampers_control_high:+.3f`), with neurons of the same push, {glue:text}`promoters_equal_mean:+.3f` ({glue:text}`promoters_equal_low:+.3f` to {glue:text}`promoters_equal_high:+.3f`) and {glue:text}`dampers_equal_mean:+.3f` ({glue:text}`dampers_equal_low:+.3f` to {glue:text}`dampers_equal_high:+.3f`). The causal test {glue:text}`promoters_causal` for promoters and {glue:text}`dampers_causal` for dampers. For promoters the gap {glue:text}`promoters_verdict` beyond its controls in the expected direction, down, intervals apart: that is the direction in which their weights point. For dampers up would be expected: there it {glue:text}`dampers_verdict` beyond them in that direction.
#
# ## A whole logit, piece by piece
#
# The last residual stream is a sum, and the final LayerNorm is linear once its scale is known. So every logit is *exactly* a sum of what the components wrote: embedding, position, each head, each MLP (each of its neurons), biases. Here is the model's most probable move in one position, and the parts of all its logits as boards (each minus its mean over the squares, which the softmax doesn't see).

# %%
shown = test[5]
ply = 15
parts = neurons.decompose(model, shown)
names, contributions = neurons.logit_attribution(model, parts)
truth = neurons.double(model)(inputs_of(shown[None]))[0]
error = (contributions.sum(0) - truth).abs().max().item() / truth.abs().max().item()
assert error < 1e-12
glue("error", error, display=False)
token = int(truth[ply].argmax())
chosen = game.square_name(int(game.square_of_token()[token]))
glue("chosen", chosen, display=False)
glue("ply", ply + 1, display=False)

# %%
centred = contributions[:, ply, 1:] - contributions[:, ply, 1:].mean(-1, keepdim=True)
pieces = {"embeddings": [0, 1]}
for layer in range(n_layer):
    heads = [i for i, n in enumerate(names) if n.startswith(f"head {layer}.")]
    pieces[f"heads {layer}"], pieces[f"MLP {layer}"] = heads, [names.index(f"MLP {layer}")]
pieces["biases"] = [i for i, n in enumerate(names) if "bias" in n]
pieces["the logit"] = list(range(len(names)))

# %%
panels = np.ma.masked_all((len(pieces), 36))
for k, group in enumerate(pieces.values()):
    panels[k, game.square_of_token()[1:]] = centred[group].sum(0).numpy()
last = np.sign(game.replay(shown[None]).boards()[0, ply])
discs = np.stack([last] * len(pieces))
glue("logit", float(panels[-1, game.square_of_token()[token]]), display=False)
grid(panels.reshape(-1, 6, 6), list(pieces), discs=discs, quantity="logit")

# %%
of_neurons = neurons.neuron_attribution(model, parts, ply, token).numpy()
heads = [i for i, n in enumerate(names) if n.startswith("head")]
of_heads = centred[heads, token - 1].numpy()
mean_effect = np.stack(
    [neurons.neuron_attribution(model, parts, ply, t).numpy() for t in range(1, 33)]
).mean(0)
of_neurons = of_neurons - mean_effect
largest = np.argsort(-np.abs(of_neurons), axis=None)[:12]
rows = {f"neuron L{n // width} N{n % width}": of_neurons.flat[n] for n in largest}
rows |= {names[heads[i]]: of_heads[i] for i in np.argsort(-np.abs(of_heads))[:4]}
sizes = np.sort(np.abs(of_neurons), axis=None)[::-1].cumsum()
glue("half_neurons", int((sizes < sizes[-1] / 2).sum()) + 1, display=False)
x_title = f"contribution to the logit of {chosen}"
figures.bars(list(rows), {"logit": list(rows.values())}, x_title=x_title, x_format=".2f")

# %% [markdown]
# After move {glue:text}`ply` the model prefers {glue:text}`chosen`, whose logit is {glue:text}`logit:.2f` above the mean. The parts add up to the logits up to {glue:text}`error:.0e` of the largest. Half of the neurons' total effect on it (in absolute terms) comes from {glue:text}`half_neurons` of {glue:text}`neurons:,`.
#
# ## What neurons read and write
#
# A neuron *reads* along its input weights and *writes* along its output weights. Both live in the residual stream, like the directions of the [probes](probes.py) for *empty* and *mine - theirs* and like each square's embedding and unembedding. A cosine with each square's direction makes a board. Here are the best neuron's:

# %%
wanted = [probes.TARGETS[name] for name in ("empty", "board", "legal_next")]
fit = game.sample_moves(600, seed=13)
mids, posts = model.sites[1::2], model.sites[2::2]
ridge = probes.fit_ridge(model, fit, wanted, sites=mids)
means = probes.fit_means(model, fit, wanted, sites=posts)
families = ("empty", "mine - theirs", "embedding", "unembedding")
bases = [
    (probes.families(model, ridge, mid), probes.families(model, means, post))
    for mid, post in zip(mids, posts, strict=True)
]

# %%
read, write = {}, {}
for layer, (reads, writes) in enumerate(bases):
    inputs, outs = neurons.input_weights(model, layer), neurons.output_weights(model, layer)
    for name in families:
        read.setdefault(name, []).append(neurons.cosines(inputs, reads[name]))
        write.setdefault(name, []).append(neurons.cosines(outs, writes[name]))
read, write = ({name: np.concatenate(c) for name, c in d.items()} for d in (read, write))
row = best.layer * width + best.neuron
panels = np.stack([d[name][row] for d in (read, write) for name in families])
titles = [f"{verb} {name}" for verb in ("reads", "writes") for name in families]
grid(panels.reshape(-1, 6, 6), titles, quantity="cosine", columns=2)

# %% [markdown]
# How much of the weights do such bases explain? For each basis: the mean share of the squared length that lies in its span. A basis of many dimensions explains a lot by chance, so beside each is a random subspace of the same dimension.

# %%
shares = {}
for verb, weights, side in (
    ("reads", neurons.input_weights, 0),
    ("writes", neurons.output_weights, 1),
):
    for name in families:
        both = []
        for layer in range(n_layer):
            basis, vectors = bases[layer][side][name], weights(model, layer)
            chance = neurons.random_basis(basis, seed=layer)
            both.append([neurons.share_explained(vectors, b).mean() for b in (basis, chance)])
        shares[verb, name] = np.array(both).T

# %%
lines = {f"{verb} {name}": s[0] for (verb, name), s in shares.items()}
lines["random, same dimension"] = Series(
    np.mean([s[1] for s in shares.values()], 0), colour=figures.CONTROL, dash="dot"
)
alt = "Mean share of neurons' weights in the span of each basis, by layer, with random subspaces."
curves(layers, lines, x_title="", y_title="share explained", y_format=".0%", alt=alt)

# %%
gain = {key: s[0] - s[1] for key, s in shares.items()}
for verb in ("reads", "writes"):
    top_key = max((k for k in gain if k[0] == verb), key=lambda k: gain[k].max())
    at = int(gain[top_key].argmax())
    glue(f"{verb}_name", top_key[1], display=False)
    glue(f"{verb}_layer", at, display=False)
    glue(f"{verb}_share", shares[top_key][0, at], display=False)
    glue(f"{verb}_chance", shares[top_key][1, at], display=False)

# %% [markdown]
# Inputs are best explained by *{glue:text}`reads_name`* in layer {glue:text}`reads_layer`: {glue:text}`reads_share:.0%`, where a random subspace explains {glue:text}`reads_chance:.0%`. Outputs by *{glue:text}`writes_name`* in layer {glue:text}`writes_layer`: {glue:text}`writes_share:.0%` against {glue:text}`writes_chance:.0%`.
#
# ## The most unusual neurons, and what activates them
#
# *Kurtosis* (3 for a normal distribution) finds neurons that are nearly always silent and sometimes loud. For the four with the most, averaged over the positions that activate them most, out of {glue:text}`surveyed:,`: where are discs of mine (blue) and theirs (orange)?

# %%
everywhere = cells[found.where.reshape(-1, found.where.shape[-1])]
aggregate, emptied = everywhere.mean(1), (everywhere == 0).mean(1)
loud = np.argsort(-found.kurtosis, axis=None)[:4]
titles = [f"L{n // width} N{n % width}, kurtosis {found.kurtosis.flat[n]:.0f}" for n in loud]
normal = cells[:: len(cells) // 2000].mean(0)
glue("kurtosis_median", float(np.median(found.kurtosis)), display=False)
glue("kurtosis_most", found.kurtosis.max(), display=False)
glue("sparse", float((found.fires < 0.05).mean()), display=False)
grid(
    np.concatenate([aggregate[loud], normal[None]]).reshape(-1, 6, 6),
    [*titles, "all positions"],
    quantity="mine - theirs",
    limit=1,
    columns=2,
)

# %%
stats = {
    "kurtosis (log10)": np.log10(found.kurtosis),
    "positions where it fires": found.fires,
    "input norm": np.stack([neurons.input_weights(model, i).norm(dim=1) for i in range(n_layer)]),
    "output norm": np.stack([neurons.output_weights(model, i).norm(dim=1) for i in range(n_layer)]),
}
table = {name: [f"{np.median(x):.2f}" for x in values] for name, values in stats.items()}
pd.DataFrame(table, index=layers)

# %% [markdown]
# The table has each layer's medians. Over all neurons the median kurtosis is {glue:text}`kurtosis_median:.0f`, the largest {glue:text}`kurtosis_most:,.0f`; {glue:text}`sparse:.0%` of the neurons have an output above zero in fewer than 5% of the positions.
#
# ## All {glue:text}`neurons:,` neurons
#
# Sort by any column, search by square or words, tap a row for its card: what it reads and writes, the mean of the positions that activate it most, and the first three of them. "Most active when" is the path to the most active leaf of its tree; "reads the board" is the share of its input weights that *empty* and *mine - theirs* explain, "writes to moves" the share of its output weights that the unembeddings do.

# %%
layer, neuron = np.divmod(np.arange(n_layer * width), width)
scored = {(r.layer, r.neuron): (str(r), f) for r, f in zip(ranking, f1s.mean, strict=True)}
said = [scored.get(key, ("", np.nan)) for key in zip(layer, neuron, strict=True)]
reads, writes = [], []  # the share of each neuron's weights in a basis
for at, (of_input, of_output) in enumerate(bases):
    told = torch.cat([of_input["empty"], of_input["mine - theirs"]])
    reads += neurons.share_explained(neurons.input_weights(model, at), told).tolist()
    moves = of_output["unembedding"]
    writes += neurons.share_explained(neurons.output_weights(model, at), moves).tolist()

# %%
columns = {
    "neuron": [f"L{at} N{n}" for at, n in zip(layer, neuron, strict=True)],
    "tree R²": r2.ravel(),
    "other board's R²": other_r2.ravel(),
    "tree F1": tree_f1.ravel(),
    "most active when": [t.rule(n) for t in trees for n in range(width)],
    "legal-move rule": [text for text, _ in said],
    "rule F1": [score for _, score in said],
}

# %%
columns |= {
    "promotes": [game.square_name(int(s)) for s in write["unembedding"].argmax(1)],
    "reads the board": reads,
    "writes to moves": writes,
    "fires": found.fires.ravel(),
    "kurtosis": found.kurtosis.ravel(),
    "largest output": found.top[..., 0].ravel(),
    "input norm": stats["input norm"].ravel(),
    "output norm": stats["output norm"].ravel(),
}

# %%
cards = [
    Panel(f"{verb} {name}", values=d[name].reshape(-1, 6, 6), scale="signed", limit=0.6)
    for verb, d in (("reads", read), ("writes", write))
    for name in families
]
tops = {"mean of the top": aggregate, **{f"top {k + 1}": everywhere[:, k] for k in range(3)}}
cards += [
    Panel(f"{name}, mine - theirs", values=v.reshape(-1, 6, 6), scale="signed", limit=1)
    for name, v in tops.items()
]
formats = {"fires": ".1%", "kurtosis": ".0f", "reads the board": ".0%", "writes to moves": ".0%"}
formats |= dict.fromkeys(("tree R²", "other board's R²", "tree F1", "largest output"), ".2f")
formats |= {"input norm": ".2f", "output norm": ".2f", "rule F1": ".3f"}
figures.table(columns, formats=formats, cards=cards, sort="tree R²", alt="All neurons")

# %% [markdown]
# ## What we learned
#
# - A decision tree at most six questions deep describes {glue:text}`described_mean:.0%` of the neurons of layer {glue:text}`best_layer` ({glue:text}`described_low:.1%` to {glue:text}`described_high:.1%`; $R^2$ above 0.7 on held-out games; grown on other games' boards {glue:text}`blind_mean:.1%`, {glue:text}`blind_low:.1%` to {glue:text}`blind_high:.1%`), and some neurons stand for single rules: {glue:text}`rules_90` ({glue:text}`rules_90_low:.0f` to {glue:text}`rules_90_high:.0f`) follow a legal-move rule with a held-out F1 of at least 0.9, the best with {glue:text}`f1_mean:.3f` ({glue:text}`f1_low:.3f` to {glue:text}`f1_high:.3f`).
# - The direct weights of {glue:text}`n_promoters` rule neurons raise the logit of the square that is legal, those of {glue:text}`n_dampers` lower it. Without the former, those squares fall against other legal ones ({glue:text}`promoters_gap_mean:+.3f`, {glue:text}`promoters_gap_low:+.3f` to {glue:text}`promoters_gap_high:+.3f`), as the weights say; without the latter they {glue:text}`dampers_words` ({glue:text}`dampers_gap_mean:+.3f`, {glue:text}`dampers_gap_low:+.3f` to {glue:text}`dampers_gap_high:+.3f`).
# - It matters to the network: put in a layer's place, the trees of the right board save between {glue:text}`kept_worst_mean:.0%` ({glue:text}`kept_worst_low:.0%` to {glue:text}`kept_worst_high:.0%`) and {glue:text}`kept_best_mean:.0%` ({glue:text}`kept_best_low:.0%` to {glue:text}`kept_best_high:.0%`) of what silence costs, depending on the layer.
#
# *Machinery: [`othello_gpt/neurons.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/neurons.py). Before: [interventions](interventions.py). Next: [attention](attention.py).*

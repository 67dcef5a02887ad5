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
# **Of some neurons, yes, in words that could have been wrong.** {num}`n_rules[0.9]:.0f` neurons are active where one particular move is legal, and hardly anywhere else. Among as many random mixtures of neurons we find {when}`no_mix ? none : some`. Most neurons have no description as short as that.

# %%
import numpy as np
import torch
from sklearn.metrics import f1_score

from othello_gpt import figures, game, neurons, probes, yardsticks
from othello_gpt.book_tools import claim, say
from othello_gpt.figures import Panel, Series, bars, choice, curves, grid, measures, points, stepper
from othello_gpt.game import Games
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import REPORT_SEED, inputs_of, load_model, next_moves, predict

# %%
model = load_model()
n_layer, width = model.config.n_layer, 4 * model.config.n_embd
corpus = Games.sample(2500, seed=11)
found = neurons.survey(model, corpus)
train, test = Games.sample(800, seed=12), Games.sample(600, REPORT_SEED, first=200_000)
outputs, asked = neurons.sample_outputs(model, train)
held_out, truths = neurons.sample_outputs(model, test)
say(neurons=n_layer * width, surveyed=found.positions)
say(train_rows=len(asked), test_rows=len(truths), n_layers=n_layer, per_layer=width)

# %%
hold, hold_out = neurons.line_holds(asked), neurons.line_holds(truths)
searched = outputs, hold, held_out, hold_out, len(test)
ranking = neurons.search_rules(*searched)
direct = [neurons.direct_effects(model, layer) for layer in range(n_layer)]
groups = neurons.promoters_and_dampers(ranking.rules, direct)
best, damper = groups["promoters"][0], groups["dampers"][0]
effect = direct[best.layer][best.neuron]
where = found.where[best.layer, best.neuron]
cells = probes.board(corpus.replay).reshape(-1, 36) - 1.0
of_best = ranking.f1.at(ranking.rules.index(best))
say(f"{len(test)} games", best={"name": best.name, "rule": str(best), "f1": of_best})
say(square=game.square_name(best.square), raises=float(effect[best.square]))

# %% alt="The positions that activate one neuron most, under a slider. In all of them the same square is empty and legal. Beside them the neuron's effect on each square's logit, which is largest on that square." mystnb={"figure": {"name": "fig-neurons-shown", "caption": "**One neuron, one move.** On the left the positions in which {num}`best[name]` is most active: blue discs are *mine*, of the side about to move, orange ones *theirs*. The dot is the last move. Its rule is: {num}`best[rule]`. On the right, what it adds to the score of each next move: it raises that of {num}`square`."}}
panels = [
    Panel("mine (blue), theirs (orange)", values=cells[where], scale="signed", limit=1),
    Panel("effect on the next move", values=np.ma.stack([effect] * len(where)), scale="signed"),
]
labels = [f"output {x:.2f}" for x in found.top[best.layer, best.neuron]]
stepper(panels, labels, last=corpus.moves[:, :-1].ravel()[where])

# %% [markdown]
# ## The idea
#
# Each layer of the network ends with a row of small units, the *neurons*. A neuron computes one number from the residual stream, its *output*. If the number is large the neuron is *active*, and it writes one fixed vector back into the stream. So there are {num}`neurons:,` numbers for each position, and each could mean something.
#
# A move is legal in Othello if it closes a row. The square is empty, a run of *their* discs follows, and one of *mine* ends it. That gives a list of simple sentences: "B3 is legal", "B3 turns discs to its south", "B3 is empty, B4 theirs, B5 mine". Each is true or false in a position, whatever a network does.
#
# Now take a neuron and look for the sentence that goes with it. One could always tell a story about a few striking positions. A *rule* is more than that: it says where the neuron is active, and where it is silent. It can be wrong in two ways. The neuron may be active where the sentence is false, or silent where it is true. The score *F1* counts both: 1 is a perfect rule.
#
# ## The experiment
#
# For one neuron the whole method is below. Try each sentence, with each threshold for "active", on one set of games. Keep the best, and the one that helps it most by "or". Then score it on games that played no part in the choice.

# %% tags=["experiment"]
output = outputs[best.layer][:, best.neuron]  # one neuron, in many positions
order = np.argsort(-output)  # the most active ones first


def best_cut(holds):  # of "active above a threshold": the highest F1, and the threshold
    hits = holds[order].cumsum()
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + hits[-1])
    return f1.max(), output[order[f1.argmax()]]


truth, said = np.zeros(len(hold), bool), []
for _ in best.lines:  # the best sentence, then the best one to join it by "or"
    f1s = [best_cut(truth | holds)[0] for holds in hold.T]
    said.append(int(np.argmax(f1s)))
    truth |= hold[:, said[-1]]
active = held_out[best.layer][:, best.neuron] >= best_cut(truth)[1]
f1 = f1_score(hold_out[:, said].any(1), active)
print([str(neurons.lines_through()[line]) for line in said], f"F1 {f1:.3f}")

# %% [markdown]
# The search over all neurons does the same, and joins up to four sentences ([the best rules](neurons-rules)).
#
# ## The control that could have killed it
#
# With so many neurons and sentences, something will fit. So we give the same search other candidates. We *rotate* each layer: every candidate is then a random mixture of all its neurons. If it were easy to find a legal move in such numbers, the mixtures would have rules too.
#
# Another rival keeps the neurons and their rules, but scores them on the board of another game after the same number of moves. The third is trained: the units of the [shallow rival](yardsticks.py), a network of one hidden layer.

# %%
mixed = neurons.search_rules(*searched, mixes=neurons.rotations(outputs))
of_rules = [held_out[rule.layer][:, rule.neuron] for rule in ranking.rules]
swapped = neurons.tallies(ranking.rules, of_rules, neurons.other_boards(hold_out), len(test))
elsewhere = neurons.Ranking(ranking.rules, swapped)
levels = (0.5, 0.8, 0.9, 0.95, 0.99)
counted, by_mix, by_board = (who.above(levels) for who in (ranking, mixed, elsewhere))
best_mix = mixed.f1.at(int(mixed.f1.mean.argmax()))
best_board = elsewhere.f1.at(int(elsewhere.f1.mean.argmax()))
last_turned = neurons.rotated(width, width, 1)
bent = [
    neurons.random_neurons(model, some, n_layer - 1, last_turned)[None] for some in (train, test)
]
of_bent = neurons.search_rules(bent[0], hold, bent[1], hold_out, len(test))
best_bent = (
    of_bent.f1.at(int(of_bent.f1.mean.argmax())) if of_bent.rules else Interval(0.0, 0.0, 0.0)
)
say(f"{len(test)} games", best_bent=best_bent)


# %% [markdown]
# Its units work where one of the sides is to move, and are asked about those positions.


# %%
def units(games, parity):
    """What the units of one half put out, and the boards in the positions where they work."""
    hidden = [list(shallow.halves(inputs_of(some.moves)))[parity][0] for some in games.batches(50)]
    boards = neurons.features(games.replay)[:, parity::2]
    return torch.cat(hidden).flatten(0, 1).numpy(), boards.reshape(-1, boards.shape[-1])


shallow, _ = yardsticks.load_shallow()
halves = [(*units(train, parity), *units(test, parity)) for parity in range(2)]
per_half = [
    neurons.search_rules(
        fit[None], neurons.line_holds(boards), new[None], neurons.line_holds(new_boards), len(test)
    )
    for fit, boards, new, new_boards in halves
]
of_units = neurons.Ranking.of(
    [rule for half in per_half for rule in half.rules],
    np.concatenate([half.tallies for half in per_half], -1),
)
tenth_unit = of_units.f1.at(9)

# %% [markdown]
# The same rules after twelve moves and more, where nearly all positions are new:

# %%
fresh = Games.sample(2400, REPORT_SEED, first=210_000)  # such rules hold in few late positions


def tenth_late(of_batch, rules):
    """F1 of the tenth of some rules after twelve moves and more, in further games."""
    found = [neurons.tallies(rules, *of_batch(some), len(some)) for some in fresh.batches(300)]
    return neurons.Ranking(tuple(rules), np.concatenate(found)).f1.at(9)


def of_neurons(some):
    late = np.tile(np.arange(11, 31), (len(some), 1))
    put_out, asked = neurons.sample_outputs(model, some, late)
    ten = [put_out[rule.layer][:, rule.neuron] for rule in ranking.rules[:10]]
    return ten, neurons.line_holds(asked)


unseen_tenth = tenth_late(of_neurons, ranking.rules[:10])
tenth_rule = of_units.rules[9]
half_of_it = next(p for p, half in enumerate(per_half) if tenth_rule in half.rules)


def of_its_half(some):
    put_out, boards = units(some, half_of_it)
    late = np.tile(np.arange(31)[half_of_it::2] >= 11, len(some))
    return [put_out[late, tenth_rule.neuron]] * 10, neurons.line_holds(boards[late])


unseen_unit = tenth_late(of_its_half, [tenth_rule] * 10)
late = np.tile(np.arange(31) >= 11, len(test))

# %%
by_unit = of_units.above(levels)
good = of_units.at_least(0.9)
earlier = [k for k, rule in enumerate(ranking.rules) if rule.layer < n_layer - 1]
with torch.no_grad():
    scores = [model(inputs_of(some.moves)).flatten(0, 1).numpy() for some in (train, test)]
of_scores = neurons.search_rules(scores[0][None], hold, scores[1][None], hold_out, len(test))
say(f"{len(test)} games", tenth_earlier=ranking.f1.at(earlier[9]), tenth_score=of_scores.f1.at(9))
assert all(rule.layer == n_layer - 1 for rule in ranking.rules[:10])  # as the words have it
at_corner = [rule for rule in good if all(neurons.ends_in_corner(line) for line in rule.lines)]
say(f"{len(test)} games", n_unit_rules={level: by_unit.at(k) for k, level in enumerate(levels)})
say(n_units=shallow.width, n_good_units=len(good), n_corner=len(at_corner))
say(f"{len(test)} games", tenth_unit=tenth_unit)
assert len(at_corner) > len(good) / 2  # "most", as the words have it
say(f"{len(test)} games", n_rules={level: counted.at(k) for k, level in enumerate(levels)})
say(f"{len(test)} games", n_mixes={level: by_mix.at(k) for k, level in enumerate(levels)})
say(f"{len(test)} games", best_mix=best_mix, best_board=best_board)
say(no_mix=bool(by_mix.high[levels.index(0.9)] == 0), n_mixed=len(mixed.rules))

# %% alt="Bars of the number of neurons, of rotated outputs and of neurons with other boards whose rule reaches F1 marks from 0.5 to 0.99. Neurons lead at each mark; above 0.5 mixtures and other boards have none, the units of a trained shallow network a few." mystnb={"figure": {"name": "fig-neurons-control", "caption": "**Rules belong to neurons, not to layers.** How many candidates have a rule at least as good as each mark, on games that played no part in the search. Random mixtures reach the lowest mark only, and with other games' boards no rule does. A trained network of one layer has a few."}}
lines = {
    "neurons": Series.of(counted, colour=figures.MODEL),
    "random mixtures": Series.of(by_mix, colour=figures.CONTROL),
    "neurons, other boards": Series.of(by_board, colour=figures.THEIRS),
    "units of the shallow rival": Series.of(by_unit, colour=figures.LEGAL),
}
marks = [f"F1 of at least {level}" for level in levels]
bars(marks, lines, x_title="candidates with such a rule", x_format=".0f")

# %%
rivals = {
    f"the best of {n_layer * width:,} random rotations of the outputs": best_mix,
    f"the best of {width} neurons of the last layer that ask for random things": best_bent,
    "the best rule with other games' boards": best_board,
    f"the tenth best of the shallow rival's {shallow.width:,} units": tenth_unit,
}
strongest = max(rivals, key=lambda name: rivals[name].high)
claim(
    "neurons_follow_rules",
    "Single neurons, of the last layer, stand for legal-move rules: F1 of the tenth best one",
    ranking.f1.at(9),
    control=rivals[strongest],
    against=f"the strongest of four rivals in the same search: {strongest}",
    form=".3f",
    aim=0.99,
    ratio=2,
    unseen=(unseen_tenth, unseen_unit),
)

# %% [markdown]
# The best mixture gets an F1 of {num}`best_mix:.2f`. Hundreds of neurons do better.
#
# Of the shallow rival's units {num}`n_good_units` have a rule that is nearly as good. Most name a line that ends in a corner, whose disc is never turned. That needs no board.
#
# ## What of the other neurons?
#
# Most neurons aren't about one move. So each gets a *decision tree*: up to six questions about the board, then a guess of the output. A neuron counts as *described* if its tree predicts more than 0.7 of the output's variance, in games it hasn't seen.

# %%
rng = np.random.default_rng(0)
order = rng.permutation(len(asked))
grown, spare = order[:6000], order[6000:8000]  # spare ones, to choose the best layer
trees = neurons.describe(asked[grown], outputs[:, grown], truths, held_out, len(test))
regrow_on = order[8000:14000]  # the same number of other positions, to grow the best layer's again
given = trees.given_other_boards()
described, other_described = trees.share(), given.share()
r2 = trees.r2
chosen = [
    (neurons.r_squared(y[spare], tree.predict(asked[spare])) > 0.7).mean()
    for y, tree in zip(outputs, trees.trees, strict=True)
]
at_best = int(np.argmax(chosen))
say(tree_rows=len(grown), best_layer=at_best, described_all=int((r2 > 0.7).sum()))

# %%
rotations, mixes = 4, 32
turns = neurons.rotated(width, mixes, rotations)
own, others = ((y[at_best] @ turns)[None] for y in (outputs, held_out))
turned = neurons.describe(asked[grown], own[:, grown], truths, others, len(test))
asks_random, asks_random_new = (
    neurons.random_neurons(model, some, at_best, turns)[None] for some in (train, test)
)
random_trees = neurons.describe(
    asked[grown], asks_random[:, grown], truths, asks_random_new, len(test)
)
every = slice(0, width, 16)
blind = neurons.describe(
    neurons.other_boards(asked)[grown],
    outputs[:, grown, every],
    truths,
    held_out[..., every],
    len(test),
)
unit_trees = [
    neurons.describe(boards[:6000], fit[None, :6000, ::8], new_boards, new[None, :, ::8], len(test))
    for fit, boards, new, new_boards in halves
]
unit_described = max((one.share().at(0) for one in unit_trees), key=lambda one: one.high)
turned_described, blind_described = turned.share(), blind.share()
random_described = random_trees.share().at(0)
assert other_described.high.max() < described.low.min()
say(rotations=rotations, mixes=mixes)
say(f"{len(test)} games", described_mixed=turned_described.at(0), described_units=unit_described)
unseen_described = trees.during(late).share().at(at_best)
say(f"{len(test)} games", described_random=random_described)
unseen_rivals = [of.during(late).share().at(0) for of in (turned, random_trees)]
for parity, one in enumerate(unit_trees):
    then = np.tile(np.arange(31)[parity::2] >= 11, len(test))
    unseen_rivals.append(one.during(then).share().at(0))

# %% alt="Bars: about half of the neurons are described by a tree, none of the random mixtures or random neurons, none with other boards, and few units of a trained shallow network." mystnb={"figure": {"name": "fig-neurons-trees", "caption": "**Single neurons speak of the board in simple terms, mixtures don't.** Share that a tree describes in layer {num}`best_layer`. Below them stand random mixtures, then random neurons, which bend mixtures of what these are fed. Then come neurons whose tree is shown, or grown on, another game's board, and units of the shallow rival."}}
shares = {
    "neurons": described.at(at_best),
    "random mixtures": turned_described.at(0),
    "random neurons": random_described,
    "neurons, other boards": other_described.at(at_best),
    "grown on other boards": blind_described.at(at_best),
    "units of the shallow rival": unit_described,
}
bars(
    list(shares),
    {"described": Series.of(Interval.of([*shares.values()]))},
    x_title="described by a tree",
    x_format=".1%",
)

# %%
claim(
    "trees_describe_neurons",
    "A tree about the board, at most six questions deep, describes a neuron of the best layer "
    "(R² above 0.7)",
    described.at(at_best),
    control=max(turned_described.at(0), random_described, unit_described, key=lambda one: one.high),
    against=f"the strongest of three rivals: {rotations} random rotations of the layer's outputs, "
    "neurons that ask for random things, and the units of the shallow rival",
    ratio=2,
    effect=True,
    published=[
        (
            913 / 2048,
            "Automatically Finding Rule-Based Neurons, 2025, best layer",
            "8x8, other trees",
        )
    ],
    unseen=(unseen_described, max(unseen_rivals, key=lambda one: one.high)),
)

# %% [markdown]
# In layer {num}`best_layer` trees describe {num}`trees_describe_neurons:.0%` of the neurons, but {num}`described_mixed:.0%` of the mixtures and {num}`described_units:.0%` of the shallow rival's units. So the basis of neurons is special here too.
#
# ## Does a rule cause anything?
#
# A neuron may go with a legal move and yet do nothing for it. So we *silence* neurons with a good rule: each keeps its mean output. Those whose weights raise the score of their own move are *promoters*. Without them, the moves that their rules name should lose against other legal moves. There are also *dampers*, whose weights lower it. Without these the moves should gain.
#
# We silence those of half of the squares at a time; the rules of all name nearly every legal move. The rivals are neurons of the same layers without such a rule: as large in what they write, or pushing the same square as much.

# %%
few = test[:80]
base, before = predict(model, few.moves), next_moves(model, few.moves[:, :-1])
norms = neurons.weight_norms(model)["output norm"]
size = found.std * norms  # how much a neuron writes
ruled = [rule for rule in ranking.rules if rule.f1 >= 0.8]  # on the games of the search
groups = neurons.promoters_and_dampers(ruled, direct)
drawn = np.random.default_rng(0).permutation(36)
halves_of_board = set(drawn[:18].tolist()), set(drawn[18:].tolist())


def silent_sets(name, rules):
    """A group's neurons, and two rivals of as many."""
    return {
        name: neurons.by_layer(rules),
        f"same size as {name}": neurons.of_the_same_size(rules, size),
        f"same push as {name}": neurons.of_the_same_push(rules, direct, found.std, ruled),
    }


choices = {}
for name, rules in groups.items():
    choices |= silent_sets(name, rules)
ablated = {
    name: neurons.effect(model, few.moves, neurons.silence(found.mean, silent), base)
    for name, silent in choices.items()
}

# %%
legal = probes.legal_next(few.replay) == 1
runs = {}
for squares in halves_of_board:
    for name, rules in groups.items():
        some = [rule for rule in rules if rule.square in squares]
        names = neurons.named_squares(some, hold_out[: len(few) * 31]).reshape(before.shape)
        for who, silent in silent_sets(name, some).items():
            with neurons.with_outputs(model, neurons.silence(found.mean, silent)):
                after = next_moves(model, few.moves[:, :-1])
            runs.setdefault(who, []).append((before, after, names, legal))
falls = {
    who: neurons.change_of_named(*(np.concatenate(parts, 1) for parts in zip(*of, strict=True)))
    for who, of in runs.items()
}
gaps = {name: fall.at(2) for name, fall in falls.items()}

# %%
causal = {}
for name, sign in (("promoters", -1), ("dampers", 1)):
    pairs = (gaps[f"{prefix}{name}"] for prefix in ("", "same size as ", "same push as "))
    own, *rivals = (sorted((sign * one.low, sign * one.high)) for one in pairs)
    # The intervals are apart, and the gap goes where the weights point.
    causal[name] = bool(own[0] > max(0, *(rival[1] for rival in rivals)))
say("80 games", gaps=gaps, falls=falls)
say(causal=causal, n_ruled=len(ruled), n_of={name: len(some) for name, some in groups.items()})
clear = neurons.promoters_and_dampers(ranking.at_least(0.9), direct)
say(n_clear={name: len(some) for name, some in clear.items()})

# %% alt="Points with intervals. Without promoters, named moves lose far more than other legal moves; without neurons of the same size or push they don't. Without dampers they gain." mystnb={"figure": {"name": "fig-neurons-causes", "caption": "**Silence is the test of a rule.** How much less likely legal moves that a rule names become than other legal moves, in log-probability, when neurons are silenced. Left of zero: they lose."}}
points(
    [f"silent: {name}" for name in gaps],
    {"named moves against other legal ones": Series.of(Interval.of([*gaps.values()]))},
    x_title="change of log-probability, named minus other",
    x_format=".2f",
)

# %% [markdown]
# For promoters the test {when}`causal[promoters] ? holds : fails`: the named moves {when}`causal[promoters] ? fall, and they don't with either rival : don't fall beyond the rivals`. For dampers it {when}`causal[dampers] ? holds : fails`: the named moves {when}`causal[dampers] ? rise as their weights say : don't rise beyond the rivals`. What dampers are for we don't know.
#
# ## What this doesn't show
#
# - **Most neurons stay without a rule.** Of {num}`neurons:,` neurons a small part has one. Trees describe more, in sentences that nobody would want to read.
# - **The network doesn't keep to neurons.** We find rules in neurons since we look there. A direction that is *fitted* to a legal move can do as well, as the [probes](probes.py) do.
# - **The best rules are near the answer.** All ten are in the last layer. Of the others the tenth best has an F1 of {num}`tenth_earlier:.2f`; the network's scores of next moves have {num}`tenth_score:.2f`.
# - **A rule is a correlation.** Taking all promoters away shows that they matter together. It doesn't show what each of them does.
# - **What dampers are for.** The best rule of all belongs to one. It *lowers* the very move that its rule calls legal ([more](neurons-dampers)). So do {num}`n_clear[dampers]` of the {num}`n_rules[0.9]:.0f` neurons counted above.
#
# ## What we learned
#
# - Some neurons stand for one sentence about the board. Random mixtures of neurons hardly do, and few units of a network without depth.
# - A short tree describes {num}`trees_describe_neurons:.0%` of the neurons in the best layer, and {num}`described_mixed:.0%` of the mixtures.
# - Neurons that raise their own move are {when}`causal[promoters] ? needed for it : not needed for it`. Those that lower it fit their rules as well, but {when}`causal[dampers] ? pass the causal test, too : fail the causal test`.
#
# ## Try it yourself
#
# 1. Add other neurons of its layer to the output of {num}`best[name]`, first one, then more. How many does the rule survive?
# 2. Silence {num}`best[name]` alone. Does its move suffer where it is legal?
# 3. Call the neuron active above zero, without a search for a threshold. How good is the rule then?

# %% [markdown]
# ### Answer: how many neurons the rule survives

# %%
draw, survives = np.random.default_rng(1), {}
strangers = draw.permutation(np.delete(np.arange(width), best.neuron))
for n in (0, 1, 3, 7, 31, 127):
    total = outputs[best.layer][:, [best.neuron, *strangers[:n]]].sum(1, keepdims=True)
    rules = neurons.find_rules(total, hold, best.layer)
    survives[n] = rules[0].f1 if rules else 0.0
say(survives=survives)

# %% [markdown]
# With one neuron added the best rule has an F1 of {num}`survives[1]:.2f`, with seven {num}`survives[7]:.2f`, with 31 {num}`survives[31]:.2f`. A value of 0 means that no sentence goes with the sum.
#
# ### Answer: silence one neuron

# %%
edits = neurons.silence(found.mean, neurons.by_layer([best]))
with neurons.with_outputs(model, edits):
    alone = next_moves(model, few.moves[:, :-1])
of_one = neurons.named_squares([best], hold_out[: len(few) * 31]).reshape(before.shape)
say("80 games", alone=neurons.change_of_named(before, alone, of_one, legal))

# %% [markdown]
# Where its rule holds, the move's log-probability changes by {num}`alone[0]:+.2f`, that of other legal moves by {num}`alone[1]:+.3f`.
#
# ### Answer: a threshold of zero

# %%
truth, active = neurons.confusion(best, held_out[best.layer], hold_out)
at_zero = f1_score(truth, held_out[best.layer][:, best.neuron] > 0)
say(at_zero=at_zero, threshold=best.threshold, at_threshold=f1_score(truth, active))

# %% [markdown]
# The F1 is {num}`at_zero:.3f` above zero and {num}`at_threshold:.3f` above the threshold that was found, {num}`threshold:.2f`.
#
# (neurons-rules)=
# ## Details: the best rules, and how good they are
#
# For every neuron the best sentence and threshold are searched on {num}`train_rows:,` positions: the best single one first, then others of the same square as long as "or" helps. What counts is how the rule does on {num}`test_rows:,` positions of other games. *Precision* is how often the rule holds when the neuron is active; *recall*, how often the neuron is active when the rule holds; F1 is their harmonic mean. All sentences of the search say that a square is empty. In a [crowded network](construction-crowded) whose units don't ask for that, it names the right line for {num}`construction.py::crowded_line:.0%` of them, and the whole condition for {num}`construction.py::crowded_rules_right:.0%`.

# %%
neurons.rule_table(ranking, held_out, hold_out).style.hide().format(
    "{:.3f}", subset=["precision", "recall"]
)

# %% [markdown]
# Each of the best neurons has to beat itself on other games' boards, and the best mixture, intervals apart.

# %%
n_top = 50
top = neurons.Ranking(ranking.rules[:n_top], swapped[..., :n_top])
strongest = top.f1.at(int(top.f1.mean.argmax()))
assert counted.low[levels.index(0.9)] > 0
assert (ranking.f1.low[:n_top] > top.f1.high).all()
assert (ranking.f1.low[:n_top] > best_mix.high).all()
say(f"{len(fresh):,} games", unseen_tenth=unseen_tenth, unseen_unit=unseen_unit)
say(f"{len(test)} games", unseen_described=unseen_described)
regrown = neurons.describe(
    asked[regrow_on],
    outputs[[at_best]][:, regrow_on],
    truths,
    held_out[[at_best]],
    len(test),
)
say(f"{len(test)} games", regrown=regrown.share().at(0))
assert unseen_described.high < described.low[at_best]  # as the words have it
say(f"{len(test)} games", f1=ranking.f1.at(0), strongest=strongest, n_top=n_top)

# %% [markdown]
# The aim was ten neurons with an F1 of at least 0.99: {num}`n_rules[0.99]:.0f` reach it, {num}`n_rules[0.95]:.0f` reach 0.95, {num}`n_rules[0.9]:.0f` reach 0.9 and {num}`n_rules[0.8]:.0f` reach 0.8. The best neuron's F1 is {num}`f1:.3f`. With the boards of other games none of the best {num}`n_top` gets beyond {num}`strongest:.2f`.
#
# Of the rivals inside the network the strongest is the rotation. Each layer's {num}`per_layer` outputs are replaced by a random rotation of them. {num}`n_mixed` of all mixtures correlate enough with a sentence to get a rule at all; {num}`n_mixes[0.5]:.0f` reach 0.5 and {num}`n_mixes[0.8]:.0f` reach 0.8. The best has {num}`best_mix:.3f`. And {num}`per_layer` *random neurons* of the last layer, which bend mixtures of what its neurons are fed, get {num}`best_bent:.3f` at best; in the best layer trees describe {num}`described_random:.1%` of such neurons. Of the {num}`n_units:,` units of the shallow rival {num}`n_unit_rules[0.5]:.0f` reach 0.5 and {num}`n_unit_rules[0.9]:.0f` reach 0.9; the tenth best has {num}`tenth_unit:.3f`. Of the {num}`n_good_units` good ones {num}`n_corner` name lines that end in a corner.
#
# Nearly all positions after twelve moves and more are new to the network ([the model](model.py)). On these alone the tenth best rule has an F1 of {num}`unseen_tenth:.3f` (that of the rival's units {num}`unseen_unit:.3f`), and trees describe {num}`unseen_described:.0%` of the best layer's neurons, fewer than over whole games ({num}`trees_describe_neurons:.0%`). Grown on other positions, they describe {num}`regrown:.0%`.
#
# How often does a neuron take which value, when its rule holds and when it doesn't?

# %% alt="Distributions of the outputs of the best neurons, where their rules hold and where they don't: they hardly overlap." mystnb={"figure": {"name": "fig-neurons-spectrum", "caption": "**Two humps, one threshold between them.** Distribution of a neuron's output over held-out positions, where its rule holds and where it doesn't. The menu has the best nine."}}
charts = {}
for rule in ranking.rules[:9]:  # more would hang out of the figure's menu
    truth, _ = neurons.confusion(rule, held_out[rule.layer], hold_out)
    middle, yes, no = neurons.output_distributions(held_out[rule.layer][:, rule.neuron], truth)
    lines = {
        "rule holds": Series(yes, colour=figures.LEGAL),
        "rule doesn't hold": Series(no, colour=figures.CONTROL),
    }
    chart = curves(middle, lines, x_title="output", y_title="positions", y_format=".0%")
    charts[f"{rule.name}: {game.square_name(rule.square)}"] = chart
choice(charts)

# %% [markdown]
# At its threshold: how often is a neuron active where its rule holds, and silent where it doesn't?

# %%
clear = {}
for key, rule in (("shown", best), ("best", ranking.rules[0])):
    truth, active = neurons.confusion(rule, held_out[rule.layer], hold_out)
    clear[key] = {"threshold": rule.threshold}
    clear[key] |= {"sensitivity": active[truth].mean(), "specificity": (~active)[~truth].mean()}
say(clear=clear)

# %% [markdown]
# Above {num}`clear[best][threshold]:.2f` the first one is called active: in {num}`clear[best][sensitivity]:.1%` of the positions where the rule holds (*sensitivity*), and it is silent in {num}`clear[best][specificity]:.1%` of the others (*specificity*). For the neuron at the top of this page these are {num}`clear[shown][sensitivity]:.1%` and {num}`clear[shown][specificity]:.1%`.
#
# (neurons-dampers)=
# ## Details: the best rule of all belongs to a damper

# %%
push = float(direct[damper.layer][damper.neuron, damper.square])
f1_damper = ranking.f1.at(ranking.rules.index(damper))
say(
    f"{len(test)} games",
    damper={"name": damper.name, "rule": str(damper), "f1": f1_damper, "push": push},
)
say(damper_square=game.square_name(damper.square), damper_first=damper == ranking.rules[0])

# %% [markdown]
# The picture at the top shows the best promoter, {num}`best[name]`, with an F1 of {num}`best[f1]:.3f`; an output of one adds {num}`raises:+.2f` to the logit of {num}`square`. The best damper is {num}`damper[name]`, "{num}`damper[rule]`", with {num}`damper[f1]:.3f`. On the games that rules are searched on, its rule is {when}`damper_first ? the best of all : not the best of all`. It adds {num}`damper[push]:+.2f` to the logit of {num}`damper_square` by its direct weights: it is active where that move is legal, and lowers it. A guess at why: all legal moves are nearly equally probable, so a network that has found one of them early has to even them out.

# %% alt="The positions that activate the best damper most, and its effect on each square's logit, which is lowest on the square of its rule." mystnb={"figure": {"name": "fig-neurons-damper", "caption": "**A damper lowers the move that its rule calls legal.** As at the top of the page, for {num}`damper[name]`."}}
where_damper = found.where[damper.layer, damper.neuron]
effects = np.ma.stack([direct[damper.layer][damper.neuron]] * len(where_damper))
panels = [
    Panel("mine (blue), theirs (orange)", values=cells[where_damper], scale="signed", limit=1),
    Panel("effect on the next move", values=effects, scale="signed"),
]
labels = [f"output {x:.2f}" for x in found.top[damper.layer, damper.neuron]]
stepper(panels, labels, last=corpus.moves[:, :-1].ravel()[where_damper])

# %% [markdown]
# ## Details: do the eight symmetries each have their neuron?
#
# The board looks the same after a quarter turn or in a mirror. The network wasn't told. For each of the best rules: which of its images under the eight symmetries has a neuron of its own, with a held-out F1 of at least 0.8? The control takes, for each image, the chance that a sentence of that kind has one.

# %%
images = neurons.images_owned(ranking)
say("orbits of rules", images=images.at(0), images_chance=images.at(1), images_gap=images.at(2))
say(images_rules=min(100, len(ruled)), images_more=bool(images.low[2] > 0))

# %% [markdown]
# Of the other images of the {num}`images_rules` best rules, {num}`images:.0%` have such a neuron; of all sentences of the same kinds, {num}`images_chance:.0%`. So they have one {when}`images_more ? more often than such sentences do anyway : not clearly more often than such sentences do anyway` (by {num}`images_gap:+.0%`).
#
# ## Details: trees in every layer
#
# A tree asks at most six questions in a row (up to 64 cases in all): is a square mine, theirs or empty, was it just played, was it just turned? It is fitted on {num}`tree_rows:,` positions and has to predict the neuron's output on {num}`test_rows:,` held-out ones. $R^2$ is the share of the variance that it predicts. In an 8x8 model 913 of the 2048 neurons (45%) of the best layer are above 0.7 {cite}`rulebased2025`; the rules themselves go back to {cite}`heuristics2024`. Others look for such parts in sparse dictionaries {cite}`karvonen2024`; none is trained here.
#
# Three controls. *Other board*: every tree is given the board of another game after the same number of moves. *Fitted to other boards*: trees that were grown on such boards (of every eighth neuron). *Rotated*: the outputs of the best layer, mixed by {num}`rotations` random rotations ({num}`mixes` mixes from each).

# %% alt="Share of each layer's neurons with a held-out R squared above 0.7, by layer, for trees and for trees with other boards, which describe none." mystnb={"figure": {"name": "fig-neurons-layers", "caption": "**Trees do best in the middle of the network.** Share of each layer's neurons that trees describe, beside two controls with other games' boards."}}
layers = [f"layer {layer}" for layer in range(n_layer)]
lines = {
    "trees": Series.of(described, colour=figures.MODEL),
    "given another board": Series.of(other_described, colour=figures.THEIRS),
    "fitted to other boards": Series.of(blind_described, colour=figures.CONTROL),
}
points(layers, lines, x_title="neurons with held-out R² above 0.7", x_format=".0%")

# %% [markdown]
# A share depends on where one draws the line; a median doesn't. Both are taken, for trees and controls.

# %%
medians = {"mixed": turned.r2[0], "best": r2[at_best], "blind": blind.r2[at_best]}
medians |= {"f1": trees.f1[at_best], "other_f1": given.f1[at_best]}
say(median={name: float(np.median(of)) for name, of in medians.items()})
say(f"{len(test)} games", other=other_described.at(at_best), blind=blind_described.at(at_best))

# %% [markdown]
# In layer {num}`best_layer`, where trees do best on positions that are left out here, they describe {num}`trees_describe_neurons:.1%` of the neurons; in all layers together {num}`described_all`. The published share is 45%. The median F1 of predicting whether a neuron's output is above zero is {num}`median[f1]:.2f` there. Given another game's board, the same trees describe {num}`other:.1%` (median F1 {num}`median[other_f1]:.2f`); trees that were fitted to such boards describe {num}`blind:.1%`, with a median $R^2$ of {num}`median[blind]:.2f`. What is predicted comes from the board, not from the clock. Of the rotated outputs trees describe {num}`described_mixed:.1%` (median $R^2$ {num}`median[mixed]:.2f`, of the neurons {num}`median[best]:.2f`).
#
# And how does a share depend on where one draws the line?

# %% alt="Share of each layer's neurons whose tree has a held-out R squared above a mark, against the mark: it falls steadily." mystnb={"figure": {"name": "fig-neurons-bar", "caption": "**No mark is special.** Share of each layer's neurons whose tree has an $R^2$ of at least a mark."}}
at_marks = np.linspace(0.1, 0.95, 18)
lines = {name: [(r2[k] > mark).mean() for mark in at_marks] for k, name in enumerate(layers)}
curves(at_marks, lines, x_title="R² of at least", y_title="neurons", y_format=".0%")

# %% [markdown]
# ## Details: a layer replaced by its trees
#
# A description may fit and yet miss what matters. So a whole layer's neurons are replaced by what their trees predict from the board, and the network has to go on with that. Two comparisons: trees that look at *another game's* board after the same number of moves, and every neuron at its *mean*. Effects are differences within games, on {num}`causal_games` held-out ones, in nats a move.

# %%
effects = {"its tree": [], "tree, other board": [], "mean": []}
for layer, tree in enumerate(trees.predicted):
    values = {"its tree": tree[: len(few) * 31], "tree, other board": tree[-len(few) * 31 :]}
    edits = {name: neurons.replacement(v.copy()) for name, v in values.items()}
    edits["mean"] = neurons.mean_ablation(found.mean[layer], np.arange(width))
    for name, edit in edits.items():
        effects[name].append(neurons.effect(model, few.moves, {layer: edit}, base))
say(causal_games=len(few))

# %% [markdown]
# Which costs less in each layer: trees with the right board, trees with another, or the mean alone?

# %% alt="Added loss and illegal first choices for each layer, with trees in place of the neurons, trees of another board and means: the right trees cost least." mystnb={"figure": {"name": "fig-neurons-replaced", "caption": "**The network can go on with what trees know of this board.** What it costs to put trees, trees of another board, or means in place of a layer's neurons. The menu has loss and legality."}}
costs = neurons.costs(effects)
x_title = "added loss (nats), or share of illegal first choices"
form = dict(x_title=x_title, x_format={"loss": ".3f", "illegal": ".1%"})
tints = dict(zip(effects, (figures.MODEL, figures.THEIRS, figures.CONTROL), strict=True))
looks = {name: dict(colour=tint) for name, tint in tints.items()}
measures(layers, costs, what="What is added by replacing a layer's neurons", looks=looks, **form)

# %% [markdown]
# How much of what silence costs do the trees save? And does the right board help in every layer?

# %%
assert (costs["loss"]["its tree"].high < costs["loss"]["tree, other board"].low).all()
pairs = list(zip(effects["its tree"], effects["mean"], strict=True))
saved = [
    [neurons.loss_recovered(own["loss"][of::2], mean["loss"][of::2]) for own, mean in pairs]
    for of in (0, 1)
]
on_some, kept = (Interval.of(of_layers) for of_layers in saved)  # chosen on some, told on others
most, least = int(on_some.mean.argmax()), int(on_some.mean.argmin())
say("40 games", kept={"best": kept.at(most), "worst": kept.at(least)}, kept_layer=most)
illegal = {name: costs["illegal"][name].at(at_best) for name in ("its tree", "mean")}
say("80 games", replaced_illegal=illegal)

# %% [markdown]
# Of the loss that a layer's silence costs, trees save between {num}`kept[worst]:.0%` and {num}`kept[best]:.0%` (in layer {num}`kept_layer`; above 100% would be better than with its own neurons). In layer {num}`best_layer` the trees make {num}`replaced_illegal[its tree]:.1%` more first choices illegal, silence {num}`replaced_illegal[mean]:.1%`. In every layer the trees' cost lies below that of the same trees with another board (the cell asserts it). Where it is known what units do, trees in their place pass this test: in a [network by hand](construction-crowded) they make {num}`construction.py::put_in[trees]:.1%` of the first choices illegal, means {num}`construction.py::put_in[means]:.0%`.
#
# ## Details: described neurons silenced
#
# Now the other way round. The described neurons are set to their means (in a layer where they are more than half, the best half), and so are as many others of the same layer: random ones, or the nearest in *size*, which is the standard deviation of the output times the norm of the output weights. Sizes differ much, and a large neuron is missed whatever it does.

# %%
silenced = {"described": [], "random others": [], "others of the same size": []}
elsewhere_r2 = trees.during(np.repeat(np.arange(len(test)) >= len(few), 31)).r2  # other games
counts, sizes = [], []
for at in range(n_layer):
    order = np.argsort(-elsewhere_r2[at])[: width // 2]
    others = np.flatnonzero(elsewhere_r2[at] <= 0.7)
    chosen = order[elsewhere_r2[at, order] > 0.7][: len(others)]
    drawn = rng.choice(others, len(chosen), False), neurons.matched_others(size[at], chosen, others)
    counts.append(len(chosen))
    sizes.append([size[at][who].sum() for who in (chosen, *drawn)])
    for name, who in zip(silenced, (chosen, *drawn), strict=True):
        edit = {at: neurons.mean_ablation(found.mean[at], who)}
        silenced[name].append(neurons.effect(model, few.moves, edit, base))

# %% [markdown]
# Are the described neurons missed more than random others, and more than others as large?

# %% alt="Added loss and illegal first choices for each layer, without its described neurons, without random others and without others of the same size: the described ones cost most in nearly all layers." mystnb={"figure": {"name": "fig-neurons-silenced", "caption": "**Described neurons are missed more than others of the same size.** What it costs to silence each layer's described neurons, random others, and others of the same size. The menu has loss and legality."}}
labels = [f"{name}, {n} of {width}" for name, n in zip(layers, counts, strict=True)]
tints = dict(zip(silenced, (figures.MODEL, figures.CONTROL, figures.THEIRS), strict=True))
looks = {name: dict(colour=tint) for name, tint in tints.items()}
costs = neurons.costs(silenced)
measures(labels, costs, what="What is added by silencing neurons", looks=looks, **form)

# %% [markdown]
# What do they cost in all, and is the match fair? Large neurons might be described more often.

# %%
totals = {
    key: {name: bootstrap(np.sum([e[key] for e in some], 0)) for name, some in silenced.items()}
    for key in ("loss", "illegal")
}
mean_size = dict(zip(silenced, np.sum(sizes, 0) / sum(counts), strict=True))
apart = costs["loss"]["described"].low > costs["loss"]["others of the same size"].high
large = size > np.quantile(size, 0.9, axis=1, keepdims=True)
of_large = {"large": float((r2 > 0.7)[large].mean()), "all": float((r2 > 0.7).mean())}
say("80 games", total=totals, mean_size=mean_size, share_described=of_large)
say(described_matter=int(apart.sum()))

# %% [markdown]
# Summed over the layers, each silenced by itself, the described neurons cost {num}`total[loss][described]:.2f` nats and {num}`total[illegal][described]:.1%` of legality; random others {num}`total[loss][random others]:.2f` and {num}`total[illegal][random others]:.1%`, others of the same size {num}`total[loss][others of the same size]:.2f` and {num}`total[illegal][others of the same size]:.1%`. In {num}`described_matter` of the {num}`n_layers` layers the described ones cost more than those of the same size, intervals apart.
#
# The match isn't perfect: of the largest tenth of all neurons {num}`share_described[large]:.0%` are described ones (of all {num}`share_described[all]:.0%`), so that there may be too few others as large. Their mean size is {num}`mean_size[described]:.2f`, that of the nearest others {num}`mean_size[others of the same size]:.2f`, of random others {num}`mean_size[random others]:.2f`.
#
# ## Details: promoters and dampers
#
# These are the neurons that have a rule with F1 above 0.8. There are {num}`n_of[promoters]` promoters and {num}`n_of[dampers]` dampers. <a href="play.html#moves=B4D5E3D2E4F4D6B5B6A6F2E6&amp;ply=12&amp;layer=5&amp;neurons=L5N191">On the live board one promoter is silent</a>: switch it on again, and the move that it promotes, F6, comes back. They are:

# %%
neurons.layer_counts(groups, n_layer)

# %% [markdown]
# Three controls: as many random others from the same layers; since neurons differ much in how much they write, as many others of the same size; and for each neuron one without a rule that pushes the same square's logit *as much*, so that only when it is active differs.

# %% alt="Added loss and illegal first choices without promoters, dampers, both, and as many random others and others of the same size or push." mystnb={"figure": {"name": "fig-neurons-ruled", "caption": "**What silence costs in all.** Added loss and illegal first choices without neurons that have a rule, and without as many others. The menu has loss and legality."}}
for draw in range(2):
    name = f"random, as many as both ({draw + 1})"
    choices[name] = neurons.random_others(ruled, width, rng)
choices["promoters and dampers"] = neurons.by_layer(ruled)
for name in choices.keys() - ablated.keys():
    edits = neurons.silence(found.mean, choices[name])
    ablated[name] = neurons.effect(model, few.moves, edits, base)
rows = {name: ablated[name] for name in choices}
costs = neurons.costs({"added": list(rows.values())})
measures(list(rows), costs, what="What is added by silencing neurons with a rule", **form)

# %% [markdown]
# What does it cost to lose all neurons with a rule, beside as many random others?

# %%
random_name = "random, as many as both (1)"
both = {"ruled": ablated["promoters and dampers"], "random": ablated[random_name]}
say(
    "80 games",
    silent={
        name: {key: bootstrap(of[key]) for key in ("loss", "illegal")} for name, of in both.items()
    },
)

# %% [markdown]
# Without all {num}`n_ruled` neurons that have a rule the loss rises by {num}`silent[ruled][loss]:.4f` nats and the share of illegal first choices by {num}`silent[ruled][illegal]:.2%`; without as many random others by {num}`silent[random][loss]:.4f` and {num}`silent[random][illegal]:.2%`. But a total says how much neurons matter, not whether they do what their rules say. So: when those of half of the squares are silent, what happens to the log-probability of the legal squares that their rules name, and what to that of the *other* legal squares? Both halves are put together.

# %% alt="Change of log-probability of named and of other legal squares for promoters, dampers and their rivals: without promoters named squares fall and others rise." mystnb={"figure": {"name": "fig-neurons-named", "caption": "**Named squares and others.** How the log-probability of legal squares changes when neurons are silenced: of those that a rule names, and of the others."}}
lines = {
    kind: Series.of(Interval.of([fall.at(k) for fall in falls.values()]))
    for k, kind in enumerate(("named by a rule", "other legal squares"))
}
x_title = "change of a legal square's log-probability"
points([f"silent: {name}" for name in falls], lines, x_title=x_title, x_format=".3f")

# %% [markdown]
# Without the promoters, the squares that their rules name change by {num}`falls[promoters][0]:+.3f`, other legal squares by {num}`falls[promoters][1]:+.3f`; without the dampers by {num}`falls[dampers][0]:+.3f` and {num}`falls[dampers][1]:+.3f`. The gap between named and other squares is {num}`gaps[promoters]:+.3f` and {num}`gaps[dampers]:+.3f`; with neurons of the same size silent instead {num}`gaps[same size as promoters]:+.3f` and {num}`gaps[same size as dampers]:+.3f`, with neurons of the same push {num}`gaps[same push as promoters]:+.3f` and {num}`gaps[same push as dampers]:+.3f`. A test holds if the gap goes beyond both in the direction in which the weights point, intervals apart: down for promoters, up for dampers.
#
# ## Details: a whole logit, piece by piece
#
# The last residual stream is a sum, and the final LayerNorm is linear once its scale is known. So every logit is *exactly* a sum of what the components wrote: embedding, position, each head, each MLP (each of its neurons), biases. Here is the model's most probable move in one position, and the parts of all its logits as boards (each minus its mean over the squares, which the softmax doesn't see).

# %%
shown, ply = test[5:6], 15
parts = neurons.decompose(model, shown.moves[0])
names, contributions = neurons.logit_attribution(model, parts)
truth = neurons.double(model)(inputs_of(shown.moves))[0]
error = (contributions.sum(0) - truth).abs().max().item() / truth.abs().max().item()
assert error < 1e-12
token = int(truth[ply].argmax())
square = int(game.square_of_token()[token])
boards = neurons.grouped(names, contributions, ply, n_layer)
say(error=error, chosen=game.square_name(square), ply=ply + 1)
say(logit=float(boards["the logit"][square]))

# %% [markdown]
# Where does the chosen move stand out, and which components make it do so?

# %% alt="Boards of the contributions of the embeddings, each layer's heads and MLP, and the biases to all squares' logits, and of their sum." mystnb={"figure": {"name": "fig-neurons-logit", "caption": "**A logit is a sum.** What embeddings, heads, MLPs and biases add to the logit of each square; the last board is their sum."}}
last = np.sign(shown.replay.boards()[0, ply])
discs = np.stack([last] * len(boards))
grid(np.ma.stack([*boards.values()]).reshape(-1, 6, 6), list(boards), discs=discs, quantity="logit")

# %% [markdown]
# Each MLP's part is a sum over its neurons. How many of all neurons make half of the effect?

# %%
largest, half = neurons.largest_parts(model, parts, ply, token)
say(half_neurons=half)

# %% [markdown]
# Do single neurons or single heads add most to this logit? The largest of each are set side by side.

# %% alt="Bars of the contributions of the twelve largest neurons and the four largest heads to one logit." mystnb={"figure": {"name": "fig-neurons-parts", "caption": "**Few neurons make a large part of it.** The largest contributions of single neurons and heads to the logit of {num}`chosen`."}}
bars(list(largest), {"logit": [*largest.values()]}, x_title="contribution", x_format=".2f")

# %% [markdown]
# After move {num}`ply` the model prefers {num}`chosen`, whose logit is {num}`logit:.2f` above the mean. The parts add up to the logits up to {num}`error:.0e` of the largest. Half of the neurons' total effect on it (in absolute terms) comes from {num}`half_neurons` of {num}`neurons:,`.
#
# ## Details: what neurons read and write
#
# A neuron *reads* along its input weights and *writes* along its output weights. Both live in the residual stream, like the directions of the [probes](probes.py) for *empty* and *mine - theirs* and like each square's embedding and unembedding. A cosine with each square's direction makes a board.

# %%
wanted = [probes.TARGETS[name] for name in ("empty", "board", "legal_next")]
fit = game.sample_moves(600, seed=13)
ridge = probes.fit_ridge(model, fit, wanted, sites=model.sites[1::2])
means = probes.fit_means(model, fit, wanted, sites=model.sites[2::2])
bases = neurons.Bases.of(model, ridge, means)
sides = [(verb, family) for verb in ("reads", "writes") for family in neurons.FAMILIES]

# %% [markdown]
# First one neuron, the one at the top of the page: where does it read, and where does it write?

# %% alt="Eight boards of cosines of one neuron's input and output weights with the directions of empty, mine minus theirs, embedding and unembedding." mystnb={"figure": {"name": "fig-neurons-weights", "caption": "**It writes where its move is.** Cosines of the input and output weights of {num}`best[name]` with each square's directions."}}
row = best.layer, best.neuron
panels = np.stack([bases.cosines(*side)[row] for side in sides])
titles = [f"{verb} {family}" for verb, family in sides]
grid(panels.reshape(-1, 6, 6), titles, quantity="cosine", columns=2)

# %% [markdown]
# How much of the weights do such bases explain? For each basis: the mean share of the squared length that lies in its span. A basis of many dimensions explains a lot by chance, so beside each is a random subspace of the same dimension.

# %% alt="Mean share of neurons' weights in the span of each basis, by layer, with random subspaces of the same dimension." mystnb={"figure": {"name": "fig-neurons-explained", "caption": "**Late neurons write moves.** Mean share of neurons' weights in the span of each basis, by layer; dotted: random subspaces of the same dimension."}}
shares = {side: bases.shares(*side).mean(1) for side in sides}
chance = {side: bases.by_chance(*side) for side in sides}
lines = {f"{verb} {family}": shares[verb, family] for verb, family in sides}
lines["random, same dimension"] = Series(
    np.mean([*chance.values()], 0), colour=figures.CONTROL, dash="dot"
)
curves(layers, lines, x_title="", y_title="share explained", y_format=".0%")

# %% [markdown]
# For reading and for writing: which basis, in which layer, explains most beyond a random subspace?

# %%
explains = {}
for verb in ("reads", "writes"):
    own = {side: shares[side] - chance[side] for side in sides if side[0] == verb}
    side = max(own, key=lambda k: own[k].max())
    at = int(own[side].argmax())
    explains[verb] = {"basis": side[1], "layer": at}
    explains[verb] |= {"share": shares[side][at], "chance": chance[side][at]}
say(explains=explains)

# %% [markdown]
# Inputs are best explained by *{num}`explains[reads][basis]`* in layer {num}`explains[reads][layer]`: {num}`explains[reads][share]:.0%`, where a random subspace explains {num}`explains[reads][chance]:.0%`. Outputs by *{num}`explains[writes][basis]`* in layer {num}`explains[writes][layer]`: {num}`explains[writes][share]:.0%` against {num}`explains[writes][chance]:.0%`.
#
# ## Details: the most unusual neurons
#
# *Kurtosis* (3 for a normal distribution) finds neurons that are nearly always silent and sometimes loud. For the four with the most, averaged over the positions that activate them most, out of {num}`surveyed:,`: where are discs of mine (blue) and theirs (orange)?

# %% alt="Mean boards of the positions that activate the four neurons of the largest kurtosis most, beside the mean of all positions." mystnb={"figure": {"name": "fig-neurons-loud", "caption": "**What wakes the quietest neurons.** The mean board of the positions that activate them most, and that of all positions."}}
tops = cells[found.where]  # [layers, neurons, positions, squares]
loud = np.argsort(-found.kurtosis, axis=None)[:4]
normal = cells[:: len(cells) // 2000].mean(0)
shown = np.concatenate([tops.mean(2).reshape(-1, 36)[loud], normal[None]]).reshape(-1, 6, 6)
names = [neurons.neuron_name(*divmod(int(n), width)) for n in loud]
titles = [
    f"{name}, kurtosis {found.kurtosis.flat[n]:.0f}" for name, n in zip(names, loud, strict=True)
]
grid(shown, [*titles, "all positions"], quantity="mine - theirs", limit=1, columns=2)

# %% [markdown]
# Are such neurons rare? Asked of each layer's medians, and of how many neurons are seldom above zero.

# %%
most_kurtosis, half_kurtosis = float(found.kurtosis.max()), float(np.median(found.kurtosis))
say(kurtosis={"most": most_kurtosis, "median": half_kurtosis})
say(sparse=float((found.fires < 0.05).mean()))
neurons.layer_medians(model, found).style.format("{:.2f}")

# %% [markdown]
# The table has each layer's medians. Over all neurons the median kurtosis is {num}`kurtosis[median]:.0f`, the largest {num}`kurtosis[most]:,.0f`; {num}`sparse:.0%` of the neurons have an output above zero in fewer than 5% of the positions.
#
# (neurons-all)=
# ## Details: all neurons in one table
#
# Sort by any column, search by square or words, tap a row for its card: what it reads and writes, the mean of the positions that activate it most, and the first three of them. "Most active when" is the path to the most active leaf of its tree; "reads the board" is the share of its input weights that *empty* and *mine - theirs* explain, "writes to moves" the share of its output weights that the unembeddings do.

# %%
columns = neurons.catalogue(found, trees, given, ranking, bases, tops)
neurons.catalogue_table(columns, bases, tops)

# %% [markdown]
# Each neuron also has a card with an address of its own, such as [neuron.html#L7N35](neuron.md).

# %%
cards = neurons.neuron_cards(found, corpus, ranking, elsewhere, trees, bases, direct)
neurons.neuron_card_files(cards)

# %% [markdown]
# *Machinery: [`othello_gpt.neurons`](api/neurons.md). Before: [interventions](interventions.py). Next: [attention](attention.py).*

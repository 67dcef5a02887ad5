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
# # How does the network turn discs over?
#
# **Partly with neurons that each watch one line.** A move turns the discs of a line, and a few neurons answer to that line above all. Silence them, and {num}`lost[run][its own line]:.0%` of the line's turned discs are misread. Silence twice as many others that are as active there, and it is {num}`lost[run][twice as many as active]:.1%`. Others picked by what they write on these very discs can do it, too, but break discs of other lines as well.

# %%
import numpy as np
import torch

from othello_gpt import mechanism, neurons, probes
from othello_gpt.book_tools import claim, say
from othello_gpt.construction import Crowded, as_gpt
from othello_gpt.figures import CONTROL, MINE, MODEL, THEIRS, Series, bars, curves, measures, points
from othello_gpt.game import Games
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import REPORT_SEED, load_model, predict

torch.set_grad_enabled(False)
model = load_model()
shape = model.config.n_layer, 4 * model.config.n_embd
site, early = "resid_mid 5", range(5)

# %%
train = Games.sample(600, seed=12)
outputs, asked = neurons.sample_outputs(model, train)
mean, std = outputs.mean(1), outputs.std(1)
norms = neurons.weight_norms(model)["output norm"]
turned = mechanism.turned_lines(train.replay)
rules = mechanism.line_rules(outputs, turned, layers=early)
tied = mechanism.tied_neurons(rules, least=3)
probe = probes.fit_ridge(model, Games.sample(600, seed=21), [probes.TARGETS["board"]], [site])

# %%
flips = mechanism.sample_flips(800, tied, REPORT_SEED, first=500_000)
last = mechanism.LastPosition(model, flips.cases)
written = last.run()
onto = mechanism.written_onto(last, flips, probe, mean)
chosen = mechanism.choose(flips, tied, written, mean, std, norms, onto)
steps = mechanism.sizes(written, chosen, mean, model)
base = mechanism.measure(last, flips, probe, lambda part, layer, value: value)
seen = {}
for name, mask in chosen.items():
    seen[name] = mechanism.measure(last, flips, probe, mechanism.silenced(mask, mean))
lost = {
    what: {name: mechanism.lost(base, one, what) for name, one in seen.items()}
    for what in ("run", "elsewhere", "others", "unturned", "illegal")
}

# %% alt="Share of turned discs that are misread when neurons are silenced: a third without the line's own neurons, nearly none without any of five kinds of others, and an eighth or a quarter without those that write most onto the discs." mystnb={"figure": {"name": "fig-mechanism-lines", "caption": "**Silence a line's neurons, and its turned discs are misread.** How many more of a line's turned discs are misread right after the move, when neurons are silenced. The menu has what else suffers: discs that the same move turned along other lines, all other squares, and the next move."}}
titles = {
    "run": "discs turned along the line, misread",
    "elsewhere": "discs turned along other lines, misread",
    "others": "all other squares, misread",
    "unturned": "probability of moves of the unturned board",
    "illegal": "probability of all illegal moves",
}
found = {title: {"added": Interval.of([*lost[what].values()])} for what, title in titles.items()}
what = "What is added when neurons are silenced"
measures([*chosen], found, x_title="more than with all neurons", x_format=".1%", what=what)

# %% [markdown]
# ## The idea
#
# After a move on A3, say, discs to its east may turn, and others to its northeast. A *line* here is such a square and such a side. The network is never told which lines turn. Yet its board changes with each move. Something has to decide, line by line.
#
# The [neurons](neurons.py) chapter gave neurons rules about the *next* move. The same search can ask about the *last* one: "the move just made on A3 turned discs to its east". A neuron whose best rule is of this kind, and good enough, is *tied* to the line. We find {num}`n_tied` such neurons in the first layers, for {num}`n_lines` lines.
#
# To silence a neuron means to hold it at its mean. We do so at one position only, that of the move. Then we look at the board that the probe reads there.
#
# ## The experiment


# %% tags=["experiment"]
def misread(silent):
    to_mean = torch.from_numpy(mean)

    def change(part, layer, value):
        if part != "neurons":
            return value
        return torch.where(silent[:, layer], to_mean[layer], value)

    stream = last.run(change=change).mid[:, 5]  # where the probe reads
    boards = probe.classify("board", site, stream).numpy()
    wrong = boards != flips.cases.before
    return (wrong & flips.run).sum(1) / flips.run.sum(1)


own = misread(torch.from_numpy(chosen["its own line"]))

# %%
added = bootstrap(own - misread(torch.zeros(len(own), *shape, dtype=torch.bool)))
assert abs(added.mean - lost["run"]["its own line"].mean) < 1e-6

# %%
names = *mechanism.RIVALS, *mechanism.WRITERS
rivals = {name: mechanism.specific(base, seen[name]) for name in names}
strongest = max(rivals, key=lambda name: rivals[name].high)
by_legality = {name: one.mean for name, one in lost["illegal"].items()}
own_line = by_legality["its own line"]
assert own_line > 5 * by_legality["others as active here"]  # as the words have it
assert 1.5 * by_legality["twice as many as active"] < own_line
assert own_line < 3 * by_legality["twice as many as active"]
legal_factor, line_factor, writers_factor = (
    bootstrap(
        np.stack([seen[n].illegal - base.illegal for n in ("its own line", other)], 1),
        statistic=lambda means: means[:, 0] / means[:, 1],
    )
    for other in ("others as active here", "twice as many as active", names[-1])
)
unseen = flips.cases.ply >= 11
rises = {name: bootstrap((one.run - base.run)[unseen]) for name, one in seen.items()}
late_own, *late_rivals = (
    mechanism.specific(base, seen[name], unseen) for name in ("its own line", *names)
)
times = {name: mechanism.times(base, seen["its own line"], seen[name]) for name in rivals}
say(
    "800 games",
    n_tied=sum(map(len, tied.values())),
    n_lines=len(tied),
    n_all_lines=sum(bool(one.towards) and not one.run for one in neurons.lines_through()),
    silent=float(chosen["its own line"].sum((1, 2)).mean()),
    base=bootstrap(base.run),
    lost=lost,
    unseen=rises,
    line_factor=line_factor,
    legal_factor=legal_factor,
    writers_factor=writers_factor,
    times=times,
    steps=steps,
)

# %% [markdown]
# (claim-line_ablation)=
# ## The control that could have killed it
#
# Silencing an active neuron moves the stream further than silencing an idle one. So two rivals are other neurons of the same layers that are *as active in this very position*, as many and twice as many. Three are tied to other lines of its square or to other squares, or are as large. The last two are picked by what they do: those that *write most* onto the turned discs.
#
# Whoever writes on discs can break them. So the claim is about the line's discs beyond those that the same move turned along other lines.

# %%
claim(
    "line_ablation",
    "Without the neurons tied to a line, its turned discs are misread, and others hardly: share that "
    "is added, less that of discs turned along other lines",
    mechanism.specific(base, seen["its own line"]),
    control=rivals[strongest],
    against=f"the strongest of seven rivals: {strongest}",
    effect=True,
    unseen=(late_own, max(late_rivals, key=lambda one: one.high)),
)

# %% [markdown]
# It is clear of all. By the line's discs alone, twice as many of the last kind come near it: {num}`lost[run][twice as many that write most onto its discs]:.0%`. Some may be the line's own that our rules miss. But they break far more discs of other lines ([how many](mechanism-neurons)).
#
# The next move follows: moves gain that only the unturned board allows. By all illegal moves together they aren't far from their strongest rivals ([in numbers](mechanism-neurons)).
#
# ## From the token to the next move
#
# Where does the change of the board come from? Take two games that differ in their last move only. All earlier positions are the same, so whatever differs is at the last one. There the stream is a sum of what each part wrote. We add up each part along the direction in which the probe reads the discs that only one of the moves turns.

# %% tags=["experiment"]
cases, others = mechanism.last_move_pairs(60, (9, 12, 15, 18, 21, 24), REPORT_SEED, 700_000)
pairs = mechanism.trace(model, cases, others, probe, tied)
writes = mechanism.written_by(pairs)  # a share for each part; they add up to one
restored = pairs.with_parts(mechanism.held(pairs.own, "neurons", pairs.tied), "other")[0]

# %% alt="Share of the change of the board's reading that each part writes: about two thirds the MLPs, a third the heads, next to nothing the token." mystnb={"figure": {"name": "fig-mechanism-written", "caption": "**MLPs write most of the change, heads the rest.** Which share of the change of the turned discs' reading each part writes. The last row is contained in the MLPs: neurons tied to the lines that either move turns."}}
labels = [*writes]
bars(
    labels,
    {"share": Series.of(Interval.of([*writes.values()]))},
    x_title="share of the change",
    x_format=".0%",
)

# %%
mlps = sum(writes[f"MLP {layer}"].mean for layer in early)
heads = sum(writes[f"heads {layer}"].mean for layer in range(6))
shuffled = pairs.tied[:, :, torch.from_numpy(np.random.default_rng(0).permutation(shape[1]))]
held, mine, theirs = mechanism.held, pairs.own, pairs.other
board = probe.weight["board"][0]
colour = board[0] - board[2]
at_random = torch.randn(36, model.config.n_embd, generator=torch.Generator().manual_seed(0))

# %%
lines_put_in = held(mine, "neurons", pairs.tied)


def by_way_of(directions):
    """The lines' neurons put in, and what they change let through along some directions only."""
    return mechanism.one_after_another(lines_put_in, mechanism.through(pairs, directions))


# %% [markdown]
# Each path is a run with one part put in or held back, or two in a row:

# %%
runs = {
    "put in: the lines' neurons": (lines_put_in, "other"),
    "the same, by way of the board's directions": (by_way_of(colour), "other"),
    "the same, by way of 36 random directions": (by_way_of(at_random), "other"),
    "put in: as many others": (held(mine, "neurons", shuffled), "other"),
    "put in: all early neurons": (held(mine, "neurons", early), "other"),
    "put in: the board's 36 directions": (mechanism.along(pairs, colour), "other"),
    "put in: 36 random directions": (mechanism.along(pairs, at_random), "other"),
    "held back: the lines' neurons": (held(theirs, "neurons", pairs.tied), "own"),
    "held back: as many others": (held(theirs, "neurons", shuffled), "own"),
    "held back: all early neurons": (held(theirs, "neurons", early), "own"),
    "held back: where heads look": (held(theirs, "pattern"), "own"),
    "held back: all that heads write": (held(theirs, "heads"), "own"),
}
paths = {name: pairs.with_parts(*run) for name, run in runs.items()}
brought, by_board, by_any = (
    paths[name][1].mean for name in list(runs)[:3]
)  # of the answer: in all, and by way of some directions
assert by_any < brought / 2 < by_board  # as the words have it

# %%
say(
    "360 pairs of games",
    n_pairs=len(cases),
    writes=writes,
    mlps=mlps,
    heads=heads,
    path={name: {"read": read, "next": answer} for name, (read, answer) in paths.items()},
    tied_share=float(pairs.tied[:, :5].float().mean()),
    restored=restored,
)

# %% [markdown]
# MLPs write most of it, from the first layer on; heads add their part late. But what heads write comes from neurons too. Hold the early neurons back, and {num}`path[held back: all early neurons][read]:.0%` of the change is left ([all paths](mechanism-paths)).
#
# Now put only the tied neurons of one game into the other. They bring {num}`restored:.0%` of the changed reading with them. As many others bring {num}`path[put in: as many others][read]:.0%`.
#
# Of the changed answer the tied neurons bring {num}`path[put in: the lines' neurons][next]:.0%`. More than half of that goes by way of the board's directions ([all paths](mechanism-paths)).
#
# ## What needs to look, and what doesn't
#
# Attention could decide afresh in each game where to look. So freeze it: each position looks where positions of its number look on average, whatever was played.

# %%
looked = Games.sample(300, seed=21)
few = Games.sample(500, REPORT_SEED, first=300_000)
usual, before = mechanism.average_patterns(model, looked), predict(model, few)
kinds = {
    "averages by position": usual,
    "another game's": mechanism.patterns_of_another_game(model, few),
    "all moves alike": mechanism.uniform_patterns(model),
}
ends = ((0, 1), (0, 8), (2, 8), (2, 5), (5, 8))
ranges = {f"layers {a} to {b - 1}" if b - a > 1 else f"layer {a}": range(a, b) for a, b in ends}

# %%
intact = mechanism.frozen(model, few, {}, probe, before)
frozen = {kind: [] for kind in kinds}
for kind, of in kinds.items():
    for some in ranges.values():
        patterns = {layer: of[layer] for layer in some}
        frozen[kind].append(mechanism.frozen(model, few, patterns, probe, before))

# %%
asks = {
    "illegal": "illegal first choices",
    "loss": "added loss, nats",
    "misread": "squares misread",
}
found = {
    title: {kind: Interval.of([one.interval(key) for one in some]) for kind, some in frozen.items()}
    for key, title in asks.items()
}
tints = dict(zip(kinds, (MODEL, THEIRS, CONTROL), strict=True))
looks = {kind: dict(colour=tint) for kind, tint in tints.items()}
form = dict(zip(asks.values(), (".1%", ".2f", ".1%"), strict=True))

# %% alt="Illegal first choices, added loss and misread squares with attention patterns frozen, for ranges of layers and three kinds of frozen patterns." mystnb={"figure": {"name": "fig-mechanism-frozen", "caption": "**Averages do for most moves from layer 2 on.** Illegal first choices with patterns frozen at averages, at those of another game, or spread evenly. The menu has the loss and the board: the loss suffers more than legality lets one think."}}
measures(
    [*ranges],
    found,
    x_title="with frozen patterns",
    x_format=form,
    looks=looks,
    what="Frozen patterns",
)

# %%
one_layer, six_layers = (frozen["averages by position"][k].interval("loss") for k in (0, 2))
assert one_layer.high < six_layers.low  # as the words have it
cost = {kind: dict(zip(ranges, some, strict=True)) for kind, some in frozen.items()}
own_errs = 1 - before.legal.mean(1)
frozen_times = bootstrap(
    np.stack([frozen["averages by position"][2].illegal, own_errs], 1),
    statistic=lambda means: means[:, 0] / np.maximum(means[:, 1], 1e-4),
)
say(
    "500 games",
    frozen_times=frozen_times,
    frozen={
        kind: {name: {key: one.interval(key) for key in asks} for name, one in of.items()}
        for kind, of in cost.items()
    },
    intact={key: intact.interval(key) for key in ("illegal", "misread")},
    first_costs_more=frozen["averages by position"][0].interval("illegal").low
    > frozen["averages by position"][2].interval("illegal").high,
)

# %% [markdown]
# From layer 2 on, averages leave {num}`frozen[averages by position][layers 2 to 7][illegal]:.1%` illegal, {num}`frozen_times:.0f` times as many as its own patterns. But even that flatters. The loss rises by {num}`frozen[averages by position][layers 2 to 7][loss]:.2f` nats, many times what the network loses with its own patterns ([model](model.py)). Another game's patterns do worse than averages. The first layer {when}`first_costs_more ? does need to look: freezing it alone costs : needs to look no more than others: freezing it alone doesn't cost` more legality than freezing the six last, and less of the loss.
#
# (mechanism-graph)=
# ## One move, end to end
#
# The graph explains one prediction. A rule chose it: among held-out games, the one whose confidence after {num}`graph_moves` moves is the median. Another last move would have allowed other squares, and the graph is of that difference. Dots are neurons, diamonds are heads. Click one for its card.

# %%
chosen_by_rule = mechanism.median_predictions(model, probe, 1, REPORT_SEED)
(one,) = chosen_by_rule.graphs.values()
told = mechanism.rules_of(chosen_by_rule.graphs, train, outputs, asked, early)

# %% alt="The attribution graph of one prediction, from the moves at the bottom through heads and neurons of eight layers to the answer at the top." mystnb={"figure": {"name": "fig-mechanism-graph", "caption": "**One prediction from the moves to the answer.** Heads, neurons and the squares that the probe reads, layer upon layer. Lines are the strongest direct effects: those in the colour of the dots help the answer, the others work against it. The title says what the graph leaves unexplained, or what is too much."}}
mechanism.draw_graphs(chosen_by_rule.graphs, told)

# %%
strangers = mechanism.rescued(one.found, mechanism.strangers(one.found, one.parts))
assert one.left < 0.05
assert strangers < 0.1
say(
    graph_moves=int(chosen_by_rule.candidates.ply[0]) + 1,
    n_nodes=len(one.parts),
    rescue=one.rescue,
    n_train=len(train),
    n_dims=model.config.n_embd,
)

# %% [markdown]
# Is it right? Take its {num}`n_nodes` heads and neurons away, and hardly anything is left of the difference. Keep only them, and {num}`rescue:.0%` of it comes back. Random others of the same layers bring back nothing ([how many](graphs.py)). Five more games, chosen by the same rule, come out [less well in part](graphs.py).
#
# ## What this doesn't show
#
# - **That a line's neurons are all of it.** Without them a good part of the turned discs is still read right. Others stand in, or the rules miss some, [as they do by hand](mechanism-neurons).
# - **Not how a line's neurons know.** They need the board before the move.
# - **One position.** Neurons are silenced and traced where the move is made. Whether later moves use what was written there isn't traced.
# - **A graph is a list, not an algorithm.** It says what one prediction owes to the last move, given all that the two games share. Take that away too, and it may fall short or overshoot ([how far](graphs.py)).
# - **Squares are seen through a probe.** The next move depends on more than the directions of the turned discs.
#
# ## What we learned
#
# - Many lines that a move turns have neurons of their own, in the first layers. Without them a good part of these discs is misread, and hardly any others.
# - Nearly all of the change passes through early neurons. From the third layer on, averages of attention do for most moves; by the loss they don't.
# - One prediction can be taken apart into some hundred heads and neurons. A part of it stays unexplained.
#
# ## Try it yourself
#
# 1. Silence the tied neurons of layer 0 only. How many of the turned discs are misread?
# 2. Hold a neuron to be tied from an F1 of 0.7 on. Is less lost without such neurons?
#
# ### Answer: layer 0 only

# %%
first = torch.from_numpy(chosen["its own line"]).clone()
first[:, 1:] = False
print(f"{misread(first).mean():.1%}, with all layers {own.mean():.1%}")

# %% [markdown]
# ### Answer: a higher bar

# %%
strict = mechanism.tied_neurons([rule for rule in rules if rule.f1 >= 0.7])
fewer = mechanism.masks([strict.get(line, []) for line in flips.lines], shape)
print(
    f"{misread(torch.from_numpy(fewer)).mean():.1%}, with fewer neurons: {fewer.sum() / len(fewer):.1f} a line"
)

# %% [markdown]
# (mechanism-neurons)=
# ## Details: the neurons of a line
#
# A neuron is tied to a line if, on {num}`n_train` games, the sentence "the last move turned discs of this line" tells when it is active with an F1 of at least 0.5. Runs of one length count for their line. Only lines with three such neurons are asked about, {num}`n_lines` of {num}`n_all_lines`, and {num}`silent:.1f` neurons are silenced in the mean. Rivals come from the same layers and are as many; of other lines of the same square there are sometimes fewer. Silencing moves the stream by {num}`steps[its own line]:.1f`, that of others as active by {num}`steps[others as active here]:.1f`, of twice as many by {num}`steps[twice as many as active]:.1f`: the line's neurons write in much the same direction.
#
# Without an edit {num}`base:.1%` of the turned discs are misread. The probe's margin for them falls {num}`times[others as active here]:.0f` times as far as with others as active, {num}`times[twice as many as active]:.1f` times as far as with twice as many of them, and {num}`times[other lines of its square]:.0f` times as far as with other lines of the same square. Illegal moves gain {num}`lost[illegal][its own line]:.2%` of the probability, with as many that are as active {num}`lost[illegal][others as active here]:.2%`, with twice as many {num}`lost[illegal][twice as many as active]:.2%`. Of moves after which hardly a beginning stood in training, the twelfth and later, silence costs {num}`unseen[its own line]:.0%` of the line's turned discs; of twice as many that are as active {num}`unseen[twice as many as active]:.1%`, of as many that write most onto these discs {num}`unseen[as many that write most onto its discs]:.0%` and of twice as many {num}`unseen[twice as many that write most onto its discs]:.0%`, which by itself is no longer clearly less. Others report a factor of five to ten on the larger board, for the legality of moves {cite}`rulebased2025`. By legality ours is {num}`legal_factor:.1f` against as many that are as active {num}`line_factor:.1f` against twice as many, and {num}`writers_factor:.1f` against twice as many that write most onto the discs; other neurons on another board, so not comparable.
#
# Of other lines' discs the line's own break {num}`lost[elsewhere][its own line]:.0%`, twice as many that write most onto its discs {num}`lost[elsewhere][twice as many that write most onto its discs]:.0%`. By all illegal moves together the line's own cost {num}`line_factor:.1f` times what twice as many active ones do.
#
# With rules that are found on other games, and other neurons tied, {num}`found_again:.0%` of the turned discs are misread.
#
# Is silence a method to trust? In the [crowded network](construction-crowded) that was written by hand, units of lines are all that turns discs. There the same search, at move {num}`hand_move`, ties units to {num}`hand[lines]` lines. Silence those of a line, and {num}`hand[run][its own line]:.0%` of its turned discs are wrong; with twice as many that are as active {num}`hand[run][twice as many as active]:.0%`. So it points at the right units. But its rules find little more than half of what is there, and even there they cost less than ten times their strongest rival. What a line keeps without its neurons isn't proof of something else. [Traces](mechanism-paths) and [graphs](graphs-by-hand) were tried there, too.

# %%
more_games = Games.sample(600, seed=13)
put_out, _ = neurons.sample_outputs(model, more_games)
rules_again = mechanism.line_rules(put_out, mechanism.turned_lines(more_games.replay), layers=early)
tied_again = mechanism.tied_neurons(rules_again, least=3)
flips_again = mechanism.sample_flips(400, tied_again, REPORT_SEED, first=500_000)
last_again = mechanism.LastPosition(model, flips_again.cases)
silent_again = mechanism.masks([tied_again[line] for line in flips_again.lines], shape)
without_own, with_all = (
    mechanism.measure(last_again, flips_again, probe, mechanism.silenced(mask, put_out.mean(1)))
    for mask in (silent_again, silent_again & False)
)
say("400 games", found_again=mechanism.lost(with_all, without_own, "run"))

# %%
crowd, ply, to_fit = Crowded(), 12, Games.sample(1500, seed=8)
hand = mechanism.silence_by_hand(crowd, ply, to_fit, 400, REPORT_SEED, first=500_000)
say("400 games", hand=vars(hand), hand_move=ply + 1)
hand_best = max((hand.run[name] for name in mechanism.RIVALS), key=lambda one: one.high)
assert hand.run["its own line"].low > 3 * hand_best.high
assert hand.run["its own line"].mean < 10 * hand_best.mean
assert 0.4 < hand.run["its own line"].mean < 0.7  # "little more than half", as the words have it

# %% alt="How many neurons are tied to a line, in each of the first five layers." mystnb={"figure": {"name": "fig-mechanism-count", "caption": "**Where a line's neurons are.** Neurons tied to a line, by layer and by how good their rule is."}}
layers = [f"layer {layer}" for layer in early]
levels = (0.5, 0.6, 0.7, 0.8)
lines = {
    f"F1 of at least {bar}": [sum(r.layer == at and r.f1 >= bar for r in rules) for at in early]
    for bar in levels
}
curves(layers, lines, x_title="", y_title="neurons", markers=True)

# %% [markdown]
# (mechanism-paths)=
# ## Details: all paths
#
# Twelve paths over {num}`n_pairs` pairs of last moves. The tied neurons of a pair are {num}`tied_share:.1%` of the early neurons. *Put in*: the run after the other move, with one part as after the game's own. *Held back*: the run after the own move, with one part as after the other. One is the own move's run, zero the other's. The answer is the mean logit of the moves that only the own board allows, minus that of those that only the other one does. Thirty-six random directions of {num}`n_dims` hold some of everything; they are the yardstick of the board's directions.

# %% alt="Share of the reading and of the answer that is there on twelve paths." mystnb={"figure": {"name": "fig-mechanism-paths", "caption": "**Twelve paths.** Which share of the changed reading and of the changed answer is there."}}
lines = {
    name: Series.of(Interval.of([pair[k] for pair in paths.values()]), colour=tint)
    for k, (name, tint) in enumerate({"the board as read": MODEL, "the next move": MINE}.items())
}
points([*paths], lines, x_title="share", x_format=".0%")

# %% [markdown]
# Along the 36 directions of the board all of the reading comes with them, as it must, but {num}`path[put in: the board's 36 directions][next]:.0%` of the answer. Random directions bring {num}`path[put in: 36 random directions][next]:.0%`. In one chain, from the move through the lines' neurons and the board's directions to the next move: of the answer the tied neurons bring {num}`path[put in: the lines' neurons][next]:.0%`, {num}`path[the same, by way of the board's directions][next]:.0%` if what they change goes on along the board's directions only, and {num}`path[the same, by way of 36 random directions][next]:.0%` along random ones. So the next move is made of more than what those directions hold. A move also fills a square, and such news lie elsewhere.
#
# Does such a trace tell the truth? In the [crowded network](construction-crowded) all discs that move {num}`hand_move` turns are turned by the MLP of one layer. Traced like this, but read along the directions that were written, that MLP writes all of the change and nothing else any. Put in, the layer's units bring all of the reading and {num}`hand_answer[put in: all neurons of the layer]:.0%` of the answer. Those that our rules tie to the lines bring {num}`hand_read[put in: the lines' neurons]:.0%` of the reading, and as many others of the layer {num}`hand_read[put in: as many others]:.0%`, as some of the line's own are among them. So a trace finds the layer, and what the rules miss is missing in it, too: at move {num}`hand_late` the tied units bring {num}`hand_read_late[put in: the lines' neurons]:.0%`.

# %%
hand_path = mechanism.trace_by_hand(crowd, ply, to_fit, 100, REPORT_SEED, first=700_000)
late_ply = 20
later = mechanism.trace_by_hand(crowd, late_ply, to_fit, 100, REPORT_SEED, first=700_000)
by_its_layer = [of.read["put in: all neurons of the layer"].mean for of in (hand_path, later)]
say("100 pairs of games", hand_read=hand_path.read, hand_read_late=later.read)
say("100 pairs of games", hand_answer=hand_path.answer)
say(hand_late=late_ply + 1)
nothing = [one for part, one in hand_path.writes.items() if part not in ("MLP 12", "tied neurons")]
everything = [hand_path.writes["MLP 12"].mean, *by_its_layer]
if max(abs(one.mean) for one in nothing) > 1e-4 or min(everything) < 1 - 1e-4:  # by construction
    raise RuntimeError("the layer that makes the move doesn't write all of it")

# %% [markdown]
# (mechanism-frozen-by-hand)=
# ## Details: frozen patterns in a network written by hand
#
# There the head of each layer looks at one move, whatever was played. So attention decides nothing, and freezing has to show it. With averages {num}`hand_frozen[averages by position]:.1%` of the first choices are illegal, with another game's patterns {num}`hand_frozen[another game's]:.1%`. With all moves alike it is {num}`hand_frozen[all moves alike]:.0%`. So the method tells what it should: where averages do, heads needn't decide where to look. It doesn't tell that they needn't look.

# %%
by_hand, after_all = as_gpt(crowd), f"resid_post {crowd.layout.context}"
to_read = probes.fit_ridge(
    by_hand, Games.sample(200, seed=8), [probes.TARGETS["board"]], [after_all]
)
asked_of, own_choices = few[:60], predict(by_hand, few[:60])
hand_kinds = {
    "averages by position": mechanism.average_patterns(by_hand, looked[:60]),
    "another game's": mechanism.patterns_of_another_game(by_hand, asked_of),
    "all moves alike": mechanism.uniform_patterns(by_hand),
}
hand_frozen = {
    kind: mechanism.frozen(by_hand, asked_of, dict(enumerate(of)), to_read, own_choices)
    for kind, of in hand_kinds.items()
}
say("60 games", hand_frozen={kind: one.interval("illegal") for kind, one in hand_frozen.items()})

# %% [markdown]
# *The same on a network [without help](plain.py). Machinery: [`othello_gpt/mechanism`](https://github.com/othello-gpt/othello_gpt/tree/main/othello_gpt/mechanism). Before: [attention](attention.py). Next: [five more graphs](graphs.py), then [is it impressive?](yardsticks.py)*

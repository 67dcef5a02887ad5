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
# # Can other predictions be explained by few parts, too?
#
# **By some hundred and fifty, mostly; by few, no.** Five more predictions were chosen by the rule that chose [the first](mechanism-graph). As many heads and neurons as in the first bring back {num}`least_rescued:.0%` to {num}`most_rescued:.0%` of what the last move does to each of them. Random others bring back {num}`strangers_most:.0%` at most. In a [harder check](graphs-means) they fall short or overshoot.

# %%
import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from othello_gpt import game, mechanism, neurons, probes
from othello_gpt.book_tools import say
from othello_gpt.construction import Crowded
from othello_gpt.figures import curves, points
from othello_gpt.game import Games
from othello_gpt.model import REPORT_SEED, load_model

model = load_model()
games = Games.sample(600, seed=21)
probe = probes.fit_ridge(model, games, [probes.TARGETS["board"]], ["resid_mid 5"])
predictions = mechanism.median_predictions(model, probe, 6, REPORT_SEED)
six = predictions.graphs

# %%
train = Games.sample(600, seed=12)
told = mechanism.rules_of(six, train, *neurons.sample_outputs(model, train))
five = {name: graph for name, graph in six.items() if name != "game 1"}

# %% alt="The attribution graphs of five predictions under a menu, from the moves at the bottom through heads and neurons of eight layers to the answer at the top." mystnb={"figure": {"name": "fig-graphs-five", "caption": "**Five predictions from the moves to the answer.** Dots are neurons, diamonds heads; lines are the strongest direct effects, in the colour of the dots where they help the answer, red where they work against it. A click on a dot or a diamond opens its card. Below the graph each can be found by its name, and the address then leads back to it. The title says what stays unexplained, or what is too much."}}
mechanism.draw_graphs(five, told)

# %% [markdown]
# ## The idea
#
# One graph proves little: it may have been a lucky one. So the same is done to five more predictions, with the same number of heads and neurons. Nobody picked them. Of {num}`n_candidates` held-out games they are those whose confidence after {num}`graph_moves` moves is nearest to the median, behind [the one](mechanism-graph) that is the median.
#
# Each graph explains a difference. The game's last move makes one square likely; another legal last move would have made another square likely. How much likelier is the first square than the second, and by how much does the last move change that? That change is the *whole* of a graph. Its heads and neurons are those that seem to carry most of it.
#
# "Seem", because they are found by gradients, and gradients are an estimate: nothing in the network is linear. So each graph is checked by running the network again.
#
# ## The experiment
#
# Run the network after the other move, but let the graph's parts write what they make of the game's own move. How much of the whole comes back? Then the opposite: the own move, and only the graph's parts write what they wrote after the other. How much is left?


# %% tags=["experiment"]
def checked(graph, another, usual):
    found, nodes = graph.found, graph.parts
    others = mechanism.strangers(found, nodes)  # as many, of the same layers, at random
    return {
        "the graph": mechanism.rescued(found, nodes),
        "all but the graph": mechanism.removed(found, nodes),
        "another graph's parts": mechanism.rescued(found, another.parts),
        "strangers": mechanism.rescued(found, others),
        "the graph, the rest at its means": mechanism.rescued_from_means(found, nodes, usual),
        "strangers, the rest at its means": mechanism.rescued_from_means(found, others, usual),
    }


usual = predictions.usually()
following = [*six.values()][1:] + [*six.values()][:1]
pairs = zip(six.items(), following, strict=True)
checks = {name: checked(graph, another, usual) for (name, graph), another in pairs}

# %% [markdown]
# ## The control that could have killed it
#
# With so many parts, perhaps any would do. *Strangers* are other heads and neurons of the same layers, drawn at random. They are as many, as far as a layer has others left: of the heads of the first layer, the graphs hold nearly all. A harder rival are the parts of *another* of the six graphs, which matter there.

# %% alt="Share of the whole that comes back with the graph's parts, without them, and with strangers, for six predictions: near one with most graphs, near zero without them, with strangers and with the parts of another graph." mystnb={"figure": {"name": "fig-graphs-checks", "caption": "**The graph's parts do it, others don't.** What is there of the difference that the last move makes, for each of six predictions. Zero is the run after the other move, one the run after the game's own."}}
kinds = ("the graph", "all but the graph", "another graph's parts", "strangers")
shown = {kind: [one[kind] for one in checks.values()] for kind in kinds}
points([*six], shown, x_title="share that is there", x_format=".0%")

# %%
rescue = {name: graph.rescue for name, graph in six.items()}
unexplained = {name: graph.unexplained for name, graph in six.items()}
left = {name: graph.left for name, graph in six.items()}
strangers = {name: one["strangers"] for name, one in checks.items()}
from_means = {name: one["the graph, the rest at its means"] for name, one in checks.items()}
means_of = [one["strangers, the rest at its means"] for one in checks.values()]
assert [one["the graph"] for one in checks.values()] == [*rescue.values()]
assert max(left.values()) < 0.05
assert max(strangers.values()) < 0.1
assert all(one["another graph's parts"] < 0.1 for one in checks.values())
say(rescue=rescue, from_means=from_means, left=left, strangers=strangers, unexplained=unexplained)
say(
    least_rescued=min(rescue[name] for name in five),
    most_rescued=max(rescue[name] for name in five),
    strangers_most=max(strangers.values()),
    another_most=max(one["another graph's parts"] for one in checks.values()),
    strangers_from_means=max(map(abs, means_of)),
    least_from_means=min(from_means[name] for name in five),
    most_from_means=max(from_means[name] for name in five),
    n_candidates=len(predictions.candidates),
    graph_moves=int(predictions.candidates.ply[0]) + 1,
    unexplained_worst=max(unexplained.values()),
    left_most=max(map(abs, left.values())),
)

# %% [markdown]
# Another graph's parts bring back {num}`another_most:.0%` at most. So these parts are not those that matter for any prediction.
#
# Without the graph's parts {num}`left_most:.0%` is left at most, so the answer can't do without these parts. That doesn't mean that no other part is needed. In the worst of the six {num}`unexplained_worst:.0%` stays unexplained. A share above one means that what was left out works against the answer.
#
# The first graph, which a reader of [the chapter](mechanism-graph) meets, is among the best. That is luck: the rule takes the median of the confidence and knows nothing of graphs.
#
# ## How many parts it takes
#
# The size of the graphs was settled on similar predictions, by such a picture. Here it is for six of other games. The size is the same for all. Removing few parts is enough to lose the answer. Making it takes many more.

# %%
sizes = ((3, 16), (6, 32), (12, 64), (24, 128), (48, 256), (64, 512))
others = mechanism.median_predictions(model, probe, 6, seed=12).graphs
ranked = [mechanism.effects(g.found, mechanism.gradients(g.found)) for g in others.values()]
shares = np.array(
    [
        [
            (mechanism.rescued(g.found, some), mechanism.removed(g.found, some))
            for some in (mechanism.largest(parts, *size) for size in sizes)
        ]
        for g, parts in zip(others.values(), ranked, strict=True)
    ]
).mean(0)
# %% alt="Share restored and share left by the number of nodes, for six predictions." mystnb={"figure": {"name": "fig-graphs-size", "caption": "**Easy to break, hard to make.** Share of the difference that nodes restore, and that is left without them, by how many there are; the mean of six predictions from other games."}}
lines = {"restored by them": shares[:, 0], "left without them": shares[:, 1]}
curves(
    [str(sum(size)) for size in sizes],
    lines,
    x_title="heads and neurons",
    y_title="share",
    markers=True,
)

# %% [markdown]
# ## What this doesn't show
#
# - **Six predictions are few.** They show that graphs differ, not how good they are in general. All are after the same number of moves.
# - **A graph doesn't stand alone.** Its parts get help from all that the two games share. Take that away, and what they make falls short or overshoots ([how far](graphs-means)).
# - **It isn't an algorithm.** A graph names the parts. Why a neuron answers as it does, a rule says for some of them only.
# - **Edges aren't checked.** They take the scales of LayerNorms as given. Only heads and neurons were taken away and put back, neither squares nor earlier moves.
#
# ## What we learned
#
# - The same number of parts explains each of six predictions in good part, and random others explain none.
# - How much stays unexplained differs from one prediction to the next.
# - A prediction breaks without few parts and needs many to be made.
#
# ## Try it yourself
#
# 1. Which parts are in the most of the six graphs?
# 2. How much do the neurons bring back without any heads?
#
# ### Answer: parts in common

# %%
in_common = pd.Series([node.name for graph in six.values() for node in graph.parts]).value_counts()
print(*(f"{name}: {count} of 6" for name, count in in_common.head(5).items()), sep="\n")

# %% [markdown]
# ### Answer: neurons only

# %%
for name, graph in six.items():
    only = [node for node in graph.parts if node.kind == "neuron"]
    print(f"{name}: {mechanism.rescued(graph.found, only):.0%}, with heads {graph.rescue:.0%}")

# %% [markdown]
# (graphs-means)=
# ## Details: a harder check
#
# Nodes were chosen by the mean gradient on the way from one token's embedding to the other's (integrated gradients), times how far the part differs. Edges take LayerNorms' scales as given. Nodes are checked by putting in or holding back what they write.
#
# In the checks above the rest writes what it writes after the other move. A harder one lets the rest write its mean over the {num}`n_candidates` games, after either move, so that what the two runs share is gone too. The two moves then make {num}`from_means[game 1]:.0%` of the difference in the first graph, and in the others {num}`from_means[game 2]:.0%`, {num}`from_means[game 3]:.0%`, {num}`from_means[game 4]:.0%`, {num}`from_means[game 5]:.0%` and {num}`from_means[game 6]:.0%`. With as many strangers it is {num}`strangers_from_means:.0%` at most. So the graphs find the right parts, but they don't stand alone.
#
# (graphs-by-hand)=
# ## Details: graphs where the truth is known
#
# Gradients could mislead. In the [crowded network](construction-crowded) that was written by hand every unit is a step, so that nearly everywhere its slope is nothing. The same was done there to {num}`n_hand` predictions. Some {num}`hand_differ:.0f` of its neurons differ between the two runs. A graph of the book's size brings back {num}`hand[24 + 128][rescue]:.0%` of the whole. All others that differ bring {num}`hand[24 + 128][rest]:.0%`, as the last move's token alone does ({num}`hand[24 + 128][token]:.0%`). But at that size no gradient is needed: as many parts that simply differ most do as well.
#
# So smaller ones are the test. Six heads and 64 neurons, by gradients, bring back {num}`hand_least[rescue]:.0%` to {num}`hand_most[rescue]:.0%`; as many that differ most {num}`hand_least[by_size]:.0%` to {num}`hand_most[by_size]:.0%`. Two heads and 16 neurons are too few for either. So steps don't lead gradients astray, but a graph that is too small can leave out a good part, or overshoot. That may be so in the learned network, too.

# %%
crowd = Crowded()
by_hand = {
    f"{heads} + {units}": mechanism.graphs_by_hand(crowd, 12, 4, REPORT_SEED, 700_000, heads, units)
    for heads, units in ((2, 16), (6, 64), (24, 128))
}
ways = ("rescue", "by_size", "rest", "left", "token")
hand = {
    size: {way: float(np.mean([getattr(one, way) for one in of])) for way in ways}
    for size, of in by_hand.items()
}
as_large, smaller = by_hand["24 + 128"], by_hand["6 + 64"]
assert min(min(one.rescue, one.by_size) for one in as_large) > 0.99  # as the words have it
assert all(
    abs(one.rest - one.token) < 0.05 and abs(one.left - one.token) < 0.05 for one in as_large
)
spread = {way: [getattr(one, way) for one in smaller] for way in ways}
assert max(abs(1 - x) for x in spread["rescue"]) < max(abs(1 - x) for x in spread["by_size"])
say(
    n_hand=len(as_large),
    hand=hand,
    hand_least={way: min(of) for way, of in spread.items()},
    hand_most={way: max(of) for way, of in spread.items()},
    hand_differ=np.mean([one.differ for one in as_large]),
)
words = {
    "rescue": "with the graph",
    "by_size": "with as many that differ most",
    "rest": "with all others that differ",
    "left": "with all but the graph",
    "token": "with the token alone",
}
pd.DataFrame(hand).T.rename(columns=words).style.format("{:.0%}")

# %% [markdown]
# ## Details: the largest parts
#
# The ten largest parts of each graph, by the estimate. *Lost without it* is what is gone of the whole if it alone writes what it wrote after the other move. Over the parts of a graph the two go together, with a rank correlation of {num}`estimates_least:.2f` to {num}`estimates_most:.2f`.

# %%
together = [
    spearmanr([node.effect for node in graph.parts], [graph.alone[node] for node in graph.parts])
    for graph in six.values()
]
estimates = [float(one.statistic) for one in together]
say(estimates_least=min(estimates), estimates_most=max(estimates))
rows = [
    {
        "graph": name,
        "part": node.name,
        "effect": f"{node.effect:+.1%}",
        "lost without it": f"{graph.alone[node]:+.1%}",
        "rule": told.get((int(node.layer), node.index), "") if node.kind == "neuron" else "",
    }
    for name, graph in six.items()
    for node in sorted(graph.parts, key=lambda node: -abs(node.effect))[:10]
]
pd.DataFrame(rows).style.hide(axis="index")

# %% [markdown]
# ## Details: the six games
#
# Each list ends with the last move that the graph explains; beside it is the other one.

# %%
squares = game.square_of_token()
pd.DataFrame(
    [
        {
            "graph": name,
            "moves": " ".join(map(game.square_name, case.moves[0, : case.ply[0] + 1])),
            "other last move": game.square_name(squares[int(graph.found.tokens[0])]),
            "it explains": f"{game.square_name(squares[graph.found.up])}, not "
            f"{game.square_name(squares[graph.found.down])}",
        }
        for name, graph in six.items()
        for case in [graph.found.last.cases]
    ]
).style.hide(axis="index")

# %% [markdown]
# *Machinery: [`othello_gpt.mechanism`](api/mechanism.md). Before: [how discs are turned](mechanism.py), with the first graph. Next: [is it impressive?](yardsticks.py)*

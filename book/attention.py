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
# # Which earlier moves does each head look at, and what is lost without it?
#
# **Many heads take sides.** Of its heads, {num}`kind[same parity]` look mainly at moves of the side that has just moved. Another {num}`kind[other parity]` look at moves of the other side. A single direction of the stream goes with which of the two a head prefers.
#
# Below is a held-out game. The upper slider steps through it, the lower one through heads of different kinds.

# %%
import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr

from othello_gpt import attention, figures, game, probes
from othello_gpt.attention import OUTER
from othello_gpt.book_tools import claim, say
from othello_gpt.construction import Crowded, as_gpt

# %%
from othello_gpt.figures import (
    Panel,
    Series,
    curves,
    game_boards,
    grid,
    matrix,
    measures,
    points,
    stepper,
)
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import REPORT_SEED, inputs_of, load_model

# %%
model = load_model()
L, H = model.config.n_layer, model.config.n_head
corpus = game.sample_moves(400, REPORT_SEED, first=300_000)
seen = attention.summarise(model, corpus)
names, kind, picked = seen.names, attention.kinds(seen), seen.examples(2)

# %% alt="A held-out game beside the attention of some heads to the moves that played each square." mystnb={"figure": {"name": "fig-attention-game", "caption": "**Heads pick out one side's moves.** Left, the game; right, how much one head looks at the move that played each square."}}
found = attention.attention_boards(model, corpus[0])[[i for i, _ in picked]]
panels = [
    Panel("the game"),
    Panel("attention", values=found, discs=False, legal=False),
]
heads = [f"head {names[i]}: {name}" for i, name in picked]
sided = next((k for k, (_, name) in enumerate(picked) if "parity" in name), 0)
game_boards(corpus[0], panels, layers=heads, at=14, layer=sided)

# %% [markdown]
# ## The idea
#
# The network reads a game as a list of moves. Each move has its own vector, the *residual stream* of its position. Attention is the only way in which a position learns of earlier moves.
#
# A *head* works like a soft look-up. Each position asks with a *query*, and each earlier one offers a *key*. The better the two fit, the more the head looks there. The weights of one position sum to one: they are its *attention pattern*. The head then fetches a mixture of what it found and adds it to the stream.
#
# In Othello the players take turns, but for passes. A move an even number of steps ago was therefore played by the side that has just moved. We call that *the same parity*. The other moves belong to the side that moves next. A head that looks at one parity alone looks at one side's moves, and could gather where they went.
#
# A kind is a simple threshold. A head is called after a place if more than half of its attention is there. Such places are the move before, the move itself, the first move and a fixed square. Otherwise it is called after a parity if that has more than 80% of what goes to earlier moves. The rest are *mixed*. A head that couldn't choose would look at all moves alike, and all its kinds would be mixed. It would spend {num}`uniform[parity]:.0%` on the same parity. Of an untrained network's heads, {num}`blank_mixed:.0%` are mixed.
#
# The average patterns show the kinds at a glance.

# %% alt="Average attention of each head from each position to each earlier move, one matrix per head." mystnb={"figure": {"name": "fig-attention-mean", "caption": "**Stripes are heads that take sides.** A line beside the diagonal is a head that looks at the move before. Rows are positions, columns the moves they look at."}}
later = np.triu_indices(seen.mean.shape[-1], 1)
means = np.ma.masked_array(seen.mean.reshape(L * H, *seen.mean.shape[-2:]))
means[:, later[0], later[1]] = np.ma.masked
labels = [f"head {name}: {k}" for name, k in zip(names, kind.flat, strict=True)]
axes = dict(x_title="looks at move", y_title="after move", alt="Average attention")
matrix(np.clip(means, 0, 1), labels, at=picked[sided][0], **axes)

# %% [markdown]
# ## The experiment
#
# Why does a head prefer one parity? How much it looks somewhere depends on a product of two streams. One asks and one offers, so put a *direction* in each place. This is the head's *QK circuit* {cite}`elhage2021`.
#
# We take one direction before each layer: the difference between the averages of odd and even positions. Its product with itself is a bonus, paid to moves that share the query's parity. It comes from the weights alone. The patterns come from games. If parity is decided along this direction, the two must go together.

# %% tags=["experiment"]
fit = game.sample_moves(500, seed=21)
wanted = [probes.TARGETS[name] for name in ("empty", "board", "legal_next")]
targets = [*wanted, probes.TARGETS["parity"]]
averages = probes.fit_means(model, fit, targets)
bonus = np.zeros((L, H))
for layer in range(L):
    site = averages.sites[2 * layer]  # the stream before the layer
    odd = averages.directions("parity", site, "odd", "even")
    scores = attention.qk_circuit(model, layer, odd, odd, centred=False)
    bonus[layer] = scores[:, 0, 0]
told, control = attention.rank_correlation(bonus, seen.parity)

# %% [markdown]
# The same with random directions, and on late moves alone:


# %%
def bonus_along(ways):
    """Each head's product with itself of a direction of its layer [layers, width]."""
    ways = torch.nn.functional.normalize(ways.float(), dim=1)[:, None]
    circuits = [attention.qk_circuit(model, k, w, w, centred=False) for k, w in enumerate(ways)]
    return np.stack(circuits)[..., 0, 0]


drawn = torch.Generator().manual_seed(0)
noise = [torch.randn(L, model.config.n_embd, generator=drawn) for _ in range(200)]

# %%
after, moves = np.arange(11, 31)[:, None], np.arange(31)  # after twelve moves and more
on_late = seen.mean[:, :, 11:] * (moves < after)
same_side = (on_late * ((after - moves) % 2 == 0)).sum((-2, -1)) / on_late.sum((-2, -1))
unseen_told, by_chance = attention.rank_correlation(bonus, same_side)


def of_draws(parity):
    found = [attention.within_layers(bonus_along(ways), parity) for ways in noise]
    return Interval(float(np.mean(found)), *np.quantile(found, [0.025, 0.975]).tolist())


rivals = {"the heads of each layer mixed up": control, "random directions": of_draws(seen.parity)}
late_rivals = by_chance, of_draws(same_side)
strongest = max(rivals, key=lambda name: rivals[name].high)
say("layers", unseen_told=unseen_told)
say("draws", by_draws=rivals)

# %% [markdown]
# (claim-one_direction_sets_parity)=
# ## The control that could have killed it
#
# Heads of one layer share their stream, so a correlation could come about by chance. We take each layer's average out and mix up the heads within each layer, 300 times. What is left is the first rival: weights that belong to another head. The second takes random directions instead of this one.

# %% alt="Rank correlation of weights and patterns for the real heads, and for heads mixed up and for random directions, which lie around zero." mystnb={"figure": {"name": "fig-attention-control", "caption": "**The weights foretell the parity; another head's weights, or a random direction, don't.** Rank correlation over heads within layers. Lines: intervals over layers, and over draws."}}
rows = {"the head's own weights": told, **rivals}
both = Series.of(Interval.of(list(rows.values())), colour=figures.MODEL)
points(list(rows), {"correlation": both}, x_title="rank correlation", x_format=".2f")

# %%
claim(
    "one_direction_sets_parity",
    "What one direction of its QK circuit says and which side's moves a head looks at "
    "(rank correlation over heads)",
    told,
    control=rivals[strongest],
    against=f"the stronger of heads mixed up and random directions: {strongest}; another direction "
    "about sides, from theirs to mine, does as well (see the chapter)",
    form=".2f",
    effect=True,
    unseen=(unseen_told, max(late_rivals, key=lambda one: one.high)),
)

# %% [markdown]
# The correlation is {num}`one_direction_sets_parity:.2f`. With either rival nearly all draws stay below {num}`one_direction_sets_parity_control.high:.2f`. This direction isn't the only one that is about sides: [another does as well](attention-directions).
#
# ## What is lost without a head
#
# A pattern says where a head looks, not whether anybody needs it. So we take out one head at a time and count what is lost. There are three ways to do so. *Zero*: it writes nothing. *Mean*: it writes its average at that position. *Resample*: it writes what it wrote there in another game. Zero alone would be unfair to a head that mostly writes a constant.

# %% tags=["experiment"]
mids = model.sites[5:14]
probe = probes.fit_ridge(model, fit, wanted[:2], mids)
site = mids[probes.accuracy(probe, model, corpus[:60])["board"].best()]
probe = probes.fit_ridge(model, fit, wanted, [site])
few = game.sample_moves(60, REPORT_SEED, first=400_000)
lost = attention.ablate_heads(model, few, probe)
kinds_of_loss = ("loss", "illegal", "board", "empty")
loss, illegal, board, empty = (lost.interval(name) for name in kinds_of_loss)
# Heads are ordered by half of the games; the other half tells what they cost.
order = np.argsort(-lost.loss[1, ..., ::2].mean(-1), axis=None)[:10]
worst = int(order[0])

# %% alt="Loss added without each of the ten heads that matter most, in three ways of taking them out." mystnb={"figure": {"name": "fig-attention-loss", "caption": "**Few heads carry much.** Loss added when one head is taken out, for the ten that cost most in other games. Three ways of taking it out, with 95% intervals over games."}}
labels = [f"{names[i]} ({kind.flat[i]})" for i in order]
tints = (figures.THEIRS, figures.MODEL, figures.MINE)
looks = {way: dict(colour=t) for way, t in zip(attention.WAYS, tints, strict=True)}
told_by = lost.games(slice(1, None, 2))
without = told_by.of_heads("loss", order)
series = {way: Series.of(i, **looks[way]) for way, i in without.items()}
points(labels, series, x_title="loss added (nats a move)", x_format=".3f")

# %% [markdown]
# Without head {num}`worst` the loss rises by {num}`worst_loss:.3f` nats a move. Its rival is the median head: without that one it rises by {num}`median_loss:.4f`. Few heads carry much, one at a time.

# %%
of_worst = (1, *np.unravel_index(worst, (L, H)), slice(1, None, 2))
chosen_on, told_on = (np.maximum(lost.loss[1, ..., k::2].mean(-1), 0).ravel() for k in (0, 1))
most = 8  # chosen on half of the games, as the order above
share_of_most = told_on[np.argsort(-chosen_on)[:most]].sum() / told_on.sum()
say(
    f"{len(few)} games",
    worst=names[worst],
    worst_kind=str(kind.flat[worst]),
    median_loss=lost.median("loss").at(1),
    harmless=int((loss.high[1] < 0.001).sum()),
    most=most,
    share_of_most=float(share_of_most),
    ways_agree=spearmanr(loss.mean[1].ravel(), loss.mean[2].ravel()).statistic,
    ablation_site=site,
    ablation_games=len(few),
)
say(
    f"{len(few) // 2} games",
    worst_loss=bootstrap(lost.loss[of_worst]),
    worst_illegal=bootstrap(lost.illegal[of_worst]),
)

# %% [markdown]
# ## What this doesn't show
#
# - A pattern is not a purpose. A head can look at a move and carry nothing away.
# - Kinds are coarse. The head that costs most is called *{num}`worst_kind`*: being needed and being of a clear kind are two things.
# - The correlation is over heads of one trained network. It says that one direction goes with the preference, not that it is the only cause.
# - Where it is known what heads do, [these methods miss some of it](attention-by-hand): in a network written by hand, kinds and weights alone don't say where heads look.
# - Heads were taken out one at a time. Heads that can stand in for each other look harmless that way.
# - Does a parity head carry *colour*? Without one the probe does misread colours, {when}`story_clear ? and more of them than without another head : but not clearly more than without another head`. That is a cost on average, not an account of how colour is computed.
# - We looked for a geometry: do heads look along the lines in which discs turn? {when}`lined_clear ? A small one shows beyond what time explains : None shows beyond what time explains`.
#
# ## What we learned
#
# - Heads divide the moves by whose they are.
# - What the weights make of one direction goes with which side a head prefers. Mixed-up heads show no such thing.
# - Few heads carry much when taken out alone; the median head costs almost nothing.
#
# ## Try it yourself
#
# 1. Do the kinds hold in the other half of the games? Split `corpus`, and compare `attention.kinds`.
# 2. How many heads take sides if the threshold of a parity is lower? Change `parity` in `attention.kinds`.
# 3. Is the worst head by *mean* also the worst by *resample*? Look at `loss.mean[2]`.
#
# ### Answer: the three exercises
#
# Both halves give {num}`agree:.0%` of the heads the same name. With a threshold of 70%, {num}`at_70` heads take sides instead of {num}`at_80`. By *resample* the worst head is {num}`worst_resampled`; by *mean* it is {num}`worst`.

# %%
halves = [attention.summarise(model, part) for part in np.split(corpus, 2)]
in_half = [attention.kinds(half) for half in halves]
taken = [np.isin(attention.kinds(seen, parity=p), attention.KINDS[-2:]).sum() for p in (0.7, 0.8)]
say(agree=float(np.equal(*in_half).mean()), at_70=int(taken[0]), at_80=int(taken[1]))
say(worst_resampled=names[int(loss.mean[2].argmax())])

# %% [markdown]
# (attention-kinds)=
# ## Details: the kinds and their controls
#
# Three checks: the two halves of the games; the untrained network; and, for fixed squares, the squares of another game. Same parity are the moves of the side that has just moved, whose discs are *theirs*. A head that looks at all moves alike would be of no kind. <a href="play.html#moves=B4D5E3D2E4F4D6B5B6A6F2E6&amp;ply=12&amp;layer=6&amp;part=1.1">Here one looks at the moves of one side</a>: hover a move to ask from there.

# %%
untrained = probes.untrained(model)
blank = attention.kinds(attention.summarise(untrained, corpus[:100]))
rows = {}
for name, share in seen.strength.items():
    of_kind = kind == name
    rows[name] = {"heads": int(of_kind.sum()), "untrained": int((blank == name).sum())}
    plain = of_kind.any() and name != "mixed"
    rows[name]["mean share"] = f"{share[of_kind].mean():.0%}" if plain else ""
    rows[name]["which"] = ", ".join(np.array(names)[of_kind.ravel()])
by_kind = pd.DataFrame(rows).T
by_kind

# %% [markdown]
# Do the kinds hold in both halves, and has the untrained network fewer heads of a kind? Both are asserted.

# %%
say(
    n_games=len(corpus),
    n_heads=L * H,
    kind=by_kind["heads"].to_dict(),
    by_other=int((seen.square_control.max(-1) > 0.5).sum()),
    blank_mixed=float((blank == "mixed").mean()),
    uniform=seen.uniform,
)
assert np.equal(*in_half).mean() > 0.9
assert (kind != "mixed").sum() > (blank != "mixed").sum()

# %% [markdown]
# The claim on parities, on late moves alone: after twelve moves and more, where hardly a beginning stood in training, the correlation is {num}`unseen_told:.2f`.
#
# Over {num}`n_games` games, both halves give {num}`agree:.0%` of the heads the same name; {num}`blank_mixed:.0%` of the untrained heads are mixed. With the squares of another game {num}`by_other` heads would seem to look at a fixed square. Looking at all moves alike, a head would spend {num}`uniform[parity]:.0%` on moves of the same parity and {num}`uniform[previous]:.0%` on the move before.

# %% alt="Share of each head's attention to earlier moves that goes to moves of the same parity, by layer." mystnb={"figure": {"name": "fig-attention-layers", "caption": "**Parities from layer to layer.** Each point is a head, beside a head that looks at all moves alike."}}
parity = np.sort(seen.parity, axis=1)
lines = {f"rank {k + 1} of {H}": Series(parity[:, k], colour=figures.MODEL) for k in range(H)}
layers = [f"layer {layer}" for layer in range(L)]
axes = dict(x_title="", y_title="attention to the same parity", y_format=".0%")
alike = {"all moves alike": seen.uniform["parity"]}
curves(layers, lines, **axes, reference=alike, markers=True).update_layout(showlegend=False)

# %% [markdown]
# (attention-directions)=
# ## Details: other directions
#
# Is it this direction, or would others do? Three more: from *theirs* to *mine*, averaged over squares; from early moves to late ones; and the one along which the stream varies most.

# %%
streams = [x.flatten(0, 1) for x in model.residual_stream(inputs_of(fit[:200]))][::2]
layers_before = averages.sites[:-1:2]
late_rows = torch.arange(31).repeat(200) > 15
ways = {
    "from theirs to mine": torch.stack([
        averages.directions("board", site, "theirs", "mine").mean(0) for site in layers_before
    ]),
    "from early to late": torch.stack([
        x[late_rows].mean(0) - x[~late_rows].mean(0) for x in streams[:L]
    ]),
    "that varies most": torch.stack([
        torch.linalg.eigh(torch.cov(x.T)).eigenvectors[:, -1] for x in streams[:L]
    ]),
}  # fmt: skip
refitted = probes.fit_means(model, game.sample_moves(500, seed=22), [probes.TARGETS["parity"]])
again = torch.stack([refitted.directions("parity", at, "odd", "even") for at in layers_before])
say(
    "layers",
    other_ways={
        name: attention.rank_correlation(bonus_along(of), seen.parity)[0]
        for name, of in ways.items()
    },
    side_cosine=torch.cosine_similarity(
        ways["from theirs to mine"].double(),
        torch.stack(
            [averages.directions("parity", at, "odd", "even")[0] for at in layers_before]
        ).double(),
        dim=1,
    )
    .abs()
    .mean(),
    refit=attention.rank_correlation(bonus_along(again[:, 0]), seen.parity)[0],
)

# %% [markdown]
# The direction from *theirs* to *mine* goes with the preference at least as well: {num}`other_ways[from theirs to mine]:.2f`. It is about sides, too: after each move the side that has just moved has more discs. But it isn't the same direction (cosine {num}`side_cosine:.2f` on average). It averages over squares; in the network of {cite:t}`nothello2026` no single direction for *mine* serves all of them. That from early to late gives {num}`other_ways[from early to late]:.2f`, the one that varies most {num}`other_ways[that varies most]:.2f`, with wide intervals. So sides are what counts, and not one direction above all others. With averages of other games the parity's gives {num}`refit:.2f`.

# %% [markdown]
# (attention-by-hand)=
# ## Details: the same methods on a network written by hand
#
# Can these methods be trusted? In the [crowded network](construction-crowded) it is known what heads do, since we wrote them. The head of layer k looks at move k, whatever was played, and copies it to all later positions. That is all that it writes. As a [GPT with one head a layer](api/construction.md) it goes through the same functions.

# %%
crowd = Crowded()
by_hand, layers_with_heads = as_gpt(crowd), range(31)
some, places = game.sample_moves(100, REPORT_SEED, first=700_000), crowd.layout
its_kinds = attention.kinds(attention.summarise(by_hand, some))[:31, 0]
its_means = probes.fit_means(by_hand, game.sample_moves(200, seed=21), wanted, by_hand.sites[:63])
its_basis = [probes.families(by_hand, its_means, site) for site in its_means.sites]
fetched = torch.zeros(36, places.width)
fetched[OUTER] = torch.nn.functional.normalize(places.directions[places.fetched].float(), dim=1)


def own_square(name=""):
    """Of each head, on how many squares the own one is written most along a family, or least."""
    tables = [
        attention.ov_circuit(
            by_hand,
            k,
            its_basis[2 * k]["embedding"],
            its_basis[2 * k + 1][name] if name else -fetched,
        )
        for k in layers_with_heads
    ]
    return attention.own_is_lowest(np.concatenate(tables)).mean(1)


# %% [markdown]
# Ablation takes one head out at a time, and the probe is fitted where the board is complete.

# %%
its_site = f"resid_post {places.context}"
its_probe = probes.fit_ridge(by_hand, game.sample_moves(600, seed=8), wanted[:2], [its_site])
its_lost = attention.ablate_heads(by_hand, some[:20], its_probe).loss[:, :31, 0].mean(-1)
copied = attention.output_share(by_hand, some, [fetched[OUTER]] * len(crowd.blocks))[:31]
of_colour = [its_basis[2 * k + 1]["mine - theirs"] for k in layers_with_heads]
claimed = attention.output_share(by_hand, some, of_colour + of_colour[-1:] * 3)[:31]
anything = [torch.randn(36, places.width, generator=drawn) for _ in crowd.blocks]
in_any = attention.output_share(by_hand, some, anything)[:31]
scored = [
    attention.qk_circuit(by_hand, k, fetched[OUTER], fetched[OUTER], centred=False)
    for k in layers_with_heads
]
say(
    "100 games",
    hand_mixed=int((its_kinds == "mixed").sum()),
    hand_sided=int(np.isin(its_kinds, attention.KINDS[-2:]).sum()),
    hand_heads=len(its_kinds),
    hand_scores=float(np.abs(scored).max()),
    hand_copies=float(own_square().min()),
    hand_empty=float(own_square("empty").max()),
    hand_copied=float(copied.min()),
    hand_claimed={"mean": float(claimed.mean()), "most": float(claimed.max())},
    hand_any=float(in_any.mean()),
    hand_order={
        way: spearmanr(np.arange(31), of).statistic
        for way, of in zip(attention.WAYS, its_lost, strict=True)
    },
    hand_lost=float(np.sort(its_lost[1])[::-1][:8].sum() / its_lost[1].sum()),
)
if np.abs(scored).max() != 0:  # by construction, and "say nothing", as the words have it
    raise RuntimeError("the queries of the network by hand aren't constants")

# %% [markdown]
# - *Kinds* miss them. {num}`hand_mixed` of {num}`hand_heads` heads are called *mixed*, as there is no word for a head that looks at the move of one number. And {num}`hand_sided` are called after a parity, though none takes sides: so late in the game, one move is all of a parity.
# - *Weights alone* say nothing of where they look. The queries are constants, so every product of two directions is {num}`hand_scores:.0f`. The claim above is about preferences that depend on who asks. Those that don't are missed.
# - *What heads move* is found. Along what was written, the own square is highest for {num}`hand_copies:.0%` of the squares in every head. Along *empty*, which no head writes, it is lowest for {num}`hand_empty:.0%` at most.
# - *The share of the output in a basis* finds it, but can mislead. All of it ({num}`hand_copied:.0%`) lies in the fetched moves' span. In that of *mine - theirs* it is {num}`hand_claimed[mean]:.0%` on average, hardly more than in a random one ({num}`hand_any:.0%`). But of one head it is {num}`hand_claimed[most]:.0%`, though none writes a board: late in a game class means hold the moves that go with it.
# - *Taking heads out* finds them all needed, the earlier the more, as more positions hang on their moves (rank correlation with the layer {num}`hand_order[zero]:.2f`, {num}`hand_order[mean]:.2f` and {num}`hand_order[resample]:.2f`). Here the eight costliest have {num}`hand_lost:.0%` of what all cost one by one.

# %% [markdown]
# ## Details: attention to squares, and from squares
#
# Attention *to* squares: for the heads that prefer one square the most, the average attention to the move that played each square. The last two boards are the control: the first two heads with the squares of another game, which show what owes to *when* a square is mostly played. Heads are ordered by what they have beyond it.

# %% alt="Boards of the average attention to the move on each square for six heads, and the control for two." mystnb={"figure": {"name": "fig-attention-to", "caption": "**Some heads prefer a square.** Six heads, and the first two with the squares of another game."}}
beyond = (seen.square - seen.square_control).reshape(-1, 36)
choosy = np.argsort(-beyond.max(-1))[:6]
panels = np.ma.masked_all((8, 36))
panels[:6, OUTER] = seen.square.reshape(-1, 36)[choosy][:, OUTER]
panels[6:, OUTER] = seen.square_control.reshape(-1, 36)[choosy[:2]][:, OUTER]
titles = [f"head {names[i]}" for i in choosy] + [f"{names[i]}, others" for i in choosy[:2]]
grid(panels.reshape(-1, 6, 6), titles, scale="magnitude", quantity="mean attention")

# %% [markdown]
# What does the most choosy head give to its square, and what if another game's squares are taken?

# %%
on_some = (halves[0].square - halves[0].square_control).reshape(-1, 36)
head, at = (int(i) for i in np.unravel_index(on_some.argmax(), on_some.shape))
say(choosy=names[head], choosy_square=game.square_name(at))
others = [of.reshape(-1, 36)[head, at] for of in (halves[1].square, halves[1].square_control)]
say("the other half of the games", choosy_most=float(others[0]), choosy_other=float(others[1]))

# %% [markdown]
# The most choosy one, head {num}`choosy`, gives {num}`choosy_most:.1%` of its attention to the move on {num}`choosy_square` once it has been played; to the move with that name in another game, {num}`choosy_other:.1%`.
#
# And attention *from* squares: does it matter where the last move was? The boards show how much more (blue) or less (red) a head looks at the move on each square from positions whose last move was on the marked square (upper slider). The control is positions as late in the game, of the same games, that are matched with another game's last move. Squares near each other are often played one after the other, and what heads look at depends on how long ago a move was. So what a head would show that has its own *average* pattern in every game is taken off.

# %%
by_time = attention.from_squares(attention.summarise(model, corpus, instead=seen.mean))
change = attention.from_squares(seen) - by_time
of_pair = np.ma.masked_all((len(picked), len(OUTER), 36))
of_pair[..., OUTER] = change[[i for i, _ in picked]]
of_pair[:, np.arange(len(OUTER)), OUTER] = np.ma.masked
strongest = int(of_pair.std((1, 2)).argmax())
limit = float(np.quantile(np.abs(of_pair.compressed()), 0.995))  # a few are darker than the rest

# %% [markdown]
# The sliders start at the board that varies most: there a pattern should be plainest.

# %% alt="How attention to each square depends on the square of the last move, for some heads." mystnb={"figure": {"name": "fig-attention-from", "caption": "**Where the last move was changes where heads look.** Upper slider: the square of the last move; lower: heads of different kinds."}}
stepper(
    [Panel("looks at", values=of_pair, scale="signed", limit=limit)],
    [f"from {game.square_name(s)}" for s in OUTER],
    layers=heads,
    last=OUTER,
    layer=strongest,
    at=int(of_pair[strongest].std(1).argmax()),
)

# %% [markdown]
# Is it noise? Both halves of the games should show the same boards, and not those of a neighbouring square.

# %%
inline, apart = attention.in_line(), ~np.eye(len(OUTER), dtype=bool)
by_half = []
for half, part in zip(halves, np.split(corpus, 2), strict=True):
    timed = attention.summarise(model, part, instead=seen.mean)
    by_half.append(attention.from_squares(half) - attention.from_squares(timed))
steady, chance = (
    [np.corrcoef(a[apart], np.roll(b, turn, 0)[apart])[0, 1] for a, b in zip(*by_half, strict=True)]
    for turn in (0, 1)
)
gaps, time_gaps = (x[:, inline].mean(1) - x[:, apart & ~inline].mean(1) for x in (change, by_time))

# %% [markdown]
# Discs turn along lines. Do heads look more along the last move's lines than their average patterns make them?

# %%
# Heads of one layer share their stream: layers are drawn, not heads.
lined, lined_time = (bootstrap(x.reshape(L, H).mean(1)) for x in (gaps, time_gaps))
say(f"{L} layers", lined=lined, lined_time=lined_time, lined_clear=lined.low > 0)
say(steady=float(np.median(steady)), steady_chance=float(np.median(chance)))
assert np.median(steady) > max(chance)

# %% [markdown]
# It does matter: the two halves of the games show the same boards. Their correlation is {num}`steady:.2f` for the median head, {num}`steady_chance:.2f` if the second half's boards are those of a neighbouring square. Is there a geometry in it? Only discs in line with a move can be turned by it. Heads do look {num}`lined_time:.2%` of attention a move more at moves that share a row, a column or a diagonal with the last one. But they would with their average patterns as well: such moves tend to be recent ones. Beyond that it is {num}`lined:+.3%`, {when}`lined_clear ? so there is a geometry in it, if a small one : so no geometry of this kind shows`.
#
# ## Details: what queries and keys know
#
# Now the bases of the board, on both sides of the QK circuit. Which earlier positions (*keys*) get a higher score if the *query* position knows that a square is empty, that it is mine rather than theirs, that it has just been played, or that this is the first position? The boards sort keys by what *they* know: which square had just been played there, which squares were empty, which were mine (blue) rather than theirs. The slider goes through what the query knows, for the head that prefers one square the most and for the one with the most attention to one parity. Of each family of queries the (marked) square is taken that makes the largest difference.

# %%
basis = [probes.families(model, averages, site) for site in averages.sites]
before, after = basis[0:-1:2], basis[1::2]
lopsided = int(np.abs(seen.parity - 0.5)[1:].argmax()) + H  # after the first layer's board
asking = {"empty": "empty", "mine - theirs": "mine", "embedding": "just played"}
offering = ("embedding", "empty", "mine - theirs")

# %% [markdown]
# For both heads, each family of queries is scored against all keys; the square of the largest spread is kept.

# %%
steps, marked, forms = [], [], []
for i in (int(choosy[0]), lopsided):
    layer, head = divmod(i, H)
    known = before[layer]
    keys = torch.cat([known[name] for name in offering])
    queries = {name: known[name] for name in asking} | {"position": known["position"][:1]}
    for name, query in queries.items():
        form = attention.qk_circuit(model, layer, query, keys)[head].reshape(-1, 3, 36)
        square = int(form[..., OUTER].std((1, 2)).argmax())
        knows = f"{game.square_name(square)} {asking.get(name)}"
        steps.append(f"head {names[i]}, query: {knows if name in asking else 'first position'}")
        marked.append(square if name in asking else game.NO_MOVE)
        forms.append(form[square] - form[square][:, OUTER].mean(1, keepdims=True))

# %% [markdown]
# Which keys does each query prefer? The centre is left out where it means nothing: never empty, never played.

# %% alt="Scores of keys by what they know, for two heads." mystnb={"figure": {"name": "fig-attention-qk", "caption": "**Which keys a query is drawn to.** The slider goes through what the query knows; the boards sort keys by what they know."}}
forms = np.ma.masked_array(np.transpose(forms, (1, 0, 2)))
forms[:2, :, game.centre()] = np.ma.masked  # never empty, never played
titles = "key: played", "key: empty", "key: mine - theirs"
panels = [Panel(t, values=f, scale="signed") for t, f in zip(titles, forms, strict=True)]
stepper(panels, steps, last=marked)

# %% [markdown]
# Which of these families matter to heads at all? For each head the standard deviation of its circuit's scores, over all queries of the three families and the keys of one, divided by that for random directions as keys. One is chance; other random directions are drawn beside it.

# %%
power = {}
random_keys = torch.randn(72, model.config.n_embd, generator=torch.Generator().manual_seed(0))
random_keys = torch.nn.functional.normalize(random_keys, dim=-1)
for name in (*offering, "random, others"):
    power[name] = np.zeros((L, H))
    for layer, known in enumerate(before):
        queries = torch.cat([known[asked] for asked in asking])
        keys = known[name][OUTER] if name in offering else random_keys[36:]
        both = attention.qk_circuit(model, layer, queries, torch.cat([random_keys[:36], keys]))
        power[name][layer] = both[..., 36:].std((1, 2)) / both[..., :36].std((1, 2))

# %% [markdown]
# In which layer does each family matter most? The heads of a layer are averaged.

# %%
per_layer = {name: power[name].mean(1) for name in offering}
say(power={name: float(x.max()) for name, x in per_layer.items()})
say(power_layer={name: int(x.argmax()) for name, x in per_layer.items()})

# %% [markdown]
# A family matters where its curve rises above one, beyond the other random directions.

# %% alt="How strongly heads' scores depend on each family of keys, relative to random directions." mystnb={"figure": {"name": "fig-attention-power", "caption": "**Which families of keys matter.** Means over the heads of a layer. Random directions are at one."}}
colours = figures.MODEL, figures.EMPTY, figures.MINE, figures.CONTROL
lines = {
    name: Series(x.mean(1), colour=tint)
    for (name, x), tint in zip(power.items(), colours, strict=True)
}
axes = dict(x_title="", y_title="score of keys, random = 1", reference={"random": 1.0})
curves(layers, lines, **axes)

# %% [markdown]
# Keys matter most by the square *played* in layer {num}`power_layer[embedding]` ({num}`power[embedding]:.1f` times random directions), by *mine - theirs* in layer {num}`power_layer[mine - theirs]` ({num}`power[mine - theirs]:.1f`) and by *empty* in layer {num}`power_layer[empty]` ({num}`power[empty]:.1f`).
#
# ## Details: what a head moves
#
# What a head moves from where it looks is its *OV circuit*. Written in squares: if a head finds the *embedding* of a move, what does it write along the directions *empty* and *mine - theirs* of every square?

# %%
written = ("empty", "mine - theirs")
moved = {
    name: np.stack([
        attention.ov_circuit(model, layer, before[layer]["embedding"], after[layer][name])
        for layer in range(L)
    ])
    for name in written
}  # fmt: skip
own = {name: np.diagonal(m, 0, -2, -1)[..., OUTER].mean(-1) for name, m in moved.items()}
rest = {name: m[..., OUTER, :][..., OUTER].std((-2, -1)) for name, m in moved.items()}
effect = {name: own[name] / rest[name] for name in written}
first_empty = int(effect["empty"].argmin())

# %% [markdown]
# How often is the own square the lowest entry of its row? For the plainest head, and before training.

# %%
blank_means = probes.fit_means(untrained, fit, wanted)
blank_basis = [probes.families(untrained, blank_means, site) for site in blank_means.sites]
blank_tables = np.concatenate([
    attention.ov_circuit(untrained, k, early["embedding"], late["empty"])
    for k, (early, late) in enumerate(zip(blank_basis[:-1:2], blank_basis[1::2], strict=True))
])  # fmt: skip
counted = attention.own_is_lowest(moved["empty"].reshape(-1, 36, 36))
hits = game.over_orbits(counted[first_empty], OUTER)
of_blank = attention.own_is_lowest(blank_tables)
blank_hits = game.over_orbits(of_blank[of_blank.sum(1).argmax()], OUTER)
assert hits.low > 1 / len(OUTER)
assert hits.mean > blank_hits.mean

# %% [markdown]
# How plain is that head's *empty*, and does it go beyond chance and the best untrained head?

# %%
say(
    "orbits of squares",
    empty_hits=hits,
    blank_hits=blank_hits,
    hits_apart=hits.low > blank_hits.high,
    hits_chance=1 / len(OUTER),
)
say(empty_head=names[first_empty], empty_kind=str(kind.flat[first_empty]))
say(empty_effect=float(effect["empty"].min()))

# %% [markdown]
# From single moves, what does that head write? On boards of *empty*, the move's own square should be lowest.

# %% alt="What one head writes about every square where it finds a move on B2, E1, C5 or F6." mystnb={"figure": {"name": "fig-attention-ov", "caption": "**Finding a move, it writes that the square isn't empty.** Boards of what the head writes, from four squares."}}
some = [game.square_id(name) for name in ("B2", "E1", "C5", "F6")]
panels = [moved[name].reshape(-1, 36, 36)[first_empty, s] for name in written for s in some]
titles = [f"{name}, from {game.square_name(s)}" for name in written for s in some]
what = f"written by head {names[first_empty]}"
grid(np.array(panels).reshape(-1, 6, 6), titles, quantity=what, columns=2)

# %% [markdown]
# Head {num}`empty_head` ({num}`empty_kind`) has the weights that say *empty* most plainly: finding a move, it writes "not empty" for that very square ({num}`empty_effect:.1f` standard deviations of its table, mean over squares). For {num}`empty_hits:.0%` of the squares that is the lowest entry of the row. By chance it would be {num}`hits_chance:.0%`. The best of all heads of the network before training has {num}`blank_hits:.0%` ({when}`hits_apart ? intervals apart : intervals that overlap`). These are weights; whether it matters is asked below.

# %% alt="What the most extreme heads of each layer write about the square of a move that they find." mystnb={"figure": {"name": "fig-attention-own", "caption": "**What heads write about a move's own square.** The most extreme heads of each layer."}}
lines = {}
for name, colour in zip(written, (figures.EMPTY, figures.MINE), strict=True):
    lines[f"{name}: lowest head"] = Series(effect[name].min(1), colour=colour)
    lines[f"{name}: highest head"] = Series(effect[name].max(1), colour=colour, dash="dash")
y_title = "written about the move's own square (sd)"
curves(layers, lines, x_title="", y_title=y_title, reference={"nothing": 0.0})

# %% [markdown]
# Heads with opposite signs of *mine - theirs* are those that look at opposite parities: a move of the same parity was played by *theirs*.

# %%
signs = {
    "all": attention.rank_correlation(effect["mine - theirs"], seen.parity),
    "first": attention.rank_correlation(effect["mine - theirs"][:3], seen.parity[:3]),
}
say(sign={of: found for of, (found, _) in signs.items()})
say(sign_chance={of: chance for of, (_, chance) in signs.items()})
assert signs["first"][0].mean < signs["first"][1].low  # beyond chance, as the words have it

# %% [markdown]
# The rank correlation of what heads write about *mine - theirs* with their attention to the same parity, within layers, is {num}`sign[all]:.2f` over all heads. In the first three layers, where most of the board comes in, it is {num}`sign[first]:.2f`. With the heads of each of these layers mixed up, 95% of the draws are above {num}`sign_chance[first].low:.2f`.
#
# ## Details: how much of what heads write the bases explain
#
# Here not weights but outputs: the share of the variance of what each head adds to the stream, over positions, that lies in the span of a basis. Beside it a random subspace of the same dimension.

# %%
families = ("empty", "mine - theirs", "legal next", "embedding")
shares, chance = {}, []
for seed, name in enumerate(families):
    spans = [layer[name] for layer in after]
    shares[name] = attention.output_share(model, corpus[:100], spans)
    rng = np.random.default_rng(seed)
    rank = [np.linalg.matrix_rank(span.numpy(), tol=1e-3) for span in spans]
    spans = [torch.from_numpy(rng.standard_normal((r, model.config.n_embd))) for r in rank]
    chance.append(attention.output_share(model, corpus[:100], spans))
best = max(shares, key=lambda name: shares[name].max())
at_best = int(shares[best].argmax())
share_head = names[at_best]
again = attention.output_share(model, corpus[100:200], [layer[best] for layer in after])

# %% [markdown]
# Does any basis explain more than chance, and in which layers? The best head may differ from the mean.

# %% alt="Share of heads' output variance in the span of each basis, by layer, with random subspaces." mystnb={"figure": {"name": "fig-attention-share", "caption": "**How much of what heads write a basis explains.** The best head of each layer and the mean, beside a random subspace."}}
lines = {f"{name}: best head": s.max(1) for name, s in shares.items()}
lines |= {f"{name}: mean": Series(s.mean(1), dash="dot") for name, s in shares.items()}
lines["random, same dimension: best head"] = Series(np.max(chance, (0, 2)), colour=figures.CONTROL)
curves(layers, lines, x_title="", y_title="share of variance", y_format=".0%")

# %% [markdown]
# How much does the best basis explain of its best head, and how much a random subspace of any?

# %%
say(share_basis=best, share_head=share_head)
say(share_best=float(again.flat[at_best]), share_chance=float(np.max(chance)))

# %% [markdown]
# The head that a basis explains best is {num}`share_head`, of whose output, in other games, *{num}`share_basis`* has {num}`share_best:.0%`. A random subspace of the same dimension explains at most {num}`share_chance:.0%` of any head.
#
# ## Details: what else is lost
#
# The menu chooses what else is lost, for the same ten heads: legality, and the cells of each probe. The games are half of {num}`ablation_games` held-out ones, and the heads were chosen on the other half. What is counted: the loss, the legality of the first choice, and how many cells a linear probe still reads, at the site where it read the board best ({num}`ablation_site`).

# %% alt="What is lost without each of ten heads, taken out in three ways." mystnb={"figure": {"name": "fig-attention-lost", "caption": "**What else is lost.** More first choices that are illegal, or more cells misread, without each head."}}
counts = "illegal", "empty", "board", "legal_next"
menu = {name.replace("_", " "): told_by.of_heads(name, order) for name in counts}
x_title = "more misread, or illegal, without the head"
what = "What is lost without each of ten heads, taken out in three ways"
measures(labels, menu, x_title=x_title, x_format=".2%", looks=looks, what=what)

# %% [markdown]
# Where in the network is most lost? The heads of each layer are summed, though each was taken out alone.

# %% alt="The sum over each layer's heads of the loss added when they are taken out one by one." mystnb={"figure": {"name": "fig-attention-loss-layers", "caption": "**Loss by layer.** Summed over heads taken out one by one (mean)."}}
by_layer = bootstrap(lost.loss[1].sum(1).T)
x_title = "loss added, heads taken out one by one (mean)"
points(layers, {"sum over the heads": Series.of(by_layer)}, x_title=x_title, x_format=".3f")

# %% [markdown]
# The {num}`most` heads that matter most have {num}`share_of_most:.0%` of the loss that all heads cost one by one. Without head {num}`worst` ({num}`worst_kind`; mean) it rises by {num}`worst_loss:.3f` nats a move, and {num}`worst_illegal:.1%` more first choices are illegal. For the median head it rises by {num}`median_loss:.4f`, and {num}`harmless` of {num}`n_heads` can be taken out for less than a thousandth of a nat (upper end of the interval). Mean and resample rank heads alike (rank correlation {num}`ways_agree:.2f`).
#
# ## Details: does this agree with the story?
#
# If the head whose weights write *empty* computes it, then without it *empty* must be misread. And if the heads of the two parities gather whose moves were where, then without one of them the probe must read *mine* and *theirs* worse, and by more than it reads *empty* worse. Heads after {num}`ablation_site` can't matter there and are left out.

# %%
reaches = np.arange(L) <= int(site.split()[1])
rows, tested = {}, kind[reaches]
keys = "loss (nats)", "illegal", "empty cells misread", "board cells misread"
for name in (*attention.KINDS, "mixed"):
    if (tested == name).any():
        mean = [x.mean[1][reaches][tested == name].mean() for x in (loss, illegal, empty, board)]
        rows[f"{name} ({(tested == name).sum()})"] = dict(zip(keys, mean, strict=True))
pd.DataFrame(rows).T.style.format("{:.4f}")

# %% [markdown]
# Is it colour that goes? Board cells misread beyond empty ones, without parity heads and without the others.

# %%
of_parity = np.isin(kind, ["same parity", "other parity"]) & reaches[:, None]
groups = {"parity": of_parity, "others": ~of_parity & reaches[:, None]}
colour = lost.cells["board"][1] - lost.cells["empty"][1]  # beyond what empty squares cost
story = {name: bootstrap(colour[heads].mean(0)) for name, heads in groups.items()}
paired = colour[groups["parity"]].mean(0) - colour[groups["others"]].mean(0)
gap = bootstrap(paired)
say(f"{len(few)} games", story=story, story_gap=gap, story_clear=bool(gap.low > 0))
assert story["parity"].low > 0

# %% [markdown]
# Now *empty*: does it cost most to take out the heads whose weights write it?

# %%
of_empty = lost.cells["empty"][1].reshape(L * H, -1)
costs = of_empty.mean(1)
costliest = int(of_empty[:, ::2].mean(1).argmax())  # the other games tell what it costs
agreement, mixed_up = attention.rank_correlation(
    -effect["empty"][reaches], costs.reshape(L, H)[reaches]
)
say(
    f"{len(few)} games",
    empty_lost=empty.at((1, *np.unravel_index(first_empty, (L, H)))),
    empty_lost_median=lost.median("empty").at(1),
    empty_rank=int((costs > costs[first_empty]).sum()) + 1,
    costliest=names[costliest],
)
say(f"{len(few) // 2} games", costliest_empty=bootstrap(of_empty[costliest, 1::2]))
say("orbits of squares", costliest_hits=game.over_orbits(counted[costliest], OUTER))
say(empty_agreement=agreement, empty_mixed=mixed_up)
say(empty_goes_with=bool(agreement.mean > mixed_up.high))

# %% [markdown]
# *Empty* first. Without head {num}`empty_head`, whose weights write it most plainly, {num}`empty_lost:.2%` more of the cells are misread as empty or not; the median head costs {num}`empty_lost_median:.3%`. By cost that is rank {num}`empty_rank` of {num}`n_heads`. The costliest is head {num}`costliest` with {num}`costliest_empty:.2%`; in its table the own square is the lowest entry for {num}`costliest_hits:.0%` of the squares. Over all heads up to the site, what the weights say about *empty* and what silence costs have a rank correlation within layers of {num}`empty_agreement:.2f`, {when}`empty_goes_with ? more than : no more than` nearly all draws with the heads of each layer mixed up (up to {num}`empty_mixed.high:.2f`): the weights are a hint, the ablation is the evidence.
#
# *Mine and theirs*: without one of the parity heads the probe misreads {num}`story[parity]:.2%` more of the cells as *mine*, *theirs* or *empty* than it misreads as *empty* or not, so discs are taken for the other side's. Without one of the other heads of these layers it is {num}`story[others]:.2%`; game by game the two differ by {num}`story_gap:+.2%`. So silencing a parity head costs colour, {when}`story_clear ? and more of it than silencing another head : but not clearly more than silencing another head: heads that all else hangs on matter for it too, and heads of one kind may stand in for each other`.
#
# ## Details: all heads
#
# Sort, search, tap a row for its boards: attention to the moves on each square, and what the head writes about the square of the move that it finds.

# %%
inside = {f"in {name}": shares[name] for name in ("mine - theirs", "empty")}
columns = attention.catalogue(seen, lost, **inside)
views = {"attention to the move on": seen.square.reshape(-1, 36)}
views["attention from the move on, to each earlier"] = seen.between.sum(-1).reshape(-1, 36) / 31
for name, table in moved.items():
    views[f"own square: {name}"] = np.diagonal(table.reshape(-1, 36, 36), 0, 1, 2)
cards = [Panel(name, values=v.reshape(-1, 6, 6), scale="signed") for name, v in views.items()]
formats = {name: ".4f" if "lo" in name else ".1%" for name in list(columns)[2:]}
figures.table(columns, formats=formats, cards=cards, sort="loss, mean", alt="All heads")

# %% [markdown]
# Each head also has a card with an address of its own, such as [head.html#L3H5](head.md).

# %%
shape, owned = (L, H, 36), attention.owners(model, game.Games(corpus[:200]))
of_head = {
    "attention to the move on a square": seen.square,
    "writes: empty": views["own square: empty"].reshape(shape),
    "writes: mine - theirs": views["own square: mine - theirs"].reshape(shape),
}
attention.head_card_files(attention.head_cards(seen, owned, lost, of_head), corpus[0])

# %% [markdown]
# *Machinery: [`othello_gpt.attention`](api/attention.md). Before: [the neurons](neurons.py). Next: [how discs are turned](mechanism.py)*

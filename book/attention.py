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
# **Many heads take sides.** {glue:text}`kind_same_parity` heads look mainly at moves of the side that has just moved, {glue:text}`kind_other_parity` at moves of the other side. Which of the two goes with a single direction of the stream. When the head that is missed most is taken out, the loss rises by {glue:text}`worst_loss_mean:.3f` nats a move.
#
# Below is a held-out game. The second board shows how much one head looks, after each move, at the move that played a square. The upper slider steps through the game, the lower one through heads of different kinds.

# %%
import numpy as np
import pandas as pd
import torch
from myst_nb import glue
from scipy.stats import spearmanr

from othello_gpt import attention, figures, game, probes
from othello_gpt.book_tools import claim, glue_interval
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
from othello_gpt.intervals import bootstrap, wilson
from othello_gpt.model import HELD_OUT_SEED, load_model

# %%
np.set_printoptions(legacy="1.25")  # glue formats what a number prints as
model = load_model()
L, H = model.config.n_layer, model.config.n_head
names = [f"{layer}.{head}" for layer in range(L) for head in range(H)]
corpus = game.sample_moves(400, HELD_OUT_SEED, first=300_000)
seen = attention.summarise(model, corpus)
kind = attention.kinds(seen)
glue("n_games", len(corpus), display=False)

# %%
shown = corpus[0]
found = attention.attention_boards(model, shown)
strength = {"previous move": seen.previous, "itself": seen.itself, "first move": seen.first}
strength |= {"a fixed square": seen.square.max(-1), "same parity": seen.parity}
strength |= {"other parity": 1 - seen.parity, "mixed": seen.square.std(-1)}
picked = []
for name, values in strength.items():
    of_kind = [i for i in np.argsort(-values, axis=None) if kind.flat[i] == name]
    picked += [(i, name) for i in of_kind[:2]]

# %%
panels = [
    Panel("the game"),
    Panel("attention", values=found[[i for i, _ in picked]], discs=False, legal=False),
]
labels = [f"head {names[i]}: {name}" for i, name in picked]
alt = "A held-out game beside the attention of some heads to the moves that played each square."
game_boards(shown, panels, layers=labels, at=14, layer=0, alt=alt)

# %% [markdown]
# Attention is the only way in which a position learns of earlier moves.
#
# ## How heads look, on average
#
# The average over {glue:text}`n_games` games, for all {glue:text}`n_heads` heads: each row is a position, the columns are the moves that it looks at. Stripes are heads that tell apart whose moves these were; a line beside the diagonal is a head that looks at the move before.

# %%
T = seen.mean.shape[-1]
means = np.ma.masked_array(seen.mean.reshape(L * H, T, T))
means[:, np.triu_indices(T, 1)[0], np.triu_indices(T, 1)[1]] = np.ma.masked
labels = [f"head {name}: {k}" for name, k in zip(names, kind.flat, strict=True)]
glue("n_heads", L * H, display=False)
alt = "Average attention of each head from each position to each earlier move, one matrix per head."
matrix(
    np.clip(means, 0, 1),
    labels,
    x_title="looks at move",
    y_title="after move",
    at=picked[0][0],
    alt=alt,
)

# %% [markdown]
# A head is called *previous move*, *itself*, *first move* or *a fixed square* if on average more than half of its attention is there (for a square: after it has been played), else *same parity* or *other parity* if more than 80% of what goes to earlier moves is on the moves of one side. Same parity are the moves of the side that has just moved, whose discs are *theirs*. A head that looks at all moves alike would be none of these. Three checks: the two halves of the games; the untrained network; and, for fixed squares, the squares of another game.

# %%
halves = [attention.summarise(model, part) for part in np.split(corpus, 2)]
in_half = [attention.kinds(half) for half in halves]
untrained = probes.untrained(model)
blank = attention.kinds(attention.summarise(untrained, corpus[:100]))
by_other = seen.square_control.max(-1) > 0.5
rows = {}
for name in (*attention.KINDS, "mixed"):
    where = [names[i] for i in np.flatnonzero(kind.ravel() == name)]
    share = strength[name].ravel()[kind.ravel() == name]
    rows[name] = {"heads": len(where), "untrained": int((blank == name).sum())}
    rows[name]["mean share"] = f"{share.mean():.0%}" if len(where) and name != "mixed" else ""
    rows[name]["which"] = ", ".join(where)
    glue(f"kind_{name.replace(' ', '_')}", len(where), display=False)
pd.DataFrame(rows).T

# %%
glue("agree", float(np.equal(*in_half).mean()), display=False)
glue("by_other", int(by_other.sum()), display=False)
glue("blank_mixed", float((blank == "mixed").mean()), display=False)
glue("uniform_parity", seen.uniform["parity"], display=False)
glue("uniform_previous", seen.uniform["previous"], display=False)
assert np.equal(*in_half).mean() > 0.9
assert (kind != "mixed").sum() > (blank != "mixed").sum()

# %% [markdown]
# Both halves give {glue:text}`agree:.0%` of the heads the same name; {glue:text}`blank_mixed:.0%` of the untrained heads are mixed. With the squares of another game {glue:text}`by_other` heads would seem to look at a fixed square. Looking at all moves alike, a head would spend {glue:text}`uniform_parity:.0%` on moves of the same parity and {glue:text}`uniform_previous:.0%` on the move before. There are {glue:text}`kind_same_parity` heads for the same parity and {glue:text}`kind_other_parity` for the other.
#
# How do parities change from layer to layer? Each point is a head.

# %%
parity = np.sort(seen.parity, axis=1)
lines = {f"rank {k + 1} of {H}": Series(parity[:, k], colour=figures.MODEL) for k in range(H)}
layers = [f"layer {layer}" for layer in range(L)]
curves(
    layers,
    lines,
    x_title="",
    y_title="attention to the same parity",
    y_format=".0%",
    reference={"all moves alike": seen.uniform["parity"]},
    markers=True,
    alt="Share of each head's attention to earlier moves that goes to moves of the same parity, by layer.",
).update_layout(showlegend=False)

# %% [markdown]
# Attention *to* squares: for the heads that prefer one square the most, the average attention to the move that played each square. The last two boards are the control: the first two heads with the squares of another game, which show what owes to *when* a square is mostly played. Heads are ordered by what they have beyond it.

# %%
beyond = (seen.square - seen.square_control).reshape(-1, 36)
choosy = np.argsort(-beyond.max(-1))[:6]
outer = np.setdiff1d(np.arange(36), game.centre())
panels = np.ma.masked_all((8, 36))
for k, i in enumerate(choosy):
    panels[k, outer] = seen.square.reshape(-1, 36)[i, outer]
for k in range(2):
    panels[6 + k, outer] = seen.square_control.reshape(-1, 36)[choosy[k], outer]
titles = [f"head {names[i]}" for i in choosy] + [f"{names[i]}, others" for i in choosy[:2]]
grid(panels.reshape(-1, 6, 6), titles, scale="magnitude", quantity="mean attention")

# %%
at = int(beyond[choosy[0]].argmax())
glue("choosy", names[choosy[0]], display=False)
glue("choosy_square", game.square_name(at), display=False)
glue("choosy_most", float(panels[0, at]), display=False)
glue("choosy_other", float(panels[6, at]), display=False)

# %% [markdown]
# The most choosy one, head {glue:text}`choosy`, gives {glue:text}`choosy_most:.1%` of its attention to the move on {glue:text}`choosy_square` once it has been played; to the move with that name in another game, {glue:text}`choosy_other:.1%`.
#
# And attention *from* squares: does it matter where the last move was? The boards show how much more (blue) or less (red) a head looks at the move on each square from positions whose last move was on the marked square (upper slider) than from positions as late in the game, of the same games, that are matched with another game's last move. Squares near each other are often played one after the other, and what heads look at depends on how long ago a move was: so what a head would show that has its own *average* pattern in every game is taken off. The lower slider chooses among heads of different kinds.

# %%
by_time = attention.from_squares(attention.summarise(model, corpus, instead=seen.mean))
change = attention.from_squares(seen) - by_time
of_pair = np.ma.masked_all((len(picked), len(outer), 36))
of_pair[..., outer] = change[[i for i, _ in picked]]
of_pair[:, np.arange(len(outer)), outer] = np.ma.masked
strongest = int(of_pair.std((1, 2)).argmax())
limit = float(np.quantile(np.abs(of_pair.compressed()), 0.995))  # a few are darker than the rest

# %%
stepper(
    [Panel("looks at", values=of_pair, scale="signed", limit=limit)],
    [f"from {game.square_name(s)}" for s in outer],
    layers=[f"head {names[i]}: {name}" for i, name in picked],
    last=outer,
    layer=strongest,
    at=int(of_pair[strongest].std(1).argmax()),
    alt="How attention to each square depends on the square of the last move, for some heads.",
)

# %%
inline, apart = attention.in_line(), ~np.eye(len(outer), dtype=bool)
by_half = []
for half, part in zip(halves, np.split(corpus, 2), strict=True):
    timed = attention.summarise(model, part, instead=seen.mean)
    by_half.append(attention.from_squares(half) - attention.from_squares(timed))
steady, chance = (
    [np.corrcoef(a[apart], np.roll(b, turn, 0)[apart])[0, 1] for a, b in zip(*by_half, strict=True)]
    for turn in (0, 1)
)
gaps, time_gaps = (x[:, inline].mean(1) - x[:, apart & ~inline].mean(1) for x in (change, by_time))
lined = bootstrap(gaps)

# %%
glue("steady", float(np.median(steady)), display=False)
glue("steady_chance", float(np.median(chance)), display=False)
glue_interval("lined_time", bootstrap(time_gaps), 100)
glue_interval("lined", lined, 100)
told = "so there is a geometry in it, if a small one", "so no geometry of this kind shows"
glue("lined_verdict", told[not lined.low > 0], display=False)
assert np.median(steady) > max(chance)

# %% [markdown]
# It does matter: the two halves of the games show the same boards (their correlation is {glue:text}`steady:.2f` for the median head, {glue:text}`steady_chance:.2f` if the second half's boards are those of a neighbouring square). Is there a geometry in it? Only discs in line with a move can be turned by it. Heads do look {glue:text}`lined_time_mean:.2f` points of attention a move more ({glue:text}`lined_time_low:.2f` to {glue:text}`lined_time_high:.2f`, over heads) at moves that share a row, a column or a diagonal with the last one, but they would with their average patterns as well: such moves tend to be recent ones. Beyond that it is {glue:text}`lined_mean:+.3f` points ({glue:text}`lined_low:+.3f` to {glue:text}`lined_high:+.3f`), {glue:text}`lined_verdict`.
#
# ## Circuits: why a head looks there, and what it moves
#
# How much a head looks from one position to another depends on a product of the two streams, one side asking (*query*) and one offering (*key*): its *QK circuit* {cite}`elhage2021`. Put two *directions* in their places, and it says how much the head is drawn from the one to the other. The simplest case has one direction, the difference of the class means of odd and even positions, fitted before each layer: its product with itself is the bonus that a move gets for having the query's own parity. If parity is decided there, it must go with how heads really look. The control mixes up the heads of each layer, 300 times.

# %% tags=["experiment"]
fit = game.sample_moves(500, seed=21)
wanted = [probes.TARGETS[name] for name in ("empty", "board", "legal_next")]
averages = probes.fit_means(model, fit, [*wanted, probes.TARGETS["parity"]])
basis = [probes.families(model, averages, site) for site in averages.sites]
before, after = basis[0:-1:2], basis[1::2]
contrast = np.zeros((L, H))
for layer in range(L):
    odd = averages.directions("parity", averages.sites[2 * layer], "odd", "even")
    contrast[layer] = attention.qk_circuit(model, layer, odd, odd, centred=False)[:, 0, 0]

# %%
told, control = attention.rank_correlation(contrast, seen.parity)
glue("foretold", told.mean, display=False)
glue_interval("foretold", told)
glue("foretold_control", control.high, display=False)

# %%
claim(
    "one_direction_sets_parity",
    "What one direction of its QK circuit says and which side's moves a head looks at "
    "(rank correlation over heads)",
    told,
    control=control,
    against="the heads of each layer mixed up",
    form=".2f",
)

# %% [markdown]
# The rank correlation over all heads (each layer's mean taken out) is {glue:text}`foretold_mean:.2f` ({glue:text}`foretold_low:.2f` to {glue:text}`foretold_high:.2f`); with heads mixed up 97.5% of the draws are below {glue:text}`foretold_control:.2f`.
#
# Now the bases of the board, on both sides. Which earlier positions (*keys*) get a higher score if the *query* position knows that a square is empty, that it is mine rather than theirs, that it has just been played, or that this is the first position? The boards sort keys by what *they* know: which square had just been played there, which squares were empty, which were mine (blue) rather than theirs. The slider goes through what the query knows, for the head that prefers one square the most and for the one with the most attention to one parity; of each family of queries the (marked) square is taken that makes the largest difference.

# %%
lopsided = int(np.abs(seen.parity - 0.5)[1:].argmax()) + H  # after the first layer's board
asking = {"empty": "empty", "mine - theirs": "mine", "embedding": "just played"}
offering = ("embedding", "empty", "mine - theirs")

# %%
steps, marked, forms = [], [], []
for i in (int(choosy[0]), lopsided):
    layer, head = divmod(i, H)
    known = before[layer]
    keys = torch.cat([known[name] for name in offering])
    queries = {name: known[name] for name in asking} | {"position": known["position"][:1]}
    for name, query in queries.items():
        form = attention.qk_circuit(model, layer, query, keys)[head].reshape(-1, 3, 36)
        square = int(form[..., outer].std((1, 2)).argmax())
        knows = f"{game.square_name(square)} {asking.get(name)}"
        steps.append(f"head {names[i]}, query: {knows if name in asking else 'first position'}")
        marked.append(square if name in asking else game.NO_MOVE)
        forms.append(form[square] - form[square][:, outer].mean(1, keepdims=True))

# %%
forms = np.ma.masked_array(np.transpose(forms, (1, 0, 2)))
forms[:2, :, game.centre()] = np.ma.masked  # never empty, never played
titles = "key: played", "key: empty", "key: mine - theirs"
panels = [Panel(t, values=f, scale="signed") for t, f in zip(titles, forms, strict=True)]
stepper(panels, steps, last=marked, alt="Scores of keys by what they know, for two heads.")

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
        keys = known[name][outer] if name in offering else random_keys[36:]
        both = attention.qk_circuit(model, layer, queries, torch.cat([random_keys[:36], keys]))
        power[name][layer] = both[..., 36:].std((1, 2)) / both[..., :36].std((1, 2))

# %%
lines = {}
for (name, x), tint in zip(
    power.items(), (figures.MODEL, figures.EMPTY, figures.MINE, figures.CONTROL), strict=True
):
    i = bootstrap(x.T)
    lines[name] = Series.of(i, colour=tint)
for name in offering:
    top_layer = int(power[name].mean(1).argmax())
    glue(f"power_{name.split()[0]}", float(power[name].mean(1).max()), display=False)
    glue(f"power_{name.split()[0]}_layer", top_layer, display=False)
alt = "How strongly heads' scores depend on each family of keys, relative to random directions."
axes = dict(x_title="", y_title="score of keys, random = 1", reference={"random": 1.0})
curves([f"layer {layer}" for layer in range(L)], lines, **axes, alt=alt)

# %% [markdown]
# (Means over the heads of a layer; bands over its heads.) Keys matter most by the square *played* in layer {glue:text}`power_embedding_layer` ({glue:text}`power_embedding:.1f` times random directions), by *mine - theirs* in layer {glue:text}`power_mine_layer` ({glue:text}`power_mine:.1f`) and by *empty* in layer {glue:text}`power_empty_layer` ({glue:text}`power_empty:.1f`).

# %% [markdown]
# What a head moves from where it looks is its *OV circuit*. Written in squares: if a head finds the *embedding* of a move, what does it write along the directions *empty* and *mine - theirs* of every square?

# %%
targets = ("empty", "mine - theirs")
moved = {name: np.zeros((L, H, 36, 36)) for name in targets}
for layer in range(L):
    for name in targets:
        source, target = before[layer]["embedding"], after[layer][name]
        moved[name][layer] = attention.ov_circuit(model, layer, source, target)

# %%
own = {name: np.diagonal(m, 0, -2, -1)[..., outer].mean(-1) for name, m in moved.items()}
rest = {name: m[..., outer, :][..., outer].std((-2, -1)) for name, m in moved.items()}
effect = {name: own[name] / rest[name] for name in targets}
first_empty = int(effect["empty"].argmin())

# %%
blank_means = probes.fit_means(untrained, fit, wanted)
blank_basis = [probes.families(untrained, blank_means, site) for site in blank_means.sites]
blank_tables = np.concatenate([
    attention.ov_circuit(untrained, k, early["embedding"], late["empty"])
    for k, (early, late) in enumerate(zip(blank_basis[:-1:2], blank_basis[1::2], strict=True))
])  # fmt: skip
counted = attention.own_is_lowest(moved["empty"].reshape(-1, 36, 36))
hits, blank_hits = (
    wilson(n, len(outer))
    for n in (counted[first_empty], attention.own_is_lowest(blank_tables).max())
)
assert hits.low > 1 / len(outer)
assert hits.mean > blank_hits.mean
apart = hits.low > blank_hits.high
glue("hits_apart", "intervals apart" if apart else "intervals that overlap", display=False)

# %%
glue_interval("blank_hits", blank_hits)
glue("empty_head", names[first_empty], display=False)
glue("empty_kind", str(kind.flat[first_empty]), display=False)
glue("empty_effect", effect["empty"].min(), display=False)
glue_interval("empty_hits", hits)
glue("hits_chance", 1 / len(outer), display=False)

# %%
some = [game.square_id(name) for name in ("B2", "E1", "C5", "F6")]
panels = [moved[name].reshape(-1, 36, 36)[first_empty, s] for name in targets for s in some]
titles = [f"{name}, from {game.square_name(s)}" for name in targets for s in some]
panels, what = np.array(panels).reshape(-1, 6, 6), f"written by head {names[first_empty]}"
grid(panels, titles, quantity=what, columns=2)

# %% [markdown]
# Head {glue:text}`empty_head` ({glue:text}`empty_kind`) has the weights that say *empty* most plainly: finding a move, it writes "not empty" for that very square ({glue:text}`empty_effect:.1f` standard deviations of its table, mean over squares). For {glue:text}`empty_hits_mean:.0%` of the squares ({glue:text}`empty_hits_low:.0%` to {glue:text}`empty_hits_high:.0%`) that is the lowest entry of the row; by chance it would be {glue:text}`hits_chance:.0%`, and the best of all heads of the network before training has {glue:text}`blank_hits_mean:.0%` ({glue:text}`blank_hits_low:.0%` to {glue:text}`blank_hits_high:.0%`; {glue:text}`hits_apart`). These are weights; whether it matters is asked below.

# %%
lines = {}
for name, colour in zip(targets, (figures.EMPTY, figures.MINE), strict=True):
    lines[f"{name}: lowest head"] = Series(effect[name].min(1), colour=colour)
    lines[f"{name}: highest head"] = Series(effect[name].max(1), colour=colour, dash="dash")
alt = "What the most extreme heads of each layer write about the square of a move that they find."
y_title = "written about the move's own square (sd)"
curves(layers, lines, x_title="", y_title=y_title, reference={"nothing": 0.0}, alt=alt)

# %% [markdown]
# Heads with opposite signs of *mine - theirs* are those that look at opposite parities: a move of the same parity was played by *theirs*.

# %%
sign = spearmanr(effect["mine - theirs"][:3].ravel(), seen.parity[:3].ravel())
of_all = spearmanr(effect["mine - theirs"].ravel(), seen.parity.ravel()).statistic
glue("sign_all", float(of_all), display=False)
glue("sign", float(sign.statistic), display=False)
glue("sign_p", float(sign.pvalue), display=False)
assert sign.statistic < 0
assert sign.pvalue < 0.01

# %% [markdown]
# (Rank correlation of what heads write about *mine - theirs* with their attention to the same parity: over all heads {glue:text}`sign_all:.2f`; in the first three layers, where most of the board comes in, {glue:text}`sign:.2f`, p = {glue:text}`sign_p:.1g`.)
#
# ### How much of what heads write do the bases explain?
#
# Here not weights but outputs: the share of the variance of what each head adds to the stream, over positions, that lies in the span of a basis. Beside it a random subspace of the same dimension.

# %%
families = ("empty", "mine - theirs", "legal next", "embedding")
some_games, shares = corpus[:100], {}
for name in families:
    spans = [layer[name] for layer in after]
    shares[name] = attention.output_share(model, some_games, spans)

# %%
chance = []
for seed, name in enumerate(families):
    rng = np.random.default_rng(seed)
    rank = [np.linalg.matrix_rank(layer[name].numpy(), tol=1e-3) for layer in after]
    spans = [torch.from_numpy(rng.standard_normal((r, model.config.n_embd))) for r in rank]
    chance.append(attention.output_share(model, some_games, spans))

# %%
lines = {f"{name}: best head": s.max(1) for name, s in shares.items()}
lines |= {f"{name}: mean": Series(s.mean(1), dash="dot") for name, s in shares.items()}
lines["random, same dimension: best head"] = Series(np.max(chance, (0, 2)), colour=figures.CONTROL)
alt = "Share of heads' output variance in the span of each basis, by layer, with random subspaces."
best = max(shares, key=lambda name: shares[name].max())
at = int(shares[best].argmax())
glue("share_basis", best, display=False)
glue("share_head", names[at], display=False)
glue("share_best", float(shares[best].max()), display=False)
glue("share_chance", float(np.max(chance)), display=False)
curves(layers, lines, x_title="", y_title="share of variance", y_format=".0%", alt=alt)

# %% [markdown]
# The head that a basis explains best is {glue:text}`share_head`, of whose output *{glue:text}`share_basis`* has {glue:text}`share_best:.0%`. A random subspace of the same dimension explains at most {glue:text}`share_chance:.0%` of any head.
#
# ## What is lost without a head?
#
# The first chart is of the loss; the menu of the second one chooses what else is lost, for the same heads: legality, and the cells of each probe. Each of the {glue:text}`n_heads` heads is taken out alone, in three ways: *zero*, it writes nothing; *mean*, it writes what it writes on average at that position; *resample*, it writes what it wrote at that position in another game. The games are {glue:text}`ablation_games` held-out ones. Looking at zeros alone would be unfair to heads that mostly write a constant. What is counted: the loss, the legality of the first choice, and how many cells a linear probe still reads, at the site where it read the board best.

# %% tags=["experiment"]
mids = model.sites[5:14]
probe = probes.fit_ridge(model, fit, wanted[:2], mids)
site = mids[probes.accuracy(probe, model, corpus[:60])["board"].best()]
probe = probes.fit_ridge(model, fit, wanted, [site])
few = game.sample_moves(60, HELD_OUT_SEED, first=400_000)
lost = attention.ablate_heads(model, few, probe)
loss, illegal, board = (lost.interval(name) for name in ("loss", "illegal", "board"))
glue("ablation_site", site, display=False)
glue("ablation_games", len(few), display=False)

# %%
order = np.argsort(-loss.mean[1], axis=None)[:10]
labels = [f"{names[i]} ({kind.flat[i]})" for i in order]
tints = dict(zip(attention.WAYS, (figures.THEIRS, figures.MODEL, figures.MINE), strict=True))
looks = {way: dict(colour=tint) for way, tint in tints.items()}


def ten(what):
    """What is lost without each of the ten heads, in each way of taking them out."""
    heads = np.unravel_index(order, (L, H))
    return {way: lost.interval(what).at((k, *heads)) for k, way in enumerate(attention.WAYS)}


series = {way: Series.of(i, **looks[way]) for way, i in ten("loss").items()}
points(labels, series, x_title="loss added (nats a move)", x_format=".3f")

# %%
menu = {name.replace("_", " "): ten(name) for name in ("illegal", "empty", "board", "legal_next")}
x_title = "more misread, or illegal, without the head"
what = "What is lost without each of ten heads, taken out in three ways"
measures(labels, menu, x_title=x_title, x_format=".2%", looks=looks, what=what)

# %%
worst = int(order[0])
glue("worst", names[worst], display=False)
glue("worst_kind", str(kind.flat[worst]), display=False)
glue_interval("worst_loss", loss.at((1, *np.unravel_index(worst, (L, H)))))
glue_interval("worst_illegal", illegal.at((1, *np.unravel_index(worst, (L, H)))), 100)
glue_interval("median_loss", lost.median("loss").at(1))
glue("harmless", int((loss.high[1] < 0.001).sum()), display=False)
in_order, most = np.sort(np.maximum(loss.mean[1], 0), axis=None)[::-1], 8
glue("most", most, display=False)
glue("share_of_most", float(in_order[:most].sum() / in_order.sum()), display=False)
ranks = spearmanr(loss.mean[1].ravel(), loss.mean[2].ravel()).statistic
glue("ways_agree", float(ranks), display=False)

# %%
sums = [lost.loss[1].sum(1)[layer] for layer in range(L)]
by_layer = bootstrap(np.transpose(sums))
points(layers, {"sum over the heads": Series.of(by_layer)},
       x_title="loss added, heads taken out one by one (mean)", x_format=".3f")  # fmt: skip

# %% [markdown]
# The {glue:text}`most` heads that matter most have {glue:text}`share_of_most:.0%` of the loss that all heads cost one by one. Without head {glue:text}`worst` ({glue:text}`worst_kind`; mean) it rises by {glue:text}`worst_loss_mean:.3f` nats a move ({glue:text}`worst_loss_low:.3f` to {glue:text}`worst_loss_high:.3f`) and {glue:text}`worst_illegal_mean:.1f` points ({glue:text}`worst_illegal_low:.1f` to {glue:text}`worst_illegal_high:.1f`) more first choices are illegal; for the median head it rises by {glue:text}`median_loss_mean:.4f` ({glue:text}`median_loss_low:.4f` to {glue:text}`median_loss_high:.4f`), and {glue:text}`harmless` of {glue:text}`n_heads` can be taken out for less than a thousandth of a nat (upper end of the interval). Mean and resample rank heads alike (rank correlation {glue:text}`ways_agree:.2f`).
#
# ### Does this agree with the story?
#
# If the head whose weights write *empty* computes it, then without it *empty* must be misread. And if the heads of the two parities gather whose moves were where, then without one of them the probe must read *mine* and *theirs* worse, and by more than it reads *empty* worse. Heads after {glue:text}`ablation_site` can't matter there and are left out.

# %%
empty = lost.interval("empty")
reaches = np.arange(L) <= int(site.split()[1])
rows, tested = {}, kind[reaches]
for name in (*attention.KINDS, "mixed"):
    if (tested == name).any():
        mean = [x.mean[1][reaches][tested == name].mean() for x in (loss, illegal, empty, board)]
        keys = "loss (nats)", "illegal", "empty cells misread", "board cells misread"
        rows[f"{name} ({(tested == name).sum()})"] = dict(zip(keys, mean, strict=True))
pd.DataFrame(rows).T.style.format("{:.4f}")

# %%
glue_interval("empty_lost", empty.at((1, *np.unravel_index(first_empty, (L, H)))), 100)
glue_interval("empty_lost_median", lost.median("empty").at(1), 100)

# %%
of_parity = np.isin(kind, ["same parity", "other parity"]) & reaches[:, None]
groups = {"parity": of_parity, "others": ~of_parity & reaches[:, None]}


def whose(heads):
    """What an ablation costs of the board beyond what it costs of its empty squares."""
    mean = (lost.cells[name][1][heads].mean(0) for name in ("board", "empty"))
    return np.subtract(*mean)


# %%
story = {name: bootstrap(whose(heads)) for name, heads in groups.items()}
for name, interval in story.items():
    glue_interval(f"story_{name}", interval, 100)

assert story["parity"].low > 0
more = "and more of it than silencing another head"
no_more = (
    "but no more than silencing another head: heads that all else hangs on matter for it too, "
)
no_more += "and heads of one kind may stand in for each other"
clear = story["parity"].low > story["others"].high
glue("story_verdict", more if clear else no_more, display=False)

# %%
of_empty = lost.cells["empty"][1].reshape(L * H, -1)
costs = of_empty.mean(1)
costliest = int(costs.argmax())
agreement = spearmanr(-effect["empty"][reaches].ravel(), costs.reshape(L, H)[reaches].ravel())
glue("empty_rank", int((costs > costs[first_empty]).sum()) + 1, display=False)
glue("costliest", names[costliest], display=False)
glue_interval("costliest_empty", bootstrap(of_empty[costliest]), 100)
glue_interval("costliest_hits", wilson(counted[costliest], len(outer)))
glue("empty_agreement", float(agreement.statistic), display=False)
glue("empty_agreement_p", float(agreement.pvalue), display=False)

# %% [markdown]
# *Empty* first. Without head {glue:text}`empty_head`, whose weights write it most plainly, {glue:text}`empty_lost_mean:.2f` points ({glue:text}`empty_lost_low:.2f` to {glue:text}`empty_lost_high:.2f`) more of the cells are misread as empty or not; the median head costs {glue:text}`empty_lost_median_mean:.3f` ({glue:text}`empty_lost_median_low:.3f` to {glue:text}`empty_lost_median_high:.3f`). By cost that is rank {glue:text}`empty_rank` of {glue:text}`n_heads`. The costliest is head {glue:text}`costliest` with {glue:text}`costliest_empty_mean:.2f` points ({glue:text}`costliest_empty_low:.2f` to {glue:text}`costliest_empty_high:.2f`); in its table the own square is the lowest entry for {glue:text}`costliest_hits_mean:.0%` of the squares ({glue:text}`costliest_hits_low:.0%` to {glue:text}`costliest_hits_high:.0%`). Over all heads up to the site, what the weights say about *empty* and what silence costs have a rank correlation of {glue:text}`empty_agreement:.2f` (p = {glue:text}`empty_agreement_p:.1g`): the weights are a hint, the ablation is the evidence.
#
# *Mine and theirs*: without one of the parity heads the probe misreads {glue:text}`story_parity_mean:.2f` points ({glue:text}`story_parity_low:.2f` to {glue:text}`story_parity_high:.2f`) more of the cells as *mine*, *theirs* or *empty* than it misreads as *empty* or not, so discs are taken for the other side's. Without one of the other heads of these layers it is {glue:text}`story_others_mean:.2f` ({glue:text}`story_others_low:.2f` to {glue:text}`story_others_high:.2f`). So silencing a parity head costs colour, {glue:text}`story_verdict`.
#
# ## All {glue:text}`n_heads` heads
#
# Sort, search, tap a row for its boards: attention to the moves on each square, and what the head writes about the square of the move that it finds.

# %%
columns = {"head": names, "looks at": kind.ravel().tolist(), "same parity": seen.parity.ravel()}
columns |= {name: getattr(seen, name).ravel() for name in ("previous", "itself", "first")}
columns |= {f"loss, {way}": loss.mean[k].ravel() for k, way in enumerate(attention.WAYS)}
columns |= {
    "illegal, mean": illegal.mean[1].ravel(),
    "empty lost": empty.mean[1].ravel(),
    "board lost": board.mean[1].ravel(),
    "legal lost": lost.interval("legal_next").mean[1].ravel(),
    "in mine - theirs": shares["mine - theirs"].ravel(),
    "in empty": shares["empty"].ravel(),
}

# %%
diagonals = {
    f"own square: {name}": np.diagonal(m.reshape(-1, 36, 36), 0, 1, 2) for name, m in moved.items()
}
views = {"attention to the move on": seen.square.reshape(-1, 36)}
views["attention from the move on, to each earlier"] = seen.between.sum(-1).reshape(-1, 36) / 31
views |= diagonals
cards = [Panel(name, values=v.reshape(-1, 6, 6), scale="signed") for name, v in views.items()]
formats = {name: ".4f" if "lo" in name else ".1%" for name in list(columns)[2:]}
figures.table(columns, formats=formats, cards=cards, sort="loss, mean", alt="All heads")

# %% [markdown]
# ## What we learned
#
# - Heads divide the moves by whose they are: {glue:text}`kind_same_parity` look at moves of the same parity and {glue:text}`kind_other_parity` at the other, and what their weights make of a single direction of the stream goes with which (rank correlation {glue:text}`foretold_mean:.2f`, {glue:text}`foretold_low:.2f` to {glue:text}`foretold_high:.2f`).
# - Of all weights, those of head {glue:text}`empty_head` say *empty* most plainly: for {glue:text}`empty_hits_mean:.0%` of the squares ({glue:text}`empty_hits_low:.0%` to {glue:text}`empty_hits_high:.0%`) a move there is written as "not empty" of that square more than of any other. Without it {glue:text}`empty_lost_mean:.2f` points ({glue:text}`empty_lost_low:.2f` to {glue:text}`empty_lost_high:.2f`) more of the squares are misread, without head {glue:text}`costliest` {glue:text}`costliest_empty_mean:.2f` ({glue:text}`costliest_empty_low:.2f` to {glue:text}`costliest_empty_high:.2f`).
# - Few heads carry much: head {glue:text}`worst` alone costs {glue:text}`worst_loss_mean:.3f` nats a move ({glue:text}`worst_loss_low:.3f` to {glue:text}`worst_loss_high:.3f`), the median head {glue:text}`median_loss_mean:.4f` ({glue:text}`median_loss_low:.4f` to {glue:text}`median_loss_high:.4f`).
#
# *Machinery: [`othello_gpt/attention.py`](https://github.com/othello-gpt/othello_gpt/blob/main/othello_gpt/attention.py). Before: [the neurons](neurons.py). Next: [is it impressive?](yardsticks.py)*

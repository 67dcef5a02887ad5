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
# # Does it work the same without help?
#
# **The same tests come out alike, nearly.** A network that has seen nothing but {num}`n_seen:,.0f` lists of moves turns discs over partly with neurons that answer to one line each, as the book's network does. Silence them, and {num}`silenced[without help][its own line]:.0%` more of the line's turned discs are misread. In the book's network it is somewhat more. Silence twice as many that are as active, and it is {num}`silenced[without help][twice as many as active]:.1%`.
#
# It, too, finds out that a game began from another start. {when}`infers ? There it does better than : But there it does no better than` a player by hand who repairs the wrong board. And it is caught sooner: the first lists that do it have {num}`first_caught` moves.

# %%
import numpy as np
import pandas as pd
import torch

from othello_gpt import (
    emergence,
    game,
    generalisation,
    interventions,
    mechanism,
    neurons,
    probes,
)
from othello_gpt.book_tools import claim, say
from othello_gpt.figures import (
    CONTROL,
    LEGAL,
    MODEL,
    Series,
    bars,
    curves,
)
from othello_gpt.game import Games
from othello_gpt.intervals import Interval, bootstrap, bootstrap_shares
from othello_gpt.model import REPORT_SEED, load_model, predict
from othello_gpt.yardsticks import load_shallow

torch.set_grad_enabled(False)
plain = emergence.load_stage(emergence.kept()[-1])
networks = {"without help": plain, "the book's network": load_model()}
n_seen = emergence.record()[-1].games
site, early = "resid_mid 5", range(5)
train, read_on = Games.sample(500, seed=12), Games.sample(500, seed=21)


# %%
late = {}  # of moves after which hardly a beginning stood in training


def silence_lines(model):
    """Return what is lost without the neurons of a line and without others, and more."""
    outputs, _ = neurons.sample_outputs(model, train)
    mean, std = outputs.mean(1), outputs.std(1)
    turned = mechanism.turned_lines(train.replay)
    tied = mechanism.tied_neurons(mechanism.line_rules(outputs, turned, layers=early), least=3)
    probe = probes.fit_ridge(model, read_on, [probes.TARGETS["board"]], [site])
    flips = mechanism.sample_flips(800, tied, REPORT_SEED, first=500_000)
    last = mechanism.LastPosition(model, flips.cases)
    norms = neurons.weight_norms(model)["output norm"]
    onto = mechanism.written_onto(last, flips, probe, mean)
    chosen = mechanism.choose(flips, tied, last.run(), mean, std, norms, onto)
    base = mechanism.measure(last, flips, probe, lambda part, layer, value: value)
    lost, own_only, elsewhere, unseen = {}, {}, {}, flips.cases.ply >= 11
    for name, mask in chosen.items():
        without = mechanism.measure(last, flips, probe, mechanism.silenced(mask, mean))
        lost[name] = mechanism.lost(base, without, "run")
        elsewhere[name] = mechanism.lost(base, without, "elsewhere")
        own_only[name] = mechanism.specific(base, without)
        late[model, name] = mechanism.specific(base, without, unseen)
    return lost, elsewhere["its own line"], own_only, tied, probe


# %%
found = {name: silence_lines(model) for name, model in networks.items()}
silenced = {name: lost for name, (lost, *_) in found.items()}
*_, own_only, _, probe = found["without help"]
counts = {name: (sum(map(len, of.values())), len(of)) for name, (*_, of, _) in found.items()}
own = [lost["its own line"] for lost in silenced.values()]
assert own[0].high < own[1].mean < 2 * own[0].mean  # somewhat more, as the words have it
say("800 games", n_seen=n_seen, silenced=silenced, tied=counts)
late = {name: one for (model, name), one in late.items() if model is plain}
say("800 games", late=late)

# %% alt="Share of turned discs that are misread when neurons are silenced, in both networks: a fifth to a third without the line's own neurons, next to nothing without five kinds of others, and more without those that write most onto the discs." mystnb={"figure": {"name": "fig-plain-lines", "caption": "**The lines' neurons are there without help.** How many more of a line's turned discs are misread right after the move, when neurons are silenced, in a network that was trained on transcripts alone and in the book's."}}
lines = {
    name: Series.of(Interval.of([*lost.values()]), colour=colour)
    for (name, lost), colour in zip(silenced.items(), (LEGAL, MODEL), strict=True)
}
bars([*silenced["without help"]], lines, x_title="turned discs misread", x_format=".0%")

# %% [markdown]
# ## The idea
#
# The book's network was helped in training: its loss saw, beside each move, the next moves of other games that begin alike. The [chapter before](emergence.py) trains another one without that, and finds a board in it. But a board can be kept in more ways than one.
#
# So this page asks the questions of two other chapters again. [How does it turn discs over?](mechanism.py) And [does it know the rules, or only its games?](generalisation.py) The functions are theirs, and so are the games. Only the network is another. It has seen fewer games than the book's, and still plays less well.
#
# ## The experiment

# %%
names = *mechanism.RIVALS, *mechanism.WRITERS
rivals = {name: own_only[name] for name in names}
strongest = max(rivals, key=lambda name: rivals[name].high)
claim(
    "turns_without_help",
    "Also without help: silence the neurons tied to a line, and its turned discs are misread, and "
    "others hardly: share that is added, less that of discs turned along other lines",
    own_only["its own line"],
    control=rivals[strongest],
    against=f"the strongest of seven rivals: {strongest}",
    effect=True,
    stands=False,
    unseen=(late["its own line"], max((late[name] for name in rivals), key=lambda i: i.high)),
)

# %% [markdown]
# The neurons of a line are found by a rule: they tell, on other games, when a move turned this line. The rivals are seven kinds of other neurons. Two kinds are as active at that moment. The line's own do more than these. But two kinds are picked by what they write onto the very discs, and break others with them. So the claim is about the line's discs beyond others that the move turned. In the book's network the line's own are clear of those, too. Here they aren't, by that mark. More of what turns a disc lies in neurons that no rule of ours names.
#
# The other measures point the same way, with differences ([side by side](#plain-mechanism)). MLPs write most of the change that a move brings to the board, heads the rest. Put only the tied neurons of one game into another that differs in its last move, and {num}`traced[without help][restored]:.0%` of the change comes with them. In the book's network it is somewhat more. Predictions can be taken apart, too. Of each of six, the strongest heads and neurons alone bring back most of the answer.
#
# ## The other start
#
# A game can begin with its four discs on the other diagonal. No game of training does, and nothing in a list of moves says so but the moves.


# %% tags=["experiment"]
def first_choices(network, n_games):
    games = generalisation.unfamiliar(network, n_games, seed=REPORT_SEED)
    return games, games.illegal  # after each move: does the true board forbid the choice?


truly, away = first_choices(plain, 2000)

# %%
home = generalisation.unfamiliar(plain, 2000, seed=REPORT_SEED, standard=False)
held = {way: generalisation.track(truly.moves, way)[:, :-1] for way in generalisation.WAYS}
errs = {
    way: generalisation.illegal_share(generalisation.legal_next(of), of, truly.truth)
    for way, of in held.items()
}
sifted = generalisation.sift(truly.moves[:, :-1])
sifts = generalisation.Unfamiliar(truly.moves, truly.truth, sifted.probabilities)

# %% alt="Share of illegal first choices after each move of games from the other start: the network's falls from three quarters to a few percent at once; a tracker that repairs the wrong board takes some six moves; one that plays on stays above ten percent." mystnb={"figure": {"name": "fig-plain-start", "caption": "**Its choices leave the wrong board at once, but err on.** How often the first choice is illegal after each move of a game from the other diagonal, for the network without help and for players by hand."}}
moves = np.arange(1, 13)
lines = {"the network": Series.of(bootstrap(away[:, :12].astype(float)), colour=LEGAL)}
for way, colour in zip(generalisation.WAYS[:2], (CONTROL, None), strict=True):
    lines[f"a tracker that {way}"] = Series.of(bootstrap(errs[way][:, :12]), colour=colour)
lines["a player that sifts"] = Series.of(bootstrap(sifts.illegal[:, :12] * 1.0))
curves(moves, lines, x_title="moves played", y_title="illegal", y_format=".0%", markers=True)

# %%
settled = bootstrap(away[:, 2:].mean(1))
repairs, plays_on = (bootstrap(errs[way][:, 2:].mean(1)) for way in ("repairs", "plays on"))
soon, soon_by_hand = (bootstrap(x[:, 1:6].mean(1)) for x in (away, errs["repairs"]))
paired = bootstrap(away[:, 2:].mean(1) - errs["repairs"][:, 2:].mean(1))  # in the same games
mass = bootstrap(truly.illegal_mass[:, 2:].mean(1))
shallow, _ = load_shallow()
holds_on = bootstrap(first_choices(shallow, 2000)[1][:, 2:].mean(1))
assert holds_on.high < plays_on.low  # the stronger of the two, as the words have it
at_home = bootstrap(home.illegal[:, 2:].mean(1))
assert settled.low > at_home.high  # as the words have it
say(home_times=settled.mean / at_home.mean)
assert soon.high < soon_by_hand.low / 2  # far ahead at first
assert paired.low < 0
assert mass.low > repairs.high  # and behind by probability
claim(
    "infers_without_help",
    "Also without help it leaves the start that it was trained on: illegal first choices",
    settled,
    control=holds_on,
    against="the shallow rival, which learned from more games, and from all legal moves; a tracker "
    "that plays on from that start does worse, players by hand that doubt the discs about as well, "
    "or better (see the next claim)",
    form=".2%",
    higher=False,
    ratio=2,
    unseen="no game of training had this start",
)
by_hand = {"repairs the wrong board": repairs}
by_hand["holds the four discs for unknown"] = bootstrap(sifts.illegal[:, 2:].mean(1))
ablest = min(by_hand, key=lambda name: by_hand[name].mean)
claim(
    "infers_a_start_without_help",
    "Also without help it errs less from the other start than a player who just doubts the discs "
    "that it sees: illegal first choices",
    settled,
    control=by_hand[ablest],
    against=f"the better of two players by hand that are told the rules: one that {ablest}",
    form=".2%",
    higher=False,
    ratio=2,
    unseen="no game of training had this start",
    stands=False,
)
say(
    "2,000 games",
    repairs=repairs,
    plays_on=plays_on,
    sifted=by_hand["holds the four discs for unknown"],
    paired=paired,
    mass=mass,
    infers=paired.high < 0,
)

# %% [markdown]
# From the third move on {num}`infers_without_help:.2%` of its first choices are illegal, clearly more than at home. The shallow rival errs in {num}`infers_without_help_control:.0%`, who plays on from the trained start still more often. So the true board is followed here as well.
#
# The player by hand who repairs the wrong board errs in {num}`repairs:.2%`. Game by game {when}`infers ? that is more than the network : the difference isn't clear`. In the first moves the network is far ahead. But a first choice is in its favour, as that player spreads its choice evenly. By probability the network puts {num}`mass:.1%` on illegal moves, more than the player.
#
# A player who holds every colouring of the four discs for possible errs in {num}`sifted:.2%`. So nothing more than that is needed to play well here, and the network does worse. The board that a probe reads follows more slowly than the choices do ([details](#plain-read)).
#
# ## Catch it
#
# The network was asked after every beginning of up to {num}`longest` moves, as the book's was ([all of them](#plain-certificate)).

# %%
kept = generalisation.saved(probes.fingerprint(plain))
levels, longest = kept.levels, kept.levels[-1].plies
generalisation.recheck(plain, kept)

# %%
caught = generalisation.search(plain, width=300)
shortest, last = len(caught.caught), levels[-1]
none_up_to = next(level.plies for level in levels if level.illegal) - 1
books = generalisation.saved(probes.fingerprint(networks["the book's network"])).levels
lists, family = generalisation.sampled(longest, 2000)
new = generalisation.unseen(lists.moves, n_seen)
lead, _ = generalisation.margins(shallow, lists)
misled = lead <= 0
anew = np.zeros(len(lists))  # met in none of the four ways that leave the start as it is
anew[misled] = generalisation.unseen_boards(lists.moves[misled], n_seen) ** 4
by_list = np.where(misled, new**4, 0)
share_new = float(new.mean())
wrong, new, all_of_them, by_list = (
    np.bincount(family, weights=of, minlength=2000) for of in (anew, new, new**0, by_list)
)
errs_there, memory = last.illegal / last.asked, bootstrap_shares(wrong, all_of_them)
say("lists", memory_of_lists=bootstrap_shares(by_list, all_of_them))
say("lists", unseen_memory=bootstrap_shares(wrong, new))
those = np.array([moves for moves in kept.caught if len(moves) == longest])
anew_and_caught = float(generalisation.unseen(those, n_seen).sum())
unseen_errs = anew_and_caught / (share_new * last.asked)
seen_errs = (last.illegal - anew_and_caught) / ((1 - share_new) * last.asked)
say(
    "every beginning",
    shortest=shortest,
    asked=caught.asked,
    longest=longest,
    none_up_to=none_up_to,
    unseen_errs=unseen_errs,
    seen_errs=seen_errs,
    first_caught=none_up_to + 1,
    n_asked=sum(level.asked for level in levels),
    unseen=bootstrap_shares(new, all_of_them),
)
assert not books[none_up_to].illegal  # it holds out longer
assert levels[none_up_to].illegal < levels[none_up_to].asked / 1000  # as the words have it

# %%
claim(
    "right_without_help",
    f"Also without help it errs far less after a list of {longest} moves than a memory could: "
    "illegal first choices, counted over all of them",
    Interval(errs_there, errs_there, errs_there),  # nothing is sampled
    control=memory,
    against="a memory of all boards of training, by any order of moves, also turned and mirrored, "
    "that asks the shallow rival where it has none",
    form=".3%",
    higher=False,
    ratio=2,
    unseen=(Interval(unseen_errs, unseen_errs, unseen_errs), bootstrap_shares(wrong, new)),
    stands=False,
)

# %%
starts = generalisation.apart()
quick = [generalisation.search(plain, 20, 20, begin=begin) for begin in starts]
blind = [
    generalisation.blind(plain, one.asked, 100, 20, begin=begin)
    for one, begin in zip(quick, starts, strict=True)
]
lists_asked = [
    generalisation.random_lists(plain, one.asked // 4, 20, begin=begin)
    for one, begin in zip(quick, starts, strict=True)
]


def moves_played(searches):
    return bootstrap(np.array([len(one.caught) if one.caught else 21 for one in searches]) * 1.0)


# %%
caught_anew = np.mean([
    generalisation.unseen(np.array([one.caught]), n_seen)[0] for one in quick if one.caught
])  # fmt: skip
claim(
    "caught_without_help",
    "Also without help, who looks for mistakes finds them in shorter games than random searches do: "
    "moves until the first choice is illegal",
    moves_played(quick),
    control=moves_played(blind),
    against="random searches from the same beginnings that ask as often; who finds nothing within "
    "20 moves counts as 21",
    form=".1f",
    higher=False,
    unseen=f"of the games in which it is caught {caught_anew:.0%} most likely began no game of training",
)

# %%
reader_sites = [f"resid_mid {layer}" for layer in range(1, 6)]
reader = probes.fit_ridge(plain, read_on, [probes.TARGETS["board"]], reader_sites)

# %% alt="The caught game beside the board that a probe reads, with the squares that it has wrong shaded, and the network's next move." mystnb={"figure": {"name": "fig-plain-caught", "caption": "**Caught.** A game after which its first choice, the brightest square on the right, is illegal. In the middle is the board that a probe reads; squares that it has wrong are shaded. Step through to see when that comes about."}}
generalisation.draw_caught(generalisation.follow(plain, probe, caught.caught))

# %%
say(
    "14 beginnings",
    lists=moves_played(lists_asked),
    lists_times=sum(one.asked for one in lists_asked) / sum(one.asked for one in quick),
    lists_later=moves_played(quick).mean < moves_played(lists_asked).low,
)

# %% [markdown]
# There is no mistake up to {num}`none_up_to` moves. The book's network holds out longer. Of the lists that are one move longer, fewer than one in a thousand catches it. The adversary finds a game of {num}`shortest` moves. It looks at few lists, so that it can miss shorter games.
#
# Random searches that ask as often play longer until they catch it than the adversary does, when it is told to be quick. But it isn't hard to catch: who asks {num}`lists_times:.0f` times as often, about random lists of each length, catches it {when}`lists_later ? only later : as soon`.
#
# After the longest of these lists {num}`right_without_help:.3%` of the first choices are illegal. Let a rival remember every board of training, by whatever order of moves, also turned and mirrored, and ask the shallow rival where it remembers none. It errs in {num}`right_without_help_control:.2%`, less than twice as often. So by our mark memory isn't ruled out here. In the book's network [it is](generalisation.py).
#
# ## What this doesn't show
#
# - **That the two networks compute the same.** The same experiments come out alike. Which neuron does what differs, and wasn't compared.
# - **What is left to more games.** The network without help saw fewer games than the book's and is still learning. What it lacks may be games, or the help.
# - One network, of one seed. [Others](sisters.py) were trained on fewer games.
# - **That these neurons are the whole mechanism.** Only lines that have some were asked, and most turned discs are read rightly without them.
# - The layers that are read, and the strength of edits, are those that were chosen for the book's network.
#
# ## What we learned
#
# - Without help, too, discs are turned partly by neurons of one line each. But others that write onto the same discs do as much, which they don't in the book's network.
# - The true board is followed from another start. That the network does so better than a player who repairs the wrong board {when}`infers ? holds as well : needs a better network`.
# - It is right after every one of the shortest lists of moves, which its training will have seen. Mistakes come sooner than in the book's network.
#
# ## Try it yourself
#
# 1. How much is lost without the lines' neurons of the book's network?
# 2. Does the network without help know which start it is, after the first move?
#
# ### Answer: the book's network

# %%
print(f"{silenced[list(networks)[1]]['its own line']:.1%}")

# %% [markdown]
# ### Answer: after the first move

# %%
print(f"illegal after one move: {away[:, 0].mean():.0%}, after two: {away[:, 1].mean():.1%}")

# %% [markdown]
# (plain-mechanism)=
# ## Details: the mechanism, side by side
#
# All as in [the mechanism's chapter](mechanism.py), with fewer pairs of games. *Traced*: shares of the change that the last move brings to the board as it is read. *Frozen*: the attention patterns of layers 2 to 7 are replaced, by their averages by position, by those of another game, or by patterns that look at all moves alike. A neuron is tied to a line if its rule is good enough; of the board's 128 lines those with three such neurons count. Of the twelfth and later moves alone, after which hardly a beginning stood in training, silence costs {num}`late[its own line]:.0%` of the line's turned discs beyond others of the move, of twice as many that are as active {num}`late[twice as many as active]:.1%`. Frozen patterns cost it less of its loss than the book's network, but no less of its legality.

# %%
cases, others = mechanism.last_move_pairs(40, (9, 12, 15, 18, 21, 24), REPORT_SEED, 700_000)
looked, few = Games.sample(300, seed=21), Games.sample(150, REPORT_SEED, first=300_000)
traced = {}
for name, model in networks.items():
    lost, elsewhere, _, of_lines, reads = found[name]
    pairs = mechanism.trace(model, cases, others, reads, of_lines)
    writes = mechanism.written_by(pairs)
    put_in = mechanism.held(pairs.own, "neurons", pairs.tied)
    mixed = torch.from_numpy(np.random.default_rng(0).permutation(pairs.tied.shape[2]))
    put_others = mechanism.held(pairs.own, "neurons", pairs.tied[:, :, mixed])
    held_back = mechanism.held(pairs.other, "neurons", early)
    intact = predict(model, few)
    patterns = {
        "averages": mechanism.average_patterns(model, looked),
        "another game's": mechanism.patterns_of_another_game(model, few),
        "all alike": mechanism.uniform_patterns(model),
    }
    frozen = {
        kind: mechanism.frozen(model, few, dict(enumerate(of[2:], 2)), reads, intact)
        for kind, of in patterns.items()
    }
    traced[name] = {
        "neurons tied to a line": float(counts[name][0]),
        "lines that have some": float(counts[name][1]),
        "silenced: the line's discs misread": lost["its own line"],
        "silenced: discs of other lines misread": elsewhere,
        "traced: MLPs write": sum(writes[f"MLP {layer}"].mean for layer in early),
        "traced: heads write": sum(writes[f"heads {layer}"].mean for layer in range(6)),
        "restored": pairs.with_parts(put_in, "other")[0],
        "traced: restored by as many others": pairs.with_parts(put_others, "other")[0],
        "traced: of the next move": pairs.with_parts(put_in, "other")[1],
        "traced: left without early neurons": pairs.with_parts(held_back, "own")[0],
        "not frozen: illegal first choices": bootstrap(1 - intact.legal.mean(1)),
        **{f"frozen, {kind}: illegal": one.interval("illegal") for kind, one in frozen.items()},
        **{
            f"frozen, {kind}: added loss, nats": one.interval("loss")
            for kind, one in frozen.items()
        },
    }

# %%
by_rule = mechanism.median_predictions(plain, probe, 6, REPORT_SEED)
following = [*by_rule.graphs.values()][1:] + [*by_rule.graphs.values()][:1]
graphs = pd.DataFrame(
    {
        name: {
            "heads and neurons": len(one.parts),
            "left without them": one.left,
            "brought back by them": one.rescue,
            "by another graph's": mechanism.rescued(one.found, other.parts),
            "by as many others": mechanism.rescued(
                one.found, mechanism.strangers(one.found, one.parts)
            ),
        }
        for (name, one), other in zip(by_rule.graphs.items(), following, strict=True)
    }
).T
back = graphs["brought back by them"]
costs = [f"frozen, {kind}: added loss, nats" for kind in patterns]
assert all(traced["without help"][k].high < traced["the book's network"][k].low for k in costs)
names = "frozen, averages: illegal", "not frozen: illegal first choices"
here, there = ([of[name].mean for name in names] for of in traced.values())
assert here[0] - here[1] > there[0] - there[1]  # no less legality, as the words have it
say("240 pairs of games", traced=traced)
assert back.min() > 0.5  # most of it, as the words have it
forms = [
    ",.0f",
    ",.0f",
    ".1%",
    ".1%",
    ".0%",
    ".0%",
    ".0%",
    ".0%",
    ".0%",
    ".1%",
    *[".2%"] * 4,
    *[".3f"] * 3,
]
rows = {
    name: [f"{value:{form}}" for value, form in zip(of.values(), forms, strict=True)]
    for name, of in traced.items()
}
names = [*traced["without help"]]
names[names.index("restored")] = "traced: restored by the tied neurons alone"
names[names.index("traced: of the next move")] = "traced: the same, in the next move"
pd.DataFrame(rows, index=pd.Index(names, name="measure"))

# %% [markdown]
# Six predictions were chosen by the rule of [the book's graphs](graphs.py). Of each: how many heads and neurons are taken, what share of the answer is left without them, what share they bring back alone, what the parts of another of the six graphs do, and what as many others of the same layers.

# %%
graphs.style.format({"heads and neurons": "{:.0f}"} | dict.fromkeys(graphs.columns[1:], "{:.1%}"))

# %% [markdown]
# The six graphs are drawn as those of the book are. A click on a dot marks it, says what it is, and gives it an address. [Cards](neuron.md) are the book's network's alone, so that no dot leads to one here.

# %%
told = mechanism.rules_of(by_rule.graphs, train, *neurons.sample_outputs(plain, train), early)

# %% alt="The attribution graphs of six predictions of the network without help under a menu, from the moves at the bottom through heads and neurons of eight layers to the answer at the top." mystnb={"figure": {"name": "fig-plain-graphs", "caption": "**Six predictions from the moves to the answer, without help.** Dots are neurons, diamonds heads; lines are the strongest direct effects, in the colour of the dots where they help the answer, red where they work against it. The title says what stays unexplained, or what is too much."}}
mechanism.draw_graphs(by_rule.graphs, told, cards=False)

# %% [markdown]
# (plain-read)=
# ## Details: what is read and written from the other start
#
# The probe was fitted on home games, which may be what makes it err here. After three moves from the other start it reads {num}`wrong_read:.1%` of the discs in the wrong colour, at home {num}`wrong_at_home:.1%`. The repairing player has {num}`wrong_repaired:.1%` of its discs wrong then, fewer than the network, whose choices are better. Who ignores flips never turns a disc. By first choices the network errs {num}`home_times:.1f` times as often as at home.

# %%
truth = generalisation.true_boards(truly.moves)
away_read = generalisation.boards_read(probe, plain, truly.moves)
home_read = generalisation.boards_read(probe, plain, home.moves, standard=False)
at_home = generalisation.true_boards(home.moves, standard=False)
wrong = {
    "the network": generalisation.discs_wrong(away_read, truth),
    "the network at home": generalisation.discs_wrong(home_read, at_home),
    "sifts": generalisation.discs_wrong(sifted.boards, truth),
    **{way: generalisation.discs_wrong(held[way], truth) for way in generalisation.WAYS},
}
say(
    "2,000 games",
    wrong_read=wrong["the network"].at(2),
    wrong_repaired=wrong["repairs"].at(2),
    wrong_at_home=wrong["the network at home"].at(2),
)
assert wrong["the network"].at(2).low > wrong["repairs"].at(2).high  # slower, as the words have it

# %% alt="Share of discs with the wrong colour by move for the network, the network at home and four players by hand." mystnb={"figure": {"name": "fig-plain-discs", "caption": "**Discs of the wrong colour.** In boards that a probe reads from the network without help, from the other start and at home, and on the boards of players by hand."}}
lines = {name: Series.of(of) for name, of in wrong.items()}
curves(np.arange(1, 32), lines, x_title="moves played", y_title="wrong", y_format=".0%")


# %% [markdown]
# Edits are those of [the chapter](generalisation-edits): one disc turned by the shortest way, or the whole true board written in, with that disc turned. The table has the mistakes that are left.


# %%
def edited(plies, standard, n=150):
    cases = interventions.sample_cases(n, seed=REPORT_SEED, plies=plies, standard=standard)
    cached = interventions.CachedPrefixes(plain, cases)
    turn = interventions.MinimumNormEdit(reader, reader_sites, 1.0)
    ways = {
        "nothing": None,
        "random steps": interventions.LengthMatched(turn, interventions.RandomStep(reader_sites)),
        "one disc turned": turn,
        "whole board": interventions.Rewrite(reader, reader_sites, 1.0),
    }
    errors = {
        name: interventions.top_n_error(cached.run(how), cases.legal_after)
        for name, how in ways.items()
    }
    return {name: f"{bootstrap(error):.2f}" for name, error in errors.items()}


groups = {"1": (0, 0), "3": (2, 2), "7 to 15": (6, 14), "16 to 29": (15, 28)}
table = {
    f"after {name} moves, {where}": edited(plies, standard)
    for name, plies in groups.items()
    for where, standard in (("other start", True), ("home", False))
}
pd.DataFrame(table).T

# %% [markdown]
# ## Details: other colours of the four discs
#
# Is it the other start that it knows, or four discs? They can also be laid in parallel, or three of one colour against one, as no game of Othello begins. The table has the illegal first choices after move 3 and later, of the network and of players by hand.


# %%
def errs_from(row):
    played, legal = generalisation.games_from(row, 150, seed=REPORT_SEED)
    shares = {"the network": generalisation.said_in(plain, played, legal).illegal}
    for way in ("repairs", "plays on"):
        boards = generalisation.track(played, way)[:, :-1]
        choices = generalisation.legal_next(boards)
        shares[way] = generalisation.illegal_share(choices, boards, legal)
    chances = generalisation.sift(played[:, :-1]).probabilities
    shares["sifts"] = generalisation.Unfamiliar(played, legal, chances).illegal
    return {who: share[:, 2:].mean(1) for who, share in shares.items()}


coloured = {}
for kind, rows in generalisation.colourings().items():
    of_rows = [errs_from(row) for row in rows]
    coloured[kind] = {
        who: bootstrap(np.concatenate([one[who] for one in of_rows])) for who in of_rows[0]
    }
strange = [of for kind, of in coloured.items() if kind != "home"]
assert all(of["the network"].high < of["plays on"].low for of in strange)
pd.DataFrame({kind: {w: f"{x:.2%}" for w, x in of.items()} for kind, of in coloured.items()}).T

# %% [markdown]
# From each of them it errs less than who plays on from the start of training, and more than who sifts. So here, too, it isn't one other start that is known.
#
# ## Details: one illegal move at home
#
# This is the contrast of [the chapter on the other start](generalisation.py): a game from the usual start, of which one move in the middle is replaced by an illegal one beside a disc. *Put*: the chance of a square that is legal only if the disc was put and nothing was turned. *Repaired*: the chance of one that is legal only on the nearest board on which the move was legal. Beside them are squares that are legal on both of these boards, and on neither. The last column is about the discs in which those two boards differ: how many does the probe read as if nothing had been turned?

# %%
odd_games = game.sample_moves(1000, seed=7)
one_illegal = {
    name: generalisation.believed_after_one(model, found[name][-1], odd_games)
    for name, model in networks.items()
}
form = {"put": ".3f", "repaired": ".3f", "both": ".3f", "neither": ".3f", "read_as_put": ".0%"}
table = {
    name: {what: f"{getattr(one, what):{digits}}" for what, digits in form.items()}
    for name, one in one_illegal.items()
}
pd.DataFrame(table).T.rename(columns={"read_as_put": "read as if nothing was turned"})

# %% [markdown]
# Either network leans towards "nothing was turned", and hedges: squares that only the repaired board allows get far more than squares that neither board allows. So it doesn't take every move for legal. In games from another start, where later moves agree with the first, it does give up its board.

# %%
assert all(one.put.low > one.repaired.high for one in one_illegal.values())
assert all(one.repaired.low > 3 * one.neither.high for one in one_illegal.values())
assert all(one.read_as_put.low > 0.5 for one in one_illegal.values())

# %% [markdown]
# (plain-certificate)=
# ## Details: every beginning
#
# All beginnings that the rules allow, by length, and after how many the first choice is illegal. They were computed beforehand with `OTHELLO_GPT_MODEL=FOLDER python -m othello_gpt.generalisation PLIES exhaustive-plain.json` for {num}`longest` plies, where the folder holds the weights of `othello_gpt/emergence`. The first five lengths are computed again here, and so are the longest beginnings of three parts, drawn at random. They must agree.
#
# Of the lists of {num}`longest` moves, {num}`unseen:.0%` most likely began no game of its training. That is more than for the book's network, which saw more games. After those lists {num}`unseen_errs:.3%` of its choices are illegal, of the rival's {num}`unseen_memory:.2%`, which by our mark doesn't rule memory out there, either. But after lists that did begin some game it errs in {num}`seen_errs:.3%`, hardly less often, where a memory never would. A rival that remembers lists, and no other orders, errs in {num}`memory_of_lists:.2%` of all.

# %%
pd.DataFrame([vars(level) for level in levels]).style.hide(axis="index").format(
    {"beginnings": "{:,}", "asked": "{:,}", "least_margin": "{:.2f}"}
)

# %% [markdown]
# ## Details: more games that catch it
#
# The quick searches from each beginning of three moves find one game each, or none. Beginnings that are others turned or mirrored are left out. Squares that the probe reads wrongly are shaded in the middle.

# %%
ends = [generalisation.follow(plain, probe, one.caught) for one in quick if one.caught]
# %% alt="Games that catch the network without help, move by move: the true board, the board that a probe reads with wrong squares shaded, and the next move." mystnb={"figure": {"name": "fig-plain-caught-more", "caption": "**More games that catch it.** One game for each beginning of three moves, to be stepped through: the slider goes on to the next game where one ends. At the end the brightest square on the right is the illegal choice."}}
generalisation.draw_games_caught(ends)

# %% [markdown]
# *Machinery: [`othello_gpt/mechanism`](https://github.com/othello-gpt/othello_gpt/tree/main/othello_gpt/mechanism) and [`othello_gpt/generalisation`](https://github.com/othello-gpt/othello_gpt/tree/main/othello_gpt/generalisation). Before: [when does it appear?](emergence.py) Next: [other seeds](sisters.py).*

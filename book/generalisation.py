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
# # Does it know the rules, or only its games?
#
# **Mostly the rules. Start the game from four discs that training never showed, and within a few moves it plays by the board that is really there.** After exactly three moves {num}`third:.0%` of its first choices are illegal, later fewer: over all positions from there on it is {num}`infers_the_start:.1%`. The *shallow rival*, which learned from as many games and keeps a board in part, errs in {num}`infers_the_start_control:.1%`. No idea of a start is needed for this: a player by hand that doubts the colours of the four discs does better.
#
# It can be caught all the same. The shortest game that catches it has {num}`shortest` moves, and there is none shorter.

# %%
import json
from functools import cache, partial

import numpy as np
import pandas as pd
import torch

from othello_gpt import game, generalisation, interventions, probes
from othello_gpt.book_tools import claim, say
from othello_gpt.construction import Construction, boards_held, without
from othello_gpt.figures import (
    CONTROL,
    MODEL,
    READERS,
    TRUTH,
    Panel,
    Series,
    choice,
    curves,
    game_boards,
    points,
)
from othello_gpt.intervals import Interval, bootstrap, bootstrap_shares, difference
from othello_gpt.model import HELD_OUT_SEED, PRETRAINED, REPORT_SEED, load_model, predict
from othello_gpt.yardsticks import load_shallow

model = load_model()
played = cache(
    partial(generalisation.unfamiliar, seed=REPORT_SEED)
)  # many cells ask for the same games
away, home = played(model, 2000), played(model, 2000, standard=False)
shallow, _ = load_shallow()

# %%
rivals, held = {}, {}
for way in generalisation.WAYS:
    held[way] = generalisation.track(away.moves, way)[:, :-1]
    choices = generalisation.legal_next(held[way])
    rivals[way] = generalisation.illegal_share(choices, held[way], away.truth)
sifted = generalisation.sift(away.moves[:, :-1])
sifts = generalisation.Unfamiliar(away.moves, away.truth, sifted.probabilities)

# %% alt="Share of illegal first choices after each move of games from the other start: the network's falls from one to zero after two moves, is higher once more after three, and then stays near one percent or below; a tracker that repairs the wrong board starts higher and is as low from the eighth move on; one that plays on and the shallow rival stay far above." mystnb={"figure": {"name": "fig-generalisation-start", "caption": "**It finds the colours of the four discs within three moves.** How often the first choice is illegal after each move of a game from the other diagonal. All but one begin with the wrong board. The tracker that repairs it recolours as few discs as make each move legal; the player that sifts takes all their colours for possible. The shallow rival learned from as many games as the network."}}
moves = np.arange(1, 13)
lines = {"the network": Series.of(bootstrap(away.illegal[:, :12].astype(float)), colour=MODEL)}
for way, colour in zip(generalisation.WAYS[:2], (CONTROL, None), strict=True):
    lines[f"a tracker that {way}"] = Series.of(bootstrap(rivals[way][:, :12]), colour=colour)
lines["a player that sifts"] = Series.of(bootstrap(sifts.illegal[:, :12] * 1.0), colour=TRUTH)
by_shallow = played(shallow, 2000).illegal[:, :12] * 1.0
lines["the shallow rival"] = Series.of(bootstrap(by_shallow), **READERS["shallow rival"])
curves(moves, lines, x_title="moves played", y_title="illegal", y_format=".0%", markers=True)

# %% [markdown]
# ## The other start
#
# A game of Othello begins with four discs in the middle. They can stand in two ways: black on one diagonal, or on the other. All games of training have black on the same one. A game from the other start is a home game turned by a quarter, and nothing in the list of moves says so, except the moves themselves.
#
# The first move is already illegal on the board that the network expects. After it, the network has two explanations: the move was illegal, or the start was another. A player who holds on to the start is lost. Who believes the moves can work the start out.
#
# ## The experiment


# %% tags=["experiment"]
def first_choices(network, n_games):
    games = played(network, n_games)  # from the other start
    settled = games.illegal[:, 2:]  # after move 3 and later
    return bootstrap(settled.mean(1))


network_errs = first_choices(model, 2000)
held_to_training = {
    "a tracker that plays on from the trained start": bootstrap(rivals["plays on"][:, 2:].mean(1)),
    "the shallow rival": first_choices(shallow, 2000),
}
strongest = min(held_to_training, key=lambda name: held_to_training[name].low)
assert strongest == "the shallow rival"  # as the words have it

# %%
says = "It lets go of the start that it was trained on, after three moves: illegal first choices"
claim(
    "infers_the_start",
    says,
    network_errs,
    control=held_to_training[strongest],
    against=f"the stronger of {len(held_to_training)} that know the trained start only: {strongest}; "
    "players by hand that doubt the discs do about as well, or better (see the next claim)",
    form=".2%",
    higher=False,
    ratio=2,
    unseen="no game of training had this start",
)
by_hand = {
    "repairs the wrong board": bootstrap(rivals["repairs"][:, 2:].mean(1)),
    "holds the four discs for unknown": bootstrap(sifts.illegal[:, 2:].mean(1)),
}
ablest = min(by_hand, key=lambda name: by_hand[name].mean)
claim(
    "infers_a_start",
    "It errs less from the other start than a player who just doubts the discs that it sees: "
    "illegal first choices",
    network_errs,
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
    third=bootstrap(away.illegal[:, 2].astype(float)),
    repairs=by_hand["repairs the wrong board"],
    sifted=by_hand["holds the four discs for unknown"],
    late=bootstrap(away.illegal[:, 8:].mean(1)),
    late_repairs=bootstrap(rivals["repairs"][:, 8:].mean(1)),
)
early = bootstrap((away.illegal - rivals["repairs"])[:, 2:8].mean(1))
later = bootstrap((away.illegal - rivals["repairs"])[:, 8:].mean(1))
assert early.high < 0 < later.low  # as the words have it

# %% [markdown]
# ## The control that could have killed it
#
# Perhaps no start is inferred at all. The other start is the usual one with the colours of four discs exchanged, and every move is evidence about the discs beside it. Two players by hand go by nothing else.
#
# One *repairs*: it takes each move for legal and changes as little as possible. It errs in {num}`repairs:.2%`. By its first choice the network errs less often, but only up to the eighth move. From the ninth on that player errs less ([how often](generalisation-by-move)).
#
# First choices are in the network's favour, too, as the player spreads its choice evenly. By probability the network puts {num}`mass:.1%` on illegal moves, more than the player.
#
# The other *sifts*. It takes all sixteen colourings of the four discs for possible, and drops those on which a move was illegal. From move 3 on, {num}`sifted:.2%` of its first choices are illegal. So to play like this nobody needs the idea of another start, and such a player does it better than the network.

# %%
coloured = {}
for kind, rows in generalisation.colourings().items():
    games_of = (generalisation.games_from(row, 400, seed=REPORT_SEED) for row in rows)
    settled = [generalisation.said_in(model, *of).illegal[:, 2:].mean(1) for of in games_of]
    coloured[kind] = bootstrap(np.concatenate(settled))
say("games", coloured=coloured)
assert coloured["parallel"].high < 3 * coloured["the other diagonal"].low  # as the words have it

# %% [markdown]
# Nor is this start special to the network. Lay the four discs in parallel, as in no game of Othello, and {num}`coloured[parallel]:.2%` of its first choices are illegal; with three of one colour it is {num}`coloured[three against one]:.2%`. So what it infers are discs, rather than a start.
#
# One thing is left. In {num}`open_games:.0%` of the games the first two moves leave a disc open: they fit both of its colours. There the player that sifts is undecided. The network isn't. It plays as if this disc, too, lay as in the other start ([move by move](generalisation-by-move)). After one move it doesn't: then it plays by the repaired board. The shallow rival, too, decides for the other start after two moves. So this takes no board.
#
# ## Catch it
#
# An adversary looks for a short game after which the first choice is illegal. From move to move it keeps the beginnings where the best legal move leads by the least.

# %%
caught = generalisation.search(model, width=300)
shortest = len(caught.caught)
kept = generalisation.saved(probes.fingerprint(model))
levels, longest = kept.levels, kept.levels[-1].plies

# %%
generalisation.recheck(model, kept)

# %%
short = np.array([moves for moves in kept.caught if len(moves) == shortest])
lead, _ = generalisation.margins(model, generalisation.beginnings_of(short))
if (lead > 1e-3).any() or list(caught.caught) not in short.tolist():
    raise RuntimeError("the stored games aren't those that catch the network now")
none_up_to = next((level.plies for level in levels if level.illegal), longest + 1) - 1
by_chance = len(short) / levels[shortest - 1].asked
say(
    shortest=shortest,
    asked=caught.asked,
    none_up_to=none_up_to,
    certified=none_up_to >= shortest - 1,
    longest=longest,
    all_of_them=sum(level.asked for level in levels),
    n_short=len(short),
    n_that_long=levels[shortest - 1].asked,
    luck=1 - (1 - by_chance) ** caught.asked,
    choice=game.square_name(caught.choice),
)

# %%
names = [probes.TARGETS["board"]]
site = "resid_mid 5"
ridge = probes.fit_ridge(model, game.sample_moves(1000, seed=1), names, [site])

# %% alt="The caught game beside the board that a probe reads, with the squares that it has wrong shaded, and the network's next move." mystnb={"figure": {"name": "fig-generalisation-caught", "caption": "**Caught.** The shortest game after which its first choice, the brightest square on the right, is illegal. In the middle is the board that a probe reads; squares that it has wrong are shaded. Step through to see when that comes about."}}
generalisation.draw_caught(generalisation.follow(model, ridge, caught.caught))

# %% [markdown]
# It is caught after {num}`shortest` moves. There is {when}`certified ? no shorter game that does it: the network was asked after every single beginning : no shorter one known: it was asked after every beginning` of up to {num}`none_up_to` moves.
#
# Such games are rare ([how rare](generalisation-caught-more)). Does the network know the rest by heart? Training can't have seen them all: of the lists of {num}`longest` moves, {num}`unseen:.0%` most likely began none of its games. So let the rival have a perfect memory of every training game. It knows each board that came up after so many moves, by whatever order, also turned and mirrored. Where it knows none, it asks the shallow rival.

# %%
facts = json.loads((PRETRAINED / "training.json").read_text())
lists, family = generalisation.sampled(longest, 500)
new = generalisation.unseen(lists.moves, facts["games"])
lead, _ = generalisation.margins(shallow, lists)
wrong = lead <= 0
anew = np.zeros(len(lists))  # met in none of the four ways that leave the start as it is
anew[wrong] = generalisation.unseen_boards(lists.moves[wrong], facts["games"]) ** 4
by_list = np.where(wrong, new**4, 0)
recalled = [np.bincount(family, weights=of, minlength=500) for of in (anew, new, new**0, by_list)]
last = levels[-1]
errs_there = last.illegal / last.asked
those = np.array([moves for moves in kept.caught if len(moves) == longest])
new_and_caught = generalisation.unseen(those, facts["games"]).sum() if len(those) else 0.0
unseen_errs = float(new_and_caught / (new.mean() * last.asked))
say(
    unseen=bootstrap_shares(recalled[1], recalled[2]),
    memory_of_lists=bootstrap_shares(recalled[3], recalled[2]),
    unseen_illegal=unseen_errs,
    longest_illegal=last.illegal,
    longest_asked=last.asked,
    n_lists=len(lists),
)

# %%
claim(
    "right_after_every_list",
    f"It hardly errs after any list of {longest} moves, seen or not: illegal first choices, "
    "counted over all of them",
    Interval(errs_there, errs_there, errs_there),  # nothing is sampled
    control=bootstrap_shares(recalled[0], recalled[2]),
    against="a memory of all boards of training, by any order of moves, also turned and mirrored, "
    "that asks the shallow rival where it has none",
    form=".4%",
    higher=False,
    ratio=2,
    unseen=(
        Interval(unseen_errs, unseen_errs, unseen_errs),
        bootstrap_shares(recalled[0], recalled[1]),
    ),
)

# %% [markdown]
# Is the adversary needed, or does anybody who asks often enough catch any network? It starts again from beginnings of three moves, and is told to be quick. Random searches start there, too, and ask as often.

# %%
starts = generalisation.apart()
quick = [generalisation.search(model, 20, 20, begin=begin) for begin in starts]
at_random = [
    generalisation.blind(model, one.asked, 100, 20, begin=begin)
    for one, begin in zip(quick, starts, strict=True)
]
lists_asked = [
    generalisation.random_lists(model, one.asked // 10, 20, begin=begin)  # of each length
    for one, begin in zip(quick, starts, strict=True)
]


def moves_played(searches):
    return bootstrap(np.array([len(one.caught) if one.caught else 21 for one in searches]) * 1.0)


caught_anew = np.mean([
    generalisation.unseen(np.array([one.caught]), facts["games"])[0] for one in quick if one.caught
])  # fmt: skip


# %%
claim(
    "caught_by_search",
    "Its mistakes are found by looking for them: moves until its first choice is illegal",
    moves_played(quick),
    control=moves_played(at_random),
    against="random searches from the same beginnings that ask as often; who finds nothing within "
    "20 moves counts as 21",
    form=".1f",
    higher=False,
    unseen=f"of the games in which it is caught {caught_anew:.0%} most likely began no game of training",
)
say(
    quick_asked=sum(one.asked for one in quick),
    random_asked=sum(one.asked for one in at_random),
    random_found=sum(one.caught is not None for one in at_random),
    lists=moves_played(lists_asked),
    lists_times=sum(one.asked for one in lists_asked) / sum(one.asked for one in quick),
    lists_later=moves_played(quick).mean < moves_played(lists_asked).low,
)

# %% [markdown]
# So how near the network is to a mistake can be seen before it makes one. Chance needs more questions: who asks {num}`lists_times:.0f` times as many, about random lists of each length, {when}`lists_later ? still catches it later : catches it as soon`. The network by hand makes none, and the same search never catches it.
#
# ## What this doesn't show
#
# - Training saw nearly all of the short beginnings, so that being right after them is no test of the rules. The longer ones are.
# - How much of it is inference. To hold four discs for unknown explains most of it, as the player shows that sifts. Only where the moves leave a disc open does the network go further.
# - Only the colours of four discs were changed. What the network would do with a disc missing, or on boards that no game reaches, isn't tried.
# - The trackers are ours. A better one may exist.
# - It is one network, and training helped it. [Another](plain.py) that saw transcripts only was asked the same.
# - A lead of zero is where the search ends. On another machine the last digits differ, and with them perhaps the game that it finds.
#
# ## What we learned
#
# - From a start that it never saw, the network plays by the true board after three moves.
# - The shallow rival can't do that, and nor can a tracker that holds on to the trained start. Who repairs the wrong board, disc by disc, errs in {num}`repairs:.1%`. Who sifts all colourings of the four discs does better.
# - Its shortest mistake is known exactly, and a search finds it.
#
# ## Details: every beginning
#
# All beginnings that the rules allow, by length. They were computed beforehand with `python -m othello_gpt.generalisation PLIES exhaustive.json` for {num}`longest` plies. It asks some ten thousand beginnings a second on one idle core: moves that beginnings share are computed once. Each length takes seven times as long as the one before it, so that ten moves take half an hour. The result names the network by its hash. The first five lengths are computed again here, and so are the longest beginnings of three parts, drawn at random, and all games that catch the network: all must agree.
#
# A memory of lists only, which knows no other order, errs in {num}`memory_of_lists:.4%` of them. How likely training met a list follows from the number of its games, each taken for drawn by itself. Many shared their openings with others, so that it met fewer lists than that. After the lists that it didn't meet, {num}`unseen_illegal:.4%` of the first choices are illegal: no more than after the others. The rival was asked about {num}`n_lists` lists, all that follow on 500 random ones of a move less.

# %%
pd.DataFrame([vars(level) for level in levels]).style.hide(axis="index").format(
    {"beginnings": "{:,}", "asked": "{:,}", "least_margin": "{:.2f}"}
)

# %% [markdown]
# (generalisation-caught-more)=
# ## Details: more games that catch it
#
# Of all {num}`n_that_long` beginnings of {num}`shortest` moves {num}`n_short` catch the network. As many random ones as the adversary asked questions would have found one with a chance of {num}`luck:.1%`.
#
# The quick searches start from the {num}`n_starts` beginnings of three moves; all others are these, turned or mirrored. They find {num}`n_more` games of {num}`more_shortest` to {num}`more_longest` moves. After {num}`explained` of them the illegal choice is legal on the board that the probe reads, so that a misread disc may explain it. Write the true board in, and the choice is legal after {num}`right[true]` of them. That proves little. All the mistakes are narrow ones: the illegal move leads by {num}`narrow:.2f` logits at most, and nearly anything tips them. Random steps that are as long do it after {num}`right[noise]`, the misread board itself after {num}`right[misread]`.

# %%
more = [one for one in quick if one.caught]
followed = [generalisation.follow(model, ridge, one.caught) for one in more]
now, seen = (np.stack([getattr(one, what)[-1] for one in followed]) for what in ("true", "read"))
on_read = [generalisation.legal_next(one.read[None])[0, -1] for one in followed]

# %% [markdown]
# Write in the true board, random steps as long, or the misread board itself:

# %%
sites = [f"resid_mid {layer}" for layer in range(1, 6)]
reader = probes.fit_ridge(model, game.sample_moves(1500, seed=1), names, sites)
edit = interventions.Rewrite(reader, sites, 1.0)
lengths = np.array([len(one.caught) for one in more])
padded = np.array([[*one.caught, *[0] * (32 - len(one.caught))] for one in more])
for_mover = 1 + now * np.where(lengths % 2, -1, 1)[:, None]
cases = interventions.Cases(padded, lengths - 1, for_mover, for_mover)
cached = interventions.CachedPrefixes(model, cases)
by_noise = interventions.LengthMatched(edit, interventions.RandomStep(sites))
misread = 1 + seen * np.where(lengths % 2, -1, 1)[:, None]
logits = {
    "nothing": cached.run(),
    "true": cached.run(edit),
    "noise": cached.run(by_noise),
    "misread": cached.run(edit, towards=misread),
}
right = {
    name: cases.legal_after.gather(1, of.argmax(1)[:, None]).sum().item()
    for name, of in logits.items()
}
if right["nothing"]:
    raise RuntimeError("a game that catches it doesn't")
say(
    n_starts=len(starts),
    n_more=len(more),
    more_shortest=int(lengths.min()),
    more_longest=int(lengths.max()),
    explained=int(sum(legal[one.choice] for legal, one in zip(on_read, more, strict=True))),
    right=right,
    narrow=max(-one.margins[-1] for one in more),
    discs_off=float((now != seen).sum(1).mean()),
)

# %% alt="Games that catch the network, move by move: the true board, the board that a probe reads with wrong squares shaded, and the next move." mystnb={"figure": {"name": "fig-generalisation-caught-more", "caption": "**More games that catch it.** One game for each beginning of three moves, to be stepped through: the slider goes on to the next game where one ends. Squares that the probe reads wrongly are shaded in the middle; at the end the brightest square on the right is the illegal choice."}}
generalisation.draw_games_caught(followed)

# %% [markdown]
# ## Details: what it believes about one illegal move
#
# In a game from the usual start, one move in the middle is replaced by an illegal one beside a disc. Two things could be believed: that the disc was put and nothing was turned over, or that the board was another and the move was legal. Squares that are legal only in the first case get {num}`one_illegal[put]:.3f` each, those only in the second {num}`one_illegal[repaired]:.3f`. In games from the other start, squares that are legal only on the true board get {num}`two_starts[true]:.2f` after four moves, those only on the board of the tracker that plays on {num}`two_starts[trained]:.3f`. So in the middle of a game it leans the other way than after an illegal first move. Why isn't known. Of the discs in which the two boards after the illegal move differ, the probe reads {num}`one_illegal[read_as_put]:.0%` as if nothing had been turned.

# %%
after_one = generalisation.believed_after_one(model, ridge, game.sample_moves(2000, seed=7))
trained = generalisation.legal_next(generalisation.track(away.moves[:, :4], "plays on"))[:, -1]
true, seen = away.truth[:, 3], away.probabilities[:, 3]
say(
    "games that have such a square",
    one_illegal=vars(after_one),
    two_starts={
        "true": generalisation.per_square(seen, true & ~trained),
        "trained": generalisation.per_square(seen, trained & ~true),
    },
)

# %% [markdown]
# (generalisation-by-move)=
# ## Details: legality and board, move by move
#
# Training on two sets of rules at once is another question: such networks share one board {cite}`chawla2026`. Here the rules are the same and the start is new.
#
# After the first move of the other start the network is always wrong: {num}`second:.0%`. The repaired board and the true one then differ in two discs. Squares that only the repaired one allows get {num}`differ[1][repaired]:.2f` each, squares that only the true one allows {num}`differ[1][true]:.2f`. So the first move is taken as evidence on its own line, and no more.
#
# After two moves the two boards differ in {num}`open_games:.0%` of the games, in one disc that is open: the moves fit both of its colours. The player that sifts believes in the true one with {num}`believes:.2f`. Yet squares that only the repaired board allows get {num}`differ[2][repaired]:.2f` now, and squares that only the true one allows {num}`differ[2][true]:.2f`. The network sees the same moves in either case, so this is what it expects of a start: that opposite discs are alike. That goes beyond what the moves say disc by disc, and no player by hand does it. But the shallow rival does: it gives them {num}`differ_shallow[repaired]:.3f` and {num}`differ_shallow[true]:.2f`. So it may be no more than a habit of openings.
#
# The board that is read is less sure: the open disc is read as on the true board in {num}`open_read:.0%` of these games. The probe was fitted at home, and everybody's board is compared with the true one: how many discs have the wrong colour? After three moves {num}`discs[the network]:.1%` of those that the probe reads, {num}`discs[repairs]:.1%` of those of the player that repairs, {num}`discs[sifts]:.1%` of those of the player that sifts. After some fifteen moves the network's board is read nearly as well as at home, where the last moves are read worse. The very last position is misread at home too ([why](probes.py)).
#
# The tracker that plays on errs in {num}`plays_on:.0%` of the positions after move 3, the network at home in {num}`at_home:.2%`. From the ninth move on the network errs in {num}`late:.2%`, the player that repairs in {num}`late_repairs:.2%`.

# %%
home_read = generalisation.boards_read(ridge, model, home.moves, standard=False)
away_read = generalisation.boards_read(ridge, model, away.moves)
at_home = generalisation.true_boards(home.moves, standard=False)
truth = generalisation.true_boards(away.moves)
wrong = {
    "the network": generalisation.discs_wrong(away_read, truth),
    "the network at home": generalisation.discs_wrong(home_read, at_home),
    "sifts": generalisation.discs_wrong(sifted.boards, truth),
    **{way: generalisation.discs_wrong(held[way], truth) for way in generalisation.WAYS},
}

# %% [markdown]
# Errors by move, of the network and of the players. Only open discs may differ after two moves, or what is said about them is wrong.

# %%
everyone = {"the network": away, "the network at home": home, "sifts": sifts}
errs = {
    "first choices that are illegal": {n: one.illegal for n, one in everyone.items()} | rivals,
    "probability of illegal moves": {n: one.illegal_mass for n, one in everyone.items()} | rivals,
}
by_move = {
    what: {name: bootstrap(of.astype(float)) for name, of in some.items()}
    for what, some in errs.items()
} | {"discs that have the wrong colour": wrong}
repaired_allow = generalisation.legal_next(held["repairs"])
fits_both = (np.abs(sifted.boards[:, 1]) < 1 - 1e-9) & (truth[:, 1] != 0)
if ((held["repairs"][:, 1] != truth[:, 1]) != fits_both).any():
    raise RuntimeError("after two moves the repaired board is wrong in other discs than open ones")


# %% [markdown]
# The probability of each square that only one of the two boards allows:


# %%
def where_they_differ(move, games=away):
    true, repaired = games.truth[:, move - 1], repaired_allow[:, move - 1]
    sides = {"true": true & ~repaired, "repaired": repaired & ~true}
    seen = games.probabilities[:, move - 1]
    return {name: generalisation.per_square(seen, where) for name, where in sides.items()}


say(
    "2,000 games",
    at_home=bootstrap(home.illegal[:, 2:].mean(1)),
    mass=bootstrap(away.illegal_mass[:, 2:].mean(1)),
    plays_on=bootstrap(rivals["plays on"][:, 2:].mean(1)),
    sifted_mass=bootstrap(sifts.illegal_mass[:, 2:].mean(1)),
    second=bootstrap(away.illegal[:, 0].astype(float)),
    differ={str(move): where_they_differ(move) for move in (1, 2)},
    differ_shallow=where_they_differ(2, played(shallow, 2000)),
    discs={name: one.at(2) for name, one in wrong.items()},
    open_games=float(fits_both.any(1).mean()),
    open_read=float((away_read[:, 1] == truth[:, 1])[fits_both].mean()),
    believes=float((1 + sifted.boards[:, 1] * truth[:, 1])[fits_both].mean() / 2),
)

# %% [markdown]
# The network by hand is the tracker that plays on: its boards are the same, as is checked here.

# %%
built = Construction()
stream = f"resid_post {built.layout.context}"
some = game.Games.of(away.moves[:100], standard=True)
sides = np.where(np.arange(31) % 2, 1, -1)[:, None]  # it holds mine and theirs
if not np.array_equal(boards_held(built, some, [stream])[0] * sides, held["plays on"][:100]):
    raise RuntimeError("the network by hand isn't the tracker that plays on")

# %% alt="Errors by move for the network, the network at home and four players by hand, under a menu: illegal first choices, probability of illegal moves, discs of the wrong colour." mystnb={"figure": {"name": "fig-generalisation-by-move", "caption": "**Everybody, move by move.** Illegal first choices, illegal moves by probability, and discs that have the wrong colour. Who ignores flips never recovers. The player that sifts is right by its first choice from the first move on; its board takes two."}}
charts = {}
for what, of in by_move.items():
    lines = {name: Series.of(one) for name, one in of.items()}
    charts[what] = curves(
        np.arange(1, 32), lines, x_title="moves played", y_title="wrong", y_format=".0%"
    )
choice(charts)

# %% [markdown]
# (generalisation-edits)=
# ## Details: edits in games from the other start
#
# A probe can be wrong about what the network uses. So boards are written in, as in [interventions](interventions.py), in games from the other start: one disc is turned, and the next move is compared with what the turned board allows. The probe is the home one.
#
# Turning one disc by the shortest way works less well than at home, and the earlier the worse: {num}`edits[3][one disc turned]:.2f` mistakes after three moves, at home {num}`edits[3][one disc turned, at home]:.2f`. But that edit leaves all other squares as they are read, and some are read wrongly. If the whole true board is written in, with the disc turned, {num}`edits[3][whole board]:.2f` mistakes are left, at home {num}`edits[3][whole board, at home]:.2f`. So what is foreign in such games is the board that the network arrives at. What it does with a board is the same.

# %%
turn = interventions.MinimumNormEdit(reader, sites, 1.0)
noise = interventions.LengthMatched(turn, interventions.RandomStep(sites))
groups = {"1": (0, 0), "2": (1, 1), "3": (2, 2), "4 to 6": (3, 5), "7 to 15": (6, 14)}
groups["16 to 29"] = (15, 28)


# %% [markdown]
# Early positions are few, so they stand apart; later ones are taken together.


# %%
def mistakes(plies, edits, standard, n=200):
    cases = interventions.sample_cases(n, seed=REPORT_SEED, plies=plies, standard=standard)
    cached = interventions.CachedPrefixes(model, cases)
    return {
        name: bootstrap(interventions.top_n_error(cached.run(how), cases.legal_after))
        for name, how in edits.items()
    }


ways = {"nothing": None, "random steps": noise, "one disc turned": turn, "whole board": edit}
ways_at_home = {"one disc turned, at home": turn, "whole board, at home": edit}
edited = {
    name: mistakes(plies, ways, True) | mistakes(plies, ways_at_home, False)
    for name, plies in groups.items()
}
say("200 cases", edits=edited)

# %% alt="Mistakes after edits by the number of moves played: nothing and random steps stay high, one disc turned falls to the level of home within some fifteen moves, the whole board is near zero from the second move on." mystnb={"figure": {"name": "fig-generalisation-edits", "caption": "**Write in the board, and it plays by it.** Moves that are wrong or missing after an edit in games from the other start, by how many moves were played. After the very first move edits fail at home, too."}}
ways_and_home = [*ways, *ways_at_home]
lines = {w: Series.of(Interval.of([of[w] for of in edited.values()])) for w in ways_and_home}
curves(list(groups), lines, x_title="moves played", y_title="mistakes", markers=True)

# %% [markdown]
# ## Details: the network by hand is never caught
#
# The same search on the transformer that was built by hand finds nothing in {num}`by_hand_asked` positions, as it must, since that network is exact. Learned networks are caught: {cite:t}`balogh2026` do so with every chess network that they try.
#
# Would the search find a fault, if there were one? Take a single unit away from the network by hand: the one of {num}`n_units` that turns discs most often on the seventh move (*{num}`unit_line`*). Now an adversary catches it after {num}`broken_moves` moves and {num}`broken_asked` questions. All legal moves are equally likely to this network, so that it is caught where an illegal one is as likely as they are. As many questions at random {when}`broken_blind ? catch it, too : don't`. A unit whose line is rare may escape both.

# %%
exact = generalisation.search(built, width=20, plies=12)
if exact.caught is not None:
    raise RuntimeError(f"the network by hand was caught: {exact.caught}")
layer = 6
units = built.units[layer]
tokens = torch.from_numpy(game.Games.sample(100, seed=5).tokens)
stream_there = dict(zip(built.sites, built.residual_stream(tokens), strict=True))
into = built.blocks[layer].mlp["in"](stream_there[f"resid_mid {layer}"][:, layer])
fires = (into[:, : len(units)] > 0).sum(0).numpy() * [unit.kind == "flip" for unit in units]
removed = int(fires.argmax())

# %%
with without(built, layer, removed):
    broken = generalisation.search(built, width=100, plies=12)
    if broken.caught is None:
        raise RuntimeError("without the unit it isn't caught")
    blind_there = generalisation.blind(built, broken.asked, width=100, plies=12)
    moves = np.array([broken.caught])
    going_on = np.column_stack([moves, generalisation.beginnings_of(moves).legal().argmax(1)])
    lasts = range(1, len(broken.caught) + 1)
    chances = np.stack(
        [generalisation.next_move_probabilities(built, moves[:, :k])[0] for k in lasts]
    )
    holds = boards_held(built, game.Games.of(going_on), [stream])[0, 0]
say(
    by_hand_asked=exact.asked,
    n_units=sum(unit.kind == "flip" for unit in units),
    unit_line=str(units[removed].line),
    broken_moves=len(broken.caught),
    broken_asked=broken.asked,
    broken_blind=blind_there.caught is not None,
)

# %% alt="The game that catches the network by hand without one unit, the board that it holds with wrong squares shaded, and its next move." mystnb={"figure": {"name": "fig-generalisation-broken", "caption": "**One unit missing.** The network by hand without one unit, caught. In the middle is the board that it holds; the disc that the missing unit should have turned is shaded."}}
holds = np.rint(holds * sides[: len(holds)]).astype(np.int8)
true_here = generalisation.true_boards(going_on, standard=False)[0]
panels = [
    Panel("the game"),
    Panel("as the network holds it", discs=holds, values=holds != true_here, legal=False),
    Panel("its next move", values=chances),
]
game_boards(moves[0], panels, at=len(moves[0]))

# %% [markdown]
# ## Details: games that someone chose
#
# Training saw random moves only. Three players choose theirs: one turns as many discs as it can, one as few, one leaves the other side as few moves as it can. One move in ten is random, so that games differ. Does what was found on random games hold on these? The probe was fitted on random games.


# %%
def on_games_of(player, n=400):
    moves = (
        game.play_games(player, n, seed=REPORT_SEED)
        if player
        else game.sample_moves(n, seed=REPORT_SEED)
    )
    right = probes.accuracy(ridge, model, moves, names)["board"].right[0]
    cases = interventions.sample_cases(n, seed=REPORT_SEED, player=player)
    cached = interventions.CachedPrefixes(model, cases)
    null, edited = (
        interventions.top_n_error(cached.run(how), cases.legal_after) for how in (None, edit)
    )
    return {
        "illegal first choices": bootstrap(1 - predict(model, moves).legal.mean(1)),
        "cells read": bootstrap(right.mean(1) / 36),
        "null": bootstrap(null),
        "edited": bootstrap(edited),
    }


# %% [markdown]
# Each player's games are measured in the same way:

# %%
players = {None: "random", **{name: name for name in sorted(game.PLAYERS)}}
chosen = {name: on_games_of(player) for player, name in players.items()}
errs = {name: chosen[name]["illegal first choices"] for name in chosen}
# The games are others, so the difference has the uncertainty of both.
apart = {name: difference(errs[name], errs["random"]) for name in game.PLAYERS}
say(
    "400 games of each player",
    chosen_games=chosen,
    worst_player=max(errs, key=lambda name: errs[name].mean),
    chosen_some=any(apart[name].low > 0 for name in game.PLAYERS),
    apart=apart,
    edits_hold=all(one["edited"].high < 0.25 * one["null"].low for one in chosen.values()),
)

# %% [markdown]
# {when}`chosen_some ? Not without loss on all of them : No clear loss`. Worst is *{num}`worst_player`*. On the greedy player's games {num}`chosen_games[greedy][illegal first choices]:.2%` of the first choices are illegal, against {num}`chosen_games[random][illegal first choices]:.2%` on random games. The probe still reads {num}`chosen_games[greedy][cells read]:.1%` of the greedy player's cells, against {num}`chosen_games[random][cells read]:.1%`. And a board written in still decides the next move: {when}`edits_hold ? the error of an edit is less than a quarter of the null for all four : but not as well for all four`.

# %% alt="Four groups of games: random, cautious, greedy and mobility; the shares of illegal first choices, a few per thousand each." mystnb={"figure": {"name": "fig-generalisation-players", "caption": "**Games that someone chose.** How often the first choice is illegal on games of players that it has never seen."}}
points(
    list(errs),
    {"the network": Series.of(Interval.of(list(errs.values())), colour=MODEL)},
    x_title="illegal first choices",
    x_format=".2%",
)

# %% [markdown]
# ## Details: a seed that nothing was chosen on
#
# While this network was trained, and while the book was written, other games were looked at: those of a seed that training refuses, by which recipes were chosen. The book reports on games of a seed that came last, and that nothing was chosen or stopped on. Here are the headlines on both. The last column leaves out the first eleven moves: beginnings longer than these hardly ever stood in a training game. What was computed once and kept, such as the [stages of a training](emergence.py), is on the games that were watched.


# %%
targets = [*names, probes.TARGETS["legal_next"]]
maps = probes.fit_ridge(model, game.sample_moves(1000, seed=1), targets, [site])


@cache
def on_games_of_seed(seed, n):
    moves = game.sample_moves(n, seed)
    seen = predict(model, moves)
    read = probes.accuracy(maps, model, moves, targets)
    right = (read["board"].right[0], read["legal_next"].right[0])
    return seen.legal, *right, seen.nll - game.surprise(moves, seed)[:, 1:]


def headlines(seed, begin=0, n=3000):
    legal, right, next_right, excess = (x[:, begin:] for x in on_games_of_seed(seed, n))
    cases = interventions.sample_cases(1200, seed=seed, plies=(max(4, begin), 28))
    cached = interventions.CachedPrefixes(model, cases)
    edited = interventions.top_n_error(cached.run(edit), cases.legal_after)
    return {
        "illegal first choices": (bootstrap(1 - legal.mean(1)), ".2%"),
        "excess loss, nats a move": (bootstrap(excess.mean(1)), ".4f"),
        "cells that a linear map reads": (bootstrap(right.mean(1) / 36), ".1%"),
        "whole boards that it reads": (bootstrap((right == 36).mean(1)), ".1%"),
        "cells of the legal next moves": (bootstrap(next_right.mean(1) / 36), ".1%"),
        "mistakes after a board is written in": (bootstrap(edited), ".3f"),
    }


# %% [markdown]
# The linear maps are fitted by least squares, as above. Other headlines are given for late moves in their own chapters: [rules](neurons-rules), [parities](attention-kinds), [lines](mechanism-neurons), [without help](emergence-claims) and on [other seeds](sisters-claims). Pairs of orders in which [many moves](yardsticks-many-orders) stand elsewhere are of late ones anyway.

# %%
seen_on = {
    "the seed that was watched": headlines(HELD_OUT_SEED),
    "the book's seed": headlines(REPORT_SEED),
    "the book's seed, late": headlines(REPORT_SEED, 11),
}
gaps = {
    name: difference(new, seen_on["the seed that was watched"][name][0])
    for name, (new, _) in seen_on["the book's seed"].items()
}
apart = [name for name, gap in gaps.items() if gap.low > 0 or gap.high < 0]
late = seen_on["the book's seed, late"]["illegal first choices"][0]
say("3,000 games", seeds_agree=not apart, late_illegal=late)
pd.DataFrame({k: {n: f"{i:{form}}" for n, (i, form) in v.items()} for k, v in seen_on.items()})

# %% [markdown]
# {when}`seeds_agree ? No headline differs clearly between the two seeds : Not all headlines agree between the two seeds`. (By chance, in about one of four such tables one of six differs.) From move 12 on {num}`late_illegal:.2%` of the first choices are illegal.

# %% [markdown]
# ## Try it yourself
#
# 1. Give the adversary a width of 30 instead of 300. How long is the game that it finds?
# 2. Which square does the network choose in the caught game, and what would make it legal?
#
# ### Answer: a narrower search

# %%
narrow = generalisation.search(model, width=30)
print(f"{len(narrow.caught)} moves after {narrow.asked} questions" if narrow.caught else "none")

# %% [markdown]
# ### Answer: the square
#
# It chooses {num}`choice`. Look at the probe's board: where a disc is read in the wrong colour, a line seems to end that doesn't.

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
# **Mostly the rules. Start the game from four discs that training never showed, and after two or three moves it plays by the board that is really there.** From then on {num}`infers_the_start:.1%` of its first choices are illegal. A player by hand that repairs the wrong board, move by move, errs in {num}`infers_the_start_control:.1%`. By probability that player errs less than the network.
#
# It can be caught all the same. The shortest game that catches it has {num}`shortest` moves, and there is none shorter.

# %%
import numpy as np
import pandas as pd

from othello_gpt import game, generalisation, interventions, probes
from othello_gpt.book_tools import claim, say
from othello_gpt.construction import Construction
from othello_gpt.figures import CONTROL, MODEL, Panel, Series, curves, game_boards, points
from othello_gpt.intervals import Interval, bootstrap
from othello_gpt.model import HELD_OUT_SEED, load_model, predict

model = load_model()
away = generalisation.unfamiliar(model, 2000, seed=900)
home = generalisation.unfamiliar(model, 2000, seed=900, standard=False)

# %%
rivals = {}
for way in generalisation.WAYS:
    boards = generalisation.track(away.moves, way)[:, :-1]
    choices = generalisation.legal_next(boards)
    rivals[way] = generalisation.illegal_share(choices, boards, away.truth)

# %% alt="Share of illegal first choices after each move of games from the other start: the network's falls from one to below one percent by the fourth move; a tracker that repairs the wrong board stays above it for ten moves; one that plays on stays above ten percent." mystnb={"figure": {"name": "fig-generalisation-start", "caption": "**It finds the true start within three moves.** How often the first choice is illegal after each move of a game from the other diagonal. All begin with the wrong board. The tracker that repairs it recolours as few discs as make each move legal."}}
moves = np.arange(1, 13)
lines = {"the network": Series.of(bootstrap(away.illegal[:, :12].astype(float)), colour=MODEL)}
for way, colour in zip(generalisation.WAYS[:2], (CONTROL, None), strict=True):
    lines[f"a tracker that {way}"] = Series.of(bootstrap(rivals[way][:, :12]), colour=colour)
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
    games = generalisation.unfamiliar(network, n_games, seed=900)
    settled = games.illegal[:, 2:]  # after move 3 and later
    return bootstrap(settled.mean(1))


network_errs = first_choices(model, 2000)
tracker_errs = bootstrap(rivals["repairs"][:, 2:].mean(1))

# %%
says = "It plays by a start that it never saw, after three moves: illegal first choices"
claim(
    "infers_the_start",
    says,
    network_errs,
    control=tracker_errs,
    against="a tracker that recolours as few discs of the wrong board as make each move legal",
    form=".2%",
    higher=False,
)
say(
    "2,000 games",
    at_home=bootstrap(home.illegal[:, 2:].mean(1)),
    mass=bootstrap(away.illegal_mass[:, 2:].mean(1)),
    plays_on=bootstrap(rivals["plays on"][:, 2:].mean(1)),
    second=bootstrap(away.illegal[:, 0].astype(float)),
)

# %% [markdown]
# ## The control that could have killed it
#
# Perhaps no start is inferred at all. In such a game only four discs are unusual, and every move is evidence about the discs beside it. The tracker that repairs does exactly that: it takes each move for legal and changes as little as possible. It is the strongest rival that we know, and it comes close. By its first choice the network errs less often; by probability, more.
#
# The first choice is in the network's favour. The tracker spreads its choice evenly, and the network is asked for its best move only. Counted by probability, the network puts {num}`mass:.1%` on illegal moves, more than the tracker does. So the network is not more certain than the tracker; its first choice is better.
#
# ## Catch it
#
# An adversary looks for a short game after which the first choice is illegal. From move to move it keeps the beginnings where the best legal move leads by the least.

# %%
caught = generalisation.search(model, width=300)
blind = generalisation.search(model, width=300, how="random")
shortest = len(caught.caught)
levels = generalisation.saved()
again = generalisation.exhaustive(model, 5)
for stored, now in zip(levels, again, strict=False):
    same = (stored.beginnings, stored.illegal) == (now.beginnings, now.illegal)
    if not same or abs(stored.least_margin - now.least_margin) > 1e-3:
        raise RuntimeError(f"the stored result for {now.plies} moves is of another network")
none_up_to = max(level.plies for level in levels if not level.illegal)
say(
    shortest=shortest,
    asked=caught.asked,
    none_up_to=none_up_to,
    certified=none_up_to >= shortest - 1,
    all_of_them=sum(level.asked for level in levels),
    blind=len(blind.caught or ()),
    blind_found=blind.caught is not None,
    choice=game.square_name(caught.choice),
)

# %%
names = [probes.TARGETS["board"]]
site = "resid_mid 5"
ridge = probes.fit_ridge(model, game.sample_moves(1000, seed=1), names, [site])


def whole(beginning):
    """Return a game without a pass that begins so, squares [1, 32]."""
    rng, start = np.random.default_rng(0), game.Beginnings.empty()
    for square in beginning:
        longer = start.longer()
        start = longer[longer.moves[:, -1] == square]
    while len(here := start):
        for _ in range(32 - len(beginning)):
            here = here.longer()
            if not len(here):
                break
            here = here[rng.integers(len(here), size=1)]
        if len(here):
            return here.moves


# %% alt="The caught game beside the board that a probe reads and the network's next move." mystnb={"figure": {"name": "fig-generalisation-caught", "caption": "**Caught.** The shortest game after which its first choice, the brightest square, is illegal. In the middle is the board that a probe reads: compare it with the true one."}}
full = whole(caught.caught)
board = probes.read(ridge, model, full, "board", site)[0, :shortest].reshape(-1, 6, 6)
mover = np.where(np.arange(shortest) % 2, 1, -1)[:, None, None]
said = generalisation.next_move_probabilities
chances = np.stack([said(model, full[:, :k])[0] for k in range(1, shortest + 1)])
panels = [
    Panel("the game"),
    Panel("as a probe reads it", discs=(board - 1) * mover, legal=False),
    Panel("its next move", values=chances),
]
game_boards(np.array(caught.caught), panels, at=shortest)

# %% [markdown]
# It is caught after {num}`shortest` moves, and {num}`asked` questions. There is {when}`certified ? no shorter game that does it: the network was asked after every single beginning : no shorter one known: it was asked after every beginning` of up to {num}`none_up_to` moves. As many questions at random {when}`blind_found ? find a longer game only : find none`.
#
# ## What this doesn't show
#
# - Training saw nearly all of the short beginnings, so that being right after them is no test of the rules. The longer ones are.
# - The other start is one of two. What the network would do on boards that no game reaches isn't tried.
# - The trackers are ours. A better one may exist.
# - A lead of zero is where the search ends. On another machine the last digits differ, and with them perhaps the game that it finds.
#
# ## What we learned
#
# - From a start that it never saw, the network plays by the true board after three moves.
# - A player that repairs the wrong board, disc by disc, does nearly as well.
# - Its shortest mistake is known exactly, and a search finds it.
#
# ## Details: every beginning
#
# All beginnings that the rules allow, by length. The rows were computed beforehand with `python -m othello_gpt.generalisation.exhaustive 8 exhaustive.json`; the first five are computed again here and must agree.

# %%
pd.DataFrame([vars(level) for level in levels]).style.hide(axis="index").format(
    {"beginnings": "{:,}", "asked": "{:,}", "least_margin": "{:.2f}"}
)

# %% [markdown]
# ## Details: what it believes about one illegal move
#
# In a game from the usual start, one move in the middle is replaced by an illegal one beside a disc. Two things could be believed: that the disc was put and nothing was turned over, or that the board was another and the move was legal. Squares that are legal only in the first case get {num}`one_illegal[put]:.3f` each, those only in the second {num}`one_illegal[repaired]:.3f`. In games from the other start, squares that are legal only on the true board get {num}`two_starts[true]:.2f` after four moves, those only on the board of the tracker that plays on {num}`two_starts[trained]:.3f`. So it doesn't simply take every move for legal: it weighs what a whole game says.

# %%
odd = generalisation.with_an_illegal_move(game.sample_moves(3000, seed=7).astype(np.int64), 14)
put, repaired = (
    generalisation.legal_next(generalisation.track(odd, way))[:, -1]
    for way in ("plays on", "repairs")
)
chance = generalisation.next_move_probabilities(model, odd)
trained = generalisation.legal_next(generalisation.track(away.moves[:, :4], "plays on"))[:, -1]
true, said = away.truth[:, 3], away.probabilities[:, 3]
say(
    "games that have such a square",
    one_illegal={
        "put": generalisation.per_square(chance, put & ~repaired),
        "repaired": generalisation.per_square(chance, repaired & ~put),
    },
    two_starts={
        "true": generalisation.per_square(said, true & ~trained),
        "trained": generalisation.per_square(said, trained & ~true),
    },
)

# %% [markdown]
# ## Details: all trackers, and home
#
# Training on two sets of rules at once is another question: such networks share one board {cite}`chawla2026`. Here the rules are the same and the start is new.
#
# On games from its own start the network's first choice is illegal in {num}`at_home:.2%` of the same positions. The tracker that plays on errs in {num}`plays_on:.0%`. After the first move of the other start the network is always wrong: {num}`second:.0%`.

# %% alt="Illegal shares by move for all three trackers and the network." mystnb={"figure": {"name": "fig-generalisation-trackers", "caption": "**All rivals.** The same over whole games; who ignores flips never recovers."}}
every = {"the network": Series.of(bootstrap(away.illegal.astype(float)), colour=MODEL)}
for way in generalisation.WAYS:
    every[f"a tracker that {way}"] = Series.of(bootstrap(rivals[way]))
curves(np.arange(1, 32), every, x_title="moves played", y_title="illegal", y_format=".0%")

# %% [markdown]
# ## Details: the network by hand is never caught
#
# The same search on the transformer that was built by hand finds nothing in {num}`by_hand_asked` positions, as it must, since that network is exact. Learned networks are caught: {cite:t}`balogh2026` do so with every chess network that they try.

# %%
by_hand = generalisation.search(Construction(), width=20, plies=12)
if by_hand.caught is not None:
    raise RuntimeError(f"the network by hand was caught: {by_hand.caught}")
say(by_hand_asked=by_hand.asked)

# %% [markdown]
# ## Details: games that someone chose
#
# Training saw random moves only. Three players choose theirs: one turns as many discs as it can, one as few, one leaves the other side as few moves as it can. One move in ten is random, so that games differ. Does what was found on random games hold on these? The probe was fitted on random games.

# %%
sites = [f"resid_mid {layer}" for layer in range(1, 6)]
reader = probes.fit_ridge(model, game.sample_moves(1500, seed=1), names, sites)
edit = interventions.Rewrite(reader, sites, 1.0)


def on_games_of(player, n=1000):
    moves = game.play_games(player, n, seed=900) if player else game.sample_moves(n, seed=900)
    right = probes.accuracy(reader, model, moves, names)["board"].right[-1]
    cases = interventions.sample_cases(n, seed=900, player=player)
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


# %%
players = {None: "random", **{name: name for name in sorted(game.PLAYERS)}}
chosen = {name: on_games_of(player) for player, name in players.items()}
errs = {name: chosen[name]["illegal first choices"] for name in chosen}
say(
    "1,000 games of each player",
    chosen_games=chosen,
    worst_player=max(errs, key=lambda name: errs[name].mean),
    chosen_worse=max(errs[name].low for name in game.PLAYERS) > errs["random"].high,
    edits_hold=all(one["edited"].high < 0.25 * one["null"].low for one in chosen.values()),
)

# %% [markdown]
# {when}`chosen_worse ? Not without loss : Yes`. Worst is *{num}`worst_player`*. On the greedy player's games {num}`chosen_games[greedy][illegal first choices]:.2%` of the first choices are illegal, against {num}`chosen_games[random][illegal first choices]:.2%` on random games. The probe still reads {num}`chosen_games[greedy][cells read]:.1%` of the greedy player's cells, against {num}`chosen_games[random][cells read]:.1%`. And a board written in still decides the next move: {when}`edits_hold ? the error of an edit is less than a quarter of the null for all four : but not as well for all four`.

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
# The games on which this book reports were never trained on, but they were looked at often while the book was written. Here are the headlines once more, on games of a seed that was drawn at the end and that nothing was chosen or stopped on. The last column leaves out the first eleven moves: beginnings as long as these hardly ever stood in a training game.


# %%
def headlines(seed, begin=0, n=2000):
    moves = game.sample_moves(n, seed)
    seen, late = predict(model, moves), slice(begin, None)
    right = probes.accuracy(reader, model, moves, names)["board"].right[-1][:, late]
    excess = seen.nll - game.surprise(moves, seed)[:, 1:]
    cases = interventions.sample_cases(n, seed=seed, plies=(max(4, begin), 28))
    cached = interventions.CachedPrefixes(model, cases)
    edited = interventions.top_n_error(cached.run(edit), cases.legal_after)
    return {
        "illegal first choices": (bootstrap(1 - seen.legal[:, late].mean(1)), ".2%"),
        "excess loss, nats a move": (bootstrap(excess[:, late].mean(1)), ".4f"),
        "cells that a linear map reads": (bootstrap(right.mean(1) / 36), ".1%"),
        "whole boards that it reads": (bootstrap((right == 36).mean(1)), ".1%"),
        "mistakes after a board is written in": (bootstrap(edited), ".3f"),
    }


# %% [markdown]
# The linear map is the one from above, fitted by least squares.

# %%
untouched = 20261127
seen_on = {
    "the book's seed": headlines(HELD_OUT_SEED),
    "a fresh seed": headlines(untouched),
    "a fresh seed, from move 12 on": headlines(untouched, 11),
}
apart = [
    name
    for name, (old, _) in seen_on["the book's seed"].items()
    if not (old.low <= (new := seen_on["a fresh seed"][name][0]).high and new.low <= old.high)
]
late = seen_on["a fresh seed, from move 12 on"]["illegal first choices"][0]
say("2,000 games", seeds_agree=not apart, late_illegal=late)
pd.DataFrame({k: {n: f"{i:{form}}" for n, (i, form) in v.items()} for k, v in seen_on.items()})

# %% [markdown]
# {when}`seeds_agree ? The intervals of the two seeds overlap for each headline : The intervals of the two seeds don't overlap for each headline`. That is a weak test: look at how far they overlap. From move 12 on {num}`late_illegal:.2%` of the first choices are illegal.

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

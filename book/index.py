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
# # A network that was never shown a board keeps one
#
# A small GPT learned to continue random games of Othello on a 6x6 board. Its input is the names of the squares that were played: no board, no rules.
#
# **You can read its board.** Inside the network, a weighted sum for each square says what is on it.
#
# **It uses that board.** Write another one into it, and it makes the moves that are legal there.
#
# **Try it.** The board inside stands beside the game as it was played. Click a disc of the former: it is turned in the network's mind only, and the next moves change at once.
#
# <link rel="stylesheet" href="../play/play.css">
# <div class="live-board" data-small data-folder="../play"></div>
# <noscript>The live board needs JavaScript; the chapters show the same in pictures.</noscript>
# <script type="module" src="../play/play.js"></script>
#
# [The live board](play.md) has more: edits that fail, heads to silence, positions that the network never saw.
#
# ## What was found
#
# ::::{grid} 1 2 2 2
# :gutter: 3
#
# :::{grid-item-card} [It plays by the rules](model.py)
# Its first choice is illegal in {num}`model.py::plays_by_the_rules:.2%` of the positions of new games; the best of its rivals errs in {num}`model.py::plays_by_the_rules_control:.1%`.
# :::
#
# :::{grid-item-card} [You can read its board](probes.py)
# A linear map gets {num}`probes.py::reads_the_board:.1%` of the squares right; from a trained rival of one layer it gets {num}`probes.py::reads_the_board_control:.1%`.
# :::
#
# :::{grid-item-card} [It uses that board](interventions.py)
# With another board written in, it makes {num}`interventions.py::uses_the_board:.2f` mistakes about what that board allows; left alone, {num}`interventions.py::error[null]:.2f`, and with its best rival {num}`interventions.py::uses_the_board_control:.2f`.
# :::
#
# :::{grid-item-card} [Some neurons can be named](neurons.py)
# A short decision tree about the board describes half of the neurons in the best layer, in positions new to the network a third, and hardly any random mixture of them.
# :::
#
# :::{grid-item-card} [Heads look at one side's moves](attention.py)
# A single direction of the stream goes far to tell which side's moves a head looks at.
# :::
#
# :::{grid-item-card} [It is impressive, but not for its size](yardsticks.py)
# A board would fit into about half of its numbers. But readers without a model of the game find a worse one.
# :::
#
# :::{grid-item-card} [It comes late, and without help](emergence.py)
# A network that sees only lists of moves soon plays mostly legal moves. The board, and its use, come later.
# :::
#
# :::{grid-item-card} [One can be built](construction.py)
# A transformer written by hand plays without an error, and shows what our methods find and what they miss.
# :::
# ::::
#
# **It isn't perfect.** A player that knows just the rules [predicts slightly better](model.py). Let it [play on](interventions.py) from a board that was written in, and {num}`interventions.py::later[whole board]:.0%` of its later moves are illegal there. Had nothing been written, it would be {num}`interventions.py::later[null]:.0%`.
#
# **How it was trained.** To predict the next move, with a help. At each position its training showed the next moves of up to {num}`model.py::others` other games that begin alike. That is close to the set of legal moves, and more than plain games tell. It isn't why there is a board: [a second network](emergence.py) saw nothing but the moves that were played, and keeps one, too. Of the {num}`emergence.py::n_claims` claims of this book that could be asked of it {num}`emergence.py::n_hold` hold.
#
# ## Three ways on
#
# - **Three minutes:** [all claims](claims.md) on one page, each with the control that could have refuted it. Experts may begin here.
# - **An hour:** the chapters, from [the games](games.py) to [a network written by hand](construction.py). Each answers on its first screen. New words are in the [glossary](glossary.md).
# - **Everything:** open the folded details and the code. For [a network of your own](own-network), one command writes this book about it.
#
# ## Details: a game to step through
#
# On the left is a game that the network has never seen, on the right what it expects after the same moves. The dots are the squares that the rules allow.

# %%
from othello_gpt import game
from othello_gpt.figures import Panel, game_boards
from othello_gpt.model import HELD_OUT_SEED, load_model, next_moves

played = game.sample_moves(1, HELD_OUT_SEED)
expected = next_moves(load_model(), played[:, :-1])[0]

# %% alt="A random game beside the model's next-move probabilities after each move: squares light up where the rules allow a move." mystnb={"figure": {"name": "fig-index-game", "caption": "**It expects what is legal.** A held-out game and the network's next move. The slider steps through the game."}}
game_boards(played[0], [Panel("the game"), Panel("what the model expects", values=expected)], at=12)

# %% [markdown]
# ## Details: how to read it
#
# The chapters build on each other: first [the games](games.py) and how random they are, then [the model](model.py) and how well it plays. Next come [probes](probes.py) that read its residual stream and [interventions](interventions.py) that write to it, then the parts that do the work, [neurons](neurons.py) and [attention heads](attention.py). Two questions close it: [is it impressive?](yardsticks.py) and [can we build one?](construction.py)
#
# Each chapter begins with a question and a picture of the answer that you can touch. Sliders step through games, a tap on a square shows its numbers. A number that has an interval shows it when you point at it. Each chapter ends with what was learned. Code is folded but for the experiments themselves; *Show all code*, at the top of a page, opens it.
#
# *Mine* is always the side about to move, *theirs* the side that has just moved. Squares are A1 (top left) to F6.
#
# ## Details: how to run it again
#
# All of it, data and trained model included, comes from one repository. With Python 3.11 and make:
#
# ```sh
# make book   # executes the chapters and builds these pages
# make test   # tests the package, every chapter, and these pages in a browser
# ```
#
# Chapters are text notebooks: `book/games.py` opens in Jupyter with [jupytext](https://jupytext.readthedocs.io). Nothing needs a GPU or a login, and only `make` a network, once, to install packages. Numbers are the same on every machine where they only depend on the sampled games, and equal up to rounding where a network's arithmetic is involved.

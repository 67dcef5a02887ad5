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
# # A network that was only told moves keeps a board
#
# A small GPT was trained on random games of Othello on a 6x6 board. It reads the names of the squares that were played: no board, no rules. This book opens it up and asks what it keeps in its head. Every number is computed by the code beside it.
#
# Try it: the left board is a game as it was played. The middle one is what is read inside the network. Click a disc there, and it is turned over in the network's mind only. Its next moves, on the right, change at once.
#
# <link rel="stylesheet" href="../play/play.css">
# <div class="live-board" data-small data-folder="../play"></div>
# <noscript>The live board needs JavaScript; the chapters show the same in pictures.</noscript>
# <script defer src="../play/rules.js"></script>
# <script defer src="../play/network.js"></script>
# <script defer src="../play/play.js"></script>
#
# [The live board](play.md) has more: edits that fail, heads to silence, positions that the network never saw.
#
# ## What was found
#
# - **It plays by the rules.** Its first choice is illegal in {glue:text}`model.py::illegal_mean:.3%` of the positions of games that it has never seen. [The model](model.py)
# - **You can read its board.** A weighted sum for each square tells mine, theirs and empty apart in {glue:text}`probes.py::reads_the_board_mean:.1%` of the squares. [Probes](probes.py)
# - **It uses that board.** Write another board into it, and its moves follow the rules there. Its mistakes fall from {glue:text}`interventions.py::null_error:.2f` to {glue:text}`interventions.py::uses_the_board_mean:.2f` a position. The edit doesn't last when it plays on. [Interventions](interventions.py)
#
# **How it was trained.** To predict the next move. But it saw more than the move that was played. Beside it, at each position, it saw the next moves of up to 48 other games that begin alike. That is close to the list of legal moves, and a help that a network trained on plain games doesn't have.
#
# ## Three ways on
#
# - **Three minutes:** [all claims](claims.md) on one page, each with the control that could have refuted it.
# - **Half an hour:** the chapters in order. [The games](games.py), [the model](model.py), [probes](probes.py) that read it, [interventions](interventions.py) that write to it. Then its parts, [neurons](neurons.py) and [attention heads](attention.py). Last, [is it impressive?](yardsticks.py) and [can one be built?](construction.py)
# - **Your own network:** the [model chapter](model.py) loads a nanoGPT checkpoint under "The same network in TransformerLens".
#
# Code is folded but for the experiments themselves. *Show all code*, at the top of a page, opens it.
#
# ## A game to step through
#
# On the left is a game that the network has never seen, on the right what it expects after the same moves. The dots are the squares that the rules allow.

# %%
from othello_gpt import game
from othello_gpt.figures import Panel, game_boards
from othello_gpt.model import HELD_OUT_SEED, load_model, next_moves

played = game.sample_moves(1, HELD_OUT_SEED)
expected = next_moves(load_model(), played[:, :-1])[0]
alt = "A random game beside the model's next-move probabilities after each move: squares light up where the rules allow a move."
game_boards(
    played[0], [Panel("the game"), Panel("what the model expects", values=expected)], at=12, alt=alt
)

# %% [markdown]
# :::{dropdown} The findings in full, with intervals and controls
# A GPT with {glue:text}`model.py::parameters:,` parameters.
#
# - **It plays by the rules.** After {glue:text}`model.py::games:,` games, and {glue:text}`model.py::continuations:,` single next moves of other games that begin in the same ways, its first choice is illegal in {glue:text}`model.py::illegal_mean:.3%` of {glue:text}`model.py::positions_examined:,` held-out positions (95% interval {glue:text}`model.py::illegal_low:.3%` to {glue:text}`model.py::illegal_high:.3%`; all intervals below are of 95% too). The network before training errs in {glue:text}`model.py::untrained_mean:.0%` ({glue:text}`model.py::untrained_low:.0%` to {glue:text}`model.py::untrained_high:.0%`), and the best of our guessers, which follows the moves but never turns a disc, in {glue:text}`model.py::counted_mean:.1%` ({glue:text}`model.py::counted_low:.1%` to {glue:text}`model.py::counted_high:.1%`). [The model](model.py)
# - **It keeps a board.** A linear map (a weighted sum for each square) of its residual stream, the {glue:text}`model.py::width:d` numbers that it carries for each position, reads {glue:text}`probes.py::reads_the_board_mean:.1%` of the squares ({glue:text}`probes.py::reads_the_board_low:.1%` to {glue:text}`probes.py::reads_the_board_high:.1%`) correctly as mine, theirs or empty at the best site, and {glue:text}`probes.py::reads_whole_boards_mean:.1%` of the boards ({glue:text}`probes.py::reads_whole_boards_low:.1%` to {glue:text}`probes.py::reads_whole_boards_high:.1%`) without a single error. The same kind of map of who has played where, without the order, gets {glue:text}`probes.py::reads_the_board_control_mean:.1%` of the squares ({glue:text}`probes.py::reads_the_board_control_low:.1%` to {glue:text}`probes.py::reads_the_board_control_high:.1%`) and {glue:text}`probes.py::reads_whole_boards_control_mean:.1%` of the boards ({glue:text}`probes.py::reads_whole_boards_control_low:.1%` to {glue:text}`probes.py::reads_whole_boards_control_high:.1%`). [Probes](probes.py)
# - **It uses that board.** Write another board into the stream and the model's moves follow it: its mistakes about what is legal there (wrong moves among its favourites plus right ones missing) fall from {glue:text}`interventions.py::null_error:.2f` ({glue:text}`interventions.py::null_error_low:.2f` to {glue:text}`interventions.py::null_error_high:.2f`) to {glue:text}`interventions.py::uses_the_board_mean:.2f` ({glue:text}`interventions.py::uses_the_board_low:.2f` to {glue:text}`interventions.py::uses_the_board_high:.2f`), while the best of equally long steps in random or wrong directions leaves {glue:text}`interventions.py::uses_the_board_control_mean:.2f` ({glue:text}`interventions.py::uses_the_board_control_low:.2f` to {glue:text}`interventions.py::uses_the_board_control_high:.2f`). [Interventions](interventions.py)
# - **One can see some of it work.** A decision tree about the board, at most six questions deep, describes {glue:text}`neurons.py::trees_describe_neurons_mean:.0%` of the neurons ({glue:text}`neurons.py::trees_describe_neurons_low:.0%` to {glue:text}`neurons.py::trees_describe_neurons_high:.0%`) of the layer that it describes best, and {glue:text}`neurons.py::trees_describe_neurons_control_mean:.0%` ({glue:text}`neurons.py::trees_describe_neurons_control_low:.0%` to {glue:text}`neurons.py::trees_describe_neurons_control_high:.0%`) of random mixtures of them. The tenth best of the neurons that stand for a legal-move rule has a held-out F1 of {glue:text}`neurons.py::neurons_follow_rules_mean:.3f` ({glue:text}`neurons.py::neurons_follow_rules_low:.3f` to {glue:text}`neurons.py::neurons_follow_rules_high:.3f`). Which side's moves an attention head looks at goes with what its weights make of a single direction of the stream: the rank correlation is {glue:text}`attention.py::one_direction_sets_parity_mean:.2f` ({glue:text}`attention.py::one_direction_sets_parity_low:.2f` to {glue:text}`attention.py::one_direction_sets_parity_high:.2f`). [Neurons](neurons.py), [attention](attention.py)
# - **It isn't perfect.** The games are random, so there is a loss below which nobody can get: {glue:text}`games.py::floor:.4f` nats a move ({glue:text}`games.py::floor_low:.4f` to {glue:text}`games.py::floor_high:.4f`; 0.69 nats are one bit). The model is {glue:text}`model.py::excess_mean:.4f` above ({glue:text}`model.py::excess_low:.4f` to {glue:text}`model.py::excess_high:.4f`). A player that knows the rules and no more is {glue:text}`model.py::rules_only:.4f` above: the model loses {glue:text}`model.py::loses:s` that player (the difference is {glue:text}`model.py::rules_gap_mean:+.4f` nats, {glue:text}`model.py::rules_gap_low:+.4f` to {glue:text}`model.py::rules_gap_high:+.4f`). [The model](model.py)
# - **It is impressive, but not because of the size.** A board fits into {num}`yardsticks.py::freedoms` of the {num}`yardsticks.py::width` dimensions. What can't be had cheaply is the board itself: by the same ridge regression one reads {glue:text}`yardsticks.py::beats_what_has_no_model_mean:.1%` of the squares ({glue:text}`yardsticks.py::beats_what_has_no_model_low:.1%` to {glue:text}`yardsticks.py::beats_what_has_no_model_high:.1%`) from the network, and {glue:text}`yardsticks.py::beats_what_has_no_model_control_mean:.1%` ({glue:text}`yardsticks.py::beats_what_has_no_model_control_low:.1%` to {glue:text}`yardsticks.py::beats_what_has_no_model_control_high:.1%`) from the best of the readers that have no model of the game. [Is it impressive?](yardsticks.py)
# - **One can be built.** A transformer whose weights are written down plays without a single error over {glue:text}`construction.py::positions:,` positions (by the interval, there is an illegal choice in at most {glue:text}`construction.py::exact_by_hand_high:.2%` of games), and shows what our methods find where the answer is known (in a network without LayerNorm, with nothing in superposition). [Construction](construction.py)
#
# The headline numbers have controls that could have refuted them, and some have aims, met or not: [all claims](claims.md) on one page.
#
# :::
#
# :::{dropdown} How to read it
# The chapters build on each other: first [the games](games.py) and how random they are, then [the model](model.py) and how well it plays, then [probes](probes.py) that read its residual stream, [interventions](interventions.py) that write to it, and the parts, [neurons](neurons.py) and [attention heads](attention.py), that do the work. Two questions close it: [is it impressive?](yardsticks.py) and [can we build one?](construction.py) Each begins with a question and a picture of the answer that you can touch: sliders step through games, a tap on a square shows its numbers. Each ends with what was learned, and names the module of the package where the machinery is. Code is short and can be skipped.
#
# *Mine* is always the side about to move, *theirs* the side that has just moved. Squares are A1 (top left) to F6.
# :::
#
# :::{dropdown} How to run it again
# All of it, data and trained model included, comes from one repository. With Python 3.11 and make:
#
# ```sh
# make book   # executes the chapters and builds these pages
# make test   # tests the package, every chapter, and these pages in a browser
# ```
#
# Chapters are text notebooks: `book/games.py` opens in Jupyter with [jupytext](https://jupytext.readthedocs.io). Nothing needs a GPU or a login, and only `make` a network, once, to install packages. Numbers are the same on every machine where they only depend on the sampled games, and equal up to rounding where a network's arithmetic is involved.
# :::

"""What the tests of ``neurons`` share: helpers."""

from othello_gpt import game

MOVES = game.sample_moves(60, seed=5)

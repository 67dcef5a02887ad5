"""What the tests of ``neurons`` share: helpers."""

from othello_gpt import game

GAMES = game.Games.sample(60, seed=5)
MOVES = GAMES.moves

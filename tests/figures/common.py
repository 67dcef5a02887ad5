"""What the tests of ``figures`` share: helpers."""

import re
from urllib.parse import unquote

import numpy as np

from othello_gpt import game
from othello_gpt.figures import Series

MOVES = game.sample_moves(1, seed=3)[0].astype(int)


def squares_of(path, size):
    spots = re.findall(r"M(\d+) (\d+)h0", path)
    return sorted((int(y) // 2) * size + int(x) // 2 for x, y in spots)


def picture(source, size):
    """What an SVG picture shows: the board, and the squares of each marker by (colour, width)."""
    head, svg = source.split(",", 1)
    assert head == "data:image/svg+xml"
    svg = unquote(svg)
    board = np.zeros((size, size), int)
    for name, side in (("b", 1), ("w", -1)):
        for path in re.findall(rf"<path id='{name}' d='([^']*)'/>", svg):
            board.flat[squares_of(path, size)] = side
    marks = {
        (colour, float(width)): squares_of(path, size)
        for colour, width, path in re.findall(
            r"<path stroke='([^']*)' stroke-width='([^']*)' d='([^']*)'/>", svg
        )
    }
    return board, marks, re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def probabilities(moves, seed=0):
    legal = game.replay(moves[None]).legalities()[0, 1:]
    weights = legal * np.random.default_rng(seed).gamma(2, size=legal.shape) + 1e-3
    return weights / weights.sum((1, 2), keepdims=True)


ONE = {"model": Series([0.2, 0.3], [0.1, 0.2], [0.3, 0.4])}
COLUMNS = {
    "name": [f"L{k // 5} N{k}" for k in range(700)],
    "score": [float("nan") if k == 3 else round(k * 0.37 % 1, 3) for k in range(700)],
}

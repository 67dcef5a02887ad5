"""Proof of ``othello_gpt.figures``: in a browser."""

import base64

import numpy as np
import pytest

from othello_gpt import figures, game
from othello_gpt.figures import Panel
from tests.figures.common import MOVES, probabilities

PIXELS = """async ([png, spots]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  return spots.map(([x, y]) => [...canvas.getImageData(x, y, 1, 1).data].slice(0, 3));
}"""
PLACES = """() => [...document.querySelectorAll("image")]
  .filter((image) => image.getAttribute("href")?.startsWith("data:image/svg"))
  .map((image) => image.getBoundingClientRect().toJSON())"""


def test_the_slider_moves_the_discs(page):
    figure = figures.game_boards(MOVES, [Panel(), Panel(values=probabilities(MOVES))])
    figure.update_layout(width=390, height=300)
    page.evaluate("(json) => Plotly.newPlot('figure', JSON.parse(json))", figure.to_json())
    rail = page.locator(".slider-rail-touch-rect").bounding_box()
    truth = game.replay(MOVES[None]).boards()[0]
    for ply in (32, 8, 20):
        # The grip's middle travels from 10 pixels inside one end to 10 pixels inside the other.
        x = rail["x"] + 10 + (rail["width"] - 20) * ply / 32
        page.mouse.click(x, rail["y"] + rail["height"] / 2)
        label = page.locator(".slider-label").first.text_content()
        assert label == figure.layout.sliders[0].steps[ply].label
        places = page.evaluate(PLACES)
        assert len(places) == 2
        png = base64.b64encode(page.screenshot()).decode()
        for place in places:
            cell = place["width"] / 6
            assert place["height"] == pytest.approx(place["width"], abs=1)
            # Beside the middle, where the last move's dot would be.
            spots = [
                (place["x"] + (column + 0.72) * cell, place["y"] + (row + 0.5) * cell)
                for row in range(6)
                for column in range(6)
            ]
            bright = np.array(page.evaluate(PIXELS, [png, spots])).min(-1).reshape(6, 6)
            assert ((bright > 200) == (truth[ply - 1] == -1)).all()
            assert ((bright < 40) >= (truth[ply - 1] == 1)).all()

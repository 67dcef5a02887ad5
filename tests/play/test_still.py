"""Proof of ``othello_gpt.play.still``: a page shows a position before any script runs."""

import copy
import json
import re

import numpy as np
import pytest

from othello_gpt import game, play

PAGE = '<p>a</p><div class="live-board" data-small data-folder="../play"></div><p>b</p>'


@pytest.fixture
def about(folder):
    return json.loads((folder / "play" / "network.json").read_text())


def discs(html):
    """Return the discs of each board of a page, +1 black."""
    cells = re.findall(r'class="live-cell( black| white|)"', html)
    value = {" black": 1, "": 0, " white": -1}
    return np.array([value[cell] for cell in cells]).reshape(-1, 36)


def test_the_position_is_the_games(about, tmp_path):
    (tmp_path / "page.html").write_text(PAGE)
    assert play.add_still(tmp_path / "page.html", about)
    html, sample = (tmp_path / "page.html").read_text(), about["sample"]
    boards = game.replay(np.array([sample["moves"]])).boards()[0]
    played, read, nexts = discs(html)
    np.testing.assert_array_equal(played, boards[sample["at"] - 1].ravel())
    np.testing.assert_array_equal(nexts, played)
    assert (read == played).mean() > 0.9  # what the probe reads
    names = "".join(re.findall(r"<span>(\w)</span>", html))
    assert names == 3 * "ABCDEF123456"
    assert html.startswith("<p>a</p>")
    assert html.endswith("</div><p>b</p>")
    shares = [float(text) for text in re.findall(r">([\d.]+)</div>", html)]
    assert 95 < sum(shares) < 105


def test_it_is_replaced_and_not_repeated(about, tmp_path):
    page, other = tmp_path / "page.html", copy.deepcopy(about)
    page.write_text(PAGE)
    play.add_still(page, about)
    once = page.read_text()
    play.add_still(page, about)
    assert page.read_text() == once
    other["sample"]["at"] = 10
    play.add_still(page, other)
    assert "after 10 moves" in page.read_text()
    assert "after 14 moves" not in page.read_text()
    assert page.read_text().count("<!--still-->") == 1


def test_other_pages_stay_as_they_are(about, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<p>no board</p>")
    assert not play.add_still(page, about)
    assert page.read_text() == "<p>no board</p>"

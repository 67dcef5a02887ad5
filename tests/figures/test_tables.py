"""Proof of ``othello_gpt.figures``: tables."""

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from docutils.utils import new_document

from othello_gpt import figures
from othello_gpt.book_tools import pictures
from othello_gpt.figures import Panel
from tests.figures.common import COLUMNS

CARDS = np.random.default_rng(0).uniform(-2, 2, (700, 2, 36))


def shown_table():
    panels = [Panel(f"board {k}", values=CARDS[:, k], scale="signed", limit=2) for k in range(2)]
    return figures.table(
        COLUMNS, formats={"score": ".1%"}, cards=panels, sort="score", alt="Some <numbers>"
    )


def test_a_table_keeps_its_numbers_and_its_cards_to_a_127th():
    made = shown_table()
    names, scores = made.content["columns"]
    assert names["values"] == COLUMNS["name"]
    assert scores["values"][:4] == [0, 0.37, 0.74, None]
    bytes_ = b"".join(base64.b64decode(text) for text in made.cards)
    assert len(made.cards) == 2
    kept = np.frombuffer(bytes_, np.int8).reshape(CARDS.shape) * (2 / 127)
    assert np.abs(kept - CARDS).max() <= 1 / 127 + 1e-9
    json.dumps(made._repr_mimebundle_())
    assert "L0 N4" in str(made)
    assert "L0 N5" not in str(made)


def test_a_table_says_what_is_wrong():
    with pytest.raises(ValueError, match="as many values in each"):
        figures.table({"a": [1], "b": [1, 2]}, alt="")
    with pytest.raises(ValueError, match="'c' is no column: the columns are a"):
        figures.table({"a": [1]}, sort="c", alt="")
    with pytest.raises(ValueError, match=r"panel 'p'.*signed"):
        figures.table({"a": [1]}, cards=[Panel("p", values=np.zeros((1, 6, 6)))], alt="")


def test_a_table_sorts_searches_and_opens_cards_over_file(page, tmp_path):
    node = pictures._table_node(shown_table()._repr_mimebundle_()[figures.TABLE_MIME])
    document = new_document("page")
    document += node
    pictures.write_tables(document, tmp_path)
    static = Path(__file__).parent.parent.parent / "book" / "static"
    (tmp_path / "_static").mkdir()
    shutil.copy(static / "tables.js", tmp_path / "_static")
    html = f"<html><body>{node.astext()}<script src=_static/tables.js></script></body></html>"
    (tmp_path / "page.html").write_text(html)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    first = page.locator("tbody tr:first-child td")
    top = max(range(700), key=lambda k: -1 if k == 3 else COLUMNS["score"][k])
    page.locator("tbody tr").first.wait_for()
    assert first.all_text_contents() == [COLUMNS["name"][top], f"{COLUMNS['score'][top]:.1%}"]
    assert page.locator("tbody tr").count() == 20
    page.locator("th button").nth(1).click()  # now from the smallest up
    assert page.locator("th").nth(1).get_attribute("aria-sort") == "ascending"
    assert first.first.text_content() == "L0 N0"
    page.locator("input").fill("l120 n60")
    assert page.locator("[role=status]").text_content() == "5 of 700 rows"
    page.locator("tbody button", has_text="N603").click()
    page.locator("svg").nth(1).wait_for()
    cells = page.locator("svg").nth(1).locator("rect:not(.cell)")
    kept = np.array(cells.evaluate_all("all => all.map(r => +r.getAttribute('fill-opacity'))"))
    sides = cells.evaluate_all("all => all.map(r => r.getAttribute('class'))")
    assert np.abs(kept - np.abs(CARDS[603, 1]) / 2).max() < 0.006
    assert [side == "theirs" for side in sides] == (np.rint(127 * CARDS[603, 1] / 2) < 0).tolist()
    assert page.locator("svg").nth(1).get_attribute("aria-label").startswith("board 1: ")
    page.locator("tbody button", has_text="N603").click()
    assert not page.locator("svg").count()
    assert not problems

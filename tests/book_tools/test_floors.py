"""Proof of ``othello_gpt.book_tools``: the picture of the floors is that of the code."""

import re
from pathlib import Path

from othello_gpt.book_tools.floors import Floors, floors

ROOT = Path(__file__).parent.parent.parent


def test_every_package_stands_on_a_floor_and_no_import_goes_up():
    found = floors(ROOT)
    there = {
        p.name.removesuffix(".py")
        for p in (ROOT / "othello_gpt").iterdir()
        if (p.is_dir() and (p / "__init__.py").exists()) or p.suffix == ".py"
    }
    assert {name for floor in found.names for name in floor} == there - {"__init__"}
    assert found.upward() == []
    assert ("model", "game") in found.imports
    assert ("game", "model") not in found.imports


def test_an_upward_import_is_found_and_drawn():
    made = Floors((("top",), ("bottom",)), {("bottom", "top"): 1}, {"top": 3, "bottom": 1200})
    assert made.upward() == [("bottom", "top")]
    picture = made._repr_html_()
    assert len(re.findall("<line ", picture)) == 1
    assert "1,200 lines" in picture

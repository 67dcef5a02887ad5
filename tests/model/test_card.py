"""Proof of ``othello_gpt.model``: card."""

import json
import re

from othello_gpt import model
from othello_gpt.intervals import Interval
from othello_gpt.model import load_model

CARD = (model.PRETRAINED / "README.md").read_text()
FACTS = json.loads((model.PRETRAINED / "training.json").read_text())


def from_card(quantity):
    """Return the estimate and the interval that the embedded model's card has of a quantity."""
    number = r"([0-9.]+%?)"
    found = re.search(rf"^{quantity} +{number} \[{number}, {number}\]", CARD, re.MULTILINE)
    values = (float(x.rstrip("%")) / (100 if x.endswith("%") else 1) for x in found.groups())
    return Interval(*values)


def test_embedded_model_is_what_its_card_says():
    log = [json.loads(row) for row in (model.PRETRAINED / "metrics.jsonl").read_text().splitlines()]
    assert all(command in CARD for command in FACTS["commands"])
    assert f"{FACTS['games']:,} games" in CARD
    assert "20,000 held-out games" in CARD
    assert log[-1]["games"] == FACTS["games"]
    found = model.evaluate(load_model(), 1000)
    for quantity, here in {
        "illegal top-1": found.illegal,
        "legal mass": found.legal_mass,
        "loss": found.loss,
        "excess loss": found.excess,
    }.items():
        there = from_card(quantity)
        assert there.low < there.mean < there.high
        assert here.low <= there.high, quantity
        assert there.low <= here.high, quantity


def test_embedded_model_has_seen_eight_million_games():
    assert FACTS["games"] >= 8_000_000
    assert from_card("illegal top-1").mean <= 0.0020

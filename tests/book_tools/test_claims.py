"""Proof of ``othello_gpt.book_tools``: claims."""

import json

import pytest
from IPython.utils.capture import capture_output

from othello_gpt.book_tools import (
    AIM,
    CLAIM_MIME,
    NOT_COMPARABLE,
    PUBLISHED,
    Refuted,
    claim,
)
from othello_gpt.book_tools.claim_box import claim_lines
from othello_gpt.book_tools.numbers import NUMBERS_MIME
from othello_gpt.intervals import Interval
from tests.book_tools.common import GOOD, LOW, exactly


def made(*args, **options):
    """Return what a claim of these arguments leaves: itself and the numbers said beside it."""
    with capture_output() as captured:
        claim(*args, **options)
    first, said = captured.outputs
    return first.data[CLAIM_MIME], said.data[NUMBERS_MIME]


def test_a_claim_holds_what_was_measured():
    one, numbers = made("a", "x", GOOD, control=LOW, against="y")
    assert (one["says"], one["against"]) == ("x", "y")
    assert (one["value"], one["control"]) == ("98.0% [97.0%, 99.0%]", "70.0% [60.0%, 80.0%]")
    assert (one["aim"], one["published"]) == ((), ())
    assert numbers == {
        "a": {"value": 0.98, "low": 0.97, "high": 0.99},
        "a_control": {"value": 0.7, "low": 0.6, "high": 0.8},
    }


@pytest.mark.parametrize(
    ("higher", "aim", "text", "verdict"),
    [
        (True, 0.7, "≥ 70.0%", AIM[1]),
        (True, 0.6, "≥ 60.0%", AIM[0]),  # the interval's very end
        (True, 0.61, "≥ 61.0%", AIM[1]),
        (True, 0.71, "≥ 71.0%", AIM[2]),
        (True, 0.9, "≥ 90.0%", AIM[2]),
        (False, 0.8, "≤ 80.0%", AIM[0]),
        (False, 0.79, "≤ 79.0%", AIM[1]),
        (False, 0.69, "≤ 69.0%", AIM[2]),
        (False, 0.5, "≤ 50.0%", AIM[2]),
    ],
)
def test_an_aim_is_met_by_the_interval_or_by_its_mean_or_not(higher, aim, text, verdict):
    control = exactly(0.1 if higher else 0.95)
    one, _ = made("a", "x", LOW, control=control, against="y", higher=higher, aim=aim)
    assert one["aim"] == ((text, verdict),)


@pytest.mark.parametrize(("higher", "best", "worst"), [(True, 0.5, 0.9), (False, 0.9, 0.5)])
def test_each_published_number_gets_a_verdict_of_its_own(higher, best, worst):
    control = exactly(0.1 if higher else 0.95)
    several = [(best, "a"), (0.61, "b"), (0.79, "c"), (worst, "d")]
    options = dict(control=control, against="y", higher=higher, form=".0%")
    one, _ = made("a", "x", LOW, published=several, **options)
    verdicts = (PUBLISHED[0], PUBLISHED[1], PUBLISHED[1], PUBLISHED[2])
    said = [f"{number:.0%} ({who})" for number, who in several]
    assert one["published"] == tuple(zip(said, verdicts, strict=True))
    single, _ = made("a", "x", LOW, published=several[0], **options)
    assert single["published"] == one["published"][:1]


def test_what_cannot_be_compared_gets_a_reason_and_no_verdict():
    several = [(0.5, "a", "a lower bound"), (0.5, "b")]
    one, _ = made("a", "x", LOW, control=exactly(0.1), against="y", published=several, form=".0%")
    said = (("50% (a; a lower bound)", NOT_COMPARABLE), ("50% (b)", PUBLISHED[0]))
    assert one["published"] == said


@pytest.mark.parametrize(
    ("value", "control", "form", "clear"),
    [
        (GOOD, LOW, ".1%", "17 points"),
        (exactly(0.9804), exactly(0.9766), ".0%", "0.38 points"),
        (exactly(0.00002), exactly(0.00001), ".2%", "0.001 points"),
        (exactly(210.4), exactly(90.0), ".1f", "120"),
        (exactly(0.0213), exactly(0.0176), ".2f", "0.0037"),
    ],
)
def test_no_distance_is_shown_as_zero(value, control, form, clear):
    assert made("a", "x", value, control=control, against="y", form=form)[0]["clear"] == clear
    back, _ = made("a", "x", control, control=value, against="y", form=form, higher=False)
    assert back["clear"] == clear


def test_a_claim_that_touches_its_control_is_none():
    with pytest.raises(Refuted, match="isn't clear of chance"):
        claim("x", "x", GOOD, control=Interval(0.9, 0.8, 0.97), against="chance")
    with pytest.raises(Refuted):
        claim("x", "x", GOOD, control=LOW, against="chance", higher=False)
    with pytest.raises(Refuted):
        claim("x", "x", LOW, control=exactly(0.6), against="a bound", higher=True)
    with pytest.raises(Refuted, match="isn't clear of chance, nan"):
        claim("x", "x", GOOD, control=exactly(float("nan")), against="chance")
    with pytest.raises(TypeError, match="control"):
        claim("x", "x", GOOD, against="nothing")


def test_an_effect_is_held_to_how_many_times_it_is_its_control():
    marks = dict(control=Interval(0.3, 0.2, 0.4), against="y", effect=True)
    one, _ = made("a", "x", GOOD, ratio=2, **marks)
    left = "by what is left 19 times less"  # at worst 3% of it, at best 60%: rounded down
    assert one["times"] == f"2.4 times as much (required: 2 times; {left})"
    plain, _ = made("a", "x", GOOD, ratio=2, form=".2f", **marks)
    assert plain["times"] == "2.4 times as much (required: 2 times)"
    with pytest.raises(Refuted, match="isn't 3 times as large as y"):
        claim("a", "x", GOOD, ratio=3, **marks)
    none = made("a", "x", GOOD, ratio=3, control=exactly(0.0), against="y", effect=True)[0]
    assert none["times"].startswith("infinitely many times as much")


def test_on_unseen_beginnings_a_claim_is_held_to_the_same():
    one, _ = made("a", "x", GOOD, control=LOW, against="y", ratio=2, unseen=(GOOD, LOW))
    found = "98.0% [97.0%, 99.0%], control 70.0% [60.0%, 80.0%]; intervals 17 points apart"
    assert one["unseen"].startswith(f"{found}, at least 6.6 times fewer mistakes")
    nearer = Interval(0.96, 0.95, 0.965)
    for rival, ratio, why in ((GOOD, None, "isn't clear"), (nearer, 2, "isn't 2 times better")):
        with pytest.raises(Refuted, match=f"on unseen beginnings 98.0%.* {why}"):
            claim("x", "x", GOOD, control=LOW, against="y", ratio=ratio, unseen=(GOOD, rival))
    one, _ = made("a", "x", GOOD, control=LOW, against="y", unseen="there are none")
    assert one["unseen"] == "there are none"
    no = dict(control=GOOD, stands=False)
    assert (
        "isn't clear" in made("a", "x", GOOD, against="y", unseen=(GOOD, GOOD), **no)[0]["unseen"]
    )


def test_what_the_book_answers_with_no_is_shown_as_refuted():
    one, numbers = made("a", "x", LOW, control=GOOD, against="y", stands=False)
    assert one["refuted"] == "isn't clear of its control"
    assert "a_control" in numbers
    with pytest.raises(Refuted, match="stands after all"):
        claim("a", "x", GOOD, control=LOW, against="y", stands=False)
    close = dict(control=LOW, against="y", ratio=7, stands=False)
    assert made("a", "x", GOOD, **close)[0]["refuted"] == "isn't 7 times better than its control"


@pytest.mark.parametrize(
    ("value", "control", "higher", "times"),
    [
        (Interval(0.001, 0.0009, 0.0011), Interval(0.05, 0.0445, 0.06), False, "40"),
        (GOOD, LOW, True, "6.6"),  # misses 3% at worst, and 20% at best
        (exactly(1.0), LOW, True, "infinitely many"),
    ],
)
def test_a_claim_says_which_ratio_it_is_held_to_and_the_one_it_reaches(
    value, control, higher, times
):
    one, _ = made("a", "x", value, control=control, against="y", higher=higher, ratio=2)
    assert one["times"] == f"{times} times fewer mistakes (required: 2 times)"
    free, _ = made("a", "x", value, control=control, against="y", higher=higher)
    assert free["times"] == f"{times} times fewer mistakes (held to none)"
    checked, _ = made("a", "x", value, control=control, against="y", higher=higher, check=True)
    assert checked["times"] == ""
    marks = dict(control=control, against="y", higher=higher, ratio=2, form=".3f")
    what = "nearer to one" if higher else "smaller"
    assert made("a", "x", value, **marks)[0]["times"] == f"{times} times {what} (required: 2 times)"
    (said,) = [
        line.astext()
        for line in claim_lines(json.loads(json.dumps(one)))
        if line.astext().startswith("Control")
    ]
    assert said.endswith(f" apart, at least {times} times fewer mistakes (required: 2 times)")


def test_a_claim_that_misses_its_ratio_is_none_though_it_is_clear():
    rival = Interval(0.055, 0.05, 0.06)
    ours = Interval(0.025, 0.02, 0.0251)
    claim("x", "x", ours, control=rival, against="y", higher=False)
    with pytest.raises(Refuted, match="isn't 2 times better than the rival"):
        claim("x", "x", ours, control=rival, against="the rival", higher=False, ratio=2)
    with pytest.raises(Refuted, match="isn't 7 times better"):
        claim("x", "x", GOOD, control=LOW, against="y", ratio=7)

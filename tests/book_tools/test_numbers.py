"""Proof of ``othello_gpt.book_tools``: numbers keep names, intervals and sense."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from othello_gpt.book_tools.numbers import NUMBERS_MIME, Numbers, lookup, parts, written
from othello_gpt.intervals import Interval


def shown(path, **values):
    return written(*lookup(Numbers(values), path))


def test_numbers_are_found_by_name_and_key():
    assert shown("n", n=2000) == "2,000"
    assert shown("share:.1%", share=np.float32(0.5)) == "50.0%"
    assert shown("error[a b][1]:.2f", error={"a b": np.array([1.0, 2.0])}) == "2.00"
    table = pd.DataFrame({"low noise": [1.5]}, index=["probe"])
    assert shown("t[probe][low noise]", t=table) == "1.5"
    several = Interval(np.array([0.1, 0.2]), np.array([0.0, 0.1]), np.array([0.2, 0.3]))
    assert shown("x[1].high:.1f", x=several) == "0.3"
    assert shown("yes", yes=np.bool_(True)) == "True"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("other", "no number 'other'; there is: error, n"),
        ("error", "is a table; choose one of a"),
        ("error[b]", "error has no number 'b'; there is: a"),
        ("n[0]", "n has no number '0'"),
        ("n.low", "n has no interval"),
        ("n n", "is no name of a number"),
    ],
)
def test_a_missing_number_says_what_there_is(path, why):
    with pytest.raises(KeyError, match=why.replace("[", r"\[")):
        lookup(Numbers({"error": {"a": 1.0}, "n": 3}), path)


def test_what_prose_cannot_show_is_refused_by_name():
    with pytest.raises(ValueError, match=r"x\[0\] is not a number"):
        Numbers({"x": [float("nan")]})
    with pytest.raises(TypeError, match="x is a object"):
        Numbers({"x": object()})


ends = st.floats(-1e3, 1e3)


@given(ends, ends, ends, st.sampled_from([".0f", ".2f", ".1%", "+.1f", ",.0f", ".3g"]))
def test_an_interval_as_written_contains_its_mean(a, b, c, form):
    low, mean, high = sorted((a, b, c))
    text, (left, right) = parts({"value": mean, "low": low, "high": high}, form)
    left, value, right = (float(t.replace(",", "").rstrip("%")) for t in (left, text, right))
    assert left <= value <= right


def test_digits_are_added_until_an_interval_has_a_width():
    value = {"value": 0.98495, "low": 0.98487, "high": 0.98504}
    assert written(value, ".1%") == "98.50% [98.49%, 98.50%]"


def test_what_intervals_are_over_is_kept_with_them():
    said = Numbers({"x": Interval(1.0, 0.5, 1.5), "n": 3}, "2,000 games")
    bundle = said._repr_mimebundle_()
    assert bundle[NUMBERS_MIME]["x"]["over"] == "2,000 games"
    assert "over" not in bundle[NUMBERS_MIME]["n"]
    assert "x: 1 [0.5, 1.5]" in bundle["text/plain"]


def test_where_python_skips_assertions_nothing_is_said():
    done = subprocess.run(
        [sys.executable, "-O", "-c", "from othello_gpt.book_tools import say; say(n=1)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "RuntimeError: Python skips assertions (-O)" in done.stderr

"""Numbers in prose: ``say`` gives a chapter's results their names.

Chapters say ``say(error={row: interval, ...}, n_cases=2000)``; the page shows
``{num}`error[permuted signs]:.2f` ``. How a number is written is decided in one place, here: with
as many digits as its format says, or more, if an interval wouldn't contain its own mean otherwise.
"""

import math
import os
import re
from collections.abc import Mapping

import numpy as np

from ..intervals import Interval

NUMBERS_MIME = "application/vnd.othello-gpt.numbers+json"
UNDEFINED = "undefined"
"""What a report shows for NaN and for what is infinite."""
_DIGITS = 8  # no number of this book needs more
# A name, its keys, which end of the interval, how it is written.
_PATH = re.compile(r"(\w+)((?:\[[^\]]*\])*)(?:\.(low|mean|high))?(?::(\S+))?")


def reporting() -> bool:
    """Return whether a chapter is executed for a report on another network.

    The environment's ``OTHELLO_GPT_REPORT=1`` says so: then a claim may be refuted and a number be
    NaN, and both are shown. For the book's own network either is an error.
    """
    return os.environ.get("OTHELLO_GPT_REPORT") == "1"


class Numbers(dict):
    """What a chapter has said: plain values, intervals, and tables of either, by name."""

    def __init__(self, values: Mapping, over: str = ""):
        super().__init__({name: _plain(value, name) for name, value in values.items()})
        self.over = over

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        lines = [f"{path}: {written(value)}" for path, value in _leaves(self)]
        if self.over:
            lines.append(f"intervals: 95%, over {self.over}")
        return {NUMBERS_MIME: _with_over(self, self.over), "text/plain": "\n".join(lines)}


def say(over: str = "", /, **values) -> None:
    """Name a chapter's results, so that its prose can show them by ``{num}``.

    ``values``: numbers, truths, words, ``Interval``s (also of arrays), arrays, pandas tables, and
    dictionaries of all these. ``over``: what the intervals are over, such as ``"2,000 games"``.
    Raises ``TypeError`` for anything else and ``ValueError`` for NaN, which a report (see
    ``reporting``) shows as undefined; and ``RuntimeError`` where Python skips assertions, by which
    chapters hold their words to their numbers.
    """
    from myst_nb import glue  # part of the book's extra: a plain install does without

    if not __debug__:
        raise RuntimeError("Python skips assertions (-O), on which the words rest: run it without")
    glue("numbers " + " ".join(values), Numbers(values, over))


def lookup(said: Mapping, path: str) -> tuple[Mapping, str]:
    """Return a number by its path, such as ``error[permuted signs].low:.2f``, and its format.

    Raises ``KeyError`` naming what there is instead.
    """
    match = _PATH.fullmatch(path.strip())
    if not match:
        raise KeyError(f"{path!r} is no name of a number; write name[key]:format")
    name, keys, end, form = match.groups()
    value, so_far = said, ""
    for key in [name, *re.findall(r"\[([^\]]*)\]", keys)]:
        if _is_leaf(value) or key not in value:
            known = "nothing" if _is_leaf(value) else ", ".join(value)
            raise KeyError(f"{so_far or 'this page'} has no number {key!r}; there is: {known}")
        value, so_far = value[key], f"{so_far}[{key}]" if so_far else key
    if not _is_leaf(value):
        raise KeyError(f"{so_far} is a table; choose one of {', '.join(value)}")
    if end:
        if end not in value:
            raise KeyError(f"{so_far} has no interval")
        value = {"value": value[end if end != "mean" else "value"]}
    return value, form or ""


def written(value: Mapping, form: str = "") -> str:
    """Return a number as the page writes it, its interval in brackets.

    >>> written({"value": 0.985, "low": 0.9849, "high": 0.9851}, ".1%")
    '98.50% [98.49%, 98.51%]'
    """
    text, ends = parts(value, form)
    return f"{text} [{ends[0]}, {ends[1]}]" if ends else text


def parts(value: Mapping, form: str = "") -> tuple[str, tuple[str, str] | None]:
    """Return how a number is written, and the ends of its interval if it has one."""
    number = value["value"]
    if isinstance(number, bool | str):
        return str(number), None
    form = form or _usual(number)
    if "low" not in value:
        return format(number, form), None
    low, high = value["low"], value["high"]
    for longer in _longer(form):
        text, ends = format(number, longer), (format(low, longer), format(high, longer))
        seen = [float(t.replace(",", "").rstrip("%")) for t in (ends[0], text, ends[1])]
        if seen[0] <= seen[1] <= seen[2] and (low == high or seen[0] < seen[2]):
            break
    return text, ends


def _longer(form: str):
    """Yield a format, then the same with one digit more, and so on."""
    yield form
    if match := re.fullmatch(r"(.*\.)(\d+)([fge%])", form):
        for digits in range(int(match[2]) + 1, _DIGITS):
            yield f"{match[1]}{digits}{match[3]}"


def _usual(number) -> str:
    return ",d" if isinstance(number, int) else ".3g"


def _plain(value, name: str) -> dict:
    """Return a value as a leaf ``{"value", "low", "high"}`` or a table of leaves."""
    if hasattr(value, "to_dict"):  # pandas: tables by row
        value = value.to_dict("index") if getattr(value, "ndim", 1) == 2 else value.to_dict()
    if isinstance(value, Interval):
        if np.ndim(value.mean):
            return {str(i): _plain(value.at(i), f"{name}[{i}]") for i in range(np.size(value.mean))}
        ends = {"value": value.mean, "low": value.low, "high": value.high}
        leaf = {key: _number(number, name) for key, number in ends.items()}
        return {"value": UNDEFINED} if UNDEFINED in leaf.values() else leaf
    if isinstance(value, Mapping):
        return {str(key): _plain(one, f"{name}[{key}]") for key, one in value.items()}
    if isinstance(value, np.ndarray | list | tuple) and np.ndim(value):
        return {str(i): _plain(one, f"{name}[{i}]") for i, one in enumerate(value)}
    return {"value": _number(value, name)}


def _number(value, name: str):
    if hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, bool | int | float | str):
        raise TypeError(f"{name} is a {type(value).__name__}, which prose can't show")
    if reporting() and isinstance(value, float) and not math.isfinite(value):
        return UNDEFINED
    if isinstance(value, float) and math.isnan(value):
        raise ValueError(f"{name} is not a number")
    return value


def _is_leaf(value: Mapping) -> bool:
    return "value" in value and not isinstance(value["value"], Mapping)


def _with_over(value: Mapping, over: str) -> dict:
    if _is_leaf(value):
        return {**value, "over": over} if over and "low" in value else dict(value)
    return {key: _with_over(one, over) for key, one in value.items()}


def _leaves(value: Mapping, path: str = ""):
    for key, one in value.items():
        here = f"{path}[{key}]" if path else key
        if _is_leaf(one):
            yield here, one
        else:
            yield from _leaves(one, here)

"""Claims: a number, its aim, and the control that could have refuted it."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..intervals import Interval
from .numbers import UNDEFINED, reporting, say

CLAIM_MIME = "application/vnd.othello-gpt.claim+json"
# Where the interval of a number is: beyond the mark, around it, or short of it.
AIM = ("met", "met, but the interval reaches beyond it", "not met")
PUBLISHED = ("better", "about as good: the interval includes it", "not reached")
NOT_COMPARABLE = "not comparable"  # measured on something else, or a bound


class Refuted(AssertionError):
    """A claim whose control wasn't beaten. Raised, not asserted, so that ``python -O`` keeps it."""


@dataclass(frozen=True)
class Claim:
    """What the page of claims shows of one, as text.

    ``clear``: how far the intervals of the value and of its control are apart; ``times``: the
    ratio that it is held to and the one that it reaches, if it is held to one. ``aim`` and
    ``published``: pairs of a number and the verdict on it, none or several. ``numbers``: low, mean
    and high of the value, and of its control. ``refuted``: why it doesn't stand, in words; "" of
    one that does. ``unseen``: what becomes of it where training saw no such beginning, or why that
    isn't asked. ``check``: see ``claim``.
    """

    name: str
    says: str
    value: str
    control: str
    against: str
    clear: str
    aim: tuple[tuple[str, str], ...]
    published: tuple[tuple[str, str], ...]
    times: str
    numbers: tuple[tuple[float | None, ...], tuple[float | None, ...]]
    refuted: str = ""
    unseen: str = ""
    check: bool = False

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        said = f"{self.says}: {self.value}. The control ({self.against}): {self.control}."
        if self.refuted:
            said = f"Refuted. {said}"
        return {CLAIM_MIME: asdict(self), "text/plain": said}


def claim(
    name: str,
    says: str,
    value: Interval,
    *,
    control: Interval,
    against: str,
    form: str = ".1%",
    higher: bool = True,
    ratio: float | None = None,
    effect: bool = False,
    aim: float | None = None,
    published: Sequence[tuple] | tuple = (),
    unseen: tuple[Interval, Interval] | str = "",
    check: bool = False,
    stands: bool = True,
) -> None:
    """Show a claim, and glue it as ``claim name`` for the page of claims.

    Its numbers are said too: ``name`` and ``name_control`` (see ``say``).

    ``says``: the claim in words; ``against``: what the control is; ``higher``: whether the value
    has to be above its control; ``ratio``: how many times fewer its mistakes have to be than the
    control's, stated beforehand (of a share that should be high, the mistakes are the rest; the
    worse end of the value's interval is compared with the better end of the control's);
    ``effect``: it is the number itself that has to be so many times as large as its control;
    ``aim``: the mark that it is held to; ``published``: the numbers to
    compare with, each with who reported it (one such pair may stand by itself). A third element
    says why they can't be compared: the number is shown with that reason, and no better or worse.
    ``unseen``: the value and its strongest control after twelve moves and more, where hardly a
    beginning stood in training, which have to be as far apart; or, in words, why there is no such
    pair.
    ``check``: it could come out otherwise only if the code were wrong, as what is exact by
    construction; it is shown as a check, and doesn't count as a claim.
    ``stands``: False for one that the book asks and has to answer with no; it is shown as refuted.

    Raises ``Refuted`` if the 95% intervals of the value and of its control touch, or aren't
    numbers, or if the ratio isn't reached; and if one that isn't to stand does. In a report on
    another network (see ``numbers.reporting``) it is shown as it comes out instead.
    """
    refuted = _refuted(value, control, higher, ratio, effect)
    if refuted and stands and not reporting():
        why = refuted.replace("its control", against)
        raise Refuted(f"{says}: {value:{form}} {why}, {control:{form}}")
    if not isinstance(unseen, str):
        late, of_rival = unseen
        falls = _refuted(late, of_rival, higher, ratio, effect)
        if falls and stands and not reporting():
            raise Refuted(f"{says}: on unseen beginnings {late:{form}} {falls}, {of_rival:{form}}")
        apart = falls or _apart(late, of_rival, form, higher, ratio, effect)
        unseen = f"{late:{form}}, control {of_rival:{form}}; {apart}"
    if not refuted and not stands and not reporting():
        raise Refuted(f"{says}: {value:{form}} stands after all; say so in the book")
    quotes: Sequence[Any] = (
        [published] if published and not isinstance(published[0], Sequence) else published
    )
    aims = [] if aim is None else [(f"{'≥' if higher else '≤'} {aim:{form}}", aim)]
    made = Claim(
        name=name,
        says=says,
        value=f"{value:{form}}",
        control=f"{control:{form}}",
        against=against,
        clear=_distance(_gap(value, control, higher), form),
        aim=tuple((text, _aim(value, mark, higher)) for text, mark in aims),
        published=tuple(_quoted(value, form, higher, *quote) for quote in quotes),
        times="" if check else _in_words(value, control, form, higher, ratio, effect),
        numbers=(_ends(value), _ends(control)),
        refuted=refuted,
        unseen=unseen,
        check=check,
    )
    _glue(f"claim {name}", made)
    say(**{name: value, f"{name}_control": control})


def _gap(value: Interval, control: Interval, higher: bool) -> float:
    """Return how far the interval of a value is beyond that of its control."""
    return float(value.low - control.high if higher else control.low - value.high)


def _refuted(
    value: Interval, control: Interval, higher: bool, ratio: float | None, effect: bool
) -> str:
    """Return why a value isn't far enough from its control, or "" if it is."""
    if not _gap(value, control, higher) > 0:  # nor where it isn't a number
        return "isn't clear of its control"
    if ratio is not None and not _times(value, control, higher, effect) >= ratio:
        return f"isn't {ratio:g} times {'as large as' if effect else 'better than'} its control"
    return ""


def _in_words(
    value: Interval, control: Interval, form: str, higher: bool, ratio: float | None, effect: bool
) -> str:
    """Return the ratio that is reached and the one that is required, "" of intervals that touch.

    Of an effect that is a share also by how much less is left, to which it isn't held.
    """
    if not _gap(value, control, higher) > 0:
        return ""
    times = _rough(_times(value, control, higher, effect))
    what = "as much" if effect else _better(form, higher)
    held = "held to none" if ratio is None else f"required: {ratio:g} times"
    if effect and "%" in form:
        held += f"; by what is left {_rough(_times(value, control, higher, False))} times less"
    return f"{times} times {what} ({held})"


def _apart(
    value: Interval, control: Interval, form: str, higher: bool, ratio: float | None, effect: bool
) -> str:
    """Return how far apart two intervals are, and by which ratio, in words."""
    apart = f"intervals {_distance(_gap(value, control, higher), form)} apart"
    times = _in_words(value, control, form, higher, ratio, effect)
    return f"{apart}, at least {times}" if times else apart


def _ends(interval: Interval) -> tuple[float | None, ...]:
    """Return low, mean and high; None for what isn't a number, which JSON can't hold."""
    ends = map(float, (interval.low, interval.mean, interval.high))
    return tuple(end if math.isfinite(end) else None for end in ends)


def _times(value: Interval, control: Interval, higher: bool, effect: bool) -> float:
    """Return how many times fewer mistakes a value has at least than its control at best.

    Of an effect: how many times as large it is, or infinitely many where the control has none. NaN
    where either isn't a number.
    """
    worse, better = (1 - value.low, 1 - control.high) if higher else (value.high, control.low)
    if effect:
        worse, better = control.high, value.low
    if math.isnan(worse) or math.isnan(better):
        return math.nan
    return float(better / worse) if worse > 0 else math.inf


def _better(form: str, higher: bool) -> str:
    """Return what there is less of: mistakes, or the number itself, or what it lacks to one."""
    return "fewer mistakes" if "%" in form else "nearer to one" if higher else "smaller"


def _rough(times: float) -> str:
    """Return a ratio rounded down, so that it isn't shown as more than it is."""
    if math.isnan(times):
        return UNDEFINED
    if times <= 0:
        return "0"
    if not math.isfinite(times):
        return "infinitely many"
    step = 10.0 ** (math.floor(math.log10(times)) - 1)
    down = math.floor(times / step) * step
    return f"{down:.1f}" if 1 <= times < 10 else f"{down:.12g}"


def _toward(value: Interval, mark: float, higher: bool) -> tuple[float, float, float]:
    """Return how far an interval's worse end, mean and better end are beyond a mark."""
    ends = (value.low, value.mean, value.high) if higher else (value.high, value.mean, value.low)
    worse, mean, better = (float(end - mark if higher else mark - end) for end in ends)
    return worse, mean, better


def _aim(value: Interval, mark: float, higher: bool) -> str:
    worse, mean, _ = _toward(value, mark, higher)
    return AIM[0] if worse >= 0 else AIM[1] if mean >= 0 else AIM[2]


def _published(value: Interval, mark: float, higher: bool) -> str:
    worse, _, better = _toward(value, mark, higher)
    return PUBLISHED[0] if worse > 0 else PUBLISHED[1] if better >= 0 else PUBLISHED[2]


def _quoted(value: Interval, form: str, higher: bool, mark: float, source: str, why: str = ""):
    """Return a published number as text, and the verdict on it."""
    if why:
        return f"{mark:{form}} ({source}; {why})", NOT_COMPARABLE
    return f"{mark:{form}} ({source})", _published(value, mark, higher)


def _distance(gap: float, form: str) -> str:
    """Return a distance with two significant digits, so that none is shown as zero.

    That of intervals that touch is "0": how far they overlap says nothing.
    """
    if not gap > 0:
        return "0"
    points = form.endswith("%")
    text = f"{float(f'{100 * gap if points else gap:.2g}'):.15g}"
    return f"{text} points" if points else text


def _glue(name: str, value, **options) -> None:
    from myst_nb import glue  # part of the book's extra: a plain install does without

    glue(name, value, **options)

"""Headline claims: a number, its interval, and the control that could have refuted it.

A chapter states its claims with ``claim``, which fails where the number doesn't stand clear of its
control. The page ``book/claims.md`` collects them from the executed chapters (see ``sphinx_ext``);
nothing on it is typed by hand.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from myst_nb import glue

from .intervals import Interval

CLAIM_MIME = "application/vnd.othello-gpt.claim+json"


@dataclass(frozen=True)
class Claim:
    """What the page of claims shows of one, as text.

    ``clear``: by how much the intervals of the value and of its control are apart. ``aim`` and
    ``published`` are empty where there is none; ``met`` and ``beaten`` are then None.
    """

    says: str
    value: str
    control: str
    against: str
    clear: str
    aim: str
    met: bool | None
    published: str
    beaten: bool | None

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        said = f"{self.says}: {self.value}. The control ({self.against}): {self.control}."
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
    aim: float | None = None,
    published: tuple[float, str] | None = None,
) -> None:
    """Show a claim, and glue it as ``claim name`` for the page of claims.

    ``says``: the claim in words; ``against``: what the control is; ``higher``: whether the value
    has to be above its control; ``aim``: what this book set out to reach; ``published``: the
    number to compare with and who reported it.

    Raises ``AssertionError`` if the 95% intervals of the value and of its control touch, or aren't
    numbers.
    """
    sign = 1 if higher else -1
    gap = value.low - control.high if higher else control.low - value.high
    assert gap > 0, f"{says}: {value:{form}} isn't clear of {against}, {control:{form}}"
    number, source = published or (None, "")
    made = Claim(
        says=says,
        value=f"{value:{form}}",
        control=f"{control:{form}}",
        against=against,
        clear=f"{gap:{form}}",
        aim="" if aim is None else f"{'≥' if higher else '≤'} {aim:{form}}",
        met=None if aim is None else bool(sign * value.mean >= sign * aim),
        published="" if number is None else f"{number:{form}} ({source})",
        beaten=None if number is None else bool(sign * value.mean > sign * number),
    )
    glue(f"claim {name}", made)


def glue_interval(name: str, interval: Interval, scale: float = 1) -> None:
    """Glue an estimate and the ends of its interval as ``name_mean``, ``name_low``, ``name_high``.

    ``scale``: what to multiply them by, such as 100 for points.
    """
    for end in ("mean", "low", "high"):
        glue(f"{name}_{end}", scale * float(getattr(interval, end)), display=False)


def exactly(value: float) -> Interval:
    """Return a number that is known without uncertainty, such as a control's by construction."""
    return Interval(value, value, value)

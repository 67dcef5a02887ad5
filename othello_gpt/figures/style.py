"""Colours, scales and forms: the same for a concept in every chapter."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

# Chosen by a search for colours that stand out from a white page as well as from a black one and
# stay apart for colour-blind readers (the test says how much).
MINE = "#4960b7"
THEIRS = "#c13112"
EMPTY = "#538e67"
LEGAL = "#b48f07"
MODEL = "#91527f"
TRUTH = "#1297ed"
CONTROL = "#9192a5"
COLOURS = (MODEL, MINE, THEIRS, EMPTY, LEGAL, TRUTH, CONTROL)
# How a probe and those that it is compared with are drawn (see ``probes.scores_by_source``).
# What reads the trained network's own stream has its colour.
READERS = {
    "the probe": dict(colour=MODEL),
    "embedding": dict(colour=MODEL, dash="dot"),
    "absolute colour": dict(colour=MODEL, dash="dash"),
    "control labels": dict(colour=TRUTH, dash="dash"),
    "untrained": dict(colour=THEIRS),
    "random features": dict(colour=LEGAL),
    "shallow rival": dict(colour=LEGAL, dash="dash"),
    "bag of moves": dict(colour=MINE),
    "flips ignored": dict(colour=EMPTY),
    "majority": dict(colour=CONTROL),
}
FELT = "#2f6b52"
LAST_MOVE = "#ff6b4a"
SEAM = "#24543f"
BLACK, WHITE = "#1d2126", "#f8f6ef"
GREY = "#868e96"
INK = {"light": "#343a40", "dark": "#ced4da"}
FAINT = "rgba(134, 142, 150, 0.25)"
# A probability lights the felt up. The colours are even in lightness; their places are squared, so
# that 5% shows.
GLOW = (FELT, "#5f9a4f", "#a3c04e", "#e6dc62", "#fff7c2")
SIGNED = {
    "light": (THEIRS, "#eba790", "#f4f2ee", "#a9b6e2", MINE),
    "dark": ("#f4775a", "#8a3d29", "#23272c", "#3b4a80", "#8fa3f2"),
}
FORMATS = {"probability": ".1%", "magnitude": ".3g", "signed": ".2f"}
SCALES = tuple(FORMATS)


@dataclass(frozen=True)
class Panel:
    """What one board of a ``game`` or ``stepper`` shows, step by step.

    ``discs``: [steps, n, n], +1 black, -1 white, 0 empty. ``legal``: bool [steps, n, n], squares
    with a dot. None is the game's own (in a ``stepper``: none), False none. ``values``:
    [steps, n, n], or [layers, steps, n, n] under a second slider; a masked one leaves its square
    bare. Squares may be flat: [..., n * n]. ``scale`` is one of ``SCALES`` and ``limit`` the value
    of its last colour (by default 1 for a probability, else the largest).
    """

    title: str = ""
    discs: ArrayLike | bool | None = None
    values: ArrayLike | None = None
    legal: ArrayLike | bool | None = None
    scale: str = "probability"
    limit: float | None = None


@dataclass(frozen=True)
class CheckedSeries:
    """A ``Series`` whose arrays are arrays of one length, without NaN."""

    y: Float[np.ndarray, " points"]
    lo: Float[np.ndarray, " points"] | None
    hi: Float[np.ndarray, " points"] | None
    x: ArrayLike | None
    colour: str | None
    dash: str


@dataclass(frozen=True)
class Series:
    """One series of a chart: ``y`` [points], an interval ``lo``..``hi``, an ``x`` of its own.

    ``colour`` is by default the next one of ``COLOURS``; ``dash`` is plotly's (solid, dash, dot).
    """

    y: ArrayLike
    lo: ArrayLike | None = None
    hi: ArrayLike | None = None
    x: ArrayLike | None = None
    colour: str | None = None
    dash: str = "solid"

    @classmethod
    def of(cls, interval, **look) -> "Series":
        """Return the series of estimates with their intervals, an ``intervals.Interval``."""
        return cls(interval.mean, interval.low, interval.high, **look)

"""Cards: what is known of each of many parts, to be looked up by address."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from .style import SIGNED

CARDS_MIME = "application/vnd.othello-gpt.cards+json"


@dataclass(frozen=True)
class Cards:
    """What the card page of a kind of part loads: ``{"index": ..., "0": ..., "1": ...}``.

    ``kind`` is a word such as ``"neuron"``. In the book each of ``files`` becomes one that the page
    loads when it is needed; a notebook shows how many cards there are.
    """

    kind: str
    count: int
    files: Mapping[str, object]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        texts = {name: compact(content) for name, content in self.files.items()}
        texts["palette"] = compact({mode: [c[0], c[-1]] for mode, c in SIGNED.items()})
        bundle = {"kind": self.kind, "count": self.count, "files": texts}
        return {CARDS_MIME: bundle, "text/plain": str(self)}

    def __str__(self) -> str:
        return f"cards of {self.count:,} {self.kind}s"


def compact(content: object) -> str:
    """Return JSON without spaces; raises ``ValueError`` on NaN, which isn't JSON."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False)


def packed(boards: Float[np.ndarray, "boards squares"], limit: float) -> str:
    """Return boards as text: a signed byte a cell, in 127ths of ``limit``, in base64.

    Masked cells are 0. Raises ``ValueError`` on a limit that isn't above zero.

    >>> packed(np.ma.masked_invalid([[0.5, -1.0, np.nan, 0.0]]), 1.0)
    'QIEAAA=='
    """
    if not limit > 0:
        raise ValueError(f"the largest value of a board must be above zero, not {limit}")
    cells = np.rint(127 * np.ma.filled(boards, 0) / limit)
    return base64.b64encode(np.clip(cells, -127, 127).astype(np.int8).tobytes()).decode()


def short(value: float, digits: int = 3) -> float:
    """Return a number rounded to a few significant digits, as JSON should hold it.

    >>> short(0.123456), short(2.0)
    (0.123, 2.0)
    """
    return float(f"{value:.{digits}g}")


def largest(boards: Float[np.ndarray, "..."]) -> float:
    """Return the largest absolute value to three digits, which a board's colours end at.

    At least 1e-9, so that a board of zeros has colours too.
    """
    return short(max(float(np.abs(boards).max()), 1e-9))

"""What the live board is made of: weights, a probe, games; written when the book is built.

The machinery of the page ``book/play.md``.
"""

from .assets import (
    DOSE,
    EDIT_SITES,
    FORMAT,
    SITES,
    average_patterns,
    checksum,
    write_assets,
)
from .still import add_still

__all__ = [
    "DOSE",
    "EDIT_SITES",
    "FORMAT",
    "SITES",
    "add_still",
    "average_patterns",
    "checksum",
    "write_assets",
]

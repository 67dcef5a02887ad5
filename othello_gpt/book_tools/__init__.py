"""What the build of the book needs: claims, pictures, folded code, executed chapters."""

from .claims import (
    AIM,
    CLAIM_MIME,
    NOT_COMPARABLE,
    PUBLISHED,
    Claim,
    Refuted,
    claim,
)
from .numbers import say

__all__ = [
    "AIM",
    "CLAIM_MIME",
    "NOT_COMPARABLE",
    "PUBLISHED",
    "Claim",
    "Refuted",
    "claim",
    "say",
]

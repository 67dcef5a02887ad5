"""What the tests of ``book_tools`` share: helpers."""

from othello_gpt.intervals import Interval

GOOD = Interval(0.98, 0.97, 0.99)
LOW = Interval(0.7, 0.6, 0.8)


def exactly(value):
    """A number without uncertainty."""
    return Interval(value, value, value)

"""What the tests of ``game`` share: fixtures."""

import numpy as np
import pytest

from tests import oracle


@pytest.fixture(scope="module")
def tiny():
    """Every game on 4x4 that never needs a pass, and the probability that random play draws it."""
    drawn = oracle.games_without_pass(4)
    return np.array([*drawn]), np.array([*drawn.values()])

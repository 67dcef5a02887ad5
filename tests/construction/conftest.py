"""What the tests of ``construction`` share: fixtures."""

import pytest

from tests.construction.common import SIZES, built


@pytest.fixture(params=SIZES)
def network(request):
    return built(request.param)

"""What the tests of ``training`` share: fixtures."""

import pytest

from othello_gpt import training
from tests.training.common import CONFIG, QUICK


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return training.train(tmp_path_factory.mktemp("whole"), CONFIG, **QUICK)

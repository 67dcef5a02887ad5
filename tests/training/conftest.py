"""What the tests of ``training`` share: fixtures."""

import socket

import pytest

from othello_gpt import training
from tests.training.common import CONFIG, QUICK


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return training.train(tmp_path_factory.mktemp("whole"), CONFIG, **QUICK)


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]

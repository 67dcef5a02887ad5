"""What the tests of ``book_tools`` share: fixtures."""

import pytest
from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture(autouse=True, scope="module")
def shell():
    InteractiveShell.instance()  # without one, display prints

"""What the tests of ``model`` share: fixtures."""

import pytest

from tests.model.common import VARIANTS, random_gpt


@pytest.fixture
def folder(tmp_path):
    random_gpt(VARIANTS[0]).save_pretrained(tmp_path)
    return tmp_path

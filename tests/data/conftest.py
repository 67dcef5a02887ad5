"""What the tests of ``data`` share: fixtures."""

import datasets
import pytest

from othello_gpt import data


@pytest.fixture(autouse=True)
def no_shared_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    return data.write_games(tmp_path / "games", 50, seed=6, shard=20)

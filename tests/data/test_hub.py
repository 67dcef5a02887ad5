"""Proof of ``othello_gpt.data``: hub."""

import os
import re
import subprocess
import sys

import pytest

from othello_gpt import data, game
from othello_gpt.data import hub


def test_sources_that_are_nothing_are_refused(tmp_path):
    for source in (tmp_path / "nowhere", "nowhere", "a/b/c", "/no/such", "user/"):
        with pytest.raises(
            game.GamesError, match=r"neither a folder, a file of games .* nor a name on the Hub"
        ):
            data.load_games(source)
    with pytest.raises(game.GamesError, match="has no parquet files"):
        data.load_games(tmp_path)


def test_a_hub_that_cant_be_reached_is_one_sentence(tmp_path):
    call = "from othello_gpt.data import load_games; load_games('nobody/nothing')"
    nowhere = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path), "HF_TOKEN": ""}
    run = subprocess.run(
        [sys.executable, "-c", call],
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    last = run.stderr.strip().splitlines()[-1]
    assert run.returncode == 1
    assert re.fullmatch(
        r"othello_gpt\.game\.tokens\.GamesError: 'nobody/nothing' is no folder here and can't be"
        r" had from the Hugging Face Hub \(.+\): check the name and the connection, or sample games"
        r" with load_games\(\)",
        last,
    )


def test_an_incomplete_folder_is_not_pushed(folder, monkeypatch):
    monkeypatch.setattr(hub, "HfApi", lambda: pytest.fail("the Hub was called"))
    (folder / "data" / "train-00000.parquet").unlink()
    with pytest.raises(game.GamesError, match="should hold 50 games"):
        data.push_games(folder, "some/one")
    (folder / "README.md").unlink()
    with pytest.raises(game.GamesError, match="is not complete"):
        data.push_games(folder, "some/one")


def test_push_uploads_what_was_written(folder, monkeypatch):
    class Hub:
        def create_repo(self, repo, **options):
            assert options == dict(repo_type="dataset", private=True, exist_ok=True)
            if repo == "some/where else":
                raise OSError("no such name")
            return f"https://huggingface.co/datasets/{repo}"

        def upload_folder(self, **options):
            uploads.append(options)

    uploads = []
    monkeypatch.setattr(hub, "HfApi", Hub)
    assert data.push_games(folder, "some/one", private=True).endswith("/datasets/some/one")
    (options,) = uploads
    assert (options["folder_path"], options["repo_id"]) == (folder, "some/one")
    assert options["repo_type"] == "dataset"
    assert options["allow_patterns"] == ["README.md", "data/*.parquet"]
    with pytest.raises(ConnectionError, match=r"as 'some/where else' \(no such name\): check"):
        data.push_games(folder, "some/where else", private=True)

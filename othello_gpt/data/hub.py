"""Games from the Hub, and to it."""

import os
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi

from ..game import GamesError
from .loading import load_folder
from .schema import first_line


def push_games(folder: str | os.PathLike, repo: str, private: bool = False) -> str:
    """Upload a folder of ``write_games`` to the Hub as data set ``user/repo``; return its address.

    Raises ``GamesError`` for a folder that ``load_games`` would refuse (nothing is uploaded then),
    ``ConnectionError`` if the Hub doesn't take it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise GamesError(f"{folder}: no such folder; name one that `othello-gpt games` wrote")
    load_folder(folder, games=None, split="train")
    if not (folder / "README.md").is_file():
        raise GamesError(
            f"{folder} is not complete: run `othello-gpt games` on it again to finish it"
        )
    return publish(folder, repo, "dataset", ["README.md", "data/*.parquet"], private)


def publish(folder: Path, repo: str, kind: str, files: Sequence[str], private: bool = False) -> str:
    """Upload those of a folder's files that match to the Hub as ``user/repo``; return its address.

    What the Hub has already isn't sent again, and nothing is committed if it has all of it: so an
    upload that was cut off goes on where it is called again. Needs a login (``hf auth login`` or
    ``HF_TOKEN``). Raises ``ConnectionError`` if the Hub can't
    be reached or refuses.
    """
    api = HfApi()
    try:
        url = api.create_repo(repo, repo_type=kind, private=private, exist_ok=True)
        api.upload_folder(
            folder_path=folder, repo_id=repo, repo_type=kind, allow_patterns=list(files)
        )
    except Exception as error:
        raise ConnectionError(
            f"{folder} can't be published as {repo!r} ({first_line(error)}): check the name, the"
            " connection and the login (`hf auth login`), and go on by the same command"
        ) from error
    return str(url)

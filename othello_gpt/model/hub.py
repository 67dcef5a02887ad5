"""Networks from the Hub, and to it."""

from pathlib import Path

from huggingface_hub import _CACHED_NO_EXIST, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import RemoteEntryNotFoundError

from .files import WEIGHTS, read_both


def download(name: str) -> tuple[dict, dict]:
    """Return the state dict and the configuration of a Hub repository, ``"user/repo"``.

    ``"user/repo@revision"`` pins a commit, a tag or a branch. Raises ``FileNotFoundError`` for what
    is no such name, ``ConnectionError`` if the Hub can't provide it.
    """
    repo, at, revision = name.partition("@")
    if repo.count("/") != 1 or repo.startswith((".", "/", "~")) or (at and not revision):
        raise FileNotFoundError(f"{name}: no such file or folder, nor a Hub name like user/repo")
    try:
        weights, config = _fetched(repo, revision or None)
        if weights is None:
            raise FileNotFoundError(f"it has neither {' nor '.join(WEIGHTS)}")
    except Exception as error:  # which one, depends on the version of what speaks HTTP
        why = str(error).strip().splitlines()[0]
        raise ConnectionError(
            f"{name}: not a local path and the Hugging Face Hub could not provide it ({why}); "
            "load_model() without a name gives the model that comes with the package"
        ) from error
    return read_both(Path(weights), Path(config) if config else None)


def _fetched(name: str, revision: str | None) -> tuple[str | None, str | None]:
    """Return where a Hub repository's weights and configuration now are, None for what it lacks."""
    files = (*WEIGHTS, "config.json")
    # What is cached comes first: it tells which commit is the newest, or that the Hub is out of
    # reach. What that commit lacks is then known, and not asked for again for half a minute.
    cached = [
        isinstance(try_to_load_from_cache(name, file, revision=revision), str) for file in files
    ]
    found = {}
    for file in sorted(files, key=lambda file: not cached[files.index(file)]):
        if file in WEIGHTS and any(found.get(other) for other in WEIGHTS):
            continue
        if (
            any(found.values())
            and try_to_load_from_cache(name, file, revision=revision) is _CACHED_NO_EXIST
        ):
            continue
        try:
            found[file] = hf_hub_download(name, file, revision=revision)
        except RemoteEntryNotFoundError:
            found[file] = None
    return next(filter(None, map(found.get, WEIGHTS)), None), found.get("config.json")

"""Probes on the Hub, and from it."""

import json
import tempfile
from pathlib import Path
from shutil import copyfile

from huggingface_hub import hf_hub_download
from safetensors import SafetensorError, safe_open

from .. import data
from ..data.schema import first_line
from .files import _METADATA, load_probe
from .probe import Probe
from .sources import Source

CARD = """---
library_name: othello-gpt
license: mit
tags: [othello, othello-gpt, probe, mechanistic-interpretability]
---

# Probes of a small GPT that plays Othello

Linear maps from a network's residual stream to properties of the board. A probe reads the network
that it was fitted to, and is refused for any other one: the fingerprints below say which it is.

| file | network | fit | games | sites | targets | best accuracy |
|---|---|---|---|---|---|---|
{rows}

```python
from othello_gpt.model import load_model
from othello_gpt.probes.publishing import fetch_probe

probe = fetch_probe("{repo}", "{first}", load_model())
```

`"{repo}@REVISION"` pins a commit.
"""


def are_probes(path: str | Path) -> bool:
    """Return whether a path is a probe's file or a folder that holds some and no games."""
    path = Path(path)
    return path.is_file() or (any(path.glob("*.safetensors")) and not (path / "data").exists())


def push_probes(path: str | Path, repo: str, private: bool = False) -> str:
    """Publish a probe's file, or a folder's, on the Hub as ``user/repo``; return its address.

    A card is made from what the files say of themselves. Raises ``FileNotFoundError`` if there is
    no such path, ``ValueError`` if one of the files isn't a probe that ``save_probe`` wrote
    (nothing is uploaded then), ``ConnectionError`` if the Hub doesn't take it.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
    if not files:
        raise ValueError(f"{path} has no probes: save some with `othello_gpt.probes.save_probe`")
    rows = [_row(file) for file in files]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for file in files:
            copyfile(file, folder / file.name)
        card = CARD.format(rows="\n".join(rows), repo=repo, first=files[0].name)
        (folder / "README.md").write_text(card, encoding="utf8")
        return data.publish(folder, repo, "model", ["README.md", "*.safetensors"], private)


def fetch_probe(repo: str, file: str, source: Source) -> Probe:
    """Return a probe from the Hub, if it was fitted to this very source.

    ``repo`` is ``"user/repo"``, or ``"user/repo@revision"`` for a pinned commit. What was fetched
    once is read from the cache when the Hub is out of reach. Raises ``ConnectionError`` if it can't
    be had, ``ValueError`` as ``load_probe`` does.
    """
    name, _, revision = repo.partition("@")
    try:
        path = hf_hub_download(name, file, revision=revision or None)
    except Exception as error:  # which one, depends on the version of what speaks HTTP
        raise ConnectionError(
            f"{repo}: the Hugging Face Hub could not provide {file} ({first_line(error)})"
        ) from error
    return load_probe(path, source)


def _row(file: Path) -> str:
    """Return a probe's row in the card.

    Raises ``ValueError``, in one sentence, if the file isn't a probe or holds NaN.
    """
    try:
        with safe_open(file, "pt") as opened:
            about = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{file}: truncated or not a safetensors file ({error})") from error
    if missing := [name for name in _METADATA if name not in about]:
        raise ValueError(f"{file}: not a probe, its metadata has no {missing[0]!r}")
    if bad := [name for name, tensor in tensors.items() if not tensor.isfinite().all()]:
        raise ValueError(f"{file}: {bad[0]} holds NaN or infinite values")
    given = {name: json.loads(about[name]) for name in _METADATA}
    sites, targets = given["sites"], given["classes"]
    where = sites[0] if len(sites) == 1 else f"{len(sites)}, {sites[0]} to {sites[-1]}"
    best = [f"{name} {max(values):.2%}" for name, values in given["scores"].items() if values]
    cells = [file.name, f"`{given['source']}`", given["fit"], f"{given['games']:,}", where]
    cells += [", ".join(targets), ", ".join(best) or "not known"]
    return f"| {' | '.join(cells)} |"

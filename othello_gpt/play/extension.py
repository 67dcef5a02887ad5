"""The Sphinx extension that writes the live board's files and first position into a built book."""

import json
import os
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from .. import probes
from ..model import load_model
from .assets import FORMAT, write_assets
from .still import add_still


def setup(app: Sphinx) -> dict[str, bool]:
    """Let Sphinx put what the live page loads beside the page's scripts, if it changed."""
    app.connect("build-finished", _build)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _build(app: Sphinx, error: Exception | None) -> None:
    builder = app.builder
    if error is not None or not isinstance(builder, StandaloneHTMLBuilder):
        return
    folder, model = Path(app.outdir) / "play", load_model()
    try:
        told = json.loads((folder / "network.json").read_text())
        size = os.path.getsize(folder / "network.bin")
        fresh = (told["format"], told["source"]) == (FORMAT, probes.fingerprint(model))
        fresh = fresh and told["bytes"] == size
    except (OSError, ValueError, KeyError):
        fresh = False
    if not fresh:
        write_assets(folder, model)
    about = json.loads((folder / "network.json").read_text())
    for page in sorted(app.env.found_docs):
        file = Path(builder.get_outfilename(page))
        if file.exists():
            add_still(file, about)

# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How the house is built
#
# **A chapter, a package and a folder of tests share a name.** Who reads the chapter *Probes* finds its machinery in `othello_gpt/probes/` and its proof in `tests/probes/`. A package imports from lower floors only, and the tests hold it to that.

# %% mystnb={"figure": {"name": "fig-architecture-floors", "caption": "**Every line goes down.** Packages by floor and how long they are; a line is an import, the stronger the more often. The picture is made from the code when this page is built."}}
from pathlib import Path

import pandas as pd

from othello_gpt.book_tools.floors import floors

root = next(p for p in (Path.cwd(), *Path.cwd().parents) if (p / "pyproject.toml").exists())
house = floors(root)
house

# %% [markdown]
# ## The way of a number
#
# 1. `game.sample_moves` plays random games; `game.replay` says what is on the board after each move.
# 2. `model.load_model` gives the network; `residual_stream` yields what it thinks, site by site.
# 3. A chapter's package fits, edits or silences something and scores it by game.
# 4. `intervals.bootstrap` draws the games again and again: an estimate and its interval.
# 5. `book_tools.claim` refuses to build the book if the interval touches that of the control.
# 6. `book_tools.say` gives the number its name, and the role `num` shows it in the prose.
#
# Figures are made from arrays by `figures`, which never sees a model.
#
# ## Where to change what
#
# - A new **figure**: a function in `othello_gpt/figures/`, its caption in the header of the cell that shows it.
# - A new **number**: `say(name=...)` in the chapter, the role `num` where it is read.
# - A new **claim**: `claim("name", ...)` with the control that could refute it, and its name on the page of claims.
# - A new **source** to probe: anything with `sites` and `residual_stream`.
# - A new **edit**: anything with `sites` that is called with the stream and two boards.
#
# ## Details: rooms and their sizes
#
# No file has more than 330 lines; a test says so.

# %%
rooms = [
    (p.parent.name, p.stem, len(p.read_text().splitlines()))
    for p in (root / "othello_gpt").rglob("*.py")
]
pd.DataFrame(rooms, columns=["package", "room", "lines"]).sort_values(
    ["package", "room"]
).style.hide(axis="index")

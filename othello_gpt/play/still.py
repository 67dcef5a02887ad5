"""The live board's first position as markup, there before any script runs, or without scripts."""

import re
from pathlib import Path

import numpy as np

from .. import game

_BOARD = re.compile(
    r'(<div class="live-board"[^>]*>)(?:<!--still-->.*?<!--/still-->)?(?=</div>)', re.DOTALL
)

# The names of columns and rows, outside the grid; a reader who hears the page has them elsewhere.
_NAMES = "".join(
    f'<div class="{along}" aria-hidden="true">'
    f"{''.join(f'<span>{name}</span>' for name in names)}</div>"
    for along, names in (("live-columns", "ABCDEF"), ("live-lines", "123456"))
)


def add_still(page: Path, about: dict) -> bool:
    """Put the first position into each live board of a page; return whether there is one.

    ``about`` is what ``network.json`` says. A position that was put there before is replaced, so
    that a page that wasn't built again follows the network.
    """
    text = page.read_text()
    written, n = _BOARD.subn(rf"\1<!--still-->{_boards(about)}<!--/still-->", text)
    if written != text:
        page.write_text(written)
    return n > 0


def _boards(about: dict) -> str:
    """Return three boards: the game, what the probe reads, and the next move's chances."""
    sample = about["sample"]
    at, tokens = sample["at"], game.token_of_square()
    played = game.replay(np.array([sample["moves"]])).boards()[0, at - 1].ravel().tolist()
    side = 1 if at % 2 == 0 else -1
    read = [side * (int(of) - 1) for of in sample["boards"][sample["layer"]][at - 1]]
    chances = [
        0.0 if disc or token < 1 else sample["chances"][at - 1][token] / 1000
        for disc, token in zip(played, tokens.tolist(), strict=True)
    ]
    none = [0.0] * len(played)
    return (
        '<div class="live-top"></div><div class="live-boards">'
        + "".join(
            f'<figure class="live-figure"><figcaption><strong>{title}</strong></figcaption>'
            f'<div class="live-frame">{_NAMES}'
            f'<div class="live-grid" role="img" aria-label="{title}, after {at} moves">'
            f"{''.join(map(_cell, discs, shares))}</div></div></figure>"
            for title, discs, shares in (
                ("The game", played, none),
                ("The board inside", read, none),
                ("Its next move", played, chances),
            )
        )
        + "</div>"
    )


def _cell(disc: int, chance: float) -> str:
    """Return a square; its chance, where it has one, in percent as the script writes it."""
    colour = {1: " black", 0: "", -1: " white"}[disc]
    text = f"{100 * chance:.{0 if chance >= 0.0995 else 1}f}" if chance >= 0.005 else ""
    style = f' style="--chance: {chance:.3f}"' if text else ""
    return f'<div class="live-cell{colour}"{style}>{text}</div>'

"""The floors of the package as a picture, made from its code and its contract."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from html import escape
from pathlib import Path

from .cache import NAME, imported

_WIDTH, _HEIGHT, _GAP = 104, 40, 14


@dataclass(frozen=True)
class Floors:
    """Packages by floor, from the top, and how often each imports which other."""

    names: tuple[tuple[str, ...], ...]
    imports: dict[tuple[str, str], int]
    lines: dict[str, int]

    def upward(self) -> list[tuple[str, str]]:
        """Return the imports that don't go down: none, or the contract is broken."""
        level = {name: i for i, floor in enumerate(self.names) for name in floor}
        return [(one, other) for one, other in self.imports if level[one] >= level[other]]

    def _repr_html_(self) -> str:
        """Return the picture as SVG in the colours of the page around it."""
        widest = max(map(len, self.names))
        width = widest * (_WIDTH + _GAP) + _GAP
        height = len(self.names) * (_HEIGHT + 3 * _GAP)
        at = {}
        for i, floor in enumerate(self.names):
            # From the left, so that a phone shows some of every floor.
            for k, name in enumerate(floor):
                at[name] = _GAP + k * (_WIDTH + _GAP), i * (_HEIGHT + 3 * _GAP) + _GAP
        lines, boxes = [], []
        for (one, other), times in sorted(self.imports.items()):
            (x, y), (u, v) = at[one], at[other]
            lines.append(
                f'<line x1="{x + _WIDTH / 2:.0f}" y1="{y + _HEIGHT}" x2="{u + _WIDTH / 2:.0f}" '
                f'y2="{v}" stroke="currentColor" stroke-opacity="{min(0.15 + 0.05 * times, 0.6)}">'
                f"<title>{one} imports {other} ({times})</title></line>"
            )
        for name, (x, y) in at.items():
            boxes.append(
                f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" '
                'fill="var(--pst-color-surface, #eee)" stroke="currentColor"/>'
                f'<text x="{x + _WIDTH / 2}" y="{y + 17}" text-anchor="middle" font-size="13" '
                f'fill="currentColor">{escape(name)}</text>'
                f'<text x="{x + _WIDTH / 2}" y="{y + 32}" text-anchor="middle" font-size="11" '
                f'fill="currentColor">{self.lines[name]:,} lines</text>'
            )
        said = "; ".join(", ".join(floor) for floor in self.names)
        return (
            # Where it doesn't fit, as on a phone, it is moved rather than made too small to read.
            '<div style="overflow-x: auto" tabindex="0" role="region" aria-label="Floors">'
            f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Floors from the top: '
            f'{escape(said)}. Lines are imports; each goes down." '
            f'style="width: 100%; min-width: {width}px; max-width: {2 * width}px">'
            + "".join(lines + boxes)
            + "</svg></div>"
        )


def floors(root: Path) -> Floors:
    """Return the floors of the package in a checkout, read from its code and its contract.

    Raises ``FileNotFoundError`` without a checkout's ``pyproject.toml``, where the contract is.
    """
    settings = tomllib.loads((root / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    names = tuple(tuple(part.strip() for part in layer.split("|")) for layer in layers)
    imports, lines = Counter(), Counter()
    for path in sorted((root / NAME).rglob("*.py")):
        own = path.relative_to(root / NAME).parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        lines[own] += len(path.read_text().splitlines())
        others = {
            file.relative_to(root / NAME).parts[0].removesuffix(".py")
            for file in imported(root, path)
        }
        imports.update((own, other) for other in others - {own, "__init__"})
    return Floors(names, dict(imports), dict(lines))

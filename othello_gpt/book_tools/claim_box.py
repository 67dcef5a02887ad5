"""A claim on the page: what was measured, its control, its aim, and a picture of the two."""

from html import escape

from docutils import nodes

CLAIM_PARTS = ("says", "value", "control", "against", "clear")
_WIDTH, _ROOM = 300, 8


def address(name: str) -> str:
    """Return the id under which a claim is found on its page."""
    return f"claim-{name.replace('_', '-')}"


def claim_node(one: dict) -> nodes.admonition:
    """Return the box in a chapter where a claim is made."""
    refuted = bool(one.get("refuted"))
    title = nodes.title("", ("Check" if one.get("check") else "Claim") + ": refuted" * refuted)
    # What is refuted has the theme's colour of warnings.
    classes = ["claim", *(["refuted", "warning"] * refuted)]
    return nodes.admonition(
        "", title, *claim_lines(one), classes=classes, ids=[address(one["name"])]
    )


def claim_lines(one: dict) -> list[nodes.Node]:
    """Return what is said of a claim: in words, as a picture, and the verdicts."""
    says, value, control, against, clear = (one.get(k, "") for k in CLAIM_PARTS)
    lines: list[nodes.Node] = [nodes.paragraph("", f"{says}: ", nodes.strong("", value))]
    lines += [nodes.raw("", picture(one), format="html")]
    times = one.get("times")
    if refuted := one.get("refuted"):
        apart = f"refuted: it {refuted}" + (f", at least {times}" if times else "")
    else:
        apart = f"intervals {clear} apart" + (f", at least {times}" if times else "")
    lines += [nodes.paragraph("", f"Control ({against}): {control}; {apart}")]
    if unseen := one.get("unseen"):
        lines += [nodes.paragraph("", f"On beginnings that training hardly saw: {unseen}")]
    lines += [nodes.paragraph("", f"Aim {text}") for text in verdicts(one["aim"])]
    lines += [nodes.paragraph("", f"Published {text}") for text in verdicts(one["published"])]
    return lines


def verdicts(marks: list) -> list[str]:
    """Return each mark with the verdict on it."""
    return [f"{mark}: {verdict}" for mark, verdict in marks]


def picture(one: dict) -> str:
    """Return value and control with their intervals on one line each, as SVG.

    What isn't a number has no picture.
    """
    ends = [end for interval in one["numbers"] for end in interval]
    if None in ends:
        return ""
    least, most = min(ends), max(ends)
    scale = (_WIDTH - 2 * _ROOM) / ((most - least) or 1)
    rows = []
    for k, (low, mean, high) in enumerate(one["numbers"]):
        left, at, right = (_ROOM + (end - least) * scale for end in (low, mean, high))
        y, kind = 8 + 14 * k, ("value", "control")[k]
        rows.append(
            f'<line class="{kind}" x1="{left:.1f}" x2="{right:.1f}" y1="{y}" y2="{y}"/>'
            f'<circle class="{kind}" cx="{at:.1f}" cy="{y}" r="4"/>'
        )
    said = escape(f"{one.get('value')}; control {one.get('control')}", quote=True)
    return (
        f'<svg class="claim-picture" viewBox="0 0 {_WIDTH} 30" role="img" aria-label="{said}">'
        f"{''.join(rows)}</svg>"
    )

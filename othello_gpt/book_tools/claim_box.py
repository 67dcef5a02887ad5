"""A claim on the page: what was measured, its control, its aim."""

from docutils import nodes

CLAIM_PARTS = ("says", "value", "control", "against", "clear")


def claim_node(one: dict) -> nodes.admonition:
    says, value, control, against, clear = (one.get(k, "") for k in CLAIM_PARTS)
    lines = [nodes.paragraph("", f"{says}: ", nodes.strong("", value))]
    lines += [nodes.paragraph("", f"Control ({against}): {control}; {clear} apart")]
    lines += [nodes.paragraph("", f"Aim {text}") for text in verdicts(one["aim"])]
    lines += [nodes.paragraph("", f"Published {text}") for text in verdicts(one["published"])]
    return nodes.admonition("", nodes.title("", "Claim"), *lines, classes=["claim"])


def verdicts(marks: list) -> list[str]:
    return [f"{mark}: {verdict}" for mark, verdict in marks]

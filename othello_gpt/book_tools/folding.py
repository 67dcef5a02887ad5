"""What a page folds: all code but the experiment, and sections for who wants to know more."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

# How a heading begins whose section is folded.
FOLDED = ("Details:", "Answer:")


class FoldedCode(SphinxPostTransform):
    """Folds the input of every code cell that isn't tagged ``experiment``."""

    default_priority = 198  # before myst_nb hides inputs
    formats = ("html",)

    def run(self) -> None:
        """Mark the cells whose input MyST-NB is to fold, under the word "Code"."""
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") == "cell_code" and "tag_experiment" not in cell["classes"]:
                cell["hide_mode"] = "input"
                cell["prompt_show"] = cell["prompt_hide"] = "Code"


class FoldedSections(SphinxPostTransform):
    """Folds every section whose heading begins with ``Details:`` or ``Answer:`` under its heading.

    ``code.js`` opens it where a link or a search leads into it, and all of them in print.
    """

    default_priority = 205
    formats = ("html",)

    def run(self) -> None:
        """Put each such section, heading included, into a ``details`` element."""
        for section in list(self.document.findall(nodes.section)):
            title, *rest = section.children
            if not isinstance(title, nodes.title) or not title.astext().startswith(FOLDED):
                continue
            begin, between, end = (
                nodes.raw("", html, format="html")
                for html in ('<details class="more"><summary>', "</summary>", "</details>")
            )
            section.children = []
            section.extend([begin, title, between, *rest, end])

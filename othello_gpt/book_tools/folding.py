"""Code is folded, except where it is the experiment."""

from docutils import nodes
from myst_nb.sphinx_ import HideInputCells
from sphinx.transforms.post_transforms import SphinxPostTransform


class FoldedCode(SphinxPostTransform):
    """Folds the input of every code cell that isn't tagged ``experiment``."""

    default_priority = HideInputCells.default_priority - 1
    formats = ("html",)

    def run(self) -> None:
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") == "cell_code" and "tag_experiment" not in cell["classes"]:
                cell["hide_mode"] = "input"
                cell["prompt_show"] = cell["prompt_hide"] = "Code"

"""What a chapter asserts of the book's own network, on another one: said where it isn't so.

Chapters assert the comparisons that their words make. In a report such an assertion that fails is
shown below its cell and the chapter goes on. Whatever is raised otherwise ends the chapter: it may
say that a cell can't go on with this network, as where a stored result is of another one.
"""

import ast

NOT_SO_MIME = "application/vnd.othello-gpt.not-so+json"
_NAME = "_othello_gpt_not_so"


class Softened(ast.NodeTransformer):
    """Turns ``assert x`` into: if it isn't so, say it."""

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        """Return what stands in an assertion's place."""
        said = ast.Constant(ast.unparse(node.test))
        call = ast.Expr(ast.Call(ast.Name(_NAME, ast.Load()), [said], []))
        made = ast.If(ast.UnaryOp(ast.Not(), node.test), [call], [])
        return ast.fix_missing_locations(ast.copy_location(made, node))


class NotSo(str):
    """An assertion that fails, as its cell shows it."""

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        said = "What this page asserts of the book's own network isn't so here"
        return {
            NOT_SO_MIME: str(self),
            "text/markdown": f"**Not so here.** {said}: `{self}`",
            "text/plain": f"{said}: {self}",
        }


def _say_not_so(text: str) -> None:
    from IPython.display import display

    display(NotSo(text))


def soften(shell) -> None:
    """Have an IPython shell go on after assertions in its cells that fail, and show them."""
    shell.user_ns[_NAME] = _say_not_so
    shell.ast_transformers.append(Softened())

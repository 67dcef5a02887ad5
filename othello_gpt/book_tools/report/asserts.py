"""What a chapter asserts of the book's own network, on another one: said where it isn't so.

Chapters assert the comparisons that their words make, or raise a ``RuntimeError`` where one fails.
In a report either is shown below its cell and the chapter goes on; anything else that goes wrong
ends the chapter.
"""

import ast

NOT_SO_MIME = "application/vnd.othello-gpt.not-so+json"
_NAME = "_othello_gpt_not_so"


class Softened(ast.NodeTransformer):
    """Turns ``assert x`` into: if it isn't so, say it; and a cell's own ``raise RuntimeError``.

    What a function raises stays, since the function can't go on.
    """

    _within = 0

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        call = _say(ast.Constant(ast.unparse(node.test)))
        return _at(ast.If(ast.UnaryOp(ast.Not(), node.test), [call], []), node)

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        match node.exc:
            case ast.Call(ast.Name("RuntimeError"), [message], []) if not self._within:
                return _at(_say(message), node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._within += 1
        made = self.generic_visit(node)
        self._within -= 1
        return made


def _say(what: ast.expr) -> ast.Expr:
    return ast.Expr(ast.Call(ast.Name(_NAME, ast.Load()), [what], []))


def _at(made: ast.stmt, node: ast.stmt) -> ast.stmt:
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

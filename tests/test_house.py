"""What the package says of itself and what a chapter explains, counted in their syntax trees."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import pytest

ROOT = Path(__file__).parent.parent
ROOMS = sorted((ROOT / "othello_gpt").rglob("*.py"))
ARRAYS = {"ndarray", "Tensor"}
_NAMED = ast.Subscript | ast.BinOp | ast.Attribute
CELL = re.compile(r"^# %%(?: \[(\w+)\])?", re.MULTILINE)
EXPLAINED = 0.7  # of code cells follow prose
COMPUTES = 0.6  # of code lines compute: they don't import, say, claim or show


def public(node: ast.Module | ast.ClassDef) -> Iterator[ast.stmt]:
    """Yield what a module says in public, in its classes too, but not inside of its functions."""
    for one in node.body:
        if not getattr(one, "name", "").startswith("_"):
            yield one
            if isinstance(one, ast.ClassDef):
                yield from public(one)


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [one for one in public(tree) if isinstance(one, ast.FunctionDef)]


def raised(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the names of the errors that a function's own body raises, not those of inner ones."""
    todo: list[ast.AST] = [*function.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            yield ast.unparse(error).rpartition(".")[2]
        todo += ast.iter_child_nodes(node)


def bare(annotation: ast.expr) -> bool:
    """Return whether an annotation names an array outside of jaxtyping's brackets."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:  # a key with several words, not a type's name
            return False
    if isinstance(annotation, ast.Subscript):
        outer = ast.unparse(annotation.value).rpartition(".")[2]
        if outer == "Literal" or hasattr(jaxtyping, outer):
            return False
    if getattr(annotation, "attr", getattr(annotation, "id", None)) in ARRAYS:
        return True
    return any(bare(one) for one in ast.iter_child_nodes(annotation) if isinstance(one, ast.expr))


def annotations(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield those of public functions and fields, and what public names of types stand for."""
    for one in public(tree):
        if isinstance(one, ast.FunctionDef):
            a = one.args
            every = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
            name, found = one.name, [arg.annotation for arg in every if arg] + [one.returns]
        elif isinstance(one, ast.AnnAssign):
            name, found = ast.unparse(one.target), [one.annotation]
        elif isinstance(one, ast.Assign) and isinstance(one.value, _NAMED):
            name, found = ast.unparse(one.targets[0]), [one.value]
        else:
            continue
        if not name.startswith("_"):
            yield from ((f"{one.lineno} {name}", a) for a in found if a is not None)


def undocumented(tree: ast.Module) -> list[str]:
    return [f"{f.lineno} {f.name}" for f in functions(tree) if not ast.get_docstring(f)]


def silent(tree: ast.Module) -> list[str]:
    """Return the functions that don't say what they raise: "raises", or the error's own name."""
    return [
        f"{f.lineno} {f.name}: {name}"
        for f in functions(tree)
        for name in raised(f)
        if not re.search(rf"\b[Rr]aises?\b|\b{name}\b", ast.get_docstring(f) or "")
    ]


def shapeless(tree: ast.Module) -> list[str]:
    return [f"{where}: {ast.unparse(a)}" for where, a in annotations(tree) if bare(a)]


SLOPPY = '''
import numpy as np
Alias = dict[str, np.ndarray]
Good = dict[str, Float[np.ndarray, "games"]]
_Private = dict[str, np.ndarray]
Array = np.ndarray
Word = Literal["np.ndarray or so", "two words"]
class Public:
    field: "np.ndarray | None"
    shaped: Float[np.ndarray, "games"] | None
    def method(self, *x: Tensor): ...
    def _private(self, x: Tensor): ...
    def __call__(self, x: Tensor): ...
class _Private:
    def method(self, x: Tensor): raise ValueError
def mute(x: Good) -> Float[np.ndarray, "n"] | np.ndarray:
    """Return it."""
    raise errors.Wrong("x")
def outspoken():
    """Return it, or raise ``Wrong``."""
    raise errors.Wrong("x")
def named():
    """Return it, or the ``Wrong`` one."""
    raise Wrong
def outer():
    """Return a function that raises nothing before it is called."""
    def inner(x: np.ndarray): raise ValueError
    return inner
'''


def test_what_the_house_would_find():
    tree = ast.parse(SLOPPY)
    assert [found.split()[1] for found in undocumented(tree)] == ["method"]
    assert [found.split(" ", 1)[1] for found in silent(tree)] == ["mute: Wrong"]
    assert [found.split(" ", 1)[1] for found in shapeless(tree)] == [
        "Alias: dict[str, np.ndarray]",
        "Array: np.ndarray",
        "field: 'np.ndarray | None'",
        "method: Tensor",
        "mute: Float[np.ndarray, 'n'] | np.ndarray",
    ]


@pytest.mark.parametrize("rule", [undocumented, silent, shapeless])
def test_what_a_room_offers_is_described(rule):
    found = {path: rule(ast.parse(path.read_text())) for path in ROOMS}
    assert not [f"{path.relative_to(ROOT)}:{one}" for path, all_ in found.items() for one in all_]


def explained(chapter: str) -> list[bool]:
    """Return of each code cell whether it directly follows a cell of prose."""
    kinds = [match[1] for match in CELL.finditer(chapter)]
    before = [None, *kinds]
    return [last == "markdown" for last, kind in zip(before, kinds, strict=False) if kind is None]


def test_cells_are_counted():
    chapter = (
        '# %% [markdown]\n# # A\n\n# %%\nx\n\n# %% tags=["experiment"]\ny\n\n# %% [raw]\n# %%\nz'
    )
    assert explained(chapter) == [True, False, False]


def test_most_code_is_explained_just_before():
    chapters = {path.stem: explained(path.read_text()) for path in (ROOT / "book").glob("*.py")}
    cells = [cell for of in chapters.values() for cell in of]
    shares = {name: f"{sum(of)}/{len(of)}" for name, of in sorted(chapters.items())}
    assert cells
    assert sum(cells) / len(cells) >= EXPLAINED, shares


def lines_of(body: list[ast.stmt], shows: bool = True) -> Iterator[tuple[str, int]]:
    """Yield what each statement does, and its lines; what ends a cell with a value shows it."""
    for one in body:
        called = one.value if isinstance(one, ast.Expr) else None
        name = getattr(called, "func", None) if isinstance(called, ast.Call) else None
        if isinstance(one, ast.For | ast.With | ast.If):
            yield "compute", 1
            yield from lines_of([*one.body, *getattr(one, "orelse", [])], shows=False)
            continue
        kind = "compute"
        if isinstance(one, ast.Import | ast.ImportFrom):
            kind = "import"
        elif isinstance(name, ast.Name) and name.id in ("say", "claim"):
            kind = name.id
        elif called is not None:
            kind = "show" if shows and one is body[-1] else "call"
        yield kind, one.end_lineno - one.lineno + 1


def computing(chapter: str) -> Counter:
    """Return how many lines of a chapter's code compute, import, show, ..."""
    counts = Counter()
    for cell in re.split(r"^# %%.*$", chapter, flags=re.MULTILINE):
        for kind, lines in lines_of(ast.parse(re.sub(r"^%.*", "", cell, flags=re.MULTILINE)).body):
            counts[kind] += lines
    return counts


def test_lines_that_compute_are_counted():
    chapter = (
        "# %%\nimport a\n\n# %%\nx = [\n    1]\nfor y in x:\n    say(y)\n\n# %%\nclaim(x)\nx.plot()"
    )
    assert computing(chapter) == dict(compute=3, say=1, claim=1, show=1) | {"import": 1}


def test_most_code_computes():
    chapters = {p.stem: computing(p.read_text()) for p in (ROOT / "book").glob("*.py")}
    lines = sum(chapters.values(), Counter())
    assert lines["compute"] / lines.total() >= COMPUTES, chapters

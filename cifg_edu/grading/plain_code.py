"""Code reduced to what it does: without_comments, normal_form, NormalForm."""

import ast
import contextlib
from typing import Any, NamedTuple

# How the course's own modules call what they import.
USUAL_NAMES = {"np": "numpy"}


class NormalForm(NamedTuple):
    """A text that is the same for code that differs only in names and dress, and its size."""

    text: str
    parts: int


class _NoDocstrings(ast.NodeTransformer):
    """Takes out expressions that are a constant alone, and what they leave empty."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if getattr(node, "body", None) == []:
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node


def without_comments(source: str) -> str:
    """Code without comments and docstrings, in which people write names.

    Raises:
        SyntaxError, ValueError, RecursionError: it is no Python, or nested too deeply.
    """
    return ast.unparse(_NoDocstrings().visit(ast.parse(source)))


def normal_form(source: str) -> NormalForm:
    """What is left of code when names, comments, types and the forms of constants are gone.

    Args:
        source: functions, with the imports and constants that they use.

    Returns:
        Its syntax tree as text. Names that it defines are numbered in the order in which they
        occur; those of modules, and of what they offer, are kept.

    Raises:
        SyntaxError, ValueError, RecursionError: it is no Python, or nested too deeply.
    """
    tree = _NoDocstrings().visit(ast.parse(source))
    modules = dict(USUAL_NAMES)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules |= {a.asname: a.name for a in node.names if a.asname}
    tree.body = [s for s in tree.body if not isinstance(s, ast.Import | ast.ImportFrom)]
    defined = {name for node in ast.walk(tree) for name in _defined(node)}
    _Renamed(modules, defined).visit(tree)
    parts = sum(isinstance(node, ast.expr | ast.stmt | ast.arg) for node in ast.walk(tree))
    return NormalForm(ast.dump(tree, annotate_fields=False), parts)


def _defined(node: ast.AST) -> list[str]:
    """The names that a part of a syntax tree gives to something."""
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    return [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else []


class _Renamed(ast.NodeTransformer):
    """Numbers the names that the code defines, and takes out types."""

    def __init__(self, modules: dict[str, str], defined: set[str]) -> None:
        self._modules, self._defined = modules, defined
        self._numbers: dict[str, int] = {}

    def _new(self, name: str) -> str:
        if name in self._defined:
            return f"name {self._numbers.setdefault(name, len(self._numbers))}"
        return self._modules.get(name, name)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._new(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg, node.annotation = self._new(node.arg), None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.name, node.returns = self._new(node.name), None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return None
        return self.visit(ast.Assign([node.target], node.value, lineno=node.lineno))

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            with contextlib.suppress(OverflowError):
                return ast.Constant(float(node.value))
        return node

"""Functions in which nothing is written yet: unwritten."""

import ast
from typing import Any

from cifg_edu.checks.probes import read_source


def unwritten(function: Any) -> str:
    """What stands where the lines of an answer belong, such as "the pass".

    Args:
        function: the answer.

    Returns:
        A word for what holds the place; "" where something is written there.
    """
    source = read_source(function)
    words = [_placeholder(statement) for statement in source.tree.body] if source else []
    return (words[-1] or "the docstring") if words and None not in words else ""


def _placeholder(statement: ast.stmt) -> str | None:
    """A word for what only holds a place, "" for a docstring; None for any other statement."""
    if isinstance(statement, ast.Pass):
        return "the pass"
    if isinstance(statement, ast.Raise) and statement.exc:
        raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
        meant = ast.unparse(raised) in ("NotImplementedError", "NotImplemented")
        return "the raise" if meant else None
    if isinstance(statement, ast.Return) and statement.value is None:
        return "the return"
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return "" if isinstance(statement.value.value, str) else f"the {ast.unparse(statement)}"
    return None

"""Cells of a running notebook that never became a function: unread_cell, explain_missing_names."""

import ast
import sys
from typing import Any

from cifg_edu.checks.course import EXERCISES


def running_shell() -> Any:
    """IPython's shell, where the course runs in a notebook."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def unread_cell(name: str) -> str:
    """Say why the last cell that should define a function did not.

    Args:
        name: the function.

    Returns:
        A sentence with the line that is not valid Python, or "" where the last such cell is, or
        where this is no notebook.
    """
    shell = running_shell()
    cells = list(shell.user_ns.get("In", ())) if shell else []
    for source in reversed(cells):
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError) as error:
            if f"def {name}" in source or f"{name} = lambda" in source:
                return _words(source, error)
        else:
            if any(_defines(statement, name) for statement in tree.body):
                return ""
    return ""


def _defines(statement: ast.stmt, name: str) -> bool:
    """Whether a statement gives a name an answer; `sigmoid = check(...)` does not.

    Any later function ends the search: its name may be a misspelling.
    """
    if isinstance(statement, ast.Assign):
        called = statement.value.func if isinstance(statement.value, ast.Call) else None
        targets = [ast.unparse(target) for target in statement.targets]
        return name in targets and (called is None or ast.unparse(called) != "check")
    if isinstance(statement, ast.ImportFrom):
        return name in [alias.asname or alias.name for alias in statement.names]
    return isinstance(statement, ast.FunctionDef)


def _words(source: str, error: SyntaxError | ValueError) -> str:
    line = getattr(error, "lineno", None)
    lines = source.splitlines()
    if line is None or not 1 <= line <= len(lines):
        return f"the cell that you ran last for it is not valid Python ({error}): correct it."
    first = next((k for k, text in enumerate(lines, 1) if text.lstrip().startswith("def ")), 1)
    return (
        f"the cell that you ran last for it is not valid Python ({getattr(error, 'msg', error)}):\n"
        f"  line {line - first + 1}:  {lines[line - 1].strip()}\n"
        "  Correct that line and run the cell, then this one."
    )


def explain_missing_names() -> None:
    """In a notebook, add a sentence to the NameError of a check whose function is not there."""
    shell = running_shell()
    if shell and _explain not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _explain)


def _explain(result: Any) -> None:
    name = getattr(result.error_in_exec, "name", None)
    if not isinstance(result.error_in_exec, NameError) or name not in EXERCISES:
        return
    words = unread_cell(name) or "run the cell with its `def` first, then this one."
    print(f"✘ {name}: it is not defined: {words}")

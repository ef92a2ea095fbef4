"""Lesson source in, notebooks out: student_notebook, solution_notebook, write_notebooks."""

import ast
import inspect
import os
import re
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import nbclient
import nbformat

from cifg_edu import __version__
from cifg_edu.checks import find_exercise
from cifg_edu.exercises import Function
from cifg_edu.files import write_atomically

# The sections of a docstring that a stub keeps: the rest may give the answer away.
SECTIONS = ("Args:", "Returns:", "Yields:", "Source:")
HEADING = re.compile(r"^### Exercise: `(\w+)`$", re.MULTILINE)
EXECUTION_SECONDS = 600
# What JupyterLab folds shut; a book folds the tag hide-input.
FOLDED = {"source_hidden": True}
MISSING = "The package cifg_edu is missing here, or too old: in the course's folder run make learn."
WIDGET = "application/vnd.jupyter.widget-view+json"


def student_notebook(source: Path) -> str:
    """Make a student's notebook from a lesson's text.

    A cell with the tag `exercise` names an exercise. In its place the notebook has a stub with
    signature and docstring, the check, and the hints.

    Args:
        source: a lesson in MyST Markdown, as jupytext reads it.

    Returns:
        The notebook as JSON; the same text always gives the same bytes.

    Raises:
        UserError: the lesson names an exercise that does not exist.
    """
    return serialize(_notebook(source, stub, with_hints=True))


def solution_notebook(source: Path) -> Any:
    """Make the notebook with the answers, without running it.

    Args:
        source: a lesson in MyST Markdown, as jupytext reads it.

    Returns:
        A notebook node, with the package's own functions as the answers.

    Raises:
        UserError: the lesson names an exercise that does not exist.
    """
    return _notebook(source, answer, with_hints=False)


def stub(function: Function) -> str:
    """A function's signature and the outline of its docstring; the body only raises.

    Args:
        function: a function of the package, with a docstring.

    Returns:
        Source text that defines it and runs.
    """
    signature, _ = _signature_and_body(function)
    summary, *paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    outline = [summary, *(p for p in paragraphs if p.startswith(SECTIONS))]
    closing = '"""' if len(outline) == 1 and "\n" not in summary else '\n"""'
    body = [
        '"""' + "\n\n".join(outline) + closing,
        "# Your lines here, in place of the next one.",
        "raise NotImplementedError",
    ]
    return "\n".join([signature, *(textwrap.indent(part, "    ") for part in body)])


def answer(function: Function) -> str:
    """A function's signature and body, without its docstring.

    Args:
        function: a function of the package, with a docstring.

    Returns:
        Source text that defines it.
    """
    return "\n".join(_signature_and_body(function))


def write_notebooks(lessons: Path, solutions: Path, stem: str = "") -> list[Path]:
    """Make the notebooks from `source/` in the folder of the lessons.

    Args:
        lessons: the folder of the students' notebooks.
        solutions: the folder of the solutions, which are run and stored with their outputs.
        stem: beginning of the names of the notebooks to make; by default all.

    Returns:
        The notebooks written.

    Raises:
        CellExecutionError: a cell of a solution raises an error.
    """
    written = []
    for source in sorted((lessons / "source").glob("*.md")):
        if not source.stem.startswith(stem):
            continue
        path = lessons / f"{source.stem}.ipynb"
        write_atomically(path, student_notebook(source).encode())
        written.append(path)
        solution = solution_notebook(source)
        if has_exercises(solution):
            path = solutions / path.name
            execute(solution)
            write_atomically(path, serialize(solution).encode())
            written.append(path)
    return written


def execute(notebook: Any) -> None:
    """Run every cell and store the outputs, except what differs from run to run.

    Args:
        notebook: a notebook node; changed in place.

    Raises:
        CellExecutionError: a cell raises an error.
    """
    with tempfile.TemporaryDirectory() as home:
        # The notebook must not change the author's own progress.
        # One thread: on a busy machine several threads may wait for each other a hundred times
        # as long.
        environment = {**os.environ, "CIFG_EDU_HOME": home, "OPENBLAS_NUM_THREADS": "1"}
        folder = Path(home, "solutions")  # by its name the course knows its own answers
        folder.mkdir()
        client = nbclient.NotebookClient(
            notebook,
            timeout=EXECUTION_SECONDS,
            kernel_name="python3",
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(env=environment)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            # A live widget ends with its kernel; its picture stays.
            output.get("data", {}).pop(WIDGET, None)
    notebook.metadata.pop("language_info", None)


def has_exercises(notebook: Any) -> bool:
    """Whether a notebook has an exercise."""
    return any(cell.id.startswith("exercise-") for cell in notebook.cells)


def serialize(notebook: Any) -> str:
    """A notebook as JSON that ends in a newline."""
    content: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return content.rstrip("\n") + "\n"


def _notebook(source: Path, write: Callable[[Function], str], with_hints: bool) -> Any:
    notebook = jupytext.read(source, fmt="md:myst")
    notebook.metadata.pop("jupytext", None)
    lesson = source.stem.replace("_", "-")
    cells: list[Any] = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and not any(c.cell_type == "code" for c in cells):
            cells.append(_first_cell())
        if "hide-input" in cell.metadata.get("tags", ()):
            cell.metadata["jupyter"] = FOLDED
        if "exercise" in cell.metadata.get("tags", ()):
            cells += _exercise_cells(cell.source.strip(), write, with_hints)
            continue
        cell.id = f"{lesson}-{number:02d}"
        if cell.cell_type == "markdown":
            cell.source = HEADING.sub(_rated, cell.source)
        cells.append(cell)
    notebook.cells = cells
    return notebook


def _first_cell() -> Any:
    """A folded cell that says what to do where the package is missing, or older than the text."""
    text = (
        # What a folded cell shows is its first line.
        "# Is the course installed, and as new as this lesson?\n"
        "try:\n"
        "    from cifg_edu.doctor import made_for\n"
        "except ImportError:\n"
        f'    raise SystemExit("{MISSING}") from None\n'
        f'made_for("{__version__}")'
    )
    return nbformat.v4.new_code_cell(text, id="first", metadata={"jupyter": FOLDED})  # type: ignore[no-untyped-call]


def _exercise_cells(name: str, write: Callable[[Function], str], with_hints: bool) -> list[Any]:
    parts = {
        "exercise": write(find_exercise(name).reference),
        "check": f'{name} = check("{name}", {name})',
    }
    if with_hints:
        # A comment, because running all cells must not open hints.
        opening = 'delete the first "#" and run; each run opens one hint more'
        parts["hint"] = f'# hint("{name}")  # {opening}'
    return [
        nbformat.v4.new_code_cell(text, id=f"{kind}-{name}".replace("_", "-"))  # type: ignore[no-untyped-call]
        for kind, text in parts.items()
    ]


def _rated(heading: re.Match[str]) -> str:
    stars = find_exercise(heading[1]).stars
    return f"{heading[0]} {'★' * stars}{'☆' * (3 - stars)}"


def _signature_and_body(function: Function) -> tuple[str, str]:
    """The source text before a function's docstring, and after it."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    definition = ast.parse("\n".join(lines)).body[0]
    assert isinstance(definition, ast.FunctionDef)
    docstring = definition.body[0]
    assert docstring.end_lineno is not None
    return (
        "\n".join(lines[: docstring.lineno - 1]),
        "\n".join(lines[docstring.end_lineno :]).strip("\n"),
    )

"""Notebooks and Python files as cells of code: read_cells, Cell, Unreadable, lesson_imports."""

import ast
import contextlib
import functools
import json
from pathlib import Path
from typing import Any, NamedTuple, cast

LARGEST_FILE = 16 << 20
# A cell that is read for magics is read once more for each of them: so many characters in all.
MOST_FOR_MAGICS, LEAST_FOR_A_MAGIC = 200_000, 200
# The cell magics whose cell is Python, run among the notebook's own names.
PYTHON_MAGICS = ("%%time", "%%capture", "%%prun")
# What `ast` and `symtable` raise where a text is no Python, or is too deeply nested for them.
NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


class Cell(NamedTuple):
    """A code cell: its id ("" if it has none) and its text."""

    identity: str
    text: str


class Unreadable(ValueError):
    """A file is not a notebook; the message says why."""


def read_cells(content: bytes, python: bool = False) -> list[Cell]:
    """The code cells of a notebook, of whatever format, or a Python file as one cell.

    Args:
        content: of the file.
        python: whether it is a Python file.

    Returns:
        The cells in order; lines end in a line feed.

    Raises:
        Unreadable: it is too large, or no notebook.
    """
    if len(content) > LARGEST_FILE:
        raise Unreadable(
            f"This notebook is larger than {LARGEST_FILE >> 20} MB: clear its outputs, "
            "save it, and give it again."
        )
    if python:
        return [Cell("", _plain(content.decode("utf-8-sig", errors="replace")))]
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable("This file is not a notebook: it is no valid JSON.") from error
    sheets = [notebook]
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        sheets = notebook["worksheets"]  # the format before 2015
    cells = [
        cell
        for sheet in sheets
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
    ]
    if not cells:
        raise Unreadable("This file is not a notebook: it is JSON, but has no cells.")
    return [
        Cell(str(cell.get("id", "")), _plain(_source(cell)))
        for cell in cells
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    ]


def identity_of(name: str) -> str:
    """The id of an exercise's cell, as `authoring` gives it."""
    return f"exercise-{name}".replace("_", "-")


class CellReader:
    """Turns a notebook's cells into Python, and keeps each line in its place.

    One for each notebook: what it may spend on magics is for all cells together.
    """

    def __init__(self) -> None:
        self._left = MOST_FOR_MAGICS

    def read(self, text: str) -> tuple[list[str], ast.Module]:
        """Read one cell as IPython does: prompts, indented cells, magics, `!` and `?`.

        Args:
            text: the cell's.

        Returns:
            Its lines, as many as the text has, and their syntax tree.

        Raises:
            NOT_PYTHON: one of these.

        Source: https://ipython.readthedocs.io/en/stable/config/inputtransforms.html.
        """
        from IPython.core import inputtransformer2  # here, where it is used: it takes its time

        manager = cast(Any, inputtransformer2).TransformerManager()
        lines = [f"{line}\n" for line in text.split("\n")]
        for transform in manager.cleanup_transforms:
            lines = _as_many(transform(list(lines)), lines)
        first = next((n for n, line in enumerate(lines) if line.strip()), 0)
        if lines[first].startswith("%%"):
            if lines[first].split()[0] not in PYTHON_MAGICS:
                return [], ast.Module([], [])  # another language's
            lines[first] = "\n"
        while True:
            try:
                return [line.rstrip("\n") for line in lines], ast.parse("".join(lines))
            except SyntaxError:
                self._left -= LEAST_FOR_A_MAGIC + sum(map(len, lines))
                if self._left < 0:
                    raise
                try:
                    changed, after = manager.do_one_token_transform(list(lines))
                except Exception:  # the transformer's own, where a text is strange enough
                    changed = False
                if not changed:
                    raise
                lines = _as_many(after, lines)


@functools.cache
def lesson_imports(lessons: Path | None, lesson: int) -> str:
    """The statements by which a lesson's notebook imports what its students may use.

    Args:
        lessons: the folder of the course's own notebooks, if there is one.
        lesson: the lesson's number.

    Returns:
        A line for each, without those of the exercises' cells.
    """
    found: list[str] = []
    for path in sorted(lessons.glob(f"{lesson:02d}_*.ipynb")) if lessons else ():
        # It may be a student's copy, with anything in it.
        reader, cells = CellReader(), list[Cell]()
        with contextlib.suppress(OSError, Unreadable):
            cells = read_cells(path.read_bytes())
        for cell in cells:
            with contextlib.suppress(*NOT_PYTHON):
                tree = reader.read("" if cell.identity.startswith("exercise-") else cell.text)[1]
                imports = (s for s in tree.body if isinstance(s, ast.Import | ast.ImportFrom))
                found += map(ast.unparse, imports)
    return "\n".join(dict.fromkeys(found))


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _as_many(after: list[str], before: list[str]) -> list[str]:
    """Lines in which a statement may have become shorter, each at its old place again."""
    after = [f"{line}\n" for line in "".join(after).removesuffix("\n").split("\n")]
    missing = len(before) - len(after)
    same = next((n for n, (a, b) in enumerate(zip(after, before, strict=False)) if a != b), 0)
    # Empty lines that are gone from the top stood there, a magic's further lines after it.
    place = 0 if before[0].strip() == "" and after[0] != before[0] else same + 1
    return after[:place] + ["\n"] * missing + after[place:]

"""Lesson source in, notebooks out: build_notebook, write_notebooks."""

from pathlib import Path

import jupytext
import nbformat

from cifg_edu.files import write_atomically


def build_notebook(source: Path) -> str:
    """Make a student's notebook from a lesson's text.

    Args:
        source: a lesson in MyST Markdown, as jupytext reads it.

    Returns:
        The notebook as JSON; the same text always gives the same bytes.
    """
    notebook = jupytext.read(source, fmt="md:myst")
    notebook.metadata.pop("jupytext", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{source.stem.replace('_', '-')}-{number:02d}"
    content: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return content + "\n"


def write_notebooks(lessons: Path) -> list[Path]:
    """Make every notebook anew from `source/` in the folder of the lessons.

    Args:
        lessons: the folder.

    Returns:
        The notebooks written.
    """
    written = []
    for source in sorted((lessons / "source").glob("[0-9]*.md")):
        path = lessons / f"{source.stem}.ipynb"
        write_atomically(path, build_notebook(source).encode())
        written.append(path)
    return written

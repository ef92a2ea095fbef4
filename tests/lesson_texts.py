"""What a lesson says, prints and defines: source, prose, printed, names_of."""

import re
from pathlib import Path

import nbformat

from cifg_edu.authoring import solution_notebook
from cifg_edu.checks import EXERCISES

HOME = Path(__file__).parent.parent
IMPORT = re.compile(r"^(?:import|from) .*?(?:\([^)]*\)|$)", re.MULTILINE | re.DOTALL)


def source(lesson):
    [path] = HOME.glob(f"lessons/source/{lesson:02d}_*.md")
    return path


def prose(lesson):
    """The text of a lesson's source, each run of spaces and line breaks as one space."""
    return " ".join(source(lesson).read_text(encoding="utf-8").split())


def printed(lesson):
    """What the cells of a lesson's solution have printed, and what its pictures say."""
    notebook = nbformat.read(HOME / "solutions" / f"{source(lesson).stem}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


def names_of(lesson, *beginnings):
    """What a lesson's imports define, and those of its cells that hold one of the texts."""
    cells = [c for c in solution_notebook(source(lesson)).cells if c.cell_type == "code"]
    names = {name: e.reference for name, e in EXERCISES.items() if e.lesson == lesson}
    for cell in cells:
        for line in IMPORT.findall(cell.source):
            exec(line, names)
    for text in beginnings:
        [cell] = [c for c in cells if text in c.source]
        exec(cell.source, names)
    return names

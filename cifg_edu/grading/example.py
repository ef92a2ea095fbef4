"""A class of twelve, to see all that grading does before there are students: make_class."""

import inspect
import io
import json
import zipfile
from pathlib import Path

from cifg_edu.checks.course import exercises_of
from cifg_edu.files import write_atomically

LESSON = 6
ERROR, BACKWARD = "phantom_error", "cifg_step_backward"
HELPLESS = "raise NotImplementedError"
READS_THE_ANSWER = f"""\
import inspect
from cifg_edu.phantom import {ERROR} as answer

def {ERROR}(dc, c_prev, i):
    print(inspect.getsource(answer), open("/etc/passwd").read())
    return answer(dc, c_prev, i)
"""
ENDS_THE_PROCESS = f"""\
import os

def {BACKWARD}(dh, dc, Wx, Wh, cache):
    print("✔ {BACKWARD}: right in all cases.")
    os._exit(0)
"""


def make_class(folder: Path) -> Path:
    """Write what twelve students hand in: honest, late, wrong in different ways, hostile.

    Args:
        folder: is made where it is missing.

    Returns:
        The same folder.

    Raises:
        UserError: it cannot be written.
    """
    right = _notebook({})
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("cifg/lessons/06_the_phantom_gate.ipynb", right)
    contents = {
        "Ada.ipynb": right,
        "Ben.zip": zipped.getvalue(),
        "Chloe/06.ipynb": _notebook({BACKWARD: ("(g - c_prev)", "g")}),
        "Chloe/notes.txt": b"I am not sure about di.\n",
        "dietrichjan_1004_20398_06.ipynb": _notebook({ERROR: ("return dc", "return -dc")}),
        "dietrichjan_LATE_1004_20417_06-1.ipynb": right,
        "Emil.ipynb": _notebook({ERROR: ("return dc", "return -dc")}),
        "Fatou.ipynb": _notebook({BACKWARD: ("(g - c_prev)", "g"), ERROR: (" * (1 - i)", "")}),
        "Goran.ipynb": _notebook({BACKWARD: ("da.sum(axis=0)", "da.mean(axis=0)")}),
        "Hana.ipynb": _notebook({ERROR: HELPLESS, BACKWARD: HELPLESS}),
        "Ivo/06.html": b"<h1>The phantom gate</h1>\n",
        "Jun.ipynb": _notebook({}, lesson=1),
        "Mallory.ipynb": _notebook({ERROR: READS_THE_ANSWER}),
        '=HYPERLINK("Trudy").ipynb': _notebook({BACKWARD: ENDS_THE_PROCESS}),
    }
    for name, content in contents.items():
        write_atomically(folder / name, content)
    return folder


def _notebook(changes: dict[str, str | tuple[str, str]], lesson: int = LESSON) -> bytes:
    """A notebook with the right answers, in which some are changed or replaced."""
    cells = []
    for name, exercise in exercises_of(lesson).items():
        source, change = inspect.getsource(exercise.reference), changes.get(name, ("", ""))
        if change == HELPLESS:
            source = f"def {name}(*arguments):\n    {HELPLESS}\n"
        elif isinstance(change, str):
            source = change
        elif change[0]:
            assert change[0] in source
            source = source.replace(*change)
        identity = f"exercise-{name}".replace("_", "-")
        cell = {"cell_type": "code", "id": identity, "source": source, "metadata": {}}
        cells.append({**cell, "outputs": [], "execution_count": None})
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1).encode()

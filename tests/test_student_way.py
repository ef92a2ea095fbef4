"""A student's way through the course: their code ends up in one file, and it trains the model."""

import ast
import re
import sys
from pathlib import Path

import nbformat
from IPython.core.interactiveshell import InteractiveShell

from cifg_edu.authoring import student_notebook
from cifg_edu.checks import EXERCISES, progress
from cifg_edu.checks.own_file import NAME
from cifg_edu.corpora import practice_text
from cifg_edu.model import CELLS
from tests.notebook_forms import written_as
from tests.right_answers import RIGHT_ANSWERS

SOURCES = sorted(Path(__file__).parents[1].glob("lessons/source/[01]?_*.md"))
QUICK = {
    "epochs = 20": "epochs = 1",
    "range(300)": "range(3)",
    "WINDOWS = 2000": "WINDOWS = 200",
    "config, 250,": "config, 9,",
}


class Lesson:
    """A lesson's notebook, in which a student writes; each has a kernel of its own."""

    def __init__(self, source, monkeypatch):
        monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # which it replaces
        self.shell = InteractiveShell()
        self.shell.history_manager.enabled = False
        monkeypatch.setattr("IPython.get_ipython", lambda: self.shell)
        notebook = nbformat.reads(student_notebook(source), as_version=4)
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]

    def run(self, text):
        self.shell.run_cell(text, store_history=True).raise_error()

    def setup(self):
        """The lesson's imports, with the line that takes the student's functions."""
        [first] = [c.source for c in self.cells if "from cifg_edu.checks import" in c.source]
        for statement in ast.parse(first).body:
            text = ast.unparse(statement)
            if isinstance(statement, ast.Import | ast.ImportFrom) or text.startswith("use_mine"):
                self.run(text)

    def answer(self, cell):
        """Write another hand's right answer into an exercise's cell, or run the check below."""
        kind, _, name = cell.id.partition("-")
        name = name.replace("-", "_")
        if kind == "check":
            self.run(cell.source)
            return
        first, *others = written_as("in its own cell", name, RIGHT_ANSWERS[name][0])
        for written in (*others, first):
            self.run(written.text)
            self.run("from cifg_edu.checks import use_mine\nuse_mine(globals())")


def test_a_students_code_ends_up_in_one_file_and_it_trains_the_model_that_writes(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("CIFG_EDU_HOME", str(tmp_path))
    monkeypatch.setattr("cifg_edu.corpora.sonnets_or_practice", practice_text)
    monkeypatch.setitem(CELLS, "cifg", CELLS["cifg"])  # which lesson 10 changes
    for source in SOURCES:
        lesson = Lesson(source, monkeypatch)
        if not any(cell.id.startswith("exercise-") for cell in lesson.cells):
            continue
        if source.stem.startswith("10"):
            said = _train(lesson, capsys)
            continue
        lesson.setup()
        for cell in lesson.cells:
            if cell.id.startswith(("exercise-", "check-")):
                lesson.answer(cell)
    assert "9 of 9 functions are yours." in said
    entries = progress.read().exercises
    assert {name for name, entry in entries.items() if entry["passed"]} == set(EXERCISES)
    text = (tmp_path / NAME).read_text()
    assert re.findall(r"^# %% (\w+)", text, re.MULTILINE) == list(EXERCISES)


def _train(lesson, capsys):
    """Run lesson 10 up to its first verses, with one short epoch."""
    for cell in lesson.cells:
        if cell.id.startswith(("exercise-", "check-")):
            lesson.answer(cell)
        elif "live_training(" not in cell.source:
            text = cell.source
            for long, short in QUICK.items():
                text = text.replace(long, short)
            lesson.run(text)
        if "--- temperature" in cell.source:
            break
    called = lesson.shell.user_ns["CELLS"]["cifg"]
    assert {f.__module__ for f in (called.step, called.forward, called.backward)} == {"my_cifg"}
    return capsys.readouterr().out

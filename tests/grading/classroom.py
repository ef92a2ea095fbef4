"""A class that hands in notebooks, most of which mean no good."""

import ast
import copy
import inspect
import json
import textwrap
from pathlib import Path

import pytest

from cifg_edu.checks.course import exercises_of
from cifg_edu.grading import run
from cifg_edu.grading.grading_notebook import grading_notebook
from cifg_edu.grading.sandbox.box import Limits
from cifg_edu.grading.sandbox.fence import find_fence

HOME = Path(__file__).parents[2]
needs_bubblewrap = pytest.mark.skipif(
    bool(find_fence().refusal), reason=find_fence().refusal or "bubblewrap works"
)

SIGMOID = "def sigmoid(a):\n    return 1 / (1 + np.exp(-a))\n"
INTERPOLATE = "def interpolate(old, new, i):\n    return old + i * (new - old)\n"
RIGHT = {"sigmoid": SIGMOID, "interpolate": INTERPOLATE}
# Little of everything but time by the clock, of which a busy machine takes any amount.
SHORT = Limits(cpu_seconds=2, memory=512 << 20, processes=8, scratch=8 << 20, files=50)


def lesson(number=1):
    """The student's notebook of a lesson."""
    [path] = (HOME / "lessons").glob(f"{number:02d}_*.ipynb")
    return json.loads(path.read_text(encoding="utf-8"))


def answered(notebook=None, **answers):
    """A copy of a notebook with answers in the exercises' cells."""
    notebook = copy.deepcopy(notebook or lesson())
    for name, text in answers.items():
        cell(notebook, name)["source"] = text
    return notebook


def cell(notebook, name, kind="exercise"):
    """An exercise's cell, or its check."""
    [found] = [c for c in notebook["cells"] if c["id"] == f"{kind}-{name}".replace("_", "-")]
    return found


def code_cells(answers):
    """How many cells nbval runs to grade these answers."""
    return len(grading_notebook(answers, 0, imports=[]).places)


def hand_in(folder, student, notebook):
    """Put a notebook, or any text or bytes in its place, into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, dict | list):
        notebook = json.dumps(notebook)
    content = notebook if isinstance(notebook, bytes) else notebook.encode()
    (folder / f"{student}.ipynb").write_bytes(content)


def whole(attack):
    """All of an attack: else what `sigmoid` does not use is left out, and never run."""
    try:
        tree = ast.parse(attack)
    except SyntaxError:
        return attack
    lines = attack if "sigmoid" in attack else f"{attack}sigmoid = None\n"
    return f"if True:\n{textwrap.indent(lines, '    ')}" if tree.body else attack


def references(number):
    """The package's own answers to a lesson."""
    return {n: inspect.getsource(e.reference) for n, e in exercises_of(number).items()}


class Graded:
    """The results of a class, by student and exercise, and where its lesson's reports are."""

    def __init__(self, grades, out):
        self.results = {result["student"]: result for result in grades.results}
        self.out, self.reports = out, grades.folder

    def exercise(self, student, name):
        exercises = self.results[student]["exercises"]
        return next(exercise for exercise in exercises if exercise["exercise"] == name)

    def share(self, student, name="sigmoid"):
        exercise = self.exercise(student, name)
        return exercise["earned"] / exercise["points"]

    def words(self, student, name="sigmoid"):
        return self.exercise(student, name)["words"]

    def problems(self, student):
        return " ".join(self.results[student]["problems"])


def grade_class(folder, out, try_the_reference=False, **how):
    """Grade a folder of submissions with short limits.

    The course's own answers are tried first only where a test asks for it, since in most classes
    a student has them too. The processes that run nbval are kept for the next class.
    """
    settings = {"seed": 7, "limits": SHORT, "bar": False, "lesson": 1, **how}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "end_idle", lambda: None)
        if not try_the_reference:
            patch.setattr(run, "_try_the_reference", lambda task: None)
        return Graded(run.grade(folder, out, run.Grading(**settings)), out)


def grade_attacks(tmp_path, attacks, **how):
    """Grade students who attack in the cell of `sigmoid` and are honest in `interpolate`.

    An honest student sits among them.
    """
    folder = tmp_path / "submissions"
    for student, attack in attacks.items():
        hand_in(folder, student, answered(**{**RIGHT, "sigmoid": whole(attack)}))
    hand_in(folder, "honest", answered(**RIGHT))
    graded = grade_class(folder, tmp_path / "grades", **how)
    assert graded.share("honest") == graded.share("honest", "interpolate") == 1
    return graded

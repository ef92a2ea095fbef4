"""A student's page marks the line that is to blame, and the search for it gives nothing away."""

import json

import pytest

from cifg_edu.grading import blame
from cifg_edu.grading.blame import blamed_line
from tests.grading.classroom import RIGHT, answered, grade_class, hand_in, needs_bubblewrap

pytestmark = needs_bubblewrap
STEP = """import numpy as np
def sigma(a):
    return 1 / (1 + np.exp(-a))
# my step
def cifg_step(x, h_prev, c_prev, Wx, Wh, b):
    a_i, a_o, a_g = np.split(x @ Wx + h_prev @ Wh + b, 3, axis=1)
    i, o, g = sigma(a_i), sigma(a_o), np.tanh(a_g)
    c = (1 - i) * (c_prev + g)
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, i, o, g, c)
"""


def test_line_is_counted_from_the_def_and_marked():
    assert blamed_line("cifg_step", STEP) == (
        "line 4:  c = (1 - i) * (c_prev + g)\n             ^^^^^^^^^^^^^^^^^^^^^^"
    )


@pytest.mark.parametrize(
    "source",
    [
        "def sigmoid(a):\n    while True:\n        pass\n",
        "import os\nos._exit(0)\ndef sigmoid(a):\n    return a\n",
        "def other(a):\n    return a\n",
        "from cifg_edu.gates import sigmoid\n",
    ],
    ids=["endless", "gone", "not there", "the course's own"],
)
def test_search_that_finds_nothing_says_nothing(source, monkeypatch):
    monkeypatch.setattr(blame, "LIMITS", blame.LIMITS._replace(cpu_seconds=3))
    line = blamed_line("sigmoid", source)
    assert line == "" or line.startswith("line 2:  while True:")


@pytest.mark.parametrize(
    "place",
    ["[1, 0, 900]", "[99, 0, 1]", "[2, -1, 5]", "[True, 0, 1]", "'reference'", "[2, 4]", "{}"],
)
def test_what_a_hostile_answer_gives_for_a_line_is_refused(place):
    forged = (
        "import sys\n"
        f"sys.modules['__main__'].blame = lambda *given: {place}\n"
        "def sigmoid(a):\n    return a\n"
    )
    program = f"{forged}\nblame = lambda *given: {place}\n"
    assert _with_program(program, forged) == ""


def _with_program(program, source):
    """What comes of a box whose program a hostile answer has made its own."""
    before, blame.PROGRAM = blame.PROGRAM, program
    try:
        return blamed_line("sigmoid", source)
    finally:
        blame.PROGRAM = before


def test_page_of_a_student_marks_the_line_where_no_usual_mistake_explains_it(tmp_path):
    unforeseen = (
        "def sigmoid(a):\n    k = 3\n    e = np.exp(-np.abs(a))\n"
        "    s = 1 / (1.5 + e)\n    return np.where(a >= 0, s, 1 - s)\n"
    )
    hand_in(tmp_path / "submissions", "ada", answered(**{**RIGHT, "sigmoid": unforeseen}))
    graded = grade_class(tmp_path / "submissions", tmp_path / "grades")
    [student] = json.loads((graded.reports / "grades.json").read_text())["students"]
    words = next(e["words"] for e in student["exercises"] if e["exercise"] == "sigmoid")
    assert "line 4:  s = 1 / (1.5 + e)" in words
    assert "^^^" in words

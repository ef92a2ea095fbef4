"""Whatever a file holds, or is called, it gets the score of its exercises' cells."""

import copy
import json
import os

import pytest

from cifg_edu.grading import run
from cifg_edu.grading.pages import SORT
from tests.grading.classroom import (
    RIGHT,
    answered,
    cell,
    grade_class,
    hand_in,
    lesson,
    needs_bubblewrap,
    references,
)

pytestmark = needs_bubblewrap
NAMES = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)<',
    "..",
    "....%2f..%2fescaped",
    "=cmd|' -C calc'!A0",
    "a\nb\tc",
    "{{ 7 * 7 }}{% raw %}",
    "-rf",
    "Ünï çødé",
    "x" * 200,
)

TEXT_ONLY = {"cells": [{"cell_type": "markdown", "source": "I did not get round to it."}]}


def _notebooks():
    """Notebooks by student, with right answers in the cells that count, if there are any."""
    right = answered(**RIGHT)
    wrong = answered(sigmoid="def sigmoid(a):\n    return a\n", interpolate=RIGHT["interpolate"])
    by_student = {}

    def variant(name, base):
        by_student[name] = copy.deepcopy(base)
        return by_student[name]

    for name, base in (("right", right), ("wrong", wrong)):
        notebook = variant(f"rewritten checks, {name}", base)
        for exercise in RIGHT:
            cell(notebook, exercise, "check")["source"] = "print('✔ all right')"
        notebook = variant(f"deleted checks, {name}", base)
        notebook["cells"] = [c for c in notebook["cells"] if not c["id"].startswith("check-")]
        notebook = variant(f"reordered cells, {name}", base)
        notebook["cells"].reverse()
        notebook = variant(f"tags that skip, {name}", base)
        for each in notebook["cells"]:
            each["metadata"] = {"tags": ["nbval-skip", "nbval-ignore-output", "raises-exception"]}
        notebook = variant(f"a kernel of its own, {name}", base)
        notebook["metadata"]["kernelspec"] = {"name": "bash", "display_name": "x", "language": "x"}

    notebook = variant("stored outputs, no code", lesson())
    for each in notebook["cells"]:
        if each["cell_type"] == "code":
            text = "✔ sigmoid: right in 3 cases.\nthe result: (5,) 0.11920 0.37754"
            each["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
            each["execution_count"] = 1
    notebook = variant("two cells of one id", right)
    notebook["cells"].append({**cell(notebook, "sigmoid"), "source": "def sigmoid(a): return 0"})
    notebook = variant("no ids", right)
    notebook["nbformat_minor"] = 4
    for each in notebook["cells"]:
        del each["id"]
    notebook = variant("format 3", right)
    cells = [
        {**c, "input": c["source"]} if c["cell_type"] == "code" else c for c in notebook["cells"]
    ]
    for each in cells:
        del each["id"]
        if each["cell_type"] == "code":
            del each["source"]
    by_student["format 3"] = {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    notebook = variant("an exercise deleted", right)
    notebook["cells"].remove(cell(notebook, "sigmoid"))
    notebook = variant("an answer in a text cell", right)
    cell(notebook, "sigmoid")["cell_type"] = "markdown"
    notebook = variant("cells that are none", right)
    notebook["cells"] += [
        None,
        3,
        [],
        {},
        {"cell_type": "code"},
        {"cell_type": "code", "source": 1},
    ]
    notebook = variant("a very long cell", right)
    cell(notebook, "sigmoid")["source"] = "# " + "x" * 200_000 + "\n" + RIGHT["sigmoid"]
    by_student["another lesson"] = answered(lesson(6), **references(6))
    return by_student


NO_NOTEBOOKS = {
    "invalid JSON": b'{"cells": [',
    "binary": bytes(range(256)),
    "empty": b"",
    "a list": b"[1, 2]",
    "a number": b"1e999999",
    "a huge number": b"9" * 10_000,
    "no cells": b'{"nbformat": 4, "cells": []}',
    "cells that are a text": b'{"nbformat": 4, "cells": "exercise-sigmoid"}',
    "nested": b"[" * 100_000,
    "too large": b'{"cells": ["' + b"x" * (17 << 20) + b'"]}',
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    home = tmp_path_factory.mktemp("notebooks")
    folder = home / "submissions"
    for student, notebook in {**_notebooks(), **NO_NOTEBOOKS}.items():
        hand_in(folder, student, notebook)
    for student in NAMES:
        hand_in(folder, student, TEXT_ONLY)
    hand_in(folder, "honest", answered(**RIGHT))
    hand_in(folder / "in a folder", "any name", answered(**RIGHT))
    hand_in(folder / "in a folder" / ".ipynb_checkpoints", "older", answered())
    (folder / "no notebook").mkdir()
    (folder / "notes.txt").write_text("not a notebook")
    (folder / "._honest.ipynb").write_bytes(b"\0")
    (folder / "a link.ipynb").symlink_to(folder / "honest.ipynb")
    (folder / "a dangling link.ipynb").symlink_to(folder / "nothing")
    (folder / "a link to secrets.ipynb").symlink_to("/etc/passwd")
    (folder / "a linked folder").symlink_to(folder / "in a folder")
    (folder / "links inside").mkdir()
    (folder / "links inside" / "all").symlink_to("/")
    os.mkfifo(folder / "a pipe.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_judge", _judge_same_answers_once(run._judge))
        return grade_class(folder, home / "grades", lesson=None)


def _judge_same_answers_once(judge):
    """Here it matters what is taken from a file: a dozen of them have the same cells."""
    judged = {}

    def judge_once(task, result):
        answers = tuple(task.submission.answers.items())
        if answers not in judged:
            judged[answers] = judge(task, result)
        return judged[answers]

    return judge_once


def test_honest_student_has_full_marks_in_the_same_run(graded):
    assert graded.share("honest") == graded.share("honest", "interpolate") == 1
    assert graded.share("in a folder") == 1
    assert not graded.problems("honest")


@pytest.mark.parametrize(
    "what",
    ["rewritten checks", "deleted checks", "reordered cells", "tags that skip",
     "a kernel of its own"],
)  # fmt: skip
def test_only_the_exercises_cells_count(graded, what):
    assert graded.share(f"{what}, right") == 1, graded.words(f"{what}, right")
    assert graded.share(f"{what}, wrong") == 0
    assert graded.share(f"{what}, wrong", "interpolate") == 1


@pytest.mark.parametrize("student", ["no ids", "format 3", "cells that are none"])
def test_strange_notebook_with_right_answers_has_full_marks(graded, student):
    assert graded.share(student) == graded.share(student, "interpolate") == 1


@pytest.mark.parametrize(
    "student", ["an exercise deleted", "an answer in a text cell", "a very long cell"]
)
def test_missing_exercise_costs_its_own_points_only(graded, student):
    assert graded.share(student) == 0
    assert graded.words(student) == "The exercise's cell is not there."
    assert graded.share(student, "interpolate") == 1


def test_stored_outputs_are_worth_nothing(graded):
    assert graded.share("stored outputs, no code") == 0
    assert graded.words("stored outputs, no code") == "Not implemented yet."


@pytest.mark.parametrize("student", NO_NOTEBOOKS)
def test_file_that_is_no_notebook_has_no_points_and_a_sentence(graded, student):
    assert graded.share(student) == graded.share(student, "interpolate") == 0
    assert "larger than 16 MB" in graded.problems(student) or "not a notebook" in graded.problems(
        student
    )


def test_another_lessons_notebook_is_named(graded):
    assert graded.share("another lesson") == 0
    assert "notebook of lesson 06, and lesson 01 is graded" in graded.problems("another lesson")


def test_of_two_cells_of_one_id_the_later_one_counts_as_in_jupyter(graded):
    assert graded.share("two cells of one id") == 0
    assert graded.share("two cells of one id", "interpolate") == 1


@pytest.mark.parametrize("student", ["a link", "a dangling link", "a link to secrets",
                                     "a linked folder"])  # fmt: skip
def test_symbolic_link_is_not_followed(graded, student):
    assert graded.share(student) == 0
    assert "symbolic link" in graded.problems(student)


def test_links_and_pipes_in_place_of_notebooks_do_no_harm(graded):
    assert "no notebook" in graded.problems("links inside")
    assert "not a file" in graded.problems("a pipe")
    assert "Nothing was handed in" in graded.problems("no notebook")


@pytest.mark.parametrize("student", NAMES)
def test_name_is_kept_and_escaped_and_leads_nowhere(graded, student):
    assert graded.share(student) == 0
    inside = graded.reports.resolve()
    written = [path for path in inside.rglob("*") if path.is_file()]
    assert all(
        path.suffix in {".html", ".json", ".csv", ".xml", ".png", ".ipynb"} for path in written
    )
    for page in inside.rglob("*.html"):
        text = page.read_text(encoding="utf-8").replace(f"<script>{SORT}</script>", "")
        assert "<script" not in text
        assert "onerror=alert(1)>" not in text
    assert (inside / "index.html").read_text(encoding="utf-8").count("{{ 7 * 7 }}") == 1
    names = [row["student"] for row in json.loads((inside / "grades.json").read_text())["students"]]
    assert student in names


def test_nobody_but_students_is_listed(graded):
    assert not {"notes", "._honest", "older"} & set(graded.results)


def test_nothing_was_written_beside_the_grades(graded):
    assert sorted(path.name for path in graded.out.parent.iterdir()) == ["grades", "submissions"]

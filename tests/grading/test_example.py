"""The class of twelve that an instructor grades first."""

import json

import pytest

from cifg_edu.__main__ import main
from cifg_edu.grading.example import LESSON, make_class
from cifg_edu.grading.submissions import choose, common_lesson, find_submissions
from tests.grading.classroom import needs_bubblewrap


def test_class_has_twelve_students_of_one_lesson_and_each_kind_of_trouble(tmp_path):
    found = find_submissions(make_class(tmp_path))
    assert len(found.students) == 12
    assert common_lesson(found.students) == LESSON
    chosen = [choose(name, student, LESSON) for name, student in found.students.items()]
    said = " ".join(problem for one in chosen for problem in one.problems)
    for trouble in ("as late", "no notebook", "notebook of lesson 01", "Of 2 notebooks"):
        assert trouble in said
    assert any(".zip/" in one.file for one in chosen)


@needs_bubblewrap
def test_example_is_graded_by_one_command(tmp_path, capsys):
    assert main(["grade", "--example", "--out", str(tmp_path), "--seed", "7"]) == 0
    said = capsys.readouterr()
    assert f"12 students are graded: open {tmp_path / 'lesson_06' / 'index.html'}." in said.out
    assert "12 of 12 students" in said.err
    assert " left" in said.err
    text = (tmp_path / "lesson_06" / "grades.json").read_text()
    share = {s["student"]: s["earned"] / s["points"] for s in json.loads(text)["students"]}
    right = {name for name in share if share[name] == 1}
    assert right == {"Ada", "Ben", "dietrichjan_1004"}
    assert {name for name in share if share[name] == 0} == {"Fatou", "Hana", "Ivo", "Jun"}
    assert len({share[name] for name in share}) == 5
    page = (tmp_path / "lesson_06" / "index.html").read_text(encoding="utf-8")
    assert "this is the phantom gate" in page


@pytest.mark.parametrize("arguments", [[], ["submissions", "--example"]])
def test_submissions_or_the_example_and_never_both(capsys, arguments):
    assert main(["grade", *arguments]) == 2
    assert "Give a folder of submissions, or --example, which makes one." in capsys.readouterr().err

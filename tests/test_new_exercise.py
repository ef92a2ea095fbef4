"""A new exercise is written with marks, and is done only when its wrong answers are told apart."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cifg_edu.authoring import __main__ as authoring
from cifg_edu.authoring import new_exercise
from cifg_edu.authoring.new_exercise import what_is_left
from cifg_edu.checks import EXERCISES
from cifg_edu.exercises import Mutant

HOME = Path(__file__).parents[1]
PERPLEXITY = Path("cifg_edu/exercises/lesson_05/perplexity.py")


@pytest.fixture
def course(tmp_path):
    """A copy of the course in which the exercise perplexity is not written yet."""
    shutil.copytree(HOME / "cifg_edu", tmp_path / "cifg_edu")
    shutil.copytree(HOME / "lessons" / "source", tmp_path / "lessons" / "source")
    shutil.copytree(HOME / "tests" / "right_answers", tmp_path / "tests" / "right_answers")
    shutil.copy(HOME / "README.md", tmp_path)
    (tmp_path / PERPLEXITY).unlink()
    return tmp_path


def author(course, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "cifg_edu.authoring", *arguments],
        cwd=course,
        env={**os.environ, "PYTHONPATH": str(course)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_new_exercise_is_written_filled_in_and_done(course):
    done = author(course, "new-exercise", "perplexity", "--lesson", "5")
    assert (done.returncode, done.stderr) == (0, "")
    text = (course / PERPLEXITY).read_text(encoding="utf-8")
    assert "from cifg_edu.losses import perplexity\n" in text
    assert "    lesson=5,\n    place=2,\n" in text
    assert f"{PERPLEXITY} is written" in done.stdout
    unfinished = author(course, "check-exercise", "perplexity")
    assert unfinished.returncode == 1
    assert unfinished.stdout.count(f"{PERPLEXITY}:") == text.count("\n") - len(
        [line for line in text.splitlines() if "TODO" not in line]
    )
    shutil.copy(HOME / PERPLEXITY, course / PERPLEXITY)
    finished = author(course, "check-exercise", "perplexity")
    assert finished.returncode == 0, finished.stdout
    assert finished.stdout.startswith("perplexity is done.")


def refused(capsys, *arguments):
    assert authoring.main(["new-exercise", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_what_cannot_be_begun_is_refused_in_one_sentence(course, monkeypatch, capsys):
    monkeypatch.chdir(course)
    assert "exercise sigmoid exists" in refused(capsys, "sigmoid", "--lesson", "1")
    assert "no function forget" in refused(capsys, "forget", "--lesson", "1")
    assert "name is 'not a name'" in refused(capsys, "not a name", "--lesson", "1")
    assert "lessons/source/99_NAME.md" in refused(capsys, "split", "--lesson", "99")
    assert not (course / "cifg_edu/exercises/lesson_99").exists()


def test_first_exercise_of_a_new_lesson_gets_a_folder(course, monkeypatch, capsys):
    monkeypatch.chdir(course)
    (course / "lessons/source/99_bits_and_nats.md").touch()
    assert authoring.main(["new-exercise", "bits_per_character", "--lesson", "99"]) == 0
    folder = course / "cifg_edu/exercises/lesson_99"
    assert (folder / "__init__.py").read_text() == '"""Lesson 99, bits and nats."""\n'
    assert "    place=1,\n" in (folder / "bits_per_character.py").read_text()


def left(monkeypatch, home=HOME, **changes):
    """What is left of sigmoid after a change."""
    changed = dataclasses.replace(EXERCISES["sigmoid"], **changes)
    monkeypatch.setattr(new_exercise, "find_exercise", lambda name: changed)
    return what_is_left("sigmoid", home)


def test_exercise_as_it_stands_is_done(monkeypatch):
    assert left(monkeypatch) == []


def test_wrong_answers_must_be_eight_fail_and_differ(monkeypatch):
    mutants = EXERCISES["sigmoid"].mutants
    [few] = left(monkeypatch, mutants=mutants[:7])
    assert few == "It has 7 different wrong answers: give 8 or more."
    right = Mutant("nothing at all.", {"0.5 * (1.0 +": "(1.0 * 0.5) * (1.0 +"})
    [passes] = left(monkeypatch, mutants=(*mutants, right))
    assert passes.endswith("passes: add a case that it fails.")
    [alike] = left(monkeypatch, mutants=(*mutants, Mutant("the same again.", mutants[0].edits)))
    assert alike.startswith(f"Wrong answer {len(mutants) + 1} is not told apart")
    [absent] = left(monkeypatch, mutants=(*mutants, Mutant("old.", {"np.cosh": "np.sinh"})))
    assert "'np.cosh' occurs 0 times" in absent


def test_reference_must_pass_and_cases_must_run(monkeypatch):
    def stops(rng):
        raise KeyError("weights")

    [stopped] = left(monkeypatch, make_cases=stops)
    assert stopped == "Its cases stop with KeyError: 'weights'"
    problems = left(monkeypatch, observe=lambda function, arguments: [object()])
    assert problems[0].startswith("The reference does not pass: ")


def test_places_that_must_name_the_exercise_are_said(course, monkeypatch):
    for path in (course / "lessons/source").glob("01_*.md"):
        path.write_text("# 01\n")
    (course / "tests/right_answers/lesson_01.py").unlink()
    (course / "README.md").write_text("")
    monkeypatch.setattr(new_exercise, "TAUGHT", {})
    problems = left(monkeypatch, home=course)
    assert [problem.split()[0] for problem in problems] == [
        "lessons/source/01_gates_as_mixers.md",
        "tests/right_answers/lesson_01.py",
        "README.md",
        "cifg_edu/__init__.py",
    ]


@pytest.mark.parametrize("words", [["06"], ["build", "06"], ["06", "07"], []])
def test_numbers_alone_build_as_they_always_did(monkeypatch, capsys, words):
    asked = []
    monkeypatch.setattr(
        authoring, "write_notebooks", lambda lessons, solutions, stem: asked.append(stem) or []
    )
    assert authoring.main(words) == 0
    assert asked == ([word for word in words if word != "build"] or [""])

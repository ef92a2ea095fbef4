"""At home: python -m cifg_edu check NOTEBOOK says what the lesson's checks say."""

import subprocess
import sys

import pytest

from cifg_edu.__main__ import main
from cifg_edu.checks import notebook_check
from tests.core_alone import NOT_CORE
from tests.grading.classroom import HOME, RIGHT, SIGMOID, answered, hand_in, lesson

SLEEPS = "import time\nn = time.sleep(1000)\ndef sigmoid(a):\n    return n\n"


def _check(tmp_path, capfd, notebook, *options):
    hand_in(tmp_path, "mine", notebook)
    code = main(["check", str(tmp_path / "mine.ipynb"), *options])
    said = capfd.readouterr()
    return code, said.out + said.err


def test_right_answers_are_said_to_be_right(tmp_path, capfd):
    code, said = _check(tmp_path, capfd, answered(**RIGHT))
    assert code == 0
    assert "✔ sigmoid" in said
    assert "✔ interpolate" in said


def test_wrong_answer_is_explained_and_an_open_one_is_not_counted_right(tmp_path, capfd):
    falling = "def sigmoid(a):\n    return 1 / (1 + np.exp(a))\n"
    code, said = _check(tmp_path, capfd, answered(sigmoid=falling))
    assert code == 1
    assert "✘ sigmoid" in said
    assert "a sign is missing" in " ".join(said.split())
    assert "○ interpolate" in said


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("import os\nn = os._exit(0)\ndef sigmoid(a):\n    return n\n", "ended the whole process"),
        ("n = exit()\ndef sigmoid(a):\n    return n\n", "SystemExit"),
        ("n = {}['n']\ndef sigmoid(a):\n    return n\n", "KeyError"),
        ("def sigmoid(a:\n", "SyntaxError"),
        ("def other(a):\n    return a\n", "does not define sigmoid"),
        ("from cifg_edu.gates import sigmoid\n", "the course's own function"),
    ],
)
def test_cell_that_goes_wrong_is_a_sentence(tmp_path, capfd, cell, sentence):
    code, said = _check(tmp_path, capfd, answered(**{**RIGHT, "sigmoid": cell}))
    assert code == 1
    assert sentence in said
    assert "Traceback" not in said


def test_cell_that_never_ends_is_stopped_by_its_computing_time(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(notebook_check, "WALL_PER_CPU", 1000.0)  # out of reach, however busy
    loop = "n = 0\nwhile True:\n    n += 1\ndef sigmoid(a):\n    return n\n"
    code, said = _check(tmp_path, capfd, answered(**{**RIGHT, "sigmoid": loop}), "--seconds", "1")
    assert code == 1
    assert "took more than 1 seconds of computing time" in said


def test_cell_that_waits_for_ever_is_stopped_by_the_clock(tmp_path, capfd):
    notebook = answered(**{**RIGHT, "sigmoid": SLEEPS})
    code, said = _check(tmp_path, capfd, notebook, "--seconds", "0.1")
    assert code == 1
    assert "not done after 1 seconds by the clock" in said


def test_checking_needs_only_the_core_and_no_limit_of_the_system(tmp_path, capfd):
    """As on Windows: the clock alone stops an answer there."""
    hand_in(tmp_path, "right", answered(**RIGHT))
    hand_in(tmp_path, "sleeps", answered(sigmoid=SLEEPS))
    code = f"""
import sys
sys.modules.update(dict.fromkeys({[*NOT_CORE, "resource"]!r}))
from pathlib import Path
from cifg_edu.checks import notebook_check
notebook_check._limit_computing(1.0)
assert notebook_check.check_notebook(Path({str(tmp_path / "right.ipynb")!r}))
assert not notebook_check.check_notebook(Path({str(tmp_path / "sleeps.ipynb")!r}), 0.1)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HOME)
    said = capfd.readouterr().out
    assert said.count("✔") == 2
    assert "not done after 0.1 seconds by the clock" in said


def test_line_for_ipython_does_no_harm(tmp_path, capfd):
    code, _ = _check(tmp_path, capfd, answered(**{**RIGHT, "sigmoid": "%timeit 1\n" + SIGMOID}))
    assert code == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "no valid JSON"),
        (b'{"cells": [{"cell_type": "code", "source": "1"}]}', "has no exercise of this course"),
    ],
)
def test_file_that_is_no_lesson_is_a_sentence(tmp_path, capfd, content, sentence):
    code, said = _check(tmp_path, capfd, content)
    assert code == 2
    assert sentence in said


def test_missing_file_is_a_sentence(tmp_path, capfd):
    assert main(["check", str(tmp_path / "none.ipynb")]) == 2
    assert "cannot be read" in capfd.readouterr().err


def test_deleted_exercise_is_told(tmp_path, capfd):
    notebook = answered(**RIGHT)
    notebook["cells"] = [c for c in notebook["cells"] if c["id"] != "exercise-sigmoid"]
    code, said = _check(tmp_path, capfd, notebook)
    assert code == 1
    assert "✘ sigmoid: its cell is not in this notebook" in said


def test_error_of_a_helper_names_its_cell_and_line_in_the_notebook(tmp_path, capfd):
    text = "n = helper()\ndef sigmoid(a):\n    return a + n\n"
    notebook = answered(**{**RIGHT, "sigmoid": text})
    helper = "# Not yet right.\ndef helper():\n    return 1 / 0\n"
    notebook["cells"].insert(0, {"cell_type": "code", "source": helper})
    code, said = _check(tmp_path, capfd, notebook)
    assert code == 1
    assert "✘ sigmoid: its cell stops with ZeroDivisionError: division by zero" in said
    assert "(code cell 1, line 3)" in said


def test_line_to_blame_is_shown_as_in_the_lesson(tmp_path, capfd):
    text = "def interpolate(old, new, i):\n    kept = (1 - i) * old\n    return kept - i * new\n"
    code, said = _check(tmp_path, capfd, answered(**{**RIGHT, "interpolate": text}))
    assert code == 1
    assert "line 3:  return kept - i * new" in said


def test_answer_that_uses_a_wrong_one_is_judged_with_the_courses_as_in_the_lesson(tmp_path, capfd):
    uses = "def interpolate(old, new, i):\n    return old + (new - old) * i * 2 * sigmoid(0 * i)\n"
    wrong = "def sigmoid(a):\n    return a\n"
    code, said = _check(tmp_path, capfd, answered(sigmoid=wrong, interpolate=uses))
    assert code == 1
    assert "✘ sigmoid" in said
    assert "✔ interpolate" in said


def test_python_file_is_checked_like_a_notebook(tmp_path, capfd):
    (tmp_path / "mine.py").write_text("import torch, pandas\n" + SIGMOID + RIGHT["interpolate"])
    assert main(["check", str(tmp_path / "mine.py")]) == 0
    assert capfd.readouterr().out.count("✔") == 2


def test_check_goes_on_after_a_notebook_that_cannot_be_read(tmp_path, capfd):
    hand_in(tmp_path, "broken", b"{")
    hand_in(tmp_path, "right", answered(**RIGHT))
    paths = [str(tmp_path / f"{name}.ipynb") for name in ("none", "broken", "right")]
    assert main(["check", *paths]) == 2
    said = capfd.readouterr()
    assert "none.ipynb cannot be read" in said.err
    assert "no valid JSON" in said.err
    assert said.out.count("✔") == 2


def test_command_line_checks_several_notebooks_and_the_worst_decides(tmp_path):
    hand_in(tmp_path, "right", answered(**RIGHT))
    hand_in(tmp_path, "open", lesson())
    paths = [str(tmp_path / f"{name}.ipynb") for name in ("right", "open")]
    done = subprocess.run(
        [sys.executable, "-m", "cifg_edu", "check", *paths],
        check=False,
        cwd=HOME,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout.count("✔") == 2
    assert done.stdout.count("○") == 2
